"""Her way in: what the link shows by the clock, where she is, the waiting list, and the room."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.accounts.signing import is_somebody_else
from rejoin.attendance.actions import record_check_in
from rejoin.common.afterwards import afterwards
from rejoin.domain.kernel import Refusal
from rejoin.visits import answers
from rejoin.visits.actions import TAKEN, agree_to_telehealth, ask_in, still_here
from rejoin.visits.checking_in import CONSENT_VERSION, latest_check_in, out_of_licence
from rejoin.visits.door import link_page, visitor_by_link
from rejoin.visits.forms import CheckInForm
from rejoin.visits.granting import AT_THE_DOOR, where_she_stands
from rejoin.visits.headers import open_to_room
from rejoin.visits.live import follow
from rejoin.visits.present import Welcome, present_form, present_room, present_welcome
from rejoin.visits.saying import why_refused
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Door, VisitState

GONE = 410
SEE_OTHER = 303
BESIDE = {"check_in.call_back": "call_back", TAKEN: "name", "visit.leads": "name", "visit.name": "name"}
"""By what was refused: the field beside which it is said."""
SHUT = {Door.OVER: GONE, Door.CANCELLED: GONE}


@link_page("GET", "HEAD")
def welcome(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Too early, over, where she is, waiting, or go in: whatever comes next for her."""
    shown = present_welcome(visitor)
    if request.method == "GET" and shown.page == "waiting" and shown.visit is not None:
        still_here(visit=shown.visit, at=visitor.at)
    return _page(request, shown)


@link_page("POST")
def check_in(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What she says of where she is. What is not right is said beside it; who drives parks first."""
    if visitor.door is not Door.OPEN or _is_turned_away(visitor) or not answers.PACE.take(visitor.base):
        return _back(visitor)
    form = present_form(visitor, request.POST)
    if not form.is_valid():
        return _page(request, present_welcome(visitor, form=form), status=422)
    if form.is_driving:
        barred = _note_driving(visitor, form)
        parks = _page(request, present_welcome(visitor, form=form, parks=True))
        return _ending_connections(visitor, parks) if barred else parks
    if answers.NAMES.is_spent(visitor.base):
        form.add_error("name", visitor.say.refused["visit.names"])
        return _page(request, present_welcome(visitor, form=form), status=422)
    try:
        with transaction.atomic():  # of a check-in that is refused nothing stands
            barred = _take(visitor, form)
    except Refusal as refusal:
        answers.count_name(visitor, refusal)
        form.add_error(BESIDE.get(refusal.code), why_refused(refusal, visitor))
        return _page(request, present_welcome(visitor, form=form), status=422)
    return _ending_connections(visitor, _back(visitor)) if barred else _back(visitor)


@link_page("GET", "HEAD")
def moved(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """She is somewhere else now, or wrote it wrong: she is asked again."""
    if visitor.door is not Door.OPEN or _is_turned_away(visitor):
        return _back(visitor)
    return _page(request, present_welcome(visitor, form=present_form(visitor)))


@link_page("GET", "HEAD")
def inside(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The room's page, where she tries her camera, waits, and goes in: for whoever has checked in and was not turned away."""
    visit, said = visitor.visit, latest_check_in(visitor.seat) if visitor.seat else None
    if visit is None or where_she_stands(visitor, visit, said) not in AT_THE_DOOR:
        return _back(visitor)
    if request.method == "GET":
        still_here(visit=visit, at=visitor.at)
    return room_page(request, visitor)


@link_page("GET")
def people(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    return answers.people(request, visitor)


@link_page("POST")
def act(request: HttpRequest, visitor: Visitor, what: str) -> HttpResponse:
    answer = answers.FOR_PATIENTS.get(what) or answers.FOR_ALL[what]
    return answer(request, visitor)


async def events(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET events: what happens in her room, for as long as her link holds. To somebody else who is signed in it is nothing."""
    if request.method != "GET":
        raise Http404

    def look() -> Visitor | None:
        visitor = visitor_by_link(token)
        if visitor is None or visitor.patient is None or is_somebody_else(request, visitor.patient.pk):
            return None
        return visitor

    return await follow(request, look)


def room_page(request: HttpRequest, visitor: Visitor, *, called: str = "") -> HttpResponse:
    """The page of the room itself: the one that may use a camera and dial the engine."""
    shown = {
        "room": present_room(visitor, called),
        "base": visitor.base,
        "host": visitor.host,
        "say": visitor.say,
    }
    response: HttpResponse = open_to_room(TemplateResponse(request, "visits/room.html", shown))
    return response


def _is_turned_away(visitor: Visitor) -> bool:
    """Whoever was not let in, or put out, is asked nothing more, and tries no names."""
    visit = visitor.visit
    return visit is not None and visit.state in (VisitState.REFUSED.value, VisitState.REMOVED.value)


def _take(visitor: Visitor, form: CheckInForm) -> bool:
    """Written down: where she is, that she agrees, and that she waits. Whether she is elsewhere: then she does not wait,
    nobody may let her in.
    """
    seat = visitor.seat
    if seat is None:
        raise Http404
    who: dict[str, Any] = {"by": visitor.by, "at": visitor.at}
    said = record_check_in(seat=seat, state=form.told_state, **who, **form.whereabouts)
    if form.cleaned_data.get("agrees"):
        agree_to_telehealth(
            patient=seat.patient,
            program=seat.session.program,
            version=CONSENT_VERSION,
            **who,
        )
    if out_of_licence(said):
        return True
    ask_in(seat=seat, ref=visitor.ref, display_name=form.cleaned_data["name"], **who)
    return False


def _note_driving(visitor: Visitor, form: CheckInForm) -> bool:
    """What she said before of where she is no longer lets her in. Whoever said nothing before is not in anyway."""
    before = latest_check_in(visitor.seat) if visitor.seat is not None else None
    if visitor.seat is None or before is None:
        return False
    said = form.cleaned_data
    record_check_in(
        seat=visitor.seat,
        state=said.get("state") or before.state,
        place=said.get("place") or before.place,
        driving=True,
        by=visitor.by,
        at=visitor.at,
    )
    return True


def _ending_connections(visitor: Visitor, response: HttpResponse) -> HttpResponse:
    """What she said last lets her in no more: she is not in with another page either."""
    visit = visitor.visit
    if visit is None:
        return response
    put_out = answers.put_out(visit)
    return afterwards(response, lambda _: put_out())


def _back(visitor: Visitor) -> HttpResponse:
    response = redirect(visitor.base)
    response.status_code = SEE_OTHER
    return response


def _page(request: HttpRequest, shown: Welcome, *, status: int = 200) -> HttpResponse:
    return TemplateResponse(
        request,
        f"visits/{shown.page}.html",
        {"shown": shown, "say": shown.say},
        status=SHUT.get(shown.door, status),
    )
