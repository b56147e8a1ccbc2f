"""Folding joins and leaves into visits, whatever the order and number of their arrival.

All times are whole microseconds since 1970 and 0 stands for none: a log has millions of events, and
an object for each would not fit.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from rejoin.rooms.exports.instants import instant_of
from rejoin.rooms.sightings import Meeting, Moment, Sighting

JOIN, LEAVE, CUT = 0, 1, 2
"""A CUT ends whatever visit is open, and says nothing when none is: somebody was moved elsewhere.
A leave told after it, with no join between, is of that other place."""
SEEN, GONE = 3, 4
"""Concluded from what an engine answered when it was asked: she was in, or was not. What was told beats both."""

# Coverage is asked in hours: one sounding a minute answers it.
_MINUTE = 60_000_000


class Track(msgspec.Struct, gc=False):
    """All that is known of one connection. The first join and leave have places of their own,
    because nearly every connection has just these two."""

    line: int
    joined: int = 0
    left: int = 0
    via: int = 0
    """Which handle the join came through, where an engine tells."""
    more: list[tuple[int, int, int]] | None = None
    """Any further marks: (at, kind, via)."""
    late: bool = False

    def mark(self, at: int, kind: int, via: int = 0) -> None:
        """Remember that this happened at `at`; a second time is a no-op."""
        if kind == JOIN:
            if not self.joined:
                self.joined, self.via = at, via
                return
            if self.joined == at and self.via == via:
                return
        elif kind == LEAVE and (not self.left or self.left == at):
            self.left = at
            return
        if self.more is None:
            self.more = []
        self.more.append((at, kind, via))

    def marks(self) -> set[tuple[int, int, int]]:
        """Every distinct mark."""
        found = set(self.more or ())
        if self.joined:
            found.add((self.joined, JOIN, self.via))
        if self.left:
            found.add((self.left, LEAVE, 0))
        return found


class Visit(NamedTuple):
    """One stay: from `start` to `end`, either 0 when unknown."""

    start: int
    end: int
    reported: bool
    """Whether `end` was told, and not concluded."""
    via: int


def visits_of(track: Track) -> list[Visit]:
    """The visits that the marks of a track add up to, in order."""
    # Nearly every connection has one join and one leave: these need no sorting.
    if track.more is None and track.joined and track.left >= track.joined:
        return [Visit(track.joined, track.left, True, track.via)]
    if track.more is None and not track.left:
        return [Visit(track.joined, 0, False, track.via)] if track.joined else []
    return _fold(sorted(track.marks()))


def _fold(marks: Sequence[tuple[int, int, int]]) -> list[Visit]:
    visits: list[Visit] = []
    start = via = 0
    cut = False
    for at, kind, handle in _settle_concluded(_settle_ties(marks)):
        if kind == JOIN:
            if start:
                # The leave between two joins was lost: the first visit ended by then, or sooner.
                visits.append(Visit(start, at, False, via))
            start, via, cut = at, handle, False
        elif start:
            visits.append(Visit(start, at, kind != GONE, via))
            start, cut = 0, kind == CUT
        elif kind == LEAVE and not cut:
            visits.append(Visit(0, at, True, 0))
    if start:
        visits.append(Visit(start, 0, False, via))
    return visits


def _settle_concluded(marks: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The marks with what was concluded only where nothing told otherwise: SEEN as a join of whoever was not in
    yet, GONE of whoever was, until a leave is told."""
    settled: list[tuple[int, int, int]] = []
    inside = supposed = concluded = False
    for at, kind, handle in marks:
        if kind == SEEN:
            if not inside:
                settled.append((at, JOIN, 0))
                inside = supposed = True
        elif kind == GONE:
            if inside:
                settled.append((at, GONE, 0))
        elif kind == JOIN and supposed:
            settled[-1] = (settled[-1][0], JOIN, handle)
        elif kind == LEAVE and concluded:
            settled[-1] = (at, LEAVE, 0)
        else:
            settled.append((at, kind, handle))
        if kind != SEEN:
            inside, supposed, concluded = kind == JOIN, False, kind == GONE and (inside or concluded)
        elif inside:
            concluded = False
    return settled


def _settle_ties(marks: Sequence[tuple[int, int, int]]) -> Iterable[tuple[int, int, int]]:
    """Marks of one instant in the order that makes sense: whoever is in leaves before joining again."""
    inside = False
    at = 0
    while at < len(marks):
        after = at
        while after < len(marks) and marks[after][0] == marks[at][0]:
            after += 1
        together = marks[at:after]
        if inside:
            together = sorted(together, key=lambda mark: mark[1] == JOIN)
        yield from together
        inside = together[-1][1] == JOIN
        at = after


class Closings:
    """When a room or an engine ended, and everybody in it with it."""

    def __init__(self) -> None:
        self._at: dict[object, set[int]] = {}
        self._sorted: dict[tuple[object, ...], list[int]] = {}

    def add(self, scope: object, at: int) -> None:
        """Note that `scope` ended at `at`."""
        self._at.setdefault(scope, set()).add(at)

    def of(self, *scopes: object) -> list[int]:
        """The ends of any of `scopes`, in order. Asked once all are known."""
        found = self._sorted.get(scopes)
        if found is None:
            told = (self._at.get(scope, set()) for scope in scopes)
            found = self._sorted[scopes] = sorted(set().union(*told))
        return found


def first_after(ends: Sequence[int], start: int) -> int:
    """The first of `ends` at or after `start`; 0 when there is none."""
    place = bisect_left(ends, start)
    return ends[place] if place < len(ends) else 0


class Spans:
    """When rooms ran, from what is told of their starts and ends."""

    def __init__(self) -> None:
        self._tracks: dict[object, Track] = {}
        self._rooms: dict[object, str] = {}

    def mark(self, scope: object, room: str, at: int, kind: int) -> None:
        """Note that the room called `room` started (JOIN) or ended (LEAVE)."""
        track = self._tracks.get(scope)
        if track is None:
            track = self._tracks[scope] = Track(0)
        # The greater of two names: any rule will do that knows no order of arrival.
        self._rooms[scope] = max(room, self._rooms.get(scope, ""))
        track.mark(at, kind)

    def meetings(self) -> list[Meeting]:
        """The spans, in order."""
        found = [
            (self._rooms[scope], visit.start, visit.end if visit.reported else 0)
            for scope, track in self._tracks.items()
            for visit in visits_of(track)
        ]
        return [
            Meeting(room=room or None, started_at=_or_none(start), ended_at=_or_none(end))
            for room, start, end in sorted(found)
        ]


class Soundings:
    """Events that show a source was listening. One a minute for each room tells as much as all."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, int], int] = {}

    def hear(self, room: str, at: int) -> None:
        """Note an event of `room` that tells nothing of a participant."""
        if room:
            minute = (room, at // _MINUTE)
            self._first[minute] = min(at, self._first.get(minute, at))

    def moments(self) -> list[Moment]:
        """The first event of each minute and room, in order."""
        return [Moment(room=room, at=instant_of(at)) for (room, _), at in sorted(self._first.items())]


class Folded(NamedTuple):
    """What one vendor's events in a file add up to."""

    sightings: list[Sighting]
    meetings: list[Meeting]
    moments: list[Moment]


class Mention(NamedTuple):
    """Something an event speaks of, and when: a room, or a part of an engine that rooms depend on."""

    kind: str
    name: str
    at: int


ROOM, HANDLE, THROUGH, ENGINE, RESTART = "room", "handle", "through", "engine", "restart"
"""What a mention is of. A join THROUGH a handle tells who only together with what was told of the HANDLE;
a RESTART ends every visit on its ENGINE."""


class VendorLog(Protocol):
    """One vendor's events, taken in any order and folded at the end."""

    name: str
    provider: str

    def mentions(self, event: Any) -> Iterable[Mention]:
        """What an event that could be taken speaks of."""

    def take(self, event: Any, line: int) -> None:
        """Take one event in; a `Fault` when it contradicts itself."""

    def finish(self) -> Folded:
        """What all events add up to. Called once."""


def _or_none(micros: int) -> datetime | None:
    return instant_of(micros) if micros else None


def order_of(sighting: Sighting) -> tuple[object, ...]:
    """Sorts sightings the same way however their events were shuffled."""
    return (
        sighting.joined_at or sighting.left_at,
        sighting.conn,
        sighting.room or "",
        sighting.left_at or sighting.joined_at,
        sighting.waiting,
        sighting.display,
        sighting.ref or "",
    )
