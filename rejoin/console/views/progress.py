"""How a patient is doing by her measures, and what nobody can say."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_page
from rejoin.console.frame import Frame
from rejoin.console.present.progress import present_progress
from rejoin.console.present.progress_file import progress_file
from rejoin.console.present.progress_group import of_group, present_group_progress
from rejoin.console.present.progress_group_file import progress_group_file
from rejoin.console.present.progress_program import present_programs
from rejoin.console.views.patients import SEES
from rejoin.continuity.access import whole_group_for
from rejoin.domain.kernel import local_day
from rejoin.insights.progress import progress_of
from rejoin.people.access import patient_for
from rejoin.programs.rights import Right


@staff_page(*SEES)
def progress(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Measured, not measured, and estimated: a picture and a table of each measure. That it was read is on the trail."""
    found = patient_for(asking.staff, ref, asking.at)
    return TemplateResponse(request, "console/progress.html", {"shown": present_progress(asking, found)})


@staff_page(Right.SUPERVISE)
def programs(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """What one program's patients came to on average, with those counted in who were not measured to the end."""
    shown = present_programs(asking, Frame(request).one_with(Right.SUPERVISE))
    return TemplateResponse(request, "console/progress_programs.html", {"programs": shown})


@staff_page(*SEES)
def save(_request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """The same as a file. That it was read is on the trail."""
    found = patient_for(asking.staff, ref, asking.at)
    return _file(progress_file(progress_of(found, local_day(asking.at, asking.zone))), "progress.csv")


@staff_page(*SEES)
def group(request: HttpRequest, asking: Asking, group_id: int, **_: Any) -> HttpResponse:
    """What a group's members came to on average, week by week, and how many of them nobody measured."""
    found = whole_group_for(asking.staff, group_id, now=asking.at)
    shown = present_group_progress(asking, found)
    return TemplateResponse(request, "console/progress_group.html", {"shown": shown})


@staff_page(*SEES)
def save_group(_request: HttpRequest, asking: Asking, group_id: int, **_: Any) -> HttpResponse:
    """The same as a file."""
    found = whole_group_for(asking.staff, group_id, now=asking.at)
    return _file(progress_group_file(of_group(asking, found)), "progress-of-group.csv")


def _file(body: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
