"""Which slots may stand for which missed session: one function, for one patient on the phone and for a hundred thousand.

A pair is eligible by the rules of the contract that look at the pair alone. Rules that look at several pairs (seats,
overlaps, caps, two in conflict) are `standing`'s.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from rejoin.domain.makeup.problem import DAY, SOONER_STEP, Flags, Instance, Ints, Kind, Longs, Slots, Words

RAW_AT_ONCE: Final = 1 << 19
"""Pairs looked at together: what that takes stays within the processor's cache, or nearly."""
SPAN: Final = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Eligible pairs, grouped by missed session: those of rows[k] are [first[k], first[k + 1])."""

    rows: Ints
    first: Longs
    slot: Ints
    value: Ints

    def __len__(self) -> int:
        return len(self.slot)

    @property
    def at(self) -> Ints:
        """By pair: the position in `rows`."""
        return np.repeat(np.arange(len(self.rows), dtype=np.int32), np.diff(self.first))


@dataclass(frozen=True, slots=True)
class Index:
    """Slots by what they can stand for, in the order of their starts. Made once for an instance."""

    keys: Longs
    """Of each list, sorted."""
    place: Longs
    """list x SPAN + start, sorted."""
    slot: Ints
    free: Longs
    """patient x SPAN + start of each free interval."""
    has_barred: Flags
    has_declined: Flags
    states: Words
    """Of each place's slot."""
    sizes: tuple[int, int, int, int] = field(default=(1, 1, 1, 1))

    def key(self, kind: int, service: Ints, module: Ints, age: Ints, last: Ints) -> Longs:
        """Of a list: kind, and up to four properties."""
        services, modules, ages, lasts = self.sizes
        out = np.full(len(age), kind, dtype=np.int64)
        for size, column in ((services, service), (modules, module), (ages, age), (lasts, last)):
            out = out * size + (column + 1)
        return out


def _sizes(instance: Instance) -> tuple[int, int, int, int]:
    slots, missed, patients = instance.slots, instance.missed, instance.patients

    def most(*columns: Ints) -> int:
        return 2 + max((int(column.max(initial=-1)) for column in columns), default=-1)

    return (
        most(slots.service, missed.service),
        most(slots.module, missed.module),
        most(slots.age, patients.age),
        most(slots.track, patients.track, slots.pod, patients.pod),
    )


BY_COHORT, BY_CONTENT, BY_TRACK, BY_POD = range(4)


def index_of(instance: Instance) -> Index:
    slots = instance.slots
    made = Index(
        keys=np.empty(0, np.int64),
        place=np.empty(0, np.int64),
        slot=np.empty(0, np.int32),
        free=instance.free_patient.astype(np.int64) * SPAN + instance.free_start,
        has_barred=_marked(instance.barred, instance.cohorts, len(instance.patients.ids)),
        has_declined=_marked(instance.declined, len(slots.ids), len(instance.missed.ids)),
        states=slots.states,
        sizes=_sizes(instance),
    )
    keys, listed = [], []
    for kind, which in (
        (BY_COHORT, Kind.COHORT),
        (BY_CONTENT, Kind.EXTRA),
        (BY_TRACK, Kind.EXTRA),
        (BY_POD, Kind.INDIVIDUAL),
    ):
        own = np.flatnonzero((slots.kind == which) & (slots.seats > 0)).astype(np.int32)
        if which is Kind.INDIVIDUAL:
            own = own[slots.pod[own] >= 0]
        keys.append(_key_of_slots(made, kind, slots, own))
        listed.append(own)
    key, slot = np.concatenate(keys), np.concatenate(listed)
    unique, rank = np.unique(key, return_inverse=True)
    place = rank.astype(np.int64) * SPAN + slots.start[slot]
    order = np.argsort(place, kind="stable")
    return Index(
        keys=unique,
        place=place[order],
        slot=slot[order],
        free=made.free,
        has_barred=made.has_barred,
        has_declined=made.has_declined,
        states=slots.states[slot[order]],
        sizes=made.sizes,
    )


def _marked(pairs: Longs, by: int, size: int) -> Flags:
    out = np.zeros(size, bool)
    out[pairs // max(by, 1)] = True
    return out


def _key_of_slots(index: Index, kind: int, slots: Slots, own: Ints) -> Longs:
    nothing = np.full(len(own), -1, np.int32)
    service, module, age = slots.service[own], slots.module[own], slots.age[own]
    if kind == BY_COHORT:
        return index.key(kind, service, module, age, slots.track[own])
    if kind == BY_CONTENT:
        return index.key(kind, service, module, age, nothing)
    if kind == BY_TRACK:
        return index.key(kind, nothing, nothing, age, slots.track[own])
    return index.key(kind, nothing, nothing, age, slots.pod[own])


def eligible(instance: Instance, index: Index, rows: Ints) -> Pairs:
    """All eligible pairs of these missed sessions, with their values; of one missed session in the order of slots.

    `rows` are positions in `instance.missed`. Rows of one patient next to each other are quickest.
    """
    windows = _windows(instance, index, rows)
    counts = (windows[1] - windows[0]).sum(axis=0)
    ends = np.cumsum(counts)
    found: list[tuple[Ints, Ints, Ints]] = []
    begin = 0
    while begin < len(rows):
        before = int(ends[begin - 1]) if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, before + RAW_AT_ONCE, "right")))
        at, slot = _of_some(instance, index, rows, windows, begin, stop)
        found.append((at, slot, value_of(instance, rows[at], slot)))
        begin = stop
    at, slot, value = map(np.concatenate, zip(*found, strict=True)) if found else [np.empty(0, np.int32)] * 3
    first = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.bincount(at, minlength=len(rows)), out=first[1:])
    return Pairs(rows=rows, first=first, slot=slot, value=value)


def _windows(instance: Instance, index: Index, rows: Ints) -> tuple[Longs, Longs]:
    """By kind of list and missed session: where the slots stand that begin in time; shape (4, rows)."""
    missed, patients = instance.missed, instance.patients
    p = missed.patient[rows]
    service, module, age = missed.service[rows], missed.module[rows], patients.age[p]
    nothing = np.full(len(rows), -1, np.int32)
    keys = np.stack(
        [
            index.key(BY_COHORT, service, module, age, patients.track[p]),
            index.key(BY_CONTENT, service, module, age, nothing),
            index.key(BY_TRACK, nothing, nothing, age, patients.track[p]),
            index.key(BY_POD, nothing, nothing, age, patients.pod[p]),
        ]
    )
    listed = np.searchsorted(index.keys, keys)
    known = listed < len(index.keys)
    known[known] = index.keys[listed[known]] == keys[known]
    known[1] &= service != instance.process
    base = listed.astype(np.int64) * SPAN
    low = np.searchsorted(index.place, base + missed.known_at[rows], "left")
    high = np.searchsorted(index.place, base + missed.deadline[rows], "left")
    return low, np.where(known, np.maximum(low, high), low)


def _of_some(
    instance: Instance, index: Index, rows: Ints, windows: tuple[Longs, Longs], begin: int, stop: int
) -> tuple[Ints, Ints]:
    """Positions in `rows`, and slots, of the eligible pairs of rows[begin:stop]."""
    for _, at, slot in _narrowed(instance, index, rows, windows, begin, stop):
        found = at, slot
    at, slot = found
    order = np.argsort(at.astype(np.int64) * len(instance.slots.ids) + slot, kind="stable")
    return at[order], slot[order]


def _narrowed(
    instance: Instance, index: Index, rows: Ints, windows: tuple[Longs, Longs], begin: int, stop: int
) -> Iterator[tuple[str, Ints, Ints]]:
    """What is left of the pairs of rows[begin:stop] after each rule: its name, positions in `rows`, and slots. What
    leaves fewest for least comes first."""
    missed, patients, slots = instance.missed, instance.patients, instance.slots
    low, high = windows[0][:, begin:stop], windows[1][:, begin:stop]
    counts = (high - low).ravel()
    listed = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(listed)) + np.repeat(low.ravel() - (np.cumsum(counts) - counts), counts)
    own = np.arange(begin, stop, dtype=np.int32)
    yield "content", np.tile(own, 4)[listed], index.slot[place]
    state = np.tile(patients.state[missed.patient[rows[begin:stop]]], 4)
    keep = np.flatnonzero(has_bit(index.states, place, state[listed]))
    at, slot, by_track = (
        np.tile(own, 4)[listed[keep]],
        index.slot[place[keep]],
        listed[keep] // (stop - begin) == BY_TRACK,
    )
    m = rows[at]
    # an extra on the same content in her own track is in two lists
    again = by_track & (slots.service[slot] == missed.service[m]) & (slots.module[slot] == missed.module[m])
    again &= missed.service[m] != instance.process
    at, slot = at[~again], slot[~again]
    yield "licence", at, slot
    for name, rule in NARROWING.items():
        kept = rule(instance, index, rows[at], slot)
        at, slot = at[kept], slot[kept]
        yield name, at, slot


Narrowing = Callable[[Instance, Index, Ints, Ints], Flags]
"""Which of these pairs (missed session, slot) keep a rule."""
NARROWING: Final[dict[str, Narrowing]] = {
    "late": lambda i, _, m, s: i.slots.end[s] <= i.missed.deadline[m],
    "age": lambda i, _, m, s: is_of_age(i, i.missed.patient[m], s),
    "language": lambda i, _, m, s: has_bit(i.patients.languages, i.missed.patient[m], i.slots.language[s]),
    "gender": lambda i, _, m, s: (
        (i.slots.gender[s] < 0) | (i.slots.gender[s] == i.patients.gender[i.missed.patient[m]])
    ),
    "own group": lambda i, _, m, s: (
        (i.slots.cohort[s] < 0) | (i.slots.cohort[s] != i.patients.cohort[i.missed.patient[m]])
    ),
    "busy": lambda i, x, m, s: is_free(i, x, i.missed.patient[m], i.slots.start[s], i.slots.end[s]),
    "kept apart": lambda i, x, m, s: (
        ~listed_in(
            i.barred,
            x.has_barred[i.missed.patient[m]] & (i.slots.cohort[s] >= 0),
            i.missed.patient[m],
            i.cohorts,
            i.slots.cohort[s],
        )
    ),
    "declined": lambda i, x, m, s: ~listed_in(i.declined, x.has_declined[m], m, len(i.slots.ids), s),
}


def stopped_at(instance: Instance, index: Index, rows: Ints) -> list[str]:
    """For missed sessions without an eligible pair: the rule after which none was left."""
    out = ["content"] * len(rows)
    for name, at, _ in _narrowed(instance, index, rows, _windows(instance, index, rows), 0, len(rows)):
        if name == "content":
            left = np.unique(at)
            continue
        now = np.unique(at)
        for k in np.setdiff1d(left, now).tolist():
            out[k] = name
        left = now
    return out


def has_bit(words: Words, row: Ints | Longs, bit: Ints) -> Flags:
    """Whether words[row] has this bit; a bit that is not given is in none."""
    word = words[row, 0] if words.shape[1] == 1 else words[row, np.maximum(bit, 0) >> 6]
    found: Flags = ((word >> (bit & 63).astype(np.uint64)) & np.uint64(1)) != 0
    return found & (bit >= 0)


def is_of_age(instance: Instance, patient: Ints, slot: Ints) -> Flags:
    """Whether the slot's band is one of hers; where none are told, all are: the lists keep ages apart."""
    bands, band = instance.patients.bands, instance.slots.band
    return np.ones(len(slot), bool) if bands is None or band is None else has_bit(bands, patient, band[slot])


def is_free(instance: Instance, index: Index, patient: Ints, start: Ints, end: Ints) -> Flags:
    """Whether one free interval of the patient holds the whole slot."""
    if not len(index.free):
        return np.zeros(len(patient), bool)
    at = np.maximum(0, np.searchsorted(index.free, patient.astype(np.int64) * SPAN + start, "right") - 1)
    hers: Flags = instance.free_patient[at] == patient
    return hers & (instance.free_start[at] <= start) & (instance.free_end[at] >= end)


def listed_in(pairs: Longs, perhaps: Flags, left: Ints, by: int, right: Ints) -> Flags:
    out = np.zeros(len(left), bool)
    some = np.flatnonzero(perhaps)
    if len(some) and len(pairs):
        wanted = left[some].astype(np.int64) * by + right[some]
        at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        out[some] = pairs[at] == wanted
    return out


def value_of(instance: Instance, m: Ints, slot: Ints) -> Ints:
    """What each pair is worth by itself, in points."""
    missed, patients, slots, w = instance.missed, instance.patients, instance.slots, instance.weights
    p = missed.patient[m]
    kind, start = slots.kind[slot], slots.start[slot]
    value = np.array(w.risk, np.int32)[patients.risk[p]]
    depends = missed.dependent_at[m]
    value += w.before_dependent * ((depends < 0) | (slots.end[slot] <= depends))
    value += w.same_clinician * (
        (slots.clinician[slot] >= 0) & (slots.clinician[slot] == patients.clinician[p])
    )
    value += w.same_module_group * (kind == Kind.COHORT)
    off = (slots.service[slot] != missed.service[m]) | (slots.module[slot] != missed.module[m])
    value += w.off_module_extra * ((kind == Kind.EXTRA) & off)
    value += w.individual * (kind == Kind.INDIVIDUAL)
    value += w.closed_group_per_step * slots.closed_steps[slot]
    hour = (start + patients.offset[p]) % DAY // 60
    apart = np.abs(hour - patients.preferred_hour[p])
    apart = np.minimum(apart, 24 - apart)
    preferred = w.preferred - np.minimum(w.preferred, 2 * apart)
    value += np.where(patients.preferred_hour[p] < 0, 0, preferred)
    value += np.maximum(0, w.sooner - (start - missed.start[m]) // SOONER_STEP)
    return value.astype(np.int32)
