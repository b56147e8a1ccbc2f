"""The doors to make-ups: missing and forbidden are the same answer."""

from datetime import datetime
from uuid import UUID

from rejoin.domain.kernel import Refusal
from rejoin.makeups.models import Booking, Choice, Debt, ExtraProposal, Offer, Opening
from rejoin.makeups.querysets import stands_in_the_way

NOT_HERE = "There is nothing here that you may see."


def offer_of(debt: Debt, ref: str) -> Offer:
    """An offer for this missed session, by the reference a form sent."""
    return offer_for(debt.seat_id, ref)


def offer_for(seat_id: int, ref: str) -> Offer:
    """An offer for this missed seat, which came through a door of its own."""
    found: Offer | None = None
    if (asked := _uuid(ref)) is not None:
        found = Offer.objects.filter(seat=seat_id, ref=asked).select_related("choice").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def open_choice_of(debt: Debt, *, now: datetime) -> Choice:
    """What she has to choose from now."""
    return choice_for(debt.seat_id, now=now)


def booking_for(seat_id: int) -> Booking:
    """The make-up that stands for this missed seat."""
    found: Booking | None = (
        Booking.objects.filter(stands_in_the_way(), missed=seat_id).select_related("offer__choice").first()
    )
    if found is None:
        raise Refusal("makeup.not_booked", "No make-up stands for this session any more.")
    return found


def choice_for(seat_id: int, *, now: datetime) -> Choice:
    """What she has to choose from now for this missed seat."""
    offer = Offer.objects.filter(seat=seat_id).open_at(now).select_related("choice").order_by("-pk").first()
    if offer is None:
        raise Refusal("makeup.over", "These times are over. Look again for others.")
    return offer.choice


def debt_by_ref(ref: UUID) -> Debt:
    """A missed session, behind the door of whoever asks."""
    found: Debt | None = (
        Debt.objects.filter(ref=ref).select_related("patient", "seat__session__program").first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def opening_by_ref(ref: UUID) -> Opening:
    """Somebody's time for one-to-ones, behind the door of whoever asks. Who may close it the page asks."""
    found: Opening | None = Opening.objects.filter(ref=ref).select_related("program", "staff").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def extra_proposal(number: int) -> ExtraProposal:
    """A proposal to hold an extra session, behind the door of whoever asks."""
    found: ExtraProposal | None = ExtraProposal.objects.filter(pk=number).first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
