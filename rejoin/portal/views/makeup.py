"""From a message, by one tap: up to three ways back; yes, not this one, or none of these.

Nobody signs in here: the link is what she has, and it is of one missed session. To open it is to read: whatever fetches
addresses out of messages before she does finds where she stands, and nothing is looked for, offered or kept by it (ADR 20).
What there is for her is found outside of her door, since it is found among sessions that are not hers to see; what she is
shown is read behind it.
"""

import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page

from rejoin.accounts.signing import Standing, is_somebody_else, standing_of, where_to_go_on
from rejoin.common import clock
from rejoin.common.actors import Actor, patient_actor
from rejoin.common.seeing import seen_by_patient
from rejoin.domain.kernel import Refusal
from rejoin.makeups.access import booking_for, offer_of, open_choice_of
from rejoin.makeups.actions import (
    accept_offer,
    decline_offer,
    give_back,
    none_of_these,
    stop_waiting,
    wait_for,
)
from rejoin.makeups.actions.publishing import offer_where_none_is_open
from rejoin.makeups.full import full_for, full_session_of, may_look, waited_for, waited_session_of
from rejoin.makeups.links import debt_of, makeup_path
from rejoin.makeups.models import Debt
from rejoin.makeups.vocabulary import Declined
from rejoin.portal.present.calendar_entry import CONTENT_TYPE, calendar_of, taken_for
from rejoin.portal.present.makeup import LOOKED, State, present_ways, read_hers
from rejoin.portal.words import words_in
from rejoin.visits.links import join_path
from rejoin.visits.pace import Pace

SEE_OTHER = 303
PACE = Pace()
TURNS: Final = threading.BoundedSemaphore(8)
"""So many are answered at once; the others wait here and not for a connection, which nobody waits for longer than some
seconds: when hundreds take the last seats in one moment each is answered, and other pages have connections left."""
LASTS: Final = timedelta(days=30)
"""After the missed session. Later the link opens for herself, once she has signed in."""
REASONS = {each.value: each for each in Declined if each is not Declined.NONE_OF_THESE}
IN_PLACE: Final = "X-In-Place"
"""Header of a page that looks by itself: it is answered with what was found, without another way there and back."""
TOLD: Final = {
    "makeup.over": "over",
    "makeup.booked": "booked",
    "makeup.begun": "begun",
    "makeup.not_booked": "over",
    "makeup.waits": "waits",
    "makeup.waits_not": "left",
    "makeup.too_late": "gone",
    "makeup.changed": "changed",
    "makeup.max_per_day": "makeup.max_per_day",
    "makeup.max_per_week": "makeup.max_per_week",
    "hours.max_per_week": "hours.max_per_week",
}
"""Refusals that the page tells her in words of its own, by what stands in its address then."""


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
    """A page of whoever holds the link. What was not signed by us, what is not hers, and what was passed on to somebody
    who is signed in here as herself look alike."""

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @never_cache
        @gzip_page
        @functools.wraps(view)
        def answer(request: HttpRequest, token: str) -> HttpResponse:
            with TURNS:
                debt, now = debt_of(token), clock.now()
                if (
                    debt is None
                    or request.method not in methods
                    or is_somebody_else(request, debt.patient_id)
                ):
                    raise Http404
                if now > debt.seat.session.ends_at + LASTS and standing_of(request) is Standing.NOBODY:
                    return redirect(where_to_go_on(request, Standing.NOBODY))
                request.spoken = debt.patient.language  # type: ignore[attr-defined]
                return _answer(request, view, Asking(debt=debt, at=now))

        return answer

    return wrap


def _answer(request: HttpRequest, view: View, asking: Asking) -> HttpResponse:
    try:
        return view(request, asking)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise Http404 from refusal
        if refusal.code not in TOLD:
            messages.error(request, words_in(asking.debt.patient.language).not_done)
        return _back(asking, said=TOLD.get(refusal.code, ""))


@by_link("GET", "HEAD")
def choose(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Where she stands. Nothing is done by it."""
    said = request.GET.get("said", "")
    return _page(request, asking, said=said, looked=said == LOOKED)


@by_link("POST")
def look(request: HttpRequest, asking: Asking) -> HttpResponse:
    """Find what there is for her now; the page asks for it by itself where it has a script, and has a button where not."""
    if PACE.take(str(asking.debt.ref)):
        _look_anew(asking, again="again" in request.POST)
    if IN_PLACE in request.headers:
        return _page(request, asking, said=LOOKED, looked=True)
    return _back(asking, said=LOOKED)


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


@by_link("POST")
def back(request: HttpRequest, asking: Asking) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """She cannot come after all: somebody else may have her seat, and she has others to choose from."""
    give_back(booking=booking_for(asking.debt.seat_id), by=asking.by, at=asking.at)
    return _back(asking, said="given_back")


@by_link("POST")
def wait(request: HttpRequest, asking: Asking) -> HttpResponse:
    """She waits for a seat in a session that is full; one that came free meanwhile is found by looking again."""
    session = full_session_of(asking.debt.seat, request.POST.get("session", ""), now=asking.at)
    wait_for(seat=asking.debt.seat, session=session, by=asking.by, at=asking.at)
    return _back(asking, said="waits")


@by_link("POST")
def leave(request: HttpRequest, asking: Asking) -> HttpResponse:
    """She waits for it no more."""
    session = waited_session_of(asking.debt.seat, request.POST.get("session", ""), now=asking.at)
    stop_waiting(seat=asking.debt.seat, session=session, by=asking.by, at=asking.at)
    return _back(asking, said="left")


@by_link("POST")
def join(request: HttpRequest, asking: Asking) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """To the door of the session she took, by the same link that messages may carry."""
    booking = booking_for(asking.debt.seat_id)
    return redirect(join_path(booking.seat, by=asking.by, at=asking.at))


@by_link("GET", "HEAD")
def calendar(request: HttpRequest, asking: Asking) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """What she took, for her own calendar; what she gave back, to be taken out of it."""
    with seen_by_patient(asking.debt.patient_id):
        taken = taken_for(asking.debt.seat_id)
    if taken is None:
        raise Http404
    program = asking.debt.seat.session.program
    entry = calendar_of(taken, title=program.neutral_name, now=asking.at)
    headers = {"Content-Disposition": 'inline; filename="appointment.ics"'}
    return HttpResponse(entry, content_type=CONTENT_TYPE, headers=headers)


def _page(request: HttpRequest, asking: Asking, *, said: str, looked: bool) -> HttpResponse:
    """What is hers is read behind her door; which sessions are full is found outside of it."""
    debt, now = asking.debt, asking.at
    waiting = waited_for(debt.seat, now=now)
    with seen_by_patient(debt.patient_id):
        hers = read_hers(debt, now=now, looked=looked, waits=bool(waiting))
    asks_what_is_full = looked and hers.state in (State.NONE, State.WAITS)
    full = full_for(debt.seat, now=now) if asks_what_is_full else ()
    shown = present_ways(hers, debt, now=now, said=said, full=full, waiting=waiting)
    paths = {"ways": shown, "say": shown.say, "base": makeup_path(debt.ref)}
    return TemplateResponse(request, "portal/makeup.html", paths).render()


def _look_anew(asking: Asking, *, again: bool) -> None:
    """Find ways back where she has none open. Once she has asked for a person she says it: `again`."""
    if may_look(asking.debt.seat_id, again=again, now=asking.at):
        # Another window was quicker, she has one, nothing is owed any more, or there is no policy: the page says so.
        with suppress(Refusal):
            offer_where_none_is_open(seat=asking.debt.seat, by=asking.by, at=asking.at)


def _back(asking: Asking, *, said: str = "") -> HttpResponse:
    where = makeup_path(asking.debt.ref) + (f"?said={said}" if said else "")
    response = redirect(where)
    response.status_code = SEE_OTHER
    return response
