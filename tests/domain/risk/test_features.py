"""What is known at the end of a week, beside the same worked out by hand and one week at a time."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.risk.features import ATTENDANCE, TESTS, features
from rejoin.domain.risk.targets import lapse, losing_contact
from tests.domain.risk.weeks_of import weeks_of

LETTERS = st.text(alphabet=".c+-", min_size=1, max_size=14)


def by_hand(letters: str) -> dict[str, float]:
    missed = [letter == "." for letter in letters]
    runs = [(gone, len(list(run))) for gone, run in groupby(missed)]
    results = [letter for letter in letters if letter in "+-"]
    last_4 = letters[-4:]
    since = next((gap for gap, letter in enumerate(reversed(letters)) if letter in "+-"), 10)
    return {
        "week": len(letters),
        "missed_this_week": missed[-1],
        "missed_of_2": sum(missed[-2:]),
        "share_missed_of_4": sum(missed[-4:]) / len(last_4),
        "share_missed": sum(missed) / len(missed),
        "missed": sum(missed),
        "streak": runs[-1][1] if runs[-1][0] else 0,
        "longest_streak": max([length for gone, length in runs if gone], default=0),
        "gaps": sum(gone for gone, _ in runs[1:]),
        "weeks_attended": len(missed) - sum(missed),
        "contact_days_of_4": len(last_4) - last_4.count("."),
        "last_test": {"+": 1.0, "-": 0.0}[results[-1]] if results else 0.5,
        "never_tested": not results,
        "weeks_since_test": min(since, 10),
        "positives_of_4": last_4.count("+"),
        "tests_of_4": last_4.count("+") + last_4.count("-"),
        "positive_rate": (results.count("+") + 0.5) / (len(results) + 1),
        "tests": len(results),
        "negatives_in_a_row": len(results) - len("".join(results).rstrip("-")),
        "ever_positive": "+" in results,
    }


@given(st.lists(LETTERS, min_size=1, max_size=4))
def test_every_feature_of_every_week_is_what_one_counts_by_hand(patients: list[str]) -> None:
    found = features(weeks_of(*patients), (*ATTENDANCE, *TESTS))
    wanted = [by_hand(each[:week]) for each in patients for week in range(1, len(each) + 1)]
    assert np.allclose(found, [[row[name] for name in (*ATTENDANCE, *TESTS)] for row in wanted])


@given(st.lists(LETTERS, min_size=1, max_size=4), LETTERS)
def test_what_comes_later_changes_nothing_that_was_known(patients: list[str], later: str) -> None:
    before = weeks_of(*patients)
    after = weeks_of(*patients[:-1], patients[-1] + later)
    names = (*ATTENDANCE, *TESTS)
    assert np.array_equal(features(before, names), features(after, names)[: before.count])


@given(st.lists(LETTERS, min_size=1, max_size=4))
def test_contact_is_lost_where_four_weeks_without_any_follow(patients: list[str]) -> None:
    found = losing_contact(weeks_of(*patients))
    rows = [(each[:week], each[week : week + 4]) for each in patients for week in range(1, len(each) + 1)]
    for row, (before, after) in enumerate(rows):
        asked = len(before) >= 2 and before[-2:] != ".."
        assert found.usable[row] == (asked and len(after) == 4)
        if found.usable[row]:
            assert found.happened[row] == (after == "....")


@given(st.lists(LETTERS, min_size=1, max_size=4))
def test_a_lapse_is_asked_only_after_a_recent_negative_test_and_known_only_by_another(
    patients: list[str],
) -> None:
    found = lapse(weeks_of(*patients))
    rows = [(each[:week], each[week : week + 4]) for each in patients for week in range(1, len(each) + 1)]
    for row, (before, after) in enumerate(rows):
        results = [(letter, gap) for gap, letter in enumerate(reversed(before)) if letter in "+-"]
        asked = len(before) >= 2 and bool(results) and results[0][0] == "-" and results[0][1] <= 3
        assert found.usable[row] == (asked and len(after) == 4 and bool(set(after) & {"+", "-"}))
        if found.usable[row]:
            assert found.happened[row] == ("+" in after)


def test_who_has_fewer_weeks_left_than_the_question_looks_ahead_is_not_answered_yet() -> None:
    weeks = weeks_of("cc......", "cccccccc")
    weeks.weeks_left[:] = 3
    assert not losing_contact(weeks).usable.any()


def test_some_patients_alone_are_numbered_anew() -> None:
    weeks = weeks_of("c.", "c+-", "..")
    some = weeks.of(weeks.patient > 0)
    assert some.patients == 2
    assert some.patient.tolist() == [0, 0, 0, 1, 1]
    assert weeks.of(weeks.patient > 9).patients == 0
