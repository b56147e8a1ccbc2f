"""Whole numbers out of a relaxation: a mixed-integer program over the pairs that can matter (HiGHS)."""

from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np

from rejoin.domain.makeup.block import Floats
from rejoin.domain.makeup.problem import Longs
from rejoin.domain.makeup.relaxation import FEASIBLE, Relaxation, add_pairs, add_rows, model_of
from rejoin.domain.makeup.rows import TINY, Rows

NEARLY: Final = 20.0
"""Pairs worth this much less than what their missed session gets in the relaxation stay out."""
AGAIN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Pairs of the relaxation that stay as they are, and what was known when it was solved."""

    pairs: Longs
    whole: Longs
    x: Floats
    dual: Floats
    reduced: Floats


def settled(relaxation: Relaxation) -> Settled:
    r = relaxation
    return Settled(
        pairs=r.pairs[: len(r.x)].copy(),
        whole=r.pairs[: len(r.x)][r.x > 1 - TINY],
        x=r.x.copy(),
        dual=r.dual.copy(),
        reduced=r.reduced.copy(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """Pairs chosen, and the values of o, y and z with them; what no choice of this block can exceed, where that was
    found out."""

    pairs: Longs
    head: Floats
    bound: float | None


def rounded(
    rows: Rows,
    known: Settled,
    *,
    seconds: float,
    among: Longs,
    gap: float,
    keep: bool = False,
    start: Rounded | None = None,
) -> Rounded:
    """The best whole choice among these pairs, to the share `gap`. With `keep`, what is whole in the relaxation stays.

    A bound is known where `among` is all pairs and nothing was kept. It may take longer than `seconds`: whoever cannot
    wait runs it where it can be ended.
    """
    model, late = _program(rows, known, among=among, gap=gap, keep=keep)
    found = start or Rounded(pairs=np.empty(0, np.int64), head=np.zeros(rows.columns), bound=None)
    everything = len(among) == len(rows.block) and not keep
    bound = np.inf
    for _ in range(AGAIN):
        if model.getRunTime() >= seconds:
            break
        if len(found.pairs):
            _begin_with(model, rows, among, found)
        model.setOptionValue("time_limit", seconds)
        model.run()
        bound = min(bound, _holds(model, gap))
        if model.getInfo().primal_solution_status != FEASIBLE:
            break
        values = np.array(model.getSolution().col_value)
        x, head = values[rows.columns :], values[: rows.columns]
        broken = rows.bring_in(among, x, head[rows.columns - len(rows.need) :])
        late = add_rows(model, rows, among, late)
        # what breaks something is better than nothing, and worse than a plan that does not
        if not broken or start is None:
            found = Rounded(pairs=among[x > 0.5], head=head, bound=None)
        if not broken:
            break
    known_bound = everything and bound < np.inf
    return Rounded(pairs=found.pairs, head=found.head, bound=bound if known_bound else None)


def _program(
    rows: Rows, known: Settled, *, among: Longs, gap: float, keep: bool
) -> tuple[highspy.Highs, int]:
    """Over these pairs, with the late rows there are; and how many those are."""
    model = model_of(rows)
    add_pairs_without_late(model, rows, among)
    late = add_rows(model, rows, among, 0)
    _make_whole(model, rows, len(among), gap)
    if keep:
        inside = np.zeros(len(rows.block))
        inside[known.pairs] = known.x
        stays = np.flatnonzero(inside[among] > 1 - TINY).astype(np.int32) + rows.columns
        model.changeColsBounds(len(stays), stays, np.ones(len(stays)), np.ones(len(stays)))
    return model, late


def _holds(model: highspy.Highs, gap: float) -> float:
    """What nothing in the program can exceed. HiGHS drops nodes within the gap unseen, and the bound it tells may then
    be low by as much; where it found nothing at all, it dropped nothing."""
    info = model.getInfo()
    found = info.primal_solution_status == FEASIBLE
    objective = info.objective_function_value if found else -np.inf
    return float(max(info.mip_dual_bound, objective) + (gap * abs(objective) if found else 0.0))


def near(rows: Rows, known: Settled, nearly: float = NEARLY) -> Longs:
    """Pairs nearly as good as what their missed session has in the relaxation."""
    behind = known.reduced - known.dual[: rows.B][rows.block.at]
    good = behind > -nearly
    good[known.pairs[known.x > TINY]] = True
    return np.flatnonzero(good)


def _begin_with(model: highspy.Highs, rows: Rows, among: Longs, found: Rounded) -> None:
    solution = highspy.HighsSolution()
    x = np.zeros(len(rows.block))
    x[found.pairs] = 1
    solution.col_value = np.concatenate([found.head, x[among]]).tolist()
    model.setSolution(solution)


def _make_whole(model: highspy.Highs, rows: Rows, count: int, gap: float) -> None:
    kinds = np.ones(rows.columns + count, np.uint8)
    kinds[: rows.columns - len(rows.need)] = 0
    model.changeColsIntegrality(len(kinds), np.arange(len(kinds), dtype=np.int32), kinds)
    model.setOptionValue("mip_rel_gap", gap)


def add_pairs_without_late(model: highspy.Highs, rows: Rows, pairs: Longs) -> None:
    """Columns before any late row is there: those come in with their own entries."""
    late, rows.late = rows.late, type(rows.late)()
    add_pairs(model, rows, pairs)
    rows.late = late
