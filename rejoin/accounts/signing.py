"""How far somebody has come with signing in, and where she goes on."""

import time
from typing import TYPE_CHECKING, Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from rejoin.accounts.factors import has_second_factor
from rejoin.accounts.sessions import INVENTED, has_ended
from rejoin.domain.kernel import Word

if TYPE_CHECKING:
    from rejoin.people.models import Patient, Staff
    from rejoin.people.relatives import Relative

SECOND_FACTOR: Final = "mfa"
"""What allauth calls a code, a passkey or a recovery code in its records of a session."""


class Standing(Word):
    """How far she has come."""

    NOBODY = "nobody"
    NO_SECOND_FACTOR = "no_second_factor"
    """She knows her password and has shown nothing beside it: she sees nothing until she has."""
    READY = "ready"


def standing_of(request: HttpRequest) -> Standing:
    """Signed in, and with a second factor, or not yet. What counts is what was shown in this very session."""
    if not request.user.is_authenticated or has_ended(request.session, time.time()):
        return Standing.NOBODY
    shown = {record.get("method") for record in get_authentication_records(request, request.user)}
    if SECOND_FACTOR in shown or request.session.get(INVENTED):
        return Standing.READY
    return Standing.NO_SECOND_FACTOR


def where_to_go_on(request: HttpRequest, standing: Standing) -> str:
    """The page for whoever is not ready, which brings her back to where she wanted to go."""
    page = reverse("account_login") if standing is Standing.NOBODY else _second_step(request)
    wanted = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return f"{page}?{urlencode({'next': wanted})}"


def signed_in_staff(request: HttpRequest) -> "Staff | None":
    """Who of the staff asks, with a second factor shown; None: nobody of them. What she may do is asked elsewhere."""
    return _linked(request, "staff") if standing_of(request) is Standing.READY else None


def works_here(request: HttpRequest) -> bool:
    """Whether whoever is signed in is of the staff at all, however far she has come."""
    return bool(request.user.is_authenticated) and _linked(request, "staff") is not None


def signed_in_patient(request: HttpRequest) -> "Patient | None":
    """Which patient asks; None: none of them. A password is enough for what is her own."""
    return _linked(request, "patient") if standing_of(request) is not Standing.NOBODY else None


def is_somebody_else(request: HttpRequest, patient_id: int) -> bool:
    """Whether the link of this patient came to another person who is signed in here: to her it opens nothing.

    In a demonstration one window is everybody.
    """
    if settings.DEMONSTRATION or standing_of(request) is Standing.NOBODY:
        return False
    patient = _linked(request, "patient")
    return patient is None or patient.pk != patient_id


def signed_in_relative(request: HttpRequest) -> "Relative | None":
    """Who of a family asks; None: none of them. What she may see is asked elsewhere, anew for every page."""
    return _linked(request, "relative") if standing_of(request) is not Standing.NOBODY else None


def _second_step(request: HttpRequest) -> str:
    """To show the factor she has, or to set one up."""
    if has_second_factor(request.user):
        return str(get_adapter().get_reauthentication_methods(request.user)[0]["url"])
    return reverse("accounts:second_factor")


def _linked(request: HttpRequest, kind: str) -> Any:
    try:
        return getattr(request.user, kind)
    except ObjectDoesNotExist:
        return None
