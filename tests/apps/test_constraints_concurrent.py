"""Two people who book at the same moment: one has it, the other is told, and nobody waits for ever."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection, transaction

from rejoin.common.actors import staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.followup.actions import decide_review
from rejoin.followup.experiments import start_experiment, write_experiment
from rejoin.followup.models import Review, ReviewEvent
from rejoin.insights.experiment_models import Experiment, ExperimentStart
from rejoin.people.models import Patient, Staff
from rejoin.programs import actions
from rejoin.programs.models import Enrolment, Group, Program, Seat, Session, SessionStaff
from tests.apps.scene import START, Scene
from tests.apps.town import DAY, EVENING, HOUR, WHO, a_clinician, a_group, a_patient, a_program, a_session

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], object]
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def by_themselves(act: Act) -> str:
    """Run an action on a connection of its own: "done", or the code of its refusal."""
    try:
        act()
    except Refusal as refusal:
        return refusal.code
    else:
        return "done"
    finally:
        connection.close()


def while_the_other_waits(first: Act, second: Act, raw: psycopg.Connection) -> list[str]:
    """`second` begins when `first` is done and has not committed; the answers of both."""
    acted = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            first()
            acted.set()
            deadline = time.monotonic() + 10
            while raw.execute(WAITING).fetchone() == (0,):
                assert time.monotonic() < deadline, "the second did not wait for the first"
                time.sleep(0.01)

    def follow() -> None:
        acted.wait(10)
        second()

    with ThreadPoolExecutor(2) as both:
        return [
            each.result(20) for each in [both.submit(by_themselves, hold), both.submit(by_themselves, follow)]
        ]


def at_once(*acts: Act) -> list[str]:
    """All of them together, each on its own connection."""
    ready = threading.Barrier(len(acts))

    def start(act: Act) -> str:
        ready.wait(10)
        return by_themselves(act)

    with ThreadPoolExecutor(len(acts)) as everybody:
        return sorted(each.result(60) for each in [everybody.submit(start, act) for act in acts])


def enrolled(program: Program, name: str) -> Patient:
    patient = a_patient(name)
    actions.enrol(patient=patient, program=program, **WHO)
    return patient


def two_sessions(program: Program) -> list[Session]:
    """At the same hour, in two groups."""
    return [a_session(program, f"S-{name}", group_id=a_group(program, name).pk) for name in ("Blue", "Red")]


def book(session: Session, patient: Patient) -> Act:
    return lambda: actions.book_seat(session=session, patient=patient, **WHO)


def lead(session: Session, staff: Staff) -> Act:
    return lambda: actions.set_leaders(session=session, leaders=[staff], **WHO)


def test_a_patient_booked_twice_for_one_hour_has_one_seat(raw_connection: psycopg.Connection) -> None:
    program = a_program()
    ada, (blue, red) = enrolled(program, "ada"), two_sessions(program)
    said = while_the_other_waits(book(blue, ada), book(red, ada), raw_connection)
    assert said == ["done", "no_patient_in_two_sessions_at_once"]
    assert Seat.objects.live().get().session == blue


def test_a_clinician_given_two_sessions_of_one_hour_leads_one(raw_connection: psycopg.Connection) -> None:
    program = a_program()
    ben, (blue, red) = a_clinician(program), two_sessions(program)
    said = while_the_other_waits(lead(blue, ben), lead(red, ben), raw_connection)
    assert said == ["done", "no_leader_in_two_sessions_at_once"]
    assert SessionStaff.objects.get().session == blue


def test_the_last_seat_is_one_patients(raw_connection: psycopg.Connection) -> None:
    program = a_program()
    ada, eve = enrolled(program, "ada"), enrolled(program, "eve")
    blue = a_session(program, "S1", group_id=a_group(program).pk, seats_max=1)
    said = while_the_other_waits(book(blue, ada), book(blue, eve), raw_connection)
    assert said == ["done", "no_more_seats_than_fit"]
    blue.refresh_from_db()
    assert (blue.seats_taken, Seat.objects.live().count()) == (1, 1)


def test_the_last_place_in_a_group_is_one_patients(raw_connection: psycopg.Connection) -> None:
    program = a_program()
    group = a_group(program, minimum=1, maximum=1)

    def enrol(name: str) -> Act:
        patient = a_patient(name)
        return lambda: actions.enrol(patient=patient, program=program, group=group, **WHO)

    assert while_the_other_waits(enrol("ada"), enrol("eve"), raw_connection) == ["done", "group.full"]
    assert Enrolment.objects.count() == 1


def test_a_session_moved_onto_a_booking_made_meanwhile_stays(raw_connection: psycopg.Connection) -> None:
    program = a_program()
    ada = enrolled(program, "ada")
    tonight = a_session(program, "S1", group_id=a_group(program).pk)
    later = a_session(program, "S2", group_id=Group.objects.get().pk, starts_at=EVENING + DAY)
    actions.book_seat(session=later, patient=ada, **WHO)

    def move() -> None:
        actions.move_session(session=later, starts_at=EVENING + HOUR, ends_at=EVENING + 2 * HOUR, **WHO)

    said = while_the_other_waits(book(tonight, ada), move, raw_connection)
    assert said == ["done", "no_patient_in_two_sessions_at_once"]


def test_many_who_book_at_once_take_the_seats_there_are_and_none_deadlocks() -> None:
    program = a_program()
    patients = [enrolled(program, f"P{number}") for number in range(8)]
    blue = a_session(program, "S1", group_id=a_group(program).pk, seats_max=3)
    said = at_once(*(book(blue, each) for each in patients))
    assert said == ["done"] * 3 + ["no_more_seats_than_fit"] * 5
    blue.refresh_from_db()
    assert (blue.seats_taken, Seat.objects.live().count()) == (3, 3)


def test_one_patient_booked_into_everything_at_once_sits_in_one_and_none_deadlocks() -> None:
    program = a_program()
    ada = enrolled(program, "ada")
    sessions = [a_session(program, f"S{n}", group_id=a_group(program, f"G{n}").pk) for n in range(8)]
    said = at_once(*(book(each, ada) for each in sessions))
    assert said == ["done"] + ["no_patient_in_two_sessions_at_once"] * 7
    assert Seat.objects.live().count() == 1


def test_series_are_made_once_though_two_workers_make_them() -> None:
    program = a_program()
    group = a_group(program)
    ada = a_patient()
    actions.enrol(patient=ada, program=program, group=group, **WHO)
    series = actions.NewSeries(
        external_id="blue", group=group, first=EVENING.replace(tzinfo=None), rule="FREQ=DAILY", minutes=60
    )
    actions.add_series(program=program, series=series, **WHO)
    until = (EVENING + 20 * DAY).date()
    said = at_once(*[lambda: actions.materialise(program=program, until=until, **WHO)] * 4)
    assert said == ["done"] * 4
    assert Session.objects.count() == Seat.objects.live().count() == 21


def test_of_two_who_decide_a_review_one_has_decided_it(raw_connection: psycopg.Connection) -> None:
    scene = Scene()
    review = Review.objects.create(
        patient=scene.admit("ada"),
        program=scene.program,
        policy=scene.policy,
        trigger="three",
        fired_at=START,
        sessions=[1],
        then="review",
        decided_by_role="team",
        due_at=START,
        at=START,
        by="system:engine",
    )

    def decide(staff: Staff) -> Act:
        by = staff_actor(staff.pk)
        return lambda: decide_review(review=review, decision="continue", words="as it is", by=by, at=START)

    told = while_the_other_waits(decide(scene.ben), decide(scene.supervisor), raw_connection)
    assert told == ["done", "review.decided"]
    assert ReviewEvent.objects.get().by == f"staff:{scene.ben.pk}"


@pytest.mark.parametrize("another", [True, False])
def test_of_two_who_start_a_comparison_at_once_one_has_started_it(
    raw_connection: psycopg.Connection, another: bool
) -> None:
    scene = Scene()

    def write() -> Experiment:
        return write_experiment(
            program=scene.program,
            name="Shorter nudge",
            estimand="Share who come within 7 days, by wording",
            variant="neutral_nudge_brief",
            within_days=7,
            usual_share=0.4,
            smallest_difference=0.2,
            starts_at=START + HOUR,
            ends_at=START + 30 * DAY,
            by=staff_actor(scene.supervisor.pk),
            at=START,
        )

    first = write()
    second = write() if another else first

    def start(experiment: Experiment, staff: Staff) -> Act:
        by = staff_actor(staff.pk)
        return lambda: start_experiment(experiment=experiment, by=by, at=START)

    told = while_the_other_waits(start(first, scene.ben), start(second, scene.supervisor), raw_connection)
    assert told == ["done", "experiment.another" if another else "experiment.started"]
    assert ExperimentStart.objects.get().experiment == first
