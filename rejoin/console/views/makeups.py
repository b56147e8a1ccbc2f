"""Make-ups of a program: who is owed what, seats that are left, the plan and what of it is offered, what extra sessions
would change. Offering is for whoever follows up; the rest for whoever plans."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from rejoin.audit.trail import record
from rejoin.common.templatetags.pages import told_when
from rejoin.console.door import Asking, back_to, staff_act, staff_page
from rejoin.console.forms.makeups import OpenTimeForm, WhatIfForms
from rejoin.console.frame import Frame
from rejoin.console.present.case import staff_choices
from rejoin.console.present.planner import OWED, called_by, owed_scope
from rejoin.console.present.planner_plan import plan_under_way, present_plan
from rejoin.console.present.planner_seats import SEATS, openings_of, seats_scope
from rejoin.console.present.planner_told import told_published
from rejoin.console.present.planner_whatif import (
    content_words,
    contents_of,
    extras_due,
    lately,
    name_of_extra,
    present_asked,
    ways_asked,
)
from rejoin.console.tables import Shown
from rejoin.domain.kernel import Refusal
from rejoin.longwork.access import work_for
from rejoin.longwork.actions import ask_for_work, stop_work
from rejoin.longwork.models import Work
from rejoin.longwork.vocabulary import OF_MAKE_UPS, Kind, State
from rejoin.makeups.access import debt_by_ref, extra_proposal, opening_by_ref
from rejoin.makeups.actions import (
    close_opening,
    decide_extra,
    mark_extra,
    offer_make_ups,
    open_time,
    publish_plan,
)
from rejoin.makeups.actions.publishing import offer_where_none_is_open
from rejoin.makeups.vocabulary import ExtraTurn
from rejoin.makeups.whatif import schedule_way
from rejoin.people.access import colleague, patient_for
from rejoin.programs.access import program_for, session_for
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

BOTH = ("GET", "HEAD", "POST")
NOT_HERE = "There is nothing here that you may see."


@staff_page(Right.FOLLOW_UP, Right.PLAN)
def makeups(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Who is owed what, in one program."""
    program = program_of(request, asking, Right.FOLLOW_UP, Right.PLAN)
    shown = OWED.answer(request, asking, scope=owed_scope(program, asking))
    return _page(request, asking, program, "planner", table=shown)


@staff_act(Right.FOLLOW_UP)
def offer(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Times for one missed session, now. She finds them on her page."""
    debt = debt_by_ref(ref)
    program = debt.seat.session.program
    asking.require(Right.FOLLOW_UP, program.pk)
    called = called_by(patient_for(asking.staff, debt.patient.ref, now=asking.at))
    give = offer_make_ups if request.POST.get("instead") else offer_where_none_is_open
    made = give(seat=debt.seat, by=asking.by, at=asking.at)
    if made:
        times = ", ".join(told_when(each.starts_at, asking.at, ZoneInfo(program.timezone)) for each in made)
        until = told_when(made[0].expires_at, asking.at, ZoneInfo(program.timezone))
        messages.success(
            request, f"Offered to {called}: {times}. They are on her page, and she has until {until}."
        )
    else:
        messages.warning(
            request,
            f"Nothing fits for {called} right now: open time for a one-to-one, or try an extra session.",
        )
    return redirect(back_to(request, _address("makeups", program)))


@staff_page(Right.PLAN)
def seats(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Sessions ahead with their seats, and time that is open for one-to-ones."""
    program = program_of(request, asking, Right.PLAN)
    return _seats(request, asking, program, _open_form(asking, program))


@staff_act(Right.PLAN)
def open_hours(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Somebody's time is open for one-to-ones."""
    program = program_of(request, asking, Right.PLAN)
    form = _open_form(asking, program, request.POST)
    if not form.is_valid():
        return _seats(request, asking, program, form, status=422)
    try:
        open_time(
            program=program,
            staff=colleague(form.cleaned_data["leader"]),
            starts_at=form.starts_at,
            ends_at=form.ends_at,
            minutes=form.cleaned_data["minutes"],
            by=asking.by,
            at=asking.at,
        )
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return _seats(request, asking, program, form, status=422)
    messages.success(request, "The time is open. One-to-ones are offered in it from now on.")
    return redirect(_address("makeups_seats", program))


@staff_act(Right.PLAN)
def close_hours(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """No more one-to-ones are laid into it."""
    opening = opening_by_ref(ref)
    asking.require(Right.PLAN, opening.program_id)
    close_opening(opening=opening, by=asking.by, at=asking.at)
    messages.success(request, "The time is closed. What is booked in it stays.")
    return redirect(_address("makeups_seats", opening.program))


@staff_act(Right.PLAN)
def mark(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A session is held for people who make up."""
    session = session_for(asking.staff, ref, now=asking.at)
    asking.require(Right.PLAN, session.program_id)
    mark_extra(session=session, by=asking.by, at=asking.at)
    messages.success(request, "Marked as an extra session: it stands for any module in its track.")
    return redirect(back_to(request, _address("makeups_seats", session.program)))


@staff_page(Right.PLAN)
def plan(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """The latest plan, and what of it nobody was offered yet."""
    program = program_of(request, asking, Right.PLAN)
    shown, under_way = present_plan(program, asking), plan_under_way(program)
    return _page(request, asking, program, "planner_plan", plan=shown, under_way=under_way)


@staff_act(Right.PLAN)
def plan_again(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Ask for a plan now; whoever comes second is led to the one that is being made."""
    program = program_of(request, asking, Right.PLAN)
    under_way = plan_under_way(program)
    if under_way is not None:
        messages.info(request, "A plan is being made already: this is it.")
        return redirect("console:makeups_work", ref=under_way.ref)
    work = ask_for_work(kind=Kind.PLAN, program=program, given={}, by=asking.by, at=asking.at)
    return redirect("console:makeups_work", ref=work.ref)


@staff_act(Right.PLAN)
def publish(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Offer what was ticked, or all that was shown. Who could not be offered hers is told."""
    program = program_of(request, asking, Right.PLAN)
    chosen = request.POST.getlist("shown" if request.POST.get("which") == "all" else "proposal")
    told = publish_plan(
        program=program,
        seen=_number(request.POST.get("seen", "")),
        proposals=[_number(each) for each in chosen],
        by=asking.by,
        at=asking.at,
    )
    for level, words in told_published(told):
        messages.add_message(request, level, words)
    return redirect(_address("makeups_plan", program))


@staff_page(Right.PLAN, methods=BOTH)
def what_if(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Extra sessions that nobody has scheduled: what would they change?"""
    program = program_of(request, asking, Right.PLAN)
    sent = request.POST if request.method == "POST" else None
    contents = [
        *contents_of(program, asking),
        *((each.service, each.module) for each in extras_due(program, asking)),
    ]
    forms = WhatIfForms(
        sent,
        contents=list(dict.fromkeys(contents)),
        staff=staff_choices(program.pk, asking.at),
        zone=ZoneInfo(program.timezone),
        chosen=request.GET.get("about", ""),
        at=asking.at,
    )
    if sent is None or not forms.is_valid():
        due = [(each, content_words(each.service, each.module)) for each in extras_due(program, asking)]
        context = {"forms": forms, "due": due, "lately": lately(program)}
        return _page(request, asking, program, "planner_whatif", status=422 if sent else 200, **context)
    given = {"ways": msgspec.to_builtins(forms.ways)}
    work = ask_for_work(kind=Kind.WHAT_IF, program=program, given=given, by=asking.by, at=asking.at)
    return redirect("console:makeups_work", ref=work.ref)


@staff_act(Right.PLAN)
def set_aside(request: HttpRequest, asking: Asking, extra_id: int, **_: Any) -> HttpResponse:
    """Somebody decides that no extra session is held for it."""
    proposal = extra_proposal(extra_id)
    asking.require(Right.PLAN, proposal.program_id)
    decide_extra(proposal=proposal, turn=ExtraTurn.SET_ASIDE, by=asking.by, at=asking.at)
    messages.success(request, "Set aside. It is proposed again if a later plan finds it due.")
    return redirect(back_to(request, reverse("console:makeups_what_if")))


@staff_page(Right.PLAN)
def asked_for(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """How far a plan or a what-if is, or what it came to. Who would come is hers alone who asked, and its reading on record."""
    work = _work(asking, ref)
    shown = present_asked(asking, work, rate=Frame(request).rate)
    if shown.names_patients:
        record("longwork.read", f"work:{work.pk}", by=asking.by, at=asking.at, program=work.program_id)
    return _page(request, asking, work.program, "planner_work", work=shown)


@staff_act(Right.PLAN)
def stop(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Nothing of it is to stand."""
    stop_work(work=_work(asking, ref), by=asking.by, at=asking.at)
    messages.success(request, "It is being stopped. Nothing of it stands.")
    return redirect("console:makeups_work", ref=ref)


@staff_act(Right.PLAN)
def schedule(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Hold the extra sessions of one way in earnest."""
    work = _work(asking, ref)
    ways = ways_asked(work) if work.kind == Kind.WHAT_IF and work.state == State.DONE else []
    told = request.POST.get("way", "")
    number = next((each for each in range(len(ways)) if told == str(each)), None)
    if number is None:
        raise Refusal("extra.way", "Choose one of the ways that were tried.")
    names = [name_of_extra(work, number, each) for each in range(len(ways[number]))]
    schedule_way(work.program, ways[number], names=names, by=asking.by, at=asking.at)
    messages.success(request, "Scheduled as extra sessions. Plan again to see who would come, and offer it.")
    return redirect(_address("makeups_seats", work.program))


def program_of(request: HttpRequest, asking: Asking, *rights: Right) -> Program:
    """The program that the address or the form names, or the first in which she holds one of `rights`."""
    wanted = request.POST.get("program") or request.GET.get("program", "")
    if wanted:
        found = program_for(asking.staff, wanted, now=asking.at)
        if any(asking.may(right, found.pk) for right in rights):
            return found
    else:
        for each in asking.programs:
            if any(asking.may(right, each.pk) for right in rights):
                return each
    raise Refusal("not_found", NOT_HERE)


def _page(
    request: HttpRequest, asking: Asking, program: Program, name: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page with its tabs; or the file of its table, where that was asked for."""
    table = context.get("table")
    if isinstance(table, HttpResponse):
        return table
    shown = {
        "program": program,
        "plans": asking.may(Right.PLAN, program.pk),
        "several": len(asking.programs) > 1,
    }
    return TemplateResponse(request, f"console/{name}.html", {**shown, **context}, status=status)


def _seats(
    request: HttpRequest, asking: Asking, program: Program, form: OpenTimeForm, *, status: int = 200
) -> HttpResponse:
    scope = seats_scope(program, asking)
    shown: Shown | HttpResponse = SEATS.answer(request, asking, scope=scope)
    openings = openings_of(scope, asking)
    return _page(
        request, asking, program, "planner_seats", table=shown, openings=openings, form=form, status=status
    )


def _open_form(asking: Asking, program: Program, sent: Any = None) -> OpenTimeForm:
    staff: Sequence[tuple[str, str]] = staff_choices(program.pk, asking.at)
    return OpenTimeForm(sent, staff=staff, zone=ZoneInfo(program.timezone), use_required_attribute=False)


def _work(asking: Asking, ref: UUID) -> Work:
    return work_for(ref, programs=asking.programs_with(Right.PLAN), kinds=OF_MAKE_UPS)


def _address(name: str, program: Program) -> str:
    return f"{reverse(f'console:{name}')}?{urlencode({'program': program.slug})}"


def _number(text: str) -> int:
    """Zero for what is none: no row has it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
