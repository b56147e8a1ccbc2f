"""Which session a room's events belong to: by the room's name and the clock, or not at all."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from rejoin.domain.attendance import Presence, Session
from rejoin.rooms.sightings import Meeting, Reading, RoomFile, Sighting

# "within 2 h before the start to 2 h after the end" (contracts/triage).
AROUND = timedelta(hours=2)
LONGEST_SESSION = timedelta(hours=24)


def normal_room(room: str) -> str:
    """Meeting ids are written with and without spaces and dashes."""
    return room.translate(_IGNORED).casefold()


_IGNORED = str.maketrans("", "", " -\u00a0\u202f\u2010\u2011\u2012\u2013\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A file, or one room of a file, that belongs to no session here, and why."""

    file: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A participant nobody could recognise, in a session or in a file without one."""

    file: str
    sighting: Sighting
    sessions: tuple[str, ...]
    """Whose seat it may be: the session it was in, or those its file overlaps."""


class EvidenceParts(msgspec.Struct):
    """Evidence in lists, as processes hand it to each other."""

    presence: list[tuple[str, str, list[Presence]]]
    waited: list[tuple[str, str]]
    sources: dict[str, list[str]]
    watched: list[str]
    strangers: list[Stranger]
    unplaced: list[Unplaced]
    unsure_dates: list[Unplaced]
    stale: list[str]


@dataclass(slots=True, kw_only=True)
class Evidence:
    """What all files together say of the sessions. Filled by `place`; order of files does not matter."""

    presence: dict[tuple[str, str], list[Presence]] = field(default_factory=dict)
    """By session id and patient id."""
    waited: set[tuple[str, str]] = field(default_factory=set)
    sources: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The sources that told of somebody in each session; they are compared with each other."""
    watched: set[str] = field(default_factory=set)
    """Sessions whose room some source was watching, whether anybody was there or not."""
    strangers: dict[tuple[object, ...], Stranger] = field(default_factory=dict)
    unplaced: list[Unplaced] = field(default_factory=list)
    unsure_dates: list[Unplaced] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)
    """Sessions whose log fell silent before their end while somebody was still in."""

    def keep_stranger(self, stranger: Stranger) -> None:
        """Keep a participant nobody recognised. The same one told twice is one, where first told."""
        each = stranger.sighting
        key = (stranger.sessions, each.display, each.ref, each.email, each.joined_at, each.left_at)
        known = self.strangers.setdefault(key, stranger)
        if (stranger.file, each.line) < (known.file, known.sighting.line):
            self.strangers[key] = stranger

    def parts(self) -> EvidenceParts:
        """The same in a shape that can be carried between processes."""
        return EvidenceParts(
            presence=[(session, patient, each) for (session, patient), each in self.presence.items()],
            waited=list(self.waited),
            sources={session: list(told) for session, told in self.sources.items()},
            watched=list(self.watched),
            strangers=list(self.strangers.values()),
            unplaced=self.unplaced,
            unsure_dates=self.unsure_dates,
            stale=list(self.stale),
        )

    def take_in(self, parts: EvidenceParts) -> None:
        """Add what another process found."""
        for session, patient, presence in parts.presence:
            known = self.presence.get((session, patient))
            if known is None:
                self.presence[session, patient] = presence
            else:
                known += presence
        for session, sources in parts.sources.items():
            self.sources[session].update(sources)
        for stranger in parts.strangers:
            self.keep_stranger(stranger)
        self.waited.update(parts.waited)
        self.watched.update(parts.watched)
        self.unplaced += parts.unplaced
        self.unsure_dates += parts.unsure_dates
        self.stale.update(parts.stale)


class RoomPlan:
    """The sessions of one room, or those a file may belong to, in order of time."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self.sessions = sorted(sessions, key=lambda each: (each.starts_at, each.id))
        self.starts = [each.starts_at for each in self.sessions]
        # Nearly always one session ends before the next begins, and then one look is enough.
        self._one_by_one = all(left.ends_at <= right.starts_at for left, right in pairwise(self.sessions))

    def at(self, start: datetime, end: datetime) -> list[Session]:
        """Which sessions the span belongs to: all that it runs into, else the nearest around."""
        if self._one_by_one:
            place = bisect_left(self.starts, end) - 1
            if place >= 0 and self.starts[place] >= start and self._alone(place, start):
                return [self.sessions[place]]
            if place >= 0 and self.starts[place] < start < self.sessions[place].ends_at:
                return [self.sessions[place]]
        return self._search(start, end)

    def _alone(self, place: int, start: datetime) -> bool:
        """Whether a span from `start` reaches no session before the one at `place`."""
        return place == 0 or self.sessions[place - 1].ends_at <= start

    def _search(self, start: datetime, end: datetime) -> list[Session]:
        inside: list[Session] = []
        nearest: Session | None = None
        distance = AROUND
        first = bisect_left(self.starts, start - AROUND - LONGEST_SESSION)
        for session in self.sessions[first:]:
            if session.starts_at - AROUND > end:
                break
            if session.starts_at <= end and session.ends_at >= start:
                inside.append(session)
                continue
            away = session.starts_at - end if session.starts_at > end else start - session.ends_at
            if away <= distance and (nearest is None or away < distance):
                nearest, distance = session, away
        if inside:
            running = [each for each in inside if each.starts_at < end and each.ends_at > start]
            return running or inside[:1]
        return [nearest] if nearest is not None else []


NO_PLAN = RoomPlan(())


class Timetable:
    """Sessions by room and by time."""

    def __init__(self, sessions: Iterable[tuple[Session, Collection[str]]]) -> None:
        """Each session with the meeting ids it may go by."""
        by_room: dict[str, list[Session]] = {}
        listed: list[Session] = []
        self.nameless: set[str] = set()
        for session, rooms in sessions:
            listed.append(session)
            for room in {normal_room(each) for each in rooms}:
                by_room.setdefault(room, []).append(session)
            if not rooms:
                self.nameless.add(session.id)
        self._by_room = {room: RoomPlan(held) for room, held in by_room.items()}
        self._spelled: dict[str, RoomPlan] = {}
        self._all = RoomPlan(listed)

    def in_room(self, room: str) -> RoomPlan:
        """The sessions that go by `room`."""
        plan = self._spelled.get(room)
        if plan is None:
            plan = self._spelled[room] = self._by_room.get(normal_room(room), NO_PLAN)
        return plan

    def overlapping(self, start: datetime, end: datetime) -> list[Session]:
        """Scheduled sessions that [start, end] runs into."""
        first = bisect_left(self._all.starts, start - LONGEST_SESSION)
        last = bisect_left(self._all.starts, end)
        return [
            each
            for each in self._all.sessions[first:last]
            if each.held == "scheduled" and each.ends_at > start
        ]


class Placer:
    """Lays files into a timetable and collects what they say."""

    def __init__(
        self,
        timetable: Timetable,
        *,
        recognise: Callable[[Sighting], str | None],
        expected: Callable[[str], Collection[str]],
        now: datetime,
    ) -> None:
        """`expected` gives the patients expected in a session; nothing after `now` is known yet."""
        self.timetable = timetable
        self.recognise = recognise
        self.expected = expected
        self.now = now
        self.evidence = Evidence()

    def place(self, file: RoomFile) -> None:
        """Take in everything `file` says that was known at `now`."""
        rooms = [room for room in file.rooms if room]
        named = [room for room in (*rooms, *file.hints) if self.timetable.in_room(room).sessions]
        if _tells_rooms_itself(file):
            self._place_log(file)
        elif named:
            self._place_by_room(file, named)
        else:
            self._place_by_time(file, only_nameless=bool(rooms))

    def _place_log(self, file: RoomFile) -> None:
        """An event log: every event names its own room."""
        reading = file.readings[0]
        placed: set[str] = set()
        silent_from = _last_instant(reading)
        for sighting in reading.sightings:
            room = sighting.room or ""
            plan = self.timetable.in_room(room)
            if plan.sessions and self._lay(file, sighting, plan, silent_from):
                placed.add(room)
        placed |= self._cover(reading, None)
        seen = {each.room or "" for each in reading.sightings}
        seen |= {each.room or "" for each in reading.meetings} | {each.room for each in reading.moments}
        for room in sorted(seen - placed):
            text = f"room {room or '(none)'}: no session of that room within two hours of its events"
            self.evidence.unplaced.append(Unplaced(file=file.file, text=text))

    def _place_by_room(self, file: RoomFile, rooms: Sequence[str]) -> None:
        known = {each.id: each for room in rooms for each in self.timetable.in_room(room).sessions}
        plan = RoomPlan(known.values())
        able = [each for each in file.readings if self._reaches(each, plan)]
        past = [each for each in able if (last := _last_instant(each)) is None or last <= self.now]
        able = past or able
        if not able:
            text = "no session of its meeting id within two hours of its times"
            self.evidence.unplaced.append(Unplaced(file=file.file, text=text))
            return
        if len(able) > 1:
            text = f"day and month could be either; read as {able[0].label}"
            self.evidence.unsure_dates.append(Unplaced(file=file.file, text=text))
        self._take(able[0], file, plan)

    @staticmethod
    def _reaches(reading: Reading, plan: RoomPlan) -> bool:
        return any(plan.at(start, end) for start, end in _spans(reading))

    def _place_by_time(self, file: RoomFile, *, only_nameless: bool) -> None:
        """A file without a meeting id: the one scheduled session that it overlaps with a patient of it."""
        found: dict[tuple[str, str], tuple[Reading, Session]] = {}
        near: dict[str, Session] = {}
        for reading in file.readings:
            for sighting in reading.sightings:
                for session in self._candidates(sighting, reading, only_nameless):
                    near[session.id] = session
                    if self.recognise(sighting) in self.expected(session.id):
                        found[reading.label, session.id] = (reading, session)
        if len(found) == 1:
            reading, session = next(iter(found.values()))
            self._take(reading, file, RoomPlan([session]))
            return
        text = "overlaps no session with a patient of it" if not found else "overlaps more than one session"
        if only_nameless:
            text = "its meeting id is of no session here"
        self.evidence.unplaced.append(Unplaced(file=file.file, text=text))
        if not only_nameless and len(file.readings) == 1:
            self._keep_strangers(file, file.readings[0], sorted(near))

    def _candidates(self, sighting: Sighting, reading: Reading, only_nameless: bool) -> list[Session]:
        """Scheduled sessions the sighting runs into; what it does not tell goes by its file's times."""
        start = sighting.joined_at or sighting.left_at
        end = sighting.left_at
        if start is None or end is None:
            spans = list(_spans(reading))
            if not spans:
                return []
            start = start or min(span[0] for span in spans)
            end = max(span[1] for span in spans)
        found = self.timetable.overlapping(start, max(end, start + timedelta(seconds=1)))
        return [each for each in found if not only_nameless or each.id in self.timetable.nameless]

    def _keep_strangers(self, file: RoomFile, reading: Reading, near: Sequence[str]) -> None:
        for sighting in reading.sightings:
            if self.recognise(sighting) is None:
                self._keep_stranger(file, sighting, tuple(near))

    def _take(self, reading: Reading, file: RoomFile, plan: RoomPlan) -> None:
        whole = self._whole_file(reading, plan)
        for sighting in reading.sightings:
            timeless = sighting.joined_at is None and sighting.left_at is None
            if timeless:
                self._lay_timeless(file, sighting, whole)
            else:
                self._lay(file, sighting, plan, None)
        self._cover(reading, plan)

    @staticmethod
    def _whole_file(reading: Reading, plan: RoomPlan) -> list[Session]:
        """The sessions of a file as a whole, for rows that tell no times."""
        found: dict[str, Session] = {}
        for start, end in _spans(reading):
            for session in plan.at(start, end):
                found[session.id] = session
        return list(found.values()) if found else plan.sessions

    def _lay_timeless(self, file: RoomFile, sighting: Sighting, sessions: Sequence[Session]) -> None:
        """Known to have been there, not when: only where the file is about one session."""
        if len(sessions) != 1 or sessions[0].starts_at > self.now:
            return
        if not sighting.waiting:
            self.evidence.sources[sessions[0].id].add(sighting.source)
            self.evidence.watched.add(sessions[0].id)
        self._credit(file, sighting, sessions[0])

    def _lay(self, file: RoomFile, sighting: Sighting, plan: RoomPlan, silent_from: datetime | None) -> bool:
        """Lay one sighting into the sessions it belongs to; False where there is none."""
        start = sighting.joined_at or sighting.left_at
        if start is None or start > self.now:
            return start is not None
        end = sighting.left_at if sighting.left_at is not None else start
        found = plan.at(start, end)
        for session in found:
            self.evidence.sources[session.id].add(sighting.source)
            self.evidence.watched.add(session.id)
            if (
                sighting.left_at is None
                and silent_from is not None
                and silent_from < session.ends_at <= self.now
            ):
                self.evidence.stale.add(session.id)
            self._credit(file, sighting, session)
        return bool(found)

    def _credit(self, file: RoomFile, sighting: Sighting, session: Session) -> None:
        patient = self.recognise(sighting)
        if patient is None:
            self._keep_stranger(file, sighting, (session.id,))
        elif sighting.waiting:
            self.evidence.waited.add((session.id, patient))
        else:
            key = (session.id, patient)
            self.evidence.presence.setdefault(key, []).append(_presence(sighting))

    def _keep_stranger(self, file: RoomFile, sighting: Sighting, sessions: tuple[str, ...]) -> None:
        if sighting.waiting or sighting.staff:
            return
        self.evidence.keep_stranger(Stranger(file=file.file, sighting=sighting, sessions=sessions))

    def _cover(self, reading: Reading, plan: RoomPlan | None) -> set[str]:
        """Sessions shown to have been watched by meetings that span them and by other events."""
        covered: set[str] = set()
        spans = [(each.room or "", each) for each in reading.meetings]
        for room, meeting in spans:
            for session in self._met(meeting, plan or self.timetable.in_room(room)):
                self.evidence.watched.add(session.id)
                covered.add(room)
        for moment in reading.moments:
            if moment.at > self.now:
                continue
            known = plan or self.timetable.in_room(moment.room)
            for session in known.at(moment.at, moment.at):
                self.evidence.watched.add(session.id)
                covered.add(moment.room)
        return covered

    def _met(self, meeting: Meeting, plan: RoomPlan) -> list[Session]:
        """The sessions a meeting shows to have been watched, as far as known at `now`."""
        start, end = meeting.started_at, meeting.ended_at
        if end is not None and end > self.now:
            end = None
        if start is not None and start > self.now:
            return []
        if start is not None and end is not None:
            return plan.at(start, end)
        at = start or end
        return plan.at(at, at) if at is not None else []


def _tells_rooms_itself(file: RoomFile) -> bool:
    """Whether the file is a log whose events name their rooms."""
    reading = file.readings[0]
    told = any(each.room for each in reading.sightings) or any(each.room for each in reading.meetings)
    return (told or bool(reading.moments)) and not file.rooms


def _spans(reading: Reading) -> Iterable[tuple[datetime, datetime]]:
    for sighting in reading.sightings:
        start = sighting.joined_at or sighting.left_at
        if start is not None:
            yield start, sighting.left_at or start
    for meeting in reading.meetings:
        start = meeting.started_at or meeting.ended_at
        if start is not None:
            yield start, meeting.ended_at or start


def _last_instant(reading: Reading) -> datetime | None:
    instants = [end for _, end in _spans(reading)] + [moment.at for moment in reading.moments]
    return max(instants, default=None)


def _presence(sighting: Sighting) -> Presence:
    """A sighting as evidence. Without a leave it lasts to its session's end at most."""
    return Presence(
        source=sighting.source,
        start=sighting.joined_at,
        end=sighting.left_at,
        end_reported=sighting.leave_reported,
        conn=sighting.conn or sighting.display,
        present_for=sighting.present_for,
        dial_in=sighting.dial_in,
        delivered_late=sighting.delivered_late,
    )
