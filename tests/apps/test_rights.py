"""Whose chart somebody sees: the rule as a table, kept by the database and by Python alike.

The expectation is worked out here, from what was written down, by neither of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejoin.attendance.actions import attest_session, close_day, record_mark
from rejoin.attendance.models import SeatStatus
from rejoin.common import clock
from rejoin.common.actors import ENGINE, staff_actor
from rejoin.common.rows import execute, select
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Refusal
from rejoin.followup.models import Case, CaseNote, Step, Task
from rejoin.people.models import Patient, Staff
from rejoin.programs.actions import (
    add_group,
    assign_care_team,
    cancel_session,
    enrol,
    give_role,
    schedule_session,
    set_leaders,
)
from rejoin.programs.glass import OPEN_FOR, BrokenGlass
from rejoin.programs.intake import NewSession
from rejoin.programs.models import CareTeamMember, Enrolment, Seat, Session, SessionStaff, StaffRole
from rejoin.programs.rights import GUARDING, NEAR_AHEAD, NEAR_BACK, RIGHTS, WIDE, Right, rights_of
from rejoin.programs.vocabulary import Role
from tests.apps.scene import START, Scene

pytestmark = pytest.mark.django_db
NOW = START
DAY = timedelta(days=1)
BY = {"from_by": "system:import", "ended_by": ""}
NAMES = ("ada", "eve", "bob")


@dataclass
class World:
    """Two programs, three patients who have nobody yet, and somebody who asks."""

    scenes: tuple[Scene, Scene]
    people: dict[str, Patient]
    asker: Staff
    sessions: int = 0
    places: dict[str, set[int]] = field(default_factory=dict)

    @classmethod
    def made(cls) -> "World":
        scenes = (Scene(), Scene(slug="morning"))
        clock.simulate(shown_at=NOW, rate=0)
        people = {name: Patient.objects.create(external_id=name, name=name, timezone="UTC") for name in NAMES}
        asker = Staff.objects.create(name="dana")
        return cls(scenes=scenes, people=people, asker=asker)

    @property
    def programs(self) -> list[int]:
        return [scene.program.pk for scene in self.scenes]

    def role(self, place: int, role: Role, from_at: datetime, ended_at: datetime | None) -> None:
        StaffRole.objects.create(
            program=self.scenes[place].program,
            staff=self.asker,
            role=role,
            from_at=from_at,
            from_by="system:import",
            ended_at=ended_at,
            ended_by="staff:1" if ended_at else "",
        )

    def give_place(self, name: str, place: int, *, ended: bool) -> None:
        Enrolment.objects.create(
            patient=self.people[name],
            program=self.scenes[place].program,
            from_on=(NOW - 90 * DAY).date(),
            until_on=(NOW - 50 * DAY).date() if ended else None,
            ended_at=NOW - 50 * DAY if ended else None,
            ended_by="staff:1" if ended else "",
            ending="completed" if ended else "",
        )

    def seat(self, name: str, place: int, starts_at: datetime | None = None) -> Seat:
        """In a session of its own, led by nobody who asks, long ago unless it is said when."""
        self.sessions += 1
        starts_at = starts_at or NOW - 100 * DAY - self.sessions * timedelta(hours=5)
        session = Session.objects.create(
            program=self.scenes[place].program,
            external_id=f"X{self.sessions}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
        )
        return Seat.objects.create(session=session, patient=self.people[name])

    def case(self, name: str, place: int, **columns: Any) -> Case:
        seat = self.seat(name, place)
        return Case.objects.create(
            seat=seat,
            patient=seat.patient,
            program=self.scenes[place].program,
            session=seat.session,
            policy=self.scenes[place].policy,
            opened_at=seat.session.starts_at,
            noticed_at=seat.session.starts_at,
            **columns,
        )


# What brings somebody near to a patient, and what does not any more, or not yet.


def on_the_care_team(world: World, name: str, place: int, *, ended: bool = False) -> None:
    CareTeamMember.objects.create(
        patient=world.people[name],
        program=world.scenes[place].program,
        staff=world.asker,
        role="counselor",
        from_at=NOW - 60 * DAY,
        from_by="system:import",
        ended_at=NOW - DAY if ended else None,
        ended_by="staff:1" if ended else "",
    )


def owns_a_case(world: World, name: str, place: int, *, closed: timedelta | None = None) -> None:
    ended: dict[str, Any] = (
        {} if closed is None else {"state": "closed", "closed_at": NOW - closed, "closed_by": "staff:1"}
    )
    world.case(name, place, owner=world.asker, final_outcome="back" if ended else "", **ended)


def owns_a_step(world: World, name: str, place: int, *, done: timedelta | None = None) -> None:
    case = world.case(name, place)
    Step.objects.create(
        case=case,
        patient=case.patient,
        rule="call1",
        actor="counselor",
        owner=world.asker,
        raised_at=case.opened_at,
        due_at=case.opened_at,
        state="due" if done is None else "done",
        ended_at=None if done is None else NOW - done,
        ended_by="" if done is None else "staff:1",
    )


def has_a_task(world: World, name: str, place: int, *, ended: bool = False) -> None:
    Task.objects.create(
        program=world.scenes[place].program,
        patient=world.people[name],
        words="Ask the school",
        owner=world.asker,
        due_at=NOW,
        open=not ended,
        at=NOW - 45 * DAY,
        by="staff:1",
    )


def was_asked_to_read(world: World, name: str, place: int, *, acknowledged: bool = False) -> None:
    case = world.case(name, place)
    CaseNote.objects.create(
        case=case,
        patient=case.patient,
        author=world.scenes[place].ben,
        words="Look, please",
        asks=world.asker,
        waits=not acknowledged,
        at=NOW - 45 * DAY,
        by="staff:1",
    )


def leads(world: World, name: str, place: int, *, at: timedelta, given_back: str = "") -> None:
    seat = world.seat(name, place, starts_at=NOW + at + world.sessions * timedelta(minutes=70))
    back = {"released_at": NOW, "released_by": "staff:1", "occupies": False}
    leader = SessionStaff.objects.create(session=seat.session, staff=world.asker)
    if given_back == "seat":
        Seat.objects.filter(pk=seat.pk).update(**back)
    elif given_back == "leader":
        SessionStaff.objects.filter(pk=leader.pk).update(**back)


def broke_a_glass(world: World, name: str, place: int, *, at: timedelta) -> None:
    BrokenGlass.objects.create(
        staff=world.asker,
        patient=world.people[name],
        reason="covering",
        words="Tonight",
        at=NOW + at,
        until_at=NOW + at + OPEN_FOR,
        by="staff:1",
    )


Makes = Callable[[World, str, int], None]


def made_by(make: Callable[..., None], **how: Any) -> Makes:
    return lambda world, name, place: make(world, name, place, **how)


RELATIONSHIPS: dict[str, tuple[bool, Makes]] = {
    "on the care team": (True, made_by(on_the_care_team)),
    "was on the care team": (False, made_by(on_the_care_team, ended=True)),
    "owns an open case": (True, made_by(owns_a_case)),
    "owned a case that ended lately": (True, made_by(owns_a_case, closed=NEAR_BACK - DAY)),
    "owned a case that ended long ago": (False, made_by(owns_a_case, closed=NEAR_BACK + DAY)),
    "has a step to do": (True, made_by(owns_a_step)),
    "did a step lately": (True, made_by(owns_a_step, done=NEAR_BACK - DAY)),
    "did a step long ago": (False, made_by(owns_a_step, done=NEAR_BACK + DAY)),
    "has a task": (True, made_by(has_a_task)),
    "had a task": (False, made_by(has_a_task, ended=True)),
    "was asked to read a note": (True, made_by(was_asked_to_read)),
    "read a note long ago": (False, made_by(was_asked_to_read, acknowledged=True)),
    "led her session lately": (True, made_by(leads, at=DAY - NEAR_BACK)),
    "led her session long ago": (False, made_by(leads, at=-DAY - NEAR_BACK)),
    "leads her session soon": (True, made_by(leads, at=NEAR_AHEAD - DAY)),
    "leads her session some day": (False, made_by(leads, at=NEAR_AHEAD + DAY)),
    "leads a session she gave back": (False, made_by(leads, at=DAY, given_back="seat")),
    "gave the session to another leader": (False, made_by(leads, at=2 * DAY, given_back="leader")),
    "broke a glass": (True, made_by(broke_a_glass, at=-OPEN_FOR / 2)),
    "broke a glass yesterday": (False, made_by(broke_a_glass, at=-DAY)),
}
GLASSES = {"broke a glass"}
LIVES = {
    "live": (NOW - 30 * DAY, None),
    "ending soon": (NOW - 30 * DAY, NOW + DAY),
    "ended": (NOW - 30 * DAY, NOW - DAY),
    "to come": (NOW + DAY, None),
}
LIVE = ("live", "ending soon")


def expected(
    roles: list[tuple[int, Role, str]],
    places: dict[str, list[tuple[int, bool]]],
    near: dict[str, list[tuple[str, int]]],
) -> set[str]:
    """Who is seen, from the facts alone."""
    mine = {place for place, _, life in roles if life in LIVE}
    wide = {place for place, role, life in roles if life in LIVE and role in WIDE}
    seen = set()
    for name in NAMES:
        had = {place for place, _ in places.get(name, [])}
        by_hand = any(
            RELATIONSHIPS[kind][0] and (had & mine if kind in GLASSES else place in mine)
            for kind, place in near.get(name, [])
        )
        if by_hand or had & wide or wide == {0, 1}:
            seen.add(name)
    return seen


@contextmanager
def taken_back() -> Iterator[None]:
    """What is written in here is gone after it; a door may stand in it, as in a test's own transaction."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined] # noqa: SLF001 - as Django's own tests do
    with block:
        yield
        transaction.set_rollback(True)


def seen_through_the_door(world: World) -> set[str]:
    with seen_by_staff(world.asker.pk):
        return set(Patient.objects.values_list("name", flat=True)) & set(NAMES)


def seen_by_python(world: World, now: datetime = NOW) -> set[str]:
    return set(Patient.objects.visible_to(world.asker, now).values_list("name", flat=True)) & set(NAMES)


PLACES = st.sampled_from((0, 1))
WORLDS = st.fixed_dictionaries(
    {
        "roles": st.lists(
            st.tuples(PLACES, st.sampled_from(Role), st.sampled_from(sorted(LIVES))),
            max_size=3,
            unique_by=lambda each: each[:2],
        ),
        "places": st.dictionaries(
            st.sampled_from(NAMES), st.lists(st.tuples(PLACES, st.booleans()), max_size=2)
        ),
        "near": st.dictionaries(
            st.sampled_from(NAMES),
            st.lists(st.tuples(st.sampled_from(sorted(RELATIONSHIPS)), PLACES), max_size=2, unique=True),
        ),
    }
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(facts=WORLDS)
def test_the_database_and_python_see_what_the_rule_says(facts: dict[str, Any], db: None) -> None:
    with taken_back():
        world = World.made()
        for place, role, life in facts["roles"]:
            world.role(place, role, *LIVES[life])
        for name, places in facts["places"].items():
            for place, ended in places:
                world.give_place(name, place, ended=ended)
        for name, near in facts["near"].items():
            for kind, place in near:
                RELATIONSHIPS[kind][1](world, name, place)
        wanted = expected(**facts)
        assert seen_by_python(world) == wanted
        assert seen_through_the_door(world) == wanted
        with seen_by_staff(world.asker.pk):
            assert seen_by_python(world) == wanted


@pytest.mark.parametrize("kind", sorted(RELATIONSHIPS))
def test_each_relationship_brings_near_or_does_not(kind: str) -> None:
    world = World.made()
    world.role(0, Role.COUNSELOR, *LIVES["live"])
    world.give_place("ada", 0, ended=False)
    world.give_place("eve", 0, ended=False)
    assert seen_through_the_door(world) == set()
    near, make = RELATIONSHIPS[kind]
    make(world, "ada", 0)
    wanted = {"ada"} if near else set()
    assert (seen_through_the_door(world), seen_by_python(world)) == (wanted, wanted)


@pytest.mark.parametrize("kind", sorted(kind for kind, (near, _) in RELATIONSHIPS.items() if near))
def test_no_relationship_outlives_her_last_role_in_the_program(kind: str) -> None:
    world = World.made()
    world.role(0, Role.COUNSELOR, *LIVES["ended"])
    world.role(1, Role.DIRECTOR, *LIVES["live"])
    world.give_place("ada", 0, ended=False)
    RELATIONSHIPS[kind][1](world, "ada", 0)
    assert (seen_through_the_door(world), seen_by_python(world)) == (set(), set())


@pytest.mark.parametrize("role", list(Role))
def test_who_answers_for_a_programs_patients_sees_them_all_and_nobody_of_another(role: Role) -> None:
    world = World.made()
    world.role(0, role, *LIVES["live"])
    world.give_place("ada", 0, ended=False)
    world.give_place("eve", 0, ended=True)
    world.give_place("bob", 1, ended=False)
    wanted = {"ada", "eve"} if role in WIDE else set()
    assert (seen_through_the_door(world), seen_by_python(world)) == (wanted, wanted)


def test_a_patient_of_two_programs_is_seen_with_all_that_is_hers_by_those_who_answer_for_either() -> None:
    world = World.made()
    world.role(0, Role.COORDINATOR, *LIVES["live"])
    world.give_place("ada", 0, ended=True)
    world.give_place("ada", 1, ended=False)
    elsewhere = world.case("ada", 1)
    with seen_by_staff(world.asker.pk):
        assert Case.objects.filter(pk=elsewhere.pk).exists()
        assert Enrolment.objects.filter(patient=world.people["ada"]).count() == 2
        assert not Session.objects.filter(pk=elsewhere.session_id).exists()


def test_who_answers_for_all_programs_sees_also_whom_none_has_taken_in() -> None:
    world = World.made()
    world.role(0, Role.SUPERVISOR, *LIVES["live"])
    assert seen_through_the_door(world) == set()
    world.role(1, Role.SUPERVISOR, *LIVES["live"])
    assert seen_through_the_door(world) == seen_by_python(world) == set(NAMES)


def test_sessions_are_seen_by_whoever_works_in_the_program_and_rows_of_patients_are_not() -> None:
    world = World.made()
    world.role(0, Role.FACILITATOR, *LIVES["live"])
    world.give_place("ada", 0, ended=False)
    world.give_place("eve", 0, ended=False)
    seats = [world.seat("ada", 0), world.seat("eve", 0)]
    on_the_care_team(world, "ada", 0)
    with seen_by_staff(world.asker.pk):
        assert set(Session.objects.values_list("pk", flat=True)) == {each.session_id for each in seats}
        assert list(Seat.objects.values_list("pk", flat=True)) == [seats[0].pk]
        assert set(Enrolment.objects.values_list("patient__name", flat=True)) == {"ada"}


# Who brings whom near


def attempts(world: World) -> dict[str, Callable[[], object]]:
    """Ways to bring oneself near to ada for good."""
    who: Any = {"by": staff_actor(world.asker.pk), "at": NOW}
    ada, program = world.people["ada"], world.scenes[0].program
    session = world.seat("ada", 0, starts_at=NOW + DAY).session
    return {
        "a role": lambda: give_role(program=program, staff=world.asker, role=Role.DIRECTOR, **who),
        "the care team": lambda: assign_care_team(
            patient=ada, program=program, staff=world.asker, role=Role.THERAPIST, **who
        ),
        "a session": lambda: set_leaders(session=session, leaders=[world.asker], **who),
        "a place elsewhere": lambda: enrol(patient=ada, program=world.scenes[1].program, **who),
    }


@pytest.mark.parametrize("way", ["a role", "the care team", "a session", "a place elsewhere"])
def test_nobody_brings_herself_near_to_a_patient_for_good(way: str) -> None:
    """Not who came by a glass, either: it is broken for some hours, and is no way to stay."""
    world = World.made()
    world.role(0, Role.COUNSELOR, *LIVES["live"])
    world.role(1, Role.DIRECTOR, *LIVES["live"])
    world.give_place("ada", 0, ended=False)
    broke_a_glass(world, "ada", 0, at=-timedelta(hours=1))
    act = attempts(world)[way]
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(world.asker.pk):
        act()


@pytest.mark.parametrize("way", ["a role", "the care team", "a session", "a place elsewhere"])
def test_who_answers_for_the_programs_patients_says_who_is_near_to_them(way: str) -> None:
    world = World.made()
    world.role(0, Role.DIRECTOR, *LIVES["live"])
    world.role(1, Role.DIRECTOR, *LIVES["live"])
    world.give_place("ada", 0, ended=False)
    act = attempts(world)[way] if way != "a role" else _another_role(world)
    with seen_by_staff(world.asker.pk):
        act()


def _another_role(world: World) -> Callable[[], object]:
    return lambda: give_role(
        program=world.scenes[0].program,
        staff=world.scenes[0].ben,
        role=Role.DIRECTOR,
        by=staff_actor(world.asker.pk),
        at=NOW,
    )


def test_nobody_tells_the_trail_of_somebody_else() -> None:
    world = World.made()
    world.role(0, Role.DIRECTOR, *LIVES["live"])
    told = (
        "INSERT INTO audit_event (at, by, verb, subject, program_ref, reason, request) "
        "VALUES (rejoin_now(), %s, 'x', 'y:1', %s, '', '')"
    )
    with seen_by_staff(world.asker.pk):
        execute(told, [str(staff_actor(world.asker.pk)), world.programs[0]])
    for other in (str(ENGINE), "staff:0", f"patient:{world.asker.pk}"):
        with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(world.asker.pk):
            execute(told, [other, world.programs[0]])


# What is said of all patients is said by whoever sees all of them


@pytest.fixture
def meeting() -> tuple[Scene, Staff, Session]:
    """Ada and eve in one session that ben leads; noor sees ada alone."""
    scene = Scene()
    ada, eve = scene.admit("ada"), scene.admit("eve", phone="+15550101")
    noor = scene.hire("noor", "counselor")
    CareTeamMember.objects.create(
        patient=ada, program=scene.program, staff=noor, role="therapist", from_at=NOW - DAY, from_by="x"
    )
    session = scene.session(ada, eve)
    scene.watched(session)
    return scene, noor, session


def test_what_she_does_not_see_of_a_session_is_decided_all_the_same(
    meeting: tuple[Scene, Staff, Session],
) -> None:
    """Her mark decides her patient's seat. The engine, which was away, still looks at the other."""
    scene, noor, session = meeting
    over = session.ends_at + timedelta(hours=1)
    clock.simulate(shown_at=over, rate=0)
    with seen_by_staff(noor.pk):
        seat = session.seats.get()
        record_mark(seat=seat, status=Status.ATTENDED, by=staff_actor(noor.pk), at=over)
        assert SeatStatus.objects.get().status == "attended"
    assert SeatStatus.objects.count() == 1
    scene.run(over)
    assert set(SeatStatus.objects.values_list("seat__patient__name", "status")) == {
        ("ada", "attended"),
        ("eve", "missed"),
    }
    assert scene.case(Patient.objects.get(name="eve")).session == session


def test_a_day_is_closed_by_somebody_who_sees_all_of_it(meeting: tuple[Scene, Staff, Session]) -> None:
    scene, noor, session = meeting
    tomorrow = session.ends_at + DAY
    scene.run(tomorrow)
    attest_session(session=session, by=scene.as_ben(), at=tomorrow)
    closing: Any = {"program": scene.program, "day": (session.starts_at - timedelta(hours=6)).date()}
    with pytest.raises(Refusal) as refused, seen_by_staff(noor.pk):
        close_day(**closing, by=staff_actor(noor.pk), at=tomorrow)
    assert refused.value.code == "day.not_all_seen"
    row = "INSERT INTO attendance_dayclose (at, by, program_id, day) VALUES (rejoin_now(), 'x', %s, '2026-10-07')"
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(noor.pk):
        execute(row, [scene.program.pk])
    with seen_by_staff(scene.coordinator.pk):
        close_day(**closing, by=staff_actor(scene.coordinator.pk), at=tomorrow)


def test_what_is_planned_is_planned_by_somebody_who_sees_all_whom_it_seats(
    meeting: tuple[Scene, Staff, Session],
) -> None:
    scene, noor, session = meeting
    who: Any = {"by": staff_actor(noor.pk), "at": NOW}
    new = NewSession(
        external_id="S9", starts_at=NOW + 7 * DAY, ends_at=NOW + 8 * DAY, group_id=scene.group.pk
    )
    for plan in (
        lambda: schedule_session(program=scene.program, session=new, leaders=[], **who),
        lambda: cancel_session(session=session, **who),
        lambda: add_group(program=scene.program, name="Green", **who),
    ):
        with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(noor.pk):
            plan()


# The door


def test_the_door_asks_twice_however_much_there_is() -> None:
    world = World.made()
    world.role(0, Role.COUNSELOR, *LIVES["live"])
    for kind in sorted(RELATIONSHIPS):
        RELATIONSHIPS[kind][1](world, "ada", 0)
    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        seen_by_staff(world.asker.pk),
    ):
        pass
    assert [each["sql"].split()[0] for each in asked] == ["SAVEPOINT", "SELECT", "SELECT", "RELEASE"]


def test_a_patient_answers_for_nobody_and_has_no_programs() -> None:
    world = World.made()
    told = "SELECT rejoin_patient(), rejoin_near(), rejoin_programs(), rejoin_wide(), rejoin_everywhere()"
    with seen_by_patient(world.people["ada"].pk):
        assert select(told) == [(world.people["ada"].pk, [world.people["ada"].pk], [], [], False)]
    assert select(told) == [(None, [], [], [], False)]


# What roles may do


def test_every_role_has_its_rights_and_what_is_no_role_has_none() -> None:
    assert set(RIGHTS) == set(Role)
    assert (
        {role for role in Role if Right.PRIVACY in rights_of(role)} == set(GUARDING) == {Role.PRIVACY_OFFICER}
    )
    assert rights_of("billing") == frozenset()
    with pytest.raises(ValueError, match="janitor"):
        rights_of("janitor")


def test_whoever_looks_after_privacy_answers_for_no_patient() -> None:
    assert not set(GUARDING) & set(WIDE)


@pytest.mark.parametrize("right", [Right.SETTLE, Right.SUPERVISE, Right.GOVERN])
def test_what_is_asked_of_a_whole_program_is_a_right_of_those_who_answer_for_all_its_patients(
    right: Right,
) -> None:
    """Strangers, everything overdue, records brought in and taken out: their doors ask for the program alone."""
    assert {role for role in Role if right in rights_of(role)} <= set(WIDE)
