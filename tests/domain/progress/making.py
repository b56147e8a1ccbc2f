"""Series for tests."""

from collections.abc import Sequence

import numpy as np

from rejoin.domain.progress import Parameters, Series
from rejoin.domain.progress.level import Floats

PARAMETERS = Parameters(
    intercept_var=20.0,
    level_var=1.5,
    noise_var=4.0,
    clock_power=0.5,
    origin_day=0.0,
    knots=(0.0, 28.0),
    curve=(14.0, 10.0),
)


def series(*patients: Sequence[tuple[float, float | None]], attended: float | None = None) -> Series:
    """A list of (day, score) a patient; None where it was due and not collected."""
    rows = [(who, day, score) for who, days in enumerate(patients) for day, score in days]
    return Series(
        patient=np.array([row[0] for row in rows], np.int64),
        day=np.array([row[1] for row in rows], float),
        score=np.array([np.nan if row[2] is None else row[2] for row in rows], float),
        due=np.ones(len(rows), bool),
        attended=None if attended is None else np.full(len(rows), attended),
    )


def drawn(patients: int, *, seed: int, noise: float = 2.0, visits: int = 8, share: bool = False) -> Series:
    """Weekly scores around a falling curve, a fifth of them not collected; with `share`, attendance lowers them."""
    chance = np.random.default_rng(seed)
    day = np.tile(7.0 * np.arange(visits), patients)
    who = np.repeat(np.arange(patients), visits)
    attended = np.repeat(chance.random(patients), visits)
    steps = chance.normal(0, 1.0, (patients, visits)).cumsum(axis=1).ravel()
    level = np.repeat(chance.normal(0, 4.0, patients), visits) + steps + 15 - day / 10
    if share:
        level = level - 6 * attended
    score = level + chance.normal(0, noise, len(day))
    score[chance.random(len(day)) < 0.2] = np.nan
    return Series(
        patient=who,
        day=day,
        score=score,
        due=np.ones(len(day), bool),
        attended=attended if share else None,
    )


def by_gaussian_process(parameters: Parameters, one: Series) -> tuple[Floats, Floats]:
    """Mean and covariance of one patient's level on her days: the same kernel, one dense solve, no recursion."""
    clock = parameters.clock(one.day)
    kernel = parameters.intercept_var + parameters.level_var * np.minimum.outer(clock, clock)
    seen = ~np.isnan(one.score)
    away = (one.score - parameters.mean(one.day, one.attended))[seen]
    noisy = kernel[np.ix_(seen, seen)] + parameters.noise_var * np.eye(int(seen.sum()))
    weights = np.linalg.solve(noisy, kernel[seen]).T
    mean = parameters.mean(one.day, one.attended) + weights @ away
    return mean, kernel - weights @ kernel[seen]
