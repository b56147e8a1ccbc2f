"""Series: sessions made ahead, seated and led, and what becomes of them when the series changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient
from rejoin.programs import actions
from rejoin.programs.actions.series import NewSeries
from rejoin.programs.models import Enrolment, Seat, Series, Session, SessionStaff
from tests.apps.town import (
    DAY,
    EVENING,
    HOUR,
    NOW,
    WHO,
    a_clinician,
    a_group,
    a_patient,
    a_program,
    a_session,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 5)
SIX = datetime(2026, 10, 5, 18, 0)  # noqa: DTZ001 - on the wall in New York


class Setting:
    """The Blue group meets on Mondays and Wednesdays at six, led by ben; ada has a place in it."""

    def __init__(self) -> None:
        self.program = a_program()
        self.blue = a_group(self.program)
        self.ada, self.ben = a_patient(), a_clinician(self.program)
        self.place = actions.enrol(patient=self.ada, program=self.program, group=self.blue, **WHO)
        self.series = self.add("blue", group=self.blue, facilitator=self.ben, breaks=[(90, 105)])

    def add(self, external_id: str, **columns: Any) -> Series:
        given = {"first": SIX, "rule": "FREQ=WEEKLY;BYDAY=MO,WE", "minutes": 195, **columns}
        return actions.add_series(
            program=self.program, series=NewSeries(external_id=external_id, **given), **WHO
        )

    def ahead(self, days: int = 9, at: datetime = NOW) -> Any:
        until = TODAY + timedelta(days=days)
        return actions.materialise(program=self.program, until=until, by=ENGINE, at=at)

    def seats(self, patient: Patient | None = None) -> list[str]:
        live = Seat.objects.live().filter(patient=patient or self.ada)
        return sorted(live.values_list("session__external_id", flat=True))


@pytest.fixture
def scene() -> Setting:
    return Setting()


def sessions(**where: Any) -> list[str]:
    return list(Session.objects.filter(**where).order_by("starts_at").values_list("external_id", flat=True))


def test_sessions_are_made_ahead_with_their_seats_and_their_leader(scene: Setting) -> None:
    made = scene.ahead()
    assert sessions() == ["blue-20261005", "blue-20261007", "blue-20261012", "blue-20261014"]
    assert len(made.sessions) == 4
    assert (made.clashes, made.leaderless, made.refused) == ([], [], [])
    first = Session.objects.get(external_id="blue-20261005")
    assert (first.starts_at, first.ends_at) == (EVENING, EVENING + timedelta(minutes=195))
    assert first.breaks == [[(EVENING + 1.5 * HOUR).isoformat(), (EVENING + 1.75 * HOUR).isoformat()]]
    assert scene.seats() == sessions()
    assert SessionStaff.objects.filter(staff=scene.ben).count() == 4
    assert Event.objects.filter(verb="programs.schedule_session", reason="series").count() == 4


def test_asking_again_adds_nothing(scene: Setting) -> None:
    scene.ahead()
    events = Event.objects.count()
    assert scene.ahead().sessions == []
    assert Event.objects.count() == events
    assert sessions() == ["blue-20261005", "blue-20261007", "blue-20261012", "blue-20261014"]


def test_what_a_stopped_worker_did_not_make_is_made_when_it_is_back(scene: Setting) -> None:
    scene.ahead(days=0)
    scene.ahead(days=9, at=NOW + 8 * DAY)
    assert sessions() == ["blue-20261005", "blue-20261007", "blue-20261012", "blue-20261014"]


def test_a_series_begun_in_the_past_makes_no_past(scene: Setting) -> None:
    scene.add("old", group=scene.blue, first=datetime(2026, 9, 7, 10, 0), rule="FREQ=WEEKLY")  # noqa: DTZ001
    scene.ahead()
    assert sessions(series__external_id="old") == ["old-20261005", "old-20261012"]


def test_only_whoever_has_a_place_on_the_day_is_seated(scene: Setting) -> None:
    eve = a_patient("eve")
    actions.enrol(
        patient=eve,
        program=scene.program,
        group=scene.blue,
        from_on=TODAY + DAY,
        until_on=TODAY + 7 * DAY,
        **WHO,
    )
    scene.ahead()
    assert scene.seats(eve) == ["blue-20261007", "blue-20261012"]


def test_an_individual_series_seats_its_patient_while_she_is_in_the_program(scene: Setting) -> None:
    actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=TODAY + 7 * DAY, **WHO)
    ten = SIX.replace(hour=10)
    scene.add("ada-1", patient=scene.ada, kind="individual", first=ten, minutes=50, rule="FREQ=WEEKLY")
    scene.ahead(days=14)
    assert scene.seats() == [
        "ada-1-20261005",
        "ada-1-20261012",
        "blue-20261005",
        "blue-20261007",
        "blue-20261012",
    ]
    assert Session.objects.get(external_id="ada-1-20261019").by_name
    assert Seat.objects.filter(session__external_id="ada-1-20261012", booked=True).exists()


def test_somebody_who_sits_elsewhere_then_is_told_and_stops_nobody(scene: Setting) -> None:
    red = a_group(scene.program, "Red")
    eve = a_patient("eve")
    for patient in (scene.ada, eve):
        actions.enrol(patient=patient, program=scene.program, group=red, **WHO)
    scene.add("red", group=red, first=SIX + timedelta(hours=1), rule="FREQ=WEEKLY")
    made = scene.ahead(days=0)
    assert scene.seats(eve) == ["red-20261005"]
    blue_session, red_session = (
        Session.objects.get(external_id=each).pk for each in ("blue-20261005", "red-20261005")
    )
    assert made.clashes == [(scene.ada.pk, red_session, blue_session)]


def test_whoever_is_free_again_is_seated_the_next_time(scene: Setting) -> None:
    red = a_group(scene.program, "Red")
    actions.enrol(patient=scene.ada, program=scene.program, group=red, **WHO)
    scene.add("red", group=red, first=SIX + timedelta(hours=1), rule="FREQ=WEEKLY")
    assert len(scene.ahead(days=0).clashes) == len(scene.ahead(days=0).clashes) == 1
    actions.cancel_session(session=Session.objects.get(external_id="blue-20261005"), **WHO)
    again = scene.ahead(days=0)
    assert (again.sessions, again.clashes) == ([], [])
    assert "red-20261005" in scene.seats()


def test_a_session_too_small_for_its_group_is_told(scene: Setting) -> None:
    scene.ahead(days=0)
    eve = a_patient("eve")
    Session.objects.update(seats_max=1)
    Enrolment.objects.create(patient=eve, program=scene.program, group=scene.blue, from_on=TODAY)
    found = scene.ahead(days=0)
    assert found.full == [Session.objects.get().pk]
    assert scene.seats(eve) == []


def test_a_leader_who_leads_elsewhere_then_is_told_and_stops_nobody(scene: Setting) -> None:
    red = a_group(scene.program, "Red")
    scene.add("red", group=red, facilitator=scene.ben, rule="FREQ=WEEKLY")
    made = scene.ahead(days=0)
    assert [each.staff_id for each in made.leaderless] == [scene.ben.pk]
    assert sessions() == ["blue-20261005", "red-20261005"]


def test_a_series_that_no_session_fits_is_told_and_stops_no_other(scene: Setting) -> None:
    small = a_group(scene.program, "Small", minimum=1, maximum=2)
    for name in ("eve", "fay"):
        actions.enrol(patient=a_patient(name), program=scene.program, group=small, **WHO)
    small.maximum = 1
    small.save()
    first = scene.add("a-small", group=small, rule="FREQ=WEEKLY")
    made = scene.ahead(days=0)
    assert [(key, refusal.code) for key, refusal in made.refused] == [(first.pk, "no_more_seats_than_fit")]
    assert sessions() == ["blue-20261005"]


def test_a_session_that_is_there_under_the_same_identifier_is_not_made_again(scene: Setting) -> None:
    a_session(scene.program, "blue-20261005", group_id=scene.blue.pk)
    scene.ahead()
    assert sessions()[:2] == ["blue-20261005", "blue-20261007"]
    assert Session.objects.get(external_id="blue-20261005").series is None


def test_a_session_moved_by_somebody_is_not_made_again(scene: Setting) -> None:
    scene.ahead()
    moved = Session.objects.get(external_id="blue-20261007")
    actions.move_session(
        session=moved, starts_at=moved.starts_at + DAY, ends_at=moved.ends_at + DAY, by=COMMAND, at=NOW
    )
    assert scene.ahead().sessions == []


def test_sessions_keep_their_clock_time_when_clocks_change(scene: Setting) -> None:
    scene.ahead(days=31)
    around = Session.objects.filter(external_id__in=["blue-20261028", "blue-20261102"]).order_by("starts_at")
    assert [each.starts_at.hour for each in around] == [22, 23]


def test_a_later_hour_moves_what_is_made_and_leaves_what_people_changed(scene: Setting) -> None:
    scene.ahead()
    moved, off = (Session.objects.get(external_id=each) for each in ("blue-20261007", "blue-20261012"))
    actions.move_session(session=moved, starts_at=moved.starts_at + DAY, ends_at=moved.ends_at + DAY, **WHO)
    actions.cancel_session(session=off, **WHO)
    actions.change_series(
        series=scene.series, first=SIX + timedelta(minutes=30), minutes=60, breaks=[], **WHO
    )
    found = {each.external_id: each for each in Session.objects.all()}
    assert found["blue-20261005"].starts_at == EVENING + 0.5 * HOUR
    assert found["blue-20261005"].ends_at == EVENING + 1.5 * HOUR
    assert found["blue-20261005"].breaks == []
    assert found["blue-20261007"].starts_at == EVENING + 3 * DAY
    assert (found["blue-20261012"].held, found["blue-20261012"].starts_at) == ("cancelled", EVENING + 7 * DAY)
    assert len(scene.seats()) == 4
    assert scene.ahead().sessions == []


def test_other_weekdays_cancel_some_sessions_and_make_others(scene: Setting) -> None:
    scene.ahead()
    made = actions.change_series(series=scene.series, rule="FREQ=WEEKLY;BYDAY=MO,TH", **WHO)
    assert sessions(held="scheduled") == ["blue-20261005", "blue-20261008", "blue-20261012"]
    assert sessions(held="cancelled") == ["blue-20261007", "blue-20261014"]
    assert len(made.sessions) == 1


def test_what_has_begun_is_left_alone(scene: Setting) -> None:
    scene.ahead()
    actions.change_series(
        series=scene.series, first=SIX + timedelta(minutes=30), by=COMMAND, at=EVENING + HOUR
    )
    assert Session.objects.get(external_id="blue-20261005").starts_at == EVENING
    assert Session.objects.get(external_id="blue-20261007").starts_at == EVENING + 2 * DAY + 0.5 * HOUR


def test_sessions_that_follow_each_other_move_past_each_other(scene: Setting) -> None:
    scene.add("late", group=scene.blue, first=SIX.replace(hour=22), minutes=60, rule="FREQ=DAILY")
    scene.ahead(days=3)
    series = Series.objects.get(external_id="late")
    actions.change_series(series=series, first=SIX.replace(hour=21, minute=15), **WHO)
    assert Session.objects.get(external_id="late-20261005").starts_at == datetime(
        2026, 10, 6, 1, 15, tzinfo=UTC
    )
    with pytest.raises(Refusal, match="two sessions at once"):
        actions.change_series(series=series, first=SIX.replace(hour=20), **WHO)


def test_a_new_leader_leads_where_the_old_one_still_did(scene: Setting) -> None:
    scene.ahead()
    eli, fay = a_clinician(scene.program, "eli"), a_clinician(scene.program, "fay")
    other = Session.objects.get(external_id="blue-20261007")
    actions.set_leaders(session=other, leaders=[fay], **WHO)
    actions.change_series(series=scene.series, facilitator=eli, cofacilitator=scene.ben, **WHO)
    live = SessionStaff.objects.filter(released_at=None).order_by("session__starts_at", "-role")
    assert list(live.values_list("staff__name", flat=True))[:4] == ["eli", "ben", "fay", "eli"]


def test_a_series_ends_with_its_last_day(scene: Setting) -> None:
    scene.ahead()
    actions.end_series(series=scene.series, last_day=TODAY + 7 * DAY, **WHO)
    assert sessions(held="scheduled") == ["blue-20261005", "blue-20261007", "blue-20261012"]
    assert scene.ahead(days=30).sessions == []
    with pytest.raises(Refusal, match="ended already"):
        actions.end_series(series=scene.series, **WHO)
    with pytest.raises(Refusal, match="has ended"):
        actions.change_series(series=scene.series, minutes=60, **WHO)


def test_a_series_that_ends_later_is_made_up_to_its_end(scene: Setting) -> None:
    scene.ahead(days=0)
    actions.end_series(series=scene.series, last_day=TODAY + 7 * DAY, **WHO)
    assert sessions(held="scheduled") == ["blue-20261005", "blue-20261007", "blue-20261012"]


def test_a_series_ended_today_still_meets_tonight(scene: Setting) -> None:
    scene.ahead()
    actions.end_series(series=scene.series, **WHO)
    assert sessions(held="scheduled") == ["blue-20261005"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"external_id": ""}, "identifier"),
        ({"external_id": "x" * 56}, "at most 55"),
        ({"external_id": "blue"}, "already has a series"),
        ({"rule": "FREQ=HOURLY"}, "daily, weekly"),
        ({"minutes": 4, "breaks": []}, "at least five minutes"),
        ({"breaks": [(90, 200)]}, "inside the session"),
        ({"breaks": [(90, 105), (100, 110)]}, "inside the session"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
        ({"kind": "individual"}, "names its patient"),
        ({"group": None}, "for a group or for a patient"),
    ],
)
def test_a_series_that_cannot_be_is_refused(scene: Setting, columns: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        scene.add(**{"external_id": "new", "group": scene.blue, **columns})


def test_a_series_of_another_programs_group_is_refused(scene: Setting) -> None:
    with pytest.raises(Refusal, match="another program's"):
        scene.add("new", group=a_group(a_program("morning")))


def test_a_series_is_not_ended_years_ahead(scene: Setting) -> None:
    with pytest.raises(Refusal, match="up to a year"):
        actions.end_series(series=scene.series, last_day=TODAY + timedelta(days=400), **WHO)
