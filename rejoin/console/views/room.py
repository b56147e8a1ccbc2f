"""A session's room, for whoever leads it: the page, the board beside it, and what a host does there.

What the page asks for is the same as a patient's, by the same functions (`visits.answers`).
"""

from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import SessionBase
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.attendance.actions import record_mark
from rejoin.audit.trail import READ_SHEET, record_read
from rejoin.common import clock
from rejoin.console.door import Asking, asking_of, staff_act, staff_page
from rejoin.console.live import look_again, who_follows
from rejoin.console.present.room import present_board
from rejoin.console.present.words import session_name
from rejoin.domain.attendance import Mode, Status
from rejoin.domain.kernel import Refusal
from rejoin.followup.nudging import nudge_by_hand
from rejoin.people.models import Staff
from rejoin.programs.access import led_session, seat_in
from rejoin.programs.models import Seat, Session
from rejoin.programs.rights import Right
from rejoin.visits import answers
from rejoin.visits.live import follow
from rejoin.visits.views import room_page
from rejoin.visits.visitor import Visitor


@staff_page(Right.ATTEST)
def room(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:  # noqa: ARG001 - as all views have it
    """To the room: nobody of the staff is asked where she is."""
    _led(asking, ref)
    return redirect("console:room_in", ref=ref)


@staff_page(Right.ATTEST)
def inside(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """The room's page, with the board beside it."""
    session = _led(asking, ref)
    called = session_name(session.group.name if session.group else "", session.kind)
    return room_page(request, _visitor(asking, session), called=called)


@staff_page(Right.ATTEST)
def people(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    return answers.people(request, _visitor(asking, _led(asking, ref)))


@staff_page(Right.ATTEST)
def board(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Who is here, who waits, who is not there and what was done about it: a part of a page."""
    session = _led(asking, ref)
    record_read(
        f"session:{session.pk}",
        patient=None,
        program=session.program_id,
        by=asking.by,
        at=asking.at,
        verb=READ_SHEET,
    )
    shown = present_board(asking, session, reverse("console:room", kwargs={"ref": ref}))
    return TemplateResponse(request, "console/room_board.html", {"board": shown})


@staff_act(Right.ATTEST)
def nudge(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """{"seat"}: the ladder's nudge goes to her now, if none has gone yet."""
    session = _led(asking, ref)

    def answer(request: HttpRequest, visitor: Visitor) -> HttpResponse:
        nudge_by_hand(seat=_seat(request, session), by=visitor.by, at=visitor.at)
        return JsonResponse({"state": "done"})

    return answers.answering(answer, host=True)(request, _visitor(asking, session))


@staff_act(Right.ATTEST)
def phone(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """{"seat"}: she is there by phone, by the word of whoever leads."""
    session = _led(asking, ref)

    def answer(request: HttpRequest, visitor: Visitor) -> HttpResponse:
        seat = _seat(request, session)
        record_mark(seat=seat, status=Status.ATTENDED, via=Mode.PHONE.value, by=visitor.by, at=visitor.at)
        return JsonResponse({"state": "done"})

    return answers.answering(answer, host=True)(request, _visitor(asking, session))


@staff_act(Right.ATTEST)
def act(request: HttpRequest, asking: Asking, ref: UUID, what: str, **_: Any) -> HttpResponse:
    """What is sent from the page: `what` by the same functions as a patient's, and what only a host may."""
    answer = answers.FOR_HOSTS.get(what) or answers.FOR_ALL[what]
    return answer(request, _visitor(asking, _led(asking, ref)))


async def events(request: HttpRequest, ref: UUID, **_: Any) -> HttpResponseBase:
    """GET events: what happens in the room, for as long as she may be in it."""
    if request.method != "GET":
        raise Http404
    whose, elsewhere = await sync_to_async(who_follows)(request)
    if elsewhere:
        return redirect(elsewhere)
    if whose is None:
        raise Http404
    return await follow(request, partial(_look, request.session, ref))


events.needs = (Right.ATTEST,)  # type: ignore[attr-defined] # for the test that walks every address


def _seat(request: HttpRequest, session: Session) -> Seat:
    asked = str(answers.sent_in(request).get("seat") or "")
    if not asked:
        raise Refusal("seat.whose", "Say who is meant.")
    return seat_in(session, asked)


def _led(asking: Asking, ref: UUID) -> Session:
    session = led_session(asking.staff, ref, now=asking.at)
    asking.require(Right.ATTEST, session.program_id)
    return session


def _visitor(asking: Asking, session: Session) -> Visitor:
    return Visitor(
        session=session,
        base=reverse("console:room", kwargs={"ref": session.ref}),
        at=asking.at,
        by=asking.by,
        zone=ZoneInfo(session.program.timezone),
        staff=asking.staff,
    )


def _look(session: SessionBase, ref: UUID) -> Visitor | None:
    """Who follows, by her session as it is now: she may have signed out, or no longer lead."""
    whose = look_again(session)
    staff = Staff.objects.filter(pk=whose.staff_id).first() if whose is not None else None
    if staff is None:
        return None
    asking = asking_of(staff, clock.now())
    try:
        return _visitor(asking, _led(asking, ref))
    except (Refusal, Http404):
        return None
