"""Who may be inside a room: whoever was let in and holds her seat, and whoever leads there.

A token that lets one connection in is young for a minute. Whoever was put out within it, or lost her seat, comes in
by it once more; what was decided of her since then holds.
"""

from typing import Final

from rejoin.common.rows import select

# Known, and not to be in there: not let in, without a seat, or by her own last word where she may not take part from.
# A host is let in by nobody.
BARRED: Final = """
SELECT visit.ref FROM visits_visit AS visit LEFT JOIN programs_seat AS seat ON seat.id = visit.seat_id
 WHERE visit.ref = ANY(%(refs)s) AND (visit.session_id <> %(session)s
    OR visit.staff_id IS NULL AND (visit.state <> 'admitted' OR seat.released_at IS NOT NULL OR (
        SELECT coalesce(said.driving, false) OR coalesce(said.state <> ALL (said.licensed), false) FROM attendance_checkin AS said
         WHERE said.seat_id = visit.seat_id ORDER BY said.id DESC LIMIT 1)))
"""


def may_be_inside(session_id: int, refs: set[str]) -> set[str]:
    """Those of `refs` that may be in, and those of nobody who has a visit."""
    barred = select(BARRED, {"refs": sorted(refs), "session": session_id})
    return refs - {row[0] for row in barred}


def is_led(session_id: int) -> bool:
    """Whether somebody who leads is in a room, as far as is known: to whoever stands before it."""
    return bool(select("SELECT rejoin_is_led(%s)", [session_id])[0][0])
