"""Logistic regression with a ridge, on standardised features, by Newton's method.

The objective is scikit-learn's: half the squared coefficients plus C times the summed log-loss, the intercept free.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit

from rejoin.domain.risk.weeks import Flags, Ints, Reals

RIDGE_C: Final = 0.1
"""Of protocol P1, not tuned."""
STEPS: Final = 100
CLOSE: Final = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """Coefficients per standard deviation of a feature, the intercept first, and how sure they are.

    `covariance` lets each patient's weeks hang together (a sandwich by patient). `low` and `high` bound what a feature
    was fitted on: beyond them nobody knows, and the nearest that was seen is taken.
    """

    names: tuple[str, ...]
    mean: Reals
    scale: Reals
    low: Reals
    high: Reals
    beta: Reals
    covariance: Reals

    def design(self, x: Reals) -> Reals:
        """Rows of features as the coefficients want them: a one, then each in standard deviations."""
        inside = np.clip(x, self.low, self.high)
        return np.column_stack([np.ones(len(x)), (inside - self.mean) / self.scale])

    def logit(self, x: Reals) -> Reals:
        found: Reals = self.design(x) @ self.beta
        return found

    def variance(self, x: Reals) -> Reals:
        """Of the logit, from not knowing the coefficients for certain."""
        design = self.design(x)
        found: Reals = np.einsum("ij,jk,ik->i", design, self.covariance, design)
        return found


def fit(x: Reals, happened: Flags, patient: Ints, names: tuple[str, ...], *, c: float = RIDGE_C) -> Fit:
    """`patient` says whose each row is. Needs both answers among `happened`."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    design = np.column_stack([np.ones(len(x)), (x - mean) / scale])
    y = happened.astype(np.float64)
    ridge = np.full(design.shape[1], 1 / c)
    ridge[0] = 0.0
    beta = _newton(design, y, ridge)
    return Fit(
        names=names,
        mean=mean,
        scale=scale,
        low=x.min(axis=0),
        high=x.max(axis=0),
        beta=beta,
        covariance=_sandwich(design, y, ridge, beta, patient),
    )


def _newton(design: Reals, y: Reals, ridge: Reals) -> Reals:
    """The step is halved until the loss falls: with few events a whole one can overshoot."""
    beta = np.zeros(design.shape[1])
    beta[0] = np.log(y.mean() / (1 - y.mean()))
    loss = _loss(design, y, ridge, beta)
    for _ in range(STEPS):
        p = expit(design @ beta)
        slope = design.T @ (p - y) + ridge * beta
        bend = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        share = 1.0
        while (found := _loss(design, y, ridge, beta - share * step)) > loss + CLOSE and share > CLOSE:
            share /= 2
        beta, loss = beta - share * step, found
        if np.abs(share * step).max() < CLOSE:
            break
    return beta


def _loss(design: Reals, y: Reals, ridge: Reals, beta: Reals) -> float:
    logit = design @ beta
    return float((np.logaddexp(0, logit) - y * logit).sum() + 0.5 * (ridge * beta * beta).sum())


def _sandwich(design: Reals, y: Reals, ridge: Reals, beta: Reals, patient: Ints) -> Reals:
    p = expit(design @ beta)
    bend = (design * (p * (1 - p))[:, None]).T @ design + np.diag(ridge)
    _, whose = np.unique(patient, return_inverse=True)
    pulls = np.zeros((int(whose.max()) + 1, design.shape[1]))
    np.add.at(pulls, whose, design * (y - p)[:, None])
    bread = np.linalg.inv(bend)
    found: Reals = bread @ (pulls.T @ pulls) @ bread
    return found
