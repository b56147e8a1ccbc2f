"""Programs, the policies in force in them, who belongs where, and every session with its seats."""

import uuid
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.domain.attendance import Held, Mode
from rejoin.people.models import Patient, Staff
from rejoin.people.vocabulary import AgeBand, Gender, Language
from rejoin.programs.glass import BrokenGlass, BrokenGlassSeen  # noqa: F401 - tables of this app
from rejoin.programs.minors import StateConfirmation  # noqa: F401 - a table of this app
from rejoin.programs.querysets import EnrolmentQuerySet, PolicyVersionQuerySet, SeatQuerySet
from rejoin.programs.vocabulary import Ending, Kind, Role


class Program(models.Model):
    """One program, under one policy, in one zone."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    neutral_name = models.CharField(max_length=40)
    """How messages call it: says nothing about health."""
    call_back = models.CharField(max_length=40)
    """The number messages name and people answer."""
    timezone = models.CharField(max_length=64)
    part2 = models.BooleanField(default=True)
    """Whether 42 CFR Part 2 binds it."""
    crisis_name = models.CharField(max_length=100, blank=True)
    """Of a crisis line where its patients live, shown beside the national ones; "": there is none."""
    crisis_number = models.CharField(max_length=40, blank=True)
    """As people read it."""
    crisis_hours = models.CharField(max_length=200, blank=True)
    """When somebody answers there, in words: "weekdays from 8 to 20, in Spanish too"."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(crisis_name="", crisis_number="", crisis_hours="")
                | ~(Q(crisis_name="") | Q(crisis_number="") | Q(crisis_hours="")),
                name="crisis_line_is_told_in_full",
            )
        ]

    def __str__(self) -> str:
        return self.slug


class LevelOfCare(models.Model):
    """Hours and days a level asks for a week."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="levels")
    code = models.CharField(max_length=20)
    min_hours = models.DecimalField(max_digits=4, decimal_places=1)
    max_hours = models.DecimalField(max_digits=4, decimal_places=1)
    min_days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "levels of care"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "code"], name="one_level_of_a_code"),
            models.CheckConstraint(
                condition=Q(max_hours__gte=F("min_hours")), name="level_max_is_not_under_min"
            ),
        ]


class Track(models.Model):
    """A specialised way through a program."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="tracks")
    name = models.CharField(max_length=100)
    level = models.ForeignKey(LevelOfCare, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "name"], name="one_track_of_a_name")
        ]


class PolicyVersion(Fact):
    """One version of a program's policy, as it was published. It passed the linter, or it is not here."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveIntegerField()
    effective = DateRangeField()
    text = models.TextField()
    """The document as its author wrote it."""
    overlays = models.JSONField(default=dict)
    """Texts of the overlays it names, by file name."""
    opens_on = ArrayField(models.CharField(max_length=20))
    """Outcomes that open a case, written out for the sweep."""

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "version"], name="one_policy_of_a_version"),
        ]


class StaffRole(models.Model):
    """What somebody may do in a program, and from when to when."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="roles")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=20)
    from_at = models.DateTimeField()
    from_by = models.CharField(max_length=50)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()

    class Meta:
        constraints: ClassVar = [
            one_of("role", Role, name="role_is_known"),
            models.UniqueConstraint(
                fields=["program", "staff", "role"],
                condition=Q(ended_at__isnull=True),
                name="one_live_role_of_a_kind",
            ),
            paired("ended_by", "ended_at", name="role_ended_by_somebody"),
        ]


class Group(models.Model):
    """Patients who meet. Closed groups take nobody in once they have begun."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="groups")
    track = models.ForeignKey(Track, null=True, blank=True, on_delete=models.PROTECT)
    name = models.CharField(max_length=100)
    is_open = models.BooleanField(default=True)
    began_on = models.DateField(null=True, blank=True)
    """From when on a closed group is closed."""
    minimum = models.PositiveSmallIntegerField(default=2)
    maximum = models.PositiveSmallIntegerField(null=True, blank=True, default=12)
    """None: nobody has set a limit."""
    age_band = models.CharField(max_length=12, blank=True, default="", db_default="")
    """Whom it is for; "": for all ages."""
    language = models.CharField(max_length=2, blank=True, default="", db_default="")
    """In which it is held; "": nobody has said."""
    gender_only = models.CharField(max_length=12, blank=True, default="", db_default="")
    """For whom alone; "": for everybody."""

    class Meta:
        constraints: ClassVar = [
            one_of("age_band", AgeBand, name="group_age_band_is_known", blank=True),
            one_of("language", Language, name="group_language_is_spoken_here", blank=True),
            one_of("gender_only", Gender, name="group_gender_is_known", blank=True),
            models.UniqueConstraint(fields=["program", "name"], name="one_group_of_a_name"),
            models.CheckConstraint(
                condition=Q(maximum__gte=F("minimum")) & Q(maximum__gte=1),
                name="group_maximum_is_not_under_minimum",
            ),
        ]

    def __str__(self) -> str:
        return f"group {self.pk}"


class Enrolment(models.Model):
    """A patient's place in a group, or in the program itself, by local dates."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="enrolments")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT)
    from_on = models.DateField(null=True, blank=True)
    """None: since before anybody wrote it down."""
    until_on = models.DateField(null=True, blank=True)
    """The last day, itself included; None: open."""
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()
    ending = models.CharField(max_length=20, blank=True, default="")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="enrolment_ends_after_it_begins",
            ),
            paired("ended_by", "ended_at", name="enrolment_ended_by_somebody"),
            one_of("ending", Ending, name="enrolment_ending_is_known", blank=True),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="enrolment_ended_for_a_reason",
            ),
            ExclusionConstraint(
                name="one_place_in_a_group_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (Func("from_on", "until_on", function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(ended_at__isnull=True, group__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["program", "patient"], name="enrolment_by_program"),
            models.Index(fields=["patient", "program"], name="enrolment_by_patient"),
            models.Index(fields=["group"], condition=Q(ended_at__isnull=True), name="enrolment_of_group"),
        ]


class CareTeamMember(models.Model):
    """Whose patient she is: her counselor, her therapist."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="care_team")
    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT)
    role = models.CharField(max_length=20)
    from_at = models.DateTimeField()
    from_by = models.CharField(max_length=50)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()

    class Meta:
        constraints: ClassVar = [
            one_of("role", Role, name="care_team_role_is_known"),
            models.UniqueConstraint(
                fields=["patient", "program", "role"],
                condition=Q(ended_at__isnull=True),
                name="one_person_a_role_in_a_care_team",
            ),
            paired("ended_by", "ended_at", name="care_team_member_ended_by_somebody"),
        ]


class Series(models.Model):
    """A session that recurs: RFC 5545 rule on the program's wall clock, with its exceptions."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="series")
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, null=True, blank=True, on_delete=models.PROTECT)
    """For individual and family sessions."""
    external_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, default=Kind.GROUP.value)
    service = models.CharField(max_length=60, blank=True)
    mode = models.CharField(max_length=12, default=Mode.VIDEO.value)
    timezone = models.CharField(max_length=64)
    first_at = models.DateTimeField()
    """The first occurrence."""
    rule = models.CharField(max_length=300)
    """RRULE, as in "FREQ=WEEKLY;BYDAY=MO,WE,TH"; local to `timezone`."""
    minutes = models.PositiveSmallIntegerField()
    breaks = models.JSONField(default=list)
    """Pairs of minutes from the start: [[90, 105]]."""
    skipped = ArrayField(models.DateField(), default=list, blank=True)
    """Local dates on which it is not held (EXDATE)."""
    facilitator = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cofacilitator = models.ForeignKey(
        Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    room = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()

    class Meta:
        verbose_name_plural = "series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "external_id"], name="one_series_of_an_id"),
            one_of("kind", Kind, name="series_kind_is_known"),
            one_of("mode", Mode, name="series_mode_is_known"),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=1440), name="series_lasts_minutes_to_a_day"
            ),
            models.CheckConstraint(
                condition=Q(group__isnull=False) | Q(patient__isnull=False), name="series_is_for_somebody"
            ),
            paired("ended_by", "ended_at", name="series_ended_by_somebody"),
        ]


class Session(models.Model):
    """One scheduled session. Its times move with its seats' and its staff's, or not at all."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="sessions")
    external_id = models.CharField(max_length=64)
    group = models.ForeignKey(Group, null=True, blank=True, on_delete=models.PROTECT)
    series = models.ForeignKey(Series, null=True, blank=True, on_delete=models.PROTECT)
    series_at = models.DateTimeField(null=True, blank=True)
    """The occurrence of the series it stands for, wherever it was moved since."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    breaks = models.JSONField(default=list)
    """Pairs of instants, ISO 8601 UTC."""
    kind = models.CharField(max_length=12, default=Kind.GROUP.value)
    service = models.CharField(max_length=60, blank=True)
    module = models.CharField(max_length=120, blank=True)
    mode = models.CharField(max_length=12, default=Mode.VIDEO.value)
    held = models.CharField(max_length=12, default=Held.SCHEDULED.value)
    unheld_at = models.DateTimeField(null=True, blank=True)
    unheld_by = actor_column()
    by_name = models.BooleanField(default=False, db_default=False)
    """Only those named are expected in it; else its group is, as its places stand on the day."""
    seats_min = models.PositiveSmallIntegerField(default=2)
    seats_max = models.PositiveSmallIntegerField(null=True, blank=True, default=12)
    """None: no limit."""
    seats_taken = models.PositiveSmallIntegerField(default=0)
    """Kept by the database as seats come and go."""
    changes = models.PositiveIntegerField(default=0, db_default=0)
    """How often its time or whether it is held became another. Counted by the database; calendars go by it."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "external_id"], name="one_session_of_an_id"),
            models.UniqueConstraint(
                fields=["series", "series_at"],
                condition=Q(series__isnull=False),
                name="one_session_an_occurrence",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + models.Value("24:00:00", models.DurationField())),
                name="session_lasts_a_day_at_most",
            ),
            models.CheckConstraint(
                condition=Q(seats_taken__lte=F("seats_max")), name="no_more_seats_than_fit"
            ),
            one_of("kind", Kind, name="session_kind_is_known"),
            one_of("mode", Mode, name="session_mode_is_known"),
            one_of("held", Held, name="session_held_is_known"),
            paired("unheld_by", "unheld_at", name="session_called_off_by_somebody"),
            models.CheckConstraint(
                condition=Q(held=Held.SCHEDULED.value, unheld_at__isnull=True)
                | (~Q(held=Held.SCHEDULED.value) & Q(unheld_at__isnull=False)),
                name="session_not_held_was_called_off",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["program", "starts_at"], name="session_by_time"),
            models.Index(fields=["group", "starts_at"], name="session_of_group"),
            models.Index(fields=["starts_at"], name="session_starts"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class Seat(models.Model):
    """A patient's place in one session. One patient cannot sit in two sessions at once."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="seats")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="seats")
    span = DateTimeRangeField(default=None)
    """The session's, copied by the database."""
    occupies = models.BooleanField(default=True)
    """False once the session is called off or the seat released: she may be booked elsewhere."""
    booked = models.BooleanField(default=False, db_default=False)
    """Somebody booked it for her; else it came with her group, and goes with her place there."""
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = actor_column()
    release_reason = models.CharField(max_length=20, blank=True, default="")

    objects = SeatQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "patient"],
                condition=Q(released_at__isnull=True),
                name="one_live_seat_a_patient",
            ),
            paired("released_by", "released_at", name="seat_released_by_somebody"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(occupies=False), name="a_released_seat_is_free"
            ),
            ExclusionConstraint(
                name="no_patient_in_two_sessions_at_once",
                expressions=[("patient", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)],
                condition=Q(occupies=True),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "session"], name="seat_by_patient")]


class SessionStaff(models.Model):
    """Who leads a session. Nobody can lead two at once."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="leaders")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="sessions")
    role = models.CharField(max_length=20, default=Role.FACILITATOR.value)
    span = DateTimeRangeField(default=None)
    occupies = models.BooleanField(default=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = actor_column()

    class Meta:
        verbose_name_plural = "session staff"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "staff"],
                condition=Q(released_at__isnull=True),
                name="one_live_leader_once",
            ),
            one_of("role", (Role.FACILITATOR, Role.COFACILITATOR), name="leader_role_is_known"),
            paired("released_by", "released_at", name="leader_released_by_somebody"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(occupies=False), name="a_released_leader_is_free"
            ),
            ExclusionConstraint(
                name="no_leader_in_two_sessions_at_once",
                expressions=[("staff", RangeOperators.EQUAL), ("span", RangeOperators.OVERLAPS)],
                condition=Q(occupies=True),
            ),
        ]
