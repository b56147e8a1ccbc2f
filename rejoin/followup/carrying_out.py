"""Carrying out plans: what they say is written for many cases in a handful of statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from rejoin.audit.trail import record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import as_json, given, insert_rows
from rejoin.common.rows import execute
from rejoin.domain.policy.document import AUTOMATED_CHANNELS, SYSTEM
from rejoin.followup.experiments import in_their_wording
from rejoin.followup.models import CaseEvent, Step
from rejoin.followup.owners import Owners
from rejoin.followup.planning import NewStep, Plan
from rejoin.followup.vocabulary import StepState
from rejoin.outreach.outbox import Letter, cancel_messages, queue_messages

_encode = msgspec.json.Encoder().encode
OPENED = "followup.open_cases"
DEFAULT_TEMPLATE = "neutral_nudge"
LONGEST_WAIT = timedelta(hours=12)

CASE_COLUMNS = {
    "id": "bigint",
    "state": "text",
    "final_outcome": "text",
    "stopped_at": "timestamptz",
    "stopping": "text",
    "elevated": "bool",
    "next_step": "text",
    "next_due_at": "timestamptz",
    "next_look_at": "timestamptz",
    "first_attempt_by": "timestamptz",
    "first_attempt_at": "timestamptz",
    "owner_id": "bigint",
}
UPDATE_CASES = f"""
UPDATE followup_case AS "case" SET state = given.state, final_outcome = given.final_outcome,
       stopped_at = given.stopped_at, stopping = given.stopping, elevated = given.elevated,
       closed_at = CASE WHEN given.state <> 'closed' THEN NULL
                        WHEN "case".state = 'closed' THEN "case".closed_at ELSE %s END,
       closed_by = CASE WHEN given.state <> 'closed' THEN ''
                        WHEN "case".state = 'closed' THEN "case".closed_by ELSE %s END,
       next_step = given.next_step, next_due_at = given.next_due_at, next_look_at = given.next_look_at,
       first_attempt_by = given.first_attempt_by, first_attempt_at = given.first_attempt_at,
       owner_id = coalesce("case".owner_id, given.owner_id), failures = 0, error = ''
  FROM {given(CASE_COLUMNS)}
 WHERE "case".id = given.id
"""  # noqa: S608 - our own columns
END_STEPS = """
UPDATE followup_step AS step SET state = given.state, ended_at = %s, ended_by = %s
  FROM unnest(%s::bigint[], %s::text[]) AS given(id, state) WHERE step.id = given.id
"""
RENEW_STEPS = """
UPDATE followup_step AS step SET state = 'due', ended_at = NULL, ended_by = '', due_at = given.due_at,
       deadline = given.deadline, channels = given.channels::varchar[]
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::text[]) AS given(id, due_at, deadline, channels)
 WHERE step.id = given.id
"""


def carry_out(plans: Sequence[Plan], *, verb: str, by: Actor, at: datetime) -> None:
    """Write everything the plans say: steps, messages, turns, the cases themselves, and the trail."""
    owners = Owners(
        {plan.case.patient_id for plan in plans},
        {int(plan.case.session.id) for plan in plans},
        {plan.case.program_id for plan in plans},
    )
    _insert_steps(plans, owners, by, at)
    _end_steps(plans, by, at)
    _renew_steps(plans)
    letters = [letter for plan in plans for letter in _letters(plan, at)]
    elevated = {f"case:{plan.case.id}" for plan in plans if plan.elevated or plan.case.elevated}
    queue_messages(in_their_wording(letters, elevated=elevated, by=by, at=at), by=by, at=at)
    stopped = [plan for plan in plans if plan.stops_messages and plan.case.has_waiting]
    cancel_messages([f"case:{plan.case.id}" for plan in stopped], by=by, at=at)
    _insert_turns(plans, by, at)
    _update_cases(plans, owners, by, at)
    record_all(
        [
            (verb, f"case:{plan.case.id}", plan.case.patient_id, plan.case.program_id, _gist(plan))
            for plan in plans
            if _changes_anything(plan) or verb == OPENED
        ],
        by=by,
        at=at,
    )


def _changes_anything(plan: Plan) -> bool:
    return bool(plan.new or plan.ended or plan.renewed or plan.turns)


def _gist(plan: Plan) -> str:
    return plan.turns[-1][0] if plan.turns else "steps"


def _insert_steps(plans: Sequence[Plan], owners: Owners, by: Actor, at: datetime) -> None:
    rows = [_step_row(plan, step, owners, by, at) for plan in plans for step in plan.new]
    insert_rows(
        Step,
        (
            *("case", "patient", "rule", "origin", "actor", "owner", "channels", "to", "raised_at", "due_at"),
            *("deadline", "state", "ended_at", "ended_by", "because"),
        ),
        rows,
        then="ON CONFLICT (case_id, rule) DO NOTHING",
    )


def _step_row(plan: Plan, step: NewStep, owners: Owners, by: Actor, at: datetime) -> tuple[Any, ...]:
    case = plan.case
    owner = None
    if step.actor != SYSTEM:
        owner = owners.of(
            step.actor, patient=case.patient_id, session=int(case.session.id), program=case.program_id
        )
    ended = step.state is not StepState.DUE
    return (
        case.id,
        case.patient_id,
        step.rule,
        step.origin.value,
        step.actor,
        owner,
        "{" + ",".join(step.channels) + "}",
        step.to,
        at,
        step.due_at,
        step.deadline,
        step.state.value,
        at if ended else None,
        str(by) if ended else "",
        _encode(step.because).decode(),
    )


def _end_steps(plans: Iterable[Plan], by: Actor, at: datetime) -> None:
    ended = [(raised.id, state.value) for plan in plans for raised, state in plan.ended]
    if ended:
        execute(END_STEPS, [at, str(by), *map(list, zip(*ended, strict=True))])


def _renew_steps(plans: Iterable[Plan]) -> None:
    rows = [
        (raised.id, fresh.due_at, fresh.deadline, "{" + ",".join(fresh.channels) + "}")
        for plan in plans
        for raised, fresh in plan.renewed
    ]
    if rows:
        execute(RENEW_STEPS, [*map(list, zip(*rows, strict=True))])


def _letters(plan: Plan, at: datetime) -> Iterable[Letter]:
    """The first message of each system step: by the first of its channels that a machine can use."""
    for step in [*plan.new, *(fresh for _, fresh in plan.renewed)]:
        if step.actor == SYSTEM and step.state is StepState.DUE:
            automated = [each for each in step.channels if each in AUTOMATED_CHANNELS]
            number = plan.case.letters.get(step.rule, 0)
            if automated:
                yield letter_for(plan, step, automated[0], number=number, at=at)


def letter_for(plan: Plan, step: NewStep, channel: str, *, number: int, at: datetime) -> Letter:
    """One message of a step. Its key holds the step and how many before it did not go out."""
    case = plan.case
    quiet = case.policy.outreach.quiet_hours
    keeps = quiet is not None and channel in quiet.applies_to
    return Letter(
        key=f"case:{case.id}:{step.rule}:{number}",
        about=f"case:{case.id}",
        patient_id=case.patient_id,
        program_id=case.program_id,
        channel=channel,
        template=step.template or DEFAULT_TEMPLATE,
        language=case.language,
        not_before=step.due_at,
        expires_at=max(step.expires_at or at + LONGEST_WAIT, at + timedelta(seconds=1)),
        quiet=(quiet.from_at, quiet.until_at) if keeps and quiet is not None else None,
    )


def _insert_turns(plans: Iterable[Plan], by: Actor, at: datetime) -> None:
    insert_rows(
        CaseEvent,
        ("at", "by", "case", "patient", "turn", "reason"),
        [
            (at, str(by), plan.case.id, plan.case.patient_id, turn, reason)
            for plan in plans
            for turn, reason in plan.turns
        ],
    )


def _update_cases(plans: Sequence[Plan], owners: Owners, by: Actor, at: datetime) -> None:
    execute(UPDATE_CASES, [at, str(by), as_json(CASE_COLUMNS, [_case_row(plan, owners) for plan in plans])])


def _case_row(plan: Plan, owners: Owners) -> tuple[Any, ...]:
    case = plan.case
    session = int(case.session.id)
    return (
        case.id,
        plan.state.value,
        plan.final_outcome,
        plan.stopped_at,
        plan.stopping,
        plan.elevated,
        plan.next_step,
        plan.next_due_at,
        plan.next_look_at,
        plan.first_attempt_by,
        plan.first_attempt_at,
        case.owner_id or owners.of_case(patient=case.patient_id, session=session, program=case.program_id),
    )
