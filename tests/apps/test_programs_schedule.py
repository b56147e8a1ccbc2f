"""Places, sessions and seats: who is expected where, and what happens to it when anything changes."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, ENGINE, IMPORT, staff_actor
from rejoin.domain.attendance import Held
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient
from rejoin.programs import actions
from rejoin.programs.actions.places import peak
from rejoin.programs.models import (
    CareTeamMember,
    Enrolment,
    Group,
    Program,
    Seat,
    Session,
    SessionStaff,
    Track,
)
from rejoin.programs.vocabulary import Ending, Release, Role
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


class Setting:
    """ada in the Blue group of the evening program, which meets tonight and tomorrow."""

    def __init__(self) -> None:
        self.program = a_program()
        self.blue = a_group(self.program)
        self.ada = a_patient()
        self.place = actions.enrol(patient=self.ada, program=self.program, group=self.blue, **WHO)
        self.tonight = a_session(self.program, "S1", group_id=self.blue.pk)
        self.tomorrow = a_session(self.program, "S2", group_id=self.blue.pk, starts_at=EVENING + DAY)

    def seats(self, patient: Patient | None = None) -> list[str]:
        live = Seat.objects.live().filter(patient=patient or self.ada)
        return sorted(live.values_list("session__external_id", flat=True))

    def seat(self, session: Session) -> Seat:
        return Seat.objects.get(session=session, patient=self.ada)


@pytest.fixture
def scene() -> Setting:
    return Setting()


def verbs() -> list[str]:
    return list(Event.objects.order_by("id").values_list("verb", flat=True))


def test_a_place_gives_a_seat_in_every_session_to_come(scene: Setting) -> None:
    assert scene.seats() == ["S1", "S2"]
    eve = a_patient("eve")
    actions.enrol(patient=eve, program=scene.program, group=scene.blue, by=COMMAND, at=EVENING + HOUR)
    assert scene.seats(eve) == ["S2"]
    assert Event.objects.filter(verb="programs.enrol", patient_ref=eve.pk).count() == 1


def test_a_place_that_begins_later_gives_later_seats(scene: Setting) -> None:
    eve = a_patient("eve")
    actions.enrol(
        patient=eve, program=scene.program, group=scene.blue, from_on=TODAY + DAY, until_on=TODAY + DAY, **WHO
    )
    a_session(scene.program, "S3", group_id=scene.blue.pk, starts_at=EVENING + 2 * DAY)
    assert scene.seats(eve) == ["S2"]


def test_a_session_late_at_night_is_of_its_local_day(scene: Setting) -> None:
    late = EVENING + timedelta(hours=5, minutes=30)  # 23:30 in New York, and the next day in UTC
    a_session(scene.program, "S3", group_id=scene.blue.pk, starts_at=late, length=HOUR)
    eve = a_patient("eve")
    actions.enrol(patient=eve, program=scene.program, group=scene.blue, until_on=TODAY, **WHO)
    assert scene.seats(eve) == ["S1", "S3"]


def test_a_group_takes_no_more_than_fit(scene: Setting) -> None:
    small = a_group(scene.program, "Small", minimum=1, maximum=1)
    eve, fay = a_patient("eve"), a_patient("fay")
    actions.enrol(patient=eve, program=scene.program, group=small, until_on=TODAY + 3 * DAY, **WHO)
    with pytest.raises(Refusal, match="it takes 1"):
        actions.enrol(patient=fay, program=scene.program, group=small, from_on=TODAY + 3 * DAY, **WHO)
    actions.enrol(patient=fay, program=scene.program, group=small, from_on=TODAY + 4 * DAY, **WHO)
    assert Enrolment.objects.filter(group=small).count() == 2


def test_the_most_at_once_is_counted_within_the_days_asked_for() -> None:
    first, later = (None, date(2026, 6, 30)), (date(2026, 7, 1), None)
    assert peak([first, later], (None, None)) == 1
    assert peak([first, later, (date(2026, 6, 1), date(2026, 7, 2))], (date(2026, 7, 2), None)) == 2
    assert peak([first], (date(2026, 7, 1), None)) == 0


def test_two_groups_that_meet_at_once_cannot_both_have_her(scene: Setting) -> None:
    red = a_group(scene.program, "Red")
    a_session(scene.program, "S3", group_id=red.pk, starts_at=EVENING + HOUR)
    with pytest.raises(Refusal, match="two sessions at once"):
        actions.enrol(patient=scene.ada, program=scene.program, group=red, **WHO)
    assert Enrolment.objects.count() == 1


def test_whoever_leaves_leaves_her_seats_to_come_and_not_those_that_were(scene: Setting) -> None:
    actions.end_enrolment(enrolment=scene.place, ending=Ending.COMPLETED, by=COMMAND, at=EVENING + 4 * HOUR)
    assert scene.seats() == ["S1"]
    place = Enrolment.objects.get()
    assert (place.until_on, place.ending, place.ended_by) == (TODAY, "completed", str(COMMAND))
    given_back = Seat.objects.get(session=scene.tomorrow)
    assert (given_back.release_reason, given_back.released_at) == ("left", EVENING + 4 * HOUR)
    with pytest.raises(Refusal, match="ended already"):
        actions.end_enrolment(enrolment=scene.place, ending=Ending.COMPLETED, **WHO)


def test_whoever_leaves_at_noon_is_not_expected_that_evening(scene: Setting) -> None:
    actions.end_enrolment(enrolment=scene.place, ending=Ending.WITHDREW, **WHO)
    assert scene.seats() == []


def test_only_a_person_ends_a_place(scene: Setting) -> None:
    with pytest.raises(Refusal, match="Only a person"):
        actions.end_enrolment(enrolment=scene.place, ending=Ending.DISCHARGED, by=ENGINE, at=NOW)
    for number, person in enumerate((staff_actor(1), IMPORT)):
        place = actions.enrol(patient=a_patient(f"P{number}"), program=scene.program, group=scene.blue, **WHO)
        actions.end_enrolment(enrolment=place, ending=Ending.DISCHARGED, by=person, at=NOW)


def test_leaving_the_program_gives_back_what_was_booked_by_name(scene: Setting) -> None:
    eve = a_patient("eve")
    place = actions.enrol(patient=eve, program=scene.program, **WHO)
    actions.book_seat(session=scene.tonight, patient=eve, **WHO)
    actions.end_enrolment(enrolment=place, ending=Ending.TRANSFERRED, **WHO)
    assert scene.seats(eve) == []


def test_a_place_in_another_group_keeps_what_was_booked_by_name(scene: Setting) -> None:
    red = a_group(scene.program, "Red")
    red_place = actions.enrol(patient=scene.ada, program=scene.program, group=red, **WHO)
    guest = a_session(scene.program, "S3", group_id=red.pk, starts_at=EVENING + 2 * DAY)
    actions.end_enrolment(enrolment=red_place, ending=Ending.TRANSFERRED, **WHO)
    assert scene.seats() == ["S1", "S2"]
    actions.book_seat(session=guest, patient=scene.ada, **WHO)
    actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=TODAY, **WHO)
    assert scene.seats() == ["S1", "S3"]


def test_a_last_day_may_be_set_and_taken_back(scene: Setting) -> None:
    actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=TODAY, **WHO)
    assert scene.seats() == ["S1"]
    actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=None, **WHO)
    assert scene.seats() == ["S1", "S2"]
    with pytest.raises(Refusal, match="cannot end before"):
        actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=TODAY - DAY, **WHO)


def test_a_place_that_ended_is_not_changed(scene: Setting) -> None:
    actions.end_enrolment(enrolment=scene.place, ending=Ending.DIED, **WHO)
    with pytest.raises(Refusal, match="has ended"):
        actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=None, **WHO)


def test_a_seat_that_a_person_released_is_not_given_again(scene: Setting) -> None:
    actions.release_seat(seat=scene.seat(scene.tomorrow), reason=Release.REQUESTED, **WHO)
    actions.change_enrolment(enrolment=scene.place, from_on=TODAY - DAY, until_on=None, **WHO)
    assert scene.seats() == ["S1"]
    with pytest.raises(Refusal, match="given back already"):
        actions.release_seat(seat=scene.seat(scene.tomorrow), reason=Release.REQUESTED, **WHO)


def test_a_released_seat_lets_her_be_booked_elsewhere_at_that_time(scene: Setting) -> None:
    red = a_group(scene.program, "Red")
    other = a_session(scene.program, "S3", group_id=red.pk)
    with pytest.raises(Refusal, match="two sessions at once"):
        actions.book_seat(session=other, patient=scene.ada, **WHO)
    actions.release_seat(seat=scene.seat(scene.tonight), reason=Release.RESCHEDULED, **WHO)
    seat = actions.book_seat(session=other, patient=scene.ada, **WHO)
    assert seat.booked
    assert scene.seats() == ["S2", "S3"]


@pytest.mark.parametrize(
    ("prepare", "at", "said"),
    [
        (lambda s: None, EVENING + 3 * HOUR, "over"),
        (lambda s: actions.cancel_session(session=s.tonight, **WHO), NOW, "not held"),
        (lambda s: None, NOW, "already has a seat|two sessions at once"),
    ],
)
def test_a_seat_that_cannot_be_booked_is_refused(
    scene: Setting, prepare: Callable[[Setting], object], at: Any, said: str
) -> None:
    prepare(scene)
    with pytest.raises(Refusal, match=said):
        actions.book_seat(session=scene.tonight, patient=scene.ada, by=COMMAND, at=at)


def test_a_seat_is_for_whoever_is_in_the_program_on_that_day(scene: Setting) -> None:
    with pytest.raises(Refusal, match="no place in this program"):
        actions.book_seat(session=scene.tonight, patient=a_patient("eve"), **WHO)


def test_a_full_session_takes_nobody_more(scene: Setting) -> None:
    Session.objects.filter(pk=scene.tonight.pk).update(seats_max=1)
    eve = a_patient("eve")
    actions.enrol(patient=eve, program=scene.program, **WHO)
    with pytest.raises(Refusal, match="full"):
        actions.book_seat(session=scene.tonight, patient=eve, **WHO)


def test_a_session_that_names_its_patients_expects_nobody_else(scene: Setting) -> None:
    eve = a_patient("eve")
    actions.enrol(patient=eve, program=scene.program, group=scene.blue, **WHO)
    one = a_session(
        scene.program,
        "S3",
        group_id=scene.blue.pk,
        starts_at=EVENING + 2 * DAY,
        kind="individual",
        patients=[eve],
    )
    assert one.by_name
    actions.enrol(patient=a_patient("fay"), program=scene.program, group=scene.blue, **WHO)
    assert list(Seat.objects.filter(session=one).values_list("patient", "booked")) == [(eve.pk, True)]


def test_a_moved_session_takes_its_people_its_breaks_and_its_leaders_along(scene: Setting) -> None:
    ben = a_clinician(scene.program)
    pause = (EVENING + 2 * DAY + HOUR, EVENING + 2 * DAY + 1.25 * HOUR)
    session = a_session(
        scene.program,
        "S3",
        group_id=scene.blue.pk,
        starts_at=EVENING + 2 * DAY,
        breaks=[pause],
        leaders=[ben],
    )
    actions.move_session(
        session=session, starts_at=EVENING + 2 * DAY + HOUR, ends_at=EVENING + 2 * DAY + 4 * HOUR, **WHO
    )
    assert session.breaks == [[(each + HOUR).isoformat() for each in pause]]
    spans = {*Seat.objects.filter(session=session).values_list("span", flat=True)}
    spans |= {*SessionStaff.objects.filter(session=session).values_list("span", flat=True)}
    assert [(each.lower, each.upper) for each in spans] == [(session.starts_at, session.ends_at)]
    assert verbs()[-1] == "programs.move_session"


def test_a_session_that_would_run_into_another_of_hers_is_not_moved(scene: Setting) -> None:
    with pytest.raises(Refusal, match="two sessions at once"):
        actions.move_session(
            session=scene.tomorrow, starts_at=EVENING + HOUR, ends_at=EVENING + 2 * HOUR, **WHO
        )
    scene.tomorrow.refresh_from_db()
    assert scene.tomorrow.starts_at == EVENING + DAY


def test_a_session_moved_to_another_day_expects_who_has_a_place_on_it(scene: Setting) -> None:
    eve = a_patient("eve")
    actions.enrol(patient=eve, program=scene.program, group=scene.blue, from_on=TODAY + 3 * DAY, **WHO)
    actions.change_enrolment(enrolment=scene.place, from_on=TODAY, until_on=TODAY + DAY, **WHO)
    actions.move_session(
        session=scene.tomorrow, starts_at=EVENING + 3 * DAY, ends_at=EVENING + 3 * DAY + HOUR, **WHO
    )
    assert (scene.seats(), scene.seats(eve)) == (["S1"], ["S2"])


@pytest.mark.parametrize(
    "times",
    [
        {"starts_at": EVENING, "ends_at": EVENING},
        {"starts_at": EVENING, "ends_at": EVENING + 25 * HOUR},
        {"starts_at": EVENING.replace(tzinfo=None), "ends_at": EVENING + HOUR},
        {"starts_at": EVENING, "ends_at": EVENING + HOUR, "breaks": [(EVENING - HOUR, EVENING)]},
    ],
)
def test_times_that_cannot_be_are_refused(scene: Setting, times: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        actions.move_session(session=scene.tonight, **times, **WHO)
    length = times["ends_at"].replace(tzinfo=None) - times["starts_at"].replace(tzinfo=None)
    columns = {"starts_at": times["starts_at"], "length": length, "breaks": times.get("breaks", ())}
    with pytest.raises(Refusal):
        a_session(scene.program, "S9", group_id=scene.blue.pk, **columns)


@pytest.mark.parametrize("held", [Held.CANCELLED, Held.OUTAGE])
def test_a_session_called_off_frees_everybody_and_may_be_held_after_all(scene: Setting, held: Held) -> None:
    actions.cancel_session(session=scene.tonight, held=held, **WHO)
    red = a_group(scene.program, "Red")
    other = a_session(scene.program, "S3", group_id=red.pk)
    seat = actions.book_seat(session=other, patient=scene.ada, **WHO)
    assert (scene.tonight.held, scene.tonight.unheld_by) == (held.value, str(COMMAND))
    with pytest.raises(Refusal, match="two sessions at once"):
        actions.reinstate_session(session=scene.tonight, **WHO)
    actions.release_seat(seat=seat, reason=Release.REQUESTED, **WHO)
    actions.reinstate_session(session=scene.tonight, **WHO)
    assert scene.seat(scene.tonight).occupies
    with pytest.raises(Refusal, match="not called off"):
        actions.reinstate_session(session=scene.tonight, **WHO)


def test_a_session_is_called_off_once_and_as_what_it_was(scene: Setting) -> None:
    with pytest.raises(Refusal, match="cancelled or lost"):
        actions.cancel_session(session=scene.tonight, held=Held.SCHEDULED, **WHO)
    actions.cancel_session(session=scene.tonight, **WHO)
    with pytest.raises(Refusal, match="called off already"):
        actions.cancel_session(session=scene.tonight, **WHO)
    actions.cancel_session(session=scene.tonight, held=Held.OUTAGE, **WHO)
    assert Event.objects.filter(verb="programs.cancel_session").last().reason == "outage"  # type: ignore[union-attr]


def test_whoever_leads_one_session_leads_no_other_at_that_time(scene: Setting) -> None:
    ben, eli = a_clinician(scene.program), a_clinician(scene.program, "eli")
    actions.set_leaders(session=scene.tonight, leaders=[ben, eli], **WHO)
    roles = dict(SessionStaff.objects.filter(released_at=None).values_list("staff__name", "role"))
    assert roles == {"ben": "facilitator", "eli": "cofacilitator"}
    red = a_group(scene.program, "Red")
    with pytest.raises(Refusal, match="lead two at once"):
        a_session(scene.program, "S3", group_id=red.pk, leaders=[ben])
    actions.set_leaders(session=scene.tonight, leaders=[eli], **WHO)
    a_session(scene.program, "S3", group_id=red.pk, leaders=[ben])
    roles = dict(SessionStaff.objects.filter(released_at=None).values_list("staff__name", "role"))
    assert roles == {"ben": "facilitator", "eli": "facilitator"}


def test_another_programs_group_is_not_ours(scene: Setting) -> None:
    other = a_group(a_program("morning"))
    for act in (
        lambda: actions.enrol(patient=scene.ada, program=scene.program, group=other, **WHO),
        lambda: a_session(scene.program, "S3", group_id=other.pk),
    ):
        with pytest.raises(Refusal, match="another program's"):
            act()


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda p: a_session(p, " ", group_id=1), "identifier"),
        (lambda p: a_session(p, "S9"), "for a group, or names"),
        (lambda p: a_session(p, "S1", group_id=p.groups.get().pk), "already has a session"),
        (lambda p: a_group(p, "Blue"), "already has a group"),
        (lambda p: a_group(p, " "), "needs a name"),
        (lambda p: a_group(p, "Red", minimum=9, maximum=8), "cannot be under"),
        (
            lambda p: a_group(p, "Red", track=Track.objects.create(program=a_program("b"), name="t")),
            "another program's",
        ),
        (lambda p: a_program(), "goes by this short name"),
        (lambda p: a_program("Bad Slug"), "small letters"),
        (
            lambda p: actions.add_program(
                slug="x", name="", neutral_name="", call_back="", timezone="UTC", **WHO
            ),
            "has a name",
        ),
        (
            lambda p: actions.add_program(
                slug="x", name="x", neutral_name="x", call_back="x", timezone="Mars", **WHO
            ),
            "not a time zone",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(act: Callable[[Program], object], said: str) -> None:
    setting = Setting()
    with pytest.raises(Refusal, match=said):
        act(setting.program)


def test_roles_are_given_and_ended_by_people() -> None:
    program = a_program()
    ben = a_clinician(program)
    with pytest.raises(Refusal, match="Only a person"):
        actions.give_role(program=program, staff=ben, role=Role.DIRECTOR, by=ENGINE, at=NOW)
    with pytest.raises(Refusal, match="already has this role"):
        actions.give_role(program=program, staff=ben, role=Role.CLINICIAN, **WHO)
    role = ben.roles.get()
    actions.end_role(role=role, **WHO)
    with pytest.raises(Refusal, match="ended already"):
        actions.end_role(role=role, **WHO)


def test_one_person_a_role_in_the_care_team_and_the_next_takes_over(scene: Setting) -> None:
    ben, eli = a_clinician(scene.program), a_clinician(scene.program, "eli")
    asked: dict[str, Any] = {"patient": scene.ada, "program": scene.program, "role": Role.COUNSELOR}
    actions.assign_care_team(staff=ben, **asked, **WHO)
    member = actions.assign_care_team(staff=eli, **asked, **WHO)
    assert CareTeamMember.objects.get(ended_at=None).staff == eli
    actions.end_care_team(member=member, **WHO)
    with pytest.raises(Refusal, match="ended already"):
        actions.end_care_team(member=member, **WHO)


def test_a_closed_group_takes_nobody_in_once_it_has_begun(scene: Setting) -> None:
    closed = a_group(scene.program, "Closed", is_open=False, began_on=TODAY - DAY)
    with pytest.raises(Refusal, match="The group is closed"):
        actions.enrol(patient=scene.ada, program=scene.program, group=closed, **WHO)
    assert Group.objects.get(pk=closed.pk).began_on == TODAY - DAY
