"""The folder and its rooms joined: who was expected where, and what is known of each seat at an instant."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import SeatFacts, Status
from rejoin.domain.kernel import local_day, local_midnight
from rejoin.domain.policy import PatientFacts, Reach
from rejoin.rooms.evidence import Evidence
from rejoin.sidecar.program import Folder, Patient, Scheduled

T = TypeVar("T")
NO_SOURCES: frozenset[str] = frozenset()
NOTHING: tuple[()] = ()
CAME = frozenset({Status.ATTENDED, Status.PARTIAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything triage decides from, as known at `now`."""

    folder: Folder
    now: datetime
    expected: Mapping[str, Collection[str]]
    """Patient ids by session id."""
    seats: Mapping[str, Sequence[Scheduled]]
    """Sessions by patient id, in order of time."""
    evidence: Evidence
    sources: Mapping[str, frozenset[str]]
    """The sources that covered each session."""


def expect_patients(folder: Folder, *, now: datetime) -> dict[str, list[str]]:
    """Who is expected in each session: its group on that local day, or the patients it names.

    Somebody marked as having come, though not expected, has a seat too: a make-up is one.
    """
    by_group: dict[str, list[Patient]] = defaultdict(list)
    for patient in folder.patients.values():
        for group in {place.group for place in patient.places if place.group}:
            by_group[group].append(patient)
    expected: dict[str, list[str]] = {}
    for session_id, scheduled in folder.sessions.items():
        day = local_day(scheduled.session.starts_at, folder.timezone)
        if scheduled.patient_ids:
            named = dict.fromkeys(scheduled.patient_ids)
            expected[session_id] = [each for each in named if folder.patients[each].enrolled_on(day)]
        else:
            group = scheduled.session.group
            expected[session_id] = [
                patient.id
                for patient in by_group.get(group, ())
                if any(place.group == group and place.covers(day) for place in patient.places)
            ]
    for (session_id, patient_id), marks in folder.marks.items():
        if patient_id not in expected[session_id] and any(
            mark.status in CAME and mark.at <= now for mark in marks
        ):
            expected[session_id].append(patient_id)
    return expected


def seats_by_patient(folder: Folder, expected: Mapping[str, Sequence[str]]) -> dict[str, list[Scheduled]]:
    """Each patient's sessions in order of time; patients in order of their id."""
    found: dict[str, list[Scheduled]] = {patient_id: [] for patient_id in sorted(folder.patients)}
    for scheduled in sorted(folder.sessions.values(), key=when_scheduled):
        for patient_id in expected[scheduled.session.id]:
            found[patient_id].append(scheduled)
    return found


def when_scheduled(scheduled: Scheduled) -> tuple[datetime, str]:
    return scheduled.session.starts_at, scheduled.session.id


def patient_facts(world: World, patient_id: str) -> PatientFacts:
    """What is known of one patient at the world's instant."""
    folder, now = world.folder, world.now
    patient = folder.patients[patient_id]
    attempts = {
        session_id: tuple(known)
        for session_id, tried in folder.attempts.get(patient_id, {}).items()
        if (known := [each for each in tried if each.at <= now])
    }
    return PatientFacts(
        seats=tuple(_seat_facts(world, scheduled, patient_id) for scheduled in world.seats[patient_id]),
        reach=_reach(world, patient),
        attempts=attempts,
        since=_first_instant(patient, folder.timezone),
        left_at=left_at(patient, folder.timezone),
    )


def left_at(patient: Patient, zone: ZoneInfo) -> datetime | None:
    """The midnight after the patient's last day in the program; None while a place is open."""
    last = patient.last_day
    return local_midnight(last + timedelta(days=1), zone) if last is not None else None


def _first_instant(patient: Patient, zone: ZoneInfo) -> datetime | None:
    starts = [place.from_on for place in patient.places]
    return local_midnight(min(start for start in starts if start), zone) if all(starts) else None


def _seat_facts(world: World, scheduled: Scheduled, patient_id: str) -> SeatFacts:
    session = scheduled.session
    if session.starts_at > world.now:
        return SeatFacts(session=session)
    folder, evidence = world.folder, world.evidence
    key = (session.id, patient_id)
    sources = world.sources.get(session.id, NO_SOURCES)
    marks = [each for each in folder.marks.get(key, NOTHING) if each.at <= world.now]
    check_ins = [each for each in folder.check_ins.get(key, NOTHING) if each.at <= world.now]
    notices = folder.notices.get(key, NOTHING)
    return SeatFacts(
        session=session,
        presence=tuple(evidence.presence.get(key, ())),
        covered=session.id in evidence.watched,
        covering_sources=sources,
        notices=tuple([each for each in notices if each.received_at <= world.now]) if notices else NOTHING,
        mark=marks[-1] if marks else None,
        check_in=check_ins[-1] if check_ins else None,
        waited=key in evidence.waited,
    )


def _reach(world: World, patient: Patient) -> Reach:
    said = world.folder.consents.get(patient.id, ())
    return Reach(
        timezone=patient.timezone,
        flags=patient.flags,
        has_phone=bool(patient.phones),
        has_email=bool(patient.emails),
        consents=tuple(each for each in said if each.at is None or each.at <= world.now),
    )
