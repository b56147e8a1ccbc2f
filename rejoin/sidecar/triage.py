"""`rejoin triage`: what happened in each session, and what is owed to whom by when."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from rejoin.domain.kernel import Problem, local_day
from rejoin.domain.policy import follow_patient
from rejoin.rooms.placing import Placer
from rejoin.rooms.register import make_register
from rejoin.rooms.sightings import Context
from rejoin.rooms.timetable import Timetable
from rejoin.sheets.refused import BadInput
from rejoin.sidecar import answer
from rejoin.sidecar.alerts import Tallies, find_alerts, tell_unmatched
from rejoin.sidecar.folder import read_folder
from rejoin.sidecar.gathering import Progress, gather_evidence
from rejoin.sidecar.program import Folder, Patient, Scheduled
from rejoin.sidecar.report import Directory, PatientCard, Report, SessionCard
from rejoin.sidecar.workers import cores, share_out
from rejoin.sidecar.world import World, expect_patients, patient_facts, seats_by_patient

# From this many seats on, patients are decided by several processes.
MANY_SEATS = 20_000
SECTIONS = ("seats", "cases", "triggers", "week", "requirements")


@dataclass(slots=True)
class Answer:
    """The report's sections for some patients, and what their sessions add up to."""

    sections: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in SECTIONS})
    tallies: Tallies = field(default_factory=Tallies)


def _quiet(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def open_world(
    path: Path, *, now: datetime, skip_unreadable: bool = False, on_progress: Progress = _quiet
) -> tuple[World, list[Problem]]:
    """The folder and its rooms as known at `now`, with the problems of files that were passed over."""
    folder = read_folder(path)
    expected = expect_patients(folder, now=now)
    sets = {session_id: frozenset(ids) for session_id, ids in expected.items()}
    timetable = Timetable((each.session, each.rooms) for each in folder.sessions.values())
    recognise = _register_of(folder).recognise
    dates = {local_day(each.session.starts_at, folder.timezone) for each in folder.sessions.values()}
    evidence, unreadable = gather_evidence(
        folder.path,
        folder.room_files,
        context=Context(zone=folder.timezone, dates=tuple(sorted(dates))),
        make_placer=lambda: Placer(timetable, recognise=recognise, expected=sets.__getitem__, now=now),
        on_progress=on_progress,
    )
    if unreadable and not skip_unreadable:
        raise BadInput(unreadable)
    seats = seats_by_patient(folder, expected)
    world = World(
        folder=folder,
        now=now,
        expected=sets,
        seats=seats,
        evidence=evidence,
        sources={each: frozenset(sources) for each, sources in evidence.sources.items()},
    )
    return world, unreadable


def _register_of(folder: Folder) -> Any:
    patients = folder.patients.values()
    return make_register(
        identities=folder.identities,
        emails=[(email, patient.id) for patient in patients for email in patient.emails],
        phones=[(phone, patient.id) for patient in patients for phone in patient.phones],
    )


def decide_patients(world: World, patient_ids: Iterable[str], *, into: Answer) -> None:
    """Decide everything about `patient_ids` and add it to `into`."""
    book = world.folder.book
    for patient_id in patient_ids:
        facts = patient_facts(world, patient_id)
        found = follow_patient(facts, book=book, now=world.now)
        sections = into.sections
        for record, policy in zip(found.records, found.policies, strict=True):
            if record.outcome is None:
                continue
            into.tallies.count(record.session.id, record.outcome)
            sections["seats"].append(
                answer.tell_seat(
                    record.session,
                    record.outcome,
                    patient_id=patient_id,
                    billing=found.billing[record.session.id],
                    policy=policy,
                )
            )
        sections["cases"] += [answer.tell_case(each, patient_id=patient_id) for each in found.cases]
        sections["triggers"] += [answer.tell_trigger(each, patient_id=patient_id) for each in found.firings]
        sections["week"] += [answer.tell_week(each, patient_id=patient_id) for each in found.weeks]
        sections["requirements"] += [
            answer.tell_requirement(each, patient_id=patient_id) for each in found.requirements
        ]


def triage(world: World, unreadable: Sequence[Problem] = ()) -> Report:
    """The whole report in memory, for the page and the terminal."""
    found = Answer()
    decide_patients(world, world.seats, into=found)
    policy = world.folder.book.in_force(local_day(world.now, world.folder.timezone))
    return {
        "as_of": world.now,
        "policy": {"id": policy.id, "version": policy.version},
        "seats": found.sections["seats"],
        "cases": found.sections["cases"],
        "triggers": found.sections["triggers"],
        "week": found.sections["week"],
        "requirements": found.sections["requirements"],
        "unmatched": tell_unmatched(world),
        "alerts": find_alerts(world, found.tallies, unreadable),
    }


def write_report(
    world: World, unreadable: Sequence[Problem], out: IO[bytes], *, on_progress: Progress = _quiet
) -> None:
    """The report as JSON. Large ones are decided by several processes and never held whole."""
    with tempfile.TemporaryDirectory(prefix="rejoin-triage-") as scratch:
        patient_ids = list(world.seats)
        seats = sum(len(each) for each in world.seats.values())
        shards = _shards(patient_ids, seats)
        scratched = Path(scratch)
        tallies, others = share_out(
            shards,
            here=lambda shard: _decide_shard(world, shard, scratched, on_progress),
            elsewhere=lambda shard: msgspec.msgpack.encode(_decide_shard(world, shard, scratched, _quiet)),
        )
        for told in others:
            tallies.add(msgspec.msgpack.decode(told, type=Tallies))
        _join(world, unreadable, tallies, len(shards), Path(scratch), out)


def _shards(patient_ids: Sequence[str], seats: int) -> list[tuple[int, Sequence[str]]]:
    """One numbered part a core, of neighbouring patients, where there is enough to share out."""
    if seats < MANY_SEATS or cores() < 2:
        return [(0, patient_ids)]
    size = max(-(-len(patient_ids) // cores()), 1)
    starts = range(0, len(patient_ids), size)
    return [(place, patient_ids[start : start + size]) for place, start in enumerate(starts)]


def _decide_shard(
    world: World, shard: tuple[int, Sequence[str]], scratch: Path, on_progress: Progress
) -> Tallies:
    """Decide patients one after the other and write their parts of each section to files.

    Returns what their sessions add up to, for the alerts.
    """
    place, patient_ids = shard
    encode = msgspec.json.Encoder().encode
    tallies = Tallies()
    files = {name: (scratch / f"{place}.{name}").open("wb") for name in SECTIONS}
    try:
        for number, patient_id in enumerate(patient_ids):
            found = Answer(tallies=tallies)
            decide_patients(world, (patient_id,), into=found)
            for name, listed in found.sections.items():
                if listed:
                    files[name].write(encode(listed)[1:-1] + b",")
            if number % 64 == 0:
                on_progress("patients", number, len(patient_ids))
    finally:
        for file in files.values():
            file.close()
    return tallies


def _join(
    world: World,
    unreadable: Sequence[Problem],
    tallies: Tallies,
    shards: int,
    scratch: Path,
    out: IO[bytes],
) -> None:
    """Write the shards' parts one behind the other as one JSON object."""
    encode = msgspec.json.Encoder().encode
    policy = world.folder.book.in_force(local_day(world.now, world.folder.timezone))
    out.write(b'{"as_of":' + encode(world.now))
    out.write(b',"policy":' + encode({"id": policy.id, "version": policy.version}))
    for name in SECTIONS:
        out.write(f',"{name}":['.encode())
        _join_section([scratch / f"{place}.{name}" for place in range(shards)], out)
        out.write(b"]")
    out.write(b',"unmatched":' + encode(tell_unmatched(world)))
    out.write(b',"alerts":' + encode(find_alerts(world, tallies, unreadable)) + b"}\n")


def _join_section(parts: Sequence[Path], out: IO[bytes]) -> None:
    """Parts end in a comma; the last one's is left out."""
    filled = [part for part in parts if part.stat().st_size]
    for part in filled:
        with part.open("rb") as file:
            size = part.stat().st_size - (part == filled[-1])
            _copy(file, out, size)


def _copy(file: IO[bytes], out: IO[bytes], size: int) -> None:
    while size > 0:
        chunk = file.read(min(size, 1 << 20))
        out.write(chunk)
        size -= len(chunk)


def make_directory(world: World) -> Directory:
    """Names and times for the page and the terminal; `--json` has none of it."""
    folder = world.folder
    return {
        "patients": {each.id: _patient_card(each) for each in folder.patients.values()},
        "sessions": {each.session.id: _session_card(each, world) for each in folder.sessions.values()},
        "timezone": folder.timezone.key,
        "folder": folder.path.name,
    }


def _patient_card(patient: Patient) -> PatientCard:
    return {
        "name": patient.name or patient.id,
        "phones": list(patient.phones),
        "emails": list(patient.emails),
        "timezone": patient.timezone.key,
        "groups": list(dict.fromkeys(place.group for place in patient.places if place.group)),
        "flags": sorted(patient.flags),
    }


def _session_card(scheduled: Scheduled, world: World) -> SessionCard:
    session = scheduled.session
    return {
        "session_id": session.id,
        "group": session.group,
        "kind": session.kind,
        "service": session.service,
        "module": session.module,
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "breaks": [[each.start, each.end] for each in session.breaks],
        "facilitator": session.facilitator,
        "status": session.held.value,
        "mode": session.mode.value,
        "covered": session.id in world.evidence.watched,
    }
