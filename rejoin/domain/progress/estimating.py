"""Every patient's level on every day that was due or is asked about, with how sure that is and what it amounts to."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtri

from rejoin.domain.progress.fitting import NOISE_OF_A_CHANGE
from rejoin.domain.progress.instruments import Instrument
from rejoin.domain.progress.level import Floats, Ints, Parameters, Smoothed, Truths, shared_with_first, smooth
from rejoin.domain.progress.series import Block, Series, blocks
from rejoin.domain.progress.unseen import DELTA_MEAN, DELTA_SD, unmeasured
from rejoin.domain.progress.verdicts import Codes, next_edge, verdicts

Z90: Final = float(ndtri(0.95))
Z95: Final = float(ndtri(0.975))
USUAL_SPACING: Final = 7.0
"""Days between measures where nobody has two."""


SCORES_TO_COMPARE: Final = 2
"""With one score alone there is nothing that it could have changed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """A row a row of the series. Points, unless said otherwise.

    `mean` and `sd` are of the level, without the noise of a single score; `score_sd` is of a score that would be taken then.
    """

    mean: Floats
    sd: Floats
    score_sd: Floats
    unmeasured_days: Floats
    delta_weight: Floats
    """0..1: how far the day counts as unseen."""
    delta_mean: Floats
    """The mean with what is not seen taken to be worse."""
    delta_sd: Floats
    verdict: Codes
    tipping_delta: Floats
    """NaN where the day was measured, before a second score, or where worse scores do not change the verdict."""
    worse_by: Floats
    """Change since the first score in the worse direction; NaN before it, and for whoever has none."""
    change_var: Floats
    answer_tells: Floats
    """Covariance of that change with the level on the day: what a score on that day would tell of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What changes and gaps are held against."""

    reliable_change: float
    source: str
    score_sd: float
    """Of one score among patients on the middle day: the unit of delta."""
    spacing: float
    """Usual days between measures."""


def yardstick(series: Series, parameters: Parameters, instrument: Instrument) -> Yardstick:
    """The published reliable change where there is one, else one from the noise; and the units that go with it."""
    noise = float(np.sqrt(parameters.noise_var))
    middle = np.array([np.median(series.day)]) if len(series.day) else np.zeros(1)
    between = parameters.intercept_var + parameters.level_var * float(parameters.clock(middle)[0])
    return Yardstick(
        reliable_change=instrument.reliable_change or max(NOISE_OF_A_CHANGE * noise, 1e-6),
        source=instrument.source,
        score_sd=float(np.sqrt(between + parameters.noise_var)),
        spacing=_spacing(series),
    )


def estimate(series: Series, parameters: Parameters, instrument: Instrument, held: Yardstick) -> Estimates:
    """All of it; a million patients take seconds."""
    rows = len(series.patient)
    mean = parameters.mean(series.day, series.attended)
    laid = _Laid(rows)
    for block in blocks(series):
        laid.take(block, _block(series, block, mean, parameters, held.spacing))
    level, var = laid.level + mean, laid.var
    moved, widened = DELTA_MEAN * held.score_sd * laid.weight, DELTA_SD * held.score_sd * laid.weight
    worse_by = instrument.worse * (level - laid.first)
    spread = np.sqrt(laid.change_var + widened**2)
    seen = laid.weight == 0
    first_alone = _scores_up_to(series) < SCORES_TO_COMPARE
    verdict = verdicts(np.where(first_alone, np.nan, worse_by + moved), spread, held.reliable_change)
    tipping = next_edge(worse_by + moved, spread, held.reliable_change) - worse_by
    return Estimates(
        mean=level,
        sd=np.sqrt(var),
        score_sd=np.sqrt(var + parameters.noise_var),
        unmeasured_days=laid.since,
        delta_weight=laid.weight,
        delta_mean=level + instrument.worse * moved,
        delta_sd=np.sqrt(var + widened**2),
        verdict=verdict,
        tipping_delta=np.where(seen | first_alone, np.nan, tipping),
        worse_by=worse_by,
        change_var=laid.change_var,
        answer_tells=laid.answer_tells,
    )


def _scores_up_to(series: Series) -> Ints:
    """How many scores of hers there are up to each row's day, that day's among them."""
    seen = (~np.isnan(series.score)).astype(np.int64)
    every = np.append(0, np.cumsum(seen))
    begins = np.searchsorted(series.patient, series.patient)
    return np.asarray(every[1:] - every[begins], np.int64)


def _spacing(series: Series) -> float:
    day, patient = series.day[series.due], series.patient[series.due]
    between = np.diff(day)[np.diff(patient) == 0]
    return float(np.median(between)) if len(between) else USUAL_SPACING


class _Laid:
    """Columns, a row a row of the series, filled block by block."""

    NAMES = ("level", "var", "first", "change_var", "answer_tells", "since", "weight")

    def __init__(self, rows: int) -> None:
        self.level, self.var, self.first, self.change_var = (np.empty(rows) for _ in range(4))
        self.answer_tells, self.since, self.weight = (np.empty(rows) for _ in range(3))

    def take(self, block: Block, found: tuple[Floats, ...]) -> None:
        places = block.rows[block.real]
        for name, values in zip(self.NAMES, found, strict=True):
            getattr(self, name)[places] = values[block.real]


def _block(
    series: Series, block: Block, mean: Floats, parameters: Parameters, spacing: float
) -> tuple[Floats, ...]:
    """In the order of `_Laid.NAMES`, each (steps, patients)."""
    day, curve = series.day[block.rows], mean[block.rows]
    score = np.where(block.real, series.score[block.rows], np.nan)
    seen = ~np.isnan(score)
    smoothed = smooth(parameters.clock(day), score - curve, parameters)
    since, weight = unmeasured(day, seen, series.due[block.rows] & block.real, spacing)
    first, change_var, tells = _since_first(smoothed, curve, seen)
    return smoothed.mean, smoothed.var, first, change_var, tells, since, weight


def _since_first(smoothed: Smoothed, curve: Floats, seen: Truths) -> tuple[Floats, Floats, Floats]:
    """The level on the day of the first score (NaN before it), the variance of the change since, and what a score tells of it."""
    steps, patients = seen.shape
    step = np.where(seen.any(axis=0), seen.argmax(axis=0), steps)
    shared = shared_with_first(smoothed, step)
    at = np.minimum(step, steps - 1)
    whose = np.arange(patients)
    began = np.where(np.arange(steps)[:, None] >= step, (smoothed.mean + curve)[at, whose], np.nan)
    change_var = np.maximum(smoothed.var + smoothed.var[at, whose] - 2 * shared, 0.0)
    return began, change_var, smoothed.var - shared
