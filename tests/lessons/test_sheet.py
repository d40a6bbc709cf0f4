"""The printed sheet: every question has lines, and the answers stand after all of them."""

from __future__ import annotations

import pytest

from rnnkit import paths
from rnnkit.lessons import lesson, sheet
from rnnkit.paths import PRETRAINED as CAME_ALONG


@pytest.fixture(autouse=True)
def _networks_came_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "PRETRAINED", CAME_ALONG)


@pytest.mark.parametrize("name", lesson.OURS)
def test_a_sheet_has_the_questions_first_and_the_answers_on_a_page_of_their_own(name: str):
    one = lesson.find(name)
    page = sheet.html(one).decode("utf-8")
    questions, answers = page.split('<section class="answers">')
    assert questions.count('class="question"') == len(one.steps)
    assert questions.count('class="line"') == 2 * len(one.steps)
    assert answers.count('class="question"') == len(one.steps)
    assert not [step for step in one.steps if lesson.plain(step.answer)[:30] in questions]
    assert all(f"<dt>{word.name}</dt>" in answers for word in sheet.words(one))


def test_what_a_person_wrote_is_letters():
    one = lesson.find("write")
    page = sheet.html(one.model_copy(update={"title": "<script>x</script>"})).decode("utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
