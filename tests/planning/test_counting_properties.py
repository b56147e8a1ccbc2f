"""What a plan is worth, counted a second time by the calendar: dates and clock hours in place of whole minutes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rejoin.planning.checking import check_plan
from tests.planning.folder import PlanningFolder, write_plan

Worth = dict[str, Any]
ORIGIN = datetime(2026, 6, 1, tzinfo=UTC)
PAYERS = {"from_monday": ("mon", True, False), "from_sunday": ("sun", False, True)}
TIMES = st.integers(0, 20100)
POINTS = st.integers(-60, 60)
WORTH = st.integers(0, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    offset: int
    risk: int
    payer: str
    clinician: str
    preferred: int | None
    slack: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    patient: int
    at: int
    module: str
    dependent: int | None
    slot: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    at: int
    kind: str
    module: str
    clinician: str
    seats: int
    soft: int | None
    steps: int


PATIENTS = st.builds(
    Patient,
    offset=st.sampled_from([-300, 0, 345]),
    risk=st.integers(0, 3),
    payer=st.sampled_from(sorted(PAYERS)),
    clinician=st.sampled_from(["", "k1"]),
    preferred=st.none() | st.integers(0, 23),
    slack=st.integers(0, 1),
)
ABSENCES = st.builds(
    Absence,
    patient=st.integers(0, 1),
    at=TIMES,
    module=st.sampled_from("ab"),
    dependent=st.none() | TIMES,
    slot=st.none() | st.integers(0, 2),
)
PLACES = st.builds(
    Place,
    at=TIMES,
    kind=st.sampled_from(["cohort", "extra", "individual"]),
    module=st.sampled_from("ab"),
    clinician=st.sampled_from(["", "k1"]),
    seats=st.integers(1, 3),
    soft=st.none() | st.integers(0, 3),
    steps=st.integers(0, 2),
)
SIMPLE = ("before_dependent", "same_clinician", "same_module_group", "off_module_extra", "individual")
WEIGHTS = st.fixed_dictionaries(
    dict.fromkeys((*SIMPLE, "closed_group_per_step"), POINTS)
    | dict.fromkeys(("preferred", "sooner", "dose"), WORTH)
    | {"over_soft_target": st.integers(-20, 0)}
    | {name: st.lists(WORTH, min_size=4, max_size=4) for name in ("risk", "full_week")}
)


def clock(patient: Patient, at: int) -> datetime:
    return ORIGIN + timedelta(minutes=at + patient.offset)


def first_day_of_week(patient: Patient, at: int) -> date:
    day = clock(patient, at).date()
    into = day.weekday() if PAYERS[patient.payer][0] == "mon" else (day.weekday() + 1) % 7
    return day - timedelta(days=into)


def worth_of(missed: Absence, slot: Place, patient: Patient, weights: Worth) -> int:
    in_time = missed.dependent is None or slot.at + 60 <= missed.dependent
    points = [
        weights["risk"][patient.risk],
        weights["before_dependent"] * in_time,
        weights["same_clinician"] * (slot.clinician == patient.clinician == "k1"),
        weights["same_module_group"] * (slot.kind == "cohort"),
        weights["off_module_extra"] * (slot.kind == "extra" and slot.module != missed.module),
        weights["individual"] * (slot.kind == "individual"),
        weights["closed_group_per_step"] * slot.steps,
        max(0, weights["sooner"] - timedelta(minutes=slot.at - missed.at) // timedelta(hours=12)),
    ]
    if patient.preferred is not None:
        hour = clock(patient, slot.at).hour
        apart = min((hour - patient.preferred) % 24, (patient.preferred - hour) % 24)
        points.append(max(0, weights["preferred"] - 2 * apart))
    return sum(points)


def by_hand(
    patients: list[Patient], missed: list[Absence], slots: list[Place], weights: Worth
) -> tuple[int, int]:
    """The objective, and how many weeks are made whole."""
    chosen = [(each, slots[each.slot]) for each in missed if each.slot is not None]
    total = sum(worth_of(each, slot, patients[each.patient], weights) for each, slot in chosen)
    for place, slot in enumerate(slots):
        used = sum(each.slot == place for each in missed)
        if slot.kind != "individual" and slot.soft is not None:
            total += weights["over_soft_target"] * max(0, used - slot.soft)
        elif slot.kind != "individual":
            total += weights["over_soft_target"] * max(0, used - slot.seats)
    whole = 0
    for number, patient in enumerate(patients):
        _, individual, extra = PAYERS[patient.payer]
        countable = {"cohort": True, "extra": extra, "individual": individual}
        hers = [each for each in missed if each.patient == number]
        for week in {first_day_of_week(patient, each.at) for each in hers}:
            need = sum(first_day_of_week(patient, each.at) == week for each in hers) - patient.slack
            held = sum(
                countable[slot.kind] and first_day_of_week(patient, slot.at) == week
                for each, slot in chosen
                if each.patient == number
            )
            if need > 0:
                total += weights["dose"] * min(need, held)
                whole += held >= need
                total += weights["full_week"][patient.risk] * (held >= need)
    return total, whole


@settings(max_examples=60, deadline=None)
@given(
    patients=st.lists(PATIENTS, min_size=2, max_size=2),
    missed=st.lists(ABSENCES, min_size=1, max_size=5),
    slots=st.lists(PLACES, min_size=3, max_size=3),
    weights=WEIGHTS,
)
def test_the_checker_counts_as_the_calendar_does(
    patients: list[Patient],
    missed: list[Absence],
    slots: list[Place],
    weights: Worth,
) -> None:
    with TemporaryDirectory() as path:
        folder = PlanningFolder(Path(path))
        folder.params["weights"] = weights
        for name, (start, individual, extra) in PAYERS.items():
            counts = {"counts_individual": int(individual), "counts_extra": int(extra)}
            folder.row("payers", payer=name, week_start=start, **counts)
        for number, one in enumerate(patients):
            cells = {"utc_offset_minutes": one.offset, "risk": one.risk, "payer": one.payer}
            hour = "" if one.preferred is None else one.preferred
            cells |= {"clinician_id": one.clinician, "preferred_hour": hour, "slack_sessions": one.slack}
            folder.patient(f"p{number}", **cells)
        for number, each in enumerate(missed):
            depends = "" if each.dependent is None else each.dependent
            times = {"session_start": each.at, "dependent_at": depends}
            folder.missed(f"m{number}", f"p{each.patient}", module=each.module, **times)
        for number, slot in enumerate(slots):
            soft = "" if slot.soft is None else slot.soft
            cells = {"service": "skills", "module": slot.module, "clinician_id": slot.clinician}
            cells |= {"seats": slot.seats, "soft_target": soft, "closed_steps": slot.steps}
            folder.slot(f"s{number}", slot.at, kind=slot.kind, **cells)
        pairs = [
            (f"m{number}", f"s{each.slot}") for number, each in enumerate(missed) if each.slot is not None
        ]
        verdict = check_plan(folder.write(), write_plan(folder.path / "PLAN.csv", pairs))
    assert (verdict.objective, verdict.full_weeks) == by_hand(patients, missed, slots, weights)
