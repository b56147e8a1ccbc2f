"""Which session a room's events belong to: by the room's name and the clock, or not at all."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from rejoin.domain.attendance import Presence, Session
from rejoin.rooms.evidence import Evidence, Stranger, Unplaced
from rejoin.rooms.register import SEATLESS_REF
from rejoin.rooms.sightings import Meeting, Reading, RoomFile, Sighting
from rejoin.rooms.timetable import RoomPlan, Timetable


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
        if all(self._is_to_come(reading) for reading in file.readings):
            return
        rooms = [room for room in file.rooms if room]
        named = [room for room in (*rooms, *file.hints) if self.timetable.in_room(room).sessions]
        if tells_rooms_itself(file):
            self._place_log(file)
        elif named:
            self._place_by_room(file, named)
        else:
            self._place_by_time(file, only_nameless=bool(rooms))

    def _is_to_come(self, reading: Reading) -> bool:
        """Whether nothing of it has happened yet."""
        starts = [start for start, _ in _spans(reading)] + [moment.at for moment in reading.moments]
        return bool(starts) and min(starts) > self.now

    def _place_log(self, file: RoomFile) -> None:
        """An event log: every event names its own room."""
        reading = file.readings[0]
        placed: set[str] = set()
        last = _last_instant(reading)
        if last is not None:
            for source in {sighting.source for sighting in reading.sightings}:
                self.evidence.hear(source, min(last, self.now))
        for sighting in reading.sightings:
            room = sighting.room or ""
            plan = self.timetable.in_room(room)
            if plan.sessions and self._lay(file, sighting, plan, from_log=True):
                placed.add(room)
        placed |= self._cover(reading, None)
        for room in sorted(self._rooms_heard(reading) - placed):
            text = f"room {room or '(none)'}: no session of that room within two hours of its events"
            self.evidence.unplaced.append(Unplaced(file=file.file, text=text))

    def _rooms_heard(self, reading: Reading) -> set[str]:
        """The rooms of which anything was told by now."""
        told = [(each.room, each.joined_at or each.left_at) for each in reading.sightings]
        told += [(each.room, each.started_at or each.ended_at) for each in reading.meetings]
        told += [(each.room, each.at) for each in reading.moments]
        return {room or "" for room, at in told if at is None or at <= self.now}

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
                self._lay(file, sighting, plan, from_log=False)
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

    def _lay(self, file: RoomFile, sighting: Sighting, plan: RoomPlan, *, from_log: bool) -> bool:
        """Lay one sighting into the sessions it belongs to; False where there is none."""
        start = sighting.joined_at or sighting.left_at
        if start is None or start > self.now:
            return start is not None
        left = sighting.left_at if sighting.left_at is not None and sighting.left_at <= self.now else None
        if left is not None and (sighting.leave_reported or sighting.joined_at is None):
            found = plan.at(start, left)
        else:
            found = plan.stay(start, left or self.now)
        for session in found:
            self.evidence.sources[session.id].add(sighting.source)
            self.evidence.watched.add(session.id)
            if left is None and from_log and session.ends_at <= self.now:
                self.evidence.left_open.append((session.id, session.ends_at, sighting.source))
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
        if sighting.waiting or sighting.staff or _is_ours(sighting):
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


def _is_ours(sighting: Sighting) -> bool:
    """Somebody of the staff, or a guest of a family, in a room of our own, by what we signed."""
    return sighting.rejected is None and SEATLESS_REF.fullmatch(sighting.ref or "") is not None


def tells_rooms_itself(file: RoomFile) -> bool:
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
