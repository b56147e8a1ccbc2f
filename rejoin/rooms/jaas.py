"""8x8's webhooks (JaaS) in the words of Jitsi's own: one reading serves both."""

from typing import Any

import msgspec

from rejoin.rooms.exports.faults import NOT_JSON


class _About(msgspec.Struct, rename="camel"):
    id: str | None = None
    name: str | None = None
    email: str | None = None
    participant_jid: str | None = None
    participant_id: str | None = None
    is_breakout: bool = False
    breakout_room_id: str | None = None


class _Event(msgspec.Struct, rename="camel"):
    event_type: str
    timestamp: int
    fqn: str = ""
    session_id: str | None = None
    data: _About | None = None


_event = msgspec.json.Decoder(_Event)
_NAMES = {
    "PARTICIPANT_JOINED": ("muc-occupant-joined", "joined_at"),
    "PARTICIPANT_LEFT": ("muc-occupant-left", "left_at"),
    "ROOM_CREATED": ("muc-room-created", "created_at"),
    "ROOM_DESTROYED": ("muc-room-destroyed", "destroyed_at"),
}


def in_jitsis_words(body: bytes) -> bytes:
    """A delivery as event_sync would have posted it; as it is, where it is none of 8x8's."""
    if b'"eventType"' not in body:
        return body
    try:
        event = _event.decode(body)
    except NOT_JSON:
        return body
    about = event.data or _About()
    at = event.timestamp / 1000
    name, field = _NAMES.get(event.event_type, (f"muc-{event.event_type.lower()}", "created_at"))
    told: dict[str, Any] = {
        "event_name": name,
        # "AppID/room": only the room is the schedule's word.
        "room_name": event.fqn.rpartition("/")[2],
        "room_jid": event.session_id or event.fqn,
        "is_breakout": about.is_breakout,
        "breakout_room_id": about.breakout_room_id,
    }
    if field in ("joined_at", "left_at"):
        told["occupant"] = {
            "occupant_jid": about.participant_jid or about.participant_id,
            "id": about.id,
            "name": about.name,
            "email": about.email,
            field: at,
        }
    else:
        told[field] = at
    return msgspec.json.encode(told)
