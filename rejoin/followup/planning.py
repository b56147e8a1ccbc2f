"""What to do about a case now. Pure: everything known of it in, a plan out; nothing is done here."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from rejoin.domain.kernel import Reason
from rejoin.domain.policy.document import SYSTEM, StopOn
from rejoin.domain.policy.ladder import Case, CaseFacts, Closing, Step, decide_case
from rejoin.domain.policy.ladder import StepState as Decided
from rejoin.followup.facts import KnownCase, RaisedStep
from rejoin.followup.vocabulary import CaseState, FinalOutcome, Origin, StepState
from rejoin.programs.vocabulary import Role

# A step whose policy gives no deadline is overdue after this long: no rung is without a clock. Ours.
PERSON_HAS = timedelta(hours=24)
MESSAGE_HAS = timedelta(minutes=15)
SUPERVISOR_HAS = timedelta(hours=4)
# "Disposition documented by a licensed clinician" within a day of an elevated miss (domain.md, 2.3).
DISPOSITION_WITHIN = timedelta(hours=24)
# A promised return is kept by joining until this long after the promised start. Ours.
PROMISE_GRACE = timedelta(hours=2)
# Where time ends: whatever is written there, its grace still fits.
LAST_PROMISE = datetime(9999, 1, 1, tzinfo=UTC)
# A message about a session that is over goes out within this time of its due instant, or never. Ours.
STALE_AFTER = timedelta(hours=12)
ENGINES = "system:"
ESCALATES = "escalation:"
OUTLIVING = (Origin.APOLOGY, Origin.REPLY, Origin.ESCALATION, Origin.MAKE_UP, Origin.CONCERN)
"""What does not end with the case: words are read and amends made all the same. An escalation ends with its step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step to put on somebody's list, or to write down as it ended."""

    rule: str
    origin: Origin
    actor: str
    due_at: datetime
    deadline: datetime | None
    channels: tuple[str, ...] = ()
    to: str = "patient"
    state: StepState = StepState.DUE
    because: tuple[Reason, ...] = ()
    template: str = ""
    """Of the message a system step sends."""
    expires_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Plan:
    """What changes about one case, and when to look at it again."""

    case: KnownCase
    state: CaseState
    final_outcome: str
    stopped_at: datetime | None
    stopping: str
    elevated: bool
    new: list[NewStep] = field(default_factory=list)
    ended: list[tuple[RaisedStep, StepState]] = field(default_factory=list)
    renewed: list[tuple[RaisedStep, NewStep]] = field(default_factory=list)
    turns: list[tuple[str, str]] = field(default_factory=list)
    """What happened to the case itself, and why."""
    next_step: str = ""
    next_due_at: datetime | None = None
    next_look_at: datetime | None = None
    first_attempt_by: datetime | None = None
    first_attempt_at: datetime | None = None

    @property
    def stops_messages(self) -> bool:
        return self.state is not CaseState.OPEN


def plan_case(case: KnownCase, *, now: datetime) -> Plan:
    """Everything the policy and the house ask for about `case` at `now`."""
    decided = decide_case(_facts(case), policy=case.policy, now=now)
    plan = _standing(case, decided, now)
    if decided is not None and decided.first_attempt is not None:
        plan.first_attempt_by, plan.first_attempt_at = decided.first_attempt.by, decided.first_attempt.at
    if _ended_by_somebody(case):
        return plan  # a person has ended it: only a person opens it again
    _say_turns(plan)
    if decided is not None:
        _plan_ladder(plan, decided, now)
    _plan_disposition(plan, now)
    _end_what_left_the_ladder(plan, decided)
    _plan_apology(plan, now)
    _plan_escalations(plan, now)
    _plan_next(plan, decided, now)
    return plan


def _ended_by_somebody(case: KnownCase) -> bool:
    return case.state is CaseState.CLOSED and not case.closed_by.startswith(ENGINES)


def _facts(case: KnownCase) -> CaseFacts:
    return CaseFacts(
        session=case.session,
        outcome=case.outcome,
        reach=case.reach,
        attempts=case.attempts,
        returned_at=case.returned_at,
        left_at=case.left_at,
    )


def _standing(case: KnownCase, decided: Case | None, now: datetime) -> Plan:
    """Where the case stands. What is said of her after it has ended makes it no graver."""
    plan = _by_facts(case, decided, now, elevated=case.elevated)
    still_ended = plan.state is CaseState.CLOSED and case.state is CaseState.CLOSED
    if case.elevated or still_ended or decided is None or not decided.elevated:
        return _kept_for_concern(plan)
    return _kept_for_concern(_by_facts(case, decided, now, elevated=True))


def _kept_for_concern(plan: Plan) -> Plan:
    """An answer of hers asks for a clinician: until she has said how she is, no fact ends the case."""
    if plan.state is CaseState.CLOSED and not _ended_by_somebody(plan.case) and _concern_of(plan.case):
        plan.state, plan.final_outcome = CaseState.STOPPED, ""
    return plan


def _concern_of(case: KnownCase) -> bool:
    return any(each.open and each.origin is Origin.CONCERN for each in case.steps.values())


def _by_facts(case: KnownCase, decided: Case | None, now: datetime, *, elevated: bool) -> Plan:
    """Whether the case runs, waits or has ended, by the facts alone."""
    plan = Plan(
        case=case, state=CaseState.OPEN, final_outcome="", stopped_at=None, stopping="", elevated=elevated
    )
    is_back = _came_back(case)
    if _ended_by_somebody(case):
        plan.state, plan.final_outcome = CaseState.CLOSED, case.final_outcome
        plan.stopped_at, plan.stopping = case.stopped_at, ""
    elif case.released_at is not None and case.released_at <= now:
        _close(plan, FinalOutcome.REVERSED, Closing.REVERSED, case.released_at)
    elif case.outcome.status not in case.policy.outreach.open_on:
        stopping = decided.closing if decided is not None and decided.closing else Closing.REVERSED
        _close(plan, FinalOutcome.REVERSED, stopping, now)
    elif is_back and (case.disposed or not elevated):
        _close(plan, FinalOutcome.BACK, Closing.JOINED, case.returned_at or now)
    elif case.left_at is not None and case.left_at <= now:  # leaving changes nothing of what ended before
        _close(plan, FinalOutcome.LEFT_PROGRAM, Closing.LEFT_PROGRAM, case.left_at)
    elif is_back:  # and a clinician still has to say how she is
        plan.state, plan.stopped_at, plan.stopping = (
            CaseState.STOPPED,
            case.returned_at,
            Closing.JOINED.value,
        )
    elif decided is not None and decided.closed_at is not None and decided.closing is not None:
        plan.state, plan.stopped_at, plan.stopping = (
            CaseState.STOPPED,
            decided.closed_at,
            decided.closing.value,
        )
    return plan


def _came_back(case: KnownCase) -> bool:
    """She joined a later session of the same stay, and the policy takes that for an answer."""
    if case.returned_at is None or StopOn.JOINED not in case.policy.outreach.stop_on:
        return False
    return case.left_at is None or case.returned_at <= case.left_at


def _close(plan: Plan, outcome: FinalOutcome, stopping: Closing, at: datetime) -> None:
    """What has ended in this way already stays ended since then."""
    since = plan.case.stopped_at if plan.case.final_outcome == outcome else None
    plan.state, plan.final_outcome = CaseState.CLOSED, outcome.value
    plan.stopped_at, plan.stopping = since or at, stopping.value


def _say_turns(plan: Plan) -> None:
    case = plan.case
    if plan.elevated and not case.elevated:
        plan.turns.append(("elevated", ""))
    if (plan.state, plan.final_outcome) == (case.state, case.final_outcome):
        return
    if plan.state is CaseState.OPEN:
        plan.turns.append(("reopened", ""))
    elif plan.state is CaseState.STOPPED:
        plan.turns.append(("stopped", plan.stopping))
    else:
        plan.turns.append(("closed", plan.final_outcome))


def _plan_ladder(plan: Plan, decided: Case, now: datetime) -> None:
    """The rungs that are due, done or not to be taken any more."""
    stopped = plan.state is not CaseState.OPEN
    for step in decided.steps:
        raised = plan.case.steps.get(step.rule.id)
        if step.rule.actor == Role.CLINICIAN.value and plan.case.disposed:
            if raised is not None and raised.open:
                plan.ended.append((raised, StepState.DONE))
        elif step.state is Decided.DONE:
            _plan_done(plan, step, raised)
        elif stopped or step.state is Decided.CANCELLED:
            if raised is not None and raised.open:
                plan.ended.append((raised, StepState.CANCELLED))
        elif step.due_at <= now:
            _plan_due(plan, step, raised, now)


def _plan_done(plan: Plan, step: Step, raised: RaisedStep | None) -> None:
    if raised is None:
        plan.new.append(_new(step, plan.case, StepState.DONE))
    elif raised.state not in (StepState.DONE, StepState.FAILED):  # a text that left may fail on its way
        plan.ended.append((raised, StepState.DONE))


def _plan_due(plan: Plan, step: Step, raised: RaisedStep | None, now: datetime) -> None:
    withheld = step.state is Decided.SUPPRESSED
    if step.rule.actor == SYSTEM and plan.case.awaits_reading:
        return  # she has written: until somebody has read it, the system says nothing more
    fresh = _new(step, plan.case, StepState.SUPPRESSED if withheld else StepState.DUE)
    if fresh.actor == SYSTEM:  # a message begins to be late when it is asked for
        fresh = replace(fresh, deadline=max(fresh.deadline or now, now + MESSAGE_HAS))
    if fresh.actor == SYSTEM and not withheld and fresh.expires_at is not None and fresh.expires_at <= now:
        why = Reason(rule="house.stale", text="its moment has passed: it was not sent")
        fresh = _new(step, plan.case, StepState.FAILED, also=(why,))
    if raised is None:
        plan.new.append(fresh)
    elif withheld:
        if raised.open and raised.actor != SYSTEM:
            plan.ended.append((raised, StepState.SUPPRESSED))
    elif raised.state in (StepState.CANCELLED, StepState.SUPPRESSED) and fresh.state is StepState.DUE:
        plan.renewed.append((raised, fresh))


def _new(step: Step, case: KnownCase, state: StepState, *, also: tuple[Reason, ...] = ()) -> NewStep:
    rule = step.rule
    has = MESSAGE_HAS if rule.actor == SYSTEM else PERSON_HAS
    ends = case.session.ends_at
    return NewStep(
        rule=rule.id,
        origin=Origin.LADDER,
        actor=rule.actor,
        due_at=step.due_at,
        deadline=step.deadline or step.due_at + has,
        channels=step.channels,
        to=rule.to.value,
        state=state,
        because=(*step.because, *also),
        template=rule.template or "",
        expires_at=ends if step.due_at < ends else step.due_at + STALE_AFTER,
    )


def _end_what_left_the_ladder(plan: Plan, decided: Case | None) -> None:
    """A path that was left (standard for elevated) or a case that ended takes its open steps along."""
    rungs = {step.rule.id for step in decided.steps} if decided is not None else set()
    closed = plan.state is CaseState.CLOSED
    ending = {raised.rule for raised, _ in plan.ended}
    for raised in plan.case.steps.values():
        if not raised.open or raised.rule in ending:
            continue
        left = raised.origin is Origin.LADDER and raised.rule not in rungs
        if left or (closed and raised.origin not in OUTLIVING):
            plan.ended.append((raised, StepState.CANCELLED))


def _plan_disposition(plan: Plan, now: datetime) -> None:
    """After an elevated miss a clinician says how she is, whether the ladder ran to its end or not."""
    case = plan.case
    raised = case.steps.get("safety:disposition")
    if case.disposed or not plan.elevated or plan.state is CaseState.CLOSED:
        if raised is not None and raised.open and case.disposed:
            _end(plan, raised, StepState.DONE)
        return
    by_ladder = (
        any(rule.actor == Role.CLINICIAN.value for rule in case.policy.outreach.elevated)
        and plan.state is CaseState.OPEN
    )
    asked = by_ladder or _concern_of(case)
    if not asked and (raised is None or raised.state is StepState.CANCELLED):
        fresh = NewStep(
            rule="safety:disposition",
            origin=Origin.DISPOSITION,
            actor=Role.CLINICIAN.value,
            due_at=now,
            deadline=max(case.session.starts_at + DISPOSITION_WITHIN, now + timedelta(minutes=30)),
            channels=("phone", "video", "in_person"),
        )
        _raise(plan, raised, fresh)


def _plan_apology(plan: Plan, now: datetime) -> None:
    """Somebody was told she was missed, and she was not: a person says sorry. Not if she was, after all."""
    case = plan.case
    raised = case.steps.get("apology")
    if plan.final_outcome != FinalOutcome.REVERSED:
        if raised is not None and raised.open:
            _end(plan, raised, StepState.CANCELLED)
        return
    news = ("closed", FinalOutcome.REVERSED.value) in plan.turns
    late_news = news and now >= case.session.ends_at
    unsaid = raised is None or raised.state is StepState.CANCELLED
    if late_news and (case.went_out or case.attempts) and unsaid:
        fresh = NewStep(
            rule="apology",
            origin=Origin.APOLOGY,
            actor=Role.COORDINATOR.value,
            due_at=now,
            deadline=now + PERSON_HAS,
            channels=("phone", "secure_message"),
        )
        _raise(plan, raised, fresh)


def _plan_escalations(plan: Plan, now: datetime) -> None:
    """The supervisor's clock: what was not done by its deadline is hers to see, by itself."""
    todo = {each.rule: each for each in _open_after(plan)}
    for raised in plan.case.steps.values():
        settled = raised.rule.removeprefix(ESCALATES) not in todo
        if raised.origin is Origin.ESCALATION and raised.rule in todo and settled:
            plan.ended.append((raised, StepState.CANCELLED))
    for rule, each in todo.items():
        late = each.deadline is not None and each.deadline < now and each.origin is not Origin.ESCALATION
        known = plan.case.steps.get(f"{ESCALATES}{rule}")
        if late and (known is None or known.state is StepState.CANCELLED):
            fresh = NewStep(
                rule=f"{ESCALATES}{rule}",
                origin=Origin.ESCALATION,
                actor=Role.SUPERVISOR.value,
                due_at=now,
                deadline=now + SUPERVISOR_HAS,
                because=(Reason(rule="house.deadline", text="not done by its deadline"),),
            )
            _raise(plan, known, fresh)


def _plan_next(plan: Plan, decided: Case | None, now: datetime) -> None:
    """What comes next by the clock, and the next instant at which the clock alone changes anything."""
    waiting = [(step.due_at, step.rule.id) for step in _upcoming(plan, decided, now)]
    todo = [(each.due_at, each.rule) for each in _open_after(plan)]
    plan.next_due_at, plan.next_step = min([*todo, *waiting], default=(None, ""))
    looks = [due_at for due_at, _ in waiting]
    looks += [
        each.deadline + timedelta(seconds=1)
        for each in _open_after(plan)
        if each.deadline is not None and each.origin is not Origin.ESCALATION
    ]
    case = plan.case
    if case.promised_at is not None and plan.state is not CaseState.CLOSED:
        looks.append(min(case.promised_at, LAST_PROMISE) + PROMISE_GRACE + timedelta(seconds=1))
    looks += [each for each in (case.left_at, case.returned_at) if each is not None]
    plan.next_look_at = min((each for each in looks if each > now), default=None)


def _upcoming(plan: Plan, decided: Case | None, now: datetime) -> Iterator[Step]:
    if decided is None or plan.state is not CaseState.OPEN:
        return
    for step in decided.steps:
        said = step.rule.actor == Role.CLINICIAN.value and plan.case.disposed
        if step.due_at > now and step.state not in (Decided.DONE, Decided.CANCELLED) and not said:
            yield step


def _open_after(plan: Plan) -> list[NewStep | RaisedStep]:
    """The steps that are on somebody's list once the plan is carried out."""
    ended = {raised.rule for raised, _ in plan.ended}
    renewed = {raised.rule for raised, _ in plan.renewed}
    found: list[NewStep | RaisedStep] = [
        each for each in plan.case.steps.values() if each.open and each.rule not in ended
    ]
    found += [each for each in plan.new if each.state is StepState.DUE]
    found += [fresh for raised, fresh in plan.renewed if raised.rule in renewed]
    return found


def _raise(plan: Plan, known: RaisedStep | None, fresh: NewStep) -> None:
    """Put a step on a list, or back on it where it stood there once."""
    if known is None:
        plan.new.append(fresh)
    else:
        plan.renewed.append((known, fresh))


def _end(plan: Plan, raised: RaisedStep, state: StepState) -> None:
    if all(other is not raised for other, _ in plan.ended):
        plan.ended.append((raised, state))
