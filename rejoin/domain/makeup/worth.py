"""What a plan is worth, in points: the objective, from the pairs alone."""

import numpy as np

from rejoin.domain.makeup.block import Left, countable, week_key
from rejoin.domain.makeup.eligible import value_of
from rejoin.domain.makeup.problem import Instance, Ints, Kind


def worth_of(instance: Instance, left: Left, missed: Ints, slot: Ints) -> int:
    """Of these pairs on top of what is taken."""
    total = int(value_of(instance, missed, slot).sum())
    patient = instance.missed.patient[missed]
    used = np.bincount(slot, minlength=len(instance.slots.ids))
    group = instance.slots.kind != Kind.INDIVIDUAL
    total += instance.weights.over_soft_target * int(np.maximum(0, used - left.soft)[group].sum())
    week = week_key(instance, patient, instance.slots.start[slot])[countable(instance, patient, slot)]
    keys, counts = np.unique(week, return_counts=True)
    at = np.minimum(np.searchsorted(left.weeks.key, keys), len(left.weeks.key) - 1)
    good = (left.weeks.key[at] == keys) & (left.weeks.need[at] > 0)
    at, counts = at[good], counts[good]
    need = left.weeks.need[at]
    total += instance.weights.dose * int(np.minimum(need, counts).sum())
    return total + int(left.weeks.bonus[at][counts >= need].sum())
