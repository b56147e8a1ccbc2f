"""ada missed an evening of the blue group; the green group meets on another day, and ben has an hour."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.domain.makeup.book import facts_of
from rejoin.domain.makeup.eligible import index_of
from rejoin.domain.makeup.offering import options
from rejoin.domain.makeup.problem import Instance, Ints
from rejoin.domain.makeup.solving import book_of_taken
from rejoin.makeups.actions import offer_make_ups, open_time
from rejoin.makeups.ledgers import sweep_ledgers
from rejoin.makeups.models import Choice, Offer, Opening
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Group, Seat, Session, SessionStaff
from tests.apps.scene import START, Scene

NEXT_DAY = START + timedelta(hours=18)
"""Noon in New York, the day after she missed."""
DAY = timedelta(days=1)


@dataclass
class Owing:
    """A scene in which one or more have missed a session, and their ledgers are kept."""

    scene: Scene = field(default_factory=Scene)
    names: tuple[str, ...] = ("ada",)

    @cached_property
    def patients(self) -> list[Patient]:
        return [self.scene.admit(name, sms=False) for name in self.names]

    @cached_property
    def green(self) -> Group:
        return Group.objects.create(program=self.scene.program, name="Green")

    @cached_property
    def noor(self) -> Staff:
        return self.scene.hire("noor", "facilitator")

    @cached_property
    def missed(self) -> list[Seat]:
        """Nobody came."""
        session = self.scene.session(*self.patients, seats_max=None)
        self.scene.watched(session)
        self.run(NEXT_DAY)
        return list(Seat.objects.filter(session=session).order_by("pk"))

    def run(self, at: datetime) -> None:
        self.scene.run(at)
        while sweep_ledgers(now=at):
            pass

    def other_group(self, *patients: Patient, days: int = 2, hours: float = 0, **columns: Any) -> Session:
        """A session of the green group, `days` after the missed one."""
        starts_at = START + timedelta(days=days, hours=hours)
        given = {"seats_max": 12, **columns}
        session = Session.objects.create(
            program=self.scene.program,
            group=self.green,
            external_id=f"G{Session.objects.count() + 1}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=given.pop("minutes", 180)),
            **given,
        )
        SessionStaff.objects.create(session=session, staff=self.noor)
        for patient in patients:
            Seat.objects.create(session=session, patient=patient)
        return session

    def hour(self, *, days: int = 2, length: int = 60, minutes: int = 50) -> Opening:
        """Ben has time, in her late morning."""
        starts_at = START + timedelta(days=days, hours=-7)
        return open_time(
            program=self.scene.program,
            staff=self.scene.ben,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=length),
            minutes=minutes,
            **self.desk(),
        )

    def offers(self, seat: Seat | None = None, at: datetime = NEXT_DAY) -> list[Offer]:
        return offer_make_ups(seat=seat or self.missed[0], **self.desk(at))

    def shown(self, seat: Seat, session: Session, at: datetime = NEXT_DAY) -> Offer:
        """The session as she was shown it among others: nothing is held for her."""
        choice = Choice.objects.create(
            seat=seat,
            patient_id=seat.patient_id,
            program=self.scene.program,
            expires_at=at + DAY,
            at=at,
            by="system:engine",
        )
        return Offer.objects.create(
            choice=choice,
            seat=seat,
            patient_id=seat.patient_id,
            session=session,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            kind="cohort",
            rank=1,
            part_of_day="evening",
            worth=100,
            held=False,
            expires_at=choice.expires_at,
            at=at,
            by=choice.by,
        )

    def desk(self, at: datetime = NEXT_DAY) -> dict[str, Any]:
        clock.simulate(shown_at=at, rate=0)
        return {"by": staff_actor(self.scene.ben.pk), "at": at}


@dataclass(frozen=True, kw_only=True)
class FakePlan:
    """What a planner would answer that puts whoever comes first into the first slot that fits."""

    slot_of: dict[int, int]
    price: np.ndarray
    objective: float = 100.0
    bound: float = 125.0
    method: str = "first come"

    @classmethod
    def of(cls, instance: Instance, price: float = 7.0) -> "FakePlan":
        index, facts = index_of(instance), facts_of(instance)
        book = book_of_taken(instance, facts)
        for row in range(len(instance.missed.ids)):
            found = options(instance, index, book, row, most=1)
            if found:
                book.put(row, found[0].slot)
        return cls(slot_of=dict(book.slot_of), price=np.full(len(instance.slots.ids), price))


def nowhere(count: int) -> Ints:
    """So many, and none has a place."""
    return np.full(count, -1, np.int32)
