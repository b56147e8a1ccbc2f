"""How long every day of every patient takes, beside statsmodels on the same series in the same run; and that both agree."""

import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from rejoin.domain.progress import INSTRUMENTS, Parameters, Series, estimate, yardstick
from rejoin.domain.progress.level import Floats
from tools.validation.marks import Mark, write_table

PHQ9 = INSTRUMENTS["phq9"]
PARAMETERS = Parameters(
    intercept_var=20.0,
    level_var=2.0,
    noise_var=5.0,
    clock_power=0.5,
    origin_day=0.0,
    knots=(0.0, 28.0, 84.0),
    curve=(14.0, 11.0, 9.0),
)
FEW, MANY = 1_000, 1_000_000
FEW_SECONDS, MANY_SECONDS, TIMES_FASTER = 0.020, 30.0, 20.0
AGREEMENT = 1e-8


def validate(out: Path, *, quick: bool) -> list[Mark]:
    few = synthetic(FEW, seed=1)
    seconds = min(timed(few) for _ in range(5))
    theirs, mean, var = by_statsmodels(few)
    ours = estimate(few, PARAMETERS, PHQ9, yardstick(few, PARAMETERS, PHQ9))
    apart = max(float(np.abs(ours.mean - mean).max()), float(np.abs(ours.sd**2 - var).max()))
    marks = [
        _below("1,000 patients, seconds", seconds, FEW_SECONDS),
        _below("difference from statsmodels", apart, AGREEMENT),
        Mark(
            name="times faster than statsmodels in the same run",
            measured=f"{theirs / seconds:.0f}",
            mark=f"at least {TIMES_FASTER:g}",
            is_met=theirs >= TIMES_FASTER * seconds,
        ),
    ]
    rows = [[f"{FEW:,}", f"{len(few.day):,}", f"{seconds:.4f}", f"{theirs:.2f}"]]
    for patients in (10_000, 100_000) if quick else (10_000, 100_000, MANY):
        series = synthetic(patients, seed=2)
        taken = timed(series)
        rows.append([f"{patients:,}", f"{len(series.day):,}", f"{taken:.3f}", ""])
        if patients == MANY:
            marks.append(_below("1,000,000 patients, seconds", taken, MANY_SECONDS))
            per = taken / MANY / (float(rows[-2][2]) / 100_000)
            marks.append(_below("seconds a patient, of a million beside of 100,000", per, 1.5))
    if not quick:
        write_table(
            out / "progress-speed.md",
            "What estimates cost",
            "Level, bands, delta, verdict and tipping point of every day of every patient, given the parameters; synthetic "
            "series of 6 to 15 visits of which a fifth was not collected; one core. statsmodels smooths the level alone.",
            ["patients", "rows", "seconds", "statsmodels, seconds"],
            rows,
        )
    return marks


def synthetic(patients: int, *, seed: int) -> Series:
    """6 to 15 visits about a week apart, a fifth of them not collected."""
    chance = np.random.default_rng(seed)
    visits = chance.integers(6, 16, patients)
    patient = np.repeat(np.arange(patients), visits)
    visit = np.arange(len(patient)) - np.repeat(np.cumsum(visits) - visits, visits)
    score = chance.normal(12.0, 5.0, len(patient)).round().clip(0, 27)
    score[chance.random(len(patient)) < 0.2] = np.nan
    return Series(
        patient=patient,
        day=np.asarray(7.0 * visit + chance.integers(0, 3, len(patient)), np.float64),
        score=score,
        due=np.ones(len(patient), bool),
    )


def timed(series: Series) -> float:
    """Seconds, the yardstick included."""
    began = time.perf_counter()
    estimate(series, PARAMETERS, PHQ9, yardstick(series, PARAMETERS, PHQ9))
    return time.perf_counter() - began


def by_statsmodels(series: Series) -> tuple[float, Floats, Floats]:
    """Seconds, and mean and variance of the level (with its mean curve) on every row."""
    bounds = np.flatnonzero(np.diff(series.patient, prepend=-1, append=series.patients))
    mean, var = np.empty(len(series.day)), np.empty(len(series.day))
    curve = PARAMETERS.mean(series.day)
    began = time.perf_counter()
    for begin, end in pairwise(bounds):
        rows = slice(begin, end)
        mean[rows], var[rows] = smoothed_by_statsmodels(
            PARAMETERS, series.day[rows], (series.score - curve)[rows]
        )
    return time.perf_counter() - began, mean + curve, var


def smoothed_by_statsmodels(parameters: Parameters, day: Floats, away: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of one patient's level: a state that wanders by the clock, seen with noise."""
    from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

    clock = parameters.clock(day)
    smoother = KalmanSmoother(k_endog=1, k_states=1)
    smoother.bind(away[None, :].copy())
    smoother["design"] = np.ones((1, 1))
    smoother["transition"] = np.ones((1, 1))
    smoother["selection"] = np.ones((1, 1))
    smoother["obs_cov"] = np.array([[parameters.noise_var]])
    wander = np.append(parameters.level_var * np.diff(clock), 0.0)
    smoother["state_cov"] = wander[None, None, :]
    first = parameters.intercept_var + parameters.level_var * clock[0]
    smoother.initialize_known(np.zeros(1), np.array([[first]]))
    found = smoother.smooth()
    return found.smoothed_state[0], found.smoothed_state_cov[0, 0]


def _below(name: str, value: float, most: float) -> Mark:
    return Mark(name=name, measured=f"{value:.3g}", mark=f"at most {most:g}", is_met=value <= most)
