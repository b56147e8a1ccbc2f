"""Who is on her way into which session's room. Where and when she was seen there is of `rooms`; this is who let her in."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.people.models import Contact, Patient, Staff
from rejoin.programs.models import Program, Seat, Session
from rejoin.visits.vocabulary import Turn, VisitState


class Visit(models.Model):
    """A patient of a seat, somebody of the staff or of a family, and one session's room: one each, however often she comes."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="visits")
    seat = models.OneToOneField(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="visit")
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    staff = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="visits")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    """A guest of a patient's family: no seat is hers, and whatever she does there is no word on anybody's."""
    ref = models.CharField(max_length=64, unique=True)
    """What the engine knows her by: random, of this session alone."""
    display_name = models.CharField(max_length=40)
    """What the others in the room see, chosen by herself. The engine never learns it."""
    looks_like = models.CharField(max_length=200, blank=True, default="", db_default="")
    """The same as it is compared (`likeness`): no two patients of a session go by one name."""
    state = models.CharField(max_length=12, default=VisitState.WAITING.value)
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    """When her page last asked whether she may come in: whoever closed it says nothing. To the minute."""
    stands_since = models.DateTimeField(null=True, blank=True)
    """Since when she stands at the door, or stood there last: anew after she went, went in, or was silent for too long."""
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = actor_column()
    hand_up_at = models.DateTimeField(null=True, blank=True)
    muted = models.BooleanField(default=False, db_default=False)
    """Her microphone is off, by what her page says of it."""
    entered_at = models.DateTimeField(null=True, blank=True)
    """When she was last given leave to enter."""
    left_at = models.DateTimeField(null=True, blank=True)
    """When she last said that she goes; whoever loses her line says nothing."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    seat__isnull=False, patient__isnull=False, staff__isnull=True, contact__isnull=True
                )
                | Q(seat__isnull=True, patient__isnull=True, staff__isnull=False, contact__isnull=True)
                | Q(seat__isnull=True, patient__isnull=True, staff__isnull=True, contact__isnull=False),
                name="a_visit_is_a_patients_or_of_the_staff",
            ),
            models.UniqueConstraint(fields=["session", "contact"], name="one_visit_of_a_guest_a_session"),
            models.UniqueConstraint(fields=["session", "staff"], name="one_visit_of_somebody_a_session"),
            models.UniqueConstraint(
                fields=["session", "looks_like"],
                condition=Q(staff__isnull=True) & ~Q(looks_like=""),
                name="no_two_of_a_name_in_a_room",
            ),
            one_of("state", VisitState, name="visit_state_is_known"),
            paired("decided_by", "decided_at", name="visit_decided_by_somebody"),
            models.CheckConstraint(
                condition=Q(state=VisitState.WAITING.value) | Q(decided_at__isnull=False),
                name="nobody_is_let_in_by_nobody",
            ),
        ]


class VisitTurn(Fact):
    """What happened to a visit, turn by turn."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="turns")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    turn = models.CharField(max_length=12)

    class Meta:
        constraints: ClassVar = [one_of("turn", Turn, name="visit_turn_is_known")]


class Lock(Fact):
    """From now on nobody new is let into a room, or somebody is again. The latest word holds."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="locks")
    locked = models.BooleanField()


class TelehealthConsent(Fact):
    """She agreed to be treated by video, to the words of that version. Asked once for each program and version."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="telehealth_consents")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "program", "version"], name="agreed_to_telehealth_once_a_version"
            )
        ]
