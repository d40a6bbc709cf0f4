# ruff: noqa: RUF001 - letters that look like others are what is read here
"""Made-up files as people of many countries bring them: numbers, dates and chats, each with its right answer."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rnnkit.errors import CorpusError
from rnnkit.texts import chats, decoding, own, tables
from rnnkit.texts.tables import months, numbers

VALUES = [round(10 + 5 * np.sin(i / 4) + i * 37 % 11 / 10, 2) for i in range(40)]
LARGE = [round(1_234_567.89 + i * i * 11.11, 2) for i in range(40)]
DAYS = [date(2021, 1, 1) + timedelta(9 * i) for i in range(40)]
MONTHS = [date(2019 + i // 12, i % 12 + 1, 1) for i in range(40)]
QUARTERS = [date(2010 + i // 4, i % 4 * 3 + 1, 1) for i in range(40)]
HOURS = [datetime(2021, 3, 1) + timedelta(hours=i) for i in range(40)]
TURNED = str.maketrans(",.", ".,")


def table(cell: Callable[[float], str] = str, values=VALUES, days=DAYS, day: Callable[[date], str] = str) -> str:
    return "\n".join(["date;temp", *(f"{day(at)};{cell(v)}" for at, v in zip(days, values, strict=True)), ""])


def read(text: str | bytes, values=VALUES, days=None) -> tables.Series:
    found = tables.parse(own.read(text if isinstance(text, bytes) else text.encode()).text)
    np.testing.assert_allclose(found.values, values)
    if days is not None:
        assert found.times.astype("datetime64[h]").tolist() == [datetime(*at.timetuple()[:4]) for at in days]
    return found


def of_india(value: float) -> str:
    whole, cents = f"{value:.2f}".split(".")
    first, groups = whole[:-3], [whole[-3:]]
    while first:
        first, groups = first[:-2], [first[-2:], *groups]
    return f"{','.join(groups)}.{cents}"


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        (of_india, 1), (lambda v: f"₹{of_india(v)}", 1), (lambda v: f"{v:,.2f}".replace(",", "'"), 1),
        (lambda v: f"CHF {v:,.2f}".replace(",", "’"), 1),
        (lambda v: f"{v:,.2f}".replace(",", "\u202f").replace(".", ","), 1),
        (lambda v: f"{v:,.2f}\u00a0€".replace(",", "\u00a0").replace(".", ","), 1),
        (lambda v: f"{v:,.2f} €".translate(TURNED), 1), (lambda v: f"R$ {v:,.2f}".translate(TURNED), 1),
        (lambda v: f"-{v:,.2f}".translate(TURNED), -1), (lambda v: f"€ {v:,.2f}-".translate(TURNED), -1),
        (lambda v: f"(${v:,.2f})", -1), (lambda v: f"-${v:,.2f}", -1), (lambda v: f"$ -{v:,.2f}", -1),
        (lambda v: f"\u2212{v:.2f}", -1), (lambda v: f"\u2013{v:.2f}", -1), (lambda v: f"+{v:.2f}", 1),
        (lambda v: f"%{v:.2f}", 1), (lambda v: f"{v:.2f} %", 1), (lambda v: f"~{v:.2f}", 1), (lambda v: f"{v:.2f}*", 1),
        (lambda v: f"'{v:.2f}", 1), (lambda v: f'="{v:.2f}"', 1), (lambda v: f"{v:.2f} Mio. €", 1),
        (lambda v: f"{v:.2f} µg/m³", 1), (lambda v: f"{v:.2f} zł", 1), (lambda v: f"{v:.2f} Kč", 1),
        (lambda v: f"{v:.2f} руб.", 1), (lambda v: f"kr {v:.2f}", 1), (lambda v: f"{v:.2f} m3", 1),
        (lambda v: f"{v:.2f}".translate(str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")), 1),
        (lambda v: f"{v:.2f}".translate(str.maketrans("0123456789", "०१२३४५६७८९")), 1),
    ],
)  # fmt: skip
def test_numbers_are_read_as_written_anywhere(cell: Callable[[float], str], sign: int):
    read(table(cell, LARGE), np.array(LARGE) * sign)


NAMES = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta "
    "marraskuuta joulukuuta",
    "hu": "január február március április május június július augusztus szeptember október november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "lt": "sausis vasaris kovas balandis gegužė birželis liepa rugpjūtis rugsėjis spalis lapkritis gruodis",
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
    "el": "Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου "
    "Δεκεμβρίου",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "he": "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר",
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "fr, short": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es, short": "ene feb mar abr may jun jul ago sept oct nov dic",
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_months_have_names_in_many_languages(names: str):
    named = names.split()
    assert [months.month(name) for name in named] == list(range(1, 13))
    read(table(days=DAYS, day=lambda at: f"{at.day}. {named[at.month - 1]} {at.year}"), days=DAYS)
    read(table(days=MONTHS, day=lambda at: f"{named[at.month - 1]} {at.year}"), days=MONTHS)


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.000", "%Y-%m-%d %H:%M:%S +0000", "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%Y %I:%M\u202f%p", "%d.%m.%Y %H:%M Uhr", "%d.%m.%Y, %H:%M", "%d/%m/%Y %Hh%M", "%d-%m-%Y %H:%M",
        "%Y%m%d%H%M", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S GMT",
        "%Y-%m-%dT%H", "%Y/%m/%d %H:%M",
    ],
)  # fmt: skip
def test_days_and_times_are_read_as_written_anywhere(form: str):
    read(table(days=HOURS, day=lambda at: f"{at:{form}}"), days=HOURS)


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (lambda at: f"{at:%Y}年{at:%m}月{at:%d}日", DAYS), (lambda at: f"{at:%Y. %m. %d.}", DAYS),
        (lambda at: f"{at:%Y-%j}", DAYS),
        (lambda at: f"{at:%G-W%V-%u}", DAYS), (lambda at: f"{at.year}-Q{(at.month + 2) // 3}", QUARTERS),
        (lambda at: f"Q{(at.month + 2) // 3} {at.year}", QUARTERS),
        (lambda at: f"{at.year}Q{(at.month + 2) // 3}", QUARTERS),
        (lambda at: f"{(at.month + 2) // 3}. Quartal {at.year}", QUARTERS),
        (lambda at: f"{at.year}M{at.month:02}", MONTHS),
        (lambda at: f"{at:%m.%Y}", MONTHS), (lambda at: f"{at:%m/%Y}", MONTHS), (lambda at: f"{at:%Y.%m}", MONTHS),
        (lambda at: f"{at:%Y}", [date(1980 + i, 1, 1) for i in range(40)]),
    ],
)  # fmt: skip
def test_weeks_months_quarters_and_years_are_dates(day: Callable[[date], str], days: list[date]):
    assert read(table(days=days, day=day), days=days).column == "temp"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffsep=;\r\n" + table().replace("\n", "\r\n"), table().replace("\n", "\nYYYY-MM-DD;°C\n", 1),
        table().replace("\n", "\n;(°C)\n", 1), table() + "Summe;512,3\n", table() + ";512.3\n",
        table() + "Итого;512.3\n",
        table() + "合計;512.3\n", table() + "Min;5\nMax;15\nMean;10\n", '"Sales report"\n' + table(),
        "// made\n" + table(),
        table().replace("\n", ";;;\n"), table().replace(";", " ; "), table().replace("\n", "\n\n"),
        "\n".join(f'"{line.replace(";", ",")}"' for line in table().split("\n") if line),
        table().replace(";", "\t").encode("utf-16"), table().encode("utf-32-be"),
    ],
)  # fmt: skip
def test_what_spreadsheets_put_round_a_table_is_no_part_of_it(text: str | bytes):
    assert read(text, days=DAYS).column == "temp"


@settings(max_examples=60, deadline=None, phases=[Phase.generate])  # to make a failure smaller takes minutes
@given(
    st.lists(st.integers(-(10**7), 10**7), min_size=20, max_size=30, unique=True),
    st.sampled_from([".,", ".'", ",.", ",\u202f", ",\u00a0", ".\u2019", ".", ","]),
    st.sampled_from(["{}", "{} €", "$ {}", "{} %", "CHF {}", "{} kg"]),
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d %H:%M", "%d %b %Y", "%Y%m%d"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"]),
)
def test_a_table_of_any_country_in_any_encoding_comes_back(cents, marks, round_it, form, encoding):
    values = np.array(cents) / 100
    if numbers.codes(values):
        return
    written = [f"{v:,.2f}".translate({44: marks[1:], 46: marks[0]}) for v in values]
    days = [date(2021, 1, 1) + timedelta(i) for i in range(len(values))]
    rows = [f"{at:{form}};{round_it.format(cell)}" for at, cell in zip(days, written, strict=True)]
    data = "\n".join(["when;measured", *rows]).encode(encoding, "replace")
    if b"?" not in data:
        found = read(data, values)
        assert found.times.astype("datetime64[D]").tolist() == days


# ---- chats

SAID = [("Ada", "Hello"), ("Ben", "Hi you"), ("Ada", "Bye")]
STAMPS = """\
3/8/21, 9:05\u202fAM - |3/8/21, 9:06\u202fAM - |12/8/21, 10:06\u202fPM -\x20
[3/8/21, 9:05:01\u202fAM] |[3/8/21, 9:06:11\u202fAM] |\u200e[12/8/21, 10:06:00\u202fPM]\x20
08.03.21, 09:05 Uhr - |08.03.21, 09:06 Uhr - |08.12.21, 09:06 Uhr -\x20
[08/03/2021 à 09:05:01] |[08/03/2021 à 09:06:01] |[08/12/2021 à 09:06:01]\x20
08/03/2021, 09h05 - |08/03/2021, 09h06 - |08/12/2021, 09h06 -\x20
8/3/21, 9:05 p.\u00a0m. - |8/3/21, 9:06 p.\u00a0m. - |8/12/21, 9:06 p.\u00a0m. -\x20
08/03/2021 às 09:05 - |08/03/2021 às 09:06 - |08/12/2021 às 09:06 -\x20
8.03.2021, ÖÖ 9:05 - |8.03.2021, ÖÖ 9:06 - |8.12.2021, ÖS 9:06 -\x20
\u200f8\u200f/3\u200f/2021, 9:05 ص - |\u200f8\u200f/3\u200f/2021, 9:06 ص - |\u200f8\u200f/12\u200f/2021, 9:06 م -\x20
\u200f[٨\u200f/٣\u200f/٢٠٢١، ٩:٠٥:٠١ ص] |[٨\u200f/٣\u200f/٢٠٢١، ٩:٠٦:٠١ ص] |[٨\u200f/١٢\u200f/٢٠٢١، ٩:٠٦:٠١ م]\x20
[8.3.2021, 9:05:01] |\u200f[8.3.2021, 9:06:01] |[8.12.2021, 9:06:01]\x20
[2021/03/08 午前9:05:01] |[2021/03/08 午前9:06:01] |[2021/12/08 午後9:06:01]\x20
2021年3月8日 上午9:05 - |2021年3月8日 上午9:06 - |2021年12月8日 下午9:06 -\x20
2021/3/8 週一 上午 9:05 - |2021/3/8 週一 上午 9:06 - |2021/12/8 週三 下午 9:06 -\x20
2021. 3. 8. 오전 9:05 - |2021. 3. 8. 오전 9:06 - |2021. 12. 8. 오후 9:06 -\x20
8/3/21, 9:05 पूर्वाह्न - |8/3/21, 9:06 पूर्वाह्न - |8/12/21, 9:06 अपराह्न -\x20
2021. 03. 08. de. 9:05 - |2021. 03. 08. de. 9:06 - |2021. 12. 08. du. 9:06 -\x20
8.03.2021 г., 9:05 - |8.03.2021 г., 9:06 - |8.12.2021 г., 9:06 -\x20
8/3/21, 9:05 π.μ. - |8/3/21, 9:06 π.μ. - |8/12/21, 9:06 μ.μ. -\x20
8/3/2564 09:05 - |8/3/2564 09:06 - |8/12/2564 09:06 -\x20
2021-03-08T09:05:01 - |2021-03-08T09:06:01 - |2021-12-08T09:06:01 -\x20
8 mars 2021 à 09:05 - |8 mars 2021 à 09:06 - |8 déc. 2021 à 09:06 -\x20
[08/03/21 09:05] - |[08/03/21 09:06] - |[08/12/21 09:06] -\x20""".splitlines()


@pytest.mark.parametrize("stamps", STAMPS)
def test_a_chat_is_read_wherever_it_comes_from(stamps: str):
    lines = [f"{stamp}{name}: {text}" for stamp, (name, text) in zip(stamps.split("|"), SAID, strict=True)]
    assert chats.read("\n".join(lines).encode()).messages == SAID


@pytest.mark.parametrize(
    "text",
    [
        "<Arquivo de mídia oculto>", "<メディアは含まれていません>", "<省略多媒體檔案>", "<Pominięto media>",
        "Mensagem apagada",
        "您已删除这条消息", "изображение опущено", "이미지 생략됨", "圖片已略去", "<המדיה לא נכללה>",
        "View once message",
        "Verpasster Sprachanruf um 09:05", "IMG-1.jpg (arquivo anexado)", "<pièce jointe : 00001-PHOTO.jpg>",
        "ubicación: https://maps.google.com/?q=1,2",
    ],
)  # fmt: skip
def test_what_stands_for_something_else_is_left_out_in_any_language(text: str):
    lines = f"08.03.21, 09:04 - Ada: Hello\n08.03.21, 09:05 - Ada: {text}\n08.03.21, 09:06 - Ben: Hi"
    assert chats.read(lines.encode()).messages == [("Ada", "Hello"), ("Ben", "Hi")]


@pytest.mark.parametrize(
    "edited", ["Se editó este mensaje.", "此消息已编辑", "تم تعديل هذه الرسالة", "Dit bericht is bewerkt"]
)
def test_that_a_message_was_edited_is_no_part_of_it(edited: str):
    assert chats.read(f"08.03.21, 09:04 - Ada: Hello <{edited}>".encode()).messages == [("Ada", "Hello")]


def test_a_name_with_a_colon_is_known_by_all_its_messages():
    lines = [f"08.03.21, 09:{i:02} - Ada: Work: {['one', 'two', 'three'][i]}" for i in range(3)]
    chat = chats.read("\n".join([*lines, "08.03.21, 09:30 - Ben: Note: ok"]).encode())
    assert chat.names == {"Ada: Work": 3, "Ben": 1}
    assert chat.texts == ["one", "two", "three", "Note: ok"]
    assert "“Ada: Work”" in chat.notes[0]


def test_lines_keep_their_own_spaces_and_may_be_many():
    first = "Oui\u00a0!\n\n  et non\u202f?"
    chat = chats.read(f"08/03/2021 à 09:05 - Ada: {first}\n08/03/2021 à 09:06 - Ben: ok".encode())
    assert chat.texts == [first, "ok"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"timestamp": i, "sender": name, "body": text} for i, (name, text) in enumerate(SAID)]),
        "\n".join(json.dumps({"from": name, "text": text}) for name, text in SAID),
        "\n".join(["timestamp;sender;message", *(f"2021-03-08;{name};{text}" for name, text in SAID)]),
        "\n".join(["date\tname\ttext", *(f"2021-03-08\t{name}\t{text}" for name, text in SAID)]),
    ],
)
def test_messages_of_unknown_programs_are_found_by_the_names_of_their_fields(text: str):
    assert chats.read(text.encode()).messages == SAID


def test_an_order_of_dates_that_is_chosen_decides_what_is_out_of_order():
    lines = [
        "1/2/21, 10:00 - Ada: a",
        "2/1/21, 10:00 - Eve: pasted",
        "3/2/21, 10:00 - Ada: b",
        "4/2/21, 10:00 - Ada: c",
    ]
    data = "\n".join(lines).encode()
    assert [len(chats.read(data, order=order).texts) for order in ("day-first", "month-first")] == [3, 4]


@given(st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]), st.text("añ łЖא漢字\n", min_size=30))
@settings(max_examples=40, deadline=None)
def test_unicode_without_a_mark_comes_back_or_is_offered(encoding: str, text: str):
    try:
        decoded = decoding.decode(text.encode(encoding), nfc=False)
    except CorpusError:  # not a text by itself: the person is asked, see `Read as`
        decoded = decoding.decode(text.encode(encoding), encoding, nfc=False)
    readings = [text.encode(encoding).decode(one.encoding, "replace") for one in decoded.candidates]
    assert decoded.text == text.rstrip("\0\x1a") or text in readings


@pytest.mark.parametrize(
    "word", ["нет данных", "#NV", "#¡VALOR!", "#ЗНАЧ!", "欠測", "keine Angabe", "///", "brak danych"]
)
def test_words_for_missing_are_filled_in_many_languages(word: str):
    found = tables.parse(table().replace(f";{VALUES[7]}\n", f";{word}\n", 1))
    assert len(found.values) == 40
    assert "Missing or no numbers: 1 of 40 values" in found.note


@pytest.mark.parametrize("head", ["Jahr,Monat,Wert", "year,month,value"])
def test_a_year_and_a_month_in_columns_of_their_own_are_a_date(head: str):
    rows = [f"{at.year},{at.month},{value}" for at, value in zip(MONTHS, VALUES, strict=True)]
    assert read("\n".join([head, *rows]), days=MONTHS).column == head.split(",")[2]


def test_dates_that_are_not_known_are_said():
    found = tables.parse(table(days=MONTHS, day=lambda at: f"smarch {at.month}"))
    assert found.times is None
    assert found.notes == ("“date” holds no dates that are known, such as “smarch 1”: the rows stay in their order.",)


LONG_CHAT = "\n".join(
    f"{i // 900 % 28 + 1:02}/03/2021, {i // 60 % 15 + 9:02}:{i % 60:02} - Ada: it is late, we read {i}"
    for i in range(12_000)
)
LONG_TABLE = "date;a\n" + "\n".join(
    f"{datetime(2001, 1, 1) + timedelta(hours=i):%d/%m/%Y %H:%M};{i % 977},{i % 10}" for i in range(12_000)
)


@pytest.mark.parametrize(
    ("read_it", "data"),
    [
        (own.read, "Утром я сварил кашу.\n".encode() * 60_000),
        (own.read, "Утром я сварил кашу.\n".encode("cp1251") * 60_000),
        (own.read, b"to be or not\n" * 200_000 + "😀".encode()), (chats.read, LONG_CHAT.encode()),
        (lambda data: tables.parse(own.read(data).text), LONG_TABLE.encode()),
    ],
    ids=["utf-8", "cp1251", "emoji", "chat", "table"],
)  # fmt: skip
def test_what_people_bring_takes_five_times_its_size(read_it: Callable[[bytes], object], data: bytes):
    read_it(data[:30_000] + b"\n")
    tracemalloc.start()
    try:
        read_it(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 5 * len(data) + 3_000_000  # pieces and what is kept of days, whatever the size
