"""Before and after a session, the group around it, and what patients have caught up on."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.audit.trail import READ_SHEET, record_read
from rejoin.console.door import Asking, back_to, staff_act, staff_page
from rejoin.console.forms.continuity import ENOUGH, SignOffForm, UnitWordForm
from rejoin.console.frame import Frame
from rejoin.console.present.brief import present_brief
from rejoin.console.present.catchups import present_list, present_one
from rejoin.console.present.groups import present_group, present_groups
from rejoin.continuity.access import catch_up_for, group_for
from rejoin.continuity.actions import follow_curriculum, give_back, say_of_unit, say_unit, sign_off
from rejoin.continuity.courses import course_called, followings_in
from rejoin.continuity.models import CatchUp
from rejoin.continuity.vocabulary import Let, Wants
from rejoin.domain.kernel import Refusal
from rejoin.people.access import patient_for
from rejoin.programs.access import program_for, session_for
from rejoin.programs.rights import Right

ON_A_SESSION = (Right.ATTEST, Right.FOLLOW_UP, Right.SUPERVISE)


@staff_page(*ON_A_SESSION)
def brief(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """What whoever leads it should know before; who was missed after."""
    session = session_for(asking.staff, ref, now=asking.at)
    record_read(
        f"session:{session.pk}",
        patient=None,
        program=session.program_id,
        by=asking.by,
        at=asking.at,
        verb=READ_SHEET,
    )
    return TemplateResponse(request, "console/session_brief.html", {"shown": present_brief(asking, session)})


@staff_act(Right.CARE)
def unit(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Of which unit a session is, where its name does not say."""
    session = session_for(asking.staff, ref, now=asking.at)
    asking.require(Right.CARE, session.program_id)
    group = session.group
    followed = followings_in([session.program_id]).of(
        session.program_id, track=group.track_id if group else None, group=group.pk if group else None
    )
    if followed is None:
        raise Refusal("curriculum", "Its group follows no curriculum yet.")
    say_unit(
        session=session, course=followed.course, unit=request.POST.get("unit", ""), by=asking.by, at=asking.at
    )
    messages.success(request, "Written down. What it builds on is looked at anew.")
    return redirect("console:session_brief", ref=ref)


@staff_page(Right.CARE)
def catch_ups(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """What patients say they have done, what is needed first before the rest."""
    waiting, given_back = present_list(asking, _chosen(request, asking, Right.CARE))
    return TemplateResponse(request, "console/catchups.html", {"waiting": waiting, "given_back": given_back})


@staff_page(Right.CARE)
def catch_up(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """One of them: all she chose and wrote."""
    found = catch_up_for(asking.staff, ref, now=asking.at)
    asking.require(Right.CARE, found.program_id)
    record_read(
        f"catchup:{found.pk}", patient=found.patient_id, program=found.program_id, by=asking.by, at=asking.at
    )
    return _one(request, asking, found, SignOffForm())


@staff_act(Right.SIGN_OFF)
def answer(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """It is enough, or something is still wanted."""
    found = catch_up_for(asking.staff, ref, now=asking.at)
    asking.require(Right.SIGN_OFF, found.program_id)
    form = SignOffForm(request.POST)
    if not form.is_valid():
        return _one(request, asking, found, form, status=422)
    said, words = form.cleaned_data["answer"], form.cleaned_data["words"]
    try:
        if said == ENOUGH:
            repaid = sign_off(catch_up=found, words=words, by=asking.by, at=asking.at)
            done = "Signed off. What she missed is caught up on" + (
                "; hours stay as they are." if repaid else "."
            )
        else:
            give_back(catch_up=found, wants=Wants(said), words=words, by=asking.by, at=asking.at)
            done = "Given back. She reads it on her page."
    except Refusal as refusal:
        form.add_error(None, refusal.message)
        return _one(request, asking, found, form, status=409)
    messages.success(request, done)
    return redirect("console:catchups")


@staff_act(Right.SIGN_OFF)
def let_go(request: HttpRequest, asking: Asking, ref: UUID, program: str, **_: Any) -> HttpResponse:
    """A unit is let go for her, or she takes it again."""
    place = program_for(asking.staff, program, now=asking.at)
    asking.require(Right.SIGN_OFF, place.pk)
    patient, form = patient_for(asking.staff, ref, asking.at), UnitWordForm(request.POST)
    if not form.is_valid():
        raise Refusal("unit.words", "Say in a sentence why.")
    said = form.cleaned_data
    course = course_called(said["curriculum"])
    if course is None:
        raise Refusal("curriculum", "There is no such curriculum.")
    say_of_unit(
        patient=patient,
        program=place,
        course=course,
        unit=said["unit"],
        what=Let(said["what"]),
        words=said["words"],
        by=asking.by,
        at=asking.at,
    )
    messages.success(request, "Written down. She is not behind on it.")
    return redirect(back_to(request, reverse("console:today")))


@staff_page(*ON_A_SESSION)
def groups(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """All groups of her programs, and what each follows."""
    held = {each for right in ON_A_SESSION for each in _chosen(request, asking, right)}
    return TemplateResponse(request, "console/groups.html", {"groups": present_groups(asking, sorted(held))})


@staff_page(*ON_A_SESSION)
def group(request: HttpRequest, asking: Asking, group_id: int, **_: Any) -> HttpResponse:
    """One group over time."""
    found = group_for(asking.staff, group_id, now=asking.at)
    if not any(asking.may(right, found.program_id) for right in ON_A_SESSION):
        raise Refusal("not_found", "There is nothing here that you may see.")
    return TemplateResponse(request, "console/group.html", {"shown": present_group(asking, found)})


@staff_act(Right.PLAN)
def follow(request: HttpRequest, asking: Asking, group_id: int, **_: Any) -> HttpResponse:
    """Which curriculum a group follows from now on."""
    found = group_for(asking.staff, group_id, now=asking.at)
    asking.require(Right.PLAN, found.program_id)
    wanted = request.POST.get("curriculum", "")
    follow_curriculum(program=found.program, group=found, curriculum=wanted, by=asking.by, at=asking.at)
    messages.success(request, "Written down." if wanted else "The group follows no curriculum now.")
    return redirect("console:group", group_id=group_id)


def _chosen(request: HttpRequest, asking: Asking, right: Right) -> list[int]:
    """Programs in which she holds it: of the chosen one alone, when there is one."""
    chosen = Frame(request).program
    return [each for each in asking.programs_with(right) if chosen is None or each == chosen.pk]


def _one(
    request: HttpRequest, asking: Asking, found: CatchUp, form: SignOffForm, *, status: int = 200
) -> HttpResponse:
    given = {"shown": present_one(asking, found), "form": form}
    return TemplateResponse(request, "console/catchup.html", given, status=status)
