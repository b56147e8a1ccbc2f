"""Questions about offers and openings."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from rejoin.makeups.vocabulary import Turn

if TYPE_CHECKING:
    from rejoin.makeups.models import Offer, Opening  # noqa: F401 - the rows' own types


A_MONTH: Final = timedelta(days=30)
NOT_THERE: Final = ("missed", "not_admitted", "not_admissible", "excused", "cancelled")
"""What a make-up comes to that stands for nothing: `schema.STILL_STANDS` says the same."""


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Times for one-to-ones."""

    def ahead(self, now: datetime) -> "OpeningQuerySet":
        return self.filter(closed_at=None, ends_at__gt=now)


class OfferQuerySet(models.QuerySet["Offer"]):
    """What was offered."""

    def with_turn(self) -> "OfferQuerySet":
        """Each with `turn`, the latest, and `turned_at` and `turn_reason`."""
        latest = _turns().order_by("-id")
        return self.annotate(
            turn=Subquery(latest.values("turn")[:1]),
            turned_at=Subquery(latest.values("at")[:1]),
            turn_reason=Subquery(latest.values("reason")[:1]),
        )

    def open_at(self, now: datetime) -> "OfferQuerySet":
        """Neither answered nor withdrawn, and not expired by the clock, whoever has said so yet."""
        turned = _turns().exclude(turn=Turn.OFFERED.value)
        return self.filter(~Exists(turned), expires_at__gt=now)

    def overdue(self, now: datetime) -> "OfferQuerySet":
        """Expired by the clock within a month, and nobody has written it down."""
        turned = _turns().exclude(turn=Turn.OFFERED.value)
        return self.filter(~Exists(turned), expires_at__lte=now, expires_at__gt=now - A_MONTH)


def stands_in_the_way() -> Q:
    """Of bookings: one is to come, or nobody knows what came of it yet (`schema.STANDS_IN_THE_WAY` says the same). Where she
    was at it in part, or in whole and the ledger has it, what is left is open to another."""
    known = Q(seat__status__provisional=False)
    repaid = Exists(_entries().filter(seat=OuterRef("missed"), source=OuterRef("seat")))
    return (
        Q(seat__occupies=True)
        & ~(known & Q(seat__status__status__in=(*NOT_THERE, "partial")))
        & ~(known & Q(seat__status__status="attended") & Q(repaid))
    )


def latest_turn(offer_id: int) -> str:
    """The word that holds of an offer."""
    from rejoin.makeups.models import OfferTurn

    return OfferTurn.objects.filter(offer=offer_id).latest("pk").turn


def _entries() -> "models.QuerySet[models.Model]":
    from rejoin.makeups.models import LedgerEntry

    return LedgerEntry.objects.all()


def _turns() -> "models.QuerySet[models.Model]":
    from rejoin.makeups.models import OfferTurn

    return OfferTurn.objects.filter(offer=OuterRef("pk"))
