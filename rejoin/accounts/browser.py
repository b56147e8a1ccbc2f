"""The language that a browser asks for, that was chosen in it, or that is known of an account."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from rejoin.accounts.words import SPOKEN

COOKIE: Final = "language"
LANGUAGE: Final = "language"
"""In the session of a patient: as her record said when she signed in, or as she set it since."""


def chosen_in(request: HttpRequest) -> str:
    """What she chose on this device; "": nothing."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in SPOKEN else ""


def of_browser(request: HttpRequest) -> str:
    """What she chose on this device, or what her browser asks for first of what we speak."""
    if chosen := chosen_in(request):
        return chosen
    asked = (
        each.partition("-")[0]
        for each, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    )
    return next((each for each in asked if each in SPOKEN), "en")


def language_of(user: Any) -> str:
    """Of whoever an account belongs to; "en" for staff."""
    at_home = (
        None if hasattr(user, "staff") else getattr(user, "patient", None) or getattr(user, "relative", None)
    )
    return str(at_home.language) if at_home is not None else "en"
