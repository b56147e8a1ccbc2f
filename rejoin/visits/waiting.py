"""Who stands at a door of ours: an engine has no waiting room, so no room tells of her."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from rejoin.common.rows import select

AT_THE_DOOR: Final = timedelta(minutes=15)
"""So long after she last came to it she may still stand there; whoever closed the page says nothing. Ours."""
WAITING: Final = """
SELECT seat_id FROM visits_visit WHERE seat_id = ANY(%s) AND state = 'waiting' AND greatest(asked_at, seen_at) > %s
"""


def waiting_seats(seat_ids: Iterable[int], now: datetime) -> frozenset[int]:
    """Those of the seats whose patient has checked in lately and waits to be let in. One query."""
    return frozenset(row[0] for row in select(WAITING, [list(seat_ids), now - AT_THE_DOOR]))
