"""The Corpora page: choose a text, read its figures, fetch one, bring one's own, delete it."""

import dataclasses
import http.server
import threading
from functools import partial

import apptest
import pytest

from rnnkit import settings
from rnnkit.store import Store
from rnnkit.texts import corpora, own
from rnnkit.texts.decoding import checksum

PAGE = "6_Texts"
visit = partial(apptest.visit, PAGE)


@pytest.fixture(autouse=True)
def _place(monkeypatch, tmp_path):
    """The corpora folder holds two small known texts."""
    folder = tmp_path / "corpora"
    folder.mkdir()
    monkeypatch.setenv("RNNKIT_CORPORA", str(folder))
    for name, text in {"sherlock": "To Sherlock Holmes she is\nalways the woman. <b>bold</b>", "verse": "été"}.items():
        entry = dataclasses.replace(corpora.CORPORA[name], sha256=checksum(text))
        monkeypatch.setitem(corpora.CORPORA, name, entry)
        (folder / entry.filename).write_text(text, encoding="utf-8")


def said(element):
    """What a reader sees of an escaped sentence."""
    return element.value.replace("\\", "").replace("\u2060", "")


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_the_first_text_is_shown_with_its_figures_and_its_first_lines():
    app = visit()
    assert app.selectbox(key="_corpus").value == "sherlock"
    assert metrics(app) == {
        "Characters": "55",
        "Different characters": "26",
        "Lines": "2",
        "Words": "9",
        "Different words": "9",
    }
    assert app.code[0].value == "To Sherlock Holmes she is\nalways the woman. <b>bold</b>"
    assert "public domain" in said(app.markdown[1])
    assert not app.error


def test_a_link_opens_a_text():
    app = visit(corpus="verse")
    assert app.selectbox(key="_corpus").value == "verse"
    assert app.code[0].value == "été"


def test_a_link_to_a_text_that_does_not_exist_opens_the_first():
    assert visit(corpus="../../etc/passwd").selectbox(key="_corpus").value == "sherlock"


def test_where_the_first_texts_are_not_here_the_first_that_is_opens(tmp_path):
    (tmp_path / "corpora" / "sherlock.txt").unlink()
    app = visit()
    assert app.selectbox(key="_corpus").value == "verse"
    assert app.code[0].value == "été"


def test_a_built_in_text_is_shown():
    app = visit(corpus="cookbook")
    assert app.code[0].value.startswith(corpora.load("cookbook-100")[:40])


def test_a_text_that_is_not_here_can_be_fetched(monkeypatch):
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "12")
            self.end_headers()
            self.wfile.write(b"Shall I? Yes")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        entry = dataclasses.replace(
            corpora.CORPORA["sonnets"],
            sha256=checksum("Shall I? Yes"),
            url=f"http://127.0.0.1:{web.server_port}/sonnets.txt",
        )
        monkeypatch.setitem(corpora.CORPORA, "sonnets", entry)
        app = visit(corpus="sonnets")
        assert not app.metric
        app.button(key="get sonnets").click().run()
        web.shutdown()
    assert not app.exception
    assert app.selectbox(key="_corpus").value == "sonnets"
    assert app.code[0].value == "Shall I? Yes"


def test_without_a_network_fetching_says_what_works(monkeypatch):
    entry = dataclasses.replace(corpora.CORPORA["nietzsche"], url="http://127.0.0.1:9/nietzsche.txt")
    monkeypatch.setitem(corpora.CORPORA, "nietzsche", entry)
    app = visit(corpus="nietzsche")
    app.button(key="get nietzsche").click().run()
    assert not app.exception
    assert "Without a network these work: sherlock, verse, python, cookbook" in said(app.error[0])


def test_a_text_without_an_address_says_where_to_put_it():
    app = visit(corpus="recipes")
    assert "put the file recipes.txt into the folder that RNNKIT_CORPORA names" in said(app.info[1])
    assert not [button for button in app.button if button.key == "get recipes"]


def test_a_changed_file_is_told_and_not_shown(tmp_path):
    (tmp_path / "corpora" / "sherlock.txt").write_text("changed")
    app = visit(corpus="sherlock")
    assert "expected a text with SHA-256" in said(app.error[0])
    assert not app.metric


def test_a_pasted_text_is_previewed_kept_chosen_and_deleted():
    app = visit()
    app.text_area(key="own_paste_0").input("to be\r\nor not to be").run()
    assert any("Pasted: 18 characters, 8 different" in line.value for line in app.markdown)
    app.text_input(key="own_title_0_").input("<script>Hamlet</script>").run()
    app.button(key="keep").click().run()
    assert not app.exception
    store = Store(settings.store_url())
    (row,) = store.texts()
    assert (row.title, row.chars) == ("<script>Hamlet</script>", 18)
    assert app.selectbox(key="_corpus").value == row.name
    assert metrics(app)["Words"] == "6"
    assert app.text_area(key="own_paste_1").value == ""
    app.button(key="delete").click().run()
    assert not app.exception
    assert store.texts() == []
    assert app.selectbox(key="_corpus").value == "sherlock"
    store.close()


def test_an_uploaded_file_is_read_in_the_encoding_found():
    app = visit()
    text = "Les frères péchés à la mère, l'été"
    app.file_uploader(key="own_file_0").upload("vers.txt", text.encode("cp1252"), "text/plain").run()
    assert not app.exception
    assert any("Read as **cp1252**" in line.value for line in app.markdown)
    assert app.code[1].value == text
    app.button(key="keep").click().run()
    with_title = app.selectbox(key="_corpus")
    assert with_title.value == own.PREFIX + checksum(text)[:10]


def test_another_encoding_can_be_chosen_and_what_was_changed_is_listed():
    app = visit()
    text = "Este fo\u0301ztem egy levest, aztán elaludtam. A könyv az asztalon volt, és nem tűnt el az őrült fiú."
    data = text.replace("o\u0301", "ő").encode("cp1250") + b"\0"
    app.file_uploader(key="own_file_0").upload("este.txt", data, "text/plain").run()
    assert any("Read as **cp1250**" in line.value for line in app.markdown)
    assert "NUL or end-of-file signs (1)" in said(app.warning[0])
    (choice,) = [box for box in app.selectbox if box.label == "Read as"]
    assert [": " in option for option in choice.options[:6]] == [True] * 5 + [False]
    choice.set_value("cp1252").run()
    assert any("Read as **cp1252**" in line.value for line in app.markdown)
    assert "fõztem" in app.code[1].value
    app.button(key="keep").click().run()
    assert not app.exception
    app.text_area(key="own_paste_1").input(text.replace("o\u0301", "ő").encode("cp1250").decode("cp1252")).run()
    assert "This text is already here as “este”." in said(app.info[0])


def test_a_kept_file_is_read_anew_as_a_second_text():
    app = visit()
    text = "Este főztem egy levest, aztán elaludtam. A könyv az asztalon volt, és nem tűnt el az őrült fiú."
    app.file_uploader(key="own_file_0").upload("este.txt", text.encode("cp1250"), "text/plain").run()
    app.button(key="keep").click().run()
    assert "Read as cp1250" in said(app.markdown[1])
    (choice,) = [box for box in app.selectbox if box.label == "Read as"]
    assert app.button(key="read_anew").disabled
    choice.set_value("cp1252").run()
    app.button(key="read_anew").click().run()
    assert not app.exception
    assert "Read as cp1252" in said(app.markdown[1])
    assert "fõztem" in app.code[0].value
    assert [option.label if hasattr(option, "label") else option for option in app.selectbox[0].options][-2:] == [
        "este", "este (cp1252)",
    ]  # fmt: skip


def test_a_file_that_is_not_read_by_itself_can_be_read_in_an_encoding_that_is_chosen():
    app = visit()
    app.file_uploader(key="own_file_0").upload("odd.txt", b"<html>to be\r\nor not", "text/plain").run()
    assert "got a web page" in said(app.error[0])
    (choice,) = [box for box in app.selectbox if box.label == "Read as"]
    choice.set_value("utf-8").run()
    assert not app.error
    assert app.code[1].value == "<html>to be\nor not"


def test_a_chat_can_be_read_otherwise_and_what_was_read_is_said():
    app = visit(bring="A chat")
    chat = "\n".join(f"0{day}/03/21, 12:30 - Zoë: é {day}" for day in range(1, 6)).encode("cp1252")
    app.file_uploader(key="own_chat_0").upload("chat.txt", chat, "text/plain").run()
    assert not app.error
    assert any("5 messages of 1 people" in line.value and "**cp1252**" in line.value for line in app.markdown)
    assert "day-first or month-first" in said(app.info[0])
    (kind,) = [box for box in app.selectbox if box.label == "Exported by"]
    (letters,) = [box for box in app.selectbox if box.label == "Read as"]
    letters.set_value("cp850").run()
    assert any("**cp850**" in line.value for line in app.markdown)
    (order,) = [group for group in app.button_group if group.label == "Order of dates"]
    order.set_value("month-first").run()
    assert not [one for one in app.info if "day-first or" in said(one)]
    kind.set_value("Slack").run()
    assert "expected messages in an export of Slack" in said(app.error[0])


def test_decomposed_letters_are_composed_unless_that_is_not_wanted():
    app = visit()
    app.text_area(key="own_paste_0").input("cafe\u0301 au lait").run()
    assert "eU+0301 to é" in said(app.warning[0])
    assert app.code[1].value == "café au lait"
    app.checkbox(key="nfc_").uncheck().run()
    assert app.code[1].value == "cafe\u0301 au lait"
    app.number_input(key="fold_").set_value(2).run()
    assert not app.exception
    assert "Characters seen fewer than 2 times" in said(app.warning[0])


PERSONAL = "Dear Ada, write to ada@example.org or call +44 20 7946 0958 <b>soon</b>. " * 2


def test_personal_data_is_shown_and_nothing_is_kept_before_somebody_chooses():
    app = visit()
    app.text_area(key="own_paste_0").input(PERSONAL).run()
    assert any("2 e-mail addresses, 2 telephone numbers" in line.value for line in app.markdown)
    assert app.button(key="keep").disabled
    store = Store(settings.store_url())
    assert store.texts() == []
    choice = next(one for one in app.radio if one.label == "What is to be kept?")
    choice.set_value("Replace them by placeholders").run()
    assert "4 places are replaced" in next(line.value for line in app.markdown if "are replaced" in line.value)
    assert app.code[1].value.startswith("Dear Ada, write to [e-mail] or call [telephone] <b>soon</b>.")
    choice.set_value("Keep it as it is").run()  # undone
    assert app.code[1].value == PERSONAL
    choice.set_value("Replace them by placeholders").run()
    app.text_input(key="own_title_0_").input("Mail of ada@example.org").run()
    app.button(key="keep").click().run()
    assert not app.exception
    (row,) = store.texts()
    assert row.title == "Mail of [e-mail]"
    assert "ada@example.org" not in store.text(row.name)
    store.close()


def test_a_text_that_shall_not_be_kept_is_gone_from_the_page():
    app = visit()
    app.text_area(key="own_paste_0").input(PERSONAL).run()
    app.button(key="do_not_keep").click().run()
    assert not app.exception
    assert app.text_area(key="own_paste_1").value == ""
    store = Store(settings.store_url())
    assert store.texts() == []
    store.close()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "got an empty file"),
        (b"aaaa", "at least 2 different characters"),
        (b"\x89PNG\r\n\x1a\n123", "got a PNG picture"),
        (b"abc\0defg", "got a NUL at byte 4"),
        ("".join(chr(0x10000 + i) for i in range(30_000)).encode(), "at most 20,000 different characters"),
    ],
)
def test_a_file_that_is_no_text_is_refused_and_the_page_stays(data, sentence):
    app = visit()
    app.file_uploader(key="own_file_0").upload("file.txt", data, "text/plain").run()
    assert not app.exception
    assert sentence in said(app.error[0])
    assert metrics(app)["Characters"] == "55"
