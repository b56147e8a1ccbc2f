"""Answers to a measure, and what an answer about self-harm brings: an elevated case with an owner and a clock, at once.

Whoever takes answers comes through `take_measure`: the answers and the case are one transaction. What came in another
way, or was lost between, is found by asking (`sweep_concerns`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.followup.models import CaseEvent
from rejoin.followup.owners import Owners
from rejoin.followup.raising import Asked, OfCase, raise_steps
from rejoin.followup.vocabulary import CaseState, CaseTurn, Origin
from rejoin.insights.actions import answer_measure
from rejoin.insights.models import Due, Sheet
from rejoin.insights.vocabulary import How
from rejoin.insights.watching import watching_of
from rejoin.programs.models import Program
from rejoin.programs.vocabulary import Role

# The case is that of the session it came with: hers where she was missed there, else one of its own.
OPEN: Final = """
INSERT INTO followup_case (ref, seat_id, patient_id, program_id, session_id, policy_id, opened_at, noticed_at,
                           elevated, state, stopping, closed_by, final_outcome, next_step, failures, error)
SELECT gen_random_uuid(), seat.id, seat.patient_id, session.program_id, session.id,
       coalesce(status.policy_id, policy.id), session.starts_at, %(at)s, false, 'open', '', '', '', '', 0, ''
  FROM insights_sheet AS sheet JOIN insights_due AS due ON due.id = sheet.due_id
  JOIN programs_seat AS seat ON seat.id = due.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN programs_program AS program ON program.id = session.program_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN LATERAL (
       SELECT id FROM programs_policyversion WHERE program_id = program.id
        ORDER BY effective @> (session.starts_at AT TIME ZONE program.timezone)::date DESC, version DESC LIMIT 1) AS policy ON true
 WHERE sheet.id = ANY(%(sheets)s)
    ON CONFLICT DO NOTHING
"""
FOUND: Final = """
SELECT sheet.id, sheet.program_id, "case".id, "case".patient_id, "case".session_id, "case".program_id,
       "case".state, "case".elevated
  FROM insights_sheet AS sheet JOIN insights_due AS due ON due.id = sheet.due_id
  JOIN programs_seat AS seat ON seat.id = due.seat_id
  JOIN followup_case AS "case" ON "case".session_id = seat.session_id AND "case".patient_id = seat.patient_id
 WHERE sheet.id = ANY(%s) ORDER BY "case".id FOR UPDATE OF "case"
"""
# It is looked at where there is an outcome to look at: before that only the step's own clock runs.
RAISE: Final = """
UPDATE followup_case AS "case" SET elevated = true, owner_id = coalesce("case".owner_id, given.owner_id),
       state = CASE WHEN "case".state = 'closed' THEN 'open' ELSE "case".state END,
       closed_at = NULL, closed_by = '', final_outcome = '',
       next_look_at = CASE WHEN EXISTS (SELECT FROM attendance_seatstatus AS status WHERE status.seat_id = "case".seat_id)
                           THEN %s ELSE "case".next_look_at END
  FROM unnest(%s::bigint[], %s::bigint[]) AS given(id, owner_id) WHERE "case".id = given.id
"""
UNHEARD: Final = """
SELECT sheet.id FROM insights_sheet AS sheet
 WHERE sheet.is_concern AND NOT EXISTS (SELECT FROM followup_step AS step WHERE step.patient_id = sheet.patient_id
                                            AND step.rule = 'concern:' || sheet.id)
 ORDER BY sheet.id LIMIT 500
"""


class Unheard(RuntimeError):
    """A programming error: an answer asks for somebody, and no case could be opened for it."""


class Found(NamedTuple):
    """A sheet with the case that it is told of."""

    sheet_id: int
    asked_by: int
    case_id: int
    patient_id: int
    session_id: int
    program_id: int
    state: str
    elevated: bool

    @property
    def of(self) -> OfCase:
        return OfCase(self.case_id, self.patient_id, self.session_id, self.program_id)


@action("followup.take_measure")
def take_measure(
    *,
    due: Due,
    answers: Mapping[str, int],
    language: str,
    how: How,
    answered_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> Sheet:
    """Keep her answers; where one asks for somebody at once, her case is elevated with them or neither is kept."""
    sheet = answer_measure(
        due=due, answers=answers, language=language, how=how, answered_at=answered_at, by=by, at=at
    )
    if sheet.is_concern:
        raise_concerns([sheet.pk], by=by, at=at)
    record(
        "followup.take_measure",
        f"measure:{due.pk}",
        by=by,
        at=at,
        patient=due.patient_id,
        program=due.program_id,
    )
    return sheet


def sweep_concerns(*, now: datetime) -> int:
    """Answers that ask for somebody, and are on nobody's list."""
    sheets = [row[0] for row in select(UNHEARD)]
    raise_concerns(sheets, by=ENGINE, at=now)
    return len(sheets)


@action("followup.raise_concern")
def raise_concerns(sheets: Sequence[int], *, by: Actor, at: datetime) -> None:
    """An elevated case for each, on the list of whoever watches, with its clock. Raised again, nothing changes."""
    execute(OPEN, {"sheets": list(sheets), "at": at})
    found = [Found(*row) for row in select(FOUND, [list(sheets)])]
    if len({each.sheet_id for each in found}) != len(set(sheets)):
        raise Unheard
    _raise_cases(found, by, at)
    raise_steps([_asked(each, at) for each in found], at=at)
    record_all(
        [
            ("followup.raise_concern", f"case:{each.case_id}", each.patient_id, each.program_id, "")
            for each in found
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("followup.raise_concern")


def _raise_cases(found: Sequence[Found], by: Actor, at: datetime) -> None:
    owners = Owners(
        {each.patient_id for each in found},
        {each.session_id for each in found},
        {each.program_id for each in found},
    )
    owned = [
        owners.of_case(patient=each.patient_id, session=each.session_id, program=each.program_id)
        for each in found
    ]
    execute(RAISE, [at, [each.case_id for each in found], owned])
    insert_rows(
        CaseEvent,
        ("at", "by", "case", "patient", "turn", "reason"),
        [
            (at, str(by), each.case_id, each.patient_id, turn.value, "")
            for each in found
            for turn in _turns(each)
        ],
    )


def _turns(each: Found) -> tuple[CaseTurn, ...]:
    reopened = (CaseTurn.REOPENED,) if each.state == CaseState.CLOSED else ()
    elevated = () if each.elevated else (CaseTurn.ELEVATED,)
    return (*reopened, CaseTurn.CONCERN, *elevated)


def _asked(each: Found, at: datetime) -> Asked:
    role, within = _watch(each.asked_by, at)
    return Asked(each.of, f"concern:{each.sheet_id}", Origin.CONCERN, role, at + within)


def _watch(program_id: int, at: datetime) -> tuple[Role, timedelta]:
    watching = watching_of(Program.objects.get(pk=program_id), at)
    return Role(watching.role), watching.within
