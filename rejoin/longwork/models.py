"""Work that takes longer than a request, with what it was asked with and what it came to."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.longwork.vocabulary import OVER_WORDS, Kind, Part, State
from rejoin.people.models import Staff
from rejoin.programs.models import Program


class Work(models.Model):
    """One piece of work that somebody asked for. Its row says nothing of any patient: files do (`Enclosure`)."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    given = models.JSONField(default=dict)
    """What it was asked with: dates, names of tables, codes. Nothing of a patient."""
    state = models.CharField(max_length=10, default=State.QUEUED.value, db_default=State.QUEUED.value)
    done = models.PositiveIntegerField(default=0, db_default=0)
    total = models.PositiveIntegerField(default=0, db_default=0)
    """Of how many; 0: nobody knows yet."""
    saying = models.CharField(max_length=80, blank=True, default="", db_default="")
    """What is being done, in words."""
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    stop_asked_at = models.DateTimeField(null=True, blank=True)
    stop_asked_by = actor_column(db_default="")
    told = models.JSONField(default=dict, db_default={})
    """What it came to, in numbers. Nothing of a patient."""
    error = models.CharField(max_length=300, blank=True, default="", db_default="")
    """Why it failed, for whoever asked."""
    worker = models.CharField(max_length=80, blank=True, default="", db_default="")
    beat_at = models.DateTimeField(null=True, blank=True)
    """When its worker last gave a sign, by the machine's clock: a silent one is lost, and another takes over."""
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = [
            one_of("kind", Kind, name="long_work_kind_is_known"),
            one_of("state", State, name="long_work_state_is_known"),
            paired("stop_asked_by", "stop_asked_at", name="long_work_stopped_by_somebody"),
            models.CheckConstraint(
                condition=Q(state__in=OVER_WORDS, ended_at__isnull=False)
                | (~Q(state__in=OVER_WORDS) & Q(ended_at__isnull=True)),
                name="long_work_that_is_over_says_when",
            ),
            models.CheckConstraint(
                condition=Q(total=0) | Q(done__lte=F("total")), name="no_more_done_than_there_is"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=~Q(state__in=OVER_WORDS), name="long_work_to_do"),
            models.Index(fields=["program", "-asked_at"], name="long_work_by_program"),
        ]

    def __str__(self) -> str:
        return f"work {self.pk}"


class Enclosure(models.Model):
    """A file of a piece of work. It may hold patients' records: only whoever asked sees it, and not for long."""

    work = models.ForeignKey(Work, on_delete=models.PROTECT, related_name="enclosures")
    part = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    """Bytes."""
    kept_until_at = models.DateTimeField()
    emptied_at = models.DateTimeField(null=True, blank=True)
    """Its content is gone; that it was there stays told."""

    class Meta:
        constraints: ClassVar = [
            one_of("part", Part, name="enclosure_part_is_known"),
            models.UniqueConstraint(fields=["work", "part", "name"], name="one_enclosure_of_a_name"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kept_until_at"], condition=Q(emptied_at__isnull=True), name="enclosure_to_empty"
            ),
        ]


class Piece(models.Model):
    """A stretch of an enclosure's content: none is so long that it fills anybody's memory."""

    enclosure = models.ForeignKey(Enclosure, on_delete=models.PROTECT, related_name="pieces")
    place = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enclosure", "place"], name="one_piece_at_a_place"),
        ]
