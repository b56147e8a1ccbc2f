"""The sweep over deliveries: what came in and nobody has read, and sessions that have to be looked at again."""

from collections.abc import Sequence
from datetime import datetime

from rejoin.common.actors import ENGINE
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.rooms.actions import SESSIONS_AT_ONCE, hand_back, read_deliveries, revisit_sessions

BYTES_AT_ONCE = 64 * 1024 * 1024
"""Of bodies in memory at a time: a webhook has some hundred bytes, an export up to fifty million."""
READ_AHEAD = 20_000
"""Deliveries that are read before what they come to is worked out: two seconds' worth, when that many wait."""
CLAIM = """
SELECT id FROM (
    SELECT id, next_try_at, sum(size) OVER (ORDER BY next_try_at, id) - size AS before FROM (
        SELECT id, next_try_at, octet_length(body) AS size FROM rooms_rawevent
         WHERE state IN ('new', 'failed') AND next_try_at <= %s AND (%s::bigint[] IS NULL OR id = ANY(%s))
         ORDER BY next_try_at, id LIMIT %s FOR UPDATE SKIP LOCKED
    ) AS due
) AS listed WHERE before < %s ORDER BY next_try_at, id
"""
PUSH = """
UPDATE rooms_rawevent SET state = 'failed', error = %s, next_try_at = %s, tries = least(tries + 1, 1000)
 WHERE id = %s
"""
CLAIM_VISITS = """
SELECT id FROM rooms_revisit WHERE at <= %s AND (%s::bigint[] IS NULL OR id = ANY(%s))
 ORDER BY at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
PUSH_VISIT = "UPDATE rooms_revisit SET at = %s, tries = least(tries + 1, 1000), error = %s WHERE id = %s"


def read_events(now: datetime, limit: int = 500) -> int:
    """Read what came in, `limit` deliveries a transaction, and revisit sessions. Returns how many; 0: nothing left.

    Any number of workers may do this at once. What fails as a batch is halved until the one delivery is
    found that fails by itself: it is kept, told, and tried again later, and the rest do not wait for it.
    """
    read, batch = 0, limit
    while batch >= limit and read < READ_AHEAD:
        batch = _read_new(now, limit)
        read += batch
    visited = visits = _revisit(now)
    while visits >= SESSIONS_AT_ONCE and visited < READ_AHEAD:
        visits = _revisit(now)
        visited += visits
    return read + visited


def _read_new(now: datetime, limit: int) -> int:
    def claim(only: Sequence[int] | None) -> list[int]:
        ids = list(only) if only is not None else None
        return [row[0] for row in select(CLAIM, [now, ids, ids, limit, BYTES_AT_ONCE])]

    def push_forward(event_id: int, error: str) -> None:
        tries = select("SELECT tries FROM rooms_rawevent WHERE id = %s", [event_id])[0][0]
        execute(PUSH, [error[:200], now + backoff(tries), event_id])

    return work_through(
        name="rooms.deliveries",
        claim=claim,
        do=lambda ids: read_deliveries(ids, many_wait=len(ids) >= limit > 1, by=ENGINE, at=now),
        push_forward=push_forward,
    )


def _revisit(now: datetime) -> int:
    def claim(only: Sequence[int] | None) -> list[int]:
        ids = list(only) if only is not None else None
        return [row[0] for row in select(CLAIM_VISITS, [now, ids, ids, SESSIONS_AT_ONCE])]

    def push_forward(visit_id: int, error: str) -> None:
        session, tries = select("SELECT session_id, tries FROM rooms_revisit WHERE id = %s", [visit_id])[0]
        hand_back(session_id=session, by=ENGINE, at=now)
        execute(PUSH_VISIT, [now + backoff(tries), error[:200], visit_id])

    return work_through(
        name="rooms.revisits",
        claim=claim,
        do=lambda ids: revisit_sessions(ids, by=ENGINE, at=now),
        push_forward=push_forward,
    )
