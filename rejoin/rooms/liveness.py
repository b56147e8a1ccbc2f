"""Who is in our own rooms now, and when the engine was last heard of: before anybody concludes that somebody is not."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.attendance.absent import AHEAD_AT_MOST, HEARD_WITHIN
from rejoin.rooms.arrays import as_array

# `closed_at` does not matter: of a session that is over the last snapshot says who was in at its end.
ROOMS: Final = """
SELECT room.session_id, room.provider, room.engine_seen_at, snapshot.here
  FROM rooms_hostedroom AS room
  LEFT JOIN rooms_snapshot AS snapshot ON snapshot.session_id = room.session_id
 WHERE room.session_id = ANY(%s::bigint[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoIsIn:
    """A room of our own as the engine last told of it."""

    provider: str
    heard_at: datetime | None
    """When the engine last said who is in; None: never."""
    conns: Mapping[str, str | None]
    """Each connection with the reference signed into its grant; None where that could not be told."""

    @property
    def refs(self) -> frozenset[str]:
        return frozenset(ref for ref in self.conns.values() if ref is not None)

    @property
    def somebody_unknown(self) -> bool:
        return None in self.conns.values()

    def is_heard(self, now: datetime) -> bool:
        """Whether the engine was heard of within the last minute. Where it was not, nobody may say who is in."""
        return self.heard_at is not None and now - HEARD_WITHIN <= self.heard_at <= now + AHEAD_AT_MOST


def who_is_in(session_ids: Iterable[int]) -> Mapping[int, WhoIsIn]:
    """By session: those that are held in rooms of our own."""
    return {
        session: WhoIsIn(provider=provider, heard_at=heard_at, conns=json.loads(here) if here else {})
        for session, provider, heard_at, here in select(ROOMS, [as_array(session_ids)])
    }
