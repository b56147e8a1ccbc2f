"""A family session's room, for somebody of the family: a guest, who has no seat and whose coming counts for nobody.

Where another patient has a seat as well there is no door: who else is in treatment is no family's to know. It is asked
again for every request, and of whoever is inside already (`visits.inside`).

The consents and the law are asked anew for every request, as for every page (`door`). What is written is a visit of the
guest's own; of the patient nothing is read but that she has a seat there.
"""

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from rejoin.accounts.signing import Standing, signed_in_relative, standing_of, where_to_go_on
from rejoin.common import clock
from rejoin.common.actors import relative_actor
from rejoin.common.afterwards import do_afterwards
from rejoin.domain.attendance import Mode
from rejoin.domain.consent import About
from rejoin.domain.kernel import Refusal
from rejoin.people.family import shown_to
from rejoin.people.relatives import Relative, Tie
from rejoin.programs.models import Seat
from rejoin.programs.vocabulary import Kind
from rejoin.visits import answers
from rejoin.visits.actions import TAKEN, ask_in_as_guest, still_here
from rejoin.visits.forms import GuestForm
from rejoin.visits.granting import AT_THE_DOOR, where_she_stands
from rejoin.visits.inside import is_of_one_family
from rejoin.visits.live import follow
from rejoin.visits.present import Welcome, present_welcome
from rejoin.visits.saying import why_refused
from rejoin.visits.views import room_page
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Door, VisitState

View = Callable[..., HttpResponse]
BESIDE = {TAKEN: "name", "visit.leads": "name", "visit.name": "name"}


def guest_of(relative: Relative, ref: UUID, session: UUID) -> Visitor | None:
    """Whoever may go to that family session by the word of the patient whom `ref` names; None: there is nothing for her."""
    at = clock.now()
    tie = Tie.objects.select_related("contact").filter(relative=relative, ref=ref, at__lte=at).first()
    if tie is None:
        return None
    if About.SCHEDULING not in shown_to([(tie.patient_id, tie.contact_id)], at)[tie.contact_id]:
        return None
    seat = (
        Seat.objects.select_related("session__program", "session__group")
        .filter(session__ref=session, session__kind=Kind.FAMILY.value, session__mode=Mode.VIDEO.value)
        .filter(patient=tie.patient_id, released_at__isnull=True)
        .first()
    )
    if seat is None or not is_of_one_family(seat.session_id, tie.patient_id):
        return None
    return Visitor(
        session=seat.session,
        base=reverse("family:room", kwargs={"ref": ref, "session": session}),
        at=at,
        by=relative_actor(relative.pk),
        zone=ZoneInfo(relative.timezone),
        contact=tie.contact,
        language=relative.language,
    )


def guest_page(*methods: str) -> Callable[[View], View]:
    """A page of whoever of a family may go there now; everybody else finds nothing here."""

    def wrap(view: View) -> View:
        @never_cache
        @functools.wraps(view)
        def answer(request: HttpRequest, ref: UUID, session: UUID, **named: Any) -> HttpResponse:
            standing = standing_of(request)
            if standing is Standing.NOBODY:
                return redirect(where_to_go_on(request, standing))
            relative = signed_in_relative(request)
            visitor = guest_of(relative, ref, session) if relative is not None else None
            if visitor is None or request.method not in methods:
                raise Http404
            request.spoken = visitor.language  # type: ignore[attr-defined]
            with transaction.atomic():
                response = view(request, visitor, **named)
                if isinstance(response, TemplateResponse):
                    response.render()
            do_afterwards(response)
            return response

        return answer

    return wrap


@guest_page("GET", "HEAD")
def welcome(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What she is asked, waiting, or go in. Before and after, her page of the patient says what there is to say."""
    if visitor.door is not Door.OPEN:
        return redirect("family:home")
    shown = present_welcome(visitor)
    if shown.page == "waiting" and shown.visit is not None and request.method == "GET":
        still_here(visit=shown.visit, at=visitor.at)
    return _page(request, replace(shown, form=_form(visitor)) if shown.page == "guest" else shown)


@guest_page("POST")
def check_in(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """She is not driving, nobody listens, and this is what she is called there. Nothing of it is kept but the name."""
    contact = visitor.contact
    if contact is None or visitor.door is not Door.OPEN or _is_turned_away(visitor):
        return _back(visitor)
    if not answers.PACE.take(visitor.base):
        return _back(visitor)
    form = _form(visitor, request.POST)
    if not form.is_valid():
        return _page(request, present_welcome(visitor, form=form), status=422)
    if form.is_driving:
        return _page(request, present_welcome(visitor, form=form, parks=True))
    said: dict[str, Any] = {"display_name": form.cleaned_data["name"], "by": visitor.by, "at": visitor.at}
    try:
        if answers.NAMES.is_spent(visitor.base):
            raise Refusal("visit.names", visitor.say.refused["visit.names"])
        with transaction.atomic():
            ask_in_as_guest(session=visitor.session, contact=contact, **said)
    except Refusal as refusal:
        answers.count_name(visitor, refusal)
        form.add_error(BESIDE.get(refusal.code, "name"), why_refused(refusal, visitor))
        return _page(request, present_welcome(visitor, form=form), status=422)
    return _back(visitor)


@guest_page("GET", "HEAD")
def moved(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """She wants to be called otherwise: she is asked again."""
    if visitor.door is not Door.OPEN or _is_turned_away(visitor):
        return _back(visitor)
    return _page(request, present_welcome(visitor, form=_form(visitor)))


@guest_page("GET", "HEAD")
def inside(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The room's page, for whoever was asked and was not turned away."""
    visit = visitor.visit
    if visit is None or where_she_stands(visitor, visit, None) not in AT_THE_DOOR:
        return _back(visitor)
    if request.method == "GET":
        still_here(visit=visit, at=visitor.at)
    return room_page(request, visitor)


@guest_page("GET")
def people(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    return answers.people(request, visitor)


@guest_page("POST")
def act(request: HttpRequest, visitor: Visitor, what: str) -> HttpResponse:
    answer = answers.FOR_PATIENTS.get(what) or answers.FOR_ALL[what]
    return answer(request, visitor)


async def events(request: HttpRequest, ref: UUID, session: UUID) -> HttpResponseBase:
    """GET events: what happens in the room, for as long as she may be there and is signed in."""
    if request.method != "GET":
        raise Http404

    def look() -> Visitor | None:
        relative = _still_signed_in(request)
        return guest_of(relative, ref, session) if relative is not None else None

    return await follow(request, look)


def _still_signed_in(request: HttpRequest) -> Relative | None:
    """By her session as it is kept now, and not as it was when the page began to follow."""
    kept: SessionBase = request.session
    if kept.session_key is None or not kept.exists(kept.session_key):
        return None
    return signed_in_relative(request)


def _form(visitor: Visitor, sent: Any = None) -> GuestForm:
    visit = visitor.visit
    called = visit.display_name if visit is not None else ""
    return GuestForm(sent, say=visitor.say, initial={"name": called})


def _is_turned_away(visitor: Visitor) -> bool:
    visit = visitor.visit
    return visit is not None and visit.state in (VisitState.REFUSED.value, VisitState.REMOVED.value)


def _back(visitor: Visitor) -> HttpResponse:
    response = redirect(visitor.base)
    response.status_code = 303
    return response


def _page(request: HttpRequest, shown: Welcome, *, status: int = 200) -> HttpResponse:
    return TemplateResponse(
        request, f"visits/{shown.page}.html", {"shown": shown, "say": shown.say}, status=status
    )
