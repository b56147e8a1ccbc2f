"""Jitsi's event_sync component: epoch seconds, one occupant_jid for each connection."""

from collections.abc import Iterator

import msgspec

from rejoin.rooms.exports.instants import instant_of, seconds_of
from rejoin.rooms.exports.people import read_caller
from rejoin.rooms.exports.tracks import (
    JOIN,
    LEAVE,
    ROOM,
    Closings,
    Folded,
    Mention,
    Soundings,
    Spans,
    Track,
    first_after,
    order_of,
    visits_of,
)
from rejoin.rooms.sightings import Sighting


class Occupant(msgspec.Struct, gc=False):
    occupant_jid: str | None = None
    id: str | int | None = None
    name: str | None = None
    email: str | None = None
    joined_at: float | None = None
    left_at: float | None = None


class Event(msgspec.Struct, gc=False):
    """One request of the component. In a breakout room, room_name and room_jid are the main room's."""

    event_name: str
    room_name: str | None = None
    room_jid: str | None = None
    is_breakout: bool | None = None
    breakout_room_id: str | None = None
    created_at: float | None = None
    destroyed_at: float | None = None
    occupant: Occupant | None = None
    all_occupants: list[Occupant] | None = None


class _Occupancy(Track, gc=False):
    room: str = ""
    scope: tuple[str, str] = ("", "")
    jid: str = ""
    ref: str = ""
    display: str = ""
    email: str = ""


class JitsiLog:
    """Jitsi's events."""

    name = "Jitsi event_sync"
    provider = "jitsi"

    def __init__(self) -> None:
        self._occupancies: dict[tuple[str, str, str], _Occupancy] = {}
        self._closings = Closings()
        self._spans = Spans()
        self._soundings = Soundings()

    def mentions(self, event: Event) -> Iterator[Mention]:
        """Its main room."""
        occupant = event.occupant or Occupant()
        told = {
            "muc-occupant-joined": occupant.joined_at,
            "muc-occupant-left": occupant.left_at,
            "muc-room-destroyed": event.destroyed_at,
        }.get(event.event_name, event.created_at)
        if told is not None and _room(event):
            yield Mention(ROOM, _room(event), seconds_of(told, "created_at"))

    def take(self, event: Event, line: int) -> None:
        """Take one request in."""
        kind = event.event_name
        if kind in {"muc-occupant-joined", "muc-occupant-left"}:
            occupant = event.occupant or Occupant()
            occupancy = self._occupancy(event, occupant, line)
            if kind == "muc-occupant-left":
                occupancy.mark(seconds_of(occupant.left_at, "occupant.left_at"), LEAVE)
            if kind == "muc-occupant-joined" or occupant.joined_at is not None:
                occupancy.mark(seconds_of(occupant.joined_at, "occupant.joined_at"), JOIN)
        elif kind == "muc-room-created":
            at = seconds_of(event.created_at, "created_at")
            self._spans.mark(_scope(event), _room(event), at, JOIN)
        elif kind == "muc-room-destroyed":
            self._take_destroyed(event, line)
        elif event.created_at is not None:
            self._soundings.hear(_room(event), seconds_of(event.created_at, "created_at"))

    def _take_destroyed(self, event: Event, line: int) -> None:
        scope = _scope(event)
        if event.created_at is not None:
            at = seconds_of(event.created_at, "created_at")
            self._spans.mark(scope, _room(event), at, JOIN)
        at = seconds_of(event.destroyed_at, "destroyed_at")
        self._spans.mark(scope, _room(event), at, LEAVE)
        self._closings.add(scope, at)
        # Everybody who was there, told once more: what got lost is found again here.
        for occupant in event.all_occupants or ():
            occupancy = self._occupancy(event, occupant, line)
            for told, field, kind in (
                (occupant.joined_at, "joined_at", JOIN),
                (occupant.left_at, "left_at", LEAVE),
            ):
                if told is not None:
                    occupancy.mark(seconds_of(told, f"all_occupants[...].{field}"), kind)

    def _occupancy(self, event: Event, occupant: Occupant, line: int) -> _Occupancy:
        """The record of a connection to one room, with what this event adds to it.

        Where two events differ the greater text wins: any rule will do that knows no order.
        """
        scope = _scope(event)
        ref = "" if occupant.id is None else str(occupant.id)
        # Without tokens an occupant has nothing but its address in the room.
        jid = occupant.occupant_jid or ref or occupant.name or ""
        found = self._occupancies.get((*scope, jid))
        if found is None:
            found = self._occupancies[*scope, jid] = _Occupancy(line, scope=scope, jid=jid)
        found.line = min(line, found.line)
        found.room = max(found.room, _room(event))
        found.ref = max(found.ref, ref)
        found.display = max(found.display, occupant.name or "")
        found.email = max(found.email, (occupant.email or "").strip())
        return found

    def finish(self) -> Folded:
        """Every visit as a sighting; a move to a breakout room ends one and begins another."""
        sightings = [sighting for found in self._occupancies.values() for sighting in self._sightings(found)]
        sightings.sort(key=order_of)
        return Folded(sightings, self._spans.meetings(), self._soundings.moments())

    def _sightings(self, occupancy: _Occupancy) -> list[Sighting]:
        phone, dial_in = read_caller(occupancy.display)
        # A breakout room ends with the main room at the latest.
        ends = self._closings.of(occupancy.scope, (occupancy.scope[0], ""))
        return [
            Sighting(
                provider="jitsi",
                source="jitsi-events",
                line=occupancy.line,
                display=occupancy.display,
                room=occupancy.room or None,
                conn=occupancy.jid,
                ref=occupancy.ref or None,
                email=occupancy.email or None,
                phone=phone,
                joined_at=instant_of(visit.start) if visit.start else None,
                left_at=instant_of(end) if end else None,
                leave_reported=visit.reported,
                dial_in=dial_in,
            )
            for visit in visits_of(occupancy)
            for end in [visit.end or first_after(ends, visit.start)]
        ]


def _scope(event: Event) -> tuple[str, str]:
    """The main room and, inside it, the breakout room."""
    breakout = (event.breakout_room_id or "breakout") if event.is_breakout else ""
    return event.room_jid or event.room_name or "", breakout


def _room(event: Event) -> str:
    return event.room_name or (event.room_jid or "").partition("@")[0]
