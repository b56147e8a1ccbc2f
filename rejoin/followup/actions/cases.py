"""What people do on a case. Whoever acts is named, and nothing here is done by the engine."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, ActorKind
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Refusal
from rejoin.domain.policy.document import CHANNELS, HUMAN_CHANNELS, SYSTEM
from rejoin.followup.actions.asking import holds_any_role, may_dispose, refuse_machine, say_turn
from rejoin.followup.models import (
    PROMISED_WITHIN,
    Attempt,
    Case,
    Disposition,
    PromisedReturn,
    Step,
)
from rejoin.followup.staleness import hold_case
from rejoin.followup.vocabulary import (
    AttemptOutcome,
    CaseState,
    CaseTurn,
    FinalOutcome,
    Origin,
    SafetyResult,
    StepState,
)
from rejoin.outreach.models import Message, Reply, ReplyReading
from rejoin.outreach.outbox import Move, cancel_messages, move_messages
from rejoin.outreach.vocabulary import MessageState
from rejoin.people.models import Consent, Contact, Staff
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.programs.vocabulary import Role

BY_A_PERSON = (
    FinalOutcome.MADE_UP,
    FinalOutcome.TRANSFERRED,
    FinalOutcome.HOSPITALISED,
    FinalOutcome.REFUSED,
    FinalOutcome.LOST,
    FinalOutcome.DIED,
    FinalOutcome.OTHER,
)
"""Endings only a person can know. The others come about from facts."""
TELLING = {
    Relation.GUARDIAN.value: (Purpose.ATTENDANCE.value, Purpose.SCHEDULING.value),
    Relation.EMERGENCY_CONTACT.value: (Purpose.SAFETY.value, Purpose.ATTENDANCE.value),
}
"""What a consent has to be for before somebody is told that she is missing (42 CFR 2.31(a)(5))."""
BACKDATED_AT_MOST = timedelta(days=7)
HERSELF = "patient"


@action("followup.record_attempt")
def record_attempt(  # noqa: PLR0913 - an attempt is what it is
    *,
    case: Case,
    outcome: AttemptOutcome,
    channel: str | None = None,
    made_at: datetime | None = None,
    step: Step | None = None,
    contact: Contact | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Attempt:
    """Write down that somebody tried. Only "contact" with the patient herself stops the ladder.

    Somebody else who was told is named, with her consent to it. Somebody else who answered and was told nothing
    is no answer of hers. A step and an outcome are enough: then it was the step's first channel, and now.
    """
    hold_case(case, seen)
    tried_at = made_at or at
    channel = channel or _channel_of(step)
    to = contact.relation if contact else HERSELF
    _refuse_odd_attempt(channel, tried_at, at)
    _refuse_odd_step(case, step, to)
    if outcome is AttemptOutcome.MESSAGE_SENT and by.kind is ActorKind.SYSTEM:
        raise Refusal("attempt.system", "The system's messages write themselves down.")
    if contact is not None and outcome is AttemptOutcome.CONTACT:
        outcome = AttemptOutcome.CAREGIVER_REACHED  # an answer of somebody else is no contact with her
    if contact is None and outcome is AttemptOutcome.CAREGIVER_REACHED:
        raise Refusal(
            "attempt.caregiver",
            "Name the contact who was told. If somebody else answered and was told nothing, that is no answer.",
        )
    attempt = Attempt.objects.create(
        case=case,
        patient_id=case.patient_id,
        step=step,
        made_at=tried_at,
        channel=channel,
        outcome=outcome.value,
        to=to,
        consent=_consent_to_tell(contact, case, tried_at) if contact else None,
        at=at,
        by=str(by),
    )
    _end_step(step, StepState.DONE, by, at)
    if by.kind is not ActorKind.SYSTEM:
        say_turn(case, CaseTurn.ATTEMPTED, outcome.value, by=by, at=at)
    _tell("followup.record_attempt", case, by, at, reason=outcome.value)
    return attempt


@action("followup.promise")
def record_promise(
    *, case: Case, promised_at: datetime, seen: int | None = None, by: Actor, at: datetime
) -> PromisedReturn:
    """She said when she will be back. A later promise stands in the place of an earlier one."""
    hold_case(case, seen)
    _refuse_closed(case)
    if promised_at <= at:
        raise Refusal("promise.past", "A promised return lies ahead.")
    if promised_at - at > PROMISED_WITHIN:
        raise Refusal("promise.far", "A promised return lies within a year.")
    promise = PromisedReturn.objects.create(
        case=case, patient_id=case.patient_id, promised_at=promised_at, at=at, by=str(by)
    )
    execute("UPDATE followup_case SET promised_at = %s WHERE id = %s", [promised_at, case.pk])
    say_turn(case, CaseTurn.PROMISED, by=by, at=at)
    _tell("followup.promise", case, by, at)
    return promise


@action("followup.dispose")
def record_disposition(
    *,
    case: Case,
    clinician: Staff,
    result: SafetyResult,
    instrument: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Disposition:
    """What a licensed clinician found. Nobody else, and no software, can say it."""
    hold_case(case, seen)
    if by.staff_id != clinician.pk:
        raise Refusal("disposition.own", "A clinician signs her own finding.")
    if not may_dispose(clinician, case.program, at):
        raise Refusal(
            "disposition.licence", "This needs a clinician of the program with a licence that is valid."
        )
    disposition = Disposition.objects.create(
        case=case,
        patient_id=case.patient_id,
        clinician=clinician,
        result=result.value,
        instrument=instrument,
        at=at,
        by=str(by),
    )
    steps = Step.objects.filter(case=case).to_do()
    ended = {"ended_at": at, "ended_by": str(by)}
    steps.filter(origin=Origin.CONCERN.value).update(state=StepState.DONE.value, **ended)
    steps.filter(rule__startswith="escalation:concern:").update(state=StepState.CANCELLED.value, **ended)
    say_turn(case, CaseTurn.DISPOSED, result.value, by=by, at=at)
    _tell("followup.dispose", case, by, at)
    return disposition


@action("followup.close")
def close_case(
    *, case: Case, outcome: FinalOutcome, seen: int | None = None, by: Actor, at: datetime
) -> None:
    """End a case as a person knows it ended. An elevated one needs its disposition first."""
    if outcome not in BY_A_PERSON:
        raise Refusal("case.by_fact", "This ending comes about by itself, from attendance or the roster.")
    refuse_machine(by)
    held = hold_case(case, seen)
    _refuse_closed(held)
    waits = Step.objects.filter(case=case, origin=Origin.CONCERN.value).to_do().exists()
    if waits or (held.elevated and not held.dispositions.exists()):
        raise Refusal("case.disposition", "A clinician has to say how she is before this case can end.")
    stopped_at = held.stopped_at or at
    execute(
        "UPDATE followup_case SET state = 'closed', final_outcome = %s, closed_at = %s, closed_by = %s, "
        "stopped_at = %s, next_look_at = NULL, next_step = '', next_due_at = NULL WHERE id = %s",
        [outcome.value, at, str(by), stopped_at, case.pk],
    )
    Step.objects.filter(case=case).to_do().exclude(origin=Origin.REPLY.value).update(
        state=StepState.CANCELLED.value, ended_at=at, ended_by=str(by)
    )
    cancel_messages([f"case:{case.pk}"], by=by, at=at)
    say_turn(case, CaseTurn.CLOSED, outcome.value, by=by, at=at)
    _tell("followup.close", case, by, at, reason=outcome.value)


@action("followup.give")
def give_case(*, case: Case, owner: Staff, seen: int | None = None, by: Actor, at: datetime) -> None:
    """Hand a case and its open steps of the same owner to somebody of the program."""
    held = hold_case(case, seen)
    _refuse_closed(case)
    if not holds_any_role(case.program_id, owner, at):
        raise Refusal("case.owner", "A case goes to somebody who works in its program.")
    Step.objects.filter(case=case, owner=held.owner_id).exclude(owner=None).to_do().update(owner=owner)
    Case.objects.filter(pk=case.pk).update(owner=owner)
    say_turn(case, CaseTurn.GIVEN, by=by, at=at)
    _tell("followup.give", case, by, at)


@action("followup.see_to")
def see_to_step(*, step: Step, seen: int | None = None, by: Actor, at: datetime) -> None:
    """Done with a step that is no attempt: an escalation seen to, a failed message looked into."""
    hold_case(step.case, seen)
    step.refresh_from_db(fields=["state", "ended_at"])
    if step.origin in (Origin.LADDER.value, Origin.DISPOSITION.value, Origin.CONCERN.value):
        raise Refusal(
            "step.ladder", "A rung of the ladder ends with an attempt, or with a clinician's finding."
        )
    if step.origin == Origin.UNKNOWN_SEND.value:
        raise Refusal("step.unknown", "Say whether the message went out.")
    if step.ended_at is not None:
        raise Refusal("step.ended", "Somebody has seen to this already.")
    _end_step(step, StepState.DONE, by, at)
    _wake(step.case_id, at)
    say_turn(step.case, CaseTurn.SEEN_TO, step.origin, by=by, at=at)
    _tell("followup.see_to", step.case, by, at, reason=step.origin)


@action("followup.settle_unknown")
def settle_unknown(*, step: Step, went_out: bool, seen: int | None = None, by: Actor, at: datetime) -> None:
    """A person has found out whether a message went out whose answer was lost."""
    refuse_machine(by)
    hold_case(step.case, seen)
    step.refresh_from_db(fields=["state", "ended_at"])
    rule = step.rule.removeprefix("unknown_send:")
    if step.origin != Origin.UNKNOWN_SEND.value or step.ended_at is not None:
        raise Refusal("step.not_unknown", "Nothing is unknown here any more.")
    unsure = Message.objects.filter(
        key__startswith=f"case:{step.case_id}:{rule}:", state=MessageState.UNKNOWN.value
    ).order_by("-id")
    state = MessageState.SENT if went_out else MessageState.FAILED
    move_messages([Move(each.pk, state, "" if went_out else "found_out") for each in unsure], by=by, at=at)
    _end_step(step, StepState.DONE, by, at)
    say_turn(step.case, CaseTurn.FOUND_OUT, state.value, by=by, at=at)
    _tell("followup.settle_unknown", step.case, by, at, reason=state.value)


def _channel_of(step: Step | None) -> str:
    """How a person most likely took the step."""
    named = [each for each in (step.channels if step else ()) if each in HUMAN_CHANNELS]
    return named[0] if named else HUMAN_CHANNELS[0]


def _refuse_odd_attempt(channel: str, made_at: datetime, at: datetime) -> None:
    if channel not in CHANNELS:
        raise Refusal("attempt.channel", "This is no way of reaching anybody that the policy knows.")
    if made_at > at or made_at < at - BACKDATED_AT_MOST:
        raise Refusal(
            "attempt.time", "An attempt is written down within a week of being made, and never ahead."
        )


def _refuse_odd_step(case: Case, step: Step | None, to: str) -> None:
    """An attempt ends a step that is a person's, of this case, and towards whoever was tried."""
    if step is None:
        return
    if step.case_id != case.pk:
        raise Refusal("attempt.step", "This step belongs to another case.")
    if step.actor == SYSTEM:
        raise Refusal("attempt.system", "This step is a message of the system's.")
    if step.actor == Role.CLINICIAN.value or step.origin == Origin.CONCERN.value:
        raise Refusal("attempt.clinician", "This step ends with a clinician's finding.")
    if step.to not in (HERSELF, to):
        raise Refusal("attempt.to", "This step is towards somebody else: name the contact who was tried.")


def _consent_to_tell(contact: Contact, case: Case, at: datetime) -> Consent:
    """The live consent that lets `contact` be told; refused where there is none."""
    if contact.patient_id != case.patient_id:
        raise Refusal("attempt.contact", "This contact is another patient's.")
    said: dict[tuple[str, str], Consent] = {}
    for each in Consent.objects.filter(contact=contact, at__lte=at).order_by("at", "granted", "id"):
        said[each.purpose, each.channel] = each
    live: Iterable[Consent] = (
        each
        for each in said.values()
        if each.granted
        and each.purpose in TELLING.get(contact.relation, ())
        and (each.until_at is None or each.until_at > at)
    )
    found = next(iter(live), None)
    if found is None or (contact.retired_at is not None and contact.retired_at <= at):
        raise Refusal(
            "attempt.consent", "She has not agreed that this person is told. Nobody may call there."
        )
    return found


def _refuse_closed(case: Case) -> None:
    if select("SELECT state FROM followup_case WHERE id = %s", [case.pk])[0][0] == CaseState.CLOSED:
        raise Refusal("case.closed", "This case has ended.")


def _end_step(step: Step | None, state: StepState, by: Actor, at: datetime) -> None:
    if step is not None and step.origin == Origin.REPLY.value:  # whoever is done with her words has read them
        reply = Reply.objects.get(pk=int(step.rule.removeprefix("reply:")))
        ReplyReading.objects.get_or_create(reply=reply, defaults={"at": at, "by": str(by)})
    if step is not None:
        Step.objects.filter(pk=step.pk, ended_at__isnull=True).update(
            state=state.value, ended_at=at, ended_by=str(by)
        )


def _wake(case_id: int, at: datetime) -> None:
    execute(
        "UPDATE followup_case SET next_look_at = least(next_look_at, %s) WHERE id = %s AND state <> 'closed'",
        [at, case_id],
    )


def _tell(verb: str, case: Case, by: Actor, at: datetime, *, reason: str = "") -> None:
    record(
        verb, f"case:{case.pk}", by=by, at=at, patient=case.patient_id, program=case.program_id, reason=reason
    )
