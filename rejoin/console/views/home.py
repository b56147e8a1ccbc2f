"""The first address: whoever comes goes on to where she works, or to her own page, or to sign in."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from rejoin.accounts.signing import (
    Standing,
    signed_in_patient,
    signed_in_staff,
    standing_of,
    where_to_go_on,
)


@never_cache
def home(request: HttpRequest, **_: Any) -> HttpResponse:
    """Staff to what happens today, a patient to her own page, anybody else to sign in first."""
    if request.method not in ("GET", "HEAD"):
        raise Http404
    if signed_in_staff(request) is not None:
        return redirect("console:today")
    if signed_in_patient(request) is not None:
        return redirect("portal:today")
    standing = standing_of(request)
    if standing is Standing.READY:
        raise Http404
    return redirect(where_to_go_on(request, standing))


home.needs = ()  # type: ignore[attr-defined] # anybody; for the test that walks every address
