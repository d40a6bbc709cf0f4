"""Who has had how much of a trainer: nobody more than a turn ahead, whoever comes, goes or begins."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from rnnkit.training.shares import AHEAD_SECONDS, MOST, ROUND_SECONDS, Shares

PERSONS = "abcdefgh"
TURN = st.floats(0.01, 1.0)  # seconds: a batch may take longer than a turn is meant to


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(PERSONS), min_size=2), st.lists(TURN, min_size=40, max_size=200))
def test_shares_of_those_who_stay_are_never_further_apart_than_a_turn(persons, turns):
    shares, had = Shares(), Counter(dict.fromkeys(persons, 0.0))
    shares.here(persons)
    for seconds in turns:
        one = shares.next()
        shares.took(one, seconds)
        had[one] += seconds
        assert max(had.values()) - min(had.values()) <= max(turns) + 1e-9


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(PERSONS), min_size=1), st.booleans(), st.floats(0.05, 0.3)),
        min_size=20, max_size=150,
    )
)  # fmt: skip
def test_who_comes_goes_and_begins_neither_monopolises_nor_starves(rounds):
    """`rounds`: who is there besides a, whether they all have a run to begin, and how long the turn is."""
    shares, since, here = Shares(), Counter[str](), set[str]()
    for others, begin, seconds in rounds:
        came = ({"a"} | others) - here
        here = {"a"} | others
        shares.here(here)
        one = shares.next(here - {"a"} if begin else ())
        shares.took(one, seconds)
        since["a"] = 0 if one == "a" else since["a"] + 1
        # Everybody else may be ahead by what a beginning gives, and by a turn; a newcomer begins with the least.
        assert since["a"] * 0.05 <= (AHEAD_SECONDS + 0.3) * len(PERSONS)
        for new in came - {one}:
            assert shares._had[new] >= min(shares._had[other] for other in here) - 1e-9


def test_a_newcomer_has_the_next_turns_but_not_those_that_the_others_had_before_he_came():
    shares = Shares()
    shares.here("a")
    for _ in range(100):
        shares.took(shares.next(), 1.0)
    shares.here("ab")
    turns = []
    for _ in range(10):
        turns.append(shares.next())
        shares.took(turns[-1], 1.0)
    assert Counter(turns) == {"a": 5, "b": 5}


def test_who_goes_and_comes_back_is_held_to_what_he_had_and_a_pause_of_all_gives_nobody_anything():
    shares = Shares()
    shares.here("ab")
    for _ in range(10):
        shares.took("a", 1.0)
    shares.here("b")
    shares.here("ab")
    assert [(one, shares.took(one, 1.0))[0] for one in iter(shares.next, "a")] == ["b"] * 10
    shares.here("")
    shares.here("abc")
    assert shares._had["c"] == shares._least


def test_runs_that_begin_go_first_until_their_person_is_far_ahead():
    shares = Shares()
    shares.here("ab")
    turns = []
    for _ in range(8):
        turns.append(shares.next("a"))
        shares.took(turns[-1], 1.0)
    assert turns == ["a"] * 5 + ["b"] + ["a"] + ["b"]


def test_those_who_come_together_begin_in_the_order_in_which_they_came():
    shares = Shares()
    shares.here(["zoe", "ann", "mia"])
    turns = []
    while len(turns) < 3:
        turns.append(shares.next({"zoe", "ann", "mia"} - set(turns)))
        shares.took(turns[-1], 0.3)
    assert turns == ["zoe", "ann", "mia"]


def test_a_round_is_no_longer_with_as_many_persons_as_a_trainer_takes():
    shares = Shares()
    shares.here(map(str, range(MOST)))
    assert shares.seconds() * MOST <= ROUND_SECONDS + 1e-9
    assert MOST >= 40
    shares.here("a")
    assert shares.seconds() == 0.3
