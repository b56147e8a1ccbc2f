"""Everything that was told of some sessions, and everybody expected in them, in a handful of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.attendance import Held, Session
from rejoin.rooms.arrays import as_array
from rejoin.rooms.exports.tracks import ENGINE, HANDLE, RESTART, THROUGH
from rejoin.rooms.placing import tells_rooms_itself
from rejoin.rooms.reading import (
    FOLLOWED,
    LONGEST_KEY,
    Arrived,
    mentions_of,
    note_of,
    read_file,
)
from rejoin.rooms.sightings import Context, RoomFile
from rejoin.rooms.timetable import LONGEST_SESSION, normal_room

# Whoever is laid into a session may also be of another one of its room that is as near.
NEIGHBOURS = FOLLOWED + LONGEST_SESSION + timedelta(hours=2)

HELD = {each.value: each for each in Held}

NEEDS = {THROUGH: HANDLE, ENGINE: RESTART}
"""What has to be known as well of a join."""

TOLD = f"""
WITH place AS (
    SELECT session.id, left('room:' || room.normal, {LONGEST_KEY}) AS key,
           session.starts_at - %(followed)s AS since, session.ends_at + %(followed)s AS until
      FROM programs_session AS session JOIN rooms_room AS room ON room.session_id = session.id
     WHERE session.id = ANY(%(sessions)s::bigint[])
)
SELECT place.id, mention.event_id FROM place
  JOIN rooms_mention AS mention ON mention.key = place.key AND mention.at BETWEEN place.since AND place.until
 UNION
SELECT place.id, mention.event_id FROM place
  JOIN rooms_mention AS mention ON mention.key = place.key AND mention.at IS NULL
 UNION
SELECT session.id, mention.event_id FROM programs_session AS session
  JOIN rooms_mention AS mention
    ON mention.key = 'time' AND mention.at > session.starts_at - interval '1 hour' AND mention.at < session.ends_at
 WHERE session.id = ANY(%(sessions)s::bigint[])
"""  # noqa: S608 - a number of our own
DELIVERIES = """
SELECT event.id, event.provider, event.is_file, event.body, program.timezone, event.state
  FROM rooms_rawevent AS event LEFT JOIN programs_program AS program ON program.id = event.program_id
 WHERE event.id = ANY(%s::bigint[]) AND event.state IN ('read', 'unplaced') ORDER BY event.id
"""
BY_KEY = "SELECT key, event_id FROM rooms_mention WHERE key = ANY(%s)"
# The sessions themselves; those near them in their rooms; those that files may be of instead.
SCHEDULED = """
WITH wanted AS (
    SELECT unnest(%(sessions)s::bigint[]) AS id
     UNION
    SELECT near.id FROM programs_session AS session
      JOIN rooms_room AS own ON own.session_id = session.id
      JOIN rooms_room AS other ON other.normal = own.normal
      JOIN programs_session AS near ON near.id = other.session_id
       AND near.starts_at BETWEEN session.starts_at - %(near)s AND session.ends_at + %(near)s
     WHERE session.id = ANY(%(sessions)s::bigint[])
     UNION
    SELECT session_id FROM rooms_room WHERE normal = ANY(%(rooms)s)
     UNION
    SELECT session.id FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS stay(since, until)
      JOIN programs_session AS session ON session.starts_at <= stay.until AND session.ends_at >= stay.since
       AND session.starts_at > stay.since - interval '24 hours'
)
SELECT session.id, session.program_id, session.starts_at, session.ends_at, session.held,
       (SELECT array_agg(normal::text) FROM rooms_room WHERE session_id = session.id)
  FROM wanted JOIN programs_session AS session USING (id)
"""
EXPECTED = "SELECT session_id, patient_id::text FROM programs_seat WHERE session_id = ANY(%s::bigint[]) AND released_at IS NULL"
DATES = """
SELECT DISTINCT (starts_at AT TIME ZONE %s)::date FROM programs_session
 WHERE starts_at BETWEEN %s - interval '400 days' AND %s ORDER BY 1
"""


class Scheduled(NamedTuple):
    """A session with the names its room goes by."""

    id: int
    program_id: int
    session: Session
    rooms: frozenset[str]


class Told(NamedTuple):
    """A delivery that was read, and how it stands in the books."""

    arrived: Arrived
    state: str


@dataclass(slots=True, kw_only=True)
class Gathered:
    """What is known of some sessions."""

    targets: Sequence[int]
    scheduled: dict[int, Scheduled]
    """The targets, and whatever session could be meant instead of one."""
    told: dict[int, Told]
    """Deliveries by id."""
    of: dict[int, set[int]]
    """Delivery ids by target."""
    files: dict[int, RoomFile] = field(default_factory=dict)
    """The exports among the deliveries, read."""
    expected: dict[str, Collection[str]] = field(default_factory=dict)
    """Patient ids by session id, where a file has to be placed by them."""


def gather(session_ids: Sequence[int], *, now: datetime) -> Gathered:
    """Everything told of `session_ids` so far."""
    of: dict[int, set[int]] = defaultdict(set)
    for session, event in select(TOLD, {"sessions": as_array(session_ids), "followed": FOLLOWED}):
        of[session].add(event)
    told = _deliveries(set().union(*of.values()))
    _add_links(of, told)
    files = _files([each.arrived for each in told.values() if each.arrived.is_file], now)
    known = told.keys()
    of = {session: {each for each in events if each in known} for session, events in of.items()}
    scheduled = _scheduled(session_ids, files.values())
    return Gathered(
        targets=[each for each in session_ids if each in scheduled],
        scheduled=scheduled,
        told=told,
        of=of,
        files=files,
        expected=_expected(scheduled) if files else {},
    )


def _deliveries(event_ids: Iterable[int]) -> dict[int, Told]:
    wanted = list(event_ids)
    if not wanted:
        return {}
    return {
        number: Told(Arrived(number, provider, is_file, bytes(body), zone), state)
        for number, provider, is_file, body, zone, state in select(DELIVERIES, [as_array(wanted)])
    }


def _add_links(of: dict[int, set[int]], told: dict[int, Told]) -> None:
    """Add what was told of the handles that people joined through, and of their engines' restarts."""
    keys: dict[int, set[str]] = {}
    for number, each in told.items():
        if each.arrived.provider == "janus" and not each.arrived.is_file:
            keys[number] = _links(each.arrived)
    wanted = set().union(*keys.values())
    if not wanted:
        return
    linked: dict[str, set[int]] = defaultdict(set)
    for key, event in select(BY_KEY, [list(wanted)]):
        linked[key].add(event)
    told.update(_deliveries(set().union(*linked.values()) - told.keys()))
    for events in of.values():
        found = set().union(*(keys.get(event, ()) for event in events))
        events.update(*(linked[key] for key in found))


def _links(arrived: Arrived) -> set[str]:
    found = set()
    for each in mentions_of(arrived):
        if each.kind in NEEDS:
            found.add(note_of(each._replace(kind=NEEDS[each.kind])).key)
    return found


def _files(arrived: Sequence[Arrived], now: datetime) -> dict[int, RoomFile]:
    contexts: dict[str | None, Context] = {}
    found: dict[int, RoomFile] = {}
    for each in arrived:
        if each.zone not in contexts:
            contexts[each.zone] = context_of(each.zone, now=now)
        found[each.id] = read_file(each.id, each.body, contexts[each.zone])
    return found


def context_of(zone: str | None, *, now: datetime) -> Context:
    """What an importer may know besides a file: the clocks it was written by, and the days with sessions."""
    name = zone or "UTC"
    dates: list[date] = [row[0] for row in select(DATES, [name, now, now + timedelta(days=1)])]
    return Context(zone=ZoneInfo(name), dates=tuple(dates))


def _scheduled(session_ids: Sequence[int], files: Iterable[RoomFile]) -> dict[int, Scheduled]:
    rooms: set[str] = set()
    stays: list[tuple[datetime, datetime]] = []
    for file in files:
        rooms.update(normal_room(room) for room in (*file.rooms, *file.hints) if room)
        if not tells_rooms_itself(file):
            stays += _stays(file)
    rows = select(
        SCHEDULED,
        {
            "sessions": as_array(session_ids),
            "near": NEIGHBOURS,
            "rooms": [room for room in rooms if "\x00" not in room],
            "since": [since for since, _ in stays],
            "until": [until for _, until in stays],
        },
    )
    return {
        number: Scheduled(
            number,
            program,
            Session(id=str(number), starts_at=starts_at, ends_at=ends_at, held=HELD[held]),
            frozenset(names or ()),
        )
        for number, program, starts_at, ends_at, held, names in rows
    }


def _stays(file: RoomFile) -> list[tuple[datetime, datetime]]:
    """From when to when each reading of the file runs: what it could be of lies there."""
    found = []
    for reading in file.readings:
        instants = [
            at for each in reading.sightings for at in (each.joined_at, each.left_at) if at is not None
        ]
        instants += [
            at for each in reading.meetings for at in (each.started_at, each.ended_at) if at is not None
        ]
        if instants:
            found.append((min(instants), max(instants)))
    return found


def _expected(scheduled: Iterable[int]) -> dict[str, Collection[str]]:
    found: dict[str, set[str]] = {str(each): set() for each in scheduled}
    for session, patient in select(EXPECTED, [as_array(scheduled)]):
        found[str(session)].add(patient)
    return dict(found)
