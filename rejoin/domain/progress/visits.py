"""Scores at fixed visits, some of them missing: a mean for each visit given covariates, and an unstructured covariance.

    y[i] = x[i] @ B + e[i],   e[i] ~ N(0, Sigma)

the mixed model for repeated measures (visit by each covariate), by restricted maximum likelihood. EM, pattern by pattern
of what was seen; an iteration does not depend on how many patients there are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.kernel import Refusal
from rejoin.domain.progress.level import Floats, Ints

STEPS: Final = 5_000
PRECISION: Final = 1e-9
"""Of the change of every mean *and* every covariance, in units of its standard deviation.

Means alone are not enough: from a diagonal covariance the first step leaves them where they are, at the estimate of those
who were seen to the end.
"""

ALIKE: Final = 1e-9
"""Variance of a visit given the others, beside that of its scores: below it the visit says nothing of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Patients of whom the same visits were seen."""

    seen: Ints
    unseen: Ints
    rows: Ints
    xx: Floats
    xy: Floats
    yy: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitModel:
    """`means`: (covariates, visits); `covariance`: (visits, visits); `certainty`: of the means, visit after visit."""

    means: Floats
    covariance: Floats
    certainty: Floats
    steps: int

    def effect(self, covariate: int, visit: int) -> tuple[float, float]:
        """Of one covariate at one visit, with its standard error."""
        place = visit * len(self.means) + covariate
        return float(self.means[covariate, visit]), float(np.sqrt(self.certainty[place, place]))


def patterns(scores: Floats, covariates: Floats) -> list[Pattern]:
    """`scores`: (patients, visits) with NaN; `covariates`: (patients, p), complete. Patients without any score are left out."""
    seen = ~np.isnan(scores)
    kinds, which = np.unique(seen, axis=0, return_inverse=True)
    found = []
    for kind, there in enumerate(kinds):
        if not there.any():
            continue
        rows = np.flatnonzero(which.ravel() == kind)
        x, y = covariates[rows], scores[np.ix_(rows, np.flatnonzero(there))]
        found.append(
            Pattern(
                seen=np.flatnonzero(there),
                unseen=np.flatnonzero(~there),
                rows=rows,
                xx=x.T @ x,
                xy=x.T @ y,
                yy=y.T @ y,
            )
        )
    return found


def require_enough(scores: Floats, covariates: Floats) -> None:
    """Refusal where a mean or a covariance could not be told from what was seen."""
    seen = ~np.isnan(scores)
    width = covariates.shape[1]
    if len(scores) <= width + scores.shape[1]:
        raise Refusal(
            "progress.few_patients", "There are too few patients for as many visits and covariates."
        )
    for visit in range(scores.shape[1]):
        if np.linalg.matrix_rank(covariates[seen[:, visit]]) < width:
            raise Refusal(
                "progress.few_scores",
                f"At visit {visit + 1} too few patients were measured to tell the covariates apart.",
            )
    together = seen.T.astype(int) @ seen.astype(int)
    if together.min() < 2:
        raise Refusal("progress.never_together", "There are two visits that hardly anybody attended both of.")


def fit_visits(scores: Floats, covariates: Floats) -> VisitModel:
    """Restricted maximum likelihood. `Refusal` where there is too little to tell."""
    require_enough(scores, covariates)
    groups = patterns(scores, covariates)
    patients = sum(len(each.rows) for each in groups)
    covariance = np.diag(np.nanvar(scores, axis=0))
    floor = ALIKE * float(covariance.max())
    covariance = _told_apart(covariance, floor)
    unit = np.sqrt(np.diag(covariance)).copy()
    means, certainty = _means(groups, covariance)
    steps, moved = 0, np.inf
    while steps < STEPS and moved >= PRECISION:
        expected = [_moments(each, means, certainty, covariance) for each in groups]
        better = np.sum(expected, axis=0) / patients
        moved = float(np.abs(better - covariance).max()) / float(unit.max()) ** 2
        covariance, before = _told_apart(better, floor), means
        means, certainty = _means(groups, covariance)
        moved = max(moved, float((np.abs(means - before) / unit).max()))
        steps += 1
    return VisitModel(means=means, covariance=covariance, certainty=certainty, steps=steps)


def _told_apart(covariance: Floats, floor: float) -> Floats:
    """As it is; `Refusal` where a visit has no spread of its own."""
    if not np.linalg.eigvalsh(covariance)[0] > floor:
        raise Refusal(
            "progress.alike", "The scores are too alike, or too few, to tell one visit from another."
        )
    return covariance


def _means(groups: list[Pattern], covariance: Floats) -> tuple[Floats, Floats]:
    """Generalised least squares given the covariance: means (covariates, visits), and their covariance."""
    visits, width = len(covariance), len(groups[0].xx)
    all_ = np.arange(width)
    told = np.zeros((visits, width, visits, width))
    pulled = np.zeros((visits, width))
    for each in groups:
        inverse = np.linalg.inv(covariance[np.ix_(each.seen, each.seen)])
        told[np.ix_(each.seen, all_, each.seen, all_)] += np.einsum("st,jk->sjtk", inverse, each.xx)
        pulled[each.seen] += inverse @ each.xy.T
    certainty: Floats = np.asarray(np.linalg.inv(told.reshape(visits * width, visits * width)), np.float64)
    means: Floats = (certainty @ pulled.ravel()).reshape(visits, width).T
    return means, certainty


def _moments(each: Pattern, means: Floats, certainty: Floats, covariance: Floats) -> Floats:
    """Expected sum of squares of the errors of these patients, the unseen ones and the means' uncertainty included."""
    visits, width = len(covariance), len(each.xx)
    seen, unseen = each.seen, each.unseen
    b = means[:, seen]
    errors = each.yy - each.xy.T @ b - b.T @ each.xy + b.T @ each.xx @ b
    by_visit = certainty.reshape(visits, width, visits, width)
    all_ = np.arange(width)
    spread: Floats = np.einsum("sjtk,jk->st", by_visit[np.ix_(seen, all_, seen, all_)], each.xx)
    errors = errors + spread
    whole = np.zeros_like(covariance)
    regression = np.linalg.solve(covariance[np.ix_(seen, seen)], covariance[np.ix_(seen, unseen)]).T
    cross = regression @ errors
    left = covariance[np.ix_(unseen, unseen)] - regression @ covariance[np.ix_(seen, unseen)]
    whole[np.ix_(seen, seen)] = errors
    whole[np.ix_(unseen, seen)] = cross
    whole[np.ix_(seen, unseen)] = cross.T
    whole[np.ix_(unseen, unseen)] = cross @ regression.T + len(each.rows) * left
    return whole
