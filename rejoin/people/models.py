"""Who people are, how they may be reached, and what they allow."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.people.family_facts import BirthDate, FamilyClosing, GuardianWord  # noqa: F401 - tables of this app
from rejoin.people.querysets import ConsentQuerySet, PatientQuerySet
from rejoin.people.relatives import Relative, Tie  # noqa: F401 - as above
from rejoin.people.vocabulary import AddressKind, AgeBand, Gender, Language, Purpose, Relation


class Patient(models.Model):
    """A person treated in a program."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """What addresses and messages may carry; the number behind it never leaves."""
    external_id = models.CharField(max_length=64, unique=True)
    """The program's own identifier: `patient_id` of roster.csv."""
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    name = models.CharField(max_length=200, blank=True)
    preferred_name = models.CharField(max_length=100, blank=True)
    timezone = models.CharField(max_length=64)
    state = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=2, default=Language.ENGLISH.value)
    may_leave_voicemail = models.BooleanField(default=False)
    preferred_channel = models.CharField(max_length=20, blank=True)
    age_band = models.CharField(max_length=12, blank=True, default="", db_default="")
    """"": not on file."""
    gender = models.CharField(max_length=12, blank=True, default="", db_default="")
    """"": not on file."""

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            one_of("language", Language, name="patient_language_is_spoken_here"),
            one_of("age_band", AgeBand, name="patient_age_band_is_known", blank=True),
            one_of("gender", Gender, name="patient_gender_is_known", blank=True),
        ]

    def __str__(self) -> str:
        return f"patient {self.pk}"


class Address(models.Model):
    """A number or an e-mail address of a patient. Two patients may share one; then it is nobody's."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="addresses")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=254)
    normal = models.CharField(max_length=254, db_index=True)
    """The spelling that is compared: E.164, or lower case."""
    rank = models.PositiveSmallIntegerField(default=0)
    """0 is tried first."""
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = actor_column()

    class Meta:
        constraints: ClassVar = [
            one_of("kind", AddressKind, name="address_kind_is_known"),
            models.UniqueConstraint(
                fields=["patient", "kind", "normal"],
                condition=Q(retired_at__isnull=True),
                name="one_live_address_of_a_spelling",
            ),
            paired("retired_by", "retired_at", name="address_retired_by_somebody"),
        ]


class Contact(models.Model):
    """Somebody around the patient: nobody is told anything without a consent that names them."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    relation = models.CharField(max_length=20)
    name = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=2, default=Language.ENGLISH.value)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = actor_column()

    class Meta:
        constraints: ClassVar = [
            one_of("relation", Relation, name="contact_relation_is_known"),
            paired("retired_by", "retired_at", name="contact_retired_by_somebody"),
        ]


class Consent(Fact):
    """What the patient allows: on a channel, towards somebody, for a purpose, until a day.

    The latest word on channel, contact and purpose holds. A STOP is a row with `granted` false.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT)
    """None: messages to the patient herself."""
    purpose = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)
    granted = models.BooleanField()
    until_at = models.DateTimeField(null=True, blank=True)
    """When it expires by itself (42 CFR 2.31(a)(7)); None: until revoked."""
    source = models.CharField(max_length=20, blank=True)
    """form, reply, portal, import, vendor."""

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            one_of("purpose", Purpose, name="consent_purpose_is_known"),
            models.CheckConstraint(
                condition=Q(contact__isnull=False) | Q(purpose=Purpose.MESSAGES.value),
                name="consent_towards_somebody_names_them",
            ),
            models.CheckConstraint(
                condition=Q(until_at__isnull=True) | Q(until_at__gt=F("at")),
                name="consent_expires_after_it_is_given",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "channel", "-at"], name="consent_latest")]


class Flag(models.Model):
    """Something staff must know when the patient is missing: "high_risk". Raised and ended by people."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="flags")
    code = models.CharField(max_length=40)
    raised_at = models.DateTimeField()
    raised_by = models.CharField(max_length=50)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "code"], condition=Q(ended_at__isnull=True), name="one_live_flag_of_a_code"
            ),
            paired("ended_by", "ended_at", name="flag_ended_by_somebody"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("raised_at")),
                name="flag_ends_after_it_is_raised",
            ),
        ]


class Staff(models.Model):
    """Somebody who works in a program."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    name = models.CharField(max_length=200, unique=True)
    """As sessions.csv and staff.csv write it."""
    timezone = models.CharField(max_length=64, default="America/New_York")

    class Meta:
        verbose_name_plural = "staff"

    def __str__(self) -> str:
        return f"staff {self.pk}"


class Licence(models.Model):
    """Where somebody may practise, and from when to when."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="licences")
    state = models.CharField(max_length=2)
    kind = models.CharField(max_length=20, default="clinical")
    valid = DateRangeField()

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="one_licence_of_a_kind_in_a_state_at_a_time",
                expressions=[
                    ("staff", RangeOperators.EQUAL),
                    (Func(F("state"), function="upper"), RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]
