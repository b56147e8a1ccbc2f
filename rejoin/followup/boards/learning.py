"""What a program's own record shows: who came back after a miss, what outreach was followed by, what make-ups came to.

Each is one set-based read over a period, counted by the database for each patient; what the counts mean is
`domain.learning`. A test holds both to the same figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rejoin.common.rows import select
from rejoin.domain.learning.returning import WITHIN, Returned
from rejoin.domain.learning.rungs import FOLLOWED_WITHIN, MakeUp, MakeUps, Yield, make_up_outcomes
from rejoin.domain.learning.shares import SharedOut, share_of_patients
from rejoin.followup.words import rung_words

# A miss, when she next came, and when she was no longer expected (the end of the day of her place, on the program's wall).
MISSES: Final = """
WITH told AS (
    SELECT session.program_id, status.patient_id, session.starts_at, status.status,
           min(session.starts_at) FILTER (WHERE status.status IN ('attended', 'partial')) OVER (
               PARTITION BY session.program_id, status.patient_id ORDER BY session.starts_at
               ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS returned_at
      FROM programs_session AS session
      JOIN programs_seat AS seat ON seat.session_id = session.id AND seat.released_at IS NULL
      JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
     WHERE session.program_id = ANY(%(programs)s) AND session.starts_at >= %(since)s AND session.starts_at < %(now)s),
left_at AS (
    SELECT program_id, patient_id, max(ended_at) AS at FROM programs_enrolment
     WHERE program_id = ANY(%(programs)s) GROUP BY 1, 2 HAVING bool_and(ended_at IS NOT NULL)),
miss AS (
    SELECT told.patient_id, told.starts_at, told.returned_at, left_at.at AS left_at FROM told
      LEFT JOIN left_at ON left_at.program_id = told.program_id AND left_at.patient_id = told.patient_id
     WHERE told.status = 'missed' AND told.starts_at < %(until)s)
"""
RETURNS: Final = f"""{MISSES},
of_each AS (
    SELECT span.days, patient_id, count(*) FILTER (WHERE old AND NOT gone) AS told, count(*) FILTER (WHERE old AND back) AS back,
           count(*) FILTER (WHERE NOT old) AS recent, count(*) FILTER (WHERE old AND gone) AS gone
      FROM unnest(%(spans)s::int[]) AS span(days) CROSS JOIN LATERAL (
           SELECT patient_id, over_at <= %(now)s AS old, returned_at <= over_at AS back,
                  coalesce(left_at < over_at, false) AND NOT coalesce(returned_at <= over_at, false) AS gone
             FROM (SELECT miss.*, starts_at + span.days * interval '1 day' AS over_at FROM miss) AS spanned) AS each
     GROUP BY 1, 2)
SELECT days, array_agg(back), array_agg(told), sum(recent)::bigint, sum(gone)::bigint FROM of_each GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - our own pieces
# An attempt, the next two-way contact of its case, and the next session she came to: found by walking through both kinds in the
# order of time once, and not by asking for each attempt.
YIELDS: Final = """
WITH made AS (
    SELECT coalesce(nullif(step.rule, ''), 'by_hand') AS rung, attempt.made_at, "case".program_id, attempt.patient_id,
           min(attempt.made_at) FILTER (WHERE attempt.outcome = 'contact') OVER (
               PARTITION BY attempt.case_id ORDER BY attempt.made_at, attempt.id
               ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS contact_at
      FROM followup_case AS "case" JOIN followup_attempt AS attempt ON attempt.case_id = "case".id
      LEFT JOIN followup_step AS step ON step.id = attempt.step_id
     WHERE "case".program_id = ANY(%(programs)s) AND "case".opened_at >= %(since)s AND "case".opened_at < %(until)s
       AND attempt.made_at < %(now)s),
came AS (
    SELECT session.program_id, status.patient_id, session.starts_at FROM programs_session AS session
      JOIN attendance_seatstatus AS status ON status.session_id = session.id AND NOT status.provisional
     WHERE session.program_id = ANY(%(programs)s) AND session.starts_at >= %(since)s AND session.starts_at < %(now)s
       AND status.status IN ('attended', 'partial')),
both_kinds AS (
    SELECT program_id, patient_id, made_at AS at, false AS is_session, rung, made_at, contact_at, NULL::timestamptz AS came_at FROM made
     UNION ALL SELECT program_id, patient_id, starts_at, true, NULL, NULL, NULL, starts_at FROM came),
next_to AS (
    SELECT both_kinds.*, min(came_at) OVER (
               PARTITION BY program_id, patient_id ORDER BY at, is_session ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_came_at
      FROM both_kinds),
followed AS (
    SELECT next_to.*, made_at + %(within)s <= %(now)s AS old, contact_at <= made_at + %(within)s AS reached,
           next_came_at <= made_at + %(within)s AS back
      FROM next_to WHERE NOT is_session)
SELECT rung, array_agg(reached), array_agg(back), array_agg(told), sum(recent)::bigint
  FROM (SELECT rung, min(made_at) AS first_at, count(*) FILTER (WHERE old) AS told, count(*) FILTER (WHERE NOT old) AS recent,
               count(*) FILTER (WHERE old AND reached) AS reached, count(*) FILTER (WHERE old AND back) AS back
          FROM followed GROUP BY rung, patient_id) AS of_each
 GROUP BY rung ORDER BY min(first_at), rung
"""
# What became of each missed session that owed something: by what was booked for it last, else by what was offered.
MAKE_UPS: Final = """
SELECT patient_id, CASE WHEN came THEN 'attended' WHEN waits THEN 'open' WHEN missed THEN 'missed again' WHEN left_open AND offered THEN 'open'
            WHEN declined THEN 'declined' WHEN offered THEN 'expired' WHEN left_open THEN 'open' ELSE 'never offered' END AS became, count(*)
  FROM (SELECT debt.left_open, owed.patient_id,
               coalesce(bool_or(status.status IN ('attended', 'partial')), false) AS came,
               coalesce(bool_or(seat.id IS NOT NULL AND seat.released_at IS NULL AND status.seat_id IS NULL), false) AS waits,
               coalesce(bool_or(status.status = 'missed'), false) AS missed,
               EXISTS (SELECT FROM makeups_offer WHERE seat_id = debt.seat_id) AS offered,
               EXISTS (SELECT FROM makeups_offer AS offer JOIN makeups_offerturn AS turned ON turned.offer_id = offer.id
                        WHERE offer.seat_id = debt.seat_id AND turned.turn = 'declined') AS declined
          FROM programs_session AS session
          JOIN programs_seat AS owed ON owed.session_id = session.id
          JOIN makeups_debt AS debt ON debt.seat_id = owed.id
          LEFT JOIN makeups_booking AS booking ON booking.missed_id = debt.seat_id
          LEFT JOIN programs_seat AS seat ON seat.id = booking.seat_id
          LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional AND seat.released_at IS NULL
         WHERE session.program_id = ANY(%(programs)s) AND session.starts_at >= %(since)s AND session.starts_at < %(until)s
         GROUP BY debt.seat_id, debt.left_open, owed.patient_id) AS told
 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """Of sessions that began in the period."""

    since: datetime
    until: datetime
    returns: tuple[Returned, ...]
    yields: tuple[Yield, ...]
    make_ups: MakeUps


def learn(programs: Sequence[int], *, since: datetime, until: datetime, now: datetime) -> Learnt:
    """Three queries, however much there is; of each patient her counts, so that an interval knows whose they are."""
    asked: dict[str, Any] = {"programs": list(programs), "since": since, "until": until, "now": now}
    spans = select(RETURNS, asked | {"spans": list(WITHIN)})
    rungs = select(YIELDS, asked | {"within": FOLLOWED_WITHIN})
    return Learnt(
        since=since,
        until=until,
        returns=tuple(
            Returned(days=days, share=_shared(back, told), too_recent=recent, left_before=left)
            for days, back, told, recent, left in spans
        ),
        yields=tuple(
            Yield(
                rung=_rung(rung),
                contact=_shared(reached, told),
                returned=_shared(back, told),
                too_recent=recent,
            )
            for rung, reached, back, told, recent in rungs
        ),
        make_ups=make_up_outcomes(
            (patient, MakeUp(word), count) for patient, word, count in select(MAKE_UPS, asked)
        ),
    )


def _shared(counts: Sequence[int], of: Sequence[int]) -> SharedOut:
    return share_of_patients(zip(counts, of, strict=True))


def _rung(rung: str) -> str:
    return "by hand" if rung == "by_hand" else rung_words(rung)
