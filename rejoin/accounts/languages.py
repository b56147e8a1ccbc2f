"""In which language a page speaks to whoever asks for it: by what is known of her, or by what her browser asks for.

Staff are spoken to in English. A patient who is known is spoken to as her record says; what she chose on this device by
the button of a page goes before, until she closes her browser or changes her record.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rejoin.accounts.browser import COOKIE, LANGUAGE, chosen_in, of_browser
from rejoin.accounts.sessions import IDLE_FOR
from rejoin.accounts.words import SPOKEN, words_in

SEE_OTHER: Final = 303


def spoken_in(request: HttpRequest) -> str:
    """The language of this page: of whoever a door knew (`request.spoken`), or as the head of this module says.

    A page that says that nothing is there asks the database for nothing: what is known of her stands in her session.
    """
    known = getattr(request, "spoken", "")
    if known:
        return str(known)
    session = getattr(request, "session", {})
    if session.get(IDLE_FOR):
        return "en"
    return chosen_in(request) or str(session.get(LANGUAGE) or of_browser(request))


def spoken(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the words of `rejoin.accounts.words`, found out only where a page says one."""
    return {"spoken": SimpleLazyObject(lambda: words_in(spoken_in(request)))}


@never_cache
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """POST language, next: from now on pages speak it on this device. Back to the page she was on."""
    language, back = request.POST.get("language", ""), request.POST.get("next", "/")
    if language not in SPOKEN:
        raise Http404
    if urlsplit(back).netloc or not back.startswith("/") or not url_has_allowed_host_and_scheme(back, None):
        back = "/"
    response = redirect(back)
    response.status_code = SEE_OTHER
    response.set_cookie(COOKIE, language, secure=request.is_secure(), httponly=True, samesite="Lax")
    return response
