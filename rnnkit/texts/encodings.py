# ruff: noqa: RUF001, E501 - letters that look like others, and long rows
"""Which encoding bytes are in: how plausible their letters would be in each language that it is used for.

A reading is scored by its characters beyond ASCII: letters of one language in their order of frequency, typographic
signs where they stand in a text, and against it capitals inside of words, mixed alphabets, boxes and controls; common
short words tell the languages apart. Knows no mark, no line by line and no page.
"""

from __future__ import annotations

import codecs
import math
import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import NamedTuple

SCORED_BYTES = 6_000
PART = 200_000  # bytes decoded together: copies stay small
_FOREIGN, _OTHER_SCRIPT, _SIGN, _TYPOGRAPHY = -6.5, -8.5, -8.0, -4.0  # log-likelihoods of what no alphabet holds
_RARE = -8.5  # less on average, and it is no text
_UNREADABLE, _CONTROL, _MIXED, _ODD_CAPITAL, _WORD = -6.4, -12.0, -3.0, -4.0, 1.0

# Letters beyond ASCII, the most frequent first, and short words of a text. Written for this table.
_LATIN = {
    "English": ("éèïöñçâ", "the and of to in that is was it he for with as his not"),
    "German": ("üäöß", "der die und das ich nicht ist zu den ein mit sich auf für es wir"),
    "French": ("éèàêçôîâûùœïëüæ", "de la le et les des en un une est que il dans qui pas pour du"),
    "Spanish": ("óíáéñúü", "de la que el en los por con una su para es del se lo muy"),
    "Portuguese": ("ãáçéêíóõúâàôü", "de que não uma os para com um da do em por mais dos se"),
    "Italian": ("àèìòùé", "di che la il un per non una sono con del è si le della"),
    "Catalan": ("àéèóíçòïúü·", "de la que el els les amb per una un és del no"),
    "Dutch": ("ëéïóüèö", "de het een en van ik te dat die in is niet op met"),
    "Danish": ("æøåéö", "og det at en der den til er som på de med af ikke jeg"),
    "Swedish": ("äåöé", "och att det som en på är av för med den inte jag till"),
    "Finnish": ("äöå", "ja on ei se että hän oli mutta ovat niin kun"),
    "Icelandic": ("áðíþóéúæöý", "og að sem það er ekki var hann til við en"),
    "Polish": ("łęóążśćńź", "nie i się na w do to że jest z jak po ale"),
    "Czech": ("íáěéřčžšýůúňťďóö", "a se na je to že v s jsem si do ale by jak"),
    "Slovak": ("áíéčšžýúľťôňäďóĺŕ", "a sa na je to že v s som si do ale by ako"),
    "Hungarian": ("áéöőóüíúű", "a az és hogy nem is egy volt meg ezt el de"),
    "Romanian": ("ăîşţâșț", "și de la nu în a un o cu că pe este mai din"),
    "Croatian": ("čšžćđ", "je i u se na da su od za ne to kao ali"),
    "Lithuanian": ("ėųąšžįčūę", "ir kad yra į iš buvo su kaip ne tai bet"),
    "Latvian": ("āīēšķņūļžģčōŗ", "un ir no kas par uz ar tas bet ka"),
    "Estonian": ("äõüöšž", "ja on ei et ta oli see kui ka ning"),
    "Turkish": ("ıişüğçöâîû", "ve bir bu da de için çok ne ben o gibi daha"),
    "Vietnamese": ("ạđảàáươôêâăếềộấầớốìữứựờợệủịịãảúòùéýóíõè\u0300\u0301\u0323\u0309\u0303", "và là của không có người một cho được trong toi"),
    "Albanian": ("ëç", "të dhe në një për nuk që me i është"),
}  # fmt: skip
_ALPHABETS = {
    "Russian": ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъ", "и в не на что я он с как это по но"),
    "Ukrainian": ("оаинвіетрслкудмпзяьбгчйхїжюєшцщґф", "і в не на що я він з як це та але"),
    "Bulgarian": ("аоиетнрсвлпкдмзбъугячжшцйхщюьф", "и в не на че да се от за е са но"),
    "Serbian": ("аоиенрсјтувкдмлпзчгбцшжћњхђџфљ", "и у не на да се од за је су али"),
    "Greek": ("αοτινεσρςκπυμλίόηάγέήδωθχύφβώξζψϊϋΐ", "και το να του η της ο με που από δεν"),
    "Hebrew": ("יוהלאםתרבשמןדנעחקצפגכטסזךףץ\u05b7\u05b8\u05b4\u05bc\u05b6\u05b0\u05b5\u05b9", "של את על לא זה אני"),
    "Arabic": ("اليمونترسبعدفكحقهةجشأصخىضغزطثذءظإئآؤ،؟", "في من على أن لا ما هذا إلى"),
    "Persian": ("ایرندمهوتبشسکزگخفپعقجآحچلصطغضظژذثئ،؟", "و در به از که این را با"),
    "Thai": ("านรกอเงมยลวด่ทส้ัะีตปบิคหแืจพชขใไุูโผ็ซถำธศณฟฉภญึฝ์ฤฐฆๆ", ""),
}  # fmt: skip
_JAPANESE = "のいたにはをとしてがでなかりまるもんすさこうっれらきあよくつけせどめみちゃょそおわえじだばンースルイトラクアリ。、「」"
_IDEOGRAPHIC = {
    "Japanese": _JAPANESE,
    "Chinese": "的一是不了在人有我他这中大来上个国们到说和地也子时你出要就会天那得自着下之可好去过后还没么年小看起想里生多样心，。“”、？！：",
    "Chinese, traditional": "的一是不了在人有我他這中大來上個國們到說和地也子時你出要就會天那得自著下之可好去過後還沒麼年小看起想裡生多樣心，。「」、？！：",
    "Korean": "이다는을에의가고하지은한도를로사그기나어서자리아대시있인해수일보라들정",
}  # fmt: skip
_WESTERN = ("English", "German", "French", "Spanish", "Portuguese", "Italian", "Catalan", "Dutch", "Danish", "Swedish", "Finnish", "Icelandic", "Albanian")  # fmt: skip
_CENTRAL = ("German", "Polish", "Czech", "Slovak", "Hungarian", "Romanian", "Croatian", "Albanian")
_BALTIC = ("Lithuanian", "Latvian", "Estonian", "German", "Finnish", "Polish")
_TURKISH = ("Turkish", "English", "German", "French")
_CYRILLIC = ("Russian", "Ukrainian", "Bulgarian", "Serbian")

# Where two readings are equally good the earlier one is taken.
_LANGUAGES: dict[str, tuple[str, ...]] = {
    "cp1252": _WESTERN, "cp1251": _CYRILLIC, "cp1250": _CENTRAL, "iso8859_2": _CENTRAL, "iso8859_15": _WESTERN,
    "cp1257": _BALTIC, "cp1254": _TURKISH, "cp1253": ("Greek",), "cp1255": ("Hebrew",),
    "cp1256": ("Arabic", "Persian"), "cp1258": ("Vietnamese",), "cp874": ("Thai",), "koi8_r": ("Russian", "Bulgarian"),
    "koi8_u": ("Ukrainian", "Russian"), "cp866": _CYRILLIC, "iso8859_5": _CYRILLIC, "mac_cyrillic": _CYRILLIC,
    "mac_roman": _WESTERN, "cp850": _WESTERN, "cp437": _WESTERN, "cp852": _CENTRAL, "mac_latin2": (*_CENTRAL, *_BALTIC),
    "cp775": _BALTIC, "iso8859_4": _BALTIC, "iso8859_13": _BALTIC, "iso8859_16": ("Romanian",),
    "iso8859_9": _TURKISH, "cp857": _TURKISH, "mac_turkish": _TURKISH, "iso8859_7": ("Greek",), "cp737": ("Greek",),
    "mac_greek": ("Greek",), "iso8859_8": ("Hebrew",), "cp862": ("Hebrew",), "iso8859_6": ("Arabic",),
    "cp855": _CYRILLIC, "cp720": ("Arabic",), "cp860": ("Portuguese",), "cp861": ("Icelandic",), "cp865": ("Danish",),
    "mac_iceland": ("Icelandic",), "mac_romanian": ("Romanian",), "mac_croatian": ("Croatian",),
    "cp1125": ("Ukrainian",), "cp869": ("Greek",),
    "shift_jis": ("Japanese",), "euc_jp": ("Japanese",), "gb18030": ("Chinese", "Chinese, traditional"),
    "big5": ("Chinese, traditional",), "euc_kr": ("Korean",), "johab": ("Korean",),
}  # fmt: skip
_READ_AS = {"shift_jis": "cp932", "big5": "big5hkscs", "euc_kr": "cp949", "euc_jp": "euc_jis_2004"}  # their supersets
# A standard that lists its frequent characters first, and the first byte of the last of these.
_FREQUENT = {
    "Japanese": ("shift_jis", 0x97), "Chinese": ("gb2312", 0xD7), "Chinese, traditional": ("big5", 0xC6),
    "Korean": ("euc_kr", 0xC8),
}  # fmt: skip
_TYPOGRAPHIC = frozenset("’‘“”„«»‹›–—…•·°§£€©®™²³½¼¾ªº¿¡×№\u00a0，。、「」『』（）：；？！《》〈〉・ー～\u3000")
_BY_NUMBERS = frozenset("€£¥¢°§№©\u00a0’")  # 5 €, § 5
_OPENING, _CLOSING = frozenset("‘“„«¿¡"), frozenset("”»…")
_BEYOND_16_BITS = re.compile(b"[\xf0-\xf7]")  # one such letter makes all of a text twice or four times as large
_ONE_BYTE = _LANGUAGES.keys() - {"shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "johab"}
KNOWN = (
    *_LANGUAGES,
    "iso2022_jp",
    "iso2022_kr",
    "hz",
    "utf-8",
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "utf-32-be",
    "latin-1",
    "ascii",
)


class Guess(NamedTuple):
    """An encoding and how likely its reading is: a log-likelihood, comparable for the same bytes."""

    encoding: str
    score: float


def read(data: bytes, encoding: str, errors: str = "replace") -> str:
    """The text of bytes, part by part; what the encoding lacks becomes U+FFFD, or raises where `errors` is strict.

    Windows-932 and its like hold all of their standard, and what people's programs write beyond it.
    """
    if (superset := _READ_AS.get(encoding)) is None:
        return _read(data, encoding, errors)
    try:
        return _read(data, encoding, "strict")
    except UnicodeDecodeError:
        return _read(data, superset, "replace")


def _read(data: bytes, encoding: str, errors: str) -> str:
    if encoding == "utf-8" and not _BEYOND_16_BITS.search(data):
        return data.decode(encoding, errors)
    if encoding in _ONE_BYTE or encoding not in KNOWN:
        return data.decode(encoding, errors)
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    parts = [decoder.decode(data[at : at + PART], at + PART >= len(data)) for at in range(0, len(data), PART)]
    return "".join(parts)


@lru_cache(maxsize=4)
def likeliest(sample: bytes) -> tuple[Guess, ...]:
    """All encodings by how likely they are, one for each different reading of the sample."""
    sample = sample[:SCORED_BYTES] if len(sample) <= SCORED_BYTES else _cut(sample)
    best: dict[str, Guess] = {}
    for encoding in _LANGUAGES:
        if (text := read(sample, encoding)) not in best:
            best[text] = Guess(encoding, _score(text, encoding))
    return (*_wide(sample), *sorted(best.values(), key=lambda guess: -guess.score))


def _wide(sample: bytes) -> list[Guess]:
    """UTF-16 without a mark, where it gives letters that belong together: other bytes give rare ideographs then."""
    found = []
    for encoding in ("utf-16-le", "utf-16-be"):
        text = read(sample[: len(sample) // 2 * 2], encoding)
        letters = sum(symbol > "\x7f" for symbol in text)
        if letters and (score := _score(text, encoding)) > _RARE * letters:
            found.append(Guess(encoding, score))
    return sorted(found, key=lambda guess: -guess.score)


def _cut(sample: bytes) -> bytes:
    """Whole lines or words where there are some."""
    part = sample[:SCORED_BYTES]
    for mark in (b"\n", b" "):
        if (end := part.rfind(mark)) > SCORED_BYTES // 2:
            return part[: end + 1]
    return part


def _score(text: str, encoding: str) -> float:
    """Of the likeliest language: what its letters give, plus its words, minus what stands in odd places."""
    letters = Counter(symbol for symbol in text if symbol > "\x7f" or symbol < "\t")
    odd = _odd_places(text)
    words = Counter(text.lower().split())
    return odd + max(_language_score(letters, words, language) for language in _LANGUAGES.get(encoding, _ALL))


def _language_score(letters: Counter[str], words: Counter[str], language: str) -> float:
    table = _likelihoods(language)
    common = sum(words[word] for word in _common_words(language))
    return _WORD * common + sum(
        count * table.get(symbol, _of_stranger(symbol, language)) for symbol, count in letters.items()
    )


def _odd_places(text: str) -> float:
    """What a capital after a small letter costs, a word of two alphabets, and a sign inside a word."""
    score = 0.0
    for i, symbol in enumerate(text):
        if symbol <= "\x7f":
            continue
        before, after = text[i - 1 : i], text[i + 1 : i + 2]
        number = before.isdecimal() or after.isdecimal() or (before.isspace() and text[i - 2 : i - 1].isdecimal())
        if number and symbol in _BY_NUMBERS:
            score -= _TYPOGRAPHY
        elif symbol in _TYPOGRAPHIC:
            inside = before.isalpha() and after.isalpha()
            score += _at_its_place(symbol, before, after) if symbol in "’‘“”„«»…¿¡" else _MIXED * inside
        elif symbol.isalpha():
            score += _MIXED * (before.isdecimal() or after.isdecimal())
            score += _ODD_CAPITAL * (symbol.isupper() and before.islower())
            score += _ODD_CAPITAL * (symbol.islower() and before.isupper() and text[i - 2 : i - 1].islower())
            score += _ODD_CAPITAL * (symbol.islower() and after.isupper())
            score += _MIXED * sum(near.isalpha() and _script(near) != _script(symbol) for near in (before, after))
    return score


def _at_its_place(symbol: str, before: str, after: str) -> float:
    """Quotes open before a word and close behind it; an apostrophe stands in one."""
    left, right = before.isalnum(), after.isalnum()
    if symbol == "’":
        return 2.0 if left else _MIXED
    if left and right:
        return 2 * _MIXED
    if symbol in _OPENING:
        return 1.0 if not left else (-1.0 if symbol == "“" else _MIXED)
    return 1.0 if not right else -1.0


@cache
def _script(symbol: str) -> str:
    """The first word of a character's Unicode name: LATIN, CYRILLIC, CJK ..."""
    name = unicodedata.name(symbol, "?").partition(" ")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "FULLWIDTH", "IDEOGRAPHIC") else name


@cache
def _common_words(language: str) -> tuple[str, ...]:
    return tuple(({**_LATIN, **_ALPHABETS}.get(language, ("", ""))[1]).split())


@cache
def _likelihoods(language: str) -> dict[str, float]:
    """Log-likelihoods of a language's own letters: the r-th is as frequent as 1 / (r + a)."""
    letters = _IDEOGRAPHIC.get(language) or {**_LATIN, **_ALPHABETS}[language][0]
    late = 1.5 if language in _LATIN else 4.0
    weights = [1 / (rank + late) for rank in range(len(letters))]
    share = 0.6 if language in _IDEOGRAPHIC else 0.98
    table = {letter: math.log(share * weight / sum(weights)) for letter, weight in zip(letters, weights, strict=True)}
    capitals = {letter.upper(): value - 1.5 for letter, value in table.items() if len(letter.upper()) == 1}
    return {**capitals, **table}


@cache
def _of_stranger(symbol: str, language: str) -> float:
    """The log-likelihood of a character that a language's own letters do not hold."""
    kind = unicodedata.category(symbol)
    if symbol == "\ufffd":
        return _UNREADABLE - 6.0 * (language in _IDEOGRAPHIC)
    if kind in ("Cc", "Cn", "Co", "Cs"):
        return _CONTROL
    if symbol in _TYPOGRAPHIC:
        return _TYPOGRAPHY
    if not kind.startswith(("L", "M")):
        return _SIGN
    if language in _IDEOGRAPHIC:
        return _of_ideograph(symbol, language)
    script = _script(symbol)
    if script in ("CJK", "HANGUL"):
        return _CONTROL
    return _FOREIGN if (script == "LATIN") == (language in _LATIN) else _OTHER_SCRIPT


def _of_ideograph(symbol: str, language: str) -> float:
    """The standards list the frequent characters first: kana, and one in 3,000 of the first level."""
    if _script(symbol) == "LATIN":
        return _OTHER_SCRIPT
    standard, last = _FREQUENT[language]
    try:
        code = symbol.encode(standard)
    except UnicodeEncodeError:
        return -13.0
    return -8.0 if code[0] <= last else -11.0


_ALL = (*_LATIN, *_ALPHABETS, *_IDEOGRAPHIC)
