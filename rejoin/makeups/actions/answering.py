"""What she says to an offer. However many say yes in one moment, every seat is given once, and everybody is told."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.domain.kernel import Word as KernelWord
from rejoin.makeups.actions.offers import is_booked, turn_all, withdraw_all
from rejoin.makeups.caps import too_many
from rejoin.makeups.ledgers import is_settled, open_amounts
from rejoin.makeups.models import Booking, Choice, Offer, Waiting
from rejoin.makeups.querysets import latest_turn
from rejoin.makeups.vocabulary import Declined, Turn, WaitTurn, Withdrawn
from rejoin.makeups.world import policy_of
from rejoin.programs.models import Seat
from rejoin.programs.seating import hold_patients, release_seats
from rejoin.programs.vocabulary import Release

TAKE = "SELECT seat, answer FROM rejoin_take_offer(%s, %s)"


class Word(KernelWord):
    """What came of saying yes."""

    TAKEN = "taken"
    """The seat is hers."""
    GONE = "gone"
    """Somebody was quicker, or it is held no more."""
    OVER = "over"
    """It was answered, withdrawn or ran out before."""
    CLASH = "clash"
    """She sits somewhere else at that time by now."""
    BOOKED = "booked"
    """The missed session has its make-up already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer, with the booking where there is one, and what is still open to her, best first."""

    word: Word
    booking: Booking | None
    left: tuple[Offer, ...]


@action("makeups.accept_offer")
def accept_offer(*, offer: Offer, by: Actor, at: datetime) -> Accepted:
    """Book the seat of an offer, if there still is one: decided once for everybody by the database.

    `Refusal` where she would have too many make-ups that day or week, or over nineteen hours.
    """
    hold_patients([offer.patient_id])
    current = Offer.objects.select_related("patient", "seat__session", "choice").get(pk=offer.pk)
    word, seat = _take(current, at)
    booking = None
    if seat is not None:
        booking = _book(current, seat, by, at)
    elif word in (Word.GONE, Word.CLASH):
        turn_all([current], Turn.WITHDRAWN, by=by, at=at, reason=Withdrawn.SEAT_GONE.value)
    elif word is Word.OVER and is_settled(open_amounts(current.seat_id)):
        all_open = Offer.objects.filter(seat=current.seat_id).open_at(at)
        withdraw_all(all_open, why=Withdrawn.NOT_OWED, by=by, at=at)
    _tell("makeups.accept_offer", current, by, at, word.value)
    left = Offer.objects.filter(seat=current.seat_id).open_at(at).order_by("-choice_id", "rank")
    return Accepted(word=word, booking=booking, left=tuple(left))


def _take(offer: Offer, at: datetime) -> tuple[Word, int | None]:
    """What comes of it, with her seat where there is one. Caps are asked of what can be taken: whoever said yes before, or
    twice, is told that she has it."""
    if is_booked(offer.seat):
        return Word.BOOKED, None
    is_open = Offer.objects.filter(pk=offer.pk).open_at(at).exists()
    if not is_open or is_settled(open_amounts(offer.seat_id)):
        return Word.OVER, None
    _refuse_too_many(offer)
    ((seat, answer),) = select(TAKE, [offer.pk, at])
    if answer == "unknown":
        raise Refusal("not_found", "There is nothing here that you may see.")
    return Word(answer), seat


def _book(offer: Offer, seat_id: int, by: Actor, at: datetime) -> Booking:
    turn_all([offer], Turn.ACCEPTED, by=by, at=at)
    others = Offer.objects.filter(seat=offer.seat_id).exclude(pk=offer.pk).open_at(at)
    withdraw_all(others, why=Withdrawn.ANOTHER_ACCEPTED, by=by, at=at)
    booking = Booking.objects.create(
        offer=offer,
        missed_id=offer.seat_id,
        seat_id=seat_id,
        patient_id=offer.patient_id,
        kind=offer.kind,
        at=at,
        by=str(by),
    )
    for session_id in waits_of(offer.seat_id):
        Waiting.objects.create(
            session_id=session_id,
            seat_id=offer.seat_id,
            patient_id=offer.patient_id,
            turn=WaitTurn.LEFT.value,
            at=at,
            by=str(by),
        )
    return booking


def waits_of(seat_id: int) -> list[int]:
    """Sessions in which a seat is waited for, for this missed one."""
    latest = Waiting.objects.filter(seat=seat_id).order_by("session_id", "-pk").distinct("session_id")
    return [each.session_id for each in latest if each.turn == WaitTurn.WAITING.value]


@action("makeups.decline_offer")
def decline_offer(*, offer: Offer, why: Declined = Declined.UNSAID, by: Actor, at: datetime) -> None:
    """She would rather not have this one. It is not offered for that session again, and nothing counts against her."""
    hold_patients([offer.patient_id])
    if latest_turn(offer.pk) != Turn.OFFERED or offer.expires_at <= at:
        raise Refusal("makeup.over", "This offer is over already.")
    turn_all([offer], Turn.DECLINED, by=by, at=at, reason=why.value)
    _tell("makeups.decline_offer", offer, by, at, why.value)


@action("makeups.none_of_these")
def none_of_these(*, choice: Choice, by: Actor, at: datetime) -> None:
    """None of what is open to her works: all of it is let go, a seat she waited for too, and a person looks for another way (`followup.makeups`)."""
    hold_patients([choice.patient_id])
    open_ = list(Offer.objects.filter(seat=choice.seat_id).open_at(at))
    if not open_:
        raise Refusal("makeup.over", "These offers are over already.")
    turn_all(open_, Turn.DECLINED, by=by, at=at, reason=Declined.NONE_OF_THESE.value)
    record(
        "makeups.none_of_these",
        f"choice:{choice.pk}",
        by=by,
        at=at,
        patient=choice.patient_id,
        program=choice.program_id,
    )


@action("makeups.give_back")
def give_back(*, booking: Booking, by: Actor, at: datetime) -> None:
    """She cannot come then after all: the seat is free again, what is owed stays open, and nothing counts against her.

    `Refusal` once it has begun, or where it was given back before.
    """
    hold_patients([booking.patient_id])
    seat = Seat.objects.select_related("session").get(pk=booking.seat_id)
    if not seat.occupies:
        raise Refusal("makeup.over", "This time was given back already.")
    if seat.session.starts_at <= at:
        raise Refusal("makeup.begun", "This session has begun already.")
    why = Withdrawn.CANNOT_COME.value
    release_seats([seat.pk], why=Release.RESCHEDULED, by=by, at=at, reason=why)
    turn_all([booking.offer], Turn.WITHDRAWN, by=by, at=at, reason=why)
    _tell("makeups.give_back", booking.offer, by, at, why)


def _refuse_too_many(offer: Offer) -> None:
    policy, _ = policy_of(offer.choice.program_id, offer.seat.session.starts_at)
    reason = too_many(
        patient_id=offer.patient_id,
        zone=ZoneInfo(offer.patient.timezone),
        policy=policy,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        missed=offer.seat_id,
    )
    if reason is not None:
        raise Refusal(reason.rule, f"This would be more than her plan allows: {reason.text}.")


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
