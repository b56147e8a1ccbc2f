"""The first address: whoever comes goes on to where she works, or to her own page, or to sign in."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from rejoin.accounts.signing import (
    Standing,
    signed_in_patient,
    signed_in_relative,
    signed_in_staff,
    standing_of,
    where_to_go_on,
)
from rejoin.common import clock
from rejoin.console.door import Asking, asking_of
from rejoin.programs.rights import Right


@never_cache
def home(request: HttpRequest, **_: Any) -> HttpResponse:
    """Staff to what happens today, a patient to her own page, anybody else to sign in first."""
    if request.method not in ("GET", "HEAD"):
        raise Http404
    staff = signed_in_staff(request)
    if staff is not None:
        return redirect(_desk(asking_of(staff, clock.now())))
    if signed_in_patient(request) is not None:
        return redirect("portal:today")
    if signed_in_relative(request) is not None:
        return redirect("family:home")
    standing = standing_of(request)
    if standing is Standing.READY:
        raise Http404
    return redirect(where_to_go_on(request, standing))


def _desk(asking: Asking) -> str:
    """Where she works: the day for whoever runs it, the trail for whoever looks after it, else the rules."""
    if any(asking.may(each) for each in (Right.ATTEST, Right.FOLLOW_UP, Right.SUPERVISE)):
        return "console:today"
    return "console:access" if asking.may(Right.PRIVACY) else "console:policies"


home.needs = ()  # type: ignore[attr-defined] # anybody; for the test that walks every address
