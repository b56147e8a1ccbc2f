"""Patterns are made of sessions in which a patient was expected: a seat given back makes none."""

from datetime import timedelta

import pytest

from rejoin.followup.models import Case, Review, ReviewEvent
from rejoin.programs.actions import release_seat
from rejoin.programs.models import Seat, Session
from rejoin.programs.vocabulary import Release
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db


def missed_twice(scene: Scene) -> list[Session]:
    """Two misses without a call, on two evenings."""
    ada = scene.admit("ada")
    sessions = [scene.session(ada, starts_at=START + timedelta(days=day)) for day in (0, 1)]
    for each in sessions:
        scene.watched(each)
        scene.run(each.starts_at + minutes(6))
        scene.run(each.ends_at + minutes(1))
    return sessions


def give_back(scene: Scene, session: Session) -> None:
    release_seat(
        seat=Seat.objects.get(session=session),
        reason=Release.CORRECTED,
        by=scene.as_ben(),
        at=session.ends_at + minutes(5),
    )


@pytest.mark.parametrize("which", [0, 1])
def test_a_miss_whose_seat_is_given_back_takes_its_review_and_its_case_back(which: int) -> None:
    scene = Scene()
    sessions = missed_twice(scene)
    assert Review.objects.get().trigger == "two-no-call"
    give_back(scene, sessions[which])
    scene.run(sessions[1].ends_at + minutes(6))
    assert [each.turn for each in ReviewEvent.objects.order_by("pk")][-1] == "withdrawn"
    assert Case.objects.get(session=sessions[which]).final_outcome == "reversed"
    assert Case.objects.get(session=sessions[1 - which]).final_outcome != "reversed"


def test_a_seat_given_back_before_its_session_is_no_miss_and_no_part_of_a_pattern() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    first, second = (scene.session(ada, starts_at=START + timedelta(days=day)) for day in (0, 1))
    give_back(scene, first)
    for each in (first, second):
        scene.watched(each)
        scene.run(each.starts_at + minutes(6))
        scene.run(each.ends_at + minutes(1))
    assert [each.session for each in Case.objects.all()] == [second]
    assert not Review.objects.exists()
