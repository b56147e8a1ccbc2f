"""A folder of the contract (docs/contracts/makeup.md) as one planning problem; or everything that is wrong in it."""

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.makeup.problem import Instance, Ints, Kind, Longs, Missed, Patients, Slots, State
from rejoin.planning import columns as read
from rejoin.planning.columns import HOUR, MINUTES, NOT_NEGATIVE, OFFSET, RISK, STEPS, Codes, Sets
from rejoin.planning.params import read_params
from rejoin.planning.tables import Complaints, Sheet, read_sheet
from rejoin.planning.taken import check_taken
from rejoin.sheets.refused import BadInput

COLUMNS: Final = {
    "patients": "patient_id state utc_offset_minutes track age_band gender languages risk payer cohort pod "
    "clinician_id preferred_hour slack_sessions",
    "payers": "payer week_start counts_individual counts_extra",
    "availability": "patient_id start end",
    "missed": "missed_id patient_id session_start minutes service module known_at deadline dependent_at",
    "slots": "slot_id start end kind service module track age_band language gender_only licensed_states "
    "clinician_id block_id cohort pod seats soft_target closed_steps",
    "conflicts": "patient_a patient_b",
    "members": "cohort patient_id",
    "taken": "missed_id slot_id state until",
}
OPTIONAL: Final = frozenset(
    {"minutes", "until", "preferred_hour", "slack_sessions", "dependent_at", "closed_steps", "soft_target"}
)
"""Columns that may be left out: without them nothing is decided that somebody might regret."""
NEEDED: Final = ("patients", "missed", "slots")
STATES: Final = {state.name.lower(): state.value for state in State}
KINDS: Final = {kind.name.lower(): kind.value for kind in Kind}
WEEK_STARTS: Final = {"mon": 0, "sun": 1}
PROCESS: Final = "process"
NOBODY: Final = -1
NOTHING: Final = -(1 << 31)
"""In place of a time that is not given."""
SPAN: Final = 1 << 32


def read_instance(folder: Path) -> Instance:
    """Read and check the folder, or raise BadInput with everything wrong in it.

    A hundred thousand missed sessions take about two seconds.
    """
    if not folder.is_dir():
        raise BadInput([Problem(file=str(folder), line=1, field="folder", message="is not a folder")])
    complaints = Complaints()
    with _without_looking_for_cycles():
        instance = _Reading(folder, complaints).instance()
    complaints.raise_if_any()
    return instance


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """Millions of cells come and go, and none of them leads to itself."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Reading:
    """Reads the tables one after the other; later ones are checked against earlier ones."""

    def __init__(self, folder: Path, complaints: Complaints) -> None:
        self.folder = folder
        self.complaints = complaints
        self.codes = Codes()
        self.codes.space("service")[PROCESS] = 0
        self.params = read_params(folder, complaints)

    def _sheet(self, name: str) -> Sheet:
        known = COLUMNS[name].split()
        optional = [column for column in known if column in OPTIONAL]
        sheet = read_sheet(self.folder, name, known=known, optional=optional, complaints=self.complaints)
        if name in NEEDED and not sheet.is_there:
            self._miss(sheet)
        return sheet

    def _miss(self, sheet: Sheet) -> None:
        self.complaints.add(sheet.name, 1, "file", "is missing")
        sheet.is_broken = True

    def instance(self) -> Instance:
        self._read_payers()
        patients, languages = self._patients()
        slots = self._slots()
        patients = replace(patients, languages=languages.as_words(len(self.codes.space("language"))))
        missed = self._missed()
        free_patient, free_start, free_end = self._free()
        conflicts = self._conflicts()
        barred = self._barred(conflicts)
        instance = Instance(
            weights=self.params.weights,
            max_per_day=self.params.max_per_day,
            max_per_week=self.params.max_per_week,
            process=self.codes.space("service")[PROCESS],
            sunday=self.sunday,
            counts_individual=self.counts_individual,
            counts_extra=self.counts_extra,
            patients=patients,
            missed=missed,
            slots=slots,
            free_patient=free_patient,
            free_start=free_start,
            free_end=free_end,
            conflicts=conflicts,
            barred=barred,
            cohorts=len(self.codes.space("cohort")),
            taken_missed=np.empty(0, np.int32),
            taken_slot=np.empty(0, np.int32),
            declined=np.empty(0, np.int64),
        )
        return self._with_taken(instance)

    def _read_payers(self) -> None:
        self.payers = sheet = self._sheet("payers")
        self.payer_ids = read.ids(sheet, "payer")
        self.sunday = read.choices(sheet, "week_start", WEEK_STARTS) == WEEK_STARTS["sun"]
        self.counts_individual = read.truths(sheet, "counts_individual")
        self.counts_extra = read.truths(sheet, "counts_extra")

    def _patients(self) -> tuple[Patients, Sets]:
        """The patients, still without their languages; and those."""
        self.patients = sheet = self._sheet("patients")
        self.patient_ids = read.ids(sheet, "patient_id")
        space = self.codes.space
        patients = Patients(
            ids=sheet.column("patient_id"),
            state=read.words(sheet, "state", space("state")),
            offset=read.numbers(sheet, "utc_offset_minutes", OFFSET),
            track=read.words(sheet, "track", space("track")),
            age=read.words(sheet, "age_band", space("age")),
            gender=read.words(sheet, "gender", space("gender")),
            languages=np.empty((0, 1), np.uint64),
            risk=read.numbers(sheet, "risk", RISK),
            payer=self._payer(),
            cohort=read.words(sheet, "cohort", space("cohort")),
            pod=read.words(sheet, "pod", space("pod")),
            clinician=read.words(sheet, "clinician_id", space("clinician")),
            preferred_hour=read.numbers(sheet, "preferred_hour", HOUR, default=NOBODY),
            slack=read.numbers(sheet, "slack_sessions", NOT_NEGATIVE, default=0),
        )
        languages = read.sets(sheet, "languages", space("language"))
        sheet.forget()
        return patients, languages

    def _payer(self) -> Ints:
        """Rows of payers. Who has none gets one more: weeks from Monday, and nothing counts but her cohort groups."""
        cells = self.patients.column("payer")
        if any(cells) and not self.payers.is_there:
            self._miss(self.payers)
        if not all(cells):
            self.payer_ids[""] = len(self.sunday)
            self.sunday, self.counts_individual, self.counts_extra = (
                np.append(each, False) for each in (self.sunday, self.counts_individual, self.counts_extra)
            )
        return read.references(self.patients, "payer", self.payer_ids, of=self.payers)

    def _slots(self) -> Slots:
        self.slots = sheet = self._sheet("slots")
        self.slot_ids = read.ids(sheet, "slot_id")
        space = self.codes.space
        start, end = read.numbers(sheet, "start", MINUTES), read.numbers(sheet, "end", MINUTES)
        sheet.complain_where(end <= start, "end", "is not after start")
        kind = read.choices(sheet, "kind", KINDS)
        seats = self._seats(kind)
        soft = read.numbers(sheet, "soft_target", NOT_NEGATIVE, default=seats)
        states = read.sets(sheet, "licensed_states", space("state"))
        slots = Slots(
            ids=sheet.column("slot_id"),
            start=start,
            end=end,
            kind=kind,
            service=read.words(sheet, "service", space("service")),
            module=read.words(sheet, "module", space("module")),
            track=read.words(sheet, "track", space("track")),
            age=read.words(sheet, "age_band", space("age")),
            language=read.words(sheet, "language", space("language")),
            gender=read.words(sheet, "gender_only", space("gender")),
            states=states.as_words(len(space("state"))),
            clinician=read.words(sheet, "clinician_id", space("clinician")),
            block=read.words(sheet, "block_id", space("block")),
            cohort=read.words(sheet, "cohort", space("cohort")),
            pod=read.words(sheet, "pod", space("pod")),
            seats=seats,
            soft=np.minimum(soft, seats),
            closed_steps=read.numbers(sheet, "closed_steps", STEPS, default=0),
        )
        sheet.forget()
        return slots

    def _seats(self, kind: Ints) -> Ints:
        """An individual slot seats one, said or not; a group that does not say is a problem."""
        individual = kind == Kind.INDIVIDUAL
        seats = read.numbers(self.slots, "seats", NOT_NEGATIVE, default=np.where(individual, 1, NOBODY))
        self.slots.complain_where(seats == NOBODY, "seats", "is empty")
        return np.where(individual, np.minimum(seats, 1), seats).astype(np.int32)

    def _missed(self) -> Missed:
        self.missed = sheet = self._sheet("missed")
        self.missed_ids = read.ids(sheet, "missed_id")
        start = read.numbers(sheet, "session_start", MINUTES)
        read.numbers(sheet, "minutes", NOT_NEGATIVE, default=0)
        depends = read.numbers(sheet, "dependent_at", MINUTES, default=NOTHING)
        missed = Missed(
            ids=sheet.column("missed_id"),
            patient=read.references(sheet, "patient_id", self.patient_ids, of=self.patients),
            start=start,
            service=read.words(sheet, "service", self.codes.space("service")),
            module=read.words(sheet, "module", self.codes.space("module")),
            known_at=read.numbers(sheet, "known_at", MINUTES, default=start),
            deadline=read.numbers(sheet, "deadline", MINUTES, default=self.params.horizon),
            dependent_at=_never_or(depends),
        )
        sheet.forget()
        return missed

    def _free(self) -> tuple[Ints, Ints, Ints]:
        """Patient, start, end; sorted, and joined where they touch."""
        sheet = self._sheet("availability")
        if not sheet.is_there and self.missed.count:
            self._miss(sheet)
        patient = read.references(sheet, "patient_id", self.patient_ids, of=self.patients)
        start, end = read.numbers(sheet, "start", MINUTES), read.numbers(sheet, "end", MINUTES)
        sheet.forget()
        sheet.complain_where(end <= start, "end", "is not after start")
        order = np.lexsort((start, patient))
        base = patient[order].astype(np.int64) * SPAN
        starts, latest = base + start[order], np.maximum.accumulate(base + end[order])
        overlaps = np.zeros(len(order), bool)
        overlaps[order[1:]] = starts[1:] < latest[:-1]
        overlaps[patient < 0] = False
        sheet.complain_where(overlaps, "start", "overlaps another interval of this patient")
        first = np.flatnonzero(np.append(True, starts[1:] != latest[:-1])[: len(order)])
        last = np.append(first[1:], len(order))[: len(first)] - 1
        return patient[order[first]], start[order[first]], end[order[last]]

    def _conflicts(self) -> Longs:
        """Each pair both ways, sorted; shape (pairs, 2)."""
        sheet = self._sheet("conflicts")
        a = read.references(sheet, "patient_a", self.patient_ids, of=self.patients)
        b = read.references(sheet, "patient_b", self.patient_ids, of=self.patients)
        sheet.complain_where(a == b, "patient_b", "is the same patient as patient_a")
        pairs = np.stack([a, b], axis=1).astype(np.int64)
        return np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0)

    def _barred(self, conflicts: Longs) -> Longs:
        """patient x cohorts + cohort, where a regular member is in conflict with her."""
        sheet = self._sheet("members")
        space = self.codes.space("cohort")
        anywhere = not (self.patients.is_broken or self.slots.is_broken)
        for row, cell in enumerate(sheet.column("cohort")):
            if not cell or (cell not in space and anywhere):
                told = f"{cell!r} is nobody's cohort, and no slot's" if cell else "is empty"
                sheet.complain(row, "cohort", told)
        cohort = read.words(sheet, "cohort", space)
        member = read.references(sheet, "patient_id", self.patient_ids, of=self.patients)
        groups: dict[int, list[int]] = defaultdict(list)
        for one, group in zip(member.tolist(), cohort.tolist(), strict=True):
            groups[one].append(group)
        barred = [a * len(space) + group for a, b in conflicts.tolist() for group in groups.get(b, ())]
        return np.unique(np.array(barred, np.int64))

    def _with_taken(self, instance: Instance) -> Instance:
        sheet = self._sheet("taken")
        missed = read.references(sheet, "missed_id", self.missed_ids, of=self.missed)
        slot = read.references(sheet, "slot_id", self.slot_ids, of=self.slots)
        state = read.choices(sheet, "state", STATES)
        read.numbers(sheet, "until", MINUTES, default=0)
        if self.complaints.problems:
            return instance  # what follows from a wrong cell would be told as another problem
        check_taken(sheet, instance, missed, slot, state)
        stands = state != State.DECLINED
        declined = missed[~stands].astype(np.int64) * len(instance.slots.ids) + slot[~stands]
        return replace(
            instance, taken_missed=missed[stands], taken_slot=slot[stands], declined=np.unique(declined)
        )


def _never_or(depends: Ints) -> Ints:
    """-1 says that nothing depends on it; what depended on it before the origin is never made up in time."""
    return np.where(depends == NOTHING, -1, np.maximum(depends, 0)).astype(np.int32)
