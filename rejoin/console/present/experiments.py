"""Comparisons of a program: what was written down, how far each has come, and what was read at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rejoin.console.door import Asking
from rejoin.domain.learning.shares import share
from rejoin.insights.experiment_access import experiments_of
from rejoin.insights.experiment_models import Experiment
from rejoin.insights.figures import Figure, figure_of
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

VARIANTS: Final = (("neutral_nudge_brief", "A shorter nudge"),)
SOURCE: Final = "messages as they were queued, and this program's attendance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One of them. `state`: written, over, started, waiting (for the last patients' days), due, stopped or read."""

    experiment: Experiment
    state: str
    figures: Sequence[tuple[str, Figure]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfProgram:
    program: Program
    may_write: bool
    shown: Sequence[Shown]


def present_experiments(asking: Asking, program: Program | None) -> list[OfProgram]:
    """Of one for which she answers; none, where there is no program. One query."""
    if program is None:
        return []
    return [
        OfProgram(
            program=program,
            may_write=asking.may(Right.GOVERN, program.pk),
            shown=[_shown(each, asking) for each in experiments_of(program)],
        )
    ]


def _shown(each: Experiment, asking: Asking) -> Shown:
    if hasattr(each, "reading"):
        return Shown(experiment=each, state="read", figures=_figures(each))
    if hasattr(each, "stop"):
        return Shown(experiment=each, state="stopped")
    is_over = asking.at >= each.ends_at
    if not hasattr(each, "start"):
        return Shown(experiment=each, state="over" if is_over else "written")
    if asking.at >= each.read_from:
        return Shown(experiment=each, state="due")
    return Shown(experiment=each, state="waiting" if is_over else "started")


def _figures(each: Experiment) -> list[tuple[str, Figure]]:
    read = each.reading
    apart = Figure(
        said=f"{100 * read.difference:+.0f} points",
        unsure=f"95% interval {100 * read.low:+.0f} to {100 * read.high:+.0f}",
        source=SOURCE,
    )
    return [
        ("As it is", figure_of(share(read.usual_came, read.usual_known), SOURCE)),
        ("The other wording", figure_of(share(read.new_came, read.new_known), SOURCE)),
        ("Difference", apart),
    ]
