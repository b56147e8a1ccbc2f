"""Long work: all of it, one piece with how far it is and what it came to, and asking for more."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from rejoin.audit.trail import record
from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.longwork import BringIn, TakeOut, as_files, program_choices
from rejoin.console.frame import Frame
from rejoin.console.present.downloads import as_download
from rejoin.console.present.longwork import WORKS, present_work
from rejoin.console.tables import table_page
from rejoin.longwork.access import enclosure_for, work_for
from rejoin.longwork.actions import ask_for_work, stop_work, take_file
from rejoin.longwork.vocabulary import Kind, Part
from rejoin.programs.access import program_for
from rejoin.programs.rights import Right

BOTH = ("GET", "HEAD", "POST")
MEGABYTE = 1024 * 1024


@staff_page(Right.GOVERN)
def everything(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """What was asked for in the programs that she governs."""
    scope = {"programs": asking.programs_with(Right.GOVERN)}
    return table_page(request, asking, WORKS, template="console/longwork.html", scope=scope)


@staff_page(Right.GOVERN)
def one(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """How far it is, or what it came to. What names patients is hers alone who asked, and its reading is on record."""
    work = work_for(ref, programs=asking.programs_with(Right.GOVERN))
    shown = present_work(asking, work, rate=Frame(request).rate)
    if shown.names_patients:
        record("longwork.read", f"work:{work.pk}", by=asking.by, at=asking.at, program=work.program_id)
    return TemplateResponse(request, "console/longwork_one.html", {"work": shown})


@staff_act(Right.GOVERN)
def stop(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Nothing of it is to stand."""
    work = work_for(ref, programs=asking.programs_with(Right.GOVERN))
    stop_work(work=work, by=asking.by, at=asking.at)
    messages.success(request, "It is being stopped. Nothing of it stands.")
    return redirect("console:longwork_one", ref=ref)


@staff_page(Right.GOVERN)
def result(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """A file of it, for whoever asked (`?part=`). Each time is on record."""
    work = work_for(ref, programs=asking.programs_with(Right.GOVERN))
    wanted = request.GET.get("part", "")
    part = Part(wanted) if wanted in (Part.PROBLEMS, Part.LINES) else Part.RESULT
    enclosure = enclosure_for(asking.staff, work, part)
    return as_download(enclosure, take_file(enclosure=enclosure, by=asking.by, at=asking.at))


@staff_page(Right.GOVERN)
def _bring_in_form(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    chosen = {"program": request.GET.get("program", "")}
    return _bringing(request, BringIn(initial=chosen, programs=_choices(asking)))


@csrf_protect
@staff_act(Right.GOVERN)
def _bring_in_sent(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    form = BringIn(request.POST, request.FILES, programs=_choices(asking))
    if not form.is_valid():
        return _bringing(request, form, status=422)
    program = program_for(asking.staff, form.cleaned_data["program"], now=asking.at)
    asking.require(Right.GOVERN, program.pk)
    work = ask_for_work(
        kind=Kind.IMPORT,
        program=program,
        given={"accept": form.cleaned_data["accept"]},
        files=as_files(form.cleaned_data["folder"]),
        by=asking.by,
        at=asking.at,
    )
    return redirect("console:longwork_one", ref=work.ref)


@staff_page(Right.GOVERN, methods=("POST",))
def _bring_in_large(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    form = BringIn(programs=_choices(asking))
    most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE
    return _bringing(request, form, large=f"That is more than {most} MB.", status=413)


@csrf_exempt  # what is too large is answered without a look into it; everything else is protected just above
def bring_in(request: HttpRequest, **named: Any) -> HttpResponse:
    """Bring a folder in: the form, what was sent, or that it was too large for anybody to have read it."""
    if request.method != "POST":
        return _bring_in_form(request, **named)
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        return _bring_in_large(request, **named)
    answer: HttpResponse = _bring_in_sent(request, **named)
    return answer


bring_in.needs = (Right.GOVERN,)  # type: ignore[attr-defined] # as `staff_page` says it, for the test that walks every address


@staff_page(Right.GOVERN, methods=BOTH)
def take_out(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Ask for a program's folder, or one of its tables."""
    if request.method != "POST":
        form = TakeOut(
            initial={"program": request.GET.get("program", ""), "table": ""}, programs=_choices(asking)
        )
        return TemplateResponse(request, "console/longwork_export.html", {"form": form})
    form = TakeOut(request.POST, programs=_choices(asking))
    if not form.is_valid():
        return TemplateResponse(request, "console/longwork_export.html", {"form": form}, status=422)
    program = program_for(asking.staff, form.cleaned_data["program"], now=asking.at)
    asking.require(Right.GOVERN, program.pk)
    given = {"table": form.cleaned_data["table"]} if form.cleaned_data["table"] else {}
    work = ask_for_work(kind=Kind.EXPORT, program=program, given=given, by=asking.by, at=asking.at)
    return redirect("console:longwork_one", ref=work.ref)


def _choices(asking: Asking) -> list[tuple[str, str]]:
    """Programs that she governs."""
    return program_choices(each for each in asking.programs if asking.may(Right.GOVERN, each.pk))


def _bringing(request: HttpRequest, form: BringIn, *, large: str = "", status: int = 200) -> HttpResponse:
    most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE
    context = {"form": form, "large": large, "most": most}
    return TemplateResponse(request, "console/longwork_import.html", context, status=status)
