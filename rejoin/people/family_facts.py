"""What is written down of a patient's age and of whom her family may be: facts alone, the latest word holds.

A birth date is an identifier. It is read by those who see her chart and by herself, and no message, address or log holds
it (ADR 22).
"""

from datetime import date
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.domain.consent import About
from rejoin.people.vocabulary import WhyClosed

EARLIEST: Final = date(1900, 1, 1)


class BirthDate(Fact):
    """When she was born, as somebody of the staff read it on a paper or was told."""

    patient = models.ForeignKey("people.Patient", on_delete=models.PROTECT, related_name="birth_dates")
    born_on = models.DateField(null=True, blank=True)
    """None: what was written before is wrong, and nobody knows."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(born_on__isnull=True) | Q(born_on__gte=EARLIEST), name="birth_is_of_this_age"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-at"], name="birth_date_latest")]


class GuardianWord(Fact):
    """What a guardian of hers signed, or took back: that somebody may be told, for a purpose, until a day.

    Beside it stands her own word (`Consent`). Whose of the two it takes is worked out when it is asked for.
    """

    patient = models.ForeignKey("people.Patient", on_delete=models.PROTECT, related_name="guardian_words")
    guardian = models.ForeignKey("people.Contact", on_delete=models.PROTECT, related_name="signed")
    """Who signed: a guardian of hers."""
    contact = models.ForeignKey("people.Contact", on_delete=models.PROTECT, related_name="+")
    """Who may be told: the guardian herself, or somebody else around the patient."""
    purpose = models.CharField(max_length=20)
    granted = models.BooleanField()
    until_at = models.DateTimeField(null=True, blank=True)
    """When it expires by itself; None: until it is taken back."""
    source = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints: ClassVar = [
            one_of("purpose", About, name="guardian_word_purpose_is_known"),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gt=F("at")),
                name="guardian_word_expires_after_it_is_given",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-at"], name="guardian_word_latest")]


class FamilyClosing(Fact):
    """From now on somebody around her is told nothing, whatever is signed (45 CFR 164.502(g)(5)); or that was lifted."""

    patient = models.ForeignKey("people.Patient", on_delete=models.PROTECT, related_name="family_closings")
    contact = models.ForeignKey("people.Contact", on_delete=models.PROTECT, related_name="closings")
    closes = models.BooleanField()
    """False: what was closed is lifted; then what is signed holds again."""
    why = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            one_of("why", WhyClosed, name="family_closing_reason_is_known", blank=True),
            models.CheckConstraint(
                condition=(Q(closes=True) & ~Q(why="")) | Q(closes=False, why=""),
                name="family_is_closed_for_a_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-at"], name="family_closing_latest")]
