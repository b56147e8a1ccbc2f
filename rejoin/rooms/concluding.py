"""What is concluded of connections, from an engine's answers or its silence, and taken in like any other word of its."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rejoin.common.actors import Actor
from rejoin.common.rows import execute
from rejoin.rooms.actions import take_in
from rejoin.rooms.engines.concluded import ELSEWHERE
from rejoin.rooms.engines.janus.concluded import conclude
from rejoin.rooms.exports import read_log
from rejoin.rooms.gathering import gather
from rejoin.rooms.inbox import ARRIVALS, deliver, payload_of
from rejoin.rooms.models import HostedRoom
from rejoin.rooms.reading import UTC_CONTEXT
from rejoin.rooms.vocabulary import Provider

CONCLUDES: Final[dict[str, Callable[..., bytes]]] = {"janus": conclude, **ELSEWHERE}
"""By engine: what was concluded of a connection, in the words its events are read in."""
A_MOMENT: Final = timedelta(seconds=1)
"""Some engines tell of times in whole seconds."""


class Contradiction(NamedTuple):
    """A connection that is in and was not told of, or was told of and is not in, and since which snapshot."""

    conn: str
    here: bool
    since: datetime
    ref: str | None = None
    """Whose it is, of one that is in."""


class Emitter(NamedTuple):
    """An engine that is asked no more; of Janus, with what that server called itself in its events."""

    name: str
    server: str = ""

    def emitter(self) -> str:
        return self.server


def conns_told(room: HostedRoom, *, now: datetime) -> dict[str, datetime]:
    """Connections that came and did not leave, by all that was read of the room, each with when it came."""
    lines = _lines_of(room, now)
    if not lines:
        return {}
    name = str(room.name)
    file = read_log(lines, room.provider, UTC_CONTEXT)
    return {
        each.conn: each.joined_at
        for each in file.readings[0].sightings
        if each.room == name and each.conn and each.joined_at is not None and each.left_at is None
    }


def take_in_concluded(
    engine: Any, room: HostedRoom, differing: Sequence[Contradiction], *, by: Actor, at: datetime
) -> None:
    """One more delivery for each, in the engine's words; nothing where we have no such words."""
    write = CONCLUDES.get(engine.name)
    if write is None or not differing:
        return
    bodies = [
        write(engine, str(room.name), each.conn, here=each.here, at=each.since, ref=each.ref)
        for each in differing
    ]
    take_in(
        provider=room.provider, deliveries=[deliver(room.provider, body) for body in bodies], by=by, at=at
    )
    execute(f"NOTIFY {ARRIVALS}")


def end_with_engine(room: HostedRoom, *, by: Actor, at: datetime) -> None:
    """Nobody asks the room's engine any more: whoever was in there is taken to have gone when it was last heard.

    What it told itself beats this, also should it tell so only now. Of one that could never be asked nobody knows more:
    her time counts until now.
    """
    heard_at = room.engine_seen_at or at
    gone = [
        Contradiction(conn, here=False, since=max(heard_at, joined_at + A_MOMENT))
        for conn, joined_at in sorted(conns_told(room, now=at).items())
    ]
    for engine in _emitters(room, at) if gone else ():
        take_in_concluded(engine, room, gone, by=by, at=at)


def _lines_of(room: HostedRoom, now: datetime) -> list[tuple[int, bytes]]:
    """All that was read of the room, each line with its delivery's number."""
    gathered = gather([room.session_id], now=now)
    return [
        (number, payload_of(room.provider, arrived.body))
        for number in sorted(gathered.of.get(room.session_id, ()))
        for arrived in [gathered.told[number].arrived]
        if arrived.provider == room.provider and not arrived.is_file
    ]


def _emitters(room: HostedRoom, now: datetime) -> list[Emitter]:
    """Of Janus, each server that told of the room: what one tells ends no presence of another's."""
    if room.provider != Provider.JANUS.value:
        return [Emitter(room.provider)]
    servers = set()
    for _, body in _lines_of(room, now):
        with suppress(ValueError):  # what cannot be read told of nobody
            told = json.loads(body)
            servers.add(str(told.get("emitter") or "") if isinstance(told, dict) else "")
    return [Emitter(room.provider, server) for server in sorted(servers)]
