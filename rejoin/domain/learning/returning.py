"""How soon patients come back after a missed session."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rejoin.domain.learning.shares import SharedOut, share_by_patient

WITHIN: Final = (1, 7, 14)
"""Days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A missed session, and the next one she attended. `left_at`: when she was no longer expected (discharge, transfer)."""

    patient: str
    missed_at: datetime
    returned_at: datetime | None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Of misses at least `days` old, how many were followed by a return within them.

    `too_recent` misses are in no figure: counted as not returned they would make a good week look like a bad one.
    `left_before` ended otherwise within the days, and are in none either.
    """

    days: int
    share: SharedOut
    too_recent: int
    left_before: int


def returns(misses: Iterable[Miss], *, now: datetime) -> tuple[Returned, ...]:
    """For each of `WITHIN`. A miss counts once it is old enough, even where she came back sooner."""
    all_of_them = list(misses)
    return tuple(_within(all_of_them, days, now) for days in WITHIN)


def _within(misses: list[Miss], days: int, now: datetime) -> Returned:
    span = timedelta(days=days)
    old = [miss for miss in misses if miss.missed_at + span <= now]
    followed = [miss for miss in old if _is_back(miss, span) or not _has_left(miss, span)]
    return Returned(
        days=days,
        share=share_by_patient((miss.patient, _is_back(miss, span)) for miss in followed),
        too_recent=len(misses) - len(old),
        left_before=len(old) - len(followed),
    )


def _is_back(miss: Miss, span: timedelta) -> bool:
    return miss.returned_at is not None and miss.returned_at <= miss.missed_at + span


def _has_left(miss: Miss, span: timedelta) -> bool:
    return miss.left_at is not None and miss.left_at < miss.missed_at + span
