"""A part of the problem that is solved by itself: missed sessions, their pairs, and what limits them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rejoin.domain.makeup.eligible import Pairs
from rejoin.domain.makeup.problem import DAY, Flags, Instance, Ints, Kind, Longs

Floats = NDArray[np.float64]
KEYED = 1 << 20
"""patient x KEYED + day or week (moved by EARLIER, for missed sessions lie before the origin)."""
EARLIER = 1 << 10


def day_key(instance: Instance, patient: Ints, at: Ints) -> Longs:
    """A patient's local day."""
    return patient.astype(np.int64) * KEYED + EARLIER + (at + instance.patients.offset[patient]) // DAY


def week_key(instance: Instance, patient: Ints, at: Ints) -> Longs:
    """A patient's local week, as her payer counts it."""
    day = (at + instance.patients.offset[patient]) // DAY
    sunday = instance.sunday[instance.patients.payer[patient]].astype(np.int64)
    return patient.astype(np.int64) * KEYED + EARLIER + (day + sunday) // 7


def countable(instance: Instance, patient: Ints, slot: Ints) -> Flags:
    """Whether her payer counts a make-up in this slot."""
    kind, payer = instance.slots.kind[slot], instance.patients.payer[patient]
    return np.where(
        kind == Kind.COHORT,
        True,
        np.where(kind == Kind.EXTRA, instance.counts_extra[payer], instance.counts_individual[payer]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """Payer weeks with missed sessions, of all patients: what is needed to make each whole."""

    key: Longs
    need: Ints
    """Still, after what is taken; nought or less: nothing more is gained."""
    bonus: Floats
    """For making it whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left of everything once what is taken has its place."""

    seats: Ints
    soft: Ints
    days: dict[int, int]
    """How many make-ups are taken, by patient and day."""
    weeks_taken: dict[int, int]
    weeks: Weeks
    worth: int
    """Points of what is taken."""


@dataclass(slots=True, kw_only=True)
class Block:
    """Pairs by missed session, patient by patient; everything else by pair or by slot."""

    instance: Instance
    left: Left
    rows: Ints
    first: Longs
    at: Ints
    slot: Ints
    value: Floats
    patient: Ints
    of_patient: Longs
    """Where each patient's pairs begin, in the order they come; one more at the end."""
    day: Longs
    week: Longs
    counts: Ints
    """The week (an index into `weeks`) that it fills; -1 where none."""
    weeks: Weeks
    most: Ints
    """By week: how many make-ups can fill it at most."""
    time: Ints
    """By pair that fills a week which needs several: which of the week's times it takes. Pairs of one time overlap."""
    slots: Ints
    """The slots that occur."""
    local: Ints
    """By pair: an index into `slots`."""
    clique: Ints
    clique_slot: Ints
    """Individual slots of one clinician's block that exclude each other (rows of clique, local slot)."""
    clique_at: Ints
    """By clique: the local slot at whose start it is."""

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def cliques(self) -> int:
        return len(self.clique_at)


def block_of(instance: Instance, left: Left, pairs: Pairs) -> Block:
    """`pairs` are what is still open, of rows in the order of patients."""
    at, slot = pairs.at, pairs.slot
    patient = instance.missed.patient[pairs.rows][at]
    start = instance.slots.start[slot]
    week = week_key(instance, patient, start)
    chosen = np.unique(
        week_key(instance, instance.missed.patient[pairs.rows], instance.missed.start[pairs.rows])
    )
    weeks = _some(left.weeks, chosen)
    counts = _filled(weeks, week, countable(instance, patient, slot))
    day = day_key(instance, patient, start)
    time = _times(instance, weeks, counts, slot)
    slots, local = np.unique(slot, return_inverse=True)
    clique, clique_slot, clique_at = _cliques(instance, slots.astype(np.int32))
    return Block(
        instance=instance,
        left=left,
        rows=pairs.rows,
        first=pairs.first,
        at=at,
        slot=slot,
        value=pairs.value.astype(np.float64),
        patient=patient,
        of_patient=np.flatnonzero(np.diff(patient, prepend=-1, append=-1)),
        day=day,
        week=week,
        counts=counts,
        weeks=weeks,
        most=_most(instance, left, weeks, counts, at, day, time),
        time=time,
        slots=slots.astype(np.int32),
        local=local.astype(np.int32),
        clique=clique,
        clique_slot=clique_slot,
        clique_at=clique_at,
    )


def _some(weeks: Weeks, keys: Longs) -> Weeks:
    at = np.searchsorted(weeks.key, keys)
    return Weeks(key=weeks.key[at], need=weeks.need[at], bonus=weeks.bonus[at])


def _filled(weeks: Weeks, week: Longs, counted: Flags) -> Ints:
    at = np.minimum(np.searchsorted(weeks.key, week), len(weeks.key) - 1)
    good = counted & (weeks.key[at] == week) & (weeks.need[at] > 0)
    return np.where(good, at, -1).astype(np.int32)


def _times(instance: Instance, weeks: Weeks, counts: Ints, slot: Ints) -> Ints:
    """Fewest moments that every slot of a week runs at one of: interval graphs are perfect, so no more of its slots go
    beside each other than there are moments."""
    out = np.full(len(counts), -1, np.int32)
    own = np.flatnonzero(counts >= 0)
    own = own[weeks.need[counts[own]] > 1]
    own = own[np.lexsort((instance.slots.end[slot[own]], counts[own]))]
    week = counts[own].tolist()
    start, end = instance.slots.start[slot[own]].tolist(), instance.slots.end[slot[own]].tolist()
    time, now, moment = -1, -1, 0
    listed = []
    for k in range(len(week)):
        if week[k] != now:
            now, time, moment = week[k], 0, end[k]
        elif start[k] >= moment:
            time, moment = time + 1, end[k]
        listed.append(time)
    out[own] = listed
    return out


def _most(
    instance: Instance, left: Left, weeks: Weeks, counts: Ints, at: Ints, day: Longs, time: Ints
) -> Ints:
    """No more than have a pair there, than have times apart, than its days hold, and than a week holds."""
    n = len(weeks.key)
    some = counts >= 0
    by_missed = _distinct(counts[some], at[some], n)
    pairs = np.unique(np.stack([counts[some].astype(np.int64), day[some]]), axis=1)
    room = np.array([instance.max_per_day - left.days.get(int(each), 0) for each in pairs[1]], float)
    by_day = np.bincount(pairs[0], room, minlength=n)
    by_week = np.array([instance.max_per_week - left.weeks_taken.get(int(each), 0) for each in weeks.key])
    most = np.minimum(np.minimum(by_missed, by_day), by_week)
    timed = time >= 0
    by_time = _distinct(counts[timed], time[timed], n)
    most = np.where(by_time > 0, np.minimum(most, by_time), most)
    kept: Ints = np.maximum(0, np.minimum(most, weeks.need)).astype(np.int32)
    return kept


def _distinct(group: Ints, value: Ints, count: int) -> Longs:
    """How many different values each group has."""
    size = int(value.max(initial=0)) + 1
    return np.bincount(np.unique(group.astype(np.int64) * size + value) // size, minlength=count)


def _cliques(instance: Instance, slots: Ints) -> tuple[Ints, Ints, Ints]:
    """For each individual slot those of its block that run when it begins, itself among them."""
    kind, start, end, of_block = (
        instance.slots.kind[slots],
        instance.slots.start[slots],
        instance.slots.end[slots],
        instance.slots.block[slots],
    )
    own = np.flatnonzero(kind == Kind.INDIVIDUAL)
    own = own[np.lexsort((start[own], of_block[own]))]
    rows: list[int] = []
    listed: list[int] = []
    k = 0
    starts, ends, blocks = start[own].tolist(), end[own].tolist(), of_block[own].tolist()
    while k < len(own):
        stop = k + 1
        while stop < len(own) and blocks[stop] == blocks[k] and blocks[k] >= 0:
            stop += 1
        for a in range(k, stop):
            for b in range(k, stop):
                if starts[b] > starts[a]:
                    break
                if ends[b] > starts[a]:
                    rows.append(a)
                    listed.append(int(own[b]))
        k = stop
    return np.array(rows, np.int32), np.array(listed, np.int32), own.astype(np.int32)
