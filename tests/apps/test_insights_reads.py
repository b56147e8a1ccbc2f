"""Pages of measures and of progress ask as often for much as for little; what is read for them is all there is, and hers to see."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.common.seeing import seen_by_family, seen_by_patient, seen_by_staff
from rejoin.followup.engine import beat
from rejoin.insights import parameters
from rejoin.insights.actions import schedule_measure
from rejoin.insights.models import Due, Ending
from rejoin.insights.parameters import pools_of
from rejoin.insights.progress_program import ROWS, change_of_program
from rejoin.insights.sweep import sweep_measures
from rejoin.people.models import Staff
from rejoin.programs.models import Seat
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of, patient_client_of
from tests.apps.test_progress_fitted import ZONE, scores_of, tell
from tests.apps.test_progress_pages import PHQ9, Story

pytestmark = pytest.mark.django_db(transaction=True)
LATER = START + timedelta(days=90)
TODAY = LATER.date()


def asked(client: Client, path: str) -> int:
    clock.simulate(shown_at=LATER, rate=0)
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == HTTPStatus.OK
    return len(queries)


def of_a_patient(name: str, who: Callable[[Scene], Staff]) -> Callable[[Story], tuple[Client, str]]:
    return lambda story: (client_of(who(story.scene)), reverse(f"console:{name}", args=[story.ada.ref]))


def of_a_program(name: str) -> Callable[[Story], tuple[Client, str]]:
    return lambda story: (client_of(story.scene.supervisor), reverse(f"console:{name}"))


def of_her_own(name: str) -> Callable[[Story], tuple[Client, str]]:
    return lambda story: (patient_client_of(story.ada), reverse(f"portal:{name}"))


PAGES = {
    "her measures": of_a_patient("patient_measures", lambda scene: scene.ben),
    "her measures, to a supervisor": of_a_patient("patient_measures", lambda scene: scene.supervisor),
    "her progress": of_a_patient("patient_progress", lambda scene: scene.ben),
    "her progress, as a file": of_a_patient("patient_progress_file", lambda scene: scene.ben),
    "progress of a program": of_a_program("progress"),
    "measures of a program": of_a_program("measures"),
    "comparisons": of_a_program("experiments"),
    "her own measures": of_her_own("measures"),
    "her own first page": of_her_own("today"),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_asks_as_often_for_much_as_for_little(page: Callable[[Story], tuple[Client, str]]) -> None:
    story = Story().tell(PHQ9, 19, None)
    client, path = page(story)
    few = asked(client, path)
    for number in range(6):
        Scene(slug=f"other{number}")
        patient = story.scene.admit(f"p{number}", phone=f"+1555030{number:04}")
        ada, story.ada, story.begins = story.ada, patient, START + timedelta(hours=4 * number + 4)
        story.tell(PHQ9, 15, None, 11, 9, 12)
        story.ada, story.begins = ada, START
    story.tell(PHQ9, 17, None, 12, 13, 10, None, 8, from_week=2)
    assert asked(client, path) == few


def test_a_page_of_one_program_is_of_the_one_that_is_chosen() -> None:
    here, there = Scene(), Scene(slug="morning")
    there.program.name = "Morning"
    there.program.save()
    of_both = here.hire("dora", "director")
    of_both.roles.create(
        program=there.program, role="director", from_at=START - timedelta(days=9), from_by="x"
    )
    clock.simulate(shown_at=START, rate=0)
    client = client_of(of_both)
    for name in ("progress", "measures", "experiments"):
        first = client.get(reverse(f"console:{name}")).content.decode()
        other = client.get(reverse(f"console:{name}"), {"program": "morning"}).content.decode()
        assert f'p{here.program.pk}-h"' in first.replace(f'"g{here.program.pk}', f'"p{here.program.pk}')
        assert "Another program is chosen in the menu" in other
        assert f'{there.program.pk}-h"' in other
        assert f'{there.program.pk}-h"' not in first


def test_a_measure_is_open_until_it_ends_and_nobody_says_so_but_its_ending() -> None:
    story = Story()
    story.put_off(PHQ9, 0, "")
    due = Due.objects.get()
    assert due.open
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        Due.objects.update(open=False)
    Ending.objects.create(due=due, patient=story.ada, how="declined", at=START, by="staff:1")
    due.refresh_from_db()
    assert not due.open
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        Due.objects.update(open=True)


def told(program: int) -> int:
    return len(select(ROWS, {"program": program, "until": TODAY, "latest": 10}))


def test_first_weeks_of_a_program_are_told_to_whoever_answers_for_all_of_it_and_to_nobody_else() -> None:
    story, other = Story().tell(PHQ9, 19, 12, 9), Scene(slug="morning")
    program = story.scene.program.pk
    assert told(program) == 3
    with seen_by_staff(story.scene.supervisor.pk):
        assert told(program) == 3
    facilitator = story.scene.hire("fay", "facilitator")
    for nobody in (facilitator, other.supervisor):
        with seen_by_staff(nobody.pk):
            assert told(program) == 0
    with seen_by_patient(story.ada.pk):
        assert told(program) == 0
    with seen_by_family(1, {}):
        assert told(program) == 0


def test_whoever_began_last_is_found_however_long_ago_that_was() -> None:
    story = Story()
    for number, days in enumerate((0, 3, 40, 41, 300)):
        story.ada = story.scene.admit(f"p{number}", phone=f"+1555020{number:04}")
        story.begins = START - timedelta(days=days)
        story.tell(PHQ9, 15, 12)
    began = {"program": story.scene.program.pk, "until": START.date()}
    for latest in (2, 3, 5, 10):
        rows = select(ROWS, began | {"latest": latest})
        assert len({row[2] for row in rows}) == min(latest, 5)
        assert {row[4] for row in rows} == {0, 7}


def test_another_answer_comes_to_another_figure_at_once() -> None:
    story = Story()
    for number in range(14):
        story.ada = story.scene.admit(f"p{number}", phone=f"+1555020{number:04}")
        story.begins = START + timedelta(hours=4 * number)
        story.tell(PHQ9, 15 + number % 6, None, 11 + number * 2 % 7, None, 8 + number * 3 % 7)
    (before,) = change_of_program(story.scene.program.pk, TODAY)
    assert change_of_program(story.scene.program.pk, TODAY) == (before,)
    story.ada, story.begins = story.scene.admit("p14", phone="+15550300001"), START + timedelta(hours=70)
    story.tell(PHQ9, 27, None, 27, None, 27)
    (after,) = change_of_program(story.scene.program.pk, TODAY)
    assert (before.patients, after.patients) == (14, 15)
    assert before.change is not None
    assert after.change is not None
    assert before.change.at_random.estimate < after.change.at_random.estimate


def test_of_very_many_patients_evenly_spaced_ones_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene()
    hers = tell(scene, *scores_of(22))
    monkeypatch.setattr(parameters, "MOST", 5)
    (pool,) = pools_of(scene.program.pk, zone=ZONE, until=(START + timedelta(days=20)).date())
    assert (pool.series.patients, pool.twice, len(hers)) == (5, 22, 22)


def test_a_seat_that_is_given_late_is_asked_within_a_quarter_of_an_hour() -> None:
    scene = Scene()
    who: Any = {"by": scene.as_ben(), "at": START - timedelta(days=1)}
    schedule_measure(program=scene.program, instrument=PHQ9, every_days=14, **who)
    session, now = scene.session(), START + timedelta(hours=2, minutes=5)
    beat("insights.measures", now - timedelta(seconds=1))
    Seat.objects.create(session=session, patient=scene.admit("ada"))
    assert sweep_measures(now=now) == 0
    assert sweep_measures(now=now + timedelta(minutes=15)) == 1
    assert Due.objects.get().seat.session == session
