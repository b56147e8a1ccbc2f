"""Reading deliveries: which rooms each speaks of and when, and so which sessions may have to be worked out anew."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.bulk import as_json, given, insert_rows
from rejoin.common.rows import execute, select
from rejoin.rooms.evidence import LOGS
from rejoin.rooms.exports import read_mentions, read_room_bytes
from rejoin.rooms.exports.instants import instant_of
from rejoin.rooms.exports.tracks import ENGINE, HANDLE, RESTART, ROOM, THROUGH
from rejoin.rooms.exports.tracks import Mention as Told
from rejoin.rooms.inbox import payload_of
from rejoin.rooms.models import Mention, Source
from rejoin.rooms.placing import tells_rooms_itself
from rejoin.rooms.sightings import Context, Reading, RoomFile, Sighting, Unreadable
from rejoin.rooms.timetable import AROUND, normal_room
from rejoin.rooms.vocabulary import ReadState

FOLLOWED = AROUND + timedelta(hours=12)
"""How far from a session what its room told is looked at: a connection is followed for half a day beyond."""
EVER = timedelta(days=36_500)
HOUR = timedelta(hours=1)
# A row that says somebody stayed for a month is not worth a mention of each hour.
MOST_HOURS = 48
# A file without a known room belongs where its times do.
BY_TIME = "time"
LONGEST_KEY = 250
SOURCES = dict(zip(("livekit", "zoom", "jitsi", "janus", "bigbluebutton", "daily"), LOGS, strict=True))

TOUCHED = f"""
SELECT said.place, room.session_id
  FROM {given({"place": "int", "normal": "text", "at": "timestamptz"}, name="said")}
  JOIN rooms_room AS room ON room.normal = said.normal
  JOIN programs_session AS session ON session.id = room.session_id
 WHERE said.at IS NULL OR (session.starts_at <= said.at + %s AND session.ends_at >= said.at - %s)
"""  # noqa: S608 - columns of our own
TOUCHED_BY_TIME = """
SELECT said.place, session.id FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS said(at, place)
  JOIN programs_session AS session
    ON session.starts_at < said.at + interval '1 hour' AND session.ends_at > said.at
       AND session.starts_at > said.at - interval '24 hours'
"""
LINKED = """
SELECT said.place, event.id, event.provider, event.body
  FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS said(key, since, until, place)
  JOIN rooms_mention AS mention ON mention.key = said.key AND mention.at BETWEEN said.since AND said.until
  JOIN rooms_rawevent AS event ON event.id = mention.event_id AND event.state IN ('read', 'unplaced')
"""
STATES = f"""
UPDATE rooms_rawevent AS event SET state = said.state, error = said.error, next_try_at = said.next_try_at
  FROM {given({"id": "bigint", "state": "text", "error": "text", "next_try_at": "timestamptz"}, name="said")}
 WHERE event.id = said.id
"""  # noqa: S608 - columns of our own
HEARD_OF = """
ON CONFLICT (name) DO UPDATE SET heard_at = excluded.heard_at WHERE rooms_source.heard_at < excluded.heard_at
"""


class Arrived(NamedTuple):
    """A delivery to be read."""

    id: int
    provider: str
    is_file: bool
    body: bytes
    zone: str | None
    tries: int = 0


class Note(NamedTuple):
    """A mention as it is kept: what of, and when; None where the file does not say."""

    key: str
    at: datetime | None


class Read(NamedTuple):
    """What one delivery came to. `wait_until`: it speaks of what is still to come."""

    id: int
    state: ReadState
    error: str = ""
    notes: Sequence[Note] = ()
    heard: dict[str, datetime] = {}  # noqa: RUF012 - a tuple's default, never written to
    wait_until: datetime | None = None
    goes_on_until: datetime | None = None
    """A file that was written ahead of its end: its sessions are looked at once more then."""
    is_file: bool = False

    @property
    def is_placed_by_room(self) -> bool:
        """Whether it has to be of some session, or a person should know. An engine's own news need not."""
        return self.is_file or any(each.key.startswith(f"{ROOM}:") for each in self.notes)


UTC_CONTEXT = Context(zone=ZoneInfo("UTC"))


def read_delivery(arrived: Arrived, *, context: Context, now: datetime) -> Read:
    """Read one delivery, by itself. What cannot be understood is not our fault, and told to a person."""
    try:
        if arrived.is_file:
            return _read_file(arrived, read_file(arrived.id, arrived.body, context), now)
        return _read_webhook(arrived, now)
    except Unreadable as refusal:
        problem = refusal.problems[0]
        # Where, and not what: the message may quote a cell.
        return Read(
            arrived.id, ReadState.UNREADABLE, f"{problem.line}:{problem.field}"[:200].replace("\x00", "")
        )


def read_file(event_id: int, body: bytes, context: Context) -> RoomFile:
    """An export as the importers read it. It is called by its number."""
    return read_room_bytes(body, name=str(event_id), context=context)


def mentions_of(arrived: Arrived) -> list[Told]:
    """What a webhook speaks of."""
    raw = payload_of(arrived.provider, arrived.body)
    return read_mentions(raw, vendor=arrived.provider, name=str(arrived.id), context=UTC_CONTEXT)


def _read_webhook(arrived: Arrived, now: datetime) -> Read:
    told = mentions_of(arrived)
    notes = list(dict.fromkeys(note_of(each) for each in told))
    last = max((each.at for each in notes if each.at is not None), default=None)
    if last is not None and last > now:
        return Read(arrived.id, ReadState.NEW, wait_until=last)
    heard = {SOURCES[arrived.provider]: last} if last is not None else {}
    return Read(arrived.id, ReadState.READ, notes=notes, heard=heard)


def note_of(told: Told) -> Note:
    name = normal_room(told.name) if told.kind == ROOM else told.name
    return Note(_key(told.kind, name), instant_of(told.at))


def _key(kind: str, name: str) -> str:
    return f"{kind}:{name}".replace("\x00", "")[:LONGEST_KEY]


def _read_file(arrived: Arrived, file: RoomFile, now: datetime) -> Read:
    starts = [_start_of(reading) for reading in file.readings]
    if all(start is not None and start > now for start in starts):
        return Read(arrived.id, ReadState.NEW, wait_until=min(filter(None, starts)))
    notes: dict[Note, None] = {}
    for reading in file.readings:
        notes.update(dict.fromkeys(_notes_of(file, reading)))
    return Read(
        arrived.id,
        ReadState.READ,
        notes=list(notes),
        heard=_heard_in(file, now),
        goes_on_until=max(
            (end for each in file.readings for _, _, end in _stays(each) if end > now), default=None
        ),
        is_file=True,
    )


def _start_of(reading: Reading) -> datetime | None:
    starts = [start for start, _ in _spans(reading.sightings)] + [each.at for each in reading.moments]
    starts += [at for each in reading.meetings if (at := each.started_at or each.ended_at)]
    return min(starts, default=None)


def _spans(sightings: Iterable[Sighting]) -> Iterable[tuple[datetime, datetime]]:
    for each in sightings:
        start = each.joined_at or each.left_at
        if start is not None:
            yield start, each.left_at or start


def _notes_of(file: RoomFile, reading: Reading) -> Iterable[Note]:
    """The rooms of the file, or of each row, by the hour; and its hours alone, should no room be known."""
    stated = [room for room in (*file.rooms, *file.hints) if room]
    hours: set[datetime | None] = set()
    for room, start, end in _stays(reading):
        told = _hours(start, end)
        hours |= told
        if room:
            yield from (Note(_key(ROOM, normal_room(room)), hour) for hour in told)
    for room in stated:
        yield from (Note(_key(ROOM, normal_room(room)), hour) for hour in hours or {None})
    if not tells_rooms_itself(file):
        yield from (Note(BY_TIME, hour) for hour in hours)


def _stays(reading: Reading) -> Iterable[tuple[str | None, datetime, datetime]]:
    for each in reading.sightings:
        for start, end in _spans([each]):
            yield each.room, start, end
    for meeting in reading.meetings:
        begun = meeting.started_at or meeting.ended_at
        if begun is not None:
            yield meeting.room, begun, meeting.ended_at or begun
    for moment in reading.moments:
        yield moment.room, moment.at, moment.at


def _hours(start: datetime, end: datetime) -> set[datetime | None]:
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    many = min(max(int((end - first) / HOUR), 0) + 1, MOST_HOURS)
    return {first + HOUR * each for each in range(many)}


def _heard_in(file: RoomFile, now: datetime) -> dict[str, datetime]:
    """When each kind of log in the file last told of anything."""
    reading = file.readings[0]
    sources = {each.source for each in reading.sightings} & set(LOGS)
    last = max((end for _, _, end in _stays(reading)), default=None)
    return dict.fromkeys(sources, min(last, now)) if last is not None else {}


def keep_notes(read: Iterable[Read]) -> None:
    """Keep what was read of each delivery's rooms."""
    rows = [(each.id, note.key, note.at) for each in read for note in each.notes]
    insert_rows(Mention, ("event", "key", "at"), rows)


def keep_states(states: Iterable[tuple[int, ReadState, str, datetime | None]]) -> None:
    """Keep what became of deliveries: id, state, error, when to try again."""
    rows = list(states)
    if rows:
        execute(STATES, [as_json(("id", "state", "error", "next_try_at"), rows)])


def keep_heard(heard: dict[str, datetime]) -> None:
    """Keep when each source was last heard. Every reader writes these few rows: last, and in one order."""
    insert_rows(Source, ("name", "heard_at"), sorted(heard.items()), then=HEARD_OF)


def touched_by(read: Iterable[Read]) -> dict[int, set[int]]:
    """The sessions that each delivery may say something of, by its id."""
    told = list(read)
    notes = {note for each in told for note in each.notes}
    linked = _linked_rooms(notes)
    sessions = _sessions_of(notes.union(*linked.values()))
    found: dict[int, set[int]] = {}
    for each in told:
        reach = set(each.notes).union(*(linked.get(note, ()) for note in each.notes))
        found[each.id] = set().union(*(sessions.get(note, ()) for note in reach))
    return found


def _sessions_of(notes: Iterable[Note]) -> dict[Note, set[int]]:
    prefix = f"{ROOM}:"
    rooms = [each for each in notes if each.key.startswith(prefix)]
    hours = [each for each in notes if each.key == BY_TIME]
    found: dict[Note, set[int]] = {}
    if rooms:
        said = [(place, each.key.removeprefix(prefix), each.at) for place, each in enumerate(rooms)]
        told = as_json(("place", "normal", "at"), said)
        for place, session in select(TOUCHED, [told, FOLLOWED, FOLLOWED]):
            found.setdefault(rooms[place], set()).add(session)
    if hours:
        for place, session in select(TOUCHED_BY_TIME, [[each.at for each in hours]]):
            found.setdefault(hours[place - 1], set()).add(session)
    return found


def _linked_rooms(notes: Iterable[Note]) -> dict[Note, set[Note]]:
    """Rooms that a note of a part of their engine is of consequence to.

    What a handle was signed for matters to the joins through it, and a restart to whoever was in.
    """
    links = [
        (each, reach) for each in notes if each.at is not None for reach in [_reach(each, each.at)] if reach
    ]
    if not links:
        return {}
    found: dict[Note, set[Note]] = {}
    columns = [list(column) for column in zip(*(reach for _, reach in links), strict=True)]
    for place, event_id, provider, body in select(LINKED, columns):
        told = mentions_of(Arrived(event_id, provider, is_file=False, body=bytes(body), zone=None))
        rooms = {note_of(each) for each in told if each.kind == ROOM}
        found.setdefault(links[place - 1][0], set()).update(rooms)
    return found


def _reach(note: Note, at: datetime) -> tuple[str, datetime, datetime] | None:
    """Under which key, and from when to when, the joins are that a note matters to."""
    kind, _, name = note.key.partition(":")
    if kind == HANDLE:
        return f"{THROUGH}:{name}", at - EVER, at + EVER
    return (f"{ENGINE}:{name}", at - FOLLOWED, at) if kind == RESTART else None
