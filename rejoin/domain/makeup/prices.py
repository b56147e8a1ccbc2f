"""First prices, before anything is solved: demand is spread softly over what each could take, and prices rise where it is
more than there is and fall where it is less (a matrix scaling with cooling: Sinkhorn's, with places that may stay empty).
They choose columns, share seats out, and say already what no plan can exceed."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import Floats
from rejoin.domain.makeup.problem import Ints, Longs
from rejoin.domain.makeup.rows import Rows

ROUNDS, MORE_ROUNDS = 80, 240
HOT, COLD, COLDER = 40.0, 1.0, 0.3
"""Points within which a choice is open: at first, and in the end."""
FAST, SLOW, SLOWER = 0.8, 0.5, 0.35
"""How far a price goes to where it would be right if it were alone: seats, cliques, weeks."""
SURE: Final = 40.0
NOTHING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """Prices of all rows, and by pair how much of its missed session wants it, 0 to 1."""

    dual: Floats
    wanted: Floats


def first_prices(rows: Rows, *, closer: bool = False) -> First:
    """`closer`: a better bound for three times the work."""
    rounds, cold = (MORE_ROUNDS, COLDER) if closer else (ROUNDS, COLD)
    market = _Market(rows)
    for k in range(rounds):
        market.settle(HOT * (cold / HOT) ** (k / (rounds - 1)))
    return First(dual=market.dual(), wanted=market.share)


class _Market:
    """What is asked for at the prices that there are, and prices moved towards what is asked for."""

    def __init__(self, rows: Rows) -> None:
        self.rows, block = rows, rows.block
        some = np.diff(block.first) > 0
        self._starts, self._counts = block.first[:-1][some], np.diff(block.first)[some]
        self._fills = np.flatnonzero(rows.of_week >= 0)
        self._week = rows.of_week[self._fills]
        self._tight = np.flatnonzero(rows.row_of_exact >= 0)
        self._exact = rows.row_of_exact[self._tight]
        self._dose = float(block.instance.weights.dose)
        self.seat, self.clique = np.zeros(len(rows.groups)), np.zeros(block.cliques)
        self.over = np.zeros(len(rows.need))
        """Of a week's dose, where more would fill it than it counts."""
        self._most_lag = rows.bonus / np.maximum(1, rows.need)
        is_exact = np.zeros(len(rows.need), bool)
        is_exact[rows.exact_week] = True
        self._most_lag[is_exact] = 0
        self.lag = self._most_lag / 2
        """Of row Z: what being whole gives each that fills the week. Where all are needed, row F does (`exact`)."""
        self.exact = (rows.bonus / np.maximum(1, rows.need))[rows.exact_week] / 2
        self.share: Floats = np.empty(0)
        self._take_late()

    def _take_late(self) -> None:
        late = self.rows.late
        self.late = np.zeros(len(late))
        whole, most = np.array(late.whole, int), np.array(late.most, float)
        self._limits, self._most = np.flatnonzero(whole < 0), most[whole < 0] + NOTHING
        self._cuts = np.flatnonzero(whole >= 0)
        self._whole = whole[self._cuts]
        nothing: Longs = np.empty(0, np.int64)
        self._member, self._late = late.members()[:2] if len(late) else (nothing, nothing)

    def settle(self, heat: float) -> None:
        """One round; choices are open within about `heat` points."""
        rows, block = self.rows, self.rows.block
        self._spread(heat)
        demand = _summed(block.local, self.share, len(block.slots)) + NOTHING
        room = rows.soft + (rows.seats - rows.soft) * _likely((self.seat + rows.over) / heat) + NOTHING
        self.seat = _moved(self.seat, FAST, heat, demand[rows.groups], room)
        beside = _summed(block.clique, demand[block.clique_slot], block.cliques) + NOTHING
        self.clique = _moved(self.clique, SLOW, heat, beside, 1.0)
        weeks = len(rows.need)
        filled = _summed(self._week, self.share[self._fills], weeks) + NOTHING
        each = _summed(self._exact, self.share[self._tight], len(self.exact)) + NOTHING
        tied = _summed(rows.exact_week, self.exact, weeks) + _summed(
            self._whole, self.late[self._cuts], weeks
        )
        whole = rows.can_be_whole * _likely((rows.bonus - rows.need * self.lag - tied) / heat) + NOTHING
        self.lag = np.minimum(_moved(self.lag, SLOWER, heat, rows.need * whole, filled), self._most_lag)
        self.exact = _moved(self.exact, SLOWER, heat, whole[rows.exact_week], each)
        self.over = np.minimum(
            _moved(self.over, SLOWER, heat, filled, rows.most + NOTHING), self._dose + self.lag
        )

        in_late = _summed(self._late, self.share[self._member], len(self.late)) + NOTHING
        limits, cuts = self._limits, self._cuts
        self.late[limits] = _moved(self.late[limits], SLOWER, heat, in_late[limits], self._most)
        self.late[cuts] = _moved(self.late[cuts], SLOWER, heat, whole[self._whole], in_late[cuts])

    def dual(self) -> Floats:
        """By row."""
        rows = self.rows
        out = np.zeros(rows.end + len(self.late))
        out[rows.B : rows.C], out[rows.C : rows.Y] = self.seat, self.clique
        out[rows.Y : rows.Z] = np.maximum(0, self._dose + self.lag - self.over)
        out[rows.Z : rows.F], out[rows.F : rows.end] = self.lag, self.exact
        out[rows.end :] = self.late
        return out

    def _spread(self, heat: float) -> None:
        gain = self.rows.reduced(self.dual()) / heat
        best = np.maximum(np.maximum.reduceat(gain, self._starts), 0) if len(gain) else np.empty(0)
        share = np.exp(gain - np.repeat(best, self._counts))
        among = np.add.reduceat(share, self._starts) + np.exp(-best) if len(gain) else best
        self.share = share / np.repeat(among, self._counts)


def _summed(at: Ints | Longs, value: Floats, count: int) -> Floats:
    """What falls to each of so many; numpy counts nothing at all in whole numbers."""
    return np.bincount(at, value, minlength=count).astype(np.float64)


def _moved(price: Floats, pace: float, heat: float, asked: Floats, there: Floats | float) -> Floats:
    """Towards the price at which as much is asked for as there is; never below nought."""
    right: Floats = np.maximum(0, price + heat * np.log(asked / there))
    return price + pace * (right - price)


def _likely(gain: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(gain, -SURE, SURE))), np.float64)
