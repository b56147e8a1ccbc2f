"""The few numbers behind a program's curves, by maximum likelihood over all its patients at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from rejoin.domain.progress.instruments import Instrument
from rejoin.domain.progress.level import Floats, Ints, Parameters, Truths, innovations
from rejoin.domain.progress.series import Series, blocks

CLOCKS: Final = (0.5, 1.0)
"""How the level wanders: less as time goes on, or evenly. Whichever makes the scores likelier is taken."""
MOST_KNOTS: Final = 8
SCORES_A_KNOT: Final = 10
CLOSEST: Final = 0.05
"""Of the whole time: knots nearer to each other than that would follow the noise."""
ENOUGH_PATIENTS: Final = 20
"""With two scores or more. Fewer do not tell what is noise from what is change."""
FITTED_ON: Final = 5_000
"""Patients at most: of more, evenly spaced ones. The numbers do not get better past that, only slower."""
NOISE_OF_A_CHANGE: Final = 1.96 * 2**0.5
"""A reliable change is so many times the noise of one score."""
ASSUMED_SPREAD: Final = 0.2
"""Standard deviation between patients where too few are there to tell: a share of the instrument's range."""
ASSUMED_DAYS: Final = 9.0
"""In which a level is then taken to wander as far as the noise of one score: 8.7 days in the antidepressant trial that ships
with the tests (HAMD-17, weekly to fortnightly), fitted evenly over time. Other data say 5 (PANSS) and 167 (BDI-II over eight months);
of these the shorter is the more careful, as bands widen sooner."""
ROUNDING: Final = 1 / 12
"""Variance that rounding to whole points alone leaves in a score: of one that is even over a step."""
LEAST_NOISE: Final = 0.05
"""Of the variance of all scores: a reliability of .95, more than a short questionnaire has. Ours. In a few dozen patients with
two or three scores each the likeliest noise is now and then none at all, and every change by a point would be certain."""
FITTED: Final = "maximum likelihood over all patients"
HELD_UP: Final = (
    f"{FITTED}; the noise held at the least that is believed, as the scores alone would have it smaller"
)
SMALLEST, LARGEST = -14.0, 3.0
"""Bounds of the logarithm of a variance, beside that of all scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Parameters and where they come from."""

    parameters: Parameters
    log_likelihood: float | None
    """None where nothing was fitted."""
    patients: int
    """With a score, among those it was fitted on."""
    scores: int
    how: str
    """In words."""


def fit(series: Series, instrument: Instrument, turns: Ints | None = None) -> Fit:
    """By maximum likelihood; or, where fewer than `ENOUGH_PATIENTS` have two scores, as assumed for the instrument.

    A noise smaller than `least_noise` is not believed: it is held there, and the rest fitted to that.
    `turns`: the patients in the order in which evenly spaced ones are taken of very many; default: that of the series.
    """
    seen = ~np.isnan(series.score)
    scores = np.bincount(series.patient[seen], minlength=series.patients)
    if np.count_nonzero(scores >= 2) < ENOUGH_PATIENTS or np.ptp(series.score[seen]) == 0:
        return assume(series, instrument)
    used = series
    if series.patients > FITTED_ON:
        keep = np.zeros(series.patients, bool)
        some = np.linspace(0, series.patients - 1, FITTED_ON).astype(int)
        keep[some if turns is None else turns[some]] = True
        used = series.only(keep[series.patient])
    attempts = [_maximised(used, power) for power in CLOCKS]
    return max(attempts, key=lambda each: each.log_likelihood or 0.0)


def log_likelihood(series: Series, parameters: Parameters) -> float:
    """Of all scores, given the parameters."""
    away = series.score - parameters.mean(series.day, series.attended)
    sums = _Sums(series, away[:, None], parameters.origin_day, parameters.clock_power)
    surprises, scales = sums.whitened(
        np.array([parameters.intercept_var, parameters.level_var, parameters.noise_var])
    )
    return _told(surprises[:, 0], scales)


def least_noise(scores: Floats) -> float:
    """The smallest variance of the noise that is believed, of these scores."""
    rounded = ROUNDING if (scores == np.rint(scores)).all() else 0.0
    return max(rounded, LEAST_NOISE * float(scores.var()))


def origin_of(series: Series) -> float:
    """Day 0, or the first day of all where that is earlier."""
    return float(min(0.0, series.day.min())) if len(series.day) else 0.0


class _Sums:
    """The likelihood of columns of numbers under variances that are tried one after the other."""

    def __init__(self, series: Series, columns: Floats, origin: float, power: float) -> None:
        clock = np.maximum(series.day - origin, 0.0) ** power
        seen = ~np.isnan(series.score)
        columns = np.where(seen[:, None], columns, 0.0)
        self.laid: list[tuple[Floats, Truths, Floats]] = [
            (clock[block.rows], block.real & seen[block.rows], columns[block.rows])
            for block in blocks(series)
        ]

    def whitened(self, variances: Floats) -> tuple[Floats, Floats]:
        """The columns' surprises, each divided by its standard deviation, and those variances: (scores, columns), (scores,)."""
        parts, scales = [], []
        for clock, seen, columns in self.laid:
            surprises, scale = innovations(clock, seen, columns, *map(float, variances))
            parts.append(surprises[seen] / np.sqrt(scale[seen])[:, None])
            scales.append(scale[seen])
        return np.concatenate(parts), np.concatenate(scales)


def _told(white: Floats, scales: Floats) -> float:
    return float(-0.5 * (np.log(2 * np.pi * scales).sum() + white @ white))


def _maximised(series: Series, power: float) -> Fit:
    seen = ~np.isnan(series.score)
    knots = _knots(series.day[seen])
    basis, attended_mean = _basis(series, seen, knots)
    origin = origin_of(series)
    sums = _Sums(series, np.column_stack([series.score, basis]), origin, power)
    spread = float(np.log(series.score[seen].var()))

    def unlikely(logs: Floats) -> float:
        white, scales = sums.whitened(np.exp(logs))
        return -_told(white[:, 0] - white[:, 1:] @ _solved(white), scales)

    began = spread + np.array([-0.7, -4.0, -1.0])
    bounds = [(spread + SMALLEST, spread + LARGEST)] * 3
    found, how = minimize(unlikely, began, method="L-BFGS-B", bounds=bounds), FITTED
    least = np.log(least_noise(series.score[seen]))
    if found.x[2] < least:
        bounds[2] = (least, max(least, spread + LARGEST))
        began[2] = max(began[2], least)
        found, how = minimize(unlikely, began, method="L-BFGS-B", bounds=bounds), HELD_UP
    variances = np.exp(found.x)
    weights = _solved(sums.whitened(variances)[0])
    has_share = basis.shape[1] > len(knots)
    parameters = Parameters(
        intercept_var=float(variances[0]),
        level_var=float(variances[1]),
        noise_var=float(variances[2]),
        clock_power=power,
        origin_day=origin,
        knots=tuple(map(float, knots)),
        curve=tuple(map(float, weights[: len(knots)])),
        attended_effect=float(weights[-1]) if has_share else 0.0,
        attended_mean=attended_mean,
    )
    return Fit(
        parameters=parameters,
        log_likelihood=-float(found.fun),
        patients=len(np.unique(series.patient[seen])),
        scores=int(seen.sum()),
        how=how,
    )


def _solved(white: Floats) -> Floats:
    """Generalised least squares: the first column on the others."""
    weights: Floats = np.asarray(np.linalg.lstsq(white[:, 1:], white[:, 0], rcond=None)[0], np.float64)
    return weights


def _knots(days: Floats) -> Floats:
    """Every day on which enough were measured, or as many as the scores carry, closer where there are more of them.

    A day on which one of them answered late is none: her score would bend everybody's curve.
    """
    most = int(np.clip(len(days) // SCORES_A_KNOT, 1, MOST_KNOTS))
    distinct, count = np.unique(days, return_counts=True)
    common = distinct[count >= SCORES_A_KNOT]
    if len(common) and len(distinct) <= most:
        return common
    wished = np.unique(np.quantile(days, np.linspace(0, 1, most) if most > 1 else [0.5]))
    apart = np.ptp(distinct) * CLOSEST
    kept = [float(wished[0])]
    for each in map(float, wished[1:]):
        if each - kept[-1] >= apart:
            kept.append(each)
    return np.array(kept)


def _basis(series: Series, seen: Truths, knots: Floats) -> tuple[Floats, float]:
    """A column a knot, and one for the share attended where it is known and differs; and that share's mean."""
    hats = np.column_stack([np.interp(series.day, knots, one) for one in np.eye(len(knots))])
    if series.attended is None:
        return hats, 0.0
    known = series.attended[seen & ~np.isnan(series.attended)]
    if len(known) < SCORES_A_KNOT or np.ptp(known) == 0:
        return hats, 0.0
    mean = float(known.mean())
    return np.column_stack([hats, np.nan_to_num(series.attended - mean)]), mean


def assume(series: Series, instrument: Instrument) -> Fit:
    """Noise from the published reliable change, spread from the range; the mean from the scores that there are.

    Nothing is fitted, however many scores these are.
    """
    seen = ~np.isnan(series.score)
    scores = series.score[seen]
    middle = (instrument.lowest + instrument.highest) / 2
    reach = instrument.highest - instrument.lowest
    if not instrument.key:  # nobody said how far it reaches
        reach = float(max(2 * np.abs(scores).max(initial=0.0), 1.0))
    spread = ASSUMED_SPREAD * reach
    change = instrument.reliable_change
    noise = (change / NOISE_OF_A_CHANGE if change else spread / 2) ** 2
    parameters = Parameters(
        intercept_var=spread**2,
        level_var=noise / ASSUMED_DAYS,
        noise_var=noise,
        clock_power=1.0,
        origin_day=origin_of(series),
        knots=(0.0,),
        curve=(float(scores.mean()) if len(scores) else middle,),
    )
    return Fit(
        parameters=parameters,
        log_likelihood=None,
        patients=len(np.unique(series.patient[seen])),
        scores=len(scores),
        how=f"assumed: fewer than {ENOUGH_PATIENTS} patients with two scores that differ are too few to estimate from",
    )
