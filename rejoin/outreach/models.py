"""The outbox, what vendors said of it, and what people answered."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.outreach.querysets import MessageQuerySet, ReplyQuerySet
from rejoin.outreach.vocabulary import READ_WITHIN, MessageState
from rejoin.people.models import Patient
from rejoin.programs.models import Program
from rejoin.programs.vocabulary import Role


class Message(models.Model):
    """One message to one patient on one channel. Its key makes it one effect, whoever asks for it."""

    key = models.CharField(max_length=120, unique=True)
    about = models.CharField(max_length=60)
    """What it belongs to: "case:55". Whoever owns that says at send time whether it is still wanted."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="messages")
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    channel = models.CharField(max_length=20)
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=2)
    made_at = models.DateTimeField()
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    """Quiet hours it keeps, on the patient's own clock as it is when the message goes out."""
    sender = models.CharField(max_length=50)
    body = models.TextField(blank=True, default="")
    """As it went out. Secure messages are kept here and nowhere else."""
    state = models.CharField(max_length=12, default=MessageState.QUEUED.value)
    state_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=80, blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    """By the machine's clock, not the program's: how long a vendor may take is real time."""
    looked_up = models.PositiveSmallIntegerField(default=0)
    sent_to = models.TextField(blank=True, default="")
    """The address of the last try: a look-up asks for it, though hers may be another by then."""
    vendor_id = models.CharField(max_length=120, blank=True, default="")
    error = models.CharField(max_length=80, blank=True, default="")
    acted_on = models.BooleanField(default=True)
    """Whether whoever owns it has seen its latest state."""
    act_after = models.DateTimeField(null=True, blank=True)
    """Pushed forward: hearing of it failed, and it must not hold up the others."""
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            one_of("state", MessageState, name="message_state_is_known"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("made_at")), name="message_expires_after_it_is_made"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["not_before"], condition=Q(state="queued"), name="message_to_send"),
            models.Index(
                fields=["claimed_at"], condition=Q(state__in=["sending", "unknown"]), name="message_in_flight"
            ),
            models.Index(fields=["about"], name="message_about"),
            models.Index(fields=["id"], condition=Q(acted_on=False), name="message_to_act_on"),
            models.Index(fields=["vendor_id"], condition=~Q(vendor_id=""), name="message_by_vendor"),
            models.Index(fields=["patient", "state_at"], name="message_by_patient"),
        ]


class MessageEvent(Fact):
    """Every state a message went through."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="events")
    state = models.CharField(max_length=12)
    error = models.CharField(max_length=80, blank=True, default="")


class VendorDelivery(models.Model):
    """A vendor's webhook as it arrived, stored before it is read, unique by what the vendor calls it."""

    vendor = models.CharField(max_length=20)
    event_id = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    body = models.BinaryField()
    read_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        verbose_name_plural = "vendor deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["vendor", "event_id"], name="a_delivery_is_taken_in_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(read_at__isnull=True), name="delivery_to_read")
        ]


class Reply(Fact):
    """Something a patient wrote back, at the instant it came in. A person has it before her until she has read it.

    Where she has an open case it is a step there. Here it waits in any case: for its readers, until its deadline.
    """

    readers = Role.COORDINATOR
    """Of `programs`, each of them."""

    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="replies")
    """None: a number that belongs to nobody here, or to two."""
    delivery = models.OneToOneField(VendorDelivery, on_delete=models.PROTECT)
    channel = models.CharField(max_length=20)
    meaning = models.CharField(max_length=12)
    """stop, start, help or reply: by keyword alone."""
    text = models.TextField()
    programs = ArrayField(models.BigIntegerField(), default=list)
    """Of whoever has the number. None: nobody here has it, and it is before the coordinators of all programs."""
    unread = models.BooleanField(default=True)
    """A person still has to read it. The database notes it when somebody has, and never otherwise."""

    objects = ReplyQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], condition=Q(unread=True), name="reply_to_read")]

    @property
    def deadline(self) -> datetime:
        return self.at + READ_WITHIN


class ReplyReading(Fact):
    """A person has read what the patient wrote."""

    reply = models.OneToOneField(Reply, on_delete=models.PROTECT, related_name="reading")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="reading_by_time")]


class PushSubscription(models.Model):
    """A browser that agreed to be woken."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="push_subscriptions")
    endpoint = models.CharField(max_length=1000, unique=True)
    subscription = models.JSONField()
    made_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)


class CalendarFeed(models.Model):
    """Her own calendar asks for her appointments, by an address made for it alone that she makes worthless when she likes."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """Stands signed in the address (`calendars`)."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="calendar_feeds")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at__isnull=True), name="one_live_calendar_feed"
            ),
            paired("ended_by", "ended_at", name="calendar_feed_ended_by_somebody"),
        ]


class OwnQuiet(Fact):
    """From when to when on her own clock nothing that rings is sent to her, beside the policy's hours. Her latest word holds."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="own_quiet")
    from_at = models.TimeField(null=True, blank=True)
    until_at = models.TimeField(null=True, blank=True)
    """Both None: the policy's hours alone."""

    class Meta:
        verbose_name_plural = "own quiet"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(from_at__isnull=True, until_at__isnull=True)
                | (Q(from_at__isnull=False, until_at__isnull=False) & ~Q(from_at=models.F("until_at"))),
                name="own_quiet_has_two_ends",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-id"], name="own_quiet_latest")]
