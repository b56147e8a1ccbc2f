"""Whoever decides whether a word goes out to somebody because of the session that runs does so alone.

Two may: her case, by its ladder, and a nudge that was asked for by hand. Several workers look at once, and neither sees
what another has not committed. So each takes the seat's turn first, and looks at what went out only then; it ends with
the transaction. A worker that waits too long for one looks again at its next pass.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from rejoin.common.rows import select

SEATS: Final = 0x53656174 << 32
"""The half of an advisory lock's number that says it is of seats; the other half is a seat's."""
# Nothing is asked for by hand once a session is over; two workers' clocks may be some minutes apart. In one order, so
# that no two wait for each other.
TAKE: Final = """
WITH running AS MATERIALIZED (
    SELECT seat.id FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
     WHERE seat.id = ANY(%(seats)s::bigint[]) AND session.ends_at > %(now)s - interval '10 minutes' ORDER BY seat.id)
SELECT pg_advisory_xact_lock(%(lock)s + id) FROM running
"""
OF_CASES: Final = "SELECT DISTINCT seat_id FROM followup_case WHERE id = ANY(%s::bigint[])"


def take_turns(seat_ids: Iterable[int], now: datetime) -> None:
    """Wait until nobody else decides on these seats. What was read of their messages before is stale from here on."""
    select(TAKE, {"seats": list(seat_ids), "now": now, "lock": SEATS})


def take_turns_of_cases(case_ids: Iterable[int], now: datetime) -> None:
    """The same, of the seats that cases are about."""
    take_turns((seat for (seat,) in select(OF_CASES, [list(case_ids)])), now)
