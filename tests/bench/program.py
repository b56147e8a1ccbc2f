"""Writes a synthetic program of any size: rosters, a schedule, and webhook logs of three providers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rejoin.policies.loading import SHIPPED

GROUP_SIZE = 10
SESSIONS_PER_PATIENT = 100
FIRST_MONDAY = datetime(2026, 1, 5, 23, 0, tzinfo=UTC)
DAYS = (0, 2, 3)
LENGTH = timedelta(hours=3, minutes=15)
SHARE_PRESENT = 0.84
SHARE_RECONNECTING = 0.5


@dataclass(frozen=True)
class Written:
    """What was written, for the figures."""

    seats: int
    events: int
    bytes: int


def write_program(path: Path, *, seats: int, seed: int) -> Written:
    """A program with about `seats` seats, 2.5 room events each, in three log files."""
    rng = random.Random(seed)
    groups = max(seats // (GROUP_SIZE * SESSIONS_PER_PATIENT), 1)
    path.mkdir(parents=True)
    (path / "rooms").mkdir()
    policy = (SHIPPED / "a-sud-commercial-evening.yaml").read_text()
    (path / "policy.yaml").write_text(policy)
    _write_roster(path, groups)
    _write_sessions(path, groups)
    events, size = _write_rooms(path, groups, rng)
    return Written(seats=groups * GROUP_SIZE * SESSIONS_PER_PATIENT, events=events, bytes=size)


def _patients(group: int) -> Iterator[str]:
    return (f"P{group * GROUP_SIZE + place:06d}" for place in range(GROUP_SIZE))


def _sessions(group: int) -> Iterator[tuple[str, datetime]]:
    for number in range(SESSIONS_PER_PATIENT):
        week, day = divmod(number, len(DAYS))
        yield f"S{group:05d}-{number:03d}", FIRST_MONDAY + timedelta(weeks=week, days=DAYS[day])


def _write_roster(path: Path, groups: int) -> None:
    with (path / "roster.csv").open("w") as roster, (path / "identities.csv").open("w") as identities:
        roster.write("patient_id,name,email,phone,timezone,state,group,from,until,flags\n")
        identities.write("provider,ref,patient_id\n")
        for group in range(groups):
            provider = ("livekit", "zoom", "jitsi")[group % 3]
            for patient in _patients(group):
                roster.write(f"{patient},,{patient}@example.org,,America/Chicago,NY,G{group},2026-01-01,,\n")
                identities.write(f"{provider},ref-{patient},{patient}\n")


def _write_sessions(path: Path, groups: int) -> None:
    with (path / "sessions.csv").open("w") as file:
        file.write(
            "session_id,group,kind,service,module,starts_at,ends_at,breaks,facilitator,status,meeting_id,patient_id\n"
        )
        for group in range(groups):
            for session, starts in _sessions(group):
                span = f"{starts.isoformat()},{(starts + LENGTH).isoformat()}"
                file.write(f"{session},G{group},group,process,m1,{span},,Ben,scheduled,room-{group},\n")


def _write_rooms(path: Path, groups: int, rng: random.Random) -> tuple[int, int]:
    names = ("livekit.jsonl", "zoom.jsonl", "jitsi.jsonl")
    files = [(path / "rooms" / name).open("w") for name in names]
    events = 0
    for group in range(groups):
        write_event = (_livekit, _zoom, _jitsi)[group % 3]
        for session, starts in _sessions(group):
            lines = [
                write_event(group, session, patient, number, kind, at)
                for patient in _patients(group)
                for number, kind, at in _visits(starts, rng)
            ]
            rng.shuffle(lines)
            files[group % 3].writelines(lines)
            events += len(lines)
    size = 0
    for file in files:
        size += file.tell()
        file.close()
    for name in names[groups:]:
        (path / "rooms" / name).unlink()
    return events, size


def _visits(starts: datetime, rng: random.Random) -> Iterator[tuple[int, str, int]]:
    """The joins and leaves of one patient in one session, as epoch seconds."""
    if rng.random() > SHARE_PRESENT:
        return
    start, end = int(starts.timestamp()), int((starts + LENGTH).timestamp())
    joined = start + rng.randrange(-300, 900)
    left = end + rng.randrange(-1200, 300)
    if rng.random() < SHARE_RECONNECTING:
        gap = rng.randrange(start + 3600, end - 3600)
        yield 0, "joined", joined
        yield 0, "left", gap
        yield 1, "joined", gap + rng.randrange(5, 600)
        yield 1, "left", left
    else:
        yield 0, "joined", joined
        yield 0, "left", left


def _livekit(group: int, session: str, patient: str, number: int, kind: str, at: int) -> str:
    return (
        f'{{"event":"participant_{kind}","id":"EV_{session}{patient}{number}{kind}","createdAt":"{at}",'
        f'"room":{{"sid":"RM_{session}","name":"room-{group}","numParticipants":4}},"participant":{{'
        f'"sid":"PA_{session}{patient}{number}","identity":"ref-{patient}","name":"","state":"ACTIVE"}}}}\n'
    )


def _zoom(group: int, session: str, patient: str, number: int, kind: str, at: int) -> str:
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    field = "join_time" if kind == "joined" else "leave_time"
    return (
        f'{{"event":"meeting.participant_{kind}","event_ts":{at}000,"payload":{{"account_id":"A","object":{{'
        f'"uuid":"U{session}==","id":"room-{group}","type":8,"topic":"Group","host_id":"H","duration":195,'
        f'"participant":{{"user_id":"{session}{patient}{number}","user_name":"P","registrant_id":"ref-{patient}",'
        f'"id":"","email":"","{field}":"{when}"}}}}}}}}\n'
    )


def _jitsi(group: int, session: str, patient: str, number: int, kind: str, at: int) -> str:
    left = f',"left_at":{at}' if kind == "left" else f',"joined_at":{at}'
    return (
        f'{{"event_name":"muc-occupant-{kind}","room_name":"room-{group}","room_jid":"room-{group}@c.example.org",'
        f'"is_breakout":false,"active_occupants_count":4,"occupant":{{"name":"P","id":"ref-{patient}",'
        f'"occupant_jid":"{session}{patient}{number}@example.org/x"{left}}}}}\n'
    )
