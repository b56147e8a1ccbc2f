"""Janus event handlers: who joined is told by the signed token of the handle, never by the id.

A client chooses its own id in a VideoRoom. The token that its handle was attached with is signed and
carries `ref=`; an id that does not begin with that ref is somebody posing as somebody else. Leaves
carry only room and id, so that visits are folded by these, and each join remembers its handle.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec

from rejoin.rooms.exports.instants import instant_of, micros_of
from rejoin.rooms.exports.tracks import (
    ENGINE,
    GONE,
    HANDLE,
    JOIN,
    LEAVE,
    RESTART,
    ROOM,
    SEEN,
    THROUGH,
    Closings,
    Folded,
    Mention,
    Soundings,
    Spans,
    Track,
    Visit,
    first_after,
    order_of,
    visits_of,
)
from rejoin.rooms.sightings import Sighting

_Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Notice(msgspec.Struct, gc=False):
    event: str | None = None
    room: str | int | None = None
    id: str | int | None = None
    display: str | None = None


class Body(msgspec.Struct, gc=False):
    name: str | None = None
    status: str | None = None
    token: str | None = None
    data: Notice | None = None


class Event(msgspec.Struct, gc=False):
    """One event, as the event handler plugins send it."""

    type: int
    timestamp: int
    emitter: str | None = ""
    session_id: _Id | None = None
    handle_id: _Id | None = None
    event: Body | None = None


class _Seat(Track, gc=False):
    """A room and an id that was used in it."""

    display: str = ""


class _Engine:
    """One Janus server: its rooms, its handles, and when it was restarted."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[str, _Seat]] = {}
        # What was signed into the token of each handle; "" for a token that names nobody.
        self.refs: dict[int, str] = {}


OF_HANDLE, OF_PLUGIN, OF_CORE = 2, 64, 256
"""The types of event that tell of people: handles attached, what plugins say, and the server itself."""

_OF_PEOPLE = frozenset({OF_HANDLE, OF_PLUGIN, OF_CORE})
_LEAVES = frozenset({"leaving", "kicked"})
# Never told by Janus itself: concluded from what it answered when it was asked who is in, by whoever asked
# (`engines.janus.concluded`). Only a connection whose signed token was looked at is ever said to be seen.
_CONCLUDED = {"seen": SEEN, "gone": GONE}
_ENDINGS = frozenset({"started", "shutdown"})
# Stands for all rooms of a server: a restart leaves nobody in any of them, and says so of none.
_RESTART = object()


class JanusLog:
    """The events of any number of Janus servers."""

    name = "Janus events"
    provider = "janus"

    def __init__(self) -> None:
        self._engines: dict[str, _Engine] = {}
        self._words: dict[str, str] = {}
        self._closings = Closings()
        self._spans = Spans()
        self._soundings = Soundings()

    def mentions(self, event: Event) -> Iterator[Mention]:
        """Its room; the handle that a join came through, whose signed token tells who; a restart."""
        kind, body, emitter = event.type, event.event, event.emitter or ""
        if body is None:
            return
        at = event.timestamp
        notice = body.data if kind == OF_PLUGIN else None
        if notice is not None and notice.room is not None:
            yield Mention(ROOM, str(notice.room), at)
            if notice.event == "joined":
                yield Mention(THROUGH, f"{emitter}/{_handle_key(event):x}", at)
            if notice.event in ("joined", "seen"):
                yield Mention(ENGINE, emitter, at)
        elif kind == OF_HANDLE and body.name == "attached":
            yield Mention(HANDLE, f"{emitter}/{_handle_key(event):x}", at)
        elif kind == OF_CORE and body.status in _ENDINGS:
            yield Mention(RESTART, emitter, at)

    def take(self, event: Event, line: int) -> None:
        """Take one event in."""
        kind, body = event.type, event.event
        if body is None or kind not in _OF_PEOPLE:
            return
        emitter = event.emitter or ""
        engine = self._engines.get(emitter)
        if engine is None:
            engine = self._engines[emitter] = _Engine()
        at = micros_of(event.timestamp, 1, "timestamp")
        if kind == OF_PLUGIN:
            if body.data is not None and body.data.room is not None:
                self._take_notice(engine, emitter, event, body.data, at, line)
        elif kind == OF_HANDLE:
            self._bind(engine, event, body)
        elif body.status in _ENDINGS:
            self._closings.add((emitter, _RESTART), at)

    def _take_notice(
        self, engine: _Engine, emitter: str, event: Event, notice: Notice, at: int, line: int
    ) -> None:
        what = notice.event
        room = notice.room if type(notice.room) is str else str(notice.room)
        if what == "joined" and notice.id is not None:
            seat = self._seat(engine, room, str(notice.id), line)
            # The greater of two names: any rule will do that knows no order of arrival.
            if notice.display and notice.display > seat.display:
                seat.display = self._words.setdefault(notice.display, notice.display)
            seat.mark(at, JOIN, _handle_key(event))
        elif what in _LEAVES and notice.id is not None:
            self._seat(engine, room, str(notice.id), line).mark(at, LEAVE)
        elif what in _CONCLUDED and notice.id is not None:
            self._seat(engine, room, str(notice.id), line).mark(at, _CONCLUDED[what])
        elif what == "destroyed":
            self._closings.add((emitter, room), at)
            self._spans.mark((emitter, room), room, at, LEAVE)
        elif what == "created":
            self._spans.mark((emitter, room), room, at, JOIN)
        else:
            self._soundings.hear(room, at)

    def _seat(self, engine: _Engine, room: str, name: str, line: int) -> _Seat:
        seats = engine.rooms.get(room)
        if seats is None:
            seats = engine.rooms[room] = {}
        seat = seats.get(name)
        if seat is None:
            seat = seats[name] = _Seat(line)
        elif line < seat.line:
            seat.line = line
        return seat

    def _bind(self, engine: _Engine, event: Event, body: Body) -> None:
        """Remember the ref that was signed into the token of a handle."""
        if body.name == "attached" and body.token:
            key, ref = _handle_key(event), _signed_ref(body.token)
            ref = self._words.setdefault(ref, ref)
            engine.refs[key] = max(ref, engine.refs.get(key, ""))

    def finish(self) -> Folded:
        """Every visit as a sighting."""
        sightings: list[Sighting] = []
        for emitter, engine in self._engines.items():
            # Emptied as it is read: a year of seats need not be held twice.
            while engine.rooms:
                room, seats = engine.rooms.popitem()
                ends = self._closings.of((emitter, room), (emitter, _RESTART))
                for name, seat in seats.items():
                    for visit in visits_of(seat):
                        parts = _end_with_room(visit, ends) if ends else (visit,)
                        sightings += [_sighting(room, name, seat, part, engine.refs) for part in parts]
        sightings.sort(key=order_of)
        return Folded(sightings, self._spans.meetings(), self._soundings.moments())


def _end_with_room(visit: Visit, ends: Sequence[int]) -> Sequence[Visit]:
    """The visit, ended by the room's destruction or the server's restart if one came first.

    A leave told after that belongs to a later join that was lost.
    """
    end = first_after(ends, visit.start) if visit.start else 0
    if not end or (visit.end and visit.end <= end):
        return (visit,)
    ended = Visit(visit.start, end, False, visit.via)
    return (ended, Visit(0, visit.end, True, 0)) if visit.end and visit.reported else (ended,)


def _handle_key(event: Event) -> int:
    """Session and handle in one number: half the memory of a pair. 0 when they are not told."""
    return (event.session_id or 0) << 64 | (event.handle_id or 0)


def _signed_ref(token: str) -> str:
    """The ref among the descriptors of a token, "" when there is none; the signature follows the last colon."""
    descriptors = token.rpartition(":")[0].split(",")
    return next((word[4:] for word in descriptors if word.startswith("ref=")), "")


def _sighting(room: str, name: str, seat: _Seat, visit: Visit, refs: dict[int, str]) -> Sighting:
    ref = refs.get(visit.via) if visit.via else None
    rejected = None
    if ref is None:
        # No token was seen: engines that ask for none are trusted to have checked the id themselves.
        ref = name.partition(".")[0]
    elif not ref:
        rejected = f"joined as {name!r} with a link that was signed for nobody"
    elif name != ref and not name.startswith(ref + "."):
        rejected = f"joined as {name!r} with a link signed for {ref!r}"
    return Sighting(
        provider="janus",
        source="janus-events",
        line=seat.line,
        display=seat.display,
        room=room,
        conn=name,
        ref=ref or None,
        joined_at=instant_of(visit.start) if visit.start else None,
        left_at=instant_of(visit.end) if visit.end else None,
        leave_reported=visit.reported,
        rejected=rejected,
    )
