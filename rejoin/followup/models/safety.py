"""What people did for a patient's safety. Nothing here is written by a machine: the database refuses it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.domain.safety import SafetyStep, StepResult
from rejoin.followup.models.cases import Case
from rejoin.followup.vocabulary import DisclosureBasis
from rejoin.people.models import Contact, Patient
from rejoin.programs.models import Program

BY_STAFF = Q(by__startswith="staff:")


class SafetyRecord(Fact):
    """One step of the crisis or the welfare-check procedure, as whoever took it writes it down."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="safety_records")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    step = models.CharField(max_length=24)
    result = models.CharField(max_length=24)
    words = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=BY_STAFF, name="a_safety_step_is_a_persons"),
            one_of("step", SafetyStep, name="safety_step_is_known"),
            one_of("result", StepResult, name="safety_step_result_is_known"),
        ]


class EmergencyDisclosure(Fact):
    """Somebody was told of the patient without her consent, and why that was allowed.

    What 42 CFR 2.51(c) asks to be documented at once: who was told and for whom they work, who told them, when, and
    the nature of the emergency.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="emergency_disclosures")
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="disclosures"
    )
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT)
    """Whoever of her own was told; None for medical personnel."""
    basis = models.CharField(max_length=20)
    recipient = models.CharField(max_length=200)
    affiliation = models.CharField(max_length=200)
    nature = models.TextField()
    told_at = models.DateTimeField()
    """When they were told; `at` is when it was written down, `by` whoever told them."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=BY_STAFF, name="a_disclosure_is_a_persons"),
            one_of("basis", DisclosureBasis, name="disclosure_basis_is_known"),
            models.CheckConstraint(
                condition=~Q(recipient="") & ~Q(affiliation="") & ~Q(nature=""),
                name="a_disclosure_names_whom_and_why",
            ),
            models.CheckConstraint(
                condition=Q(told_at__lte=F("at")), name="a_disclosure_is_written_down_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(contact__isnull=True) | Q(basis=DisclosureBasis.SERIOUS_THREAT.value),
                name="an_emergency_is_told_to_medical_personnel",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-told_at"], name="disclosure_by_patient")]
