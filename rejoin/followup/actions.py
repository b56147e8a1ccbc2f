"""What people do on a case. Whoever acts is named, and nothing here is done by the engine."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, ActorKind
from rejoin.common.refusals import refusing
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Refusal, local_day
from rejoin.domain.policy.document import CHANNELS, SYSTEM
from rejoin.followup.models import (
    PROMISED_WITHIN,
    Attempt,
    Case,
    CaseEvent,
    Disposition,
    PromisedReturn,
    Review,
    ReviewEvent,
    Step,
)
from rejoin.followup.vocabulary import (
    AttemptOutcome,
    CaseState,
    FinalOutcome,
    Origin,
    SafetyResult,
    StepState,
)
from rejoin.outreach.models import Message, Reply, ReplyReading
from rejoin.outreach.outbox import Move, cancel_messages, move_messages
from rejoin.outreach.vocabulary import MessageState
from rejoin.people.models import Consent, Contact, Licence, Staff
from rejoin.people.vocabulary import Purpose, Relation
from rejoin.programs.models import StaffRole
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
    channel: str,
    outcome: AttemptOutcome,
    made_at: datetime | None = None,
    step: Step | None = None,
    contact: Contact | None = None,
    by: Actor,
    at: datetime,
) -> Attempt:
    """Write down that somebody tried. Only "contact" with the patient herself stops the ladder.

    Somebody else who was told is named, with her consent to it. Somebody else who answered and was told nothing
    is no answer of hers.
    """
    tried_at = made_at or at
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
    _tell("followup.record_attempt", case, by, at, reason=outcome.value)
    return attempt


@action("followup.promise")
def record_promise(*, case: Case, promised_at: datetime, by: Actor, at: datetime) -> PromisedReturn:
    """She said when she will be back. A later promise stands in the place of an earlier one."""
    _refuse_closed(case)
    if promised_at <= at:
        raise Refusal("promise.past", "A promised return lies ahead.")
    if promised_at - at > PROMISED_WITHIN:
        raise Refusal("promise.far", "A promised return lies within a year.")
    promise = PromisedReturn.objects.create(
        case=case, patient_id=case.patient_id, promised_at=promised_at, at=at, by=str(by)
    )
    execute("UPDATE followup_case SET promised_at = %s WHERE id = %s", [promised_at, case.pk])
    _tell("followup.promise", case, by, at)
    return promise


@action("followup.dispose")
def record_disposition(
    *, case: Case, clinician: Staff, result: SafetyResult, instrument: str = "", by: Actor, at: datetime
) -> Disposition:
    """What a licensed clinician found. Nobody else, and no software, can say it."""
    if by.staff_id != clinician.pk:
        raise Refusal("disposition.own", "A clinician signs her own finding.")
    if not _may_dispose(clinician, case, at):
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
    _tell("followup.dispose", case, by, at)
    return disposition


@action("followup.close")
def close_case(*, case: Case, outcome: FinalOutcome, by: Actor, at: datetime) -> None:
    """End a case as a person knows it ended. An elevated one needs its disposition first."""
    if outcome not in BY_A_PERSON:
        raise Refusal("case.by_fact", "This ending comes about by itself, from attendance or the roster.")
    _refuse_machine(by)
    held = Case.objects.select_for_update().get(pk=case.pk)
    _refuse_closed(held)
    if held.elevated and not held.dispositions.exists():
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
    CaseEvent.objects.create(
        case=case, patient_id=case.patient_id, turn="closed", reason=outcome.value, at=at, by=str(by)
    )
    _tell("followup.close", case, by, at, reason=outcome.value)


@action("followup.give")
def give_case(*, case: Case, owner: Staff, by: Actor, at: datetime) -> None:
    """Hand a case and its open steps of the same owner to somebody of the program."""
    _refuse_closed(case)
    if not _holds_any_role(owner, case, at):
        raise Refusal("case.owner", "A case goes to somebody who works in its program.")
    Step.objects.filter(case=case, owner=case.owner).exclude(owner=None).to_do().update(owner=owner)
    Case.objects.filter(pk=case.pk).update(owner=owner)
    CaseEvent.objects.create(case=case, patient_id=case.patient_id, turn="given", at=at, by=str(by))
    _tell("followup.give", case, by, at)


@action("followup.see_to")
def see_to_step(*, step: Step, by: Actor, at: datetime) -> None:
    """Done with a step that is no attempt: an escalation seen to, a failed message looked into."""
    if step.origin in (Origin.LADDER.value, Origin.DISPOSITION.value):
        raise Refusal(
            "step.ladder", "A rung of the ladder ends with an attempt, or with a clinician's finding."
        )
    if step.origin == Origin.UNKNOWN_SEND.value:
        raise Refusal("step.unknown", "Say whether the message went out.")
    if step.ended_at is not None:
        raise Refusal("step.ended", "Somebody has seen to this already.")
    _end_step(step, StepState.DONE, by, at)
    _wake(step.case_id, at)
    _tell("followup.see_to", step.case, by, at, reason=step.origin)


@action("followup.settle_unknown")
def settle_unknown(*, step: Step, went_out: bool, by: Actor, at: datetime) -> None:
    """A person has found out whether a message went out whose answer was lost."""
    _refuse_machine(by)
    rule = step.rule.removeprefix("unknown_send:")
    if step.origin != Origin.UNKNOWN_SEND.value or step.ended_at is not None:
        raise Refusal("step.not_unknown", "Nothing is unknown here any more.")
    unsure = Message.objects.filter(
        key__startswith=f"case:{step.case_id}:{rule}:", state=MessageState.UNKNOWN.value
    ).order_by("-id")
    state = MessageState.SENT if went_out else MessageState.FAILED
    move_messages([Move(each.pk, state, "" if went_out else "found_out") for each in unsure], by=by, at=at)
    _end_step(step, StepState.DONE, by, at)
    _tell("followup.settle_unknown", step.case, by, at, reason=state.value)


@action("followup.decide_review")
def decide_review(
    *, review: Review, decision: str, follow_up_on: date | None = None, by: Actor, at: datetime
) -> ReviewEvent:
    """What people decided about a pattern, once. The software raised it and decides nothing."""
    _refuse_machine(by)
    if not decision.strip():
        raise Refusal("review.decision", "Say what was decided.")
    Review.objects.select_for_update(no_key=True).get(pk=review.pk)
    decided = ReviewEvent.objects.filter(review=review, turn="decided").first()
    if decided is not None:
        raise Refusal("review.decided", f"{_name_of(decided.by)} has decided this already.")
    with refusing():
        event = ReviewEvent.objects.create(
            review=review,
            patient_id=review.patient_id,
            turn="decided",
            decision=decision.strip(),
            follow_up_on=follow_up_on,
            at=at,
            by=str(by),
        )
    record(
        "followup.decide_review",
        f"review:{review.pk}",
        by=by,
        at=at,
        patient=review.patient_id,
        program=review.program_id,
    )
    return event


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
    if step.actor == Role.CLINICIAN.value:
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


def _may_dispose(clinician: Staff, case: Case, at: datetime) -> bool:
    today = local_day(at, ZoneInfo(case.program.timezone))
    licensed = Licence.objects.filter(staff=clinician, valid__contains=today).exists()
    return (
        licensed and _roles(clinician, case, at).filter(role__in=(Role.CLINICIAN, Role.SUPERVISOR)).exists()
    )


def _holds_any_role(staff: Staff, case: Case, at: datetime) -> bool:
    return _roles(staff, case, at).exists()


def _roles(staff: Staff, case: Case, at: datetime) -> "QuerySet[StaffRole]":
    return StaffRole.objects.filter(
        staff=staff, program_id=case.program_id, from_at__lte=at, ended_at__isnull=True
    )


def _refuse_closed(case: Case) -> None:
    if select("SELECT state FROM followup_case WHERE id = %s", [case.pk])[0][0] == CaseState.CLOSED:
        raise Refusal("case.closed", "This case has ended.")


def _refuse_machine(by: Actor) -> None:
    if by.kind is not ActorKind.STAFF:
        raise Refusal("person", "Only a person decides this.")


def _name_of(actor: str) -> str:
    """Whoever of the staff it was, by name."""
    found = Staff.objects.filter(pk=int(actor.rpartition(":")[2])).first()
    return found.name if found else "Somebody"


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
