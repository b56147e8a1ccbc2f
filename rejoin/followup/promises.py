"""Promised returns: whether she came when she said she would. Not kept is a step for a person, never blame."""

from collections.abc import Sequence
from datetime import datetime

from rejoin.audit.trail import record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import select
from rejoin.followup.models import PromiseOutcome
from rejoin.followup.planning import PERSON_HAS, PROMISE_GRACE
from rejoin.followup.raising import Asked, OfCase, raise_steps
from rejoin.followup.vocabulary import Origin
from rejoin.programs.vocabulary import Role

# A promise that a later one replaced is settled with it: only the last is asked after. It is kept by being seen
# after it was made, or by a session that began after it; never by having been in the missed one before.
OPEN = """
SELECT promise.id, promise.case_id, promise.patient_id, "case".program_id, promise.promised_at, promise.at,
       (SELECT min(coalesce(seen.first_join, session.starts_at))
          FROM programs_seat AS seat
          JOIN programs_session AS session ON session.id = seat.session_id
          LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
          LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
         WHERE seat.patient_id = promise.patient_id AND session.program_id = "case".program_id
           AND (seen.first_join > promise.at
                OR (session.starts_at > promise.at AND session.id <> "case".session_id))
           AND session.starts_at <= promise.promised_at + %(grace)s AND session.starts_at <= %(at)s + interval '2 hours'
           AND (seen.first_join <= %(at)s OR status.status IN ('attended', 'partial'))),
       "case".session_id, "case".state <> 'closed'
  FROM followup_promisedreturn AS promise JOIN followup_case AS "case" ON "case".id = promise.case_id
 WHERE promise.case_id = ANY(%(cases)s)
   AND NOT EXISTS (SELECT FROM followup_promiseoutcome AS outcome WHERE outcome.promise_id = promise.id)
   AND NOT EXISTS (SELECT FROM followup_promisedreturn AS later
                    WHERE later.case_id = promise.case_id AND later.id > promise.id)
"""


def settle_promises(case_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Write down which promises were kept, and which were not once their time has passed.

    Of a case that has ended before that nobody is asked after any more.
    """
    rows = select(OPEN, {"cases": list(case_ids), "grace": PROMISE_GRACE, "at": at})
    kept = [row for row in rows if row[6] is not None]
    broken = [row for row in rows if row[6] is None and row[8] and row[4] + PROMISE_GRACE <= at]
    if not kept and not broken:
        return
    settled = [(row, True) for row in kept] + [(row, False) for row in broken]
    insert_rows(
        PromiseOutcome,
        ("at", "by", "promise", "patient", "kept"),
        [(at, str(by), row[0], row[2], came) for row, came in settled],
        then="ON CONFLICT (promise_id) DO NOTHING",
    )
    raise_steps(
        [
            Asked(
                OfCase(row[1], row[2], row[7], row[3]),
                f"promise:{row[0]}",
                Origin.PROMISE,
                Role.COUNSELOR,
                at + PERSON_HAS,
            )
            for row in broken
        ],
        at=at,
    )
    record_all(
        [
            ("followup.settle_promise", f"promise:{row[0]}", row[2], row[3], "kept" if came else "not_kept")
            for row, came in settled
        ],
        by=by,
        at=at,
    )
