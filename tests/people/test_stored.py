"""What is said to be stored is said once: the document for a school is made of what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

from rnnkit.people import stored

ROOT = Path(__file__).parents[2]


def test_the_document_is_the_one_that_the_page_makes():
    assert (ROOT / "docs/privacy.md").read_text("utf-8") == stored.markdown()


def test_it_is_said_in_words_that_need_no_explanation():
    said = [answer for part in stored.PARTS for answer in part.answers]
    assert not [word for answer in said for word in re.findall(r"GDPR|SQL|HMAC|hash|token|epoch|loss", answer)]
    sentences = [sentence for answer in said for sentence in re.split(r"(?<=[.:]) ", answer)]
    assert [sentence for sentence in sentences if len(sentence.split()) > 30] == []
