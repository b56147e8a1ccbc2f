"""A plan and what no plan can exceed, part by part.

A part is solved by itself: its relaxation, whole numbers out of that, and, where it is small, all its pairs once more to
the end. Ages are apart by the rules; an age that is too large is cut by track, and what tracks share is shared out. Who
runs the parts, and when it is ended, is the caller's.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import KEYED, Block, Floats, Left, block_of
from rejoin.domain.makeup.book import Book, Facts, facts_of
from rejoin.domain.makeup.eligible import Index, Pairs, eligible, index_of
from rejoin.domain.makeup.joining import Ended, take_late
from rejoin.domain.makeup.prices import First, first_prices
from rejoin.domain.makeup.problem import Flags, Instance, Ints, Kind, Longs
from rejoin.domain.makeup.relaxation import FIRST_COLUMNS, Relaxation, best
from rejoin.domain.makeup.rounding import Rounded, Settled, near, rounded, settled
from rejoin.domain.makeup.rows import Rows
from rejoin.domain.makeup.sharing import Shares, shares_of
from rejoin.domain.makeup.standing import left_by, some_of, still_open
from rejoin.domain.makeup.worth import worth_of

LARGEST: Final = 25_000
"""Missed sessions of a part; an age with more is cut by track."""
EXACT: Final = 20_000
"""Pairs of a part that is solved to the end."""
CLOSE, ROUGHLY = 1e-5, 2e-3
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
    band: int
    """-1: it shares with nobody."""
    worth: Floats | None = None
    """By pair at first prices, where they are known already."""
    known: Ended | None = None
    """What to begin with, where it was solved before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Parts that share slots, and all their pairs together."""

    pairs: Pairs
    parts: tuple[int, ...]
    begins: tuple[tuple[int, int], ...]
    """Where the missed sessions and the pairs of each part begin."""
    worth: Floats
    """By pair, at first prices."""
    bound: float
    """No plan is worth more, by first prices alone."""


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
    """No plan of this part with its seats is worth more; of a band (`part` -1 - its number), no plan at all."""
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
                band=-1,
            )
        )
        return
    rows = _rows_of(instance, left, pairs)
    first = first_prices(rows)
    worth = rows.reduced(first.dual)
    begins = [(low, int(pairs.first[low])) for low, _ in runs]
    shares = _shared_out(rows.block, left, first.wanted, begins)
    shared = np.zeros(len(instance.slots.ids), bool)
    shared[shares.shared] = True
    begin = len(parts)
    for k, (low, high) in enumerate(runs):
        parts.append(
            Part(
                number=len(parts),
                pairs=_between(pairs, low, high),
                seats=shares.seats[k],
                soft=shares.soft[k],
                shared=shared,
                band=len(bands),
                worth=worth[int(pairs.first[low]) : int(pairs.first[high])],
            )
        )
    bands.append(
        Band(
            pairs=pairs,
            parts=tuple(range(begin, len(parts))),
            begins=tuple(begins),
            worth=worth,
            bound=rows.bound(first.dual, worth),
        )
    )


def _rows_of(instance: Instance, left: Left, pairs: Pairs) -> Rows:
    block = block_of(instance, left, pairs)
    return Rows(block, left.seats[block.slots], left.soft[block.slots])


def _shared_out(block: Block, left: Left, wanted: Floats, begins: Sequence[tuple[int, int]]) -> Shares:
    part = np.searchsorted([pair for _, pair in begins], np.arange(len(block)), side="right") - 1
    return shares_of(block, left.seats, left.soft, wanted, part.astype(np.int32), len(begins))


class Work:
    """One part by itself."""

    def __init__(self, prepared: Prepared, part: Part) -> None:
        self.part = part
        self.block: Block = block_of(prepared.instance, prepared.left, part.pairs)
        slots = self.block.slots
        shared = None if part.shared is None else part.shared[slots]
        self.rows = Rows(self.block, part.seats[slots], part.soft[slots], shared)
        self.relaxation = Relaxation(self.rows, self._columns())

    def _columns(self) -> Longs:
        if self.part.known is not None:
            take_late(self.rows, self.part.known)
            return self.part.known.pairs
        worth = self.part.worth
        if worth is None:
            worth = self.rows.reduced(first_prices(self.rows).dual)
        return best(self.block, worth, FIRST_COLUMNS)

    def steps(self, left: Callable[[], float]) -> Iterator[Found]:
        """Better and better: each is a whole plan of the part. `left` tells how many seconds there are still; the solver
        keeps to them as far as it does."""
        shares = self.part.shared is not None
        self.relaxation.run(close=ROUGHLY if shares else CLOSE, roughly=shares and self.part.known is None)
        known = settled(self.relaxation)
        among = near(self.rows, known)
        found = rounded(self.rows, known, seconds=LEAVE * left(), among=among, gap=GAP, keep=True)
        bound = self.relaxation.bound
        yield self._found(found.pairs, bound, known, "relaxed")
        exact = len(self.block) <= EXACT
        if shares or (not exact and bound - self._worth(found) <= GOOD_ENOUGH * bound):
            return
        among, gap = (np.arange(len(self.block)), 0.0) if exact else (among, GAP)
        better = rounded(self.rows, known, seconds=LEAVE * left(), among=among, gap=gap, start=found)
        bound = bound if better.bound is None else min(bound, better.bound)
        yield self._found(better.pairs, bound, known, "exact" if exact else "rounded")

    def _worth(self, found: Rounded) -> float:
        block, pairs = self.block, found.pairs
        return worth_of(block.instance, block.left, block.rows[block.at[pairs]], block.slot[pairs])

    def _found(self, pairs: Longs, bound: float, known: Settled, how: str) -> Found:
        return _found(self.rows, self.part.number, pairs, bound, known.dual, how)


def _found(rows: Rows, part: int, pairs: Longs, bound: float, dual: Floats, how: str) -> Found:
    block = rows.block
    return Found(
        part=part,
        missed=block.rows[block.at[pairs]],
        slot=block.slot[pairs],
        bound=bound,
        how=how,
        group_slot=block.slots[rows.groups],
        group_price=dual[rows.B : rows.C],
        clique_slot=block.slots[block.clique_at],
        clique_price=dual[rows.C : rows.Y],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Seats that a part has when it is solved once more."""

    part: int
    seats: Ints
    soft: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Closer:
    """A band whose bound is looked at once more."""

    band: int


class Whole:
    """A band: prices that all its parts agree on, with the rows that mattered to them."""

    def __init__(self, prepared: Prepared, number: int, ends: Sequence[Ended]) -> None:
        self.band = prepared.bands[number]
        self.part = -1 - number
        self.left = prepared.left
        self.rows = _rows_of(prepared.instance, prepared.left, self.band.pairs)
        for part, (_, pair) in zip(ends, self.band.begins, strict=True):
            take_late(self.rows, part, pair)

    def steps(self) -> Iterator[Found | Again]:
        """What no plan can exceed, and seats for each part to be solved with again."""
        first = first_prices(self.rows)
        yield self._found(first)
        shares = _shared_out(self.rows.block, self.left, first.wanted, self.band.begins)
        for k, number in enumerate(self.band.parts):
            yield Again(part=number, seats=shares.seats[k], soft=shares.soft[k])

    def closer(self) -> Found:
        """What no plan can exceed, with more work."""
        return self._found(first_prices(self.rows, closer=True))

    def _found(self, first: First) -> Found:
        bound = self.rows.bound(first.dual, self.rows.reduced(first.dual))
        nothing = np.empty(0, np.int64)
        return _found(self.rows, self.part, nothing, min(self.band.bound, bound), first.dual, "shared")


def again(part: Part, told: Again, known: Ended) -> Part:
    """The same part, with other seats, and what mattered to it before to begin with."""
    return replace(part, seats=told.seats, soft=told.soft, known=known)


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


def at_most(prepared: Prepared, pairs: Pairs) -> float:
    """What no plan of these pairs can exceed, without solving anything: the best of each, and every week whole."""
    block = block_of(prepared.instance, prepared.left, pairs)
    some = np.diff(block.first) > 0
    best_values = (
        np.maximum(np.maximum.reduceat(block.value, block.first[:-1][some]), 0).sum() if some.any() else 0.0
    )
    weeks = block.weeks
    whole = np.where((weeks.need > 0) & (block.most >= weeks.need), weeks.bonus, 0).sum()
    return float(best_values + prepared.instance.weights.dose * block.most.sum() + whole)
