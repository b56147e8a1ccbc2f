"""A planning problem as columns: patients, missed sessions, slots, and what is already taken.

Everything is an index into the tables of one instance; -1 says "not given". Times are whole minutes from the
instance's origin (UTC, a Monday at midnight).
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Words = NDArray[np.uint64]

DAY: Final = 1440
WEEK: Final = 7 * DAY
SOONER_STEP: Final = 720


class Kind(IntEnum):
    """What a slot is."""

    COHORT = 0
    EXTRA = 1
    INDIVIDUAL = 2


class State(IntEnum):
    """What has become of a pair that was offered before."""

    ACCEPTED = 0
    HELD = 1
    DECLINED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each thing is worth, in points; `risk` and `full_week` by tier 0 to 3."""

    risk: tuple[int, ...]
    before_dependent: int
    same_clinician: int
    same_module_group: int
    off_module_extra: int
    individual: int
    closed_group_per_step: int
    preferred: int
    sooner: int
    dose: int
    full_week: tuple[int, ...]
    over_soft_target: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients:
    ids: list[str]
    state: Ints
    offset: Ints
    """Minutes to be added to UTC."""
    track: Ints
    age: Ints
    gender: Ints
    languages: Words
    """One bit a language; one row a patient, as many words as there are languages for."""
    risk: Ints
    payer: Ints
    cohort: Ints
    pod: Ints
    clinician: Ints
    preferred_hour: Ints
    slack: Ints
    bands: Words | None = None
    """One bit an age band of slots that she may come to, where `age` alone does not decide (`Slots.band`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    ids: list[str]
    patient: Ints
    start: Ints
    service: Ints
    module: Ints
    known_at: Ints
    deadline: Ints
    dependent_at: Ints
    """-1 where nothing builds on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    ids: list[str]
    start: Ints
    end: Ints
    kind: Ints
    service: Ints
    module: Ints
    track: Ints
    age: Ints
    language: Ints
    gender: Ints
    """-1: everybody's."""
    states: Words
    """One bit a state in which it is licensed."""
    clinician: Ints
    block: Ints
    cohort: Ints
    pod: Ints
    seats: Ints
    soft: Ints
    closed_steps: Ints
    band: Ints | None = None
    """Beside `age`, which is the same or is not: which bit of hers each asks for, where some are for all ages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    weights: Weights
    max_per_day: int
    max_per_week: int
    process: int
    """The service whose extra groups stay within a track; -1 where no row names it."""
    sunday: Flags
    """By payer: its week begins on Sunday."""
    counts_individual: Flags
    counts_extra: Flags
    patients: Patients
    missed: Missed
    slots: Slots
    free_patient: Ints
    free_start: Ints
    free_end: Ints
    """Free intervals, sorted by patient and start, joined where they touch."""
    conflicts: Longs
    """Rows (a, b) and (b, a), sorted."""
    barred: Longs
    """patient x cohorts + cohort, sorted: somebody in conflict with her is a regular member there."""
    cohorts: int
    taken_missed: Ints
    taken_slot: Ints
    declined: Longs
    """missed x slots + slot, sorted."""
