"""What mattered to a part, for whoever goes on from there: the part itself with other seats, or all parts together."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.makeup.problem import Longs
from rejoin.domain.makeup.relaxation import Relaxation
from rejoin.domain.makeup.rows import OF_CONFLICT, Late, Rows

NEARLY: Final = 15.0
"""Columns worth this much less than what their missed session got in its part are left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What mattered to a part. Pairs are positions among the part's; weeks are keys of patient and week."""

    pairs: Longs
    late: Late
    weeks: Longs


def ended(relaxation: Relaxation) -> Ended:
    """Of a relaxation that has run."""
    rows = relaxation.rows
    at = rows.block.at[relaxation.pairs]
    behind = relaxation.reduced[relaxation.pairs] - relaxation.dual[: rows.B][at]
    inside = np.zeros(len(relaxation.pairs), bool)
    inside[: len(relaxation.x)] = relaxation.x > 0
    return Ended(
        pairs=relaxation.pairs[inside | (behind > -NEARLY)],
        late=rows.late,
        weeks=rows.block.weeks.key[rows.live],
    )


def take_late(rows: Rows, part: Ended, pair: int = 0) -> None:
    """Rows that mattered before, among the pairs from `pair` on."""
    week = rows.row_of_week[np.searchsorted(rows.block.weeks.key, part.weeks)]
    late = rows.late
    for number, (members, most, whole) in enumerate(
        zip(part.late.pairs, part.late.most, part.late.whole, strict=True)
    ):
        own_week = int(week[whole]) if whole >= 0 else -1
        late.add((OF_CONFLICT, -1, len(late), number), members + pair, most, own_week)
