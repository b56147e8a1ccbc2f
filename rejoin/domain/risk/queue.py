"""Whom to turn to first: dated facts, and an estimate only between those whom the facts leave level.

Somebody who has always missed a lot is never further down for it. The estimate that orders the queue leaves out what is
older than four weeks: a long record of misses can make a model expect another return, and expecting one is no reason
to call later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from scipy.special import expit

from rejoin.domain.kernel import Reason
from rejoin.domain.risk.because import ABOUT
from rejoin.domain.risk.estimating import Models
from rejoin.domain.risk.features import ATTENDANCE, features
from rejoin.domain.risk.weeks import Reals, Weeks

LONGEST_STREAK: Final = 4
"""Recorded weeks missed in a row: beyond them everybody is as urgent."""
WINDOW: Final = timedelta(days=14)
"""A way back that closes later than that hurries nobody yet."""
RECORD: Final = frozenset(ABOUT["record"]) | {"week"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one open case. `ref` only settles ties."""

    ref: str
    is_safety_open: bool
    due_at: datetime | None
    streak: int
    """Weeks without contact in a row, of those that were recorded."""
    window_ends_at: datetime | None
    estimate: float | None
    """Of `queue_estimate`: of her last four recorded weeks alone. The percentage beside it on a screen is of all of them."""


Key = tuple[bool, bool, int, float, float, float, str]


def queue_key(case: Standing, now: datetime) -> Key:
    """Sorts upwards: the smallest is the first to turn to."""
    return (
        not case.is_safety_open,
        not _is_overdue(case, now),
        -min(case.streak, LONGEST_STREAK),
        _days_left(case, now),
        -(case.estimate if case.estimate is not None else 1.0),
        case.due_at.timestamp() if case.due_at else float("inf"),
        case.ref,
    )


def why_here(case: Standing, now: datetime) -> tuple[Reason, ...]:
    """What put it there, in the order in which it counts. The estimate comes last and is called one."""
    told = []
    if case.is_safety_open:
        told.append(("safety", "a safety check is open"))
    if _is_overdue(case, now):
        told.append(("overdue", "a step is past its time"))
    if case.streak:
        weeks = "week" if case.streak == 1 else f"{case.streak} weeks"
        told.append(
            ("streak", f"missed the last {weeks} that {'was' if case.streak == 1 else 'were'} recorded")
        )
    if _days_left(case, now) < WINDOW.days:
        told.append(("window", f"the way back closes in {_days_left(case, now):.0f} days"))
    if case.estimate is not None:
        told.append(("estimate", "then by an estimate, which orders only cases that are level so far"))
    return tuple(Reason(rule=f"queue.{rule}", text=text) for rule, text in told)


def queue_estimate(weeks: Weeks, models: Models) -> Reals:
    """By row: the estimate from attendance alone, as if everybody's record before the last four weeks were typical."""
    fitted = models.untested
    design = fitted.design(features(weeks, ATTENDANCE))
    counted = np.array([True, *(name not in RECORD for name in fitted.names)])
    found: Reals = expit(design @ np.where(counted, fitted.beta, 0.0))
    return found


def _is_overdue(case: Standing, now: datetime) -> bool:
    return case.due_at is not None and case.due_at <= now


def _days_left(case: Standing, now: datetime) -> float:
    """Whole days until her way back closes, at most those of `WINDOW`; as many where none does."""
    if case.window_ends_at is None:
        return float(WINDOW.days)
    left = min(max(case.window_ends_at - now, timedelta()), WINDOW)
    return float(left // timedelta(days=1))
