"""Policies: the versions there are, one of them in words, a new one, and what another would have done."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_page
from rejoin.console.forms.policies import (
    Writing,
    as_files,
    begin_replay,
    begin_writing,
    read_replay,
    read_writing,
)
from rejoin.console.present.policies import VERSIONS, present_draft, present_version
from rejoin.console.tables import table_page
from rejoin.domain.kernel import Refusal
from rejoin.longwork.actions import ask_for_work
from rejoin.longwork.vocabulary import Kind
from rejoin.people.naming import names_of
from rejoin.programs.access import policy_for, program_for
from rejoin.programs.actions import publish_policy
from rejoin.programs.drafts import Draft, latest_version, version_text
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

BOTH = ("GET", "HEAD", "POST")


@staff_page()
def policies(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Every version of every program she works in."""
    scope = {"programs": [each.pk for each in asking.programs]}
    governed = [each for each in asking.programs if asking.may(Right.GOVERN, each.pk)]
    return table_page(
        request, asking, VERSIONS, template="console/policies.html", scope=scope, governed=governed
    )


@staff_page()
def program(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """The versions of one program."""
    found = program_for(asking.staff, program, now=asking.at)
    return table_page(
        request,
        asking,
        VERSIONS,
        template="console/policies_program.html",
        scope={"programs": [found.pk]},
        program=found,
        governs=asking.may(Right.GOVERN, found.pk),
    )


@staff_page()
def version(request: HttpRequest, asking: Asking, program: str, version: int, **_: Any) -> HttpResponse:
    """One version: its text, its rules in words, what the linter finds, and which rule fired when."""
    published = policy_for(asking.staff, program, version, now=asking.at)
    shown = present_version(published, now=asking.at)
    governs = asking.may(Right.GOVERN, published.program_id)
    return TemplateResponse(request, "console/policies_version.html", {"policy": shown, "governs": governs})


@staff_page(Right.GOVERN, methods=BOTH)
def write(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """A new version: looked over, or published. What is wrong stands beside its line, and no word is lost."""
    found = program_for(asking.staff, program, now=asking.at)
    asking.require(Right.GOVERN, found.pk)
    latest = latest_version(found)
    if request.method != "POST":
        return _writing(request, found, begin_writing(found, latest, now=asking.at))
    writing = read_writing(request.POST, found, latest, now=asking.at)
    if request.POST.get("do") != "publish" or not writing.ready:
        return _writing(request, found, writing)
    try:
        return _published(request, asking, found, writing)
    except Refusal as refusal:  # somebody was quicker by a moment
        return _writing(request, found, writing, refused=refusal.message)


@staff_page(Right.GOVERN, methods=BOTH)
def replay(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """Ask what a policy would have done. A text may come along from the page where it is written."""
    found = program_for(asking.staff, program, now=asking.at)
    asking.require(Right.GOVERN, found.pk)
    if "start" not in request.POST:
        text = request.POST.get("text") or version_text(found, request.GET.get("version", ""))
        form = begin_replay(found, text.replace("\r\n", "\n"), now=asking.at)
        return TemplateResponse(request, "console/policies_replay.html", {"program": found, "form": form})
    form, draft = read_replay(request.POST, found, now=asking.at)
    if draft is None or draft.problems or not form.is_valid():
        shown = present_draft(draft, set()) if draft else None
        context = {"program": found, "form": form, "draft": shown}
        return TemplateResponse(request, "console/policies_replay.html", context, status=422)
    given = {name: form.cleaned_data[key].isoformat() for name, key in (("from", "start"), ("until", "end"))}
    work = ask_for_work(
        kind=Kind.REPLAY, program=found, given=given, files=as_files(draft), by=asking.by, at=asking.at
    )
    return redirect("console:longwork_one", ref=work.ref)


def _published(request: HttpRequest, asking: Asking, program: Program, writing: Writing) -> HttpResponse:
    draft: Draft | None = writing.draft
    made = publish_policy(
        program=program,
        text=draft.text if draft else "",
        overlays=draft.overlays if draft else {},
        accept=sorted(writing.accepted),
        by=asking.by,
        at=asking.at,
    )
    messages.success(request, f"Version {made.version} is published.")
    return redirect("console:policy_version", program=program.slug, version=made.version)


def _writing(request: HttpRequest, program: Program, writing: Writing, *, refused: str = "") -> HttpResponse:
    """The page with everything that was typed. 409: somebody published meanwhile; 422: something is wrong."""
    shown = present_draft(writing.draft, writing.accepted) if writing.draft else None
    meanwhile = writing.meanwhile
    context = {
        "program": program,
        "form": writing.form,
        "draft": shown,
        "refused": refused,
        "meanwhile": meanwhile,
        "publisher": names_of([meanwhile.by])[meanwhile.by] if meanwhile else "",
        "latest": latest_version(program),
    }
    wrong = writing.form.is_bound and not writing.ready
    status = 409 if meanwhile or refused else 422 if wrong else 200
    return TemplateResponse(request, "console/policies_write.html", context, status=status)
