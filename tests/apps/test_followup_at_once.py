"""Two of the team at the same moment, each on a connection of her own: one acts, the other is told, no word is lost."""

from collections.abc import Callable

import psycopg
import pytest

from rejoin.common.actors import staff_actor
from rejoin.followup.actions import (
    acknowledge,
    add_task,
    close_case,
    finish_task,
    give_task,
    record_attempt,
    say,
)
from rejoin.followup.models import Attempt, Case, CaseNote, CaseNoteSeen, Task, TaskEvent
from rejoin.followup.staleness import version_of
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome
from rejoin.people.models import Staff
from tests.apps.scene import START, Scene, minutes
from tests.apps.test_constraints_concurrent import Act, at_once, while_the_other_waits

pytestmark = pytest.mark.django_db(transaction=True)
NOW = START + minutes(62)


def a_miss() -> tuple[Scene, Case]:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(61))
    return scene, scene.case(ada)


def attempt(case: Case, staff: Staff, seen: int) -> Act:
    by = staff_actor(staff.pk)
    return lambda: record_attempt(case=case, outcome=AttemptOutcome.NO_ANSWER, seen=seen, by=by, at=NOW)


def test_of_two_who_record_an_attempt_at_once_the_second_is_told(raw_connection: psycopg.Connection) -> None:
    scene, case = a_miss()
    seen = version_of(case)
    told = while_the_other_waits(
        attempt(case, scene.ben, seen), attempt(case, scene.coordinator, seen), raw_connection
    )
    assert told == ["done", "stale"]
    assert Attempt.objects.exclude(outcome="message_sent").get().by == f"staff:{scene.ben.pk}"


def test_whoever_tries_while_the_case_is_ended_writes_nothing(raw_connection: psycopg.Connection) -> None:
    scene, case = a_miss()
    seen = version_of(case)

    def end() -> None:
        close_case(case=case, outcome=FinalOutcome.REFUSED, seen=seen, by=scene.as_ben(), at=NOW)

    assert while_the_other_waits(end, attempt(case, scene.coordinator, seen), raw_connection) == [
        "done",
        "stale",
    ]
    assert not Attempt.objects.exclude(outcome="message_sent").exists()


@pytest.mark.parametrize("crowd", [6])
def test_of_a_crowd_with_the_same_page_one_is_first_and_every_note_goes_through(crowd: int) -> None:
    scene, case = a_miss()
    seen = version_of(case)
    notes: list[Callable[[], object]] = [
        lambda number=number: say(case=case, words=f"note {number}", by=scene.as_ben(), at=NOW)  # type: ignore[misc]
        for number in range(crowd)
    ]
    told = at_once(*[attempt(case, scene.ben, seen) for _ in range(crowd)], *notes)
    assert (told.count("done"), told.count("stale")) == (1 + crowd, crowd - 1)
    assert CaseNote.objects.count() == crowd


def test_a_task_that_two_finish_is_finished_once_and_stays_so_when_it_is_given_meanwhile() -> None:
    scene, case = a_miss()
    task = add_task(
        program=scene.program,
        case=case,
        words="Find another number",
        owner=scene.ben,
        due_at=NOW + minutes(60),
        by=scene.as_ben(),
        at=NOW,
    )
    by = staff_actor(scene.coordinator.pk)
    told = at_once(
        lambda: finish_task(task=task, by=scene.as_ben(), at=NOW),
        lambda: finish_task(task=task, by=by, at=NOW),
    )
    assert told.count("done") == 1
    assert {*told} - {"done"} <= {"a_task_ends_once", "task.ended"}  # at the same moment, or just after
    assert TaskEvent.objects.filter(task=task, turn="done").count() == 1
    at_once(lambda: give_task(task=task, owner=scene.supervisor, by=by, at=NOW))
    assert not Task.objects.open().exists()


def test_a_note_that_she_acknowledges_in_two_windows_is_acknowledged_once() -> None:
    scene, case = a_miss()
    note = say(case=case, words="Please call", asks=scene.coordinator, by=scene.as_ben(), at=NOW)
    by = staff_actor(scene.coordinator.pk)
    told = at_once(*[lambda: acknowledge(note=note, by=by, at=NOW)] * 2)
    assert told.count("done") == 1
    assert {*told} - {"done"} <= {"a_note_is_acknowledged_once", "note.seen"}
    assert CaseNoteSeen.objects.count() == 1
    assert not CaseNote.objects.filter(waits=True).exists()
