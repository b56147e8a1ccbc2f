"""Why an estimate is what it is, in words: what moves it most away from a typical patient's.

Coefficients of features that say nearly the same are not read one by one: they are added up by what they are about.
Weeks of which nothing is decided are in no record, and may lie between those that are: the words count recorded weeks, and
say nothing of the calendar.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rejoin.domain.risk.estimating import BOTH, Models
from rejoin.domain.risk.features import ATTENDANCE, attendance, features, is_tested_often, tests
from rejoin.domain.risk.weeks import Ints, Reals, Weeks

ABOUT: Final = {
    "now": ("missed_this_week", "missed_of_2", "share_missed_of_4", "streak"),
    "record": ("share_missed", "missed", "longest_streak", "gaps", "weeks_attended"),
    "days": ("contact_days_of_4", "never_tested", "weeks_since_test", "tests_of_4", "tests"),
    "time": ("week",),
    "results": ("last_test", "positives_of_4", "positive_rate", "negatives_in_a_row", "ever_positive"),
}
SMALLEST: Final = 0.1
"""On the logit: less than that is not worth a word."""
NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
Texts = NDArray[np.object_]


def because(weeks: Weeks, models: Models) -> list[str]:
    """One sentence a row: up to three reasons, the largest first."""
    untested = _moves(weeks, models, tested=False)
    texts = _phrases(weeks)
    known = np.zeros(weeks.count, bool)
    if models.tested is not None and weeks.has_tests:
        known = is_tested_often(weeks)
        moves = np.where(known[:, None], _moves(weeks, models, tested=True), untested)
    else:
        moves = untested
    largest = np.argsort(-np.abs(moves), axis=1, kind="stable")[:, :3]
    picked = np.take_along_axis(moves, largest, axis=1)
    said = [
        _sentence([(float(move), texts[about][row]) for about, move in zip(abouts, row_moves, strict=True)])
        for row, (abouts, row_moves) in enumerate(zip(largest, picked, strict=True))
    ]
    away = attendance(weeks)["streak"]
    return [
        f"already out of contact for the last {_weeks(int(gone))}" if gone > 1 else text
        for gone, text in zip(away, said, strict=True)
    ]


def _moves(weeks: Weeks, models: Models, *, tested: bool) -> Reals:
    """Rows by what they are about: how far that moves the logit from a typical patient's."""
    fitted = models.tested if tested and models.tested is not None else models.untested
    parts = (
        fitted.design(features(weeks, BOTH if fitted.names == BOTH else ATTENDANCE))[:, 1:] * fitted.beta[1:]
    )
    return np.column_stack(
        [
            parts[:, [fitted.names.index(each) for each in names if each in fitted.names]].sum(axis=1)
            for names in ABOUT.values()
        ]
    )


def _sentence(moves: Sequence[tuple[float, str]]) -> str:
    raises = [text for move, text in moves if move >= SMALLEST]
    lowers = [text for move, text in moves if move <= -SMALLEST]
    parts = [f"higher: {', '.join(raises)}"] if raises else []
    parts += [f"lower: {', '.join(lowers)}"] if lowers else []
    return "; ".join(parts) or "much like a typical patient"


def _phrases(weeks: Weeks) -> list[Texts]:
    """In the order of `ABOUT`. Each different phrase is made once. Who comes is tested: both are said as her days."""
    came, tested = attendance(weeks), tests(weeks)
    of_4 = np.minimum(weeks.week, 4)
    missed_of_4 = np.rint(came["share_missed_of_4"] * of_4).astype(np.int64)
    return [
        _each(_now, came["streak"], missed_of_4, of_4),
        _each(lambda missed, week: f"missed {missed} of {_of(week)} so far", came["missed"], weeks.week),
        _each(
            lambda days, of: f"came on {_days(days)} in the last {_weeks(of)}",
            came["contact_days_of_4"],
            of_4,
        ),
        _each(lambda week: f"with {_of(week)} so far", weeks.week),
        _each(_results, np.rint(2 * tested["last_test"]), tested["positives_of_4"], tested["tests_of_4"]),
    ]


def _each(tell: Callable[..., str], *columns: Ints | Reals) -> Texts:
    """Columns of small whole numbers, none negative: together they are one number, and sort a hundred times faster."""
    whole = [column.astype(np.int64) for column in columns]
    code = np.zeros(len(whole[0]), np.int64)
    for column in whole:
        code = code * (int(column.max(initial=0)) + 1) + column
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    texts = np.empty(len(first), object)
    texts[:] = [tell(*(int(column[row]) for column in whole)) for row in first.tolist()]
    return texts[place]


def _now(streak: int, missed: int, of: int) -> str:
    if streak == 1:
        return "missed the last recorded week"
    if streak:
        return f"missed the last {_weeks(streak)}"
    if missed:
        return f"came in the last recorded week, missed {_number(missed)} of the last {_number(of)}"
    return f"missed none of the last {_weeks(of)}"


def _results(twice_last: int, positives: int, taken: int) -> str:
    if not taken:
        return "no test in the last recorded weeks"
    last = "positive" if twice_last == 2 else "negative"
    return f"last test {last}, {positives} of {taken} positive lately"


def _days(count: int) -> str:
    return f"{_number(count)} day{'' if count == 1 else 's'}"


def _weeks(count: int) -> str:
    """Of those that are recorded: others may lie between them."""
    return "recorded week" if count == 1 else f"{_number(count)} recorded weeks"


def _of(weeks: int) -> str:
    return f"{weeks} recorded week{'' if weeks == 1 else 's'}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)
