"""Where none of the times works for her: somebody looks for another way with her, and has it on a list."""

from datetime import datetime, timedelta
from typing import Final

from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import select
from rejoin.followup.raising import Asked, OfCase, raise_steps
from rejoin.followup.vocabulary import Origin
from rejoin.programs.vocabulary import Role

WITHIN: Final = timedelta(days=1)
"""So soon somebody calls her. Ours."""
LOOKED_BACK: Final = timedelta(days=14)
ASKED_FOR: Final = """
SELECT DISTINCT choice.id, "case".id, "case".patient_id, "case".session_id, "case".program_id
  FROM makeups_offerturn AS turned JOIN makeups_offer AS offer ON offer.id = turned.offer_id
  JOIN makeups_choice AS choice ON choice.id = offer.choice_id
  JOIN followup_case AS "case" ON "case".seat_id = choice.seat_id
 WHERE turned.reason = 'none_of_these' AND turned.at > %s
   AND NOT EXISTS (SELECT FROM followup_step AS step WHERE step.case_id = "case".id AND step.rule = 'makeup:' || choice.id)
 ORDER BY 1 LIMIT 500
"""


def sweep_make_up_requests(*, now: datetime) -> int:
    return ask_for_a_time(by=ENGINE, at=now)


@action("followup.ask_for_a_time")
def ask_for_a_time(*, by: Actor, at: datetime) -> int:
    """Put on a coordinator's list whom none of the times suits. Returns how many were."""
    rows = select(ASKED_FOR, [at - LOOKED_BACK])
    raise_steps(
        [
            Asked(
                OfCase(case, patient, session, program),
                f"makeup:{choice}",
                Origin.MAKE_UP,
                Role.COORDINATOR,
                at + WITHIN,
            )
            for choice, case, patient, session, program in rows
        ],
        at=at,
    )
    record_all(
        [
            ("followup.ask_for_a_time", f"case:{case}", patient, program, "")
            for _, case, patient, _, program in rows
        ],
        by=by,
        at=at,
    )
    if not rows:
        nothing_to_tell("followup.ask_for_a_time")
    return len(rows)
