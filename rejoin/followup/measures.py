"""Answers to a measure, and what an answer about self-harm brings: an elevated case with an owner and a clock, at once.

Whoever takes answers comes through `take_measure`: the answers and the case are one transaction. What came in another
way, or was lost between, is found by asking (`sweep_concerns`). Such an answer to a measure that was answered before is
kept as words of hers, and its case is elevated as well.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import transaction

from rejoin.audit.trail import action, nothing_to_tell, record, record_all
from rejoin.common.actors import ENGINE, Actor, ActorKind
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import work_through
from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import Item, concerns, instrument_called
from rejoin.followup.actions.team import say
from rejoin.followup.hearing import take_replies
from rejoin.followup.models import Case, CaseEvent, CaseNote
from rejoin.followup.owners import Owners
from rejoin.followup.planning import ESCALATES, SUPERVISOR_HAS
from rejoin.followup.raising import Asked, OfCase, raise_steps
from rejoin.followup.vocabulary import CaseState, CaseTurn, Origin
from rejoin.insights.actions import answer_measure
from rejoin.insights.models import Due, ItemAnswer, Sheet
from rejoin.insights.vocabulary import How
from rejoin.insights.watching import watching_of
from rejoin.outreach.models import Reply
from rejoin.outreach.writing import LONGEST, write
from rejoin.programs.models import Program
from rejoin.programs.seating import hold_patients
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
 WHERE sheet.id = ANY(%(sheets)s) AND coalesce(status.policy_id, policy.id) IS NOT NULL
    ON CONFLICT DO NOTHING
"""
FOUND: Final = """
SELECT sheet.id, sheet.program_id, "case".id, "case".patient_id, "case".session_id, "case".program_id,
       "case".state, "case".elevated,
       EXISTS (SELECT FROM followup_step AS step WHERE step.case_id = "case".id
                  AND step.rule = 'concern:' || sheet.id || %s)
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
# No outcome has to be there for the clock to run: the case of a session whose outcome nobody knows is looked at by nothing else.
LATE: Final = f"""
SELECT split_part(step.rule, ':', 2)::bigint AS sheet_id, step.rule, "case".id, "case".patient_id, "case".session_id,
       "case".program_id
  FROM followup_step AS step JOIN followup_case AS "case" ON "case".id = step.case_id
 WHERE step.origin = 'concern' AND step.ended_at IS NULL AND step.deadline < %(at)s
   AND NOT EXISTS (SELECT FROM followup_step AS raised
                    WHERE raised.case_id = step.case_id AND raised.rule = '{ESCALATES}' || step.rule)
"""  # noqa: S608 - our own word
UNHEARD: Final = f"""
SELECT id FROM (
    SELECT sheet.id FROM insights_sheet AS sheet
     WHERE sheet.is_concern AND NOT EXISTS (SELECT FROM followup_step AS step
                                             WHERE step.origin = 'concern' AND step.rule = 'concern:' || sheet.id)
     UNION SELECT sheet_id FROM ({LATE}) AS late) AS waiting
 WHERE %(only)s::bigint[] IS NULL OR id = ANY(%(only)s)
 ORDER BY id LIMIT 500
"""  # noqa: S608 - as above
NO_CASE: Final = "asks for a clinician now. Her program has no policy, so there is no case: call her, and tell the supervisor."
RAISED: Final = """
SELECT count(*), coalesce(bool_or(ended_at IS NULL), false) FROM followup_step
 WHERE patient_id = %s AND (rule = 'concern:' || %s OR rule LIKE 'concern:' || %s || ':again:%%')
"""


class Unheard(Exception):
    """An answer asks for somebody, and could not be put on a case: until it is, this part has no heartbeat."""


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
    is_raised: bool
    """It stands, or stood, on a list already."""

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
    """Keep her answers; where one asks for somebody at once, her case is elevated with them or neither is kept.

    Returns the answers that count: where it was answered before, those. What asks for somebody is kept beside them.
    """
    given: dict[str, Any] = {"due": due, "answers": answers, "how": how, "by": by, "at": at}
    try:
        sheet = answer_measure(**given, language=language, answered_at=answered_at)
    except Refusal as refusal:
        if refusal.code != "measure.answered":
            raise
        sheet = _hear_again(**given)
    else:
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


@transaction.atomic
def say_why(*, due: Due, words: str, by: Actor, at: datetime) -> None:
    """What she writes where she would rather not answer is read by a person, as any message of hers is."""
    name = instrument_called(due.instrument, due.version).name
    text = f"About the {name} due {due.due_on.isoformat()} she says that she would rather not answer. {words.strip()}"
    _write_once(due, text, by, at)


def sweep_concerns(*, now: datetime) -> int:
    """Answers that ask for somebody, and are on nobody's list, or late there: each by itself where not all can be raised."""
    failed: list[int] = []

    def claim(only: Sequence[int] | None) -> list[int]:
        return [row[0] for row in select(UNHEARD, {"only": only, "at": now})]

    def raise_them(sheets: list[int]) -> None:
        failed.extend(raise_concerns(sheets, by=ENGINE, at=now))

    raised = work_through(
        name="followup.concerns",
        claim=claim,
        do=raise_them,
        push_forward=lambda sheet, _error: failed.append(sheet),
    )
    if failed:
        raise Unheard(f"{len(set(failed))} answers")
    return raised


@action("followup.raise_concern")
def raise_concerns(sheets: Sequence[int], *, again: str = "", by: Actor, at: datetime) -> list[int]:
    """An elevated case for each, on the list of whoever watches, with its clock; what is late there is the supervisor's too.

    Raised again, nothing changes. `again`: which later word of hers it is. Returns the sheets that have no case: no policy of the program has cases. Those
    are before everybody who reads what patients write, with that clock.
    """
    execute(OPEN, {"sheets": list(sheets), "at": at})
    every = [Found(*row) for row in select(FOUND, [again, list(sheets)])]
    found = [each for each in every if not each.is_raised]
    _raise_cases(found, by, at)
    raise_steps([_asked(each, again, at) for each in found], at=at)
    raise_steps(_escalated(sheets, at), at=at)
    without = sorted(set(sheets) - {each.sheet_id for each in every})
    if by.kind is not ActorKind.STAFF:  # behind a door of staff it is written at the engine's next pass
        for due in Due.objects.filter(sheet__in=without).order_by("pk"):
            _write_once(due, f"About the measure due {due.due_on.isoformat()}: an answer {NO_CASE}", by, at)
    record_all(
        [
            ("followup.raise_concern", f"case:{each.case_id}", each.patient_id, each.program_id, "")
            for each in found
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("followup.raise_concern")
    return without


def _escalated(sheets: Sequence[int], at: datetime) -> list[Asked]:
    late = [(rule, OfCase(*of)) for sheet, rule, *of in select(LATE, {"at": at}) if sheet in set(sheets)]
    return [
        Asked(of, f"{ESCALATES}{rule}", Origin.ESCALATION, Role.SUPERVISOR, at + SUPERVISOR_HAS)
        for rule, of in late
    ]


def _hear_again(*, due: Due, answers: Mapping[str, int], how: How, by: Actor, at: datetime) -> Sheet:
    """It was answered, and now an answer asks for somebody: what she says is kept, and raised as the first would be."""
    sheet = Sheet.objects.get(due=due)
    ((raised, waiting),) = select(RAISED, [due.patient_id, sheet.pk, sheet.pk])
    is_same = dict(ItemAnswer.objects.filter(sheet=sheet).values_list("item", "value")) == answers
    text = _told(due, answers, how)
    if waiting and (is_same or _is_kept(due, text)):
        return sheet  # sent twice is said once
    raise_concerns([sheet.pk], again=f":again:{raised}", by=by, at=at)
    if by.kind is not ActorKind.STAFF:
        _write_once(due, text, by, at)
        return sheet
    case = Case.objects.filter(patient_id=due.patient_id, session_id=due.seat.session_id).first()
    if case is None:
        raise Refusal("measure.policy", f"This was answered before. What she says now {NO_CASE}")
    say(case=case, words=text, by=by, at=at)
    return sheet


def _told(due: Due, answers: Mapping[str, int], how: How) -> str:
    instrument = instrument_called(due.instrument, due.version)
    told = " ".join(
        f"{each.asks}: {_chosen(each, answers[each.id])}." for each in concerns(instrument, answers)
    )
    rest = ", ".join(f"{item}: {value}" for item, value in answers.items())
    who = "she answers again" if how is How.PORTAL else "asked again, she says"
    return f"About the {instrument.name} due {due.due_on.isoformat()}: {who}. {told} (All: {rest}.)"


def _is_kept(due: Due, text: str) -> bool:
    replies = Reply.objects.filter(patient_id=due.patient_id, text=text)
    return replies.exists() or CaseNote.objects.filter(case__patient_id=due.patient_id, words=text).exists()


def _chosen(item: Item, value: int) -> str:
    return next(each.said_in("en") for each in item.options if each.value == value)


def _write_once(due: Due, text: str, by: Actor, at: datetime) -> None:
    """Before whoever reads what patients write. The same words of the same measure, sent twice, are there once."""
    hold_patients([due.patient_id])
    words = text.replace("\x00", "")[:LONGEST].strip()
    if not Reply.objects.filter(patient_id=due.patient_id, text=words, unread=True).exists():
        reply = write(patient=due.patient, text=words, by=by, at=at)
        take_replies(replies=[reply.pk], by=by, at=at)


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


def _asked(each: Found, again: str, at: datetime) -> Asked:
    role, within = _watch(each.asked_by, at)
    return Asked(each.of, f"concern:{each.sheet_id}{again}", Origin.CONCERN, role, at + within)


def _watch(program_id: int, at: datetime) -> tuple[Role, timedelta]:
    watching = watching_of(Program.objects.get(pk=program_id), at)
    return Role(watching.role), watching.within
