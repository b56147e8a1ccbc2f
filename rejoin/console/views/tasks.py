"""Tasks: who does what by when."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from rejoin.console.door import Asking, back_to, staff_act, staff_page
from rejoin.console.forms.team import TaskEndForm, end_of_day
from rejoin.console.present.team import tasks_of
from rejoin.console.views.cases import ON_A_CASE, act_on_case, case_of
from rejoin.domain.kernel import Refusal
from rejoin.followup.access import task_for
from rejoin.followup.actions import add_task, finish_task
from rejoin.followup.models import Case
from rejoin.followup.vocabulary import TaskTurn
from rejoin.people.access import colleague
from rejoin.programs.rights import Right

NOT_WHOLE = "Say whether it is done or no longer needed."


@staff_page(Right.CARE, Right.FOLLOW_UP, Right.SUPERVISE)
def tasks(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Open tasks: hers, or with `?whose=` everybody's."""
    everybodys = request.GET.get("whose", "mine") == ""
    owner = None if everybodys else asking.staff.pk
    lines = tasks_of([each.pk for each in asking.programs], owner=owner)
    return TemplateResponse(request, "console/tasks.html", {"lines": lines, "everybodys": everybodys})


@staff_act(Right.CARE, Right.FOLLOW_UP, Right.SUPERVISE)
def done(request: HttpRequest, asking: Asking, task_id: int, **_: Any) -> HttpResponse:
    """It is done, or no longer needed."""
    task, form = task_for(asking.staff, task_id, now=asking.at), TaskEndForm(request.POST)
    if not form.is_valid():
        raise Refusal("form", NOT_WHOLE)
    turn = TaskTurn(form.cleaned_data["turn"])
    finish_task(task=task, turn=turn, words=form.cleaned_data["words"], by=asking.by, at=asking.at)
    messages.success(request, "The task is done." if turn is TaskTurn.DONE else "The task is withdrawn.")
    return redirect(back_to(request, reverse("console:tasks")))


@staff_act(*ON_A_CASE)
def add(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Somebody is asked to do something about a case."""

    def do(found: Case, form: Any) -> None:
        said = form.cleaned_data
        add_task(
            program=found.program,
            case=found,
            words=said["words"],
            owner=colleague(said["owner"]),
            due_at=end_of_day(said["on"], ZoneInfo(found.program.timezone)),
            by=asking.by,
            at=asking.at,
        )

    return act_on_case(request, asking, case_of(asking, ref), "task", do, "The task is on the list.")
