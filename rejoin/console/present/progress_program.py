"""What a program's patients came to in four weeks: the estimate first, and what is only a comparison named as one."""

from dataclasses import dataclass

from rejoin.console.door import Asking
from rejoin.continuity.groups import groups_in
from rejoin.domain.kernel import local_day
from rejoin.domain.learning.shares import share
from rejoin.domain.progress import Pooled
from rejoin.insights.figures import Figure, figure_of
from rejoin.insights.progress_program import Changed, change_of_program
from rejoin.programs.models import Program

LEFT, RIGHT, HIGH = 10.0, 350.0, 36.0
SHORT = ("All, unseen somewhat worse", "All, unseen by chance", "Only who was measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """One estimate with its place in the picture."""

    name: str
    short: str
    """In the picture."""
    figure: Figure
    is_comparison: bool
    low: float
    middle: float
    high: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShown:
    key: str
    name: str
    version: str
    missing: Figure
    rows: tuple[RowShown, ...]
    zero: float
    high: float
    better: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramShown:
    program: Program
    changes: tuple[ChangeShown, ...]
    groups: tuple[tuple[int, str], ...]
    """Number and name, by name: none stands before another for how it does."""


def present_programs(asking: Asking, program: Program | None) -> tuple[ProgramShown, ...]:
    """Of one that she supervises: she answers for all its patients, so the figures are of all. None: there is no such one."""
    if program is None:
        return ()
    found = change_of_program(program.pk, local_day(asking.at, asking.zone))
    groups = tuple((each.id, each.name) for each in groups_in([program.pk], now=asking.at))
    return (ProgramShown(program=program, changes=tuple(_change(each) for each in found), groups=groups),)


def _change(each: Changed) -> ChangeShown:
    rows, zero = _rows(each)
    return ChangeShown(
        key=f"{each.scale.key}-{each.instrument.version}",
        name=each.scale.name,
        version=each.instrument.version,
        missing=figure_of(share(each.unseen, each.patients), "measures that came due in the program"),
        rows=rows,
        zero=zero,
        high=len(rows) * HIGH + 24,
        better="to the left" if each.scale.higher_is_worse else "to the right",
        why=each.why,
    )


def _rows(each: Changed) -> tuple[tuple[RowShown, ...], float]:
    change = each.change
    if change is None:
        return (), 0.0
    told: list[tuple[str, Pooled | None, bool]] = [
        ("Everybody, what was not seen taken to be somewhat worse", change.with_delta, False),
        ("Everybody, what was not seen by chance", change.at_random, False),
        ("Only those measured at the end: a comparison, no estimate", change.completers_only, True),
    ]
    shown = [(name, pooled, only) for name, pooled, only in told if pooled is not None]
    reach = max([1.0, *(abs(edge) for _, each_, _ in shown for edge in (each_.low95, each_.high95))])

    def x(points: float) -> float:
        return round(LEFT + (points / reach + 1) / 2 * (RIGHT - LEFT), 1)

    return tuple(
        RowShown(
            name=name,
            short=SHORT[at],
            figure=_figure(pooled),
            is_comparison=only,
            low=x(pooled.low95),
            middle=x(pooled.estimate),
            high=x(pooled.high95),
            y=32 + at * HIGH,
        )
        for at, (name, pooled, only) in enumerate(shown)
    ), x(0.0)


def _figure(pooled: Pooled) -> Figure:
    def signed(points: float) -> str:
        return f"{points:+.1f}".replace("-", "−")

    return Figure(
        said=f"{signed(pooled.estimate)} points",
        unsure=f"95% interval {signed(pooled.low95)} to {signed(pooled.high95)}, of {pooled.patients} patients",
        source="change from the first score to four weeks later; attendance helps to fill in what was not seen",
    )
