"""What extra sessions would change: who would have a way back with them, and what it costs in minutes of the staff.

They are scheduled as they would be, the program is read with them, and all of it is taken back before anybody plans: what
could not be held is refused as it would be, and what holds in a plan of it holds in earnest. Nothing is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.db import transaction

from rejoin.common.actors import Actor
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Mode
from rejoin.makeups.actions.capacity import mark_extra
from rejoin.makeups.actions.plans import decide_extra
from rejoin.makeups.models import ExtraProposal
from rejoin.makeups.replanning import Planner, find_plans
from rejoin.makeups.vocabulary import ExtraTurn
from rejoin.makeups.world import World, worlds_of_program
from rejoin.people.models import Staff
from rejoin.programs.actions import schedule_session
from rejoin.programs.intake import NewSession
from rejoin.programs.models import Program, Session

NO_SUCH_MODE: Final = (
    "The program's policy gives nothing back for an extra session (makeup.modes has no extra_group): nobody would come to "
    "one. Open a time for one-to-ones, or have the policy changed."
)


class Extra(msgspec.Struct, frozen=True, kw_only=True):
    """A session that might be held for people to make up."""

    service: str
    module: str
    starts_at: datetime
    minutes: int
    seats: int
    leader: int
    """Of the staff, by key."""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


Way = tuple[Extra, ...]
"""Extra sessions that are tried together."""


class Would(msgspec.Struct, frozen=True, kw_only=True):
    """What one way would come to, beside what is there."""

    placed: int
    """Missed sessions that have or would have a way back, of all that are open."""
    coming: int
    """To the extra sessions."""
    seats: int
    """In them."""
    staff_minutes: int
    gap: float
    """What a better plan could bring at most, as a share of this one's worth."""


class WouldCome(msgspec.Struct, frozen=True, array_like=True):
    """One missed session, by its seat, that the way `way` would change something for."""

    way: int
    seat: int
    newly: bool
    """It would have no way back without."""
    extra: int
    """Which of the extra sessions it would be made up in; -1: another one's seat came free by it."""


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """Ways beside each other, and beside what there is."""

    owed: int
    """Missed sessions that are open and can still be made up."""
    placed: int
    """Of them, without any extra session."""
    gap: float
    ways: tuple[Would, ...]
    come: tuple[WouldCome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """Which seats have a place, and which of the extra sessions it is in (-1: none of them)."""

    owed: int
    place: dict[int, int]
    gap: float


def what_if(
    program: Program,
    ways: Sequence[Way],
    *,
    planner: Planner,
    by: Actor,
    at: datetime,
    tell: Callable[[int], None] = lambda _: None,
) -> WhatIf:
    """The same plan without and with each of the ways. `tell` is called with how many of them are done.

    `Refusal` where one of the sessions could not be held: its leader has another then, or it is over; and where the
    policy gives nothing back for an extra session.
    """
    tell(0)
    worlds = worlds_of_program(program.pk, now=at)
    if worlds and not any(Mode.EXTRA in each.rules.modes for each in worlds):
        raise Refusal("whatif.mode", NO_SUCH_MODE)
    before = _planned(worlds, [], planner)
    would: list[Would] = []
    come: list[WouldCome] = []
    for number, way in enumerate(ways):
        tell(number + 1)
        worlds, made = _worlds_with(program, way, by, at)
        after = _planned(worlds, made, planner)
        come += [
            WouldCome(number, seat, seat not in before.place, extra)
            for seat, extra in sorted(after.place.items())
            if extra >= 0 or seat not in before.place
        ]
        would.append(
            Would(
                placed=len(after.place),
                coming=sum(extra >= 0 for extra in after.place.values()),
                seats=sum(each.seats for each in way),
                staff_minutes=sum(each.minutes for each in way),
                gap=after.gap,
            )
        )
    return WhatIf(
        owed=before.owed, placed=len(before.place), gap=before.gap, ways=tuple(would), come=tuple(come)
    )


def schedule_way(
    program: Program, way: Way, *, names: Sequence[str], by: Actor, at: datetime
) -> list[Session]:
    """Schedule its sessions in earnest, all of them or none, and take up what was proposed of the same content.

    `names`, one a session, tell the same sending again: `Refusal` where one of them is there already.
    """
    with transaction.atomic():
        if Session.objects.filter(program=program, external_id__in=names).exists():
            raise Refusal("extra.scheduled", "These sessions are scheduled already.")
        made = [
            hold_extra(program, each, external_id=name, by=by, at=at)
            for each, name in zip(way, names, strict=True)
        ]
        for session in made:
            proposal = (
                ExtraProposal.objects.filter(program=program, service=session.service, module=session.module)
                .order_by("pk")
                .last()
            )
            if proposal is not None and proposal.turn == ExtraTurn.PROPOSED.value:
                decide_extra(proposal=proposal, turn=ExtraTurn.TAKEN_UP, session=session, by=by, at=at)
    return made


def hold_extra(program: Program, extra: Extra, *, external_id: str, by: Actor, at: datetime) -> Session:
    """Schedule it in earnest, as an extra session. Inside a transaction of whoever asks."""
    if extra.starts_at <= at:
        raise Refusal("extra.past", "An extra session begins later than now.")
    leader = Staff.objects.filter(pk=extra.leader).first()
    if leader is None:
        raise Refusal("extra.leader", "Whoever was to lead it does not work here any more.")
    session = schedule_session(
        program=program,
        session=NewSession(
            external_id=external_id,
            starts_at=extra.starts_at,
            ends_at=extra.ends_at,
            service=extra.service,
            module=extra.module,
            by_name=True,
            seats_min=1,
            seats_max=extra.seats,
        ),
        leaders=[leader],
        by=by,
        at=at,
    )
    mark_extra(session=session, by=by, at=at)
    return session


def _worlds_with(program: Program, way: Way, by: Actor, at: datetime) -> tuple[list[World], list[int]]:
    """What there would be, and the numbers of sessions that are none by now."""
    with transaction.atomic():
        made = [
            hold_extra(program, each, external_id=f"what-if-{number}", by=by, at=at).pk
            for number, each in enumerate(way)
        ]
        worlds = worlds_of_program(program.pk, now=at)
        transaction.set_rollback(True)
    return worlds, made


def _planned(worlds: Sequence[World], made: Sequence[int], planner: Planner) -> _Planned:
    found = find_plans(worlds, planner=planner)
    if len(found) < len(worlds):
        raise Refusal("whatif.no_plan", "No plan came in time. Nothing is told from half of one: try again.")
    worth, bound = sum(each.plan.objective for each in found), sum(each.plan.bound for each in found)
    return _Planned(
        owed=sum(len(each.missed) for each in worlds),
        place={
            each.world.missed[row].seat_id: _extra_of(each.world, slot, made)
            for each in found
            for row, slot in each.plan.slot_of.items()
        },
        gap=max(0.0, bound - worth) / max(1.0, abs(worth)),
    )


def _extra_of(world: World, slot: int, made: Sequence[int]) -> int:
    session = world.slots[slot].session_id
    return made.index(session) if session in made else -1
