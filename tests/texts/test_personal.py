"""E-mail addresses, telephone and account numbers, homes and names of users in a text: found, counted, replaced."""

import re
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.texts import corpora, personal
from rnnkit.texts.personal.found import ACCOUNT, EMAIL, PHONE, STREET, WEB

# Country -> how people write numbers there: d is any digit of the national number, whose digits stand beside it.
PHONES = {
    "DE": [
        "030 1234567",
        "(030) 1234567",
        "030/1234567",
        "0170 1234567",
        "0171-2345678",
        "01701234567",
        "+49 30 1234567",
    ],
    "AT": ["0664 1234567", "01 5123456", "+43 664 1234567", "0043 664 1234567"],
    "CH": ["044 668 18 00", "079 123 45 67", "+41 44 668 18 00", "+41 (0)44 668 18 00"],
    "FR": ["06 12 34 56 78", "06.12.34.56.78", "0612345678", "+33 6 12 34 56 78", "01-42-68-53-00"],
    "GB": ["020 7946 0958", "(020) 7946 0958", "07911 123456", "+44 20 7946 0958", "+44 (0)20 7946 0958"],
    "US": ["(212) 555-0123", "212-555-0123", "212.555.0123", "+1 212 555 0123", "1-212-555-0123", "212 555 0123"],
    "ES": ["612 345 678", "912 34 56 78", "612 34 56 78", "+34 612 345 678", "+34612345678"],
    "IT": ["06 1234 5678", "333 1234567", "333 123 4567", "+39 06 1234 5678", "+39 333 1234567"],
    "NL": ["020-123 4567", "06-12345678", "06 12345678", "+31 6 12345678"],
    "BE": ["02 123 45 67", "0475 12 34 56", "0475/12.34.56", "+32 475 12 34 56"],
    "PL": ["601 234 567", "601-234-567", "+48 601 234 567", "+48 22 123 45 67"],
    "PT": ["912 345 678", "+351 912 345 678"],
    "SE": ["08-123 456 78", "070-123 45 67", "+46 70 123 45 67"],
    "NO": ["+47 22 12 34 56", "Tlf. 22 12 34 56"],
    "TR": ["0212 123 45 67", "+90 532 123 45 67", "(0532) 123 45 67"],
    "IN": ["98765 43210", "+91 98765 43210", "+91-98765-43210"],
    "RU": ["8 (495) 123-45-67", "+7 495 123-45-67"],
    "AU": ["0412 345 678", "(02) 9876 5432", "+61 412 345 678"],
    "BR": ["(11) 91234-5678", "+55 11 91234-5678"],
    "JP": ["03-1234-5678", "090-1234-5678", "+81 90-1234-5678"],
}
BANKS = {  # country -> how an account is written there; n a digit, a a capital letter, c either
    "DE": "n18", "AT": "n16", "CH": "n5c12", "FR": "n10c11n2", "GB": "a4n14", "ES": "n20", "IT": "a1n10c12",
    "NL": "a4n10",
    "BE": "n12", "PL": "n24", "PT": "n21", "SE": "n20", "NO": "n11", "DK": "n14", "FI": "n14", "IE": "a4n14",
    "CZ": "n20",
    "HU": "n24", "GR": "n7c16", "LU": "n3c13", "TR": "n5c17", "RO": "a4c16", "SK": "n20", "HR": "n17",
}  # fmt: skip
STREETS = [
    "Hauptstraße 5", "Hauptstr. 12a", "Berliner Straße 123", "Karl-Marx-Allee 3", "Am Alten Markt 3, 50667 Köln",
    "Lange Gasse 7", "Kastanienweg 4", "lindenstraße 7",
    "Schillerplatz 2, 70173 Stuttgart", "221B Baker Street", "12 Main St.",
    "10 Downing Street, London SW1A 2AA", "1600 Pennsylvania Avenue", "742 Evergreen Terrace",
    "12 Main St, Apt 4, Springfield, IL 62704",
    "10 rue de la Paix", "5 bis, avenue d'Italie, 75013 Paris", "12 boulevard Saint-Michel",
    "3, place de la République",
    "Calle Mayor 12", "Avda. de la Constitución, 3", "Paseo de Gracia 43", "Plaza de España, nº 5",
    "C/ Alcalá 20, 28014 Madrid",
    "Via Roma 12", "Piazza del Duomo, 1", "Corso Vittorio Emanuele II 15", "Viale Monza 3, 20127 Milano",
    "Kerkstraat 12, 1012 AB Amsterdam", "Storgatan 5", "ul. Marszałkowska 10", "Rua Augusta 24", "P.O. Box 123",
    "Postfach 1234",
]  # fmt: skip
HARMLESS = [
    "Er kam auf Platz 3, dann auf den ersten Platz 1. Sitzplatz 12, Parkplatz 7, Umweg 2, Tabellenplatz 5.",
    "ISBN 0-306-40615-2, ISBN 978-3-16-148410-0, DOI 10.1000/182, RFC 2822, IPv4 192.168.100.200, Version 10.0.19045.",
    "Am 01.02.2003 um 04:05:06, 2003-01-02T04:05:06, 12/24/1999, 05-06-2007, 24. 12. 1999, 1914-1918, 00:12:34,567.",
    "1,234,567 people, 1.234.567,89 €, 12 000 000 habitants, $1200.50, 600 000 000 Euro, 3.14159265358979, 0.00001234.",
    "x = 0x0123456789abcdef; y = 1e-10; z = 1234567890; digits = '0123456789'; a[1:10], (100, 200, 300), 255 255 255",
    "ACT II. SCENE III. Enter 3 Lords. 14 Lines; Sonnet 116; Chapter 12 Road to Ruin; in 3 main roads; 5 long streets.",
    "Preheat to 180 C. 250 g flour, 2 1/2 cups, 350 degrees, 1 square Cheddar, 1 place setting, Serves 4 to 6.",
    "@property\ndef f(self): return a @ b.T, self.x @ y\n# image@2x.png https://docs.python.org/3/library/re.html?id=12",
    "https://de.wikipedia.org/wiki/Berlin https://www.youtube.com/watch?v=dQw4w9WgXcQ https://github.com/about",
    "00 01 02 03 04 05 06 07 08 09 0a 0b; 10 20 30 40 50 60; 1 2 3 4 5 6 7 8 9 10 11 12; 2020 2021 2022 2023",
    "DE12 3456 7890 is no account, 1234 5678 9012 3456 no card, A1 2B no code of the post.",
    "Via is a village; the largo of 1893; St. John 3,16; Psalm 119:105; Röm 8,28; Art. 5 GG; § 823 BGB; Op. 27 Nr. 2",
]  # fmt: skip


def found(text):
    return [(one.kind, text[one.start : one.end]) for one in personal.find(text).found]


def only(kind, text):
    return [what for one, what in found(text) if one == kind]


@given(st.sampled_from([number for numbers in PHONES.values() for number in numbers]), st.data())
@settings(deadline=None, max_examples=300)
def test_telephone_numbers_of_twenty_countries_are_found_as_they_are_written(number, data):
    tail = data.draw(st.text("23456789", min_size=3, max_size=3))  # the last digits are anybody's
    places = [at for at, letter in enumerate(number) if letter.isdigit()][-3:]
    for place, digit in zip(places, tail, strict=True):
        number = number[:place] + digit + number[place + 1 :]
    text = data.draw(
        st.sampled_from(["Ruf an: {}.", "{}", "(call {}!)", "mine is {}, hers not", "tel:{}\nzwei"])
    ).format(number)
    assert [what for what in only(PHONE, text) if what in number or number in what], text


def test_every_way_of_writing_a_telephone_number_is_found_whole_beside_others():
    numbers = [number for written in PHONES.values() for number in written]
    digits = ["".join(filter(str.isdigit, number)) for number in numbers]
    seen = ["".join(filter(str.isdigit, what)) for what in only(PHONE, "\n".join(f"Anna, {one}" for one in numbers))]
    assert seen == digits


@st.composite
def ibans(draw):
    """An IBAN with a right checksum, as people write it."""
    country = draw(st.sampled_from(sorted(BANKS)))
    kinds = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + string.ascii_uppercase}
    parts = re.findall(r"([nac])(\d+)", BANKS[country])
    account = "".join(draw(st.text(kinds[kind], min_size=int(n), max_size=int(n))) for kind, n in parts)
    number = int("".join(str(int(letter, 36)) for letter in f"{account}{country}00"))
    written = f"{country}{98 - number % 97:02d}{account}"
    spaced = " ".join(written[at : at + 4] for at in range(0, len(written), 4))
    return draw(st.sampled_from([written, spaced, spaced.replace(" ", "-"), written.lower()]))


@given(ibans(), st.sampled_from(["{}", "IBAN: {}.", "an {} bitte", "({}), danke", "{}\nBIC ABCDEFGH"]))
@settings(deadline=None, max_examples=200)
def test_accounts_of_two_dozen_countries_are_found_by_their_checksum(iban, around):
    text = around.format(iban)
    from stdnum import iban as numbers

    if numbers.is_valid(iban.replace("-", "").replace(" ", "")):  # some countries have a check digit of their own too
        assert iban in only(ACCOUNT, text)


def test_an_account_with_a_wrong_checksum_is_none_and_a_card_has_a_right_last_digit():
    assert only(ACCOUNT, "DE89 3704 0044 0532 0130 00")
    assert not only(ACCOUNT, "DE88 3704 0044 0532 0130 00")
    cards = ["4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "3782 822463 10005", "6011111111111117"]
    for card in cards:
        assert only(ACCOUNT, f"Karte {card}, gültig") == [card]
        assert not only(ACCOUNT, f"Karte {card[:-1]}{(int(card[-1]) + 1) % 10}, gültig")
    assert only(ACCOUNT, "Konto-Nr. 123456789, BLZ 100 500 00") == ["123456789", "100 500 00"]


@given(
    st.from_regex(r"[a-z][a-z0-9]{0,9}([._+-][a-z0-9]{1,8}){0,2}", fullmatch=True),
    st.from_regex(r"([a-z][a-z0-9-]{0,8}[a-z0-9]\.){1,3}(de|com|org|co\.uk|fr|schule|museum)", fullmatch=True),
    st.sampled_from(["{}", "<{}>", "mailto:{}", "Schreib an {}.", "({})", "{}, {}"]),
)
@settings(deadline=None)
def test_addresses_for_mail_are_found(local, host, around):
    address = f"{local}@{host}"
    assert set(only(EMAIL, around.replace("{}", address))) == {address}


@pytest.mark.parametrize(
    "text", ["anna (at) web.de", "anna[at]web[dot]de", "anna [ät] web [punkt] de", "anna at gmail dot com"]
)
def test_addresses_for_mail_that_were_written_out_are_found(text):
    assert only(EMAIL, f"Schreib an {text}!") == [text]


@pytest.mark.parametrize("street", STREETS)
def test_streets_are_found_with_number_and_town(street):
    for text in (street, f"Ich wohne {street}.", f"My home: {street}\nTel", f"nach {street}, dann links"):
        assert [what for what in only(STREET, text) if street in what or what == street], (text, found(text))


@given(
    st.sampled_from(["Ahorn", "Bahnhof", "Goethe", "Kirch", "Mühlen", "Schul", "Buchen"]),
    st.sampled_from(["straße", "strasse", "str.", "weg", "gasse", "allee", "platz", "damm"]),
    st.integers(1, 399), st.sampled_from(["", "a", " b", "-7"]),
)  # fmt: skip
def test_streets_that_nobody_listed_are_found(stem, end, number, letter):
    street = f"{stem}{end} {number}{letter}"
    assert only(STREET, f"Ich wohne in der {street}, im dritten Stock.") == [street]


def test_addresses_of_the_web_that_name_a_user_are_found_and_others_are_not():
    named = [
        "https://instagram.com/anna.m", "https://user:pw@host.de/x", "github.com/octocat", "www.school.de/~anna",
        "https://x.com/@anna", "https://forum.example.net/users/anna12", "https://a.example/page?username=anna",
    ]  # fmt: skip
    for address in named:
        assert only(WEB, f"Siehe {address}, bitte.") == [address]
    assert not only(WEB, " ".join(HARMLESS))


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_names_and_addresses_do_not_alarm(text):
    assert found(text) == []


@pytest.mark.parametrize("name", ["cookbook", "play", "memory", "python"])
def test_texts_that_the_program_makes_and_source_code_hardly_alarm(name):
    text = corpora.load(name)[:400_000]
    assert len(personal.find(text).found) <= 3 * len(text) / 100_000


@pytest.mark.parametrize("name", ["sherlock", "nietzsche", "tinyshakespeare", "sonnets", "recipes"])
def test_books_hardly_alarm(name):
    if name not in corpora.offline_names():
        pytest.skip(f"{name} is not on this machine")
    text = corpora.load(name)[:400_000]
    assert len(personal.find(text).found) <= 3 * len(text) / 100_000


@pytest.mark.parametrize(
    "piece", ["a", "@", "a@a.", "1 ", "straße 1 ", "DE12 ", "Aa ", "+49", "http://a/", "AL1 1", "12 Aa "]
)
def test_hostile_texts_take_no_longer_than_others(piece):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    looked = personal.find(text)
    assert time.process_time() - began < 8.0  # 0.5 to 2.5 s here
    assert looked.whole or looked.share.startswith("Only the first ")


def test_of_a_long_text_a_share_is_looked_at_and_said():
    looked = personal.find("Ahornweg 3. " * 600_000)
    assert looked.chars < looked.of
    assert f"{looked.chars:,} of {looked.of:,}" in looked.share
    assert personal.find("Ahornweg 3. " * 9_000, most=None, candidates=None).counts == {STREET: 9_000}


def test_what_was_found_is_counted_and_replaced_by_its_kind():
    text = "Anna: anna@web.de, 0170 1234567.\nBob: bob@web.de, Ahornweg 3, 10115 Berlin."
    looked = personal.find(text)
    assert str(looked) == "2 e-mail addresses, 1 telephone number, 1 postal address"
    without = personal.redacted(text, looked.found)
    assert without == "Anna: [e-mail], [telephone].\nBob: [e-mail], [address]."
    assert personal.find(without).found == ()


@given(st.text(st.sampled_from("a1@.+- 0DE49()/\nÄß"), max_size=200))
@settings(deadline=None)
def test_whatever_a_text_is_places_are_in_order_apart_and_replacing_leaves_the_rest(text):
    looked = personal.find(text)
    ends = [0]
    for one in looked.found:
        assert ends[-1] <= one.start < one.end <= len(text)
        ends.append(one.end)
    rest = [text[a:b] for a, b in zip(ends, [*(one.start for one in looked.found), len(text)], strict=True)]
    parts = personal.redacted(text, looked.found)
    for piece in rest:
        assert piece in parts
