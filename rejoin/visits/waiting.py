"""Who stands at a door of ours: an engine has no waiting room, so no room tells of her."""

from collections.abc import Iterable
from typing import Final

from rejoin.common.rows import select

WAITING: Final = "SELECT seat_id FROM visits_visit WHERE seat_id = ANY(%s) AND state = 'waiting'"


def waiting_seats(seat_ids: Iterable[int]) -> frozenset[int]:
    """Those of the seats whose patient has checked in and waits to be let in. One query."""
    return frozenset(row[0] for row in select(WAITING, [list(seat_ids)]))
