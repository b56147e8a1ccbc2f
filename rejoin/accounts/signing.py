"""How far somebody has come with signing in, and where she goes on."""

from typing import Final

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from rejoin.domain.kernel import Word

SECOND_FACTOR: Final = "mfa"
"""What allauth calls a code, a passkey or a recovery code in its records of a session."""


class Standing(Word):
    """How far she has come."""

    NOBODY = "nobody"
    NO_SECOND_FACTOR = "no_second_factor"
    """She knows her password and has nothing beside it yet: she sees nothing until she has."""
    READY = "ready"


def standing_of(request: HttpRequest) -> Standing:
    """Signed in, and with a second factor, or not yet. What counts is what was shown in this very session."""
    if not request.user.is_authenticated:
        return Standing.NOBODY
    shown = {record.get("method") for record in get_authentication_records(request, request.user)}
    return Standing.READY if SECOND_FACTOR in shown else Standing.NO_SECOND_FACTOR


def where_to_go_on(request: HttpRequest, standing: Standing) -> str:
    """The page for whoever is not ready, which brings her back to where she wanted to go."""
    page = "account_login" if standing is Standing.NOBODY else "mfa_index"
    return f"{reverse(page)}?{urlencode({'next': request.get_full_path()})}"
