"""Parts that were solved by themselves, put together again: the whole begins where they ended.

What they say of seats that all of them want does not agree; so the whole is solved once more, but from a basis put
together from theirs, and with the columns that mattered to them. It is there in a fraction of the time, and its bound
holds for the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import Floats
from rejoin.domain.makeup.problem import Ints, Longs
from rejoin.domain.makeup.relaxation import Basis, Relaxation
from rejoin.domain.makeup.rows import OF_CONFLICT, Late, Rows
from rejoin.domain.makeup.sharing import one_price

NEARLY: Final = 15.0
"""Columns worth this much less than what their missed session got in its part are left behind."""
LOWER, BASIC, UPPER = 0, 1, 2
"""HiGHS' words for where a column or row stands in a basis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Where a part ended: what stands in its rows and columns, by things that mean the same in the whole.

    Pairs are positions in the part's; weeks are keys of patient and week; slots and groups are positions in the instance.
    """

    pairs: Longs
    pair_status: Ints
    groups: Ints
    seats: Ints
    group_status: Ints
    over_status: Ints
    cliques: Ints
    clique_status: Ints
    weeks: Longs
    week_status: tuple[Ints, Ints, Ints, Ints]
    """Of rows Y and Z, and columns y and z."""
    exact: Longs
    """A pair of each row F."""
    exact_status: Ints
    missed_status: Ints
    late: Late
    late_status: Ints
    dual: Floats
    places: tuple[int, ...]
    """Where the families of rows begin in `dual`."""


def ended(relaxation: Relaxation) -> Ended:
    """Of a relaxation that has run."""
    rows, block = relaxation.rows, relaxation.rows.block
    basis = relaxation.basis()
    groups, weeks = len(rows.groups), len(rows.need)
    pairs = relaxation.pairs[: len(basis.columns) - rows.columns]
    status = basis.columns[rows.columns :]
    behind = relaxation.reduced[pairs] - relaxation.dual[: rows.B][block.at[pairs]]
    kept = (status == BASIC) | (behind > -NEARLY)
    some = np.flatnonzero(rows.row_of_exact >= 0)
    _, first = np.unique(rows.row_of_exact[some], return_index=True)
    known = min(len(basis.rows), len(relaxation.dual)) - rows.end
    return Ended(
        pairs=pairs[kept],
        pair_status=status[kept],
        groups=block.slots[rows.groups],
        seats=rows.seats.astype(np.int32),
        group_status=basis.rows[rows.B : rows.C],
        over_status=basis.columns[:groups],
        cliques=block.slots[block.clique_at],
        clique_status=basis.rows[rows.C : rows.Y],
        weeks=block.weeks.key[rows.live],
        week_status=(
            basis.rows[rows.Y : rows.Z],
            basis.rows[rows.Z : rows.F],
            basis.columns[groups : groups + weeks],
            basis.columns[groups + weeks : rows.columns],
        ),
        exact=some[first],
        exact_status=basis.rows[rows.F : rows.end],
        missed_status=basis.rows[: rows.B],
        late=Late(rows.late.pairs[:known], rows.late.most[:known], rows.late.whole[:known]),
        late_status=basis.rows[rows.end : rows.end + known],
        dual=relaxation.dual[: rows.end + known],
        places=(rows.B, rows.C, rows.Y, rows.Z, rows.F, rows.end),
    )


class Joint:
    """Parts on the rows of the whole: a basis, the columns, and prices."""

    def __init__(self, rows: Rows, parts: Sequence[Ended], begins: Sequence[tuple[int, int]]) -> None:
        """`begins`: where the missed sessions and the pairs of each part begin in the whole."""
        self.rows = rows
        instance = rows.block.instance
        self._group = np.full(len(instance.slots.ids), -1)
        self._group[rows.block.slots[rows.groups]] = np.arange(len(rows.groups))
        self._clique = np.full(len(instance.slots.ids), -1)
        self._clique[rows.block.slots[rows.block.clique_at]] = np.arange(rows.block.cliques)
        self.row_status = np.full(rows.end, BASIC, np.int32)
        self.column_status = np.full(rows.columns, LOWER, np.int32)
        self.dual = np.zeros(rows.end)
        self.late_status: list[Ints] = []
        self.late_dual: list[Floats] = []
        self.pairs: list[Longs] = []
        self.pair_status: list[Ints] = []
        for part, begin in zip(parts, begins, strict=True):
            self._take(part, *begin)
        self._share(parts)

    def relaxation(self) -> Relaxation:
        """It goes on from where the parts ended."""
        basis = Basis(
            columns=np.concatenate([self.column_status, *self.pair_status]),
            rows=np.concatenate([self.row_status, *self.late_status]),
        )
        return Relaxation(self.rows, np.concatenate(self.pairs), basis)

    def prices(self) -> Floats:
        """Of all rows: the parts' own, and one for what they share. Good for a bound before anything else is there."""
        return np.concatenate([self.dual, *self.late_dual])

    def _take(self, part: Ended, missed: int, pair: int) -> None:
        rows = self.rows
        own = slice(missed, missed + len(part.missed_status))
        self.row_status[own], self.dual[own] = part.missed_status, part.dual[: part.places[0]]
        _, c, y, z, f, end = part.places
        at = self._clique[part.cliques] + rows.C
        self.row_status[at] = np.where(part.clique_status == BASIC, self.row_status[at], part.clique_status)
        self.dual[at] = np.maximum(self.dual[at], part.dual[c:y])
        self._take_individual(part, c)
        week = rows.row_of_week[np.searchsorted(rows.block.weeks.key, part.weeks)]
        groups, weeks = len(rows.groups), len(rows.need)
        self.row_status[rows.Y + week], self.dual[rows.Y + week] = part.week_status[0], part.dual[y:z]
        self.row_status[rows.Z + week], self.dual[rows.Z + week] = part.week_status[1], part.dual[z:f]
        self.column_status[groups + week] = part.week_status[2]
        self.column_status[groups + weeks + week] = part.week_status[3]
        exact = rows.F + rows.row_of_exact[part.exact + pair]
        self.row_status[exact], self.dual[exact] = part.exact_status, part.dual[f:end]
        self.pairs.append(part.pairs + pair)
        self.pair_status.append(part.pair_status)
        self._take_late(part, pair, week)

    def _take_individual(self, part: Ended, end: int) -> None:
        """A part that shares an individual slot has a row for its one seat; the whole has the clique at its start."""
        own = np.flatnonzero((self._group[part.groups] < 0) & (part.seats > 0))
        at = self._clique[part.groups[own]] + self.rows.C
        self.dual[at] += part.dual[part.places[0] : end][own]
        self.row_status[at[part.group_status[own] != BASIC]] = UPPER

    def _take_late(self, part: Ended, pair: int, week: Longs) -> None:
        late = self.rows.late
        for number, (members, most, whole) in enumerate(
            zip(part.late.pairs, part.late.most, part.late.whole, strict=True)
        ):
            late.add(
                (OF_CONFLICT, -1, len(late), number),
                members + pair,
                most,
                int(week[whole]) if whole >= 0 else -1,
            )
        self.late_status.append(part.late_status)
        self.late_dual.append(part.dual[part.places[-1] :])

    def _share(self, parts: Sequence[Ended]) -> None:
        """What several want: a seat is over where it is over for any, and costs what it costs them on the whole."""
        rows, count = self.rows, len(self.rows.groups)
        price = np.full((len(parts), count), np.nan)
        seats = np.zeros((len(parts), count))
        slack, over = np.zeros(count, bool), np.zeros(count, bool)
        for k, part in enumerate(parts):
            at = self._group[part.groups]
            known = at >= 0
            at = at[known]
            price[k, at] = part.dual[part.places[0] : part.places[1]][known]
            seats[k, at] = part.seats[known]
            slack[at] |= part.group_status[known] == BASIC
            over[at] |= part.over_status[known] == BASIC
        self.dual[rows.B : rows.C] = one_price(price, seats)
        self.column_status[:count] = np.where(over, BASIC, LOWER)
        self.row_status[rows.B : rows.C] = np.where(slack & ~over, BASIC, UPPER)
        self.row_status[rows.B : rows.C][np.isnan(price).all(axis=0)] = BASIC
