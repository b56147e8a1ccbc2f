"""The schedule as rooms see it: which sessions a span of time in a room belongs to."""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from rejoin.domain.attendance import Session

# "within 2 h before the start to 2 h after the end" (contracts/triage).
AROUND = timedelta(hours=2)
LONGEST_SESSION = timedelta(hours=24)
# Whoever has not left when a session ends is in the next one of the room, if it begins this soon.
BACK_TO_BACK = timedelta(minutes=15)


def normal_room(room: str) -> str:
    """Meeting ids are written with and without spaces and dashes."""
    return room.translate(_IGNORED).casefold()


_IGNORED = str.maketrans("", "", " -\u00a0\u202f\u2010\u2011\u2012\u2013\t")


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

    def stay(self, start: datetime, until: datetime) -> list[Session]:
        """Which sessions somebody who joined at `start`, and is not known to have left, is in by `until`.

        The one running or next to begin, and those that follow on it; never the one of another day.
        """
        first = bisect_left(self.starts, start - LONGEST_SESSION)
        ahead = [each for each in self.sessions[first:] if each.ends_at > start]
        if not ahead or ahead[0].starts_at - AROUND > start:
            return self.at(start, start)
        found = [ahead[0]]
        for session in ahead[1:]:
            if session.starts_at - found[-1].ends_at > BACK_TO_BACK or session.starts_at > until:
                break
            found.append(session)
        return found

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
