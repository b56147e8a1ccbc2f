"""What there is, as the columns that make-ups are planned from: for one patient who asks, or for a whole program at night."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from rejoin.common.rows import select
from rejoin.domain.kernel import local_day
from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.eligible import Index, index_of
from rejoin.domain.makeup.problem import Instance
from rejoin.domain.policy import Policy
from rejoin.domain.policy.document import MakeupRules
from rejoin.makeups import reading
from rejoin.makeups.columns import WINDOW, Making
from rejoin.makeups.reading import Known, Owed, Standing
from rejoin.makeups.slots import NOTICE, Slot, slots_of, taken_of
from rejoin.programs.books import Book as PolicyBooks
from rejoin.programs.books import book_of

__all__ = [
    "NOTICE",
    "WINDOW",
    "Slot",
    "World",
    "policy_of",
    "window_of",
    "world_of_patient",
    "worlds_of_program",
]


@dataclass(frozen=True, kw_only=True)
class World:
    """An instance with what its numbers stand for."""

    program_id: int
    policy: Policy
    now: datetime
    origin: datetime
    instance: Instance
    missed: tuple[Owed, ...]
    slots: tuple[Slot, ...]
    zones: Mapping[int, ZoneInfo]
    """By patient."""
    prices: np.ndarray

    @property
    def rules(self) -> MakeupRules:
        return self.policy.makeup or MakeupRules(modes={})

    @cached_property
    def index(self) -> Index:
        return index_of(self.instance)

    @cached_property
    def book(self) -> Book:
        book = Book(instance=self.instance, facts=facts_of(self.instance))
        for missed, slot in zip(self.instance.taken_missed, self.instance.taken_slot, strict=True):
            book.put(int(missed), int(slot))
        return book

    def book_besides(self, row: int) -> Book:
        """What stands beside this missed session: what is kept for it stands in the way of no other way back."""
        book = Book(instance=self.instance, facts=facts_of(self.instance))
        for missed, slot in zip(self.instance.taken_missed, self.instance.taken_slot, strict=True):
            if missed != row:
                book.put(int(missed), int(slot))
        return book

    def row_of(self, seat_id: int) -> int | None:
        """The missed session's row; None: nothing of it is open, or another policy rules it."""
        return next((row for row, each in enumerate(self.missed) if each.seat_id == seat_id), None)


def policy_of(program_id: int, starts_at: datetime) -> tuple[Policy, PolicyBooks]:
    """The policy in force on the day that was missed."""
    book = book_of(program_id)
    return book.in_force(local_day(starts_at, book.timezone)), book


def window_of(policy: Policy) -> timedelta:
    return (policy.makeup and policy.makeup.window) or WINDOW


def world_of_patient(
    missed: Owed,
    *,
    program_id: int,
    now: datetime,
    most: int | None = None,
    whole: bool = False,
    beside_what_is_kept: bool = False,
) -> World:
    """What there is for one of her missed sessions, and what stands for her others.

    Of other groups' sessions on the same those with seats left; `most` of them, the soonest. The `whole` of it are all
    sessions of the program, full ones too: where somebody asks why not that one. `beside_what_is_kept` for it: what she may
    choose already, and a seat kept for that, stand in the way of nothing.
    """
    policy, book = policy_of(program_id, missed.starts_at)
    own = reading.owed_in(program_id, since=now - window_of(policy), now=now, patients=[missed.patient_id])
    rows = [each for each in own if _same_policy(each, policy, book)]
    return _world(
        program_id,
        policy,
        rows,
        now,
        of=missed,
        most=most,
        whole=whole,
        afresh=beside_what_is_kept,
    )


def worlds_of_program(
    program_id: int, *, now: datetime, patients: Sequence[int] | None = None
) -> list[World]:
    """One for each version of the policy that some open missed session falls under: of everybody, or of these patients."""
    book = book_of(program_id)
    widest = max(window_of(version) for version, _ in _versions(book))
    rows = reading.owed_in(program_id, since=now - widest, now=now, patients=patients)
    by_policy: dict[int, tuple[Policy, list[Owed]]] = {}
    for each in rows:
        policy = book.in_force(local_day(each.starts_at, book.timezone))
        by_policy.setdefault(policy.version, (policy, []))[1].append(each)
    worlds = [_world(program_id, policy, owed, now, of=None) for policy, owed in by_policy.values()]
    return [each for each in worlds if each.missed]


def _versions(book: PolicyBooks) -> Sequence[tuple[Policy, Any]]:
    return book.pages.versions


def _same_policy(owed: Owed, policy: Policy, book: PolicyBooks) -> bool:
    return book.in_force(local_day(owed.starts_at, book.timezone)).version == policy.version


def _is_kept_time(each: Standing, seat_id: int) -> bool:
    return each.missed_id == seat_id and each.turn == "offered" and each.session_id is None


def _world(  # noqa: PLR0913 - what is asked for, as its two callers say it
    program_id: int,
    policy: Policy,
    owed: Sequence[Owed],
    now: datetime,
    *,
    of: Owed | None,
    most: int | None = None,
    whole: bool = False,
    afresh: bool = False,
) -> World:
    """`of`: the one that is asked for. Where the `whole` of what there is for it is, a time that is kept for it in an
    opening is no reason against another; `afresh`, nothing is that is kept for it."""
    until = now + window_of(policy)
    asked: dict[str, Any] = {
        "program": program_id,
        "patients": sorted({each.patient_id for each in owed}),
        "now": now,
        "since": now + NOTICE,
        "until": until,
        "service": of.service if of and not whole else None,
        "module": of.module if of and not whole else None,
        "most": most,
        "the_rest": of is not None,
    }
    patients = {row[0]: Known(*row) for row in select(reading.PATIENTS, asked)}
    missed = tuple(each for each in owed if each.patient_id in patients)
    standing = [
        each
        for each in (Standing(*row) for row in select(reading.STANDING, asked))
        if not (of and whole and _is_kept_time(each, of.seat_id))
        and not (of and afresh and (each.missed_id, each.turn) == (of.seat_id, "offered"))
    ]
    slots = slots_of(asked, policy)
    missed, taken = taken_of(missed, slots, standing)
    prices = {row[:3]: row[3] for row in select(reading.PRICES, asked)}
    making = Making(
        policy=policy,
        now=now,
        until=until,
        patients=patients,
        missed=missed,
        slots=slots,
        more_allowed=bool(of and of.more_allowed),
    )
    return World(
        program_id=program_id,
        policy=policy,
        now=now,
        origin=making.origin,
        instance=making.instance(asked, standing, taken),
        missed=missed,
        slots=slots,
        zones={key: ZoneInfo(each.timezone) for key, each in patients.items()},
        prices=np.array([prices.get(each.key, 0.0) for each in slots]),
    )
