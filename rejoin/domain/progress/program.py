"""What a program's patients come to on average, with those who were not measured to the end counted in.

The estimate is of every patient who began: unseen scores are imputed many times given what was seen, attendance included,
and pooled (Rubin 1987). Those who were measured to the end, and scores carried forward, are comparisons and no estimate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import t as student

from rejoin.domain.kernel import Refusal
from rejoin.domain.progress.imputing import impute
from rejoin.domain.progress.level import Floats, Truths
from rejoin.domain.progress.unseen import DELTA_MEAN, DELTA_SD
from rejoin.domain.progress.visits import fit_visits

SETS: Final = 500
HALVINGS: Final = 50
FARTHEST: Final = 5.0
"""Standard deviations of a score past which a tipping point is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """One program's scores, a row a patient."""

    scores: Floats
    """(patients, visits), NaN where it was not collected."""
    covariates: Floats
    """(patients, p): 1, then the arm where there are two, then the baseline less its mean where there is one."""
    attended: Floats | None
    """Share of sessions attended, 0..1: helps to impute, and is no part of the comparison. Complete."""
    baseline: Floats | None
    """What change is counted from, in points; None where the first visit is what it is counted from."""
    compares: bool
    """True: the second covariate is the arm, and the difference is asked for; False: the mean change."""
    worse: int = 1
    """+1 where more points are worse."""


def lay_out(
    scores: Floats,
    *,
    arm: Truths | None = None,
    baseline: Floats | None = None,
    attended: Floats | None = None,
    worse: int = 1,
) -> Visits:
    """`arm`: who is in the one that is compared with the other; None where there is one program and no comparison."""
    columns = [np.ones(len(scores))]
    if arm is not None:
        columns.append(arm.astype(np.float64))
    if baseline is not None:
        columns.append(baseline - baseline.mean())
    return Visits(
        scores=scores,
        covariates=np.column_stack(columns),
        attended=attended,
        baseline=baseline,
        compares=arm is not None,
        worse=worse,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """An estimate in points with its standard error and 95% interval."""

    estimate: float
    se: float
    low95: float
    high95: float
    patients: int
    """Who are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramChange:
    """At the last visit."""

    at_random: Pooled
    """Unseen scores as likely as they are given what was seen."""
    with_delta: Pooled
    """Unseen scores taken to be worse by N(0.15, 0.15) standard deviations."""
    mixed_model: Pooled
    """The same question by a mixed model for repeated measures, without attendance: to hold the first against."""
    delta_unit: float
    """One standard deviation of a score at the last visit, points."""
    tipping_delta: float | None
    """Points by which unseen scores must be worse than expected (with two arms: of the arm compared) for 0 to be in the interval."""
    unseen: int
    """Patients without a score at the last visit."""
    completers_only: Pooled | None
    carried_forward: Pooled | None


def program_change(visits: Visits, *, chance: np.random.Generator, sets: int = SETS) -> ProgramChange:
    """`Refusal` where there is too little to tell."""
    if not visits.compares and visits.baseline is None and visits.scores.shape[1] == 1:
        raise Refusal("progress.one_visit", "There is one visit and no baseline: no change can be told.")
    last = visits.scores[:, -1]
    unseen = np.isnan(last)
    known = _beside(visits)
    mixed = fit_visits(visits.scores, visits.covariates)
    model = mixed if known is visits.covariates else fit_visits(visits.scores, known)
    try:
        drawn = impute(visits.scores, known, model, sets=sets, chance=chance)
        analysis = _Analysis(visits, drawn)
    except np.linalg.LinAlgError:  # a covariance was drawn that is as good as flat: so little holds it up
        raise Refusal(
            "progress.few_patients", "There are too few patients to impute what was not seen."
        ) from None
    unit = float(np.sqrt(model.covariance[-1, -1]))
    shifts = visits.worse * unit * chance.normal(DELTA_MEAN, DELTA_SD, sets)
    at_random = analysis.pooled(np.zeros(sets))
    return ProgramChange(
        at_random=at_random,
        with_delta=analysis.pooled(shifts),
        mixed_model=_mixed(visits, mixed.means, mixed.certainty),
        delta_unit=unit,
        tipping_delta=_tipping(analysis, visits, at_random, unit),
        unseen=int(unseen.sum()),
        completers_only=_plain(visits, last),
        carried_forward=_plain(visits, _carried(visits)),
    )


def _beside(visits: Visits) -> Floats:
    """The covariates, and attendance beside them unless it is the same for everybody or follows from the others."""
    attended = visits.attended
    if attended is None:
        return visits.covariates
    both = np.column_stack([visits.covariates, attended - attended.mean()])
    return both if np.linalg.matrix_rank(both) == both.shape[1] else visits.covariates


def _outcome(visits: Visits, last: Floats, first: Floats) -> Floats:
    """What is averaged or compared: with two arms the last score, with one the change up to it."""
    if visits.compares:
        return last
    return last - (first if visits.baseline is None else visits.baseline)


def _design(visits: Visits) -> Floats:
    return visits.covariates if visits.compares else np.ones((len(visits.scores), 1))


class _Analysis:
    """The same least squares on every completed set, one after the other; of each no more is kept than shifts need."""

    def __init__(self, visits: Visits, drawn: Iterable[Floats]) -> None:
        design = _design(visits)
        inverse = np.linalg.inv(design.T @ design)
        weights = inverse @ design.T
        place = 1 if visits.compares else 0
        unseen = np.isnan(visits.scores[:, -1])
        compared = unseen & (visits.covariates[:, 1] > 0) if visits.compares else unseen
        moved = np.column_stack([unseen, compared]).astype(np.float64)
        moved_errors = moved - design @ (weights @ moved)
        found, squares, crossed = [], [], []
        for scores in drawn:
            outcome = _outcome(visits, scores[:, -1], scores[:, 0])
            effects = weights @ outcome
            errors = outcome - design @ effects
            found.append(effects[place])
            squares.append(errors @ errors)
            crossed.append(errors @ moved_errors)
        self.found, self.squares, self.crossed = np.array(found), np.array(squares), np.array(crossed)
        self.moves = (weights @ moved)[place]
        self.moved_squares = (moved_errors**2).sum(axis=0)
        self.patients, self.degrees = len(design), len(design) - design.shape[1]
        self.certainty = float(inverse[place, place])

    def pooled(self, shifts: Floats, *, compared: bool = False) -> Pooled:
        """`shifts`: points added to unseen last scores, one a set; with `compared` those of the arm that is compared alone."""
        whom = int(compared)
        squares = self.squares + 2 * shifts * self.crossed[:, whom] + shifts**2 * self.moved_squares[whom]
        variance = squares / self.degrees * self.certainty
        return _rubin(self.found + shifts * self.moves[whom], variance, self.patients, self.degrees)


def _rubin(estimates: Floats, variances: Floats, patients: int, degrees: int) -> Pooled:
    """Rubin's rules with the degrees of freedom of Barnard and Rubin (1999)."""
    sets = len(estimates)
    within, between = float(variances.mean()), float(estimates.var(ddof=1))
    total = within + (1 + 1 / sets) * between
    share = (1 + 1 / sets) * between / total
    observed = (degrees + 1) / (degrees + 3) * degrees * (1 - share)
    freedom = observed if share <= 0 else 1 / (share**2 / (sets - 1) + 1 / max(observed, 1e-9))
    return _interval(float(estimates.mean()), float(np.sqrt(total)), freedom, patients)


def _interval(estimate: float, se: float, freedom: float, patients: int) -> Pooled:
    reach = float(student.ppf(0.975, freedom)) * se
    return Pooled(
        estimate=estimate, se=se, low95=estimate - reach, high95=estimate + reach, patients=patients
    )


def _mixed(visits: Visits, means: Floats, certainty: Floats) -> Pooled:
    """From the mixed model: the arm's effect, or the mean change, at the last visit. Normal interval."""
    width, count = means.shape
    weight = np.zeros((count, width))
    shift, extra = 0.0, 0.0
    if visits.compares:
        weight[-1, 1] = 1.0
    else:
        centre = visits.covariates.mean(axis=0)
        weight[-1] = centre
        if visits.baseline is None:
            weight[0] -= centre
        else:
            # The baseline is known of everybody; that another draw of patients would have another one is added.
            slope = float(means[-1, -1]) - 1.0
            extra = slope * slope * float(visits.baseline.var(ddof=1)) / len(visits.baseline)
            shift = -float(visits.baseline.mean())
    flat = weight.ravel()
    estimate = float(flat @ means.T.ravel()) + shift
    se = float(np.sqrt(flat @ certainty @ flat + extra))
    return _interval(estimate, se, np.inf, int((~np.isnan(visits.scores)).any(axis=1).sum()))


def _tipping(analysis: _Analysis, visits: Visits, found: Pooled, unit: float) -> float | None:
    """Where the interval first holds 0 when unseen scores get worse; None where it does already, or never does."""
    if found.low95 <= 0 <= found.high95:
        return None
    better = found.estimate * visits.worse < 0
    if not better:
        return None

    def holds(delta: float) -> bool:
        pooled = analysis.pooled(np.full(len(analysis.found), visits.worse * delta), compared=True)
        return pooled.low95 <= 0 <= pooled.high95 or pooled.estimate * visits.worse > 0

    low, high = 0.0, FARTHEST * unit
    if not holds(high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _carried(visits: Visits) -> Floats:
    """The last score that was seen, or the baseline, in place of the last visit's."""
    last = np.full(len(visits.scores), np.nan) if visits.baseline is None else visits.baseline.copy()
    for scores in visits.scores.T:
        last = np.where(np.isnan(scores), last, scores)
    return last


def _plain(visits: Visits, last: Floats) -> Pooled | None:
    """Least squares on whoever has a number; None where they are too few."""
    outcome = _outcome(visits, last, visits.scores[:, 0])
    there = ~np.isnan(outcome)
    design = _design(visits)[there]
    patients, width = design.shape
    if patients <= width or np.linalg.matrix_rank(design) < width:
        return None
    inverse = np.linalg.inv(design.T @ design)
    found = inverse @ design.T @ outcome[there]
    errors = outcome[there] - design @ found
    place = 1 if visits.compares else 0
    se = float(np.sqrt(errors @ errors / (patients - width) * inverse[place, place]))
    return _interval(float(found[place]), se, patients - width, patients)
