"""Where somebody lives: streets with a house number as a dozen languages write them, post boxes, codes of the post.

Searched from a house number, or from the word for a street, so that the time grows with the text at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnkit.texts.personal.found import STREET, Found, one_of

_S = r"[ \t\u00a0]"  # between words of a line
_L = "['\u2019]"  # apostrophes
_UP = r"[^\W\d_a-zß-öø-ÿ]"  # a capital letter
_LETTERS = r"[\w'\u2019-]"
_NAME = rf"(?:{_UP}\w{{0,4}}\.|{_UP}{_LETTERS}{{0,30}})"  # St. is one, the end of a sentence is none
_TO = r"[-\u2013/]"  # 5-7
_NUMBER = rf"\d{{1,4}}(?:{_S}?[a-hA-H](?!\w))?(?:{_S}?{_TO}{_S}?\d{{1,4}}(?:[a-h](?!\w))?)?"
_BEFORE_CHARS = 60

# ---- the name before the number: the word for a street ends the name (Hauptstraße 5), or begins it (Via Roma 5)
_END_WORDS = (
    "straße strasse str. str weg gasse platz allee damm ufer chaussee stieg steig pfad promenade zeile "  # de
    "straat laan plein gracht kade dijk singel dreef "  # nl
    "gatan vägen stigen gränd torget gata veien vegen gaten gade vej vei allé "  # sv, no, da
    "katu kuja tie"  # fi
)
_WEAK_WORDS = "ring hof markt berg tal feld wiese garten pad plads"  # a street only with a town behind it
_AT_THE = r"(?:Am|Im|An der|An dem|In der|In den|Auf der|Auf dem|Zum|Zur|Unter den|Hinter der|Vor dem|Bei der|Op de)"
_BEGIN_WORDS = (
    "calle c/ cl. avenida avda avda. av. paseo pº plaza pza pza. plza plza. camino carretera ctra ctra. ronda travesía "
    "rambla callejón glorieta urbanización carrer avinguda "  # es, ca
    "via viale v.le piazza p.zza piazzale corso c.so vicolo largo strada contrada lungomare borgo salita "  # it
    "rua r. travessa praça praceta alameda estrada "  # pt
    "ul. ulica al. aleja aleje plac os. osiedle "  # pl, cs
    "ул. улица пр. проспект переулок"  # ru
)
_ENDS, _WEAK, _BEGINS = one_of(_END_WORDS), one_of(_WEAK_WORDS), one_of(_BEGIN_WORDS)
# What stands in every street, for a quick look before the slow one.
_LAST = (*_END_WORDS.split(), *_WEAK_WORDS.split())
_FIRST = (*_BEGIN_WORDS.split(), "am", "im", "an", "in", "auf", "zum", "zur", "unter", "hinter", "vor", "bei", "op")

_NO_SUCH = one_of(  # a Sitzplatz is no square
    "sitz arbeits steh park tabellen start listen stell spiel studien rang schluss medaillen ausbildungs lager "
    "speicher um aus rück hin heim spitzen absteiger steuer lebens umge"
)
_NO_NAMES = one_of(
    "auf der die das dem den des ein eine einen einem dieser dieses diese jeder jede jedes sein seine ihr ihre mein "
    "meine meinem meiner dein unser erste erster ersten zweite zweiter zweiten letzte letzten vom nach mit von und oder"
)
_NO_STREET = re.compile(
    rf"{_NO_SUCH}(?:platz|weg|ring)\Z|(?:\A|\s){_NO_NAMES}\s+(?:platz|weg|straße|strasse|allee|gasse)\Z", re.IGNORECASE
)
_ENDING = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?P<one>(?:{_NAME}{_S}){{0,2}}{_UP}{_LETTERS}{{1,40}}?-?(?i:{_ENDS}))"
    rf"|(?P<two>(?:{_NAME}[ -]){{1,3}}{_UP}?(?i:{_ENDS}))"
    rf"|(?P<typed>[a-zäöüß][\w-]{{2,40}}?(?:straße|strasse|str\.))"  # as in a chat: all in small letters
    rf"|(?P<the>{_AT_THE}{_S}(?:{_NAME}{_S}){{0,2}}{_UP}{_LETTERS}{{2,30}})"
    rf"|(?P<weak>{_UP}{_LETTERS}{{1,40}}?(?:[ -]{_UP})?(?i:{_WEAK}))"
    rf"){_S}?,?{_S}?(?:Nr\.?|No\.?)?{_S}?\Z"
)
_ARTICLES = one_of("de del della delle dei degli di da do das dos la las los le les du des el al à aux san santa y e")
_LITTLE = rf"(?:{_ARTICLES}{_S}|d{_L}|dell{_L})*"
_SIGN = rf"(?:n\.?{_S}?[º°]?|nº|n°|núm\.?|numero|número|д\.|č\.p\.)"
_BEGINNING = re.compile(
    rf"(?<![\w/])(?P<kind>(?i:{_BEGINS})){_S}?{_LITTLE}{_UP}[\w'\u2019.-]{{1,30}}(?:{_S}{_LITTLE}{_NAME}){{0,4}}"
    rf"{_S}?,?{_S}?{_SIGN}?{_S}?\Z"
)
_HOUSE = re.compile(
    r"(?:(?<=[^\W\d_][ \u00a0])|(?<=[.,º°][ \u00a0])|(?<=[.,º°]))\d{1,4}(?=[a-zA-Z]?(?![^\W_])|[-\u2013/]\d)"
)
_WHOLE_NUMBER = re.compile(_NUMBER)
_IN_SENTENCES = re.compile(r"(?i)\b(?:via|strada|largo|plac|corso|os\.|r\.|al\.|cl\.)\Z")  # words for other things too

# ---- the number before the name
_ENGLISH = one_of(
    "Street Streets St Road Rd Avenue Ave Lane Ln Drive Dr Boulevard Blvd Court Ct Place Square Sq Terrace Crescent "
    "Close Way Gardens Grove Row Mews Parade Highway Hwy Parkway Pkwy Circle Cir Trail Walk Broadway"
)
_RUE = one_of(
    "rue avenue av. boulevard bd bd. bld chemin impasse allée quai faubourg sentier ruelle esplanade résidence"
)
_DE = rf"(?:(?:de|du|des|la|le|les|à|aux|en|saint|sainte){_S}|[dl]{_L})"
_AFTER_NUMBER = re.compile(
    rf"(?<![\w.,$€£:/-])(?:"
    rf"(?P<en>\d{{1,5}}[A-Za-z]?(?:[-/]\d{{1,4}})?,?{_S}(?:[NSEW]\.?{_S})?"
    rf"(?:(?:{_NAME}|\d{{1,3}}(?:st|nd|rd|th)){_S}){{1,4}}{_ENGLISH}\b\.?)"
    rf"|(?P<low>\d{{1,5}}[a-z]?,?{_S}(?:[a-z]{{3,20}}{_S}){{1,2}}(?:street|road|avenue|lane|drive|boulevard)\b)"
    rf"|(?P<fr>\d{{1,4}}(?:{_S}?(?:bis|ter|quater|[A-D]))?,?{_S}"
    rf"(?:(?i:{_RUE}){_S}|(?i:place|cours|square|passage|villa|route|voie){_S}(?=d(?:[eu]|{_L})))"
    rf"{_DE}{{0,3}}{_UP}[\w'\u2019.-]{{1,30}}(?:[ -]{_DE}?{_NAME}){{0,3}}))"
)
_LIVES = re.compile(
    r"(?i)\b(?:live[sd]? (?:at|in|on)|living at|address(?: is)?|home is|come to|meet (?:me|us) at|at home at)\b"
    r"[^\n\d]{0,20}\Z"
)
_NO_ENGLISH = re.compile(
    r"\d+\s(?:January|February|March|April|May|June|July|August|September|October|November|December|The|Of|And|On)\b"
)

# ---- what may follow a street, and what is an address by itself
_TOWN_PART = rf"(?:St\.{_S})?{_UP}{_LETTERS}{{1,30}}"
_TOWN = rf"{_TOWN_PART}(?:[ -]{_TOWN_PART}){{0,2}}"
_STATES = (
    "A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]"
)
_UK = (
    r"(?:A[BL]|B[ABDHLNRST]?|C[ABFHMORTVW]|D[ADEGHLNTY]|E[CHNX]?|F[KY]|G[LUY]?|H[ADGPRSUX]|I[GMPV]|JE|K[ATWY]|"
    r"L[ADELNSU]?|M[EKL]?|N[EGNPRW]?|O[LX]|P[AEHLOR]|R[GHM]|S[AEGKLMNOPRSTWY]?|T[ADFNQRSW]|UB|W[ACDFNRSV]?|YO|ZE)"
    r"\d[A-Z\d]?[ \u00a0]\d[ABD-HJLNP-UW-Z]{2}"
)
_STATE = rf"{_TOWN},?{_S}(?:{_STATES})\.?{_S}\d{{5}}(?:-\d{{4}})?"
_COUNTRY = "(?:D|A|CH|F|I|E|B|L|NL|DK|S)-"
_DIGITS = rf"(?:\d{{4,5}}|\d{{4}}{_S}?[A-Z]{{2}}|\d{{2}}-\d{{3}}|\d{{3}}{_S}\d{{2}}|\d{{4}}-\d{{3}})"
_CODE = rf"(?:{_COUNTRY})?{_DIGITS}{_S}{_TOWN}"
_FLATS = one_of("apt apartment unit flat suite ste # wohnung top stiege piso bât appt interno scala")
_FLAT = rf"{_FLATS}\.?{_S}?#?\w{{1,5}}"
_MORE = re.compile(
    rf"(?:{_S}?,?(?:{_S}|\n{_S}?|,)(?i:{_FLAT}))?"
    rf"(?:{_S}?,?(?:{_S}|\n{_S}?)(?:{_CODE}|{_STATE}|(?:{_TOWN},?{_S})?{_UK}))?(?!\w)"
)
_TOWN_FOLLOWS = re.compile(rf"{_S}?,?(?:{_S}|\n{_S}?){_CODE}")
_BOX = one_of(
    "p.o._box po_box p.o.box postfach boîte_postale apartado apartado_de_correos casella_postale postbus "
    "skrytka_pocztowa"
)
_ALONE = re.compile(
    rf"(?<![\w-])(?:(?P<box>(?i:{_BOX}){_S}\d[\d ]{{1,8}}(?!\w))|(?P<uk>{_UK})"
    rf"|(?P<coded>(?:D|A|CH|F|NL|DK)-\d{{4,5}}{_S}{_UP}{_LETTERS}{{2,30}}))(?!\w)"
)
_CITY_STATE = re.compile(rf"{_S}(?:{_STATES}){_S}\d{{5}}(?:-\d{{4}})?(?!\w)")
_CITY = re.compile(rf"(?<!\w){_TOWN},?\Z")


def streets(text: str) -> Iterator[Found | None]:
    """Streets with a house number and what of an address follows them, post boxes, codes of the post."""
    for match in _AFTER_NUMBER.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        story = _NO_ENGLISH.match(match[0]) or (match["low"] and not _LIVES.search(before))
        yield None if story else _with_town(text, match.start(), match.end(), "a house number and a street")
    for match in _HOUSE.finditer(text):
        before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()].rpartition("\n")[2]
        words = before.lower().replace(",", " ").split()
        if any(w.endswith(_LAST) for w in words[-2:]) or any(w.startswith(_FIRST) for w in words):
            yield _named_before(text, match.start(), before)
    for match in _ALONE.finditer(text):
        yield Found(match.start(), match.end(), STREET, "a post box" if match["box"] else "a postal code")
    for match in _CITY_STATE.finditer(text):
        town = _CITY.search(text[max(0, match.start() - 50) : match.start()])
        yield Found(match.start() - len(town[0]), match.end(), STREET, "a town and its code") if town else None


def _named_before(text: str, at: int, before: str) -> Found | None:
    """The street whose name stands before this number, in the same line."""
    number = _WHOLE_NUMBER.match(text, at)
    end = number.end() if number else at
    match = _ENDING.search(before) or _BEGINNING.search(before)
    if match is None:
        return None
    parts = match.groupdict()
    name = match[0].rstrip(" ,\u00a0")
    needs_town = parts.get("weak") or parts.get("the") or (_IN_SENTENCES.match(parts.get("kind") or ""))
    if needs_town and not _TOWN_FOLLOWS.match(text, end) and not (parts.get("kind") and parts["kind"][0].isupper()):
        return None
    if _NO_STREET.search(re.sub(r"\s*(?:Nr|No)\.?\Z", "", name)):
        return None
    return _with_town(text, at - len(match[0]), end, "a street and a house number")


def _with_town(text: str, start: int, end: int, why: str) -> Found:
    """With the flat, the code and the town that follow it."""
    more = _MORE.match(text, end)
    return Found(start, more.end() if more else end, STREET, why)
