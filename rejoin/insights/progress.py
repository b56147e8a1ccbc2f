"""How a patient is doing by each measure: what was measured, what was not and why, and what can be said in between.

Worked out on reading, of what stands in `reading`: no estimate of hers is stored, so none can be out of date (ADR 29). The
parameters are those that the engine fitted over her whole program last night, where there are some (`parameters`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from rejoin.common.rows import select
from rejoin.domain.measures import Instrument, Scale
from rejoin.domain.progress import (
    CODES,
    INSTRUMENTS,
    Z90,
    Asking,
    Estimates,
    Fit,
    Series,
    Standing,
    Verdict,
    Yardstick,
    ask_next,
    estimate,
    yardstick,
)
from rejoin.domain.progress import Instrument as Known
from rejoin.domain.progress.instruments import NO_PUBLISHED
from rejoin.insights.parameters_reading import Night, drawn_with, nights_of
from rejoin.insights.reading import MISSES, Gap, Line, lines_of
from rejoin.insights.vocabulary import Ending
from rejoin.people.models import Patient

MOST_DAYS: Final = 90
"""Points of a curve: more are not seen on a page."""
TOLD_BY_HER: Final = frozenset(
    {Ending.MISSED_SESSION, Ending.NOT_ANSWERED, Ending.DECLINED, Ending.NOT_OFFERED}
)
"""Gaps that are not by chance: unseen scores are taken to be somewhat worse. A session that nobody held says nothing of her."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A score, as it was answered."""

    on: date
    points: float
    band: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is thought of one day. Bounds are of 90%, within what the measure reaches."""

    on: date
    mean: float
    low: float
    high: float
    low_unseen: float
    """With what was not seen taken to be worse (ADR 29); the same as `low` where it was measured."""
    high_unseen: float
    is_seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One scale of one measure in one version: another version is another of these, and no line leads across."""

    program_id: int
    """Where it was asked: what one program asks tells nothing of what another does not know."""
    instrument: Instrument
    scale: Scale
    known: Known
    today: date
    dots: tuple[Dot, ...]
    gaps: tuple[Gap, ...]
    open_on: tuple[date, ...]
    missed_on: tuple[date, ...]
    days: tuple[Day, ...]
    """None of them before the first score: without one nothing is drawn."""
    verdict: Verdict
    """Cannot tell, where there are fewer than two scores."""
    change: tuple[float, float, float] | None
    """Points since the first score, and its 90% bounds, with what was not seen taken to be worse."""
    tipping: float | None
    fitted: Fit
    """Of her program's own scores, or assumed: `how` says which, and why."""
    named: str
    """The same in a few words, for the source of a figure."""
    held: Yardstick
    standing: Standing | None

    @property
    def last(self) -> Dot | None:
        return self.dots[-1] if self.dots else None


def progress_of(patient: Patient, today: date) -> tuple[Progress, ...]:
    """By measure and version, the one asked last first. Four queries, however many there are."""
    found: dict[tuple[int, str, str], list[Line]] = defaultdict(list)
    for line in lines_of(patient):
        if line.ending is not Ending.WITHDRAWN and line.due_on <= today:
            found[line.program_id, *line.instrument.name_and_version].append(line)
    missed = tuple(row[0] for row in select(MISSES, [patient.pk]) if row[0] <= today)
    asked = [
        ((*which, scale.key), scale, lines)
        for which, lines in found.items()
        for scale in lines[0].instrument.scales
    ]
    nights = nights_of([which for which, *_ in asked])
    return tuple(
        _progress(scale, lines[::-1], missed, today, nights.get(which)) for which, scale, lines in asked
    )


def ask_first(found: Sequence[Progress]) -> Asking | None:
    """Which measure would settle the most if it were asked now; None where nothing is open."""
    standings = [each.standing for each in found if each.standing is not None]
    asking = next(iter(ask_next(standings)), None)
    return asking if asking and asking.settles > 0 else None


def known_as(scale: Scale) -> Known:
    """As estimates know it; a scale of which nothing is published by what it reaches."""
    return INSTRUMENTS.get(scale.key) or Known(
        key=scale.key,
        name=scale.name,
        lowest=scale.lowest,
        highest=scale.highest,
        reliable_change=None,
        source=NO_PUBLISHED,
        higher_is_worse=scale.higher_is_worse,
    )


def _progress(
    scale: Scale, lines: list[Line], missed: tuple[date, ...], today: date, night: Night | None
) -> Progress:
    dots = _dots(scale, lines)
    known = known_as(scale)
    began = min(each.due_on for each in lines)
    days, series = _series(dots, lines, min([began, *(each.on for each in dots)]), today)
    drawn = drawn_with(night, series, known)
    fitted = drawn.fit
    held = yardstick(series, fitted.parameters, known)
    told = estimate(series, fitted.parameters, known, held)
    compared = len(dots) > 1
    return Progress(
        program_id=lines[0].program_id,
        instrument=lines[0].instrument,
        scale=scale,
        known=known,
        today=today,
        dots=dots,
        gaps=tuple(
            Gap(from_on=each.unmeasured[0], until_on=each.unmeasured[1], why=each.ending)
            for each in lines
            if each.ending is not None and each.is_gap
        ),
        open_on=tuple(each.due_on for each in lines if each.ending is None),
        missed_on=tuple(each for each in missed if each >= began),
        days=_days(told, days, dots, known),
        verdict=CODES[int(told.verdict[-1])] if compared else Verdict.CANNOT_TELL,
        change=_change(told, known) if compared else None,
        tipping=_tipping(told) if compared else None,
        fitted=fitted,
        named=drawn.named,
        held=held,
        standing=_standing(scale, told, fitted, held),
    )


def _dots(scale: Scale, lines: list[Line]) -> tuple[Dot, ...]:
    """One a day, the later where there are two."""
    found: dict[date, Dot] = {}
    for line in lines:
        score = next((each for each in line.scores if each.scale.key == scale.key), None)
        if score is None or score.points is None or line.answered_on is None:
            continue
        how = line.how.value if line.how else ""
        found[line.answered_on] = Dot(on=line.answered_on, points=score.points, band=score.band, how=how)
    return tuple(found[day] for day in sorted(found))


def _series(dots: tuple[Dot, ...], lines: list[Line], began: date, today: date) -> tuple[list[date], Series]:
    """Every day that is known or was due, and days in between that are asked about, today last."""
    score = {each.on: each.points for each in dots}
    due = {each.due_on for each in lines if each.ending in TOLD_BY_HER} | set(score)
    step = max(1, (today - began).days // MOST_DAYS)
    asked = {today - timedelta(days=back) for back in range(0, (today - began).days + 1, step)}
    days = sorted(each for each in due | asked | {began} if each <= today)
    return days, Series(
        patient=np.zeros(len(days), np.int64),
        day=np.array([float((each - began).days) for each in days]),
        score=np.array([score.get(each, np.nan) for each in days]),
        due=np.array([each in due for each in days]),
    )


def _days(told: Estimates, days: list[date], dots: tuple[Dot, ...], known: Known) -> tuple[Day, ...]:
    if not dots:
        return ()
    measured = {each.on for each in dots}

    def within(points: float) -> float:
        return float(min(max(points, known.lowest), known.highest))

    return tuple(
        Day(
            on=on,
            mean=within(told.mean[at]),
            low=within(told.mean[at] - Z90 * told.sd[at]),
            high=within(told.mean[at] + Z90 * told.sd[at]),
            low_unseen=within(
                min(told.mean[at] - Z90 * told.sd[at], told.delta_mean[at] - Z90 * told.delta_sd[at])
            ),
            high_unseen=within(
                max(told.mean[at] + Z90 * told.sd[at], told.delta_mean[at] + Z90 * told.delta_sd[at])
            ),
            is_seen=on in measured,
        )
        for at, on in enumerate(days)
        if on >= dots[0].on
    )


def _change(told: Estimates, known: Known) -> tuple[float, float, float]:
    """Today's, in points as the measure counts them."""
    moved = float(told.worse_by[-1]) * known.worse + float(told.delta_mean[-1] - told.mean[-1])
    widened = float(told.delta_sd[-1] ** 2 - told.sd[-1] ** 2)
    reach = Z90 * float(np.sqrt(max(told.change_var[-1] + widened, 0.0)))
    return moved, moved - reach, moved + reach


def _tipping(told: Estimates) -> float | None:
    points = float(told.tipping_delta[-1])
    return None if np.isnan(points) or points <= 0 else points


def _standing(scale: Scale, told: Estimates, fitted: Fit, held: Yardstick) -> Standing:
    return Standing(
        instrument=scale.name,
        worse_by=float(told.worse_by[-1]),
        change_var=float(told.change_var[-1]),
        level_var=float(told.sd[-1] ** 2),
        answer_tells=float(told.answer_tells[-1]),
        noise_var=fitted.parameters.noise_var,
        reliable_change=held.reliable_change,
        unmeasured_days=float(told.unmeasured_days[-1]),
    )
