"""What is being done about seats, in one look: for boards that show a session and not a case."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from rejoin.common.rows import select


class Glance(NamedTuple):
    """A case as it stands, told on one line."""

    ref: UUID
    state: str
    elevated: bool
    owner: str
    """"" where nobody owns it."""
    final_outcome: str
    next_step: str
    next_due_at: datetime | None
    tried: str
    """The outcome of the latest attempt; "" where nobody has tried."""
    tried_at: datetime | None
    by: str
    """Who tried, as it is written beside a fact: "system:engine"."""


GLANCES = """
SELECT "case".seat_id, "case".ref, "case".state, "case".elevated, coalesce(owner.name, ''), "case".final_outcome,
       "case".next_step, "case".next_due_at, coalesce(tried.outcome, ''), tried.made_at, coalesce(tried."by", '')
  FROM followup_case AS "case" LEFT JOIN people_staff AS owner ON owner.id = "case".owner_id
  LEFT JOIN LATERAL (SELECT outcome, made_at, "by" FROM followup_attempt WHERE case_id = "case".id
                      ORDER BY made_at DESC, id DESC LIMIT 1) AS tried ON true
 WHERE "case".seat_id = ANY(%s)
"""


def glances(seat_ids: Iterable[int]) -> dict[int, Glance]:
    """By seat; seats without a case are left out. One query."""
    return {row[0]: Glance._make(row[1:]) for row in select(GLANCES, [list(seat_ids)])}
