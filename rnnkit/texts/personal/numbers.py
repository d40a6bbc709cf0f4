"""Numbers of accounts and telephones, told from other numbers by checksum, country and the way they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rnnkit.texts.personal.found import ACCOUNT, GAP, PHONE, Found, one_of

_SEPARATOR = rf"(?:{GAP}|-|\u2010|\u2011)"
_IBAN = re.compile(rf"(?<![^\W_])[A-Za-z]{{2}}\d{{2}}(?:{_SEPARATOR}?[A-Za-z\d]){{11,30}}")
_CARD = re.compile(rf"(?<![\w.,])(?<!\d-)\d(?:{_SEPARATOR}?\d){{12,18}}(?![\w])(?!-\d)")
_GROUPS = re.compile(r"\d+(?:,0)?|4,4,4,4(?:,[1-3])?|4,6,[45]|4,4,5|4,4,4,[1-3]")
_ISSUERS = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6[0-9]")
_ACCOUNTS = one_of(
    "konto kontonr konto-nr konto_nr kontonummer ktnr kto kto.-nr kto.nr blz bankleitzahl account_no account_nr "
    "account_number acct acct_no sort_code routing_no routing_number numéro_de_compte numero_de_compte n°_de_compte "
    "número_de_cuenta numero_de_cuenta cuenta_nº cuenta_n° cuenta numero_di_conto rekening rekeningnummer"
)
_NAMED_ACCOUNT = re.compile(
    rf"(?<!\w){_ACCOUNTS}(?![^\W\d_])[.:#º° ]{{0,4}}(\d(?:{_SEPARATOR}?\d){{4,20}})(?!\w)", re.IGNORECASE
)

_APART = rf"(?:{GAP}|[./()\u2010\u2011\u2012\u2013-])"  # between the digits of a telephone number
# Not inside a word, a longer number, a date, a time, a version or a path.
_PHONE = re.compile(
    rf"(?<![^\W_])(?<!\d[.,:/-])(?:\+{GAP}?|\(\+?|\uff0b)?\d(?:{_APART}{{0,3}}\d){{5,17}}(?![^\W_])(?![.,:/-]\d)"
)
_DATE = re.compile(rf"(?:\d{{1,2}}([./-]{GAP}?)\d{{1,2}}\1\d{{2,4}}|\d{{4}}([./-])\d{{1,2}}\2\d{{1,2}})(?!\d|[./-]\d)")
_CALLED = one_of(
    "tel telf teléf telefon telefono teléfono telefone telefonnummer telefonnr telefoon téléphone telephone tél tlf "
    "phone phonenumber mobil mobile mobilnummer móvil movil cell cellulare handy handynummer handynr fax portable gsm "
    "whats_app sms signal call calls ring text_me ruf rufe rufen rufnummer anruf anrufen appelle appelez appeler llama "
    "llamar llámame llámanos chiama chiamami chiamare nummer numéro numero número durchwahl hotline тел телефон 電話 "
    "dzwoń dzwon puhelin my_number his_number her_number number_is meine_nr"
)
_SAID = re.compile(rf"(?<![^\W_]){_CALLED}(?![^\W_])[^\n\d]{{0,24}}\Z", re.IGNORECASE)
_UNITS = one_of("eur usd chf euro euros dollar dollars people years jahre kg km g ml")
_NO_PHONE_AFTER = re.compile(rf"{GAP}?(?:[€$£¥%]|einwohner|habitant|{_UNITS}\b)", re.IGNORECASE)
_NO_PHONE_BEFORE = re.compile(
    rf"(?:[€$£¥#=§]|isbn[\w-]*:?|issn:?|doi:?|rfc|0x|v|version|no\.|art\.){GAP}?\Z", re.IGNORECASE
)
# Where a number that begins with 0 may be at home.
_WITH_ZERO = "DE AT CH FR GB IT NL BE SE FI IE TR AU JP HU ZA IN KR"
_PREFIXED = re.compile(r"\(?0\d{1,4}[)/-]")  # a number may be short behind it
_NORTH_AMERICAN = re.compile(rf"(?:\+?1{_APART})?(?:\(\d{{3}}\){GAP}?|\d{{3}}[ .\u2011-])\d{{3}}[ .\u2011-]\d{{4}}")
_SHAPED = {  # how mobile numbers without a beginning of their own are written
    "ES": r"[67]\d\d[ -]\d{3}[ -]\d{3}|[6-9]\d\d \d\d \d\d \d\d|9\d{2} \d{2,3} \d{2,3}(?: \d{2})?",
    "PT": r"9\d\d \d{3} \d{3}|2\d\d \d{3} \d{3}|2\d \d{3} \d{4}",
    "PL": r"[5-8]\d\d[ -]\d{3}[ -]\d{3}|\d\d \d{3} \d\d \d\d",
    "CZ": r"[67]\d\d \d{3} \d{3}",
    "IT": r"3\d\d[ ./-]\d{6,7}|3\d\d[ .-]\d{3}[ .-]\d{4}|3\d\d[ .-]\d{2}[ .-]\d{2}[ .-]\d{3}",
    "GR": r"69\d{8}|69\d{2} \d{3} \d{3}|(?:69\d \d{3}|2\d \d{4}) \d{4}",
    "IN": r"[6-9]\d{4}[ -]\d{5}",
    "BR": r"\(\d\d\) ?9?\d{4}-\d{4}|\d\d 9\d{4}-\d{4}",
    "CN": r"1[3-9]\d[ -]\d{4}[ -]\d{4}",
    "MX": r"\d{3} \d{3} \d{4}",
    "RU": r"8[ -]?\(?\d{3}\)?[ -]\d{3}-\d\d-\d\d",
}
_SHAPES = {region: re.compile(shape) for region, shape in _SHAPED.items()}
_FRACTION = re.compile(r"\+?(?:\d{6,}\.\d+|\d+\.\d{1,3}|0\.\d.*)|\+\d+\.\d+")
_COUNTING = "01234567890123456789"


# ---- accounts


def accounts(text: str) -> Iterator[Found | None]:
    """IBANs whose checksum holds, cards whose last digit holds, and what a text calls an account."""
    for match in _IBAN.finditer(text):
        yield _iban(match)
    for match in _CARD.finditer(text):
        yield Found(*match.span(), ACCOUNT, "a card number with a right check digit") if _is_card(match[0]) else None
    for match in _NAMED_ACCOUNT.finditer(text):
        yield Found(*match.span(1), ACCOUNT, "called an account")


def _iban(match: re.Match[str]) -> Found | None:
    """The IBAN that a match begins with: as long as its country has them, with words behind it that are none of it."""
    from stdnum import iban

    for end in _ends(match[0]):
        if iban.is_valid(re.sub(r"[^A-Za-z\d]", "", match[0][:end])):
            return Found(match.start(), match.start() + end, ACCOUNT, "an IBAN with a right checksum")
    return None


def _ends(written: str) -> list[int]:
    """Where an IBAN may end: before a separator, or at the last character; the longest first."""
    gaps = [place.start() for place in re.finditer(_SEPARATOR, written) if place.start() >= 15]
    return [len(written), *reversed(gaps)]


def _is_card(written: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", written)
    groups = ",".join(str(len(part)) for part in re.split(r"\D", written))
    shaped = groups.isdecimal() or _GROUPS.fullmatch(groups)
    return bool(shaped and _ISSUERS.match(digits) and len(set(digits)) > 1 and luhn.is_valid(digits))


# ---- telephones


def phones(text: str) -> Iterator[Found | None]:
    """Telephone numbers with a country's prefix, in the ways of some countries, or called so."""
    for match in _PHONE.finditer(text):
        start = match.start()
        before, after = text[max(0, start - 40) : start], text[match.end() : match.end() + 12]
        yield _phone(match[0], start, before, after)


def _phone(written: str, start: int, before: str, after: str) -> Found | None:
    """The number that is written here, or its beginning where other numbers follow it."""
    if _DATE.match(written) or _NO_PHONE_BEFORE.search(before):
        return None
    said = _SAID.search(before) is not None
    for end in _phone_ends(written):
        why = _why(written[:end], said)
        if why and not (end == len(written) and _NO_PHONE_AFTER.match(after)):
            return Found(start, start + end, PHONE, why)
    if written[0] in "+\uff0b" and re.search(_APART, written) and 9 <= sum(map(str.isdigit, written)) <= 15:
        return Found(start, start + len(written), PHONE, "a country's prefix")
    return None


def _phone_ends(written: str) -> list[int]:
    """Where it may end: at the last digit, or before one of the last three gaps."""
    gaps = [place.start() for place in re.finditer(rf"{_APART}+(?=\d)", written) if place.start() >= 7]
    return [len(written), *reversed(gaps[-3:])]


@lru_cache(maxsize=4096)
def _why(written: str, said: bool) -> str:
    """By what a number is one of a telephone; empty where it is none."""
    digits = re.sub(r"\D", "", written)
    if not 6 <= len(digits) <= 17 or len(set(digits)) < 3 or _FRACTION.fullmatch(written):
        return ""
    if number := _international(written, digits):
        inside = written.replace("(0)", "")
        sure = _valid(number) or _valid(_international(inside, re.sub(r"\D", "", inside)))
        return "a country's prefix and a number that it has" if sure else "called a telephone number" if said else ""
    if said and len(digits) >= 6 and "." not in written.strip("."):
        return "called a telephone number"
    if written in _COUNTING or written in _COUNTING[::-1]:
        return ""
    if region := _written_as_in(written, digits):
        return f"written as telephone numbers are in {region}"
    return "called a telephone number" if said and len(digits) >= 6 else ""


def _international(written: str, digits: str) -> str:
    """The number after +, where it begins with a country's prefix; else nothing. +49 (0)30 has a zero too many."""
    if written.lstrip("(")[:1] in "+\uff0b":
        return f"+{digits}"
    return next((f"+{digits.removeprefix(begin)}" for begin in ("00", "011") if digits.startswith(begin)), "")


def _written_as_in(written: str, digits: str) -> str:
    """The country whose numbers are written so; empty for none."""
    if _NORTH_AMERICAN.fullmatch(written) and _valid(digits, "US"):
        return "US"
    if digits[0] == "0" and len(digits) >= (8 if _PREFIXED.match(written) else 9) and _grouped(written):
        return next((region for region in _WITH_ZERO.split() if _valid(digits, region)), "")
    return next((r for r, shape in _SHAPES.items() if shape.fullmatch(written) and _valid(digits, r)
                 and not digits.endswith("000")), "")  # fmt: skip


def _grouped(written: str) -> bool:
    """Whether the digits stand in few groups, as in a number, not one by one, as in a list; "0.123" is a fraction."""
    groups = re.findall(r"\d+", written)
    return len(groups) <= 6 and sum(map(len, groups)) >= 2 * len(groups) and not written.startswith("0-")


def _valid(number: str, region: str | None = None) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
