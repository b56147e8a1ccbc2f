"""What is taken stands: what it leaves of seats, days, weeks and time, and what it is worth."""

import numpy as np

from rejoin.domain.makeup.block import Left, Weeks, countable, day_key, week_key
from rejoin.domain.makeup.book import Book
from rejoin.domain.makeup.eligible import Pairs
from rejoin.domain.makeup.problem import Instance, Kind
from rejoin.domain.makeup.worth import worth_of


def left_by(instance: Instance) -> Left:
    """What is left once the accepted and the held have their places."""
    slots = instance.slots
    missed, slot = instance.taken_missed, instance.taken_slot
    used = np.bincount(slot, minlength=len(slots.ids)).astype(np.int32)
    patient = instance.missed.patient[missed]
    start = slots.start[slot]
    whole = weeks_of(instance)
    nothing = Left(seats=slots.seats, soft=slots.soft, days={}, weeks_taken={}, weeks=whole, worth=0)
    week = week_key(instance, patient, start)
    at, filled = np.searchsorted(whole.key, week), countable(instance, patient, slot)
    filled &= (
        (at < len(whole.key)) & (whole.key[np.minimum(at, max(0, len(whole.key) - 1))] == week)
        if len(whole.key)
        else False
    )
    need = whole.need - np.bincount(at[filled], minlength=len(whole.key)).astype(np.int32)
    group = slots.kind != Kind.INDIVIDUAL
    return Left(
        seats=np.maximum(0, slots.seats - used),
        soft=np.where(group, np.maximum(0, slots.soft - used), slots.seats).astype(np.int32),
        days=_counted(day_key(instance, patient, start)),
        weeks_taken=_counted(week),
        weeks=Weeks(key=whole.key, need=need, bonus=whole.bonus),
        worth=worth_of(instance, nothing, missed, slot),
    )


def weeks_of(instance: Instance) -> Weeks:
    """Payer weeks in which somebody missed something, and how many make-ups each needs in all."""
    patients, missed = instance.patients, instance.missed
    key, count = np.unique(week_key(instance, missed.patient, missed.start), return_counts=True)
    patient = key >> 20
    need = (count - patients.slack[patient]).astype(np.int32)
    return Weeks(
        key=key, need=need, bonus=np.array(instance.weights.full_week, float)[patients.risk[patient]]
    )


def _counted(keys: np.ndarray) -> dict[int, int]:
    listed, count = np.unique(keys, return_counts=True)
    return dict(zip(listed.tolist(), count.tolist(), strict=True))


def still_open(instance: Instance, pairs: Pairs, book: Book) -> Pairs:
    """Without those that do not go beside what is taken (`book`)."""
    keep = np.ones(len(pairs), bool)
    at = pairs.at
    missed = pairs.rows[at]
    keep &= (
        instance.slots.seats[pairs.slot]
        > np.bincount(instance.taken_slot, minlength=len(instance.slots.ids))[pairs.slot]
    )
    keep &= ~np.isin(missed, instance.taken_missed)
    concerned = np.isin(instance.missed.patient[missed], instance.missed.patient[instance.taken_missed])
    concerned |= np.isin(instance.slots.block[pairs.slot], instance.slots.block[instance.taken_slot]) & (
        instance.slots.block[pairs.slot] >= 0
    )
    concerned |= np.isin(pairs.slot, instance.taken_slot)
    for k in np.flatnonzero(keep & concerned).tolist():
        keep[k] = not book.why_not(int(missed[k]), int(pairs.slot[k]))
    return some_of(pairs, keep)


def some_of(pairs: Pairs, keep: np.ndarray) -> Pairs:
    first = np.zeros(len(pairs.rows) + 1, np.int64)
    np.cumsum(np.bincount(pairs.at[keep], minlength=len(pairs.rows)), out=first[1:])
    return Pairs(rows=pairs.rows, first=first, slot=pairs.slot[keep], value=pairs.value[keep])
