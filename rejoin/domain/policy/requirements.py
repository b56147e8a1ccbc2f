"""What is owed over a whole stay, and how far it has come. Shown to people; nothing follows by itself."""

from datetime import date, datetime

import msgspec

from rejoin.domain.kernel import Reason, Word, days_later
from rejoin.domain.policy.document import Policy, RequirementRule
from rejoin.domain.policy.history import ABSENT, in_scope
from rejoin.domain.policy.triggers import Stay


class RequirementState(Word):
    MET = "met"
    OPEN = "open"
    OVERDUE = "overdue"
    OWED = "owed"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far one requirement has come. `needed` None: as many as there are absences."""

    rule: RequirementRule
    needed: int
    done: int
    due_on: date | None
    """The program's local day by which it is owed."""
    state: RequirementState
    because: tuple[Reason, ...]


def follow_requirements(stay: Stay, *, policy: Policy, now: datetime) -> list[Progress]:
    """Progress on every requirement of `policy` at `now`."""
    return [
        _follow_attendance(rule, stay, policy, now) if rule.attend else _follow_makeups(rule, stay)
        for rule in policy.requirements
    ]


def _follow_attendance(rule: RequirementRule, stay: Stay, policy: Policy, now: datetime) -> Progress:
    """Sessions attended in scope from the first day on. A guardian's are the family's own seats."""
    due_at = due_on = None
    if rule.within is not None and stay.since is not None:
        due_at = days_later(stay.since, rule.within, policy.timezone)
        due_on = policy.local_day(due_at)
    done = sum(
        record.outcome is not None and record.outcome.status == "attended"
        for record in stay.records
        if in_scope(record.session, rule.scope) and (due_at is None or record.session.starts_at <= due_at)
    )
    needed = rule.attend or 0
    if done >= needed:
        state = RequirementState.MET
    else:
        state = RequirementState.OVERDUE if due_at is not None and now > due_at else RequirementState.OPEN
    text = f"{done} of {needed} attended"
    if rule.party != "patient":
        text += f"; who of the family came is the facilitator's word, asked of the {rule.party}"
    because = Reason(rule=f"requirements.{rule.id}", text=text, cite=rule.cite)
    return Progress(rule=rule, needed=needed, done=done, due_on=due_on, state=state, because=(because,))


def _follow_makeups(rule: RequirementRule, stay: Stay) -> Progress:
    """Every absence has to be made up. Make-ups are not told to triage: none is assumed."""
    owed = sum(record.outcome is not None and record.outcome.status in ABSENT for record in stay.records)
    state = RequirementState.OWED if owed else RequirementState.MET
    text = f"{owed} absences to make up before completion; make-ups already done are not known here"
    because = Reason(rule=f"requirements.{rule.id}", text=text, cite=rule.cite)
    return Progress(rule=rule, needed=owed, done=0, due_on=None, state=state, because=(because,))
