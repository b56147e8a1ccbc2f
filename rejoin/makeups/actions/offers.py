"""Three ways back, in different parts of her day: made, withdrawn, expired by the clock."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refusing
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.offering import Option, options
from rejoin.makeups.caps import Caps
from rejoin.makeups.models import Booking, Choice, Offer, OfferTurn
from rejoin.makeups.querysets import latest_turn, stands_in_the_way
from rejoin.makeups.reading import Owed, owed_in
from rejoin.makeups.vocabulary import MODES, Turn, Withdrawn
from rejoin.makeups.world import NOTICE, Slot, World, policy_of, window_of, world_of_patient
from rejoin.programs.models import Seat
from rejoin.programs.seating import hold_patients, release_seats
from rejoin.programs.vocabulary import Release

MOST: Final = 3
LOOKED_AT: Final = 8
"""Options that are asked of the wall clock before three are found that hold."""
SOONEST: Final = 300
"""Of sessions on the same with seats left, so many are looked at first; all of them only where these do not give three.
What is later is worth less by itself, and where there are so many a seat costs nobody anything. Ours."""
OPEN_FOR: Final = timedelta(hours=4)
"""So long she has to choose, and a seat is kept for her; less where it begins sooner. Ours: no rule was found."""
AT_ONCE: Final = 500
ROOM_FOR = "SELECT rejoin_room_for(%s, %s, %s, %s, %s, %s)"
STALE = """
SELECT offer.id, offer.patient_id, coalesce(booking.seat_id, 0), session.program_id
  FROM makeups_offer AS offer JOIN programs_session AS session ON session.id = offer.session_id
  LEFT JOIN makeups_booking AS booking ON booking.offer_id = offer.id
 WHERE offer.starts_at > %s AND (session.held <> 'scheduled' OR session.starts_at <> offer.starts_at)
   AND NOT EXISTS (SELECT FROM makeups_offerturn AS turned
                    WHERE turned.offer_id = offer.id AND turned.turn IN ('declined', 'expired', 'withdrawn'))
   AND (booking.id IS NULL OR session.held <> 'scheduled')
 ORDER BY offer.id LIMIT 500
"""


@action("makeups.offer")
def offer_make_ups(*, seat: Seat, by: Actor, at: datetime) -> list[Offer]:
    """Up to three ways back for a missed session, best first, instead of those she had open; none where none fits.

    `Refusal` where nothing is owed for it, or where it has its make-up already.
    """
    program_id = seat.session.program_id
    owed = owed_for(seat, at)
    if is_booked(seat):
        raise Refusal("makeup.booked", "This session has its make-up already.")
    withdraw_all(Offer.objects.filter(seat=seat).open_at(at), why=Withdrawn.RENEWED, by=by, at=at)
    world, found = _found(owed, program_id, at, most=SOONEST)
    if len(found) < MOST and len(world.slots) >= SOONEST:
        world, found = _found(owed, program_id, at, most=None)
    made = give_choice(seat, world, found, by=by, at=at)
    if not made:
        nothing_to_tell("makeups.offer")
    return made


def _found(owed: Owed, program_id: int, at: datetime, *, most: int | None) -> tuple[World, list[Option]]:
    world = world_of_patient(owed, program_id=program_id, now=at, most=most)
    row = world.row_of(owed.seat_id)
    if row is None:
        return world, []
    return world, options(world.instance, world.index, world.book, row, most=LOOKED_AT, price=world.prices)


def give_choice(
    seat: Seat,
    world: World,
    found: Sequence[Option],
    *,
    keep: bool = False,
    heard_from: datetime | None = None,
    by: Actor,
    at: datetime,
) -> list[Offer]:
    """Write those of the options that hold by the wall clock, up to three, as one choice. Inside an action.

    Of the first a seat is kept where seats are scarce; `keep`: in any case, since she was told that it would be. She has her
    time to choose from `heard_from` on, where she is told later than `at`; never past the notice before a session.
    """
    kept = _still_there(seat, world, found, at)
    if not kept:
        return []
    until = min(max(at, heard_from or at) + OPEN_FOR, *(slot.starts_at - NOTICE for _, slot in kept))
    choice = Choice.objects.create(
        seat=seat,
        patient_id=seat.patient_id,
        program_id=world.program_id,
        expires_at=max(until, at + timedelta(minutes=1)),
        at=at,
        by=str(by),
    )
    made = [_offer(choice, world, rank, option, slot, keep=keep) for rank, (option, slot) in enumerate(kept)]
    with refusing():
        Offer.objects.bulk_create(made)
    turn_all(made, Turn.OFFERED, by=by, at=at)
    record(
        "makeups.offer",
        f"choice:{choice.pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=world.program_id,
    )
    return made


def _still_there(
    seat: Seat, world: World, found: Sequence[Option], at: datetime
) -> list[tuple[Option, Slot]]:
    """Up to three of them that hold by the wall clock, with their places in time.

    The first may be held, so that it is asked again, under the lock, whether it has room. Of the others whoever accepts first has
    the seat.
    """
    caps = Caps(
        patient_id=seat.patient_id, zone=world.zones[seat.patient_id], policy=world.policy, missed=seat.pk
    )
    kept: list[tuple[Option, Slot]] = []
    for option in found:
        slot = world.slots[option.slot]
        if caps.why_not(slot.starts_at, slot.ends_at):
            continue
        if not kept and not has_room(slot, besides=seat.patient_id, at=at):
            continue
        kept.append((option, slot))
        if len(kept) == MOST:
            break
    return kept


def _offer(choice: Choice, world: World, rank: int, option: Option, slot: Slot, *, keep: bool) -> Offer:
    price = float(world.prices[option.slot])
    scarce = keep or price > 0 or not world.prices.any()
    return Offer(
        choice=choice,
        seat_id=choice.seat_id,
        patient_id=choice.patient_id,
        session_id=slot.session_id,
        opening_id=slot.opening_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        kind=slot.kind.value,
        service=slot.service,
        module=slot.module,
        rank=rank,
        part_of_day=option.part_of_day,
        worth=option.value,
        price=price,
        repairs=sorted(world.rules.modes[MODES[slot.kind]]),
        because=option.parts,
        held=rank == 0 and scarce,
        expires_at=choice.expires_at,
        at=choice.at,
        by=choice.by,
    )


def has_room(slot: Slot, *, besides: int, at: datetime) -> bool:
    """Asked under the lock of whoever gives seats there: it holds until this is over."""
    ((room,),) = select(
        ROOM_FOR, [slot.session_id, slot.opening_id, slot.starts_at, slot.ends_at, besides, at]
    )
    return bool(room)


@action("makeups.withdraw_offer")
def withdraw_offer(*, offer: Offer, why: Withdrawn, by: Actor, at: datetime) -> None:
    """It no longer stands, and the reason is kept. What was booked by it is given back; the debt stays open.

    `Refusal` where it is over already, or once what was booked has begun: what she repays by it is hers.
    """
    hold_patients([offer.patient_id])
    booking = Booking.objects.select_related("seat__session").filter(offer=offer).first()
    if booking is not None and booking.seat.occupies:
        if booking.seat.session.starts_at <= at:
            raise Refusal("makeup.begun", "This session has begun already.")
        release_seats([booking.seat_id], why=Release.RESCHEDULED, by=by, at=at, reason=why.value)
    elif latest_turn(offer.pk) not in (Turn.OFFERED, Turn.ACCEPTED):
        raise Refusal("makeup.over", "This offer is over already.")
    turn_all([offer], Turn.WITHDRAWN, by=by, at=at, reason=why.value)
    _tell("makeups.withdraw_offer", offer, by, at, why.value)


@action("makeups.withdraw_stale")
def withdraw_stale(*, by: Actor, at: datetime) -> int:
    """Offers and bookings of sessions that were called off, and offers of sessions that were moved."""
    rows = select(STALE, [at])
    columns = ("at", "by", "offer", "patient", "turn", "reason")
    why = Withdrawn.SESSION_OFF.value
    insert_rows(
        OfferTurn,
        columns,
        [(at, str(by), offer, patient, Turn.WITHDRAWN.value, why) for offer, patient, _, _ in rows],
        then="ON CONFLICT DO NOTHING",
    )
    record_all(
        [
            ("makeups.withdraw_stale", f"offer:{offer}", patient, program, why)
            for offer, patient, _, program in rows
        ],
        by=by,
        at=at,
    )
    if not rows:
        nothing_to_tell("makeups.withdraw_stale")
    return len(rows)


@action("makeups.expire_offers")
def expire_offers(*, by: Actor, at: datetime) -> int:
    """Write down which offers ran out. The clock has ended them already: nobody accepts one in between."""
    overdue = Offer.objects.overdue(at)
    hold_patients(set(overdue.order_by("pk").values_list("patient_id", flat=True)[:AT_ONCE]))
    due = list(
        overdue.order_by("pk").select_related("choice")[:AT_ONCE]
    )  # an answer under way has come in by now
    turn_all(due, Turn.EXPIRED, by=by, at=at)
    record_all(
        [
            ("makeups.expire_offers", f"offer:{each.pk}", each.patient_id, each.choice.program_id, "")
            for each in due
        ],
        by=by,
        at=at,
    )
    if not due:
        nothing_to_tell("makeups.expire_offers")
    return len(due)


def withdraw_all(offers: Iterable[Offer], *, why: Withdrawn, by: Actor, at: datetime) -> None:
    """Inside an action that tells of it."""
    turn_all(list(offers), Turn.WITHDRAWN, by=by, at=at, reason=why.value)


def turn_all(offers: Sequence[Offer], turn: Turn, *, by: Actor, at: datetime, reason: str = "") -> None:
    """Append a turn to each. One that took it already, or was answered otherwise, stays as it is."""
    insert_rows(
        OfferTurn,
        ("at", "by", "offer", "patient", "turn", "reason"),
        [(at, str(by), each.pk, each.patient_id, turn.value, reason) for each in offers],
        then="ON CONFLICT DO NOTHING",
    )


def is_booked(seat: Seat) -> bool:
    """Whether a make-up stands for this missed seat that is still to come, or of which nobody knows yet what it repaid."""
    return Booking.objects.filter(stands_in_the_way(), missed=seat).exists()


def owed_for(seat: Seat, at: datetime) -> Owed:
    """The missed session as what there is is asked for it, held until the transaction ends; refused where nothing is open."""
    hold_patients([seat.patient_id])
    program_id = seat.session.program_id
    policy, _ = policy_of(program_id, seat.session.starts_at)
    mine = owed_in(program_id, since=at - window_of(policy), now=at, patients=[seat.patient_id])
    owed = next((each for each in mine if each.seat_id == seat.pk), None)
    if owed is None:
        raise Refusal(
            "makeup.not_owed", "Nothing is owed for this session, or its time to make it up is over."
        )
    return owed


def _tell(verb: str, offer: Offer, by: Actor, at: datetime, reason: str = "") -> None:
    record(
        verb,
        f"offer:{offer.pk}",
        by=by,
        at=at,
        patient=offer.patient_id,
        program=offer.choice.program_id,
        reason=reason,
    )
