"""What each rung of outreach was followed by, and what make-ups came to."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rejoin.domain.learning.shares import SharedOut, share_by_patient, share_of_patients

FOLLOWED_WITHIN: Final = timedelta(hours=72)
NOT_CAUSAL: Final = (
    "This says what followed, not what it did. Later rungs reach those whom earlier ones did not, so their shares are lower "
    "whatever they do; and some would have come back unasked."
)
"""Stands beside every table of rungs."""
NO_STUDY: Final = (
    "No study was found of make-up sessions in such programs: these are this program's own figures."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of outreach: by which rung, when, and what came after."""

    patient: str
    rung: str
    at: datetime
    contact_at: datetime | None
    returned_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """Of the attempts by one rung that are old enough: contact, and a return, within 72 hours."""

    rung: str
    contact: SharedOut
    returned: SharedOut
    too_recent: int


def yields(attempts: Iterable[Attempt], *, now: datetime) -> tuple[Yield, ...]:
    """In the order in which rungs were first used. Read `NOT_CAUSAL` with it."""
    by_rung: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in sorted(attempts, key=lambda each: each.at):
        by_rung[attempt.rung].append(attempt)
    return tuple(_yield(rung, made, now) for rung, made in by_rung.items())


def _yield(rung: str, made: list[Attempt], now: datetime) -> Yield:
    old = [each for each in made if each.at + FOLLOWED_WITHIN <= now]
    return Yield(
        rung=rung,
        contact=share_by_patient((each.patient, _follows(each.contact_at, each.at)) for each in old),
        returned=share_by_patient((each.patient, _follows(each.returned_at, each.at)) for each in old),
        too_recent=len(made) - len(old),
    )


def _follows(then: datetime | None, at: datetime) -> bool:
    return then is not None and at <= then <= at + FOLLOWED_WITHIN


class MakeUp(StrEnum):
    """What became of a missed session's way back."""

    OPEN = "open"
    ATTENDED = "attended"
    MISSED_AGAIN = "missed again"
    DECLINED = "declined"
    EXPIRED = "expired"
    NEVER_OFFERED = "never offered"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeUps:
    """Of those that are over, how many came to each end; `open` ones are in no share. Read `NO_STUDY` with it."""

    ends: tuple[tuple[MakeUp, SharedOut], ...]
    open: int


def make_up_outcomes(became: Iterable[tuple[Hashable, MakeUp, int]]) -> MakeUps:
    """Of each patient and end, how many missed sessions came to it."""
    of_each: dict[Hashable, Counter[MakeUp]] = defaultdict(Counter)
    for patient, end, count in became:
        of_each[patient][end] += count
    open_ = sum(ends.pop(MakeUp.OPEN, 0) for ends in of_each.values())
    return MakeUps(
        ends=tuple(
            (end, share_of_patients((ends[end], ends.total()) for ends in of_each.values()))
            for end in MakeUp
            if end is not MakeUp.OPEN
        ),
        open=open_,
    )
