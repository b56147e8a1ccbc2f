"""For one missed session, now: the best ways back in different parts of her day, each with why; and why not others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.makeup.book import Book
from rejoin.domain.makeup.eligible import Index, eligible, has_bit, is_free, is_of_age, value_of
from rejoin.domain.makeup.problem import DAY, SOONER_STEP, Flags, Instance, Ints, Kind

PRICE_SHARE: Final = 0.5
"""Of a seat's price that counts against a slot: with all of it fewer are recovered, with none too (makeup.md 5)."""
NOON, EVENING = 12, 17
NEAR: Final = 10
PRIVATE: Final = frozenset({"conflict", "kept apart"})
"""Reasons that are the staff's alone: they tell of somebody else."""
WORDS: Final = {
    "early": "begins before the miss was known",
    "late": "ends after the deadline",
    "busy": "the patient is not free for all of it",
    "licence": "is not licensed where the patient is",
    "language": "is not in a language of the patient's",
    "gender": "is for a gender that hers is not known to be",
    "age": "is for an age band that hers is not known to be",
    "own group": "is the patient's own group",
    "kept apart": "somebody who is kept apart from the patient is a member",
    "declined": "was declined",
    "content": "stands for another session",
    "seats": "has no seat left",
    "block": "its clinician is taken at that time",
    "overlap": "overlaps another make-up of the patient's",
    "day": "the patient has as many make-ups that day as may be",
    "week": "the patient has as many make-ups that week as may be",
    "conflict": "somebody who is kept apart from the patient has a seat",
    "once": "the missed session has its make-up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A slot that may stand for the missed session. `value` is in points; `parts` are what they are made of."""

    slot: int
    value: int
    part_of_day: str
    parts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    slot: int
    because: tuple[str, ...]
    """Keys of WORDS."""


def options(
    instance: Instance, index: Index, book: Book, missed: int, *, most: int, price: np.ndarray | None = None
) -> list[Option]:
    """Up to `most`, best first; as many different parts of her day as there are among those that fit.

    `price` is what a seat costs others, by slot, as of the last plan; None where there was none.
    """
    pairs = eligible(instance, index, np.array([missed], np.int32))
    rank = pairs.value - (PRICE_SHARE * price[pairs.slot] if price is not None else 0)
    begun = np.lexsort((pairs.slot, instance.slots.start[pairs.slot], -rank))
    chosen: list[int] = []
    spare: list[int] = []
    parts: set[str] = set()
    for k in begun.tolist():
        if book.why_not(missed, int(pairs.slot[k])):
            continue
        part = part_of_day(instance, missed, int(pairs.slot[k]))
        (spare if part in parts else chosen).append(k)
        parts.add(part)
        if len(chosen) == most or (len(parts) == len(PARTS) and len(chosen) + len(spare) >= most):
            break
    kept = sorted((chosen + spare)[:most], key=lambda k: begun.tolist().index(k))
    return [
        Option(
            slot=int(pairs.slot[k]),
            value=int(pairs.value[k]),
            part_of_day=part_of_day(instance, missed, int(pairs.slot[k])),
            parts=made_of(instance, missed, int(pairs.slot[k])),
        )
        for k in kept
    ]


PARTS: Final = ("morning", "afternoon", "evening")


def part_of_day(instance: Instance, missed: int, slot: int) -> str:
    """Where the patient is."""
    patient = instance.missed.patient[missed]
    hour = int((instance.slots.start[slot] + instance.patients.offset[patient]) % DAY // 60)
    return PARTS[0] if hour < NOON else PARTS[1] if hour < EVENING else PARTS[2]


def made_of(instance: Instance, missed: int, slot: int) -> dict[str, int]:
    """The value of a pair in its parts, by the names of the weights; parts of nought are left out."""
    own, slots, weights = instance.missed, instance.slots, instance.weights
    patient = int(own.patient[missed])
    kind, start, end = int(slots.kind[slot]), int(slots.start[slot]), int(slots.end[slot])
    depends = int(own.dependent_at[missed])
    clinician = int(slots.clinician[slot])
    hour = (start + int(instance.patients.offset[patient])) % DAY // 60
    wanted = int(instance.patients.preferred_hour[patient])
    apart = min(abs(hour - wanted), 24 - abs(hour - wanted))
    same = slots.service[slot] == own.service[missed] and slots.module[slot] == own.module[missed]
    found = {
        "risk": weights.risk[int(instance.patients.risk[patient])],
        "before_dependent": weights.before_dependent if depends < 0 or end <= depends else 0,
        "same_clinician": weights.same_clinician
        if clinician >= 0 and clinician == instance.patients.clinician[patient]
        else 0,
        "same_module_group": weights.same_module_group if kind == Kind.COHORT else 0,
        "off_module_extra": weights.off_module_extra if kind == Kind.EXTRA and not same else 0,
        "individual": weights.individual if kind == Kind.INDIVIDUAL else 0,
        "closed_group": weights.closed_group_per_step * int(slots.closed_steps[slot]),
        "preferred": weights.preferred - min(weights.preferred, 2 * apart) if wanted >= 0 else 0,
        "sooner": max(0, weights.sooner - (start - int(own.start[missed])) // SOONER_STEP),
    }
    return {name: points for name, points in found.items() if points}


Rule = Callable[[Instance, Index, int, Ints], Flags]
"""By slot: whether the missed session breaks it there."""


def near_misses(
    instance: Instance, index: Index, book: Book, missed: int, *, most: int = NEAR
) -> list[NearMiss]:
    """Slots that fewest rules keep from standing for it, best first, and those rules."""
    slots = np.arange(len(instance.slots.ids), dtype=np.int32)
    broken = {name: rule(instance, index, missed, slots) for name, rule in RULES.items()}
    count = np.sum(list(broken.values()), axis=0)
    value = value_of(instance, np.full(len(slots), missed, np.int32), slots)
    # content first: a group on something else is no near miss while there is any that fits
    far = count + 2 * broken["content"]
    found: list[NearMiss] = []
    for slot in np.lexsort((slots, -value, far)).tolist():
        because = tuple(name for name, rows in broken.items() if rows[slot])
        also = book.why_not(missed, slot)
        if because or also:
            found.append(NearMiss(slot=slot, because=because + ((also,) if also else ())))
        if len(found) == most:
            break
    return found


def _patient(instance: Instance, missed: int, slots: Ints) -> Ints:
    return np.full(len(slots), instance.missed.patient[missed], np.int32)


def _content(instance: Instance, _: Index, missed: int, slots: Ints) -> Flags:
    """Whether the slot is of no kind that stands for this session."""
    table, own = instance.slots, instance.missed
    patient = own.patient[missed]
    service, module = own.service[missed], own.module[missed]
    same = (table.service == service) & (table.module == module)
    track = table.track == instance.patients.track[patient]
    pod = (table.pod >= 0) & (table.pod == instance.patients.pod[patient])
    extra = (same & (service != instance.process)) | track
    fits = np.where(table.kind == Kind.COHORT, same & track, np.where(table.kind == Kind.EXTRA, extra, pod))
    found: Flags = ~fits[slots]
    return found


def _listed(pairs: np.ndarray, left: int, size: int, right: Ints) -> Flags:
    return np.isin(left * size + right.astype(np.int64), pairs) & (right >= 0)


RULES: Final[dict[str, Rule]] = {
    "content": _content,
    "early": lambda i, _, m, s: i.slots.start[s] < i.missed.known_at[m],
    "late": lambda i, _, m, s: i.slots.end[s] > i.missed.deadline[m],
    "age": lambda i, _, m, s: (
        (i.slots.age[s] != i.patients.age[i.missed.patient[m]]) | ~is_of_age(i, _patient(i, m, s), s)
    ),
    "licence": lambda i, _, m, s: ~has_bit(i.slots.states, s, i.patients.state[_patient(i, m, s)]),
    "language": lambda i, _, m, s: ~has_bit(i.patients.languages, _patient(i, m, s), i.slots.language[s]),
    "gender": lambda i, _, m, s: (
        (i.slots.gender[s] >= 0) & (i.slots.gender[s] != i.patients.gender[i.missed.patient[m]])
    ),
    "own group": lambda i, _, m, s: (
        (i.slots.cohort[s] >= 0) & (i.slots.cohort[s] == i.patients.cohort[i.missed.patient[m]])
    ),
    "kept apart": lambda i, _, m, s: _listed(
        i.barred, int(i.missed.patient[m]), i.cohorts, i.slots.cohort[s]
    ),
    "declined": lambda i, _, m, s: _listed(i.declined, m, len(i.slots.ids), s),
    "busy": lambda i, x, m, s: ~is_free(i, x, _patient(i, m, s), i.slots.start[s], i.slots.end[s]),
}
