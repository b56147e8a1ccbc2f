"""Comparing two wordings of a reminder: written down, started, stopped, read once."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from rejoin.console.door import Asking, staff_act, staff_page
from rejoin.console.forms.experiments import DesignForm, StopForm
from rejoin.console.frame import Frame
from rejoin.console.present.experiments import SOURCE, VARIANTS, present_experiments
from rejoin.domain.kernel import Refusal, local_midnight
from rejoin.followup.experiments import read_its_end, start_experiment, stop_experiment, write_experiment
from rejoin.insights.experiment_access import experiment_for
from rejoin.insights.experiment_models import Experiment
from rejoin.programs.access import program_for
from rejoin.programs.rights import Right


@staff_page(Right.SUPERVISE)
def experiments(request: HttpRequest, asking: Asking, **_: Any) -> HttpResponse:
    """Those of one program, and the form to write one down."""
    shown = present_experiments(asking, Frame(request).one_with(Right.SUPERVISE))
    context = {"programs": shown, "variants": VARIANTS, "source": SOURCE}
    return TemplateResponse(request, "console/experiments.html", context)


@staff_act(Right.GOVERN)
def write(request: HttpRequest, asking: Asking, program: str, **_: Any) -> HttpResponse:
    """Write one down: nothing starts by that."""
    found = program_for(asking.staff, program, now=asking.at)
    asking.require(Right.GOVERN, found.pk)
    form, zone = DesignForm(request.POST), ZoneInfo(found.timezone)
    if not form.is_valid():
        raise Refusal(
            "experiment.form", "Fill in every line: what is compared, of how many, from when to when."
        )
    said = form.cleaned_data
    written = write_experiment(
        program=found,
        name=said["name"],
        estimand=said["estimand"],
        variant=said["variant"],
        within_days=said["within_days"],
        **form.shares,
        starts_at=local_midnight(said["starts_on"], zone),
        ends_at=local_midnight(said["ends_on"], zone),
        by=asking.by,
        at=asking.at,
    )
    messages.success(request, f"Written down: {written.per_arm} patients in each arm. It has not started.")
    return _to(written)


@staff_act(Right.GOVERN)
def start(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Start it as it is written."""
    found = _hers(asking, ref)
    start_experiment(experiment=found, by=asking.by, at=asking.at)
    messages.success(request, "Started. Nothing of it is read before its end.")
    return _to(found)


@staff_act(Right.GOVERN)
def stop(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Stop it, with a reason."""
    found, form = _hers(asking, ref), StopForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    stop_experiment(experiment=found, words=words, by=asking.by, at=asking.at)
    messages.success(request, "Stopped. Everybody gets the message as it is.")
    return _to(found)


@staff_act(Right.GOVERN)
def read(request: HttpRequest, asking: Asking, ref: UUID, **_: Any) -> HttpResponse:
    """Read it, once, at its end."""
    found = _hers(asking, ref)
    read_its_end(experiment=found, by=asking.by, at=asking.at)
    messages.success(request, "Read. This is its one reading.")
    return _to(found)


def _to(experiment: Experiment) -> HttpResponse:
    return redirect(f"{reverse('console:experiments')}?{urlencode({'program': experiment.program.slug})}")


def _hers(asking: Asking, ref: UUID) -> Experiment:
    return experiment_for(asking.programs_with(Right.GOVERN), ref)
