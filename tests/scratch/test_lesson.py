"""Every formula stands beside code that is run."""

from __future__ import annotations

import pytest

from rnnkit.scratch import lesson


@pytest.mark.parametrize("name", lesson.LESSONS)
def test_every_formula_stands_beside_code_that_is_really_run(name):
    for step in lesson.LESSONS[name]:
        assert step.words.endswith(".")
        assert step.code.startswith("def ")
        for formula in step.formulas:
            assert formula.count("{") == formula.count("}")
