"""Seats that are waited for, and given on when one comes free."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.attendance import Held
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.eligible import eligible
from rejoin.domain.makeup.offering import Option, made_of, part_of_day
from rejoin.makeups.actions.answering import waits_of
from rejoin.makeups.actions.offers import ROOM_FOR, give_choice, is_booked, owed_for, withdraw_all
from rejoin.makeups.models import Offer, Waiting
from rejoin.makeups.reading import owed_in
from rejoin.makeups.schema import LIVE_HOLD
from rejoin.makeups.vocabulary import WaitTurn, Withdrawn
from rejoin.makeups.world import NOTICE, World, policy_of, window_of, world_of_patient
from rejoin.programs.models import Seat, Session
from rejoin.programs.seating import hold_patients

# Who waits, in the order they began to: a seat that comes free goes to the first for whom it can stand.
WHO_WAITS = f"""
SELECT word.session_id, word.seat_id, word.patient_id, session.program_id, session.starts_at, session.held
  FROM (SELECT DISTINCT ON (said.session_id, said.seat_id) said.session_id, said.seat_id, said.patient_id, said.turn, said.id
          FROM makeups_waiting AS said ORDER BY said.session_id, said.seat_id, said.id DESC) AS word
  JOIN programs_session AS session ON session.id = word.session_id
  CROSS JOIN (SELECT %(at)s::timestamptz AS moment) AS clock
 WHERE word.turn = 'waiting' AND (session.held <> 'scheduled' OR session.starts_at <= %(soon)s
    OR coalesce(session.seats_max, 99) > session.seats_taken + (
        SELECT count(*) FROM makeups_offer AS offer WHERE offer.session_id = session.id AND {LIVE_HOLD}))
 ORDER BY word.session_id, word.id LIMIT 200
"""  # noqa: S608 - our own words


# A seat that she waited for is kept for her already, for the same missed session.
KEPT = f"""
SELECT FROM makeups_waiting AS word JOIN makeups_offer AS offer ON offer.id = word.offer_id
 CROSS JOIN (SELECT %(at)s::timestamptz AS moment) AS clock WHERE word.seat_id = %(seat)s AND {LIVE_HOLD} LIMIT 1
"""

HeardFrom = Callable[[int, int, datetime], datetime]
"""When a message to a patient of a program would reach her, if it were written at that instant."""


def at_once(_patient_id: int, _program_id: int, at: datetime) -> datetime:
    return at


@action("makeups.wait_for")
def wait_for(*, seat: Seat, session: Session, by: Actor, at: datetime) -> Waiting:
    """She waits for a seat in a session that is full, for this missed one; a seat that comes free is offered to her.

    Whether one there would do for it is asked by whoever lets her choose (`full.full_session_of`). `Refusal` where it begins
    too soon, where nothing is owed any more, or where she has a time or waits for it already.
    """
    hold_patients([seat.patient_id])
    if session.held != Held.SCHEDULED.value or session.starts_at <= at + NOTICE:
        raise Refusal("makeup.too_late", "This session begins too soon to wait for, or is not held.")
    if is_booked(seat):
        raise Refusal("makeup.booked", "This session has its make-up already.")
    owed_for(seat, at)
    if session.pk in waits_of(seat.pk):
        raise Refusal("makeup.waits", "She waits for it already.")
    waiting = _turn(session.pk, seat, WaitTurn.WAITING, by, at)
    record(
        "makeups.wait_for",
        f"waiting:{waiting.pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=session.program_id,
    )
    return waiting


@action("makeups.stop_waiting")
def stop_waiting(*, seat: Seat, session: Session, by: Actor, at: datetime) -> Waiting:
    """She waits for it no more."""
    hold_patients([seat.patient_id])
    if session.pk not in waits_of(seat.pk):
        raise Refusal("makeup.waits_not", "She does not wait for it.")
    waiting = _turn(session.pk, seat, WaitTurn.LEFT, by, at)
    record(
        "makeups.stop_waiting",
        f"waiting:{waiting.pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=session.program_id,
    )
    return waiting


@action("makeups.back_fill")
def back_fill(*, heard_from: HeardFrom = at_once, by: Actor, at: datetime) -> int:
    """Seats that came free go to whoever waited longest and may come; whoever waited in vain is told. How many were seen to.

    What she was shown before stays as it was promised, with a seat kept for it; beside it one that she waited for is kept, and
    no second: that one goes to whoever is next, and she waits on. As soon as she takes one, the others are free. It is kept from
    when she can hear of it: one that comes free in her quiet hours would be another's before her phone rang.
    """
    told: list[tuple[str, str, int | None, int | None, str]] = []
    for session_id, seat_id, patient, program, starts_at, held in _held_waiters(at):
        seat = Seat.objects.select_related("session").get(pk=seat_id)
        over = held != Held.SCHEDULED.value or starts_at <= at + NOTICE
        if over:
            waiting = _turn(session_id, seat, WaitTurn.GONE, by, at)
        elif select(KEPT, {"seat": seat_id, "at": at}):
            continue
        else:
            hears = heard_from(patient, program, at)
            offers = _offer_it(seat, session_id, heard_from=hears, by=by, at=at)
            if offers:
                waiting = _turn(session_id, seat, WaitTurn.OFFERED, by, at, offer=offers[0])
            elif _is_full(session_id, at):  # whoever waited longer has it now
                continue
            else:
                waiting = _turn(session_id, seat, WaitTurn.GONE, by, at)
        told.append(("makeups.back_fill", f"waiting:{waiting.pk}", patient, program, waiting.turn))
    record_all(told, by=by, at=at)
    if not told:
        nothing_to_tell("makeups.back_fill")
    return len(told)


def _held_waiters(at: datetime) -> list[tuple[Any, ...]]:
    """Whoever waits, each of them held before any session is: whoever accepts goes the same way, and none waits in a ring."""
    asked = {"at": at, "soon": at + NOTICE}
    patients = {row[2] for row in select(WHO_WAITS, asked)}
    hold_patients(patients)
    # An answer under way has come in by now: some wait no more.
    return [row for row in select(WHO_WAITS, asked) if row[2] in patients]


def _is_full(session_id: int, at: datetime) -> bool:
    session = Session.objects.get(pk=session_id)
    asked = [session_id, None, session.starts_at, session.ends_at, 0, at]
    ((room,),) = select(ROOM_FOR, asked)
    return not room


def _offer_it(seat: Seat, session_id: int, *, heard_from: datetime, by: Actor, at: datetime) -> list[Offer]:
    """The one session, held for her; nothing where it may not stand for hers, or another has it by now. She is held.

    Times that are open to her already stay so, and stand in the way of nothing; but of this session there is one offer.
    """
    program_id = seat.session.program_id
    policy, _ = policy_of(program_id, seat.session.starts_at)
    own = owed_in(program_id, since=at - window_of(policy), now=at, patients=[seat.patient_id])
    owed = next((each for each in own if each.seat_id == seat.pk), None)
    if owed is None or is_booked(seat):
        return []
    world = world_of_patient(owed, program_id=program_id, now=at, beside_what_is_kept=True)
    found = option_at(world, seat.pk, session_id)
    shown = list(Offer.objects.filter(seat=seat, session=session_id).open_at(at))
    made = give_choice(seat, world, found, keep=True, heard_from=heard_from, by=by, at=at)
    if made:
        withdraw_all(shown, why=Withdrawn.RENEWED, by=by, at=at)
    return made


def option_at(world: World, seat_id: int, session_id: int) -> list[Option]:
    """This session as the only option of the missed seat; none where it does not fit it."""
    row = world.row_of(seat_id)
    place = next((at for at, each in enumerate(world.slots) if each.session_id == session_id), None)
    return [] if row is None or place is None else option_in(world, row, place)


def option_in(world: World, row: int, place: int) -> list[Option]:
    """The slot as the only option of the missed session, both by their places in the world; none where it does not fit."""
    pairs = eligible(world.instance, world.index, np.array([row], np.int32))
    at = np.flatnonzero(pairs.slot == place)
    if not len(at) or world.book.why_not(row, place):
        return []
    return [
        Option(
            slot=place,
            value=int(pairs.value[at[0]]),
            part_of_day=part_of_day(world.instance, row, place),
            parts=made_of(world.instance, row, place),
        )
    ]


def _turn(session_id: int, seat: Seat, turn: WaitTurn, by: Actor, at: datetime, **columns: Any) -> Waiting:
    return Waiting.objects.create(
        session_id=session_id,
        seat=seat,
        patient_id=seat.patient_id,
        turn=turn.value,
        at=at,
        by=str(by),
        **columns,
    )
