"""What rooms told us, raw and first; what it says of each session and seat, worked out from it."""

from typing import ClassVar

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.domain.attendance import Presence
from rejoin.people.models import Patient
from rejoin.programs.models import Program, Seat, Session
from rejoin.rooms.querysets import (
    HostedRoomQuerySet,
    RawEventQuerySet,
    RevisitQuerySet,
    StrangerQuerySet,
)
from rejoin.rooms.vocabulary import ReadState, SettledAs

_presences = msgspec.json.Decoder(tuple[Presence, ...])


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
    program = models.ForeignKey(Program, null=True, blank=True, on_delete=models.PROTECT)
    """Whose clocks a file without offsets was written by; None where nothing depends on it."""
    state = models.CharField(max_length=12, default=ReadState.NEW.value)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    """When to read it; None once there is no need to. What happens later than now is read then."""
    error = models.CharField(max_length=200, blank=True, default="")

    objects = RawEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="an_event_is_taken_in_once"),
            one_of("state", ReadState, name="event_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["new", "failed"]) | Q(next_try_at__isnull=False),
                name="an_unread_event_is_read_some_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at", "id"], condition=Q(state__in=["new", "failed"]), name="event_to_read"
            ),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["unplaced", "unreadable", "failed"]),
                name="event_for_a_person",
            ),
        ]


class Mention(models.Model):
    """A room that a delivery speaks of, and when: how a session finds all that was told of it.

    Work notes: deliveries cannot change, so that these never do.
    """

    event = models.ForeignKey(
        RawEvent, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="mentions"
    )
    key = models.CharField(max_length=250)
    """"room:" and the room's name as it is compared; the parts of an engine likewise (`exports.tracks`)."""
    at = models.DateTimeField(null=True)
    """None: the file does not say when."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["key", "at"], name="mention_of_a_room")]


class Source(models.Model):
    """When each kind of room log last told of anything: whether it fell silent before a session's end."""

    name = models.CharField(max_length=40, primary_key=True)
    heard_at = models.DateTimeField()


class Room(models.Model):
    """A name a session's room goes by at its provider."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=200)
    normal = models.CharField(max_length=200, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "normal"], name="one_room_of_a_name_a_session")
        ]


class HostedRoom(models.Model):
    """A room of our own for a session, in the engine that is set. Its name says nothing, and is a name of the session's."""

    session = models.OneToOneField(
        Session, primary_key=True, on_delete=models.CASCADE, related_name="hosted_room"
    )
    provider = models.CharField(max_length=20)
    name = models.UUIDField(unique=True)
    made_at = models.DateTimeField()
    next_look_at = models.DateTimeField()
    """When to ask the engine who is in."""
    engine_seen_at = models.DateTimeField(null=True)
    """When it last answered that; None: it never has."""
    closed_at = models.DateTimeField(null=True)

    objects = HostedRoomQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"], condition=Q(closed_at__isnull=True), name="hosted_room_to_look_at"
            )
        ]


class Snapshot(models.Model):
    """Who was in a room of our own when the engine was last asked: one row a room, written over. Work notes."""

    session = models.OneToOneField(
        Session, primary_key=True, on_delete=models.CASCADE, related_name="snapshot"
    )
    at = models.DateTimeField()
    here = models.JSONField(default=dict)
    """The reference of each connection; null where it cannot be told."""
    doubts = models.JSONField(default=dict)
    """Connections of which the events tell otherwise, each with the first snapshot that did (ISO 8601)."""


class Heard(models.Model):
    """Which deliveries say anything of which session: what its evidence is worked out from."""

    event = models.ForeignKey(RawEvent, on_delete=models.PROTECT, related_name="heard")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, db_index=False, related_name="heard")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "event"], name="heard_of_a_session_once")
        ]


class Revisit(models.Model):
    """A session to be worked out anew at an instant, though no delivery comes in: a work queue.

    Rows are only added and taken away, so that nobody who asks for a visit waits for a worker.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    objects = RevisitQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="revisit_due")]


class Identity(Fact):
    """A reference signed into a join link, or an alias a person confirmed: this is that patient."""

    provider = models.CharField(max_length=20)
    ref = models.CharField(max_length=200)
    normal = models.CharField(max_length=200)
    """The spelling in which an alias is compared."""
    number = models.CharField(max_length=40, blank=True, default="")
    """The phone number it may be, in one spelling; "" for no number."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="identities")
    seat = models.ForeignKey(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="identities")
    """The seat whose join link it was signed into; None: confirmed by a person, or imported."""

    class Meta:
        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "ref"], name="a_reference_is_one_patients"),
            models.UniqueConstraint(
                fields=["provider", "seat"], condition=Q(seat__isnull=False), name="one_join_reference_a_seat"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider", "normal"], name="identity_by_spelling"),
            models.Index(fields=["provider", "number"], condition=~Q(number=""), name="identity_by_number"),
        ]


class SessionEvidence(models.Model):
    """What all deliveries together say of a session. Worked out anew whenever one more comes in.

    It is written again whenever anything changes of its seats: whoever decides on them is woken by that.
    """

    session = models.OneToOneField(
        Session, primary_key=True, on_delete=models.CASCADE, related_name="evidence"
    )
    watched = models.BooleanField()
    sources = models.JSONField(default=list)
    stale = models.BooleanField(default=False)
    """A log fell silent before the end while somebody was still in."""
    silent = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    """Which."""
    worked_out_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["session"], condition=Q(stale=True), name="evidence_that_is_stale")
        ]


class SeatEvidence(models.Model):
    """Where and when the patient of a seat was seen. Worked out, as above."""

    seat = models.OneToOneField(Seat, primary_key=True, on_delete=models.CASCADE, related_name="evidence")
    first_join = models.DateTimeField(null=True)
    """The earliest instant she was seen at; None: she was not."""
    presence = models.JSONField(default=list)
    """A list of the domain's `Presence`, as msgspec writes them; read it with `presence_of`."""
    waited = models.BooleanField(default=False)
    worked_out_at = models.DateTimeField()


def presence_of(row: SeatEvidence) -> tuple[Presence, ...]:
    """The connections of a seat's patient."""
    return msgspec.convert(row.presence, tuple[Presence, ...])


def read_presence(text: str | bytes) -> tuple[Presence, ...]:
    """The same from the column's text, for set-based readers."""
    return _presences.decode(text)


class Stranger(models.Model):
    """A participant nobody expected: not recognised, or a patient without a seat in this session.

    Goes to a person, and is never matched by name.
    """

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="strangers")
    key = models.CharField(max_length=64)
    provider = models.CharField(max_length=20)
    display = models.CharField(max_length=200, blank=True)
    ref = models.CharField(max_length=200, blank=True)
    """What she may be confirmed by; "": only the name she shows."""
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Who it was, where that is known: she has no seat here, and counts only when somebody marks her."""
    posing = models.BooleanField(default=False)
    """Came in by a link that was signed for somebody else: no confirmation is taken for this one."""
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    gone = models.BooleanField(default=False)
    """No longer unknown: a later delivery or a confirmed identity explains it."""
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = actor_column()
    settled_as = models.CharField(max_length=20, blank=True, default="")

    objects = StrangerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "key"], name="one_stranger_once_a_session"),
            paired("settled_by", "settled_at", name="stranger_settled_by_somebody"),
            one_of("settled_as", SettledAs, name="stranger_settled_as_is_known", blank=True),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["seen_at"], condition=Q(gone=False, settled_at__isnull=True), name="stranger_open"
            ),
            models.Index(fields=["provider", "display"], condition=Q(gone=False), name="stranger_by_display"),
        ]
