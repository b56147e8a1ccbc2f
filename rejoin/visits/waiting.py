"""Who stands at a door of ours: an engine has no waiting room, so no room tells of her."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.attendance import STANDS_FOR, AtTheDoor, DoorEnd

AT_THE_DOOR: Final = STANDS_FOR
"""So long after she last came to it nothing goes out to her that says she is missing: she may still stand there."""
LET_IN_TAKES: Final = timedelta(minutes=2)
"""Whoever was let in a moment ago is on her way: her camera, her line. Ours."""
WAITING: Final = """
SELECT seat_id FROM visits_visit
 WHERE seat_id = ANY(%s) AND state = 'waiting' AND left_at IS NULL AND greatest(asked_at, seen_at) > %s
"""
# She who was let in stands there as well while her page tells of her since: outside a locked room, at her camera, or with
# leave to enter and a line that never came up.
STOOD: Final = """
SELECT visit.seat_id, coalesce(visit.stands_since, visit.asked_at), greatest(visit.asked_at, visit.seen_at),
       CASE WHEN visit.left_at >= greatest(visit.asked_at, visit.seen_at) THEN visit.left_at END,
       CASE WHEN visit.state <> 'waiting'
             AND NOT (visit.state = 'admitted'
                      AND coalesce(visit.seen_at > greatest(visit.decided_at, visit.entered_at), false))
            THEN visit.decided_at END, visit.state = 'admitted'
  FROM visits_visit AS visit WHERE visit.seat_id = ANY(%s)
"""


def waiting_seats(seat_ids: Iterable[int], now: datetime) -> frozenset[int]:
    """Those of the seats whose patient has checked in lately and waits to be let in. One query."""
    return frozenset(row[0] for row in select(WAITING, [list(seat_ids), now - AT_THE_DOOR]))


def who_stood(seat_ids: Sequence[int]) -> Mapping[int, AtTheDoor]:
    """By seat: since when she stands at the door of its session, and how that ended. One query."""
    found = {}
    for seat, since, seen_at, left_at, decided_at, let_in in select(STOOD, [list(seat_ids)]):
        if decided_at is not None and let_in:
            found[seat] = AtTheDoor(
                asked_at=since,
                seen_at=max(seen_at, decided_at),
                ended_at=decided_at + LET_IN_TAKES,
                ended_how=DoorEnd.LET_IN,
            )
        else:
            how = (
                DoorEnd.TURNED_AWAY
                if decided_at is not None
                else DoorEnd.WENT
                if left_at is not None
                else None
            )
            found[seat] = AtTheDoor(
                asked_at=since, seen_at=seen_at, ended_at=decided_at or left_at, ended_how=how
            )
    return found
