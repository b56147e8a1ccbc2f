"""The door to a comparison: missing and forbidden are alike."""

from collections.abc import Collection
from uuid import UUID

from django.http import Http404

from rejoin.insights.experiment_models import Experiment
from rejoin.programs.models import Program


def experiment_for(programs: Collection[int], ref: UUID) -> Experiment:
    """One of these programs, for which whoever asks has the right."""
    found = Experiment.objects.filter(ref=ref, program__in=programs).select_related("program").first()
    if found is None:
        raise Http404("no such comparison")
    return found


def experiments_of(program: Program) -> list[Experiment]:
    """All of a program, the latest first, with how far each has come."""
    found = Experiment.objects.filter(program=program).order_by("-pk")
    return list(found.select_related("start", "stop", "reading"))
