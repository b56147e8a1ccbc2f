"""Unseen scores drawn many times over, as likely as they are given what was seen, attendance included."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from rejoin.domain.progress.level import Floats
from rejoin.domain.progress.visits import Pattern, VisitModel, patterns

BURN_IN: Final = 50
BETWEEN: Final = 5
"""Steps of data augmentation before the first set of scores, and between two of them."""
Grid = tuple[Any, ...]
"""As `np.ix_` gives it."""


def impute(
    scores: Floats, covariates: Floats, model: VisitModel, *, sets: int, chance: np.random.Generator
) -> Iterator[Floats]:
    """So many times (patients, visits), complete. Proper: each set has means and a covariance of its own, drawn too.

    Each is to be read before the next is asked for, which is laid over it: all of them together may be larger than memory.
    Data augmentation from the fitted model on (Schafer 1997), with Jeffreys' prior.
    """
    groups = [_cells_of(each) for each in patterns(scores, covariates) if len(each.unseen)]
    blank = np.flatnonzero(np.isnan(scores).all(axis=1))
    filled = np.where(np.isnan(scores), 0.0, scores)
    means, covariance = model.means, model.covariance
    root = np.linalg.inv(np.linalg.cholesky(covariates.T @ covariates)).T
    hat = root @ root.T @ covariates.T
    for step in range(BURN_IN + BETWEEN * sets):
        _fill(filled, groups, covariates @ means, covariance, chance)
        filled[blank] = covariates[blank] @ means + _noise((len(blank), len(covariance)), covariance, chance)
        past = step - BURN_IN + 1
        if past > 0 and past % BETWEEN == 0:
            yield filled
        means, covariance = _drawn_model(filled, covariates, hat, root, chance)


class _Cells(NamedTuple):
    """Of patients of whom the same visits were seen: where their scores lie, and their parts of a covariance."""

    patients: int
    seen: Grid
    unseen: Grid
    among_seen: Grid
    across: Grid
    among_unseen: Grid


def _cells_of(each: Pattern) -> _Cells:
    """Worked out once: hundreds of steps follow."""
    return _Cells(
        patients=len(each.rows),
        seen=np.ix_(each.rows, each.seen),
        unseen=np.ix_(each.rows, each.unseen),
        among_seen=np.ix_(each.seen, each.seen),
        across=np.ix_(each.seen, each.unseen),
        among_unseen=np.ix_(each.unseen, each.unseen),
    )


def _fill(
    filled: Floats, groups: list[_Cells], expected: Floats, covariance: Floats, chance: np.random.Generator
) -> None:
    """The unseen scores of each patient, drawn given those that were seen."""
    for each in groups:
        across = covariance[each.across]
        regression = np.linalg.solve(covariance[each.among_seen], across)
        left = covariance[each.among_unseen] - across.T @ regression
        away = filled[each.seen] - expected[each.seen]
        noise = _noise((each.patients, len(left)), left, chance)
        filled[each.unseen] = expected[each.unseen] + away @ regression + noise


def _noise(shape: tuple[int, int], covariance: Floats, chance: np.random.Generator) -> Floats:
    noise: Floats = chance.standard_normal(shape) @ np.linalg.cholesky(covariance).T
    return noise


def _drawn_model(
    filled: Floats, covariates: Floats, hat: Floats, root: Floats, chance: np.random.Generator
) -> tuple[Floats, Floats]:
    """Means and covariance from their posterior given complete scores: matrix normal and inverse Wishart."""
    patients, width = covariates.shape
    visits = filled.shape[1]
    fitted = hat @ filled
    errors = filled - covariates @ fitted
    spread = np.linalg.cholesky(errors.T @ errors)
    # Bartlett: a lower triangle whose product with its transpose is Wishart with `patients - width` degrees.
    triangle = np.tril(chance.standard_normal((visits, visits)), -1)
    triangle[np.diag_indices(visits)] = np.sqrt(chance.chisquare(patients - width - np.arange(visits)))
    half = spread @ np.linalg.inv(triangle).T
    covariance = half @ half.T
    means = fitted + root @ chance.standard_normal((width, visits)) @ half.T
    return means, covariance
