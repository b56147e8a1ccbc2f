"""What was concluded from Janus' answers, in the words of its events: read, folded and kept like any of them."""

import json
from datetime import datetime
from typing import Any

from rejoin.rooms.engines.janus.tokens import PLUGIN

OF_PLUGIN = 64


def conclude(engine: Any, room: str, conn: str, *, here: bool, at: datetime, ref: str | None = None) -> bytes:  # noqa: ARG001 - the handle's signed token tells whose it is
    """One event: the connection was seen in the room at `at`, or was not in it any more. `engine`: a `Janus`."""
    told = {
        "emitter": engine.emitter(),
        "type": OF_PLUGIN,
        "timestamp": int(at.timestamp() * 1_000_000),
        "event": {"plugin": PLUGIN, "data": {"event": "seen" if here else "gone", "room": room, "id": conn}},
    }
    return json.dumps(told, separators=(",", ":")).encode()
