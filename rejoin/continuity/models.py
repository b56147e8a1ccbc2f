"""Which curriculum is followed, and what was done about what was missed of it. Facts alone: the latest word holds."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.continuity.vocabulary import Answered, Let, Wants
from rejoin.people.models import Patient
from rejoin.programs.models import Group, Program, Seat, Session, Track


class Following(Fact):
    """A group, or all of a track or of a program, follows a curriculum from now on.

    What is said of a group comes before what is said of its track, and that before the program's.
    """

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="followings")
    track = models.ForeignKey(
        Track, null=True, blank=True, on_delete=models.PROTECT, related_name="followings"
    )
    group = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="followings"
    )
    curriculum = models.CharField(max_length=64, blank=True, default="")
    """Of those that ship; "": none."""
    version = models.PositiveSmallIntegerField(null=True, blank=True)
    """The one that whoever chose it read."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(track__isnull=True) | Q(group__isnull=True), name="a_group_or_a_track_follows"
            ),
            models.CheckConstraint(
                condition=Q(curriculum="", version__isnull=True)
                | (~Q(curriculum="") & Q(version__isnull=False)),
                name="a_curriculum_is_named_with_its_version",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "-id"], name="following_latest")]


class SessionUnit(Fact):
    """A session is of this unit, whatever it is called."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="units")
    curriculum = models.CharField(max_length=64)
    unit = models.CharField(max_length=64, blank=True, default="")
    """"": its name holds again."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["session", "-id"], name="session_unit_latest")]


class CatchUp(Fact):
    """She has begun to catch up on the unit of a session she missed: `by` her, or somebody of the staff with her."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="catch_ups")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="catch_ups")
    """The missed one."""
    curriculum = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=64)
    language = models.CharField(max_length=3)
    """In which she read it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seat", "curriculum", "unit"], name="one_catch_up_of_a_miss")
        ]
        indexes: ClassVar = [models.Index(fields=["patient"], name="catch_up_by_patient")]


class Answer(Fact):
    """What she chose, or wrote, to one question. Hers and the staff's: of the latest to a question the word holds."""

    catch_up = models.ForeignKey(CatchUp, on_delete=models.PROTECT, related_name="answers")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    """Of the question among those of the unit, from nought."""
    chosen = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(chosen__isnull=True) | Q(words=""), name="an_answer_is_chosen_or_written"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["catch_up", "place", "-id"], name="answer_latest")]


class Finished(Fact):
    """She says that she has done it. What is given back she may finish again."""

    catch_up = models.ForeignKey(CatchUp, on_delete=models.PROTECT, related_name="finishes")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "finished"
        indexes: ClassVar = [models.Index(fields=["catch_up", "-id"], name="finished_latest")]


class CallAsked(Fact):
    """She would like somebody to call her. It is put before whoever reads what patients write (`outreach.writing`)."""

    catch_up = models.ForeignKey(CatchUp, on_delete=models.PROTECT, related_name="calls")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = "calls asked for"
        indexes: ClassVar = [models.Index(fields=["catch_up", "-id"], name="call_asked_latest")]


class SignOff(Fact):
    """A clinician looked at what she did: it is enough, or something is still wanted."""

    finished = models.OneToOneField(Finished, on_delete=models.PROTECT, related_name="sign_off")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=12)
    wants = models.CharField(max_length=12, blank=True, default="")
    words = models.TextField(blank=True, default="")
    """To her: she reads them."""

    class Meta:
        constraints: ClassVar = [
            one_of("answer", Answered, name="sign_off_answer_is_known"),
            one_of("wants", Wants, name="what_is_wanted_is_known", blank=True),
            models.CheckConstraint(
                condition=Q(answer=Answered.SIGNED_OFF.value, wants="")
                | (Q(answer=Answered.GIVEN_BACK.value) & ~Q(wants="")),
                name="what_is_given_back_wants_something",
            ),
        ]


class UnitWord(Fact):
    """The team lets a unit go for her, or agrees with her that she takes it again. She may read it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="unit_words")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    curriculum = models.CharField(max_length=64)
    unit = models.CharField(max_length=64)
    what = models.CharField(max_length=16)
    words = models.TextField()
    """Why."""

    class Meta:
        constraints: ClassVar = [
            one_of("what", Let, name="unit_word_is_known"),
            models.CheckConstraint(condition=~Q(words=""), name="a_unit_is_let_go_with_words"),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "curriculum"], name="unit_word_by_patient")]
