"""The make-up of one missed session, with her on the phone: found, taken, refused, given back, waited for, let go."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.audit.trail import record_read
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.present.case import called, present_case
from rejoin.console.present.case_makeup import make_form, missed_seat
from rejoin.console.present.case_ways import present_ways
from rejoin.console.present.makeup_words import day_and_time
from rejoin.console.views.cases import ON_A_CASE, case_of
from rejoin.domain.kernel import Refusal
from rejoin.followup.models import Case
from rejoin.makeups.access import booking_for, choice_for, offer_for
from rejoin.makeups.actions import (
    Word,
    accept_offer,
    allow_more,
    catch_up,
    decline_offer,
    give_back,
    none_of_these,
    offer_make_ups,
    offer_this,
    stop_waiting,
    wait_for,
    waive,
    withdraw_offer,
)
from rejoin.makeups.around import what_there_is
from rejoin.makeups.full import full_session_of
from rejoin.makeups.ledgers import is_settled, open_amounts
from rejoin.makeups.models import Offer
from rejoin.makeups.staleness import StaleMakeUp, hold_make_up
from rejoin.makeups.vocabulary import Declined, MoreReason, WaiverReason, Withdrawn
from rejoin.programs.access import session_for
from rejoin.programs.models import Seat
from rejoin.programs.rights import Right

Do = Callable[[Seat, Any], str]
"""Does it for the missed seat with what was sent, and says what was done."""
NOT_TAKEN: Final = {
    Word.GONE: "That seat has just gone to somebody else. What is left is below.",
    Word.OVER: "That offer is over: it ran out, or was answered before. What there is now is below.",
    Word.CLASH: "She has another session at that time by now.",
    Word.BOOKED: "This session has its make-up already: it is below.",
}
ON_THE_CASE, AMONG_ALL = "case", "ways"


@staff_page(*ON_A_CASE)
def others(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """All that there is for this missed session, and why not the others."""
    found = case_of(asking, ref)
    record_read(
        f"case:{found.pk}", patient=found.patient_id, program=found.program_id, by=asking.by, at=asking.at
    )
    return _ways_page(request, asking, found)


@staff_act(Right.FOLLOW_UP)
def find(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Up to three ways back, looked for now."""

    def do(seat: Seat, _: Any) -> str:
        made = offer_make_ups(seat=seat, by=asking.by, at=asking.at)
        if not made:
            raise Refusal("makeup.none", "Nothing there is fits now. Look at why, and at whom to ask.")
        return "Read these to her, and take the one she says yes to."

    return _act(request, asking, ref, "find", do)


@staff_act(Right.FOLLOW_UP)
def accept(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She says yes to one."""

    def do(seat: Seat, form: Any) -> str:
        return _book(asking, seat, offer_for(seat.pk, form.cleaned_data["offer"]))

    return _act(request, asking, ref, "accept", do)


@staff_act(Right.FOLLOW_UP)
def decline(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She would rather not have that one."""

    def do(seat: Seat, form: Any) -> str:
        offer = offer_for(seat.pk, form.cleaned_data["offer"])
        decline_offer(offer=offer, why=Declined(form.cleaned_data["why"]), by=asking.by, at=asking.at)
        return "Written down. It is not offered for this session again."

    return _act(request, asking, ref, "decline", do)


@staff_act(Right.FOLLOW_UP)
def none(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """None of them works for her."""

    def do(seat: Seat, _: Any) -> str:
        none_of_these(choice=choice_for(seat.pk, now=asking.at), by=asking.by, at=asking.at)
        return "Written down. Finding another way with her is on the worklist."

    return _act(request, asking, ref, "none", do)


@staff_act(Right.FOLLOW_UP)
def cancel(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """What was booked is given back; what is owed stays open."""

    def do(seat: Seat, form: Any) -> str:
        booking, why = booking_for(seat.pk), Withdrawn(form.cleaned_data["why"])
        if why is Withdrawn.CANNOT_COME:
            give_back(booking=booking, by=asking.by, at=asking.at)
        else:
            withdraw_offer(offer=booking.offer, why=why, by=asking.by, at=asking.at)
        if is_settled(open_amounts(seat.pk)):
            return "The time is given back."
        return "The time is given back. What she owes is open still."

    return _act(request, asking, ref, "cancel", do)


@staff_act(Right.SIGN_OFF)
def caught_up(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She has worked through the material."""

    def do(seat: Seat, form: Any) -> str:
        catch_up(seat=seat, words=form.cleaned_data["words"], by=asking.by, at=asking.at)
        return "Signed off. Hours are open as before."

    return _act(request, asking, ref, "caught_up", do, right=Right.SIGN_OFF)


@staff_act(Right.CARE)
def let_go(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """What is left is not asked for any more: a person decides, and says why."""

    def do(seat: Seat, form: Any) -> str:
        said = form.cleaned_data
        waive(seat=seat, why=WaiverReason(said["why"]), words=said["words"], by=asking.by, at=asking.at)
        return "Let go. Nothing of this session is asked for any more."

    return _act(request, asking, ref, "waive", do, right=Right.CARE)


@staff_act(Right.CARE)
def allow(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """One make-up may be more than is allowed: a clinician says so, and why."""

    def do(seat: Seat, form: Any) -> str:
        why, words = MoreReason(form.cleaned_data["why"]), form.cleaned_data["words"]
        allow_more(seat=seat, staff=asking.staff, why=why, words=words, by=asking.by, at=asking.at)
        return "The next one for this session may be more than is allowed."

    return _act(request, asking, ref, "allow", do, right=Right.CARE)


@staff_act(Right.FOLLOW_UP)
def wait(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She waits for a seat in a session that is full."""

    def do(seat: Seat, form: Any) -> str:
        session = full_session_of(seat, str(form.cleaned_data["session"]), now=asking.at)
        wait_for(seat=seat, session=session, by=asking.by, at=asking.at)
        return "She waits for a seat. One that comes free is offered to her."

    return _act(request, asking, ref, "wait", do, page=AMONG_ALL)


@staff_act(Right.FOLLOW_UP)
def stop(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """She waits for it no more."""

    def do(seat: Seat, form: Any) -> str:
        session = session_for(asking.staff, form.cleaned_data["session"], now=asking.at)
        stop_waiting(seat=seat, session=session, by=asking.by, at=asking.at)
        return "She waits for it no more."

    return _act(request, asking, ref, "stop", do)


@staff_act(Right.FOLLOW_UP)
def book(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A time that was found together with her: of a group, or in somebody's opening."""

    def do(seat: Seat, form: Any) -> str:
        return _book(asking, seat, offer_this(seat=seat, key=form.key, by=asking.by, at=asking.at))

    return _act(request, asking, ref, "book", do, page=AMONG_ALL)


def _book(asking: Asking, seat: Seat, offer: Offer) -> str:
    answer = accept_offer(offer=offer, by=asking.by, at=asking.at)
    if answer.booking is None:
        raise Refusal(f"makeup.{answer.word}", NOT_TAKEN[answer.word])
    zone = ZoneInfo(seat.session.program.timezone)
    return f"Booked for {day_and_time(offer.starts_at, zone)}."


def _act(
    request: HttpRequest,
    asking: Asking,
    ref: UUID,
    name: str,
    do: Do,
    *,
    right: Right = Right.FOLLOW_UP,
    page: str = ON_THE_CASE,
) -> HttpResponse:
    """Act, or show the page again with the form as it was sent: its words, what is wrong, and what changed."""
    found = case_of(asking, ref)
    asking.require(right, found.program_id)
    form = make_form(name, request.POST)
    if not form.is_valid():
        return _again(request, asking, found, (name, form), page=page, status=422)
    seat = missed_seat(found)
    try:
        hold_make_up(seat, form.cleaned_data["seen"])
        done = do(seat, form)
    except StaleMakeUp as stale:
        return _again(request, asking, found, (name, _with_latest(form, stale)), stale, page=page, status=409)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        form.add_error(None, refusal.message)
        return _again(request, asking, found, (name, form), page=page, status=422)
    messages.success(request, f"{called(found)}: {done}")
    return redirect(f"{reverse('console:case', kwargs={'ref': ref})}#make-up")


def _with_latest(form: forms.Form, stale: StaleMakeUp) -> forms.Form:
    """The same words, and the make-up as it is now: sent again, they go through."""
    form.data = form.data.copy()  # type: ignore[attr-defined]
    form.data["seen"] = stale.version  # type: ignore[index]
    return form


def _again(
    request: HttpRequest,
    asking: Asking,
    found: Case,
    sent: tuple[str, forms.Form],
    stale: StaleMakeUp | None = None,
    *,
    page: str,
    status: int,
) -> HttpResponse:
    if page == AMONG_ALL:
        return _ways_page(request, asking, found, sent, stale, status=status)
    changes = stale.changes if stale else ()
    shown = present_case(asking, case_of(asking, found.ref), sent_make_up=sent, changes=changes)
    return TemplateResponse(request, "console/case.html", {"shown": shown}, status=status)


def _ways_page(
    request: HttpRequest,
    asking: Asking,
    found: Case,
    sent: tuple[str, forms.Form] | None = None,
    stale: StaleMakeUp | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    around = what_there_is(missed_seat(found), now=asking.at)
    shown = present_ways(asking, found, around, name=called(found), sent=sent)
    given = {"shown": shown, "changes": stale.changes if stale else ()}
    return TemplateResponse(request, "console/case_ways.html", given, status=status)
