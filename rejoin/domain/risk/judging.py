"""How good estimates were, once it is known what came of them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from rejoin.domain.risk.weeks import Flags, Ints, Reals

EDGE: Final = 1e-9
STEPS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Expected over observed, with its 90% interval: 1 is right, above 1 too many were expected."""

    rows: int
    patients: int
    expected: float
    observed: int
    ratio: float
    low: float
    high: float


def auc(p: Reals, happened: Flags) -> float:
    """How often, of two rows of which one came true, that one had the higher estimate. Needs both answers."""
    ranks, yes = rankdata(p), int(happened.sum())
    return float((ranks[happened].sum() - yes * (yes + 1) / 2) / (yes * (len(p) - yes)))


def brier(p: Reals, happened: Flags) -> float:
    return float(np.mean((p - happened) ** 2))


def slope(p: Reals, happened: Flags) -> tuple[float, float]:
    """Intercept and slope of what happened on the logit of the estimate: 0 and 1 are right."""
    x = logit(np.clip(p, EDGE, 1 - EDGE))
    design = np.column_stack([np.ones(len(x)), x])
    beta = np.array([0.0, 1.0])
    for _ in range(STEPS):
        found = expit(design @ beta)
        bend = (design * (found * (1 - found))[:, None]).T @ design
        step = np.linalg.solve(bend, design.T @ (happened - found))
        beta = beta + step
        if np.abs(step).max() < EDGE:
            break
    return float(beta[0]), float(beta[1])


def expected_over_observed(p: Reals, happened: Flags, patient: Ints) -> Ratio:
    """Each patient's weeks hang together: the interval is by patient, on the logarithm. Without an event it is open."""
    _, whose = np.unique(patient, return_inverse=True)
    expected, observed = float(p.sum()), int(happened.sum())
    pulls = np.bincount(whose, weights=happened - p)
    ratio = expected / observed if observed else np.inf
    spread = 1.645 * float(np.sqrt((pulls**2).sum())) / observed if observed else np.inf
    return Ratio(
        rows=len(p),
        patients=int(whose.max(initial=-1)) + 1,
        expected=expected,
        observed=observed,
        ratio=ratio,
        low=float(ratio * np.exp(-spread)) if observed else 0.0,
        high=float(ratio * np.exp(spread)),
    )


def in_tenths(p: Reals, happened: Flags) -> list[tuple[int, float, float]]:
    """Ten bins of equal size from the lowest estimate up: rows, mean estimate, share that came true."""
    order = np.argsort(p, kind="stable")
    return [
        (len(part), float(p[part].mean()), float(happened[part].mean()))
        for part in np.array_split(order, 10)
        if len(part)
    ]
