"""What pages of a room are told while it is written: one line of JSON on one channel of the database, and kept nowhere.

A notice of the database has fewer than 8,000 bytes. A caption is passed on in it and is never stored.
"""

import json
from typing import Any, Final

from rejoin.common.rows import select

CHANNEL: Final = "rejoin_visits"
MOST_BYTES: Final = 7_900
PEOPLE: Final = "people"
HAND: Final = "hand"
CAPTION: Final = "caption"
LOCKED: Final = "locked"
ADMITTED: Final = "admitted"
REFUSED: Final = "refused"
REMOVED: Final = "removed"
MUTED: Final = "muted"
BOARD: Final = "board"


def tell(session_id: int, event: str, **more: Any) -> None:
    """Tell the pages of a session's room, once what was written is there. `visit`: only the page of this one."""
    told = json.dumps({"session": session_id, "event": event, **more}, ensure_ascii=False)
    if len(told.encode()) > MOST_BYTES:
        raise ValueError("too long to be passed on")
    select("SELECT pg_notify(%s, %s)", [CHANNEL, told])
