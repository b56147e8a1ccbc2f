"""One session: who was there, attested by whoever led it, and the day it belongs to."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.attendance.actions import close_day
from rejoin.attendance.boards import seats_of
from rejoin.attendance.sheets import Changed, attest_sheet
from rejoin.audit.trail import READ_SHEET, record_read
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.sheets import Sheet, read_sheet
from rejoin.console.present.sheet import present_sheet
from rejoin.console.present.words import counted
from rejoin.domain.kernel import Refusal, local_day
from rejoin.programs.access import session_for
from rejoin.programs.models import Session
from rejoin.programs.rights import Right


@staff_page(Right.ATTEST, Right.FOLLOW_UP, Right.SUPERVISE)
def sheet(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Everybody in the session, and what is proposed to be attested once it is over."""
    session = session_for(asking.staff, ref, now=asking.at)
    record_read(
        f"session:{session.pk}",
        patient=None,
        program=session.program_id,
        by=asking.by,
        at=asking.at,
        verb=READ_SHEET,
    )
    return _page(request, asking, session)


@staff_act(Right.ATTEST)
def attest(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Attest the whole sheet. What is not right, or has changed meanwhile, is shown with all that she chose."""
    session = session_for(asking.staff, ref, now=asking.at)
    asking.require(Right.ATTEST, session.program_id)
    sent = read_sheet(request.POST, seats_of([session.pk]).get(session.pk, []))
    if sent.errors:
        return _page(request, asking, session, sent=sent, status=422)
    try:
        made = attest_sheet(session=session, marks=sent.marks, by=asking.by, at=asking.at)
    except Changed:
        return _page(request, asking, session, sent=sent, changed=True, status=409)
    messages.success(
        request,
        f"Attested: {counted(made, 'seat', 'seats')} written down." if made else "Nothing had changed.",
    )
    return redirect("console:session", ref=ref)


@staff_act(Right.ATTEST)
def close(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Close the session's day: nothing of it is open any more."""
    session = session_for(asking.staff, ref, now=asking.at)
    asking.require(Right.ATTEST, session.program_id)
    day = local_day(session.starts_at, ZoneInfo(session.program.timezone))
    try:
        close_day(program=session.program, day=day, by=asking.by, at=asking.at)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "The day is closed.")
    return redirect(reverse("console:session", kwargs={"ref": ref}))


def _page(
    request: HttpRequest,
    asking: Asking,
    session: Session,
    *,
    sent: Sheet | None = None,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    shown = present_sheet(asking, session, sent=sent, changed=changed)
    return TemplateResponse(request, "console/session.html", {"sheet": shown}, status=status)
