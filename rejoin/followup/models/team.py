"""The team around a case: its thread, tasks, and what one shift leaves to the next."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.followup.models.cases import Case
from rejoin.followup.models.reviews import Review
from rejoin.followup.querysets import CaseNoteQuerySet, HandOffQuerySet, TaskQuerySet
from rejoin.followup.vocabulary import TaskTurn
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Program
from rejoin.programs.vocabulary import Role


class CaseNote(Fact):
    """What somebody of the team says about a miss. Whoever is asked acknowledges it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    asks = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    waits = models.BooleanField(default=False, db_default=False)
    """Somebody is asked and has not acknowledged it. The database notes it when she has."""

    objects = CaseNoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(words=""), name="a_note_says_something"),
            models.CheckConstraint(
                condition=Q(waits=False) | Q(asks__isnull=False), name="a_note_waits_for_somebody"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asks", "at"], condition=Q(waits=True), name="note_to_acknowledge")
        ]


class CaseNoteSeen(Fact):
    """Somebody has read a note, once."""

    note = models.ForeignKey(CaseNote, on_delete=models.PROTECT, related_name="seen")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "case notes seen"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["note", "staff"], name="a_note_is_acknowledged_once")
        ]


class Task(Fact):
    """Something somebody has to do by an instant. What became of it is told by its events.

    `owner` and `open` follow from them, and the database keeps them so.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="tasks")
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    review = models.ForeignKey(Review, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks")
    words = models.TextField()
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="tasks")
    due_at = models.DateTimeField()
    open = models.BooleanField(default=True, db_default=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(words=""), name="a_task_says_something"),
            models.CheckConstraint(
                condition=Q(patient__isnull=False) | Q(case__isnull=True, review__isnull=True),
                name="a_task_of_a_case_is_of_its_patient",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "due_at"], condition=Q(open=True), name="task_by_owner"),
            models.Index(fields=["program", "due_at"], condition=Q(open=True), name="task_by_program"),
        ]


class TaskEvent(Fact):
    """A task was given to somebody, done, or withdrawn."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="events")
    turn = models.CharField(max_length=12)
    owner = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """To whom it was given."""
    words = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            one_of("turn", TaskTurn, name="task_turn_is_known"),
            models.CheckConstraint(
                condition=Q(turn=TaskTurn.GIVEN.value, owner__isnull=False)
                | (~Q(turn=TaskTurn.GIVEN.value) & Q(owner__isnull=True)),
                name="a_task_is_given_to_somebody",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=~Q(turn=TaskTurn.GIVEN.value), name="a_task_ends_once"
            ),
        ]


class HandOff(Fact):
    """What one shift leaves to the next: to a role, to somebody, or to whoever works in the program."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="hand_offs")
    author = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    to_role = models.CharField(max_length=20, blank=True, default="")
    to_staff = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = HandOffQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(words=""), name="a_hand_off_says_something"),
            one_of("to_role", Role, name="hand_off_role_is_known", blank=True),
            models.CheckConstraint(
                condition=Q(to_role="") | Q(to_staff__isnull=True), name="a_hand_off_has_one_addressee"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "-at"], name="hand_off_by_program")]


class HandOffRead(Fact):
    """Somebody of the next shift has read it, once."""

    hand_off = models.ForeignKey(HandOff, on_delete=models.PROTECT, related_name="readings")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hand_off", "staff"], name="a_hand_off_is_read_once")
        ]
