# ruff: noqa: RUF001 - letters that look like others are what is read here
"""Encodings by their letters: a text in any language and encoding comes back, or is among those that are offered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.texts import decoding, encodings

TEXTS = {
    "I don’t know,” she said. It was late, and the café was closed.": ("cp1252", "mac_roman"),
    "Abends kochte ich Brei für Jörg. Wir lasen schöne Bücher; die Straße lag ruhig da.": (
        "cp1252", "cp850", "mac_roman"),
    "Les élèves étaient très fatigués. Où est la clé ? Leur père a répété sa leçon.": ("cp1252", "cp850", "mac_roman"),
    "La niña cenó temprano y leyó un cuento. ¿Qué pasó después? ¡Llegó el señor!": ("cp1252", "cp850", "mac_roman"),
    "Wieczorem ugotowałem zupę i poszedłem spać. Książka leżała na stole, więc ją wziąłem.": (
        "cp1250", "iso8859_2", "cp852"),
    "Večer jsem uvařil polévku a šel spát. Kniha ležela na stole, tak jsem si ji přečetl, můj příteli.": (
        "cp1250", "iso8859_2", "cp852"),
    "Este főztem egy levest, aztán elaludtam. A könyv az asztalon volt, és nem tűnt el az őrült fiú.": (
        "cp1250", "iso8859_2", "cp852"),
    "Vakare viriau sriubą ir ėjau miegoti. Knyga gulėjo ant stalo, tad ją paėmiau; šūkis žavėjo.": (
        "cp1257", "iso8859_13", "cp775"),
    "Amanhã não vou à escola. O pão está na mesa e a avó faz café. Você já comeu?": ("cp1252", "cp860", "mac_roman"),
    "Í gær fór ég á sjó með bróður mínum. Það var gott veður og við veiddum þorsk.": ("cp1252", "cp861", "mac_iceland"),
    "Ieri am fost la piață și am cumpărat pâine. Mâine mergem împreună în oraș.": ("mac_romanian",),
    "Akşam çorba pişirdim ve uyudum. Kitap masanın üstündeydi, ben de aldım; değişik bir şey.": ("cp1254", "cp857"),
    "Вечером я сварил суп и лёг спать. Книга лежала на столе, и я её прочитал.": (
        "cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic"),
    "Увечері я зварив суп і ліг спати. Книжка лежала на столі, і я її прочитав.": (
        "cp1251", "koi8_u", "iso8859_5", "cp1125"),
    "Το βράδυ μαγείρεψα σούπα και κοιμήθηκα. Το βιβλίο ήταν στο τραπέζι.": ("cp1253", "iso8859_7", "cp869"),
    "בערב בישלתי מרק והלכתי לישון. הספר היה על השולחן.": ("cp1255", "iso8859_8"),
    "في المساء طبخت الحساء ثم نمت. كان الكتاب على الطاولة، فقرأته.": ("cp1256", "iso8859_6"),
    "ตอนเย็นฉันทำซุปแล้วเข้านอน หนังสืออยู่บนโต๊ะ": ("cp874",),
    "夜にスープを作って寝ました。本は机の上にありました。": (
        "shift_jis", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"),
    "晚上我做了汤，然后睡觉了。书在桌子上，我看了一会儿。": (
        "gb18030", "hz", "utf-16-le", "utf-16-be"),
    "晚上我做了湯，然後睡覺了。書在桌子上，我看了一會兒。": ("big5", "utf-16-le"),
    "저녁에 국을 끓이고 잠을 잤다. 책은 책상 위에 있었다.": ("euc_kr", "utf-16-be"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), [(text, name) for text, names in TEXTS.items() for name in names])
def test_a_text_in_any_language_and_encoding_comes_back(text, encoding):
    decoded = decoding.decode(text.encode(encoding))
    assert (decoded.text, decoded.replaced, decoded.notes) == (text, 0, ())
    assert decoding.decode(text.encode(encoding), encoding).text == text


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_part_of_a_text_comes_back_or_is_among_the_five_that_are_offered(data):
    text = data.draw(st.sampled_from(sorted(TEXTS)))
    encoding = data.draw(st.sampled_from([*TEXTS[text], "utf-8", "utf-16", "utf-32"]))
    words = text.split(" ")
    begin = data.draw(st.integers(0, max(0, len(words) - 6)))
    part = " ".join(words[begin : begin + data.draw(st.integers(6, 12))]) * data.draw(st.integers(1, 3)) + "\n"
    decoded = decoding.decode(part.encode(encoding))
    readings = [part.encode(encoding).decode(one.encoding, "replace") for one in decoded.candidates]
    assert len(readings) <= 5
    assert decoded.text == part or part in readings


def test_readings_that_are_the_same_are_offered_once():
    found = encodings.likeliest("Größe und Straße".encode("cp1252"))
    readings = [encodings.read("Größe und Straße".encode("cp1252"), guess.encoding) for guess in found]
    assert found[0].encoding == "cp1252"
    assert len(readings) == len(set(readings))


def test_what_programs_write_beyond_shift_jis_is_read():
    assert encodings.read("①髙".encode("cp932"), "shift_jis") == "①髙"
    assert encodings.read(b"\x82\xa0\xff", "shift_jis").startswith("あ")
