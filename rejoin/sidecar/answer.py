"""From decisions to the shapes of the report."""

from collections.abc import Sequence

from rejoin.domain.attendance import Outcome, Session, Status
from rejoin.domain.kernel import Reason
from rejoin.domain.policy import Policy
from rejoin.domain.policy.history import missed
from rejoin.domain.policy.hours import BillingState, DayBilling, WeekHours
from rejoin.domain.policy.ladder import Case as DecidedCase
from rejoin.domain.policy.ladder import Step as DecidedStep
from rejoin.domain.policy.requirements import Progress
from rejoin.domain.policy.triggers import Firing
from rejoin.sidecar.report import Because, Billing, Case, FirstAttempt, Requirement, Seat, Step, Trigger, Week


def tell_because(because: Sequence[Reason]) -> list[Because]:
    return [{"rule": each.rule, "text": each.text, "cite": each.cite} for each in because]


def tell_seat(
    session: Session, outcome: Outcome, *, patient_id: str, billing: DayBilling, policy: Policy
) -> Seat:
    """One seat of the report."""
    return {
        "session_id": session.id,
        "patient_id": patient_id,
        "status": outcome.status,
        "computed": outcome.computed,
        "attested": outcome.attested,
        "minutes": outcome.minutes,
        "first_join": outcome.first_join,
        "last_leave": outcome.last_leave,
        "flags": sorted(outcome.flags) if outcome.flags else [],
        "intervals": [[span.start, span.end] for span in outcome.intervals],
        "counts_as": {
            "attended": outcome.status is Status.ATTENDED,
            "missed": missed(outcome),
            "hours_minutes": billing.minutes,
        },
        "per_day_billable": billing.state is BillingState.BILLABLE,
        "because": tell_because(outcome.because),
        "reason": outcome.reason,
        "provisional": outcome.provisional,
        "billing": _tell_billing(billing, policy),
    }


def _tell_billing(billing: DayBilling, policy: Policy) -> Billing:
    return {
        "state": billing.state,
        "day_minutes": billing.day_minutes,
        "required_minutes": policy.billing.per_day_minutes,
    }


def tell_case(case: DecidedCase, *, patient_id: str) -> Case:
    first = case.first_attempt
    told: FirstAttempt | None = None
    if first is not None:
        told = {"by": first.by, "state": first.state, "at": first.at}
    return {
        "patient_id": patient_id,
        "session_id": case.session.id,
        "path": "elevated" if case.elevated else "standard",
        "opened_at": case.opened_at,
        "state": "open" if case.closed_at is None else "closed",
        "closed_at": case.closed_at,
        "closed_reason": case.closing,
        "steps": [_tell_step(step) for step in case.steps],
        "first_attempt": told,
        "next": case.next_step,
        "because": tell_because(case.because),
    }


def _tell_step(step: DecidedStep) -> Step:
    return {
        "id": step.rule.id,
        "actor": step.rule.actor,
        "to": step.rule.to,
        "channels": list(step.channels),
        "due_at": step.due_at,
        "deadline": step.deadline,
        "state": step.state,
        "done_at": step.done.at if step.done is not None else None,
        "outcome": step.done.outcome if step.done is not None else None,
        "because": tell_because(step.because),
    }


def tell_trigger(firing: Firing, *, patient_id: str) -> Trigger:
    return {
        "patient_id": patient_id,
        "id": firing.rule.id,
        "then": firing.rule.then,
        "decided_by": firing.rule.decided_by,
        "fired_at": firing.fired_at,
        "sessions": list(firing.sessions),
        "state": firing.state,
        "because": tell_because(firing.because),
    }


def tell_week(week: WeekHours, *, patient_id: str) -> Week:
    return {
        "patient_id": patient_id,
        "week_of": week.week_of.isoformat(),
        "scheduled_minutes": week.scheduled,
        "delivered_minutes": week.delivered,
        "countable_minutes": week.countable,
        "below_minimum": week.below_minimum,
        "cancelled_minutes": week.cancelled,
        "unknown_sessions": week.unknown,
        "minimum_minutes": week.minimum,
        "complete": week.complete,
    }


def tell_requirement(progress: Progress, *, patient_id: str) -> Requirement:
    return {
        "patient_id": patient_id,
        "id": progress.rule.id,
        "party": progress.rule.party,
        "needed": progress.needed,
        "done": progress.done,
        "due_on": progress.due_on.isoformat() if progress.due_on is not None else None,
        "state": progress.state,
        "because": tell_because(progress.because),
    }
