"""What a pass of the engine asks of make-ups beside their ledgers: what ran out, what was called off, who may come after all."""

from datetime import datetime
from typing import Final

from rejoin.common.actors import ENGINE
from rejoin.common.rows import select
from rejoin.makeups.actions.offers import expire_offers, withdraw_stale
from rejoin.makeups.actions.waiting import HeardFrom, at_once, back_fill
from rejoin.programs.actions import cancel_session
from rejoin.programs.models import Session

# One-to-ones that were made for somebody who comes no more: whoever leads them has her time back.
EMPTY: Final = """
SELECT DISTINCT session.id FROM makeups_booking AS booking JOIN programs_seat AS seat ON seat.id = booking.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
 WHERE booking.kind = 'individual' AND seat.released_at IS NOT NULL AND upper(seat.span) > %s
   AND session.held = 'scheduled' AND session.seats_taken = 0
 ORDER BY 1 LIMIT 100
"""


def sweep_offers(*, now: datetime, heard_from: HeardFrom = at_once) -> int:
    """Offers end by the clock whoever writes it down; seats they held go to whoever waits. Returns how many were seen to."""
    done = expire_offers(by=ENGINE, at=now) + withdraw_stale(by=ENGINE, at=now)
    return done + call_off_empty(now=now) + back_fill(heard_from=heard_from, by=ENGINE, at=now)


def call_off_empty(*, now: datetime) -> int:
    empty = Session.objects.filter(pk__in=[row[0] for row in select(EMPTY, [now])])
    for session in empty:
        cancel_session(session=session, by=ENGINE, at=now)
    return len(empty)
