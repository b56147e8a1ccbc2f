"""What people did for a patient's safety, step by step, and whom they told. Never a machine."""

from datetime import datetime, timedelta

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.domain.kernel import Refusal
from rejoin.domain.safety import SafetyStep, StepResult, StepRule, step_rule
from rejoin.followup.actions.asking import holds, may_dispose, said, say_turn, staff_who_acts
from rejoin.followup.models import Case, EmergencyDisclosure, SafetyRecord
from rejoin.followup.staleness import hold_case
from rejoin.followup.vocabulary import CaseTurn, DisclosureBasis
from rejoin.people.models import Contact, Patient, Staff
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

WRITTEN_WITHIN = timedelta(days=7)
"""42 CFR 2.51(c) asks for it at once. What was forgotten is still better written than lost."""


@action("followup.record_safety")
def record_safety_step(
    *,
    case: Case,
    step: SafetyStep,
    result: StepResult,
    words: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> SafetyRecord:
    """Write down a step of the crisis or welfare-check procedure as it was taken, or left out and why.

    The steps themselves are `rejoin.domain.safety`. Those that only a licensed clinician decides, only she records.
    """
    rule = step_rule(step)
    who = staff_who_acts(by)
    held = hold_case(case, seen)
    _refuse_who_may_not(rule, held, who, at)
    if result not in rule.results:
        raise Refusal("safety.result", "This is no result of this step.")
    if result in rule.needs_words:
        said(words, code="safety.words", ask="Say it in words: who, when, and why.")
    if step is SafetyStep.WRITE_DISPOSITION and result is StepResult.DONE and not held.dispositions.exists():
        raise Refusal("safety.disposition", "Sign the finding on the case first.")
    written = SafetyRecord.objects.create(
        case=case,
        patient_id=case.patient_id,
        step=step.value,
        result=result.value,
        words=words.strip(),
        at=at,
        by=str(by),
    )
    say_turn(case, CaseTurn.SAFETY, step.value, by=by, at=at)
    record(
        "followup.record_safety",
        f"case:{case.pk}",
        by=by,
        at=at,
        patient=case.patient_id,
        program=case.program_id,
        reason=step.value,
    )
    return written


@action("followup.disclose")
def record_disclosure(  # noqa: PLR0913 - what 42 CFR 2.51(c) asks to be written
    *,
    patient: Patient,
    program: Program,
    basis: DisclosureBasis,
    recipient: str,
    affiliation: str,
    nature: str,
    told_at: datetime | None = None,
    contact: Contact | None = None,
    case: Case | None = None,
    by: Actor,
    at: datetime,
) -> EmergencyDisclosure:
    """Document at once who was told of her without her consent, by whom, when, and the nature of the emergency.

    Where Part 2 binds, medical personnel alone may be told. It always goes through, however old the page was.
    """
    _refuse_whoever_cares_not(program, staff_who_acts(by), at)
    _refuse_odd_disclosure(patient, program, basis, contact, case)
    when = told_at or at
    _refuse_odd_time(when, at)
    made = EmergencyDisclosure.objects.create(
        patient=patient,
        program=program,
        case=case,
        contact=contact,
        basis=basis.value,
        recipient=said(recipient, code="disclosure.recipient", ask="Name whoever was told."),
        affiliation=said(
            affiliation, code="disclosure.affiliation", ask="Say for whom they work, or who they are."
        ),
        nature=said(nature, code="disclosure.nature", ask="Say what the emergency was."),
        told_at=when,
        at=at,
        by=str(by),
    )
    if case is not None:
        say_turn(hold_case(case, None), CaseTurn.DISCLOSED, basis.value, by=by, at=at)
    record(
        "followup.disclose",
        f"patient:{patient.pk}",
        by=by,
        at=at,
        patient=patient.pk,
        program=program.pk,
        reason=basis.value,
    )
    return made


def _refuse_whoever_cares_not(program: Program, who: Staff, at: datetime) -> None:
    if not holds(Right.CARE, program.pk, who, at):
        raise Refusal("safety.care", "Somebody of her care team records this.")


def _refuse_odd_time(told_at: datetime, at: datetime) -> None:
    if told_at > at or told_at < at - WRITTEN_WITHIN:
        raise Refusal("disclosure.time", "Write when they were told: within the last week, and not ahead.")


def _refuse_who_may_not(rule: StepRule, case: Case, who: Staff, at: datetime) -> None:
    _refuse_whoever_cares_not(case.program, who, at)
    if rule.licensed and not may_dispose(who, case.program, at):
        raise Refusal(
            "safety.licence", "This step needs a clinician of the program with a licence that is valid."
        )


def _refuse_odd_disclosure(
    patient: Patient, program: Program, basis: DisclosureBasis, contact: Contact | None, case: Case | None
) -> None:
    if basis is DisclosureBasis.SERIOUS_THREAT and program.part2:
        raise Refusal(
            "disclosure.part2",
            "42 CFR Part 2 binds this program: in an emergency, medical personnel may be told.",
        )
    if contact is not None and basis is DisclosureBasis.MEDICAL_EMERGENCY:
        raise Refusal("disclosure.medical", "In a medical emergency it is medical personnel who may be told.")
    if contact is not None and contact.patient_id != patient.pk:
        raise Refusal("disclosure.contact", "This contact is another patient's.")
    if case is not None and (case.patient_id, case.program_id) != (patient.pk, program.pk):
        raise Refusal("disclosure.case", "This case is another patient's, or of another program.")
