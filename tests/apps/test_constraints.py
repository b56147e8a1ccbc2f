"""What the database refuses whoever asks: every rule of people and programs has its failing row here."""

from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models

from rejoin.common.actors import COMMAND
from rejoin.common.models import Fact
from rejoin.common.refusals import SENTENCES, refusing
from rejoin.domain.kernel import Refusal
from rejoin.outreach.models import CalendarFeed, OwnQuiet
from rejoin.people.models import Address, Consent, Contact, Flag, Licence, Patient, Staff
from rejoin.programs.glass import OPEN_FOR, BrokenGlass, BrokenGlassSeen
from rejoin.programs.models import (
    CareTeamMember,
    Enrolment,
    Group,
    LevelOfCare,
    PolicyVersion,
    Program,
    Seat,
    Series,
    Session,
    SessionStaff,
    StaffRole,
    Track,
)
from tests.apps import family_rows
from tests.apps.family_rows import FamilyRows
from tests.apps.town import DAY, EVENING, HOUR, NOW, a_group, a_patient, a_program

pytestmark = pytest.mark.django_db
SAID = {"at": NOW, "by": "staff:1"}
GIVEN = {"from_at": NOW, "from_by": "staff:1"}
JULY = (date(2026, 7, 1), date(2026, 8, 1))


class Given:
    """The rows that the wrong ones lean on, made when they are first asked for."""

    def __init__(self) -> None:
        self.program = a_program()
        self.group = a_group(self.program)
        self.ada = a_patient()
        self.ben = Staff.objects.create(name="ben")
        self.session = self.meeting("S1")

    def meeting(self, external_id: str, **columns: Any) -> Session:
        given = {"starts_at": EVENING, "ends_at": EVENING + HOUR, **columns}
        return Session.objects.create(program=self.program, external_id=external_id, **given)

    def series(self, external_id: str = "R1", **columns: Any) -> Series:
        given = {"group": self.group, "minutes": 60, "timezone": "UTC", "first_at": EVENING, **columns}
        return Series.objects.create(
            program=self.program, external_id=external_id, rule="FREQ=DAILY", **given
        )

    def place(self, **columns: Any) -> Enrolment:
        given = {"group": self.group, "from_on": JULY[0], **columns}
        return Enrolment.objects.create(patient=self.ada, program=self.program, **given)

    def seat(self, session: Session | None = None, **columns: Any) -> Seat:
        return Seat.objects.create(session=session or self.session, patient=self.ada, **columns)

    def leader(self, session: Session | None = None, **columns: Any) -> SessionStaff:
        return SessionStaff.objects.create(session=session or self.session, staff=self.ben, **columns)

    def consent(self, **columns: Any) -> Consent:
        return Consent.objects.create(
            **{
                "patient": self.ada,
                "channel": "sms",
                "purpose": "messages",
                "granted": True,
                **SAID,
                **columns,
            }
        )

    def flag(self, **columns: Any) -> Flag:
        return Flag.objects.create(
            patient=self.ada, code="high_risk", raised_at=NOW, raised_by="staff:1", **columns
        )

    def contact(self, **columns: Any) -> Contact:
        return Contact.objects.create(**{"patient": self.ada, "relation": "guardian", **columns})

    def address(self, **columns: Any) -> Address:
        return Address.objects.create(
            **{"patient": self.ada, "kind": "email", "value": "a@b", "normal": "a@b", **columns}
        )

    def licence(self, state: str = "NY") -> Licence:
        return Licence.objects.create(staff=self.ben, state=state, valid=JULY)

    def role(self, **columns: Any) -> StaffRole:
        return StaffRole.objects.create(
            **{"program": self.program, "staff": self.ben, "role": "clinician", **GIVEN, **columns}
        )

    def member(self, **columns: Any) -> CareTeamMember:
        return CareTeamMember.objects.create(
            **{
                "patient": self.ada,
                "program": self.program,
                "staff": self.ben,
                "role": "counselor",
                **GIVEN,
                **columns,
            }
        )

    def glass(self, **columns: Any) -> BrokenGlass:
        given = {"reason": "covering", "words": "Tonight", "until_at": NOW + OPEN_FOR, **SAID, **columns}
        return BrokenGlass.objects.create(patient=self.ada, staff=self.ben, **given)

    def policy(self) -> PolicyVersion:
        return PolicyVersion.objects.create(
            program=self.program, version=1, effective=JULY, text="", opens_on=[], **SAID
        )

    def level(self, **columns: Any) -> LevelOfCare:
        return LevelOfCare.objects.create(
            **{"program": self.program, "code": "2.1", "min_hours": 9, "max_hours": 19, **columns}
        )


def twice(make: Callable[..., Any], *args: Any, **columns: Any) -> object:
    make(*args, **columns)
    return make(*args, **columns)


HALF = {"by": "staff:1"}


def a_family_row(make: Callable[[FamilyRows], object], given: Given) -> object:
    return make(FamilyRows(given.ada, given.program))


WRONG: dict[str, Callable[[Given], object]] = {
    "patient_language_is_spoken_here": lambda g: Patient.objects.create(
        external_id="x", timezone="UTC", language="fr"
    ),
    "patient_age_band_is_known": lambda g: Patient.objects.create(
        external_id="x", timezone="UTC", age_band="toddler"
    ),
    "patient_gender_is_known": lambda g: Patient.objects.create(external_id="x", timezone="UTC", gender="?"),
    "address_kind_is_known": lambda g: g.address(kind="fax"),
    "one_live_address_of_a_spelling": lambda g: twice(g.address),
    "address_retired_by_somebody": lambda g: g.address(retired_by="staff:1"),
    "contact_relation_is_known": lambda g: g.contact(relation="neighbour"),
    "contact_retired_by_somebody": lambda g: g.contact(retired_at=NOW),
    "consent_purpose_is_known": lambda g: g.consent(contact=g.contact(), purpose="marketing"),
    "consent_towards_somebody_names_them": lambda g: g.consent(purpose="attendance"),
    "consent_expires_after_it_is_given": lambda g: g.consent(until_at=NOW),
    "one_live_calendar_feed": lambda g: twice(CalendarFeed.objects.create, patient=g.ada, made_at=NOW),
    "calendar_feed_ended_by_somebody": lambda g: CalendarFeed.objects.create(
        patient=g.ada, made_at=NOW, ended_at=NOW
    ),
    "own_quiet_has_two_ends": lambda g: OwnQuiet.objects.create(patient=g.ada, from_at=time(21), **SAID),
    "one_live_flag_of_a_code": lambda g: twice(g.flag),
    "flag_ended_by_somebody": lambda g: g.flag(ended_at=NOW),
    "flag_ends_after_it_is_raised": lambda g: g.flag(ended_at=NOW - HOUR, ended_by="staff:1"),
    "one_licence_of_a_kind_in_a_state_at_a_time": lambda g: (g.licence(), g.licence("ny")),
    "crisis_line_is_told_in_full": lambda g: Program.objects.filter(pk=g.program.pk).update(
        crisis_number="211"
    ),
    "one_level_of_a_code": lambda g: twice(g.level),
    "level_max_is_not_under_min": lambda g: g.level(max_hours=8),
    "one_track_of_a_name": lambda g: twice(Track.objects.create, program=g.program, name="Trauma"),
    "one_policy_of_a_version": lambda g: twice(g.policy),
    "role_is_known": lambda g: g.role(role="boss"),
    "one_live_role_of_a_kind": lambda g: twice(g.role),
    "role_ended_by_somebody": lambda g: g.role(ended_by="staff:1"),
    "one_group_of_a_name": lambda g: Group.objects.create(program=g.program, name="Blue"),
    "group_age_band_is_known": lambda g: Group.objects.create(program=g.program, name="Red", age_band="x"),
    "group_language_is_spoken_here": lambda g: Group.objects.create(
        program=g.program, name="Red", language="fr"
    ),
    "group_gender_is_known": lambda g: Group.objects.create(program=g.program, name="Red", gender_only="?"),
    "group_maximum_is_not_under_minimum": lambda g: Group.objects.create(
        program=g.program, name="Red", minimum=5, maximum=4
    ),
    "enrolment_ends_after_it_begins": lambda g: g.place(until_on=JULY[0] - DAY),
    "enrolment_ended_by_somebody": lambda g: g.place(ended_at=NOW, ending="completed"),
    "enrolment_ending_is_known": lambda g: g.place(ended_at=NOW, ended_by="staff:1", ending="vanished"),
    "enrolment_ended_for_a_reason": lambda g: g.place(ended_at=NOW, ended_by="staff:1"),
    "one_place_in_a_group_at_a_time": lambda g: (g.place(), g.place(from_on=JULY[1])),
    "care_team_role_is_known": lambda g: g.member(role="friend"),
    "one_person_a_role_in_a_care_team": lambda g: twice(g.member),
    "care_team_member_ended_by_somebody": lambda g: g.member(ended_at=NOW),
    "glass_is_broken_for_a_known_reason": lambda g: g.glass(reason="curious"),
    "glass_is_broken_with_words": lambda g: g.glass(words=""),
    "glass_is_broken_for_some_hours": lambda g: g.glass(until_at=NOW + 2 * OPEN_FOR),
    "programs_brokenglassseen_glass_id_key": lambda g: twice(
        BrokenGlassSeen.objects.create, glass=g.glass(), **SAID
    ),
    "one_series_of_an_id": lambda g: twice(g.series),
    "series_kind_is_known": lambda g: g.series(kind="party"),
    "series_mode_is_known": lambda g: g.series(mode="telepathy"),
    "series_lasts_minutes_to_a_day": lambda g: g.series(minutes=4),
    "series_is_for_somebody": lambda g: g.series(group=None),
    "series_ended_by_somebody": lambda g: g.series(ended_at=NOW),
    "one_session_of_an_id": lambda g: g.meeting("S1"),
    "one_session_an_occurrence": lambda g: (
        (s := g.series()) and [g.meeting(each, series=s, series_at=EVENING) for each in ("S2", "S3")]
    ),
    "session_ends_after_it_starts": lambda g: g.meeting("S2", ends_at=EVENING),
    "session_lasts_a_day_at_most": lambda g: g.meeting("S2", ends_at=EVENING + 25 * HOUR),
    "no_more_seats_than_fit": lambda g: g.seat(g.meeting("S2", seats_max=0)),
    "session_kind_is_known": lambda g: g.meeting("S2", kind="party"),
    "session_mode_is_known": lambda g: g.meeting("S2", mode="telepathy"),
    "session_held_is_known": lambda g: g.meeting("S2", held="lost", unheld_at=NOW, unheld_by="staff:1"),
    "session_called_off_by_somebody": lambda g: g.meeting("S2", held="cancelled", unheld_at=NOW),
    "session_not_held_was_called_off": lambda g: g.meeting("S2", held="cancelled"),
    "one_live_seat_a_patient": lambda g: (
        Session.objects.filter(pk=g.session.pk).update(held="cancelled", unheld_at=NOW, unheld_by="staff:1")
        and twice(g.seat)
    ),
    "seat_released_by_somebody": lambda g: g.seat(released_at=NOW),
    "a_released_seat_is_free": lambda g: Seat.objects.filter(pk=g.seat().pk).update(
        released_at=NOW, released_by="staff:1"
    ),
    "no_patient_in_two_sessions_at_once": lambda g: (
        g.seat(),
        g.seat(g.meeting("S2", starts_at=EVENING - HOUR)),
    ),
    "one_live_leader_once": lambda g: (
        Session.objects.filter(pk=g.session.pk).update(held="cancelled", unheld_at=NOW, unheld_by="staff:1")
        and twice(g.leader)
    ),
    "leader_role_is_known": lambda g: g.leader(role="billing"),
    "leader_released_by_somebody": lambda g: g.leader(released_at=NOW),
    "a_released_leader_is_free": lambda g: SessionStaff.objects.filter(pk=g.leader().pk).update(
        released_at=NOW, released_by="staff:1"
    ),
    "no_leader_in_two_sessions_at_once": lambda g: (
        g.leader(),
        g.leader(g.meeting("S2", starts_at=EVENING - HOUR)),
    ),
    "closed_group_has_begun": lambda g: (
        Group.objects.filter(pk=g.group.pk).update(is_open=False, began_on=JULY[0])
        and g.place(from_on=JULY[0] + DAY)
    ),
    "people_patient_external_id_key": lambda g: Patient.objects.create(external_id="ada", timezone="UTC"),
    "people_staff_name_key": lambda g: Staff.objects.create(name="ben"),
    "programs_program_slug_key": lambda g: Program.objects.create(
        slug="evening", name="x", neutral_name="x", call_back="x", timezone="UTC"
    ),
    **{rule: partial(a_family_row, make) for rule, make in family_rows.WRONG.items()},
}


@pytest.mark.parametrize("constraint", WRONG)
def test_a_row_that_breaks_a_rule_is_refused_with_a_sentence(constraint: str) -> None:
    given = Given()
    with pytest.raises(Refusal) as refused, refusing():
        WRONG[constraint](given)
    assert refused.value.code == constraint
    assert refused.value.message == SENTENCES[constraint]
    assert Session.objects.filter(pk=given.session.pk).exists()


def test_every_rule_of_people_and_programs_has_its_failing_row_and_its_sentence() -> None:
    rules = {
        constraint.name
        for label in ("people", "programs")
        for model in apps.get_app_config(label).get_models()
        for constraint in model._meta.constraints  # noqa: SLF001 - Django has no other way to ask
    }
    assert rules <= set(WRONG)
    assert set(WRONG) <= set(SENTENCES)


def test_the_sentences_name_constraints_that_there_are() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'"
        )
        there = {row[0] for row in cursor.fetchall()}
    assert set(SENTENCES) - there == {"closed_group_has_begun"}  # a trigger says this one


def test_a_violation_that_has_no_sentence_is_nobodys_refusal() -> None:
    given = Given()
    with pytest.raises(IntegrityError), refusing():
        Patient.objects.create(external_id="other", timezone="UTC", ref=given.ada.ref)


@pytest.mark.parametrize("row", ["consent", "policy"])
def test_what_was_said_is_never_changed_and_never_deleted(row: str) -> None:
    said: Fact = getattr(Given(), row)()
    everything: models.QuerySet[Any] = (Consent if row == "consent" else PolicyVersion).objects.filter(
        pk=said.pk
    )
    for change in (lambda: everything.update(by="staff:2"), everything.delete):
        with pytest.raises(IntegrityError, match="append_only"), refusing():
            change()
    assert everything.get().by == "staff:1"


def test_a_place_that_ended_makes_room_for_another() -> None:
    given = Given()
    given.place(ended_at=NOW, ended_by="staff:1", ending="completed")
    given.place(from_on=JULY[1])
    assert Enrolment.objects.count() == 2


def test_a_last_day_may_be_the_next_places_first() -> None:
    given = Given()
    given.place(until_on=JULY[1])
    given.place(from_on=JULY[1])
    assert Enrolment.objects.count() == 2


def test_a_closed_group_takes_whoever_comes_before_it_begins() -> None:
    given = Given()
    Group.objects.filter(pk=given.group.pk).update(is_open=False, began_on=JULY[0])
    given.place(from_on=JULY[0])
    assert Enrolment.objects.get().group == given.group


def test_a_session_that_follows_another_at_once_does_not_overlap_it() -> None:
    given = Given()
    given.seat()
    given.seat(given.meeting("S2", starts_at=EVENING + HOUR, ends_at=EVENING + 2 * HOUR))
    assert Seat.objects.filter(occupies=True).count() == 2


def test_a_session_without_a_limit_takes_everybody() -> None:
    given = Given()
    open_ended = given.meeting("S2", seats_max=None)
    for number in range(15):
        Seat.objects.create(session=open_ended, patient=a_patient(f"P{number}"))
    open_ended.refresh_from_db()
    assert open_ended.seats_taken == 15


def test_seats_are_counted_as_they_come_and_go() -> None:
    given = Given()
    seat = given.seat()
    given.session.refresh_from_db()
    assert given.session.seats_taken == 1
    Seat.objects.filter(pk=seat.pk).update(released_at=NOW, released_by=str(COMMAND), occupies=False)
    given.session.refresh_from_db()
    assert given.session.seats_taken == 0


def test_a_moved_session_takes_its_seats_along() -> None:
    given = Given()
    seat = given.seat()
    given.session.starts_at, given.session.ends_at = EVENING + DAY, EVENING + DAY + timedelta(minutes=30)
    given.session.save()
    seat.refresh_from_db()
    assert (seat.span.lower, seat.span.upper) == (given.session.starts_at, given.session.ends_at)
