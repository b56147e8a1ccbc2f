"""What is known at the end of a week, from the weeks up to it and nothing after.

Protocol P1: A is how she came, B what tests showed. No site, no arm, no trait of hers: on two trials kept apart they made
estimates no better (docs/model-card.md).
"""

from typing import Final

import numpy as np

from rejoin.domain.risk.weeks import Flags, Ints, Reals, Weeks, in_last, since_first, since_last

ATTENDANCE: Final = (
    "week",
    "missed_this_week",
    "missed_of_2",
    "share_missed_of_4",
    "share_missed",
    "missed",
    "streak",
    "longest_streak",
    "gaps",
    "weeks_attended",
    "contact_days_of_4",
)
TESTS: Final = (
    "last_test",
    "never_tested",
    "weeks_since_test",
    "positives_of_4",
    "tests_of_4",
    "positive_rate",
    "tests",
    "negatives_in_a_row",
    "ever_positive",
)
UNTESTED: Final = 0.5
"""In place of a last result where there is none."""
OFTEN: Final = (3, 4)
"""Tests of three in four of the weeks in which she came, so far and of the last four. Trials test weekly: what a model of
tests says of somebody who is tested rarely it never saw (docs/validation/risk-rare-tests.md)."""
LONGEST_SINCE: Final = 10
"""Weeks since a test are counted up to here."""


def features(weeks: Weeks, names: tuple[str, ...]) -> Reals:
    """One row a patient-week, one column a name."""
    known = attendance(weeks)
    if not set(names) <= set(ATTENDANCE):
        known |= tests(weeks)
    return np.column_stack([known[name] for name in names]).astype(np.float64)


def attendance(weeks: Weeks) -> dict[str, Ints | Reals]:
    missed = ~weeks.attended
    so_far = since_first(weeks, missed)
    of_4 = np.minimum(weeks.week, 4)
    streak = since_last(weeks, weeks.attended)
    began = missed & (streak == 1) & (weeks.week > 1)  # who has not come yet is away from nothing
    return {
        "week": weeks.week,
        "missed_this_week": missed.astype(np.int64),
        "missed_of_2": in_last(weeks, missed, 2),
        "share_missed_of_4": in_last(weeks, missed, 4) / of_4,
        "share_missed": so_far / weeks.week,
        "missed": so_far,
        "streak": streak,
        "longest_streak": _highest_so_far(weeks, streak),
        "gaps": since_first(weeks, began),
        "weeks_attended": weeks.week - so_far,
        "contact_days_of_4": in_last(weeks, weeks.contact_days, 4),
    }


def tests(weeks: Weeks) -> dict[str, Ints | Reals]:
    positive = weeks.tested & weeks.positive
    taken, positives = since_first(weeks, weeks.tested), since_first(weeks, positive)
    rows = np.arange(weeks.count)
    since = since_last(weeks, weeks.tested)
    last = np.where(taken > 0, positive[np.maximum(rows - since, 0)], UNTESTED)
    return {
        "last_test": last,
        "never_tested": (taken == 0).astype(np.int64),
        "weeks_since_test": np.minimum(np.where(taken > 0, since, LONGEST_SINCE), LONGEST_SINCE),
        "positives_of_4": in_last(weeks, positive, 4),
        "tests_of_4": in_last(weeks, weeks.tested, 4),
        "positive_rate": (positives + 0.5) / (taken + 1),
        "tests": taken,
        "negatives_in_a_row": _since_positive(weeks, positive, taken - positives),
        "ever_positive": (positives > 0).astype(np.int64),
    }


def is_tested_often(weeks: Weeks) -> Flags:
    """Whether tests are as frequent as where a model of them was fitted; else attendance alone is gone by."""
    some, of = OFTEN
    lately = of * in_last(weeks, weeks.tested, 4) >= some * in_last(weeks, weeks.attended, 4)
    taken = since_first(weeks, weeks.tested)
    found: Flags = (taken > 0) & lately & (of * taken >= some * since_first(weeks, weeks.attended))
    return found


def _highest_so_far(weeks: Weeks, values: Ints) -> Ints:
    apart = weeks.patient * (int(values.max(initial=0)) + 1)
    highest: Ints = np.maximum.accumulate(values + apart) - apart
    return highest


def _since_positive(weeks: Weeks, positive: np.ndarray, negatives: Ints) -> Ints:
    """Negative tests since the last positive one, or since the first of all."""
    since = since_last(weeks, positive)
    at = np.arange(weeks.count) - since
    before = np.where(at >= weeks.first, negatives[np.maximum(at, 0)], 0)
    return negatives - before
