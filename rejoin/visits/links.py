"""The link that leads a patient to her seat. It names nobody: a reference made at random, signed.

When it holds is told by the session as it is now (`doors`), so that a link sent before a session is moved still works.
"""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from rejoin.common.actors import Actor
from rejoin.programs.models import Seat
from rejoin.rooms.actions import issue_join_ref
from rejoin.rooms.models import Identity
from rejoin.visits.engine import provider

SALT: Final = "rejoin.visits.join"
LONGEST: Final = 200


def join_path(seat: Seat, *, by: Actor, at: datetime) -> str:
    """The address of her way in, from the root. `Refusal` for a seat that was given back, or a session that is over."""
    return base_of(token_of(issue_join_ref(seat=seat, provider=provider(), by=by, at=at)))


def join_url(seat: Seat, *, by: Actor, at: datetime) -> str:
    """The same in full, for a message."""
    return f"{settings.BASE_URL}{join_path(seat, by=by, at=at)}"


def base_of(token: str) -> str:
    return reverse("visits:welcome", kwargs={"token": token})


def token_of(ref: str) -> str:
    return _signer().sign(ref)


def identity_of(token: str) -> Identity | None:
    """Whose link this is. Asked before anybody is known, outside of the door; None: it was not signed by us."""
    if len(token) > LONGEST:
        return None
    try:
        ref = _signer().unsign(token)
    except BadSignature:
        return None
    found: Identity | None = (
        Identity.objects.filter(ref=ref, seat__isnull=False)
        .select_related("seat__session__program", "seat__session__group", "patient")
        .first()
    )
    return found


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")
