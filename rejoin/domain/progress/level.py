"""A patient's level between measurements: a random intercept and a Wiener level around the program's mean curve.

    score(day)  = mean(day) + level(day) + noise,   noise ~ N(0, noise_var)
    Cov(level(s), level(t)) = intercept_var + level_var * min(clock(s), clock(t))
    clock(day)  = (day - origin_day) ** clock_power

The level is Markov, so a Kalman filter and the RTS smoother after it give the same as the Gaussian process, in one pass
over the days. Many patients go at once: arrays are (steps, patients), step by step, with NaN where nothing was collected.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]

SMALLEST_VARIANCE: Final = 1e-12
"""In place of none at all, so that nothing is divided by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Of one program and one instrument. Variances in squared points; `level_var` per unit of the clock."""

    intercept_var: float
    level_var: float
    noise_var: float
    clock_power: float
    """1: the level wanders as far in any week as in another. 0.5: less and less, as patients settle."""
    origin_day: float
    knots: tuple[float, ...]
    """Days between which the mean curve is straight; flat outside them."""
    curve: tuple[float, ...]
    """Points, at `knots`."""
    attended_effect: float = 0.0
    """Points by which patients who attend all differ from patients who attend nothing."""
    attended_mean: float = 0.0

    def clock(self, day: Floats) -> Floats:
        passed: Floats = np.maximum(day - self.origin_day, 0.0) ** self.clock_power
        return passed

    def mean(self, day: Floats, attended: Floats | None = None) -> Floats:
        """The program's mean curve, moved by attendance where that is known (NaN: where it is not)."""
        curve: Floats = np.interp(day, self.knots, self.curve)
        if attended is None:
            return curve
        return curve + self.attended_effect * np.nan_to_num(attended - self.attended_mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """The level given all scores of its patient, each (steps, patients)."""

    mean: Floats
    var: Floats
    forward: Floats
    """Cov(level(step), level(step+1)) given all = forward[step] * var[step+1]; the last row is not used."""


def innovations(
    clock: Floats, seen: Truths, columns: Floats, intercept_var: float, level_var: float, noise_var: float
) -> tuple[Floats, Floats]:
    """What each score adds to those before it, and its variance: (steps, patients, columns) and (steps, patients).

    `columns` is filtered column by column with the same gains, which is how a mean curve is fitted along with the scores.
    """
    steps, patients, width = columns.shape
    var = np.full(patients, max(intercept_var, SMALLEST_VARIANCE))
    level = np.zeros((patients, width))
    before = np.zeros(patients)
    surprises, scales = np.empty_like(columns), np.empty((steps, patients))
    for step in range(steps):
        var = var + level_var * (clock[step] - before)
        before = clock[step]
        scales[step] = var + noise_var
        surprises[step] = columns[step] - level
        gain = np.where(seen[step], var / scales[step], 0.0)
        level = level + gain[:, None] * surprises[step]
        var = var * (1.0 - gain)
    return surprises, scales


def smooth(clock: Floats, away: Floats, parameters: Parameters) -> Smoothed:
    """Kalman forwards, RTS backwards. `away`: scores less their mean curve, NaN where there is none."""
    seen = ~np.isnan(away)
    away = np.where(seen, away, 0.0)
    steps, patients = away.shape
    level_var, noise_var = parameters.level_var, max(parameters.noise_var, SMALLEST_VARIANCE)
    filtered, filtered_var, ahead_var = np.empty_like(away), np.empty_like(away), np.empty_like(away)
    var = np.full(patients, max(parameters.intercept_var, SMALLEST_VARIANCE))
    level = np.zeros(patients)
    passed = np.diff(clock, axis=0, prepend=0.0)
    for step in range(steps):
        var = var + level_var * passed[step]
        ahead_var[step] = var
        gain = np.where(seen[step], var / (var + noise_var), 0.0)
        level = level + gain * (away[step] - level)
        var = var * (1.0 - gain)
        filtered[step], filtered_var[step] = level, var
    forward = np.ones_like(away)
    mean, kept = filtered.copy(), filtered_var.copy()
    for step in range(steps - 2, -1, -1):
        back = filtered_var[step] / ahead_var[step + 1]
        forward[step] = back
        mean[step] += back * (mean[step + 1] - filtered[step])
        kept[step] += back * back * (kept[step + 1] - ahead_var[step + 1])
    return Smoothed(mean=mean, var=kept, forward=forward)


def shared_with_first(smoothed: Smoothed, first: Ints) -> Floats:
    """Cov(level(first score), level(step)) given all, (steps, patients); 0 before the first score.

    `first`: the step of each patient's first score, or any number past the last where there is none.
    """
    shared = np.zeros_like(smoothed.var)
    carried = np.zeros(smoothed.var.shape[1])
    for step in range(len(shared)):
        if step:
            carried = carried * smoothed.forward[step - 1]
        carried = np.where(first == step, 1.0, carried)
        shared[step] = carried * smoothed.var[step]
    return shared
