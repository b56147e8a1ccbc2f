"""How far somebody has come with signing in, and where she goes on."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from rejoin.domain.kernel import Word


class Standing(Word):
    """How far she has come."""

    NOBODY = "nobody"
    NO_SECOND_FACTOR = "no_second_factor"
    """She knows her password and has nothing beside it yet: she sees nothing until she has."""
    READY = "ready"


def standing_of(request: HttpRequest) -> Standing:
    """Signed in, and with a second factor, or not yet."""
    return Standing.READY if request.user.is_authenticated else Standing.NOBODY


def where_to_go_on(request: HttpRequest, standing: Standing) -> str:
    """The page for whoever is not ready, which brings her back to where she wanted to go."""
    return f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}"
