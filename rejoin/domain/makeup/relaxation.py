"""The linear relaxation of a block, by columns and rows that come in when they matter (HiGHS)."""

from collections.abc import Iterator
from typing import Final

import highspy
import numpy as np

from rejoin.domain.makeup.block import Block, Floats
from rejoin.domain.makeup.eligible import Pairs
from rejoin.domain.makeup.problem import Longs
from rejoin.domain.makeup.rows import TINY, Late, Rows

FIRST_COLUMNS: Final = 8
MORE_COLUMNS: Final = 4
MOST_ROUNDS: Final = 20
INF: Final = highspy.kHighsInf
FEASIBLE: Final = 2
"""HiGHS' word for a solution that keeps every row."""


class Relaxation:
    """Columns and rows come in round by round; between rounds `bound` holds, by `dual` and `reduced`."""

    def __init__(self, rows: Rows, pairs: Longs) -> None:
        """Begins with these pairs as columns, and with whatever late rows there are."""
        self.rows = rows
        self.model = model_of(rows)
        self.pairs = np.empty(0, np.int64)
        self.inside = np.zeros(len(rows.block), bool)
        late, rows.late = rows.late, Late()
        self._bring(pairs)
        rows.late = late
        self._known = add_rows(self.model, rows, pairs, 0)
        self.x = self.z = self.dual = self.reduced = np.empty(0)
        self.objective = self.bound = 0.0

    def run(self, *, close: float, roughly: bool = False) -> None:
        """Until nothing outside would do better by more than the share `close` of all."""
        for _ in self.rounds(close=close, roughly=roughly):
            pass

    def rounds(self, *, close: float, roughly: bool = False) -> Iterator[float]:
        """The same, and after each round what no plan is worth more than. `roughly`: whatever rows are still broken."""
        for _ in range(MOST_ROUNDS):
            self.model.run()
            self._read()
            yield self.bound
            is_close = self.bound - self.objective <= close * max(1.0, abs(self.objective))
            if is_close and roughly:
                return
            broken = self.rows.bring_in(self.pairs, self.x, self.z)
            wanted = self._wanted()
            if not broken and is_close:
                return
            self._known = add_rows(self.model, self.rows, self.pairs, self._known)
            self._bring(wanted)
            if not broken and not len(wanted):
                return

    def _read(self) -> None:
        solution = self.model.getSolution()
        values = np.array(solution.col_value)
        base = self.rows.columns
        self.x, self.z = values[base:], values[base - len(self.rows.need) : base]
        self.dual = np.maximum(np.array(solution.row_dual), 0)
        self.objective = float(self.model.getInfo().objective_function_value)
        self.reduced = self.rows.reduced(self.dual)
        self.bound = self.rows.bound(self.dual, self.reduced)

    def _wanted(self) -> Longs:
        """Some of each missed session that are outside and would do better than what is inside."""
        at = self.rows.block.at
        outside = np.flatnonzero((self.reduced > self.dual[: self.rows.B][at] + TINY) & ~self.inside)
        outside = outside[np.lexsort((-self.reduced[outside], at[outside]))]
        place = np.arange(len(outside)) - np.searchsorted(at[outside], at[outside])
        return outside[place < MORE_COLUMNS]

    def _bring(self, pairs: Longs) -> None:
        add_pairs(self.model, self.rows, pairs)
        self.inside[pairs] = True
        self.pairs = np.concatenate([self.pairs, pairs])


def best(block: Block | Pairs, worth: Floats, most: int) -> Longs:
    """The best pairs of each missed session."""
    order = np.lexsort((-worth, block.at))
    place = np.arange(len(order)) - block.first[block.at[order]]
    return np.sort(order[place < most])


def model_of(rows: Rows) -> highspy.Highs:
    """A model with the columns o, y and z and the rows that are always there."""
    count, end = rows.columns, rows.end
    at, column, value = rows.fixed()
    order = np.lexsort((at, column))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_, lp.sense_ = count, end, highspy.ObjSense.kMaximize
    dose = np.full(len(rows.need), float(rows.block.instance.weights.dose))
    lp.col_cost_ = np.concatenate([rows.over, dose, rows.bonus])
    lp.col_lower_ = np.zeros(count)
    lp.col_upper_ = np.concatenate([rows.seats - rows.soft, rows.most, rows.can_be_whole])
    lp.row_lower_, lp.row_upper_ = np.full(end, -INF), rows.upper()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(count + 1)).astype(np.int32)
    lp.a_matrix_.index_, lp.a_matrix_.value_ = at[order].astype(np.int32), value[order]
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, set_to in (("output_flag", False), ("threads", 1)):
        model.setOptionValue(name, set_to)
    model.passModel(lp)
    return model


def add_pairs(model: highspy.Highs, rows: Rows, pairs: Longs) -> None:
    """As columns behind those that are there."""
    at, place, value = rows.entries(pairs)
    order = np.lexsort((at, place))
    n = len(pairs)
    start = np.searchsorted(place[order], np.arange(n)).astype(np.int32)
    worth = rows.block.value[pairs]
    model.addCols(n, worth, np.zeros(n), np.ones(n), len(at), start, at[order].astype(np.int32), value[order])


def add_rows(model: highspy.Highs, rows: Rows, pairs: Longs, known: int) -> int:
    """Late rows from `known` on, over the columns of `pairs`. Returns how many are known now."""
    late = rows.late
    count = len(late) - known
    if not count:
        return known
    where = np.full(len(rows.block), -1)
    where[pairs] = np.arange(len(pairs))
    starts, columns, values = [], [], []
    total = 0
    for members, whole in zip(late.pairs[known:], late.whole[known:], strict=True):
        own = where[members]
        own = own[own >= 0] + rows.columns
        value = np.ones(len(own)) if whole < 0 else np.append(-np.ones(len(own)), 1.0)
        own = own if whole < 0 else np.append(own, rows.columns - len(rows.need) + whole)
        starts.append(total)
        columns.append(own)
        values.append(value)
        total += len(own)
    index = np.concatenate(columns).astype(np.int32)
    upper = np.array(late.most[known:])
    model.addRows(
        count, np.full(count, -INF), upper, total, np.array(starts, np.int32), index, np.concatenate(values)
    )
    return len(late)
