"""Which rule of a policy's version brought what about: cases, steps and reviews of the last weeks, by rule."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select

LATELY: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=90)
MOST: Final = 1_000
"""Cases, and reviews, that are looked at: the latest. A large program's page is as quick as a small one's."""
SHOWN: Final = 3

# The latest cases under the version; what is told of them is told of these.
CASES: Final = """
WITH latest AS (
    SELECT id, ref, opened_at FROM followup_case WHERE policy_id = %(policy)s AND opened_at >= %(since)s
     ORDER BY opened_at DESC LIMIT %(most)s)
SELECT 'case', count(*) FILTER (WHERE opened_at >= %(lately)s), count(*), max(opened_at),
       (array_agg(ref::text ORDER BY opened_at DESC, id DESC))[1:%(shown)s], count(*) = %(most)s
  FROM latest HAVING count(*) > 0
"""
STEPS: Final = """
WITH latest AS (
    SELECT id, ref, opened_at, elevated FROM followup_case WHERE policy_id = %(policy)s AND opened_at >= %(since)s
     ORDER BY opened_at DESC LIMIT %(most)s)
SELECT CASE WHEN elevated THEN 'elevated' ELSE 'standard' END || '.' || step.rule, count(*) FILTER (WHERE step.raised_at >= %(lately)s), count(*), max(step.raised_at),
       (array_agg(latest.ref::text ORDER BY step.raised_at DESC, step.id DESC))[1:%(shown)s],
       (SELECT count(*) FROM latest) = %(most)s
  FROM latest JOIN followup_step AS step ON step.case_id = latest.id
 WHERE step.origin IN ('ladder', 'disposition') GROUP BY 1
"""
REVIEWS: Final = """
WITH latest AS (
    SELECT id, trigger, fired_at FROM followup_review WHERE policy_id = %(policy)s AND fired_at >= %(since)s
     ORDER BY fired_at DESC LIMIT %(most)s)
SELECT trigger, count(*) FILTER (WHERE fired_at >= %(lately)s), count(*), max(fired_at),
       (array_agg(id::text ORDER BY fired_at DESC, id DESC))[1:%(shown)s], (SELECT count(*) FROM latest) = %(most)s
  FROM latest GROUP BY trigger
"""


class Fired(NamedTuple):
    """How often a rule brought something about, and the latest of it: keys of cases, or of reviews."""

    lately: int
    longest: int
    last_at: datetime
    latest: Sequence[str]
    capped: bool
    """Only the latest were looked at: there may be more."""


def fired_under(policy_id: int, *, now: datetime) -> Mapping[tuple[str, str], Fired]:
    """By kind ("case", "step", "review") and the rule: "case", "standard.call1", "three-in-thirty".

    What never fired is not there.
    """
    given: dict[str, Any] = {
        "policy": policy_id,
        "since": now - LONGEST,
        "lately": now - LATELY,
        "most": MOST,
        "shown": SHOWN,
    }
    return {
        (kind, row[0]): Fired(*row[1:])
        for kind, sql in (("case", CASES), ("step", STEPS), ("review", REVIEWS))
        for row in select(sql, given)
    }
