"""LiveKit webhooks: a connection is a participant's sid; times are epoch seconds, as text or number."""

from collections.abc import Iterator

import msgspec

from rejoin.rooms.exports.faults import Fault
from rejoin.rooms.exports.instants import (
    EARLIEST,
    LATE,
    LATEST,
    MILLISECOND,
    SECOND,
    impossible,
    instant_of,
    micros_of,
)
from rejoin.rooms.exports.tracks import (
    JOIN,
    LEAVE,
    ROOM,
    Closings,
    Folded,
    Mention,
    Soundings,
    Spans,
    first_after,
)
from rejoin.rooms.sightings import Sighting


class Room(msgspec.Struct, gc=False):
    sid: str | None = ""
    name: str | None = ""


class Participant(msgspec.Struct, gc=False, rename="camel"):
    sid: str = ""
    identity: str | None = ""
    name: str | None = ""
    kind: str | int | None = ""
    joined_at: int | None = 0
    joined_at_ms: int | None = 0
    attributes: dict[str, str] | None = None


class Event(msgspec.Struct, gc=False, rename="camel"):
    """One webhook body. `createdAt` is required: it tells LiveKit's events from anybody else's."""

    event: str
    created_at: int
    room: Room | None = None
    participant: Participant | None = None


class _Connection(msgspec.Struct, gc=False):
    line: int
    room: str
    room_sid: str
    identity: str
    name: str
    joined: int = 0
    left: int = 0
    aborted: int = 0
    seen: int = 0
    seen_last: int = 0
    gone: list[int] | None = None
    late: bool = False
    phone: str | None = None
    dial_in: bool = False


_OF_PEOPLE = frozenset(
    {
        *("participant_joined", "participant_left", "participant_connection_aborted"),
        *("rejoin_seen", "rejoin_gone"),
    }
)
# Never told by LiveKit: concluded from what it answered when it was asked who is in (`engines.concluded`).
_SEEN, _GONE = "rejoin_seen", "rejoin_gone"
# Recorders, streams and agents join like people. They are not people.
_MACHINES = frozenset({"INGRESS", "EGRESS", "AGENT", 1, 2, 4})
_CALLERS = frozenset({"SIP", 3})


class LiveKitLog:
    """LiveKit's events. A sid is one connection, so that its earliest join and leave are the ones."""

    name = "LiveKit webhooks"
    provider = "livekit"

    def __init__(self) -> None:
        self._connections: dict[str, _Connection] = {}
        self._words: dict[str, str] = {}
        self._closings = Closings()
        self._spans = Spans()
        self._soundings = Soundings()

    def mentions(self, event: Event) -> Iterator[Mention]:
        """Its room, at the instant that it counts with."""
        if event.room is not None and event.room.name:
            person = event.participant if event.event == "participant_joined" else None
            at = event.created_at * SECOND
            if person is not None and person.kind not in _MACHINES:
                at = (person.joined_at_ms or 0) * MILLISECOND or (person.joined_at or 0) * SECOND or at
            yield Mention(ROOM, event.room.name, at)

    def take(self, event: Event, line: int) -> None:
        """Take one webhook in."""
        kind = event.event
        created = event.created_at * SECOND
        # As micros_of does it, and here because a call for each of millions of lines is felt.
        if not EARLIEST <= created < LATEST:
            raise impossible(event.created_at, "createdAt")
        room, participant = event.room, event.participant
        if kind in _OF_PEOPLE:
            if participant is None or not participant.sid:
                raise Fault("is missing", field="participant.sid")
            if participant.kind in _MACHINES:
                self._hear(room, created)
            elif kind == "participant_connection_aborted":
                self._abort(participant, room, line, created)
            elif kind in (_SEEN, _GONE):
                self._conclude(kind, participant, room, line, created)
            else:
                self._take_presence(kind, participant, room, created, line)
        elif room is not None:
            self._take_room(kind, room, created)

    def _take_presence(
        self, kind: str, participant: Participant, room: Room | None, created: int, line: int
    ) -> None:
        connection = self._connections.get(participant.sid)
        if connection is None:
            connection = self._open(participant, room, line)
        else:
            self._complete(connection, participant, room, line)
        if participant.joined_at_ms:
            joined = micros_of(participant.joined_at_ms, MILLISECOND, "participant.joinedAtMs")
        elif participant.joined_at:
            joined = micros_of(participant.joined_at, SECOND, "participant.joinedAt")
        else:
            joined = 0
        # A duplicate repeats its times, and of two that differ the earlier is kept: order is no matter.
        if kind == "participant_left":
            if not connection.left or created < connection.left:
                connection.left = created
        elif not joined:
            joined = created
        elif created - joined > LATE:
            connection.late = True
        if joined and (not connection.joined or joined < connection.joined):
            connection.joined = joined

    def _open(self, participant: Participant, room: Room | None, line: int) -> _Connection:
        # Names and rooms repeat by the thousand: each text is kept once.
        word = self._words.setdefault
        identity, name = participant.identity or "", participant.name or ""
        connection = _Connection(line, "", "", word(identity, identity), word(name, name))
        if room is not None:
            connection.room = word(room.name or "", room.name or "")
            connection.room_sid = word(room.sid or "", room.sid or "")
        if participant.kind in _CALLERS:
            connection.dial_in = True
            connection.phone = (participant.attributes or {}).get("sip.phoneNumber")
        self._connections[participant.sid] = connection
        return connection

    @staticmethod
    def _complete(connection: _Connection, participant: Participant, room: Room | None, line: int) -> None:
        """Fill in what other events of the connection left out.

        Where two events differ the greater text wins: any rule will do that knows no order.
        """
        connection.line = min(connection.line, line)
        if participant.identity and participant.identity > connection.identity:
            connection.identity = participant.identity
        if participant.name and participant.name > connection.name:
            connection.name = participant.name
        if room is not None and (room.name or "") > connection.room:
            connection.room = room.name or ""
        if room is not None and (room.sid or "") > connection.room_sid:
            connection.room_sid = room.sid or ""
        if participant.kind in _CALLERS:
            phone = (participant.attributes or {}).get("sip.phoneNumber") or ""
            connection.dial_in = True
            connection.phone = max(phone, connection.phone or "") or None

    def _abort(self, participant: Participant, room: Room | None, line: int, at: int) -> None:
        """An aborted connection is no presence by itself, and ends one that is open."""
        connection = self._connections.get(participant.sid)
        if connection is None:
            connection = self._open(participant, room, line)
        else:
            self._complete(connection, participant, room, line)
        connection.aborted = min(at, connection.aborted or at)
        self._hear(room, at)

    def _conclude(self, kind: str, participant: Participant, room: Room | None, line: int, at: int) -> None:
        connection = self._connections.get(participant.sid)
        if connection is None:
            connection = self._open(participant, room, line)
        else:
            self._complete(connection, participant, room, line)
        if kind == _SEEN:
            connection.seen = min(at, connection.seen or at)
            connection.seen_last = max(at, connection.seen_last)
        else:
            connection.gone = [*(connection.gone or ()), at]

    def _hear(self, room: Room | None, at: int) -> None:
        if room is not None:
            self._soundings.hear(room.name or "", at)

    def _take_room(self, kind: str, room: Room, at: int) -> None:
        scope, name = room.sid or room.name or "", room.name or ""
        if kind == "room_started":
            self._spans.mark(scope, name, at, JOIN)
        elif kind == "room_finished":
            self._spans.mark(scope, name, at, LEAVE)
            self._closings.add(scope, at)
        else:
            self._soundings.hear(name, at)

    def finish(self) -> Folded:
        """Every connection as a sighting."""
        connections = self._connections
        order = sorted(
            (one.joined or one.seen or one.left, sid)
            for sid, one in connections.items()
            if one.joined or one.seen or one.left
        )
        # Emptied as it is read: a year of connections need not be held twice.
        sightings = [self._sighting(sid, connections.pop(sid)) for _, sid in order]
        return Folded(sightings, self._spans.meetings(), self._soundings.moments())

    def _sighting(self, sid: str, connection: _Connection) -> Sighting:
        joined, left = connection.joined or connection.seen, connection.left or connection.aborted
        reported = left != 0
        if not left:
            # What was told beats what was concluded; and of two conclusions the later one knew more.
            last = max(joined, connection.seen_last)
            left = min((at for at in connection.gone or () if at >= last), default=0)
        if not left:
            left = first_after(self._closings.of(connection.room_sid or connection.room), joined)
        if left and left < joined:
            # createdAt knows whole seconds only: a leave in the second of the join precedes it.
            joined = left
        return Sighting(
            provider="livekit",
            source="livekit-webhook",
            line=connection.line,
            display=connection.name,
            room=connection.room or None,
            conn=sid,
            ref=connection.identity or None,
            phone=connection.phone,
            joined_at=instant_of(joined) if joined else None,
            left_at=instant_of(left) if left else None,
            leave_reported=reported,
            dial_in=connection.dial_in,
            delivered_late=connection.late,
        )
