"""The door to the demonstration's own pages: only where everything is invented, and nowhere else is anything there.

What stands behind it is shown to whoever looks, without signing in, and links there sign in as anybody. So two things
have to be so: the setting, which is refused beside any vendor that is not on this machine (`config/env.py`), and
the mark that a demonstration leaves in its home, where nothing real is ever kept.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from rejoin.demo.homes import MARKER
from rejoin.domain.kernel import Refusal

View = Callable[..., HttpResponse]
READ: Final = ("GET", "HEAD")


def home() -> Path:
    """The demonstration's folder."""
    kept: Path = settings.ENVIRONMENT.home
    return kept


def demonstration_page(*methods: str) -> Callable[[View], View]:
    """A page of the demonstration; `methods` are those it takes, to read it if none is said."""

    def wrap(view: View) -> View:
        @never_cache
        @functools.wraps(view)
        def answer(request: HttpRequest, **named: Any) -> HttpResponse:
            shown = settings.DEMONSTRATION and (home() / MARKER).exists()
            if not shown or request.method not in (methods or READ):
                raise Http404
            try:
                return view(request, **named)
            except Refusal as refusal:
                messages.error(request, refusal.message)
                return redirect(back(request))

        return answer

    return wrap


def back(request: HttpRequest) -> str:
    """Where a form was sent from, when that is a page of ours."""
    wanted = request.POST.get("back", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("demonstration:control")
