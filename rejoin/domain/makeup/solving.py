"""A plan and what no plan can exceed, part by part.

A part is solved by itself: its relaxation, whole numbers out of that, and, where it is small, all its pairs once more to
the end. Ages are apart by the rules; an age that is too large is cut by track, and what tracks share is shared out. Who
runs the parts, and when it is ended, is the caller's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import KEYED, Block, Floats, Left, block_of
from rejoin.domain.makeup.book import Book, Facts, facts_of
from rejoin.domain.makeup.eligible import Index, Pairs, eligible, index_of
from rejoin.domain.makeup.prices import first_prices
from rejoin.domain.makeup.problem import Flags, Instance, Ints, Kind, Longs
from rejoin.domain.makeup.relaxation import Relaxation, best
from rejoin.domain.makeup.rounding import Rounded, Settled, near, rounded, settled
from rejoin.domain.makeup.rows import Rows
from rejoin.domain.makeup.sharing import Shares, one_price, shares_of
from rejoin.domain.makeup.standing import left_by, some_of, still_open
from rejoin.domain.makeup.worth import worth_of

LARGEST: Final = 15_000
"""Missed sessions of a part; an age with more is cut by track."""
EXACT: Final = 20_000
"""Pairs of a part that is solved to the end."""
CLOSE, CLOSE_ENOUGH = 1e-5, 3e-4
"""How near the best prices a relaxation comes, as a share: of a part by itself, of one that shares."""
GAP: Final = 1e-4
GOOD_ENOUGH: Final = 5e-4
"""A plan of a large part this near its bound is not looked at any longer: next week's declines weigh more."""
GREEDY_COLUMNS: Final = 8
LEAVE: Final = 0.8
"""Of the time there is, for one program: HiGHS sees its limit late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Missed sessions that are solved together, and the seats they have."""

    number: int
    pairs: Pairs
    seats: Ints
    soft: Ints
    shared: Flags | None
    """By slot: other parts want it too; None where this part is by itself."""
    worth: Floats | None
    """By pair, where first prices are known already."""
    band: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Parts that share slots: what they share, and all there is of it."""

    shares: Shares
    seats: Ints
    soft: Ints
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    instance: Instance
    index: Index
    left: Left
    book: Book
    """With what is taken in it."""
    eligible_pairs: int
    pairs: Pairs
    """Those still open, patient by patient."""
    parts: tuple[Part, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a part has come to so far."""

    part: int
    missed: Ints
    slot: Ints
    bound: float
    """No plan of this part with its seats is worth more."""
    priced: int
    """Pairs that the bound looked at."""
    how: str
    group_slot: Ints
    group_price: Floats
    """What a seat costs, by slot that has a number of seats."""
    clique_slot: Ints
    clique_price: Floats
    """What it costs to take an individual slot's time at its start, from whoever runs beside it then."""


def prepared(instance: Instance) -> Prepared:
    """Everything that is looked at once: the pairs, and how they are cut."""
    index, facts = index_of(instance), facts_of(instance)
    book = book_of_taken(instance, facts)
    left = left_by(instance)
    patients, missed = instance.patients, instance.missed
    band = _apart(instance)[patients.age[missed.patient]]
    by = missed.patient
    order = np.lexsort((by, patients.track[by], patients.age[by], band)).astype(np.int32)
    everything = eligible(instance, index, order)
    pairs = still_open(instance, everything, book) if len(instance.taken_missed) else everything
    parts: list[Part] = []
    bands: list[Band] = []
    band = band[order]
    for low, high in _runs(band):
        _cut(instance, left, _between(pairs, low, high), parts, bands)
    return Prepared(
        instance=instance,
        index=index,
        left=left,
        book=book,
        eligible_pairs=len(everything),
        pairs=pairs,
        parts=tuple(parts),
        bands=tuple(bands),
    )


def book_of_taken(instance: Instance, facts: Facts) -> Book:
    book = Book(instance=instance, facts=facts)
    for missed, slot in zip(instance.taken_missed.tolist(), instance.taken_slot.tolist(), strict=True):
        book.put(missed, slot)
    return book


def _apart(instance: Instance) -> Ints:
    """By age (from -1 on, so the last is "not given"): ages that a clinician's block joins are one band."""
    slots = instance.slots
    ages = 2 + max(int(slots.age.max(initial=-1)), int(instance.patients.age.max(initial=-1)))
    band = np.arange(ages, dtype=np.int32)
    joined = np.flatnonzero((slots.kind == Kind.INDIVIDUAL) & (slots.block >= 0))
    pairs = np.unique(np.stack([slots.block[joined], slots.age[joined]]), axis=1)
    for k in range(1, pairs.shape[1]):
        if pairs[0, k] == pairs[0, k - 1]:
            band[band == band[pairs[1, k]]] = band[pairs[1, k - 1]]
    return band


def _runs(values: np.ndarray) -> list[tuple[int, int]]:
    edge = np.flatnonzero(np.diff(values, prepend=values[:1] - 1, append=values[-1:] + 1)).tolist()
    return list(pairwise(edge))


def _between(pairs: Pairs, low: int, high: int) -> Pairs:
    """Of rows[low:high]."""
    begin, end = int(pairs.first[low]), int(pairs.first[high])
    return Pairs(
        rows=pairs.rows[low:high],
        first=pairs.first[low : high + 1] - begin,
        slot=pairs.slot[begin:end],
        value=pairs.value[begin:end],
    )


def _cut(instance: Instance, left: Left, pairs: Pairs, parts: list[Part], bands: list[Band]) -> None:
    patient = instance.missed.patient[pairs.rows]
    runs = _runs(instance.patients.age[patient].astype(np.int64) * KEYED + instance.patients.track[patient])
    if len(pairs.rows) <= LARGEST or len(runs) == 1:
        parts.append(
            Part(
                number=len(parts),
                pairs=pairs,
                seats=left.seats,
                soft=left.soft,
                shared=None,
                worth=None,
                band=-1,
            )
        )
        return
    whole = block_of(instance, left, pairs)
    worth, wanted = first_prices(whole, left.seats[whole.slots])
    of_pair = np.repeat(
        np.arange(len(runs), dtype=np.int32),
        [int(pairs.first[high] - pairs.first[low]) for low, high in runs],
    )
    shares = shares_of(instance, whole, left.seats, left.soft, of_pair, wanted)
    shared = np.zeros(len(instance.slots.ids), bool)
    shared[shares.shared] = True
    begin = len(parts)
    for k, (low, high) in enumerate(runs):
        own = slice(int(pairs.first[low]), int(pairs.first[high]))
        parts.append(
            Part(
                number=len(parts),
                pairs=_between(pairs, low, high),
                seats=shares.seats[k],
                soft=shares.soft[k],
                shared=shared,
                worth=worth[own],
                band=len(bands),
            )
        )
    bands.append(Band(shares=shares, seats=left.seats, soft=left.soft, parts=tuple(range(begin, len(parts)))))


class Work:
    """One part, from its relaxation to its bound at common prices."""

    def __init__(self, prepared: Prepared, part: Part) -> None:
        self.part = part
        self.block: Block = block_of(prepared.instance, prepared.left, part.pairs)
        slots = self.block.slots
        shared = None if part.shared is None else part.shared[slots]
        self.rows = Rows(self.block, part.seats[slots], part.soft[slots], shared)
        self.relaxation: Relaxation | None = None

    def steps(self, left: Callable[[], float]) -> Iterator[Found]:
        """Better and better: each is a whole plan of the part. `left` tells how many seconds there are still; the solver
        keeps to them as far as it does."""
        worth = self.part.worth
        if worth is None:
            worth, _ = first_prices(self.block, self.rows.block.left.seats[self.block.slots])
        relaxation = self.relaxation = Relaxation(self.rows, worth)
        relaxation.run(close=CLOSE if self.part.shared is None else CLOSE_ENOUGH)
        known = settled(relaxation)
        found = rounded(
            self.rows, known, seconds=LEAVE * left(), among=near(self.rows, known), gap=GAP, keep=True
        )
        bound = relaxation.bound
        yield self._found(found.pairs, bound, known, "relaxed")
        if self.part.shared is not None:
            return
        exact = len(self.block) <= EXACT
        if not exact and bound - self._worth(found) <= GOOD_ENOUGH * bound:
            return
        among = np.arange(len(self.block)) if exact else near(self.rows, known)
        better = rounded(
            self.rows, known, seconds=LEAVE * left(), among=among, gap=0.0 if exact else GAP, start=found
        )
        bound = bound if better.bound is None else min(bound, better.bound)
        yield self._found(better.pairs, bound, known, "exact" if exact else "rounded")

    def _worth(self, found: Rounded) -> float:
        pairs = found.pairs
        return worth_of(
            self.block.instance,
            self.block.left,
            self.block.rows[self.block.at[pairs]],
            self.block.slot[pairs],
        )

    def at_prices(self, price: Floats) -> float:
        """What no plan of this part can exceed where seats of shared slots cost this much, by slot."""
        relaxation, slots, rows = self.relaxation, self.block.slots, self.rows
        assert relaxation is not None
        assert self.part.shared is not None
        sold = np.flatnonzero(self.part.shared[slots[rows.groups]])
        own = slots[rows.groups[sold]]
        relaxation.sell(sold, price[own], self.block.left.seats[own].astype(float))
        relaxation.run(close=CLOSE_ENOUGH)
        return relaxation.bound

    def _found(self, pairs: Longs, bound: float, known: Settled, how: str) -> Found:
        block, rows = self.block, self.rows
        return Found(
            part=self.part.number,
            missed=block.rows[block.at[pairs]],
            slot=block.slot[pairs],
            bound=bound,
            priced=len(block),
            how=how,
            group_slot=block.slots[rows.groups],
            group_price=known.dual[rows.B : rows.C],
            clique_slot=block.slots[block.clique_at],
            clique_price=known.dual[rows.C : rows.Y],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """One price by slot for all parts of a band, and what the shared seats are worth at it."""

    price: Floats
    worth: float


def common_prices(prepared: Prepared, band: Band, found: Sequence[Found]) -> Common:
    """`found` of each of the band's parts, in their order."""
    slots = prepared.instance.slots
    count = len(slots.ids)
    shared = np.zeros(count, bool)
    shared[band.shares.shared] = True
    seat = np.full((len(found), count), np.nan)
    clique = np.zeros(count)
    for k, each in enumerate(found):
        seat[k, each.group_slot] = each.group_price
        own = shared[each.clique_slot]
        clique[each.clique_slot[own]] = np.maximum(clique[each.clique_slot[own]], each.clique_price[own])
    price = np.zeros(count)
    price[shared] = one_price(seat[:, shared], band.shares.seats[:, shared])
    group = shared & (slots.kind != Kind.INDIVIDUAL)
    over = prepared.instance.weights.over_soft_target
    more = np.maximum(0, price + over) * (band.seats - band.soft)
    worth = float((price * band.soft + more)[group].sum() + price[shared & ~group].sum() + clique.sum())
    return Common(price=price + _of_cliques(prepared.instance, clique), worth=worth)


def _of_cliques(instance: Instance, clique: Floats) -> Floats:
    """By individual slot: the prices of all starts within it, of its block."""
    slots = instance.slots
    out = np.zeros(len(clique))
    blocks = np.unique(slots.block[clique > 0])
    own = np.flatnonzero((slots.kind == Kind.INDIVIDUAL) & np.isin(slots.block, blocks) & (slots.block >= 0))
    own = own[np.lexsort((slots.start[own], slots.block[own]))]
    for low, high in _runs(slots.block[own]):
        some = own[low:high]
        within = (slots.start[some][:, None] <= slots.start[some]) & (
            slots.start[some] < slots.end[some][:, None]
        )
        out[some] = within @ clique[some]
    alone = np.flatnonzero((clique > 0) & (slots.block < 0))
    out[alone] = clique[alone]
    return out


def merged(prepared: Prepared, found: Iterable[Found]) -> dict[int, int]:
    """The whole plan by missed session: what is taken, what the parts found, and whoever can still be placed."""
    book = book_of_taken(prepared.instance, prepared.book.facts)
    for each in found:
        for missed, slot in zip(each.missed.tolist(), each.slot.tolist(), strict=True):
            if not book.why_not(missed, slot):
                book.put(missed, slot)
    fill(prepared, book)
    return book.slot_of


def fill(prepared: Prepared, book: Book) -> None:
    """Whoever has no slot yet, best pairs first, as long as something is gained (the greedy plan, from an empty book)."""
    pairs = prepared.pairs
    rows = np.array([row not in book.slot_of for row in pairs.rows.tolist()], bool)
    keep = np.repeat(rows, np.diff(pairs.first))
    open_pairs = some_of(pairs, keep)
    chosen = best(open_pairs, open_pairs.value.astype(float), GREEDY_COLUMNS)
    chosen = chosen[np.argsort(-open_pairs.value[chosen], kind="stable")]
    missed, slot = open_pairs.rows[open_pairs.at[chosen]], open_pairs.slot[chosen]
    weights, soft = prepared.instance.weights, prepared.instance.slots.soft.tolist()
    for row, place, value in zip(
        missed.tolist(), slot.tolist(), open_pairs.value[chosen].tolist(), strict=True
    ):
        cost = weights.over_soft_target if book.facts.group[place] and book.used[place] >= soft[place] else 0
        if value + cost > 0 and not book.why_not(row, place):
            book.put(row, place)


def at_most(prepared: Prepared, part: Part) -> float:
    """What no plan of a part can exceed, without solving anything: the best of each, and every week whole."""
    block = block_of(prepared.instance, prepared.left, part.pairs)
    some = np.diff(block.first) > 0
    best_values = (
        np.maximum(np.maximum.reduceat(block.value, block.first[:-1][some]), 0).sum() if some.any() else 0.0
    )
    weeks = block.weeks
    whole = np.where((weeks.need > 0) & (block.most >= weeks.need), weeks.bonus, 0).sum()
    return float(best_values + prepared.instance.weights.dose * block.most.sum() + whole)
