"""What rooms told us, raw and first; what it says of each session and seat, worked out from it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.domain.kernel import Word
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session


class ReadState(Word):
    NEW = "new"
    READ = "read"
    UNPLACED = "unplaced"
    """Understood, and of no session here."""
    UNREADABLE = "unreadable"
    FAILED = "failed"
    """Our own fault: kept, told to a person, and tried again."""


class RawEvent(models.Model):
    """One delivery as it arrived: a webhook's body or an export's file. Stored before it is read."""

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=128)
    """The provider's own id of the event; the digest of the body where it gives none."""
    is_file = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=50)
    body = models.BinaryField()
    file_name = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=12, default=ReadState.NEW.value)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="an_event_is_taken_in_once"),
            one_of("state", ReadState, name="event_state_is_known"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at", "id"], condition=Q(state__in=["new", "failed"]), name="event_to_read"
            ),
        ]


class Room(models.Model):
    """A name a session's room goes by at its provider."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=200)
    normal = models.CharField(max_length=200, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "normal"], name="one_room_of_a_name_a_session")
        ]


class Heard(models.Model):
    """Which deliveries say anything of which session: what its evidence is worked out from."""

    event = models.ForeignKey(RawEvent, on_delete=models.PROTECT, related_name="heard")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="heard")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "event"], name="heard_of_a_session_once")
        ]


class Identity(Fact):
    """A reference signed into a join link, or an alias a person confirmed: this is that patient."""

    provider = models.CharField(max_length=20)
    ref = models.CharField(max_length=200)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identities")

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "ref"], name="a_reference_is_one_patients")
        ]


class SessionEvidence(models.Model):
    """What all deliveries together say of a session. Worked out anew whenever one more comes in."""

    session = models.OneToOneField(
        Session, primary_key=True, on_delete=models.CASCADE, related_name="evidence"
    )
    watched = models.BooleanField()
    sources = models.JSONField(default=list)
    stale = models.BooleanField(default=False)
    worked_out_at = models.DateTimeField()


class SeatEvidence(models.Model):
    """Where and when the patient of a seat was seen. Worked out, as above."""

    seat = models.OneToOneField(Seat, primary_key=True, on_delete=models.CASCADE, related_name="evidence")
    first_join = models.DateTimeField(null=True)
    presence = models.JSONField(default=list)
    waited = models.BooleanField(default=False)
    worked_out_at = models.DateTimeField()


class Stranger(models.Model):
    """A participant nobody could recognise. Goes to a person, and is never matched by name."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="strangers")
    key = models.CharField(max_length=64)
    provider = models.CharField(max_length=20)
    display = models.CharField(max_length=200, blank=True)
    ref = models.CharField(max_length=200, blank=True)
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    gone = models.BooleanField(default=False)
    """No longer unknown: a later delivery or a confirmed identity explains it."""
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = actor_column()
    settled_as = models.CharField(max_length=20, blank=True, default="")
    """patient, staff, guest, unknown."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "key"], name="one_stranger_once_a_session"),
            paired("settled_by", "settled_at", name="stranger_settled_by_somebody"),
        ]
