"""Who stands at a door of ours: an engine has no waiting room, so no room tells of her."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.attendance import AtTheDoor

AT_THE_DOOR: Final = timedelta(minutes=15)
"""So long after she last came to it nothing goes out to her that says she is missing: she may still stand there. Ours."""
LET_IN_TAKES: Final = timedelta(minutes=2)
"""Whoever was let in a moment ago is on her way: her camera, her line. Ours."""
WAITING: Final = """
SELECT seat_id FROM visits_visit
 WHERE seat_id = ANY(%s) AND state = 'waiting' AND left_at IS NULL AND greatest(asked_at, seen_at) > %s
"""
# Of a room that was locked before she came in she stands outside as well, though somebody has let her in.
STOOD: Final = """
SELECT visit.seat_id, (SELECT min(turn.at) FROM visits_visitturn AS turn WHERE turn.visit_id = visit.id AND turn.turn = 'asked'),
       greatest(visit.asked_at, visit.seen_at), visit.left_at,
       CASE WHEN visit.state <> 'waiting' AND NOT (visit.state = 'admitted' AND visit.entered_at IS NULL
                                                   AND coalesce(visit.seen_at > visit.decided_at, false))
            THEN visit.decided_at END, visit.state = 'admitted'
  FROM visits_visit AS visit WHERE visit.seat_id = ANY(%s)
"""


def waiting_seats(seat_ids: Iterable[int], now: datetime) -> frozenset[int]:
    """Those of the seats whose patient has checked in lately and waits to be let in. One query."""
    return frozenset(row[0] for row in select(WAITING, [list(seat_ids), now - AT_THE_DOOR]))


def who_stood(seat_ids: Sequence[int]) -> Mapping[int, AtTheDoor]:
    """By seat: since when she stands at the door of its session, and how that ended. One query."""
    found = {}
    for seat, asked_at, seen_at, left_at, decided_at, let_in in select(STOOD, [list(seat_ids)]):
        if asked_at is None:
            continue
        door = AtTheDoor(asked_at=asked_at, seen_at=seen_at, ended_at=decided_at or left_at)
        if decided_at is not None and let_in:
            door = AtTheDoor(
                asked_at=asked_at, seen_at=max(seen_at, decided_at), ended_at=decided_at + LET_IN_TAKES
            )
        found[seat] = door
    return found
