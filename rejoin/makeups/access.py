"""The doors to make-ups: missing and forbidden are the same answer."""

from datetime import datetime
from uuid import UUID

from rejoin.domain.kernel import Refusal
from rejoin.makeups.models import Choice, Debt, Offer

NOT_HERE = "There is nothing here that you may see."


def offer_of(debt: Debt, ref: str) -> Offer:
    """An offer for this missed session, by the reference a form sent."""
    found: Offer | None = None
    if (asked := _uuid(ref)) is not None:
        found = Offer.objects.filter(seat=debt.seat_id, ref=asked).select_related("choice").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def open_choice_of(debt: Debt, *, now: datetime) -> Choice:
    """What she has to choose from now."""
    offer = (
        Offer.objects.filter(seat=debt.seat_id).open_at(now).select_related("choice").order_by("-pk").first()
    )
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


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
