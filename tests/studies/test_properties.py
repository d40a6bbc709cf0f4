"""What is marked in a text: quotes, brackets, lines, words; at each token of any vocabulary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnkit.errors import ConfigError
from rnnkit.studies import properties
from rnnkit.studies.properties import PROPERTIES


def marks(name: str, text: str) -> str:
    """A star under each character that has the property."""
    return "".join("*" if value else "." for value in PROPERTIES[name].of(text))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("quotes", 'He said "yes" now', ".........***....."),
        ("quotes", "a “b c” d “e", "...***......"),
        ("quotes", "it's 'a dog's' end", "......*******....."),
        ("quotes", 'never "closed', "............."),
        ("brackets", "f(x, [1]) + g", "..******....."),
        ("brackets", "a) b (c\n\nd e", "......**...."),
        ("capitals", "A Ab", "*.*."),
        ("digits", "a1 22", ".*.**"),
        ("word", "I am here", "...*..***"),
        ("comment", "x = 1  # one\ny", ".......*****.."),
        ("comment", "a /* b\nc */ d", "..*********.."),
        ("speaker", "ROMEO:\nAy: me", "*****........"),
        ("vowel", "Ease it", "**.*.*."),
    ],
)  # fmt: skip
def test_a_property_holds_where_its_definition_says(name: str, text: str, expected: str):
    assert marks(name, text) == expected


def test_the_place_in_the_line_counts_from_its_newline():
    assert PROPERTIES["line"].of("ab\ncde").tolist() == [1, 2, 0, 1, 2, 3]
    assert PROPERTIES["newline"].of("ab\nc").tolist() == [1, pytest.approx(np.log2(3)), 0, 1]


def test_a_token_has_what_its_last_character_has():
    values = PROPERTIES["capitals"].of("To BE")
    assert properties.of_tokens(values, ["To", " ", "BE"]).tolist() == [0, 0, 1]


def test_ones_own_marks_are_a_property_too():
    assert properties.marked(6, [(1, 3), (5, 6)]).tolist() == [0, 1, 1, 0, 0, 1]
    with pytest.raises(ConfigError, match="expected pairs between 0 and 3"):
        properties.marked(3, [(2, 9)])


@given(st.text(alphabet="ab\"“”'([{}]) \n#:A1/*", max_size=60))
def test_every_text_has_one_finite_value_per_character(text: str):
    for one in PROPERTIES.values():
        values = one.of(text)
        assert values.shape == (len(text),)
        assert np.isfinite(values).all()
        if not one.graded:
            assert set(values.tolist()) <= {0, 1}
