"""From a message, by one tap: up to three ways back; yes, not this one, or none of these.

Nobody signs in here: the link is what she has, and it is of one missed session. What there is for her is found outside
of her door, since it is found among sessions that are not hers to see; what she is shown is read behind it.
"""

import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from rejoin.common import clock
from rejoin.common.actors import Actor, patient_actor
from rejoin.common.seeing import seen_by_patient
from rejoin.domain.kernel import Refusal
from rejoin.makeups.access import offer_of, open_choice_of
from rejoin.makeups.actions import accept_offer, decline_offer, none_of_these, offer_make_ups
from rejoin.makeups.boards import standing_of
from rejoin.makeups.links import debt_of, makeup_path
from rejoin.makeups.models import Debt
from rejoin.makeups.vocabulary import Declined
from rejoin.portal.present.makeup import present_ways
from rejoin.visits.pace import Pace

SEE_OTHER = 303
PACE = Pace()
TURNS: Final = threading.BoundedSemaphore(8)
"""So many are answered at once; the others wait here and not for a connection, which nobody waits for longer than some
seconds: when hundreds take the last seats in one moment each is answered, and other pages have connections left."""
REASONS = {each.value: each for each in Declined if each is not Declined.NONE_OF_THESE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Whoever holds the link of a missed session, at an instant."""

    debt: Debt
    at: datetime

    @property
    def by(self) -> Actor:
        return patient_actor(self.debt.patient_id)


View = Callable[[HttpRequest, Asking], HttpResponse]


def by_link(*methods: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A page of whoever holds the link. What was not signed by us, and what is not hers, look alike."""

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @never_cache
        @functools.wraps(view)
        def answer(request: HttpRequest, token: str) -> HttpResponse:
            with TURNS:
                debt = debt_of(token)
                if debt is None or request.method not in methods:
                    raise Http404
                return _answer(request, view, Asking(debt=debt, at=clock.now()))

        return answer

    return wrap


def _answer(request: HttpRequest, view: View, asking: Asking) -> HttpResponse:
    try:
        return view(request, asking)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise Http404 from refusal
        messages.error(request, refusal.message)
        return _back(asking)


@by_link("GET", "HEAD")
def choose(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Where she stands, and what there is for her now."""
    if request.method == "GET" and PACE.take(str(asking.debt.ref)):
        _look_anew(asking)
    with seen_by_patient(asking.debt.patient_id):
        program = asking.debt.seat.session.program
        shown = present_ways(
            standing_of(asking.debt, now=asking.at),
            said=request.GET.get("said", ""),
            zone=ZoneInfo(asking.debt.patient.timezone),
            call_back=program.call_back,
            program=program.neutral_name,
        )
        paths = {"ways": shown, "base": makeup_path(asking.debt.ref), "zone": shown.zone}
        return TemplateResponse(request, "portal/makeup.html", paths).render()


@by_link("POST")
def accept(request: HttpRequest, asking: Asking) -> HttpResponse:
    """The seat, or a clear word why there is none, and what is left."""
    offer = offer_of(asking.debt, request.POST.get("offer", ""))
    answer = accept_offer(offer=offer, by=asking.by, at=asking.at)
    return _back(asking, said=answer.word.value)


@by_link("POST")
def decline(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Not this one. Why is hers to say or not."""
    offer = offer_of(asking.debt, request.POST.get("offer", ""))
    why = REASONS.get(request.POST.get("why", ""), Declined.UNSAID)
    decline_offer(offer=offer, why=why, by=asking.by, at=asking.at)
    return _back(asking, said="declined")


@by_link("POST")
def none(request: HttpRequest, asking: Asking) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """None of these works: a person looks for another way with her."""
    none_of_these(choice=open_choice_of(asking.debt, now=asking.at), by=asking.by, at=asking.at)
    return _back(asking, said="none")


def _look_anew(asking: Asking) -> None:
    """Find ways back where she has none open, has no time yet, and has asked for no person."""
    standing = standing_of(asking.debt, now=asking.at)
    if standing.booking or standing.offers or standing.asked_for_a_person or standing.is_settled:
        return
    with suppress(Refusal):  # nothing is owed any more, or there is no policy: the page says so
        offer_make_ups(seat=asking.debt.seat, by=asking.by, at=asking.at)


def _back(asking: Asking, *, said: str = "") -> HttpResponse:
    where = makeup_path(asking.debt.ref) + (f"?said={said}" if said else "")
    response = redirect(where)
    response.status_code = SEE_OTHER
    return response
