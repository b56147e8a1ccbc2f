"""What two answers in a row said against the events, in the words that each engine's events are read in.

A word of ours among theirs: it says that somebody was seen in a room of whom no event told, or was not in it any more of
whom none told that she left. It is kept, read and folded like any of theirs; whatever they told themselves beats it.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from rejoin.rooms.vocabulary import Provider


def livekit(_engine: Any, room: str, conn: str, *, here: bool, at: datetime, ref: str | None = None) -> bytes:
    """`rejoin_seen` or `rejoin_gone`, of a sid."""
    event = "rejoin_seen" if here else "rejoin_gone"
    told = {
        "event": event,
        "id": _own_id(event, room, conn, at),
        "createdAt": str(int(at.timestamp())),
        "room": {"name": room},
        "participant": {"sid": conn, "identity": ref or ""},
    }
    return _as_json(told)


def daily(_engine: Any, room: str, conn: str, *, here: bool, at: datetime, ref: str | None = None) -> bytes:
    """`rejoin.seen` or `rejoin.gone`, of a session id."""
    kind = "rejoin.seen" if here else "rejoin.gone"
    told = {
        "type": kind,
        "id": _own_id(kind, room, conn, at),
        "payload": {"session_id": conn, "room": room, "user_id": ref},
        "event_ts": at.timestamp(),
    }
    return _as_json(told)


def bigbluebutton(
    _engine: Any, room: str, conn: str, *, here: bool, at: datetime, ref: str | None = None
) -> bytes:
    """`rejoin-seen` or `rejoin-gone`, of an internal user id."""
    user = {"internal-user-id": conn, **({"external-user-id": ref} if ref else {})}
    body = {
        "type": "event",
        "id": "rejoin-seen" if here else "rejoin-gone",
        "attributes": {"meeting": {"external-meeting-id": room}, "user": user},
        "event": {"ts": int(at.timestamp() * 1000)},
    }
    return _as_json({"data": body})


def _own_id(*parts: object) -> str:
    """Concluded twice by two workers, it is one."""
    return "RJ_" + sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def _as_json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()


ELSEWHERE: Final[dict[str, Callable[..., bytes]]] = {
    Provider.LIVEKIT: livekit,
    Provider.DAILY: daily,
    Provider.BIGBLUEBUTTON: bigbluebutton,
}
"""Zoom is not among them: its dashboard is minutes behind, and would contradict what is so."""
