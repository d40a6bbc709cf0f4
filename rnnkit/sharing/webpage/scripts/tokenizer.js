// Text to ids and back, as texts/tokenizers.py and texts/word_rules.py have it. Knows no network.

const DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015";
// An apostrophe or a slash stays inside a word only, a point or a comma inside a number only.
const INSIDE_ONLY =
  /(?<![\p{L}\p{N}])['\u2019/]|['\u2019/](?![\p{L}\p{N}])|(?<!\p{Nd})[.,]|[.,](?!\p{Nd})/gu;
const STANDS_APART = new RegExp(`(?![${DASHES}'\u2019/.,])[\\p{P}\\p{S}]`, "gu");
const BLANK = /(?!\n)[\p{Zs}\u2028\u2029\p{Cc}\p{Cs}]/gu;
const SPACES = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
const NO_SPACE_BEFORE = new Set(",.;:!?)]}\u2026\u201d\u00bb%");
const NO_SPACE_AFTER = new Set("([{\u201c\u00ab");

const SPLITS = {
  lecture: (text) =>
    text
      .toLowerCase()
      .replace(INSIDE_ONLY, " $& ")
      .replace(STANDS_APART, " $& ")
      .replace(/\n+/g, " $& ")
      .replace(new RegExp(`[${DASHES}]+`, "g"), " $& ")
      .replace(BLANK, " ")
      .split(" ")
      .flatMap((piece) => (piece.startsWith("\n") ? [...piece] : [piece]))
      .filter(Boolean),
  spaces: (text) => text.split(SPACES).filter(Boolean),
};
const GAPS = {
  lecture: (left, right) =>
    left === null || left === "\n" || right === "\n" || NO_SPACE_BEFORE.has(right) || NO_SPACE_AFTER.has(left) ? "" : " ",
  spaces: (left) => (left === null ? "" : " "),
};

/** A vocabulary: `state` is {symbols, config} as a run keeps it. */
class Tokenizer {
  constructor({ symbols, config }) {
    this.symbols = symbols;
    this.config = config;
    this.unknown = config.unknown_symbol ? symbols.length - 1 : null;
    this.index = new Map((config.unknown_symbol ? symbols.slice(0, -1) : symbols).map((symbol, id) => [symbol, id]));
  }

  /** The ids of a text in the Unicode form that the vocabulary knows most of, and how many symbols it does not know. */
  encode(text) {
    const forms = [text, text.normalize("NFC"), text.normalize("NFD")].map((form) => this.encodeAsItIs(form));
    return forms.reduce((best, one) => (one.lost < best.lost ? one : best));
  }

  encodeAsItIs(text) {
    const { kind, newlines, word_rules } = this.config;
    const read = newlines === "space" ? text.replaceAll("\n", " ") : text;
    const symbols = kind === "characters" ? [...read] : SPLITS[word_rules](read);
    const ids = symbols.map((symbol) => this.index.get(symbol) ?? this.unknown);
    return { ids: ids.filter((id) => id !== null), lost: symbols.filter((symbol) => !this.index.has(symbol)).length };
  }

  /** What an id adds to a text whose last id is `after`. */
  piece(id, after) {
    if (this.config.kind === "characters") return this.symbols[id];
    return GAPS[this.config.word_rules](after === null ? null : this.symbols[after], this.symbols[id]) + this.symbols[id];
  }

  /** What ids add to a text whose last id is `after`. */
  decode(ids, after = null) {
    return ids.map((id, at) => this.piece(id, at ? ids[at - 1] : after)).join("");
  }
}
