"""Who of a family signs in: an account of its own, and around which patients it stands.

What is shown to it is no column here: that is asked anew for every page (`people/family.py`, ADR 22 and 26).
"""

import uuid
from typing import ClassVar

from django.db import models

from rejoin.accounts.models import User
from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.people.vocabulary import Language


class Relative(models.Model):
    """Somebody of a family, with a sign-in that is neither a patient's nor the staff's."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="relative", null=True)
    language = models.CharField(max_length=2, default=Language.ENGLISH.value)

    timezone = models.CharField(max_length=64)
    """In which hours are told."""

    class Meta:
        constraints: ClassVar = [one_of("language", Language, name="relative_language_is_known")]


class Tie(Fact):
    """The account is that of somebody around a patient. Retiring the contact, or closing it, ends what it shows."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """How the account's pages name the patient."""
    relative = models.ForeignKey(Relative, on_delete=models.PROTECT, related_name="ties")
    patient = models.ForeignKey("people.Patient", on_delete=models.PROTECT, related_name="ties")
    contact = models.OneToOneField("people.Contact", on_delete=models.PROTECT, related_name="tie")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["relative", "patient"], name="one_tie_to_a_patient")
        ]
