"""What a missed session means to her: that she is wanted, what she can do, and what happens next under her policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.domain.policy import Policy
from rejoin.domain.policy.document import SYSTEM, Recipient, StepRule
from rejoin.followup.vocabulary import CaseState, Origin
from rejoin.makeups.links import makeup_path
from rejoin.portal.door import Herself
from rejoin.portal.present.cannot import Absence, Told, excused_words, read_absence, told_of
from rejoin.portal.present.catching_up import CatchUp
from rejoin.portal.present.picked import left_of, minutes_left, picked
from rejoin.portal.telling import reasons_for, rule_of
from rejoin.portal.words import ways

# Of all that is planned she is told of one thing: that a person tries to reach her, who, and by when. What she answered
# about harming herself comes first, whichever of her cases it is told in.
CASE: Final = f"""
SELECT "case".id, "case".seat_id, "case".state, "case".promised_at, "case".next_step, "case".next_due_at,
       (SELECT debt.ref FROM makeups_debt AS debt WHERE debt.seat_id = "case".seat_id AND EXISTS (
            SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = debt.seat_id AND entry.account <> 'billing'
             GROUP BY entry.account HAVING sum(entry.amount) > 0)),
       calls.by, calls.name, {picked('"case".seat_id')}, {left_of('"case".seat_id')},
       rejoin_is_a_miss("case".seat_id), concern.asked, concern.by
  FROM followup_case AS "case" LEFT JOIN LATERAL (
        SELECT coalesce(step.deadline, step.due_at) AS by, coalesce(staff.name, '') AS name
          FROM followup_step AS step LEFT JOIN people_staff AS staff ON staff.id = step.owner_id
         WHERE step.case_id = "case".id AND step.ended_at IS NULL AND step."to" = 'patient' AND step.origin = %s
           AND step.actor <> %s AND step.channels && ARRAY['phone', 'video']::varchar[]
         ORDER BY 1 LIMIT 1) AS calls ON true
 CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS asked, min(coalesce(step.deadline, step.due_at)) AS by FROM followup_step AS step
         WHERE step.patient_id = "case".patient_id AND step.ended_at IS NULL AND step.origin = %s) AS concern
 WHERE "case".patient_id = %s AND "case".ref = %s
"""  # noqa: S608 - our own words
BY_VOICE: Final = frozenset({"phone", "video"})


class OpenCase(NamedTuple):
    """What she may know of it."""

    id: int
    seat_id: int
    state: str
    promised_at: datetime | None
    next_step: str
    next_due_at: datetime | None
    debt: UUID | None
    call_by: datetime | None
    caller: str
    picked: bool
    left: list[int]
    is_miss: bool
    """By the policy of that day; a case that only an answer of hers opened, or of a miss that was none, is not."""
    concern: bool
    """Somebody is asked to call her, because of what she answered."""
    concern_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The page."""

    called: str
    when: str
    starts_at: datetime
    covered: str
    catch_up: CatchUp | None
    make_up: str
    picked: bool
    rest: str
    """It is made up, and only minutes are left: how many; ""."""
    is_over: bool
    """The case is closed: nobody tells her any more why it matters."""
    next_for_us: str
    promised: str
    told: Told | None
    excused: str
    """That her program accepts what she told us."""
    reasons: tuple[tuple[str, str], ...]


def read_case(herself: Herself, ref: UUID) -> tuple[OpenCase, Absence] | None:
    """Behind her door; None: it is no case of hers, or her seat there is not hers any more."""
    rows = select(
        CASE, [herself.at, Origin.LADDER.value, SYSTEM, Origin.CONCERN.value, herself.patient.pk, ref]
    )
    if not rows:
        return None
    case = OpenCase._make(rows[0])
    absence = read_absence(herself.patient.pk, case.seat_id)
    return (case, absence) if absence else None


def present_missed(
    case: OpenCase, absence: Absence, policy: Policy | None, catch_ups: Iterable[CatchUp], herself: Herself
) -> Missed:
    """In her language."""
    say, zone, session = herself.say, herself.zone, absence.session
    catch_up = next((each for each in catch_ups if each.seat_id == case.seat_id), None)
    return Missed(
        called=absence.group or say.kinds.get(session.kind, say.a_session),
        when=say.session_on(session.starts_at, session.ends_at, zone),
        starts_at=session.starts_at,
        covered=say.covered(catch_up.title) if catch_up else "",
        catch_up=catch_up,
        make_up=makeup_path(case.debt) if case.debt else "",
        picked=case.picked,
        rest=ways.words_in(say.language).hours_left(minutes) if (minutes := minutes_left(case.left)) else "",
        is_over=case.state == CaseState.CLOSED,
        next_for_us=_next(case, policy, herself),
        promised=say.promised(case.promised_at, zone) if case.promised_at else "",
        told=told_of(absence.why, say) if absence.told else None,
        excused=excused_words(absence, policy, say),
        reasons=tuple(
            (each.value, say.reasons[each]) for each in reasons_for(rule_of(policy, session.starts_at))
        ),
    )


def _next(case: OpenCase, policy: Policy | None, herself: Herself) -> str:
    """One sentence: who tries to reach her, and by when; or that nobody has to any more."""
    say, now, zone = herself.say, herself.at, herself.zone
    if case.concern:
        return say.asked_to_call(case.concern_by, now, zone)
    if case.state == CaseState.CLOSED:
        return say.closed
    if case.state == CaseState.STOPPED:
        return say.heard_from_you
    rungs = _from(policy, case.next_step) if policy is not None and case.next_step else ()
    is_near = bool(rungs) and _is_call(rungs[0])
    if case.call_by is None and not any(_is_call(each) for each in rungs):
        return say.no_call_planned
    who, by = (case.caller, case.call_by) if case.call_by else ("", case.next_due_at if is_near else None)
    return say.may_still_call(who) if case.picked else say.will_call(who, by, now, zone)


def _from(policy: Policy, rung: str) -> tuple[StepRule, ...]:
    """That rung of the ladder, and those after it; none where it is no rung."""
    for ladder in (policy.outreach.standard, policy.outreach.elevated):
        ids = [each.id for each in ladder]
        if rung in ids:
            return ladder[ids.index(rung) :]
    return ()


def _is_call(rule: StepRule) -> bool:
    """Whether it is a person who calls her."""
    return rule.actor != SYSTEM and rule.to is Recipient.PATIENT and bool(BY_VOICE & set(rule.channels))
