"""What limits a block, as rows over its pairs: those that are always there, and those brought in when they are broken.

Families, in the order they stand: A a missed session has one slot; B a group slot has so many seats (more than its soft
target cost something: column o); C individual slots of one clinician's block exclude each other; Y a week's dose is no
more than its make-ups (column y); Z a whole week needs its dose (column z); F where exactly as many missed sessions can
be made up in a week as it needs, each of them has to be. Brought in: a patient's days, weeks and overlaps, two in
conflict in one group slot, and what F is for weeks with some to spare.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import Block, Floats
from rejoin.domain.makeup.problem import Flags, Ints, Kind, Longs

TINY: Final = 1e-6
CUT: Final = 1e-4
"""By how much a week has to be wholer than its make-ups allow for a row to be worth it."""
OF_DAY, OF_WEEK, OF_OVERLAP, OF_CONFLICT, OF_WHOLE, OF_TIMES = range(6)


@dataclass(slots=True)
class Late:
    """Rows that were brought in: the pairs in each, what they may sum to, and the week whose being whole stands against
    them (then they stand with a minus); -1 where none does."""

    pairs: list[Longs] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    known: set[tuple[int, ...]] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.pairs)

    def add(self, name: tuple[int, ...], pairs: Longs, most: float, whole: int = -1) -> None:
        if name not in self.known:
            self.known.add(name)
            self.pairs.append(pairs)
            self.most.append(most)
            self.whole.append(whole)

    def members(self) -> tuple[Longs, Longs, Floats]:
        """Every pair in every row: pair, row, sign."""
        row = np.repeat(np.arange(len(self)), [len(each) for each in self.pairs])
        sign = np.where(np.array(self.whole) >= 0, -1.0, 1.0)
        return np.concatenate(self.pairs), row, sign[row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Ways to fill weeks, sorted by week: of one way one pair at most is taken."""

    of_pair: Longs
    week: Longs
    first: Longs
    """By week: its first way."""
    spare: Longs
    """By week: how many ways there are more than it needs, and one; nought where there are none."""


class Rows:
    """The rows of a block, its seats given; positions of families are attributes of their letters."""

    def __init__(self, block: Block, seats: Ints, soft: Ints, shared: Flags | None = None) -> None:
        """`seats`, `soft` and `shared` by local slot; individual slots have a row B only where they are shared."""
        self.block = block
        self.late = Late()
        group = block.instance.slots.kind[block.slots] != Kind.INDIVIDUAL
        self.groups = np.flatnonzero(group if shared is None else group | shared)
        """Local slots with a row B."""
        self.seats = seats[self.groups].astype(float)
        self.soft = np.minimum(soft[self.groups], self.seats)
        self.over = np.where(group[self.groups], float(block.instance.weights.over_soft_target), 0.0)
        """Points for each seat above `soft`."""
        self._weeks()
        sizes = [
            len(block.rows),
            len(self.groups),
            block.cliques,
            len(self.need),
            len(self.need),
            len(self.exact_week),
        ]
        self.A, self.B, self.C, self.Y, self.Z, self.F, self.end = np.concatenate(
            ([0], np.cumsum(sizes))
        ).tolist()
        self.columns = len(self.groups) + 2 * len(self.need)
        """Before those of pairs: o, y, z."""
        self._places()
        pairs = block.of_patient
        first = block.patient[pairs[:-1]]
        self._by_patient = np.argsort(first, kind="stable")
        self._patients = first[self._by_patient]

    def _weeks(self) -> None:
        block, weeks = self.block, self.block.weeks
        live = np.flatnonzero((weeks.need > 0) & (block.most > 0))
        self.row_of_week = np.full(len(weeks.need) + 1, -1)
        self.row_of_week[live] = np.arange(len(live))
        self.need = weeks.need[live].astype(float)
        self.most = block.most[live].astype(float)
        self.can_be_whole = (self.most >= self.need).astype(float)
        self.bonus = weeks.bonus[live] * self.can_be_whole
        self.of_week = self.row_of_week[block.counts]
        """By pair; -1 where it fills none that is needed."""
        self.live = live
        self.by_missed = self._ways(np.where(self.of_week >= 0, block.at, -1))
        self.by_time = self._ways(block.time)
        tight = (self.by_missed.spare == 1) & (self.can_be_whole > 0)
        exact = tight[self.by_missed.week]
        self.exact_week = self.by_missed.week[exact]
        self.row_of_exact = np.append(np.where(exact, np.cumsum(exact) - 1, -1), -1)[self.by_missed.of_pair]

    def _ways(self, label: Ints) -> "Ways":
        """`label` by pair tells which way of its week it is; -1 where it fills none."""
        size = int(label.max(initial=0)) + 1
        some = np.flatnonzero((label >= 0) & (self.of_week >= 0))
        listed, at = np.unique(self.of_week[some].astype(np.int64) * size + label[some], return_inverse=True)
        of_pair = np.full(len(self.block), -1)
        of_pair[some] = at
        week = (listed // size).astype(int)
        count = np.bincount(week, minlength=len(self.need))
        spare = np.where(count > 0, count - self.need.astype(int) + 1, 0)
        return Ways(
            of_pair=of_pair, week=week, first=np.searchsorted(week, np.arange(len(self.need))), spare=spare
        )

    def _places(self) -> None:
        block = self.block
        self.row_of_slot = np.full(len(block.slots), -1)
        self.row_of_slot[self.groups] = np.arange(len(self.groups))
        order = np.argsort(block.clique_slot, kind="stable")
        self.clique = block.clique[order].astype(np.int64)
        self.clique_first = np.searchsorted(block.clique_slot[order], np.arange(len(block.slots) + 1))

    def upper(self) -> Floats:
        """What each row that is always there may come to at most."""
        out = np.zeros(self.end)
        out[: self.B] = 1
        out[self.B : self.C] = self.soft
        out[self.C : self.Y] = 1
        return out

    def fixed(self) -> tuple[Longs, Longs, Floats]:
        """Rows, columns and values of o, y and z."""
        nb, nw = len(self.groups), len(self.need)
        b, w, f = np.arange(nb), np.arange(nw), np.arange(len(self.exact_week))
        rows = np.concatenate([self.B + b, self.Y + w, self.Z + w, self.Z + w, self.F + f])
        columns = np.concatenate([b, nb + w, nb + w, nb + nw + w, nb + nw + self.exact_week])
        values = np.concatenate([-np.ones(nb), np.ones(nw), -np.ones(nw), self.need, np.ones(len(f))])
        return rows, columns, values

    def entries(self, pairs: Longs) -> tuple[Longs, Longs, Floats]:
        """Rows, positions in `pairs`, and values of these pairs, in rows that were brought in too."""
        block = self.block
        local = block.local[pairs]
        rows = [block.at[pairs].astype(np.int64)]
        places = [np.arange(len(pairs))]
        values = [np.ones(len(pairs))]
        for row, base, value in (
            (self.row_of_slot[local], self.B, 1.0),
            (self.of_week[pairs], self.Y, -1.0),
            (self.row_of_exact[pairs], self.F, -1.0),
        ):
            some = np.flatnonzero(row >= 0)
            rows.append(row[some] + base)
            places.append(some)
            values.append(np.full(len(some), value))
        count = self.clique_first[local + 1] - self.clique_first[local]
        at = np.repeat(self.clique_first[local] - (np.cumsum(count) - count), count) + np.arange(count.sum())
        rows.append(self.clique[at] + self.C)
        places.append(np.repeat(np.arange(len(pairs)), count))
        values.append(np.ones(len(at)))
        if len(self.late):
            where = np.full(len(block), -1)
            where[pairs] = np.arange(len(pairs))
            member, row, sign = self.late.members()
            hit = where[member] >= 0
            rows.append(row[hit] + self.end)
            places.append(where[member[hit]])
            values.append(sign[hit])
        return np.concatenate(rows), np.concatenate(places), np.concatenate(values)

    def reduced(self, dual: Floats) -> Floats:
        """By pair: its value less the prices of all it takes but its own missed session (row A). Prices of rows that
        were brought in later than `dual` are nought."""
        block = self.block
        out = block.value - self.seat_prices(dual)[block.local]
        for row, price in (
            (self.of_week, dual[self.Y : self.Z]),
            (self.row_of_exact, dual[self.F : self.end]),
        ):
            some = np.flatnonzero(row >= 0)
            out[some] += price[row[some]]
        if len(self.late):
            price = np.zeros(len(self.late))
            price[: len(dual) - self.end] = dual[self.end :]
            member, row, sign = self.late.members()
            out -= np.bincount(member, price[row] * sign, minlength=len(block))
        return out

    def seat_prices(self, dual: Floats) -> Floats:
        """By local slot: what a seat in it costs, in points."""
        block = self.block
        out: Floats = np.zeros(len(block.slots))
        out += np.bincount(block.clique_slot, dual[self.C : self.Y][block.clique], minlength=len(block.slots))
        out[self.groups] += dual[self.B : self.C]
        return out

    def bound(self, dual: Floats, reduced: Floats) -> float:
        """No plan of this block is worth more, whatever the prices are (weak duality). `reduced` is of all pairs."""
        starts = self.block.first[:-1][np.diff(self.block.first) > 0]
        total = float(np.maximum(np.maximum.reduceat(reduced, starts), 0).sum()) if len(starts) else 0.0
        seat, y, z = dual[self.B : self.C], dual[self.Y : self.Z], dual[self.Z : self.F]
        total += float(seat @ self.soft + np.maximum(0, seat + self.over) @ (self.seats - self.soft))
        total += float(dual[self.C : self.Y].sum())
        total += float(np.maximum(0, self.block.instance.weights.dose - y + z) @ self.most)
        late = dual[self.end :]
        whole = np.array(self.late.whole[: len(late)], dtype=int)
        tied: Floats = np.zeros(len(self.need))  # of nothing at all numpy counts in whole numbers
        tied += np.bincount(self.exact_week, dual[self.F : self.end], minlength=len(self.need))
        tied += np.bincount(whole[whole >= 0], late[whole >= 0], minlength=len(self.need))
        total += float(np.maximum(0, self.bonus - self.need * z - tied) @ self.can_be_whole)
        return total + float(late @ np.array(self.late.most[: len(late)]))

    def bring_in(self, pairs: Longs, x: Floats, z: Floats) -> int:
        """Rows that this solution breaks (x by pair in `pairs`, z by week), as late rows. Returns how many."""
        before = len(self.late)
        self._break_weeks(pairs, x, z)
        some = x > TINY
        pairs, x = pairs[some], x[some]
        self._break_caps(pairs, x)
        self._break_overlaps(pairs, x)
        self._break_conflicts(pairs, x)
        return len(self.late) - before

    def of(self, patient: int) -> Longs:
        """Her pairs."""
        at = self._by_patient[np.searchsorted(self._patients, patient)]
        return np.arange(self.block.of_patient[at], self.block.of_patient[at + 1])

    def _break_weeks(self, pairs: Longs, x: Floats, z: Floats) -> None:
        """Of any (ways - need + 1) ways to fill a whole week, one at least is taken: ways by missed session, and by time."""
        self._break_by(OF_WHOLE, self.by_missed, pairs, x, z)
        self._break_by(OF_TIMES, self.by_time, pairs, x, z)

    def _break_by(self, name: int, ways: "Ways", pairs: Longs, x: Floats, z: Floats) -> None:
        way = ways.of_pair[pairs]
        some = way >= 0
        held = np.bincount(way[some], x[some], minlength=len(ways.week))
        order = np.lexsort((held, ways.week))
        few = np.arange(len(order)) - ways.first[ways.week[order]] < ways.spare[ways.week[order]]
        sums = np.bincount(ways.week[order][few], held[order][few], minlength=len(self.need))
        for week in np.flatnonzero((z > sums + CUT) & (ways.spare > 0)).tolist():
            own = np.sort(order[ways.first[week] : ways.first[week] + ways.spare[week]])
            members = self.of_weeks(week)
            members = members[np.isin(ways.of_pair[members], own)]
            self.late.add((name, week, *own.tolist()), members, 0.0, week)

    def of_weeks(self, week: int) -> Longs:
        """Pairs that fill this week."""
        own = self.of(int(self.block.weeks.key[self.live[week]]) >> 20)
        return np.asarray(own[self.of_week[own] == week], np.int64)

    def _break_caps(self, pairs: Longs, x: Floats) -> None:
        block = self.block
        for kind, key, most, taken in (
            (OF_DAY, block.day, block.instance.max_per_day, block.left.days),
            (OF_WEEK, block.week, block.instance.max_per_week, block.left.weeks_taken),
        ):
            keys, at = np.unique(key[pairs], return_inverse=True)
            room = np.array([most - taken.get(each, 0) for each in keys.tolist()], float)
            for k in np.flatnonzero(np.bincount(at, x, minlength=len(keys)) > room + TINY).tolist():
                own = self.of(int(keys[k]) >> 20)
                self.late.add((kind, int(keys[k])), own[key[own] == keys[k]], float(room[k]))

    def _break_overlaps(self, pairs: Longs, x: Floats) -> None:
        block, slots = self.block, self.block.instance.slots
        order = np.lexsort((slots.start[block.slot[pairs]], block.patient[pairs]))
        pairs, x = pairs[order], x[order]
        edge = np.flatnonzero(np.diff(block.patient[pairs], prepend=-1, append=-1)).tolist()
        start, end = slots.start[block.slot[pairs]], slots.end[block.slot[pairs]]
        for low, high in pairwise(edge):
            if high - low < 2 or (start[low + 1 : high] >= np.maximum.accumulate(end[low : high - 1])).all():
                continue
            patient = int(block.patient[pairs[low]])
            for at in np.unique(start[low:high]).tolist():
                if x[low:high][(start[low:high] <= at) & (at < end[low:high])].sum() > 1 + TINY:
                    own = self.of(patient)
                    slot = block.slot[own]
                    self.late.add(
                        (OF_OVERLAP, patient, at),
                        own[(slots.start[slot] <= at) & (at < slots.end[slot])],
                        1.0,
                    )

    def _break_conflicts(self, pairs: Longs, x: Floats) -> None:
        block, instance = self.block, self.block.instance
        named = np.isin(block.patient[pairs], instance.conflicts[:, 0])
        group = instance.slots.kind[block.slot[pairs]] != Kind.INDIVIDUAL
        held: dict[int, dict[int, float]] = {}
        for k in np.flatnonzero(named & group).tolist():
            slots = held.setdefault(int(block.patient[pairs[k]]), {})
            slots[int(block.slot[pairs[k]])] = slots.get(int(block.slot[pairs[k]]), 0.0) + float(x[k])
        for a, b in instance.conflicts.tolist():
            for slot in held.get(a, {}).keys() & held.get(b, {}).keys() if a < b else ():
                if held[a][slot] + held[b][slot] > 1 + TINY:
                    both = np.concatenate([self.of(a), self.of(b)])
                    self.late.add((OF_CONFLICT, a, b, slot), both[block.slot[both] == slot], 1.0)
