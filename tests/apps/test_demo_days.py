"""Days after the story: believable, the same each time, and left alone where a person was faster."""

from datetime import UTC, datetime, timedelta

import pytest

from rejoin.attendance.models import Mark
from rejoin.demo.days import ZONE
from rejoin.demo.deeds import CannotCome, Marks
from rejoin.demo.going_on import Day, plan_day
from rejoin.demo.reacting import Reactions, TakesUp, at_work, when_seen_to
from rejoin.demo.showing import night_after
from rejoin.demo.stage import Stage
from rejoin.domain.attendance import Status
from rejoin.followup.models import Attempt, Step
from rejoin.people.models import Patient
from tests.apps.scene import START, Scene, minutes

NIGHT = datetime(2026, 10, 7, 7, 0, tzinfo=UTC)
"""03:00 in New York."""
DAY = timedelta(days=1)


def a_month_of(scene: Scene, *, mode: str = "video") -> list[Patient]:
    patients = [scene.admit(f"patient {number}", phone=f"+15550{number:03d}") for number in range(10)]
    for day in range(28):
        scene.session(*patients, starts_at=START + day * DAY, mode=mode)
    return patients


def planned() -> Day:
    return plan_day(NIGHT, NIGHT + 28 * DAY)


@pytest.mark.django_db
def test_most_come_some_stay_away_and_the_same_seed_makes_the_same_day() -> None:
    a_month_of(Scene())
    day = planned()
    assert day == planned()
    away = [each for each in day.comes if each.at is None]
    assert 15 < len(away) < 60, "of 280 seats about an eighth"
    assert {bool(each.nickname) for each in day.comes} == {True, False}
    assert any(each.cut_off_at for each in day.comes)
    assert any(each.second_device for each in day.comes)
    assert 20 < len(day.watched) <= 28
    assert [beat.at for beat in day.beats] == sorted(beat.at for beat in day.beats)


@pytest.mark.django_db
def test_who_says_that_she_cannot_come_says_so_in_the_daytime_and_before() -> None:
    a_month_of(Scene())
    day = planned()
    said = [beat for beat in day.beats if isinstance(beat.deed, CannotCome)]
    assert said
    away = {(each.session, each.patient) for each in day.comes if each.at is None}
    for beat in said:
        assert isinstance(beat.deed, CannotCome)
        assert (beat.deed.session, beat.deed.patient) in away
        assert 7 <= beat.at.astimezone(ZONE).hour < 18


@pytest.mark.django_db
def test_where_no_room_tells_the_facilitator_marks_everybody() -> None:
    patients = a_month_of(Scene(), mode="in_person")
    day = planned()
    assert day.watched == ()
    assert all(each.at is None for each in day.comes)
    marked = [beat.deed for beat in day.beats if isinstance(beat.deed, Marks)]
    assert {mark.status for mark in marked} == {Status.ATTENDED, Status.MISSED}
    assert sum(len(mark.patients) for mark in marked) == 28 * len(patients)


@pytest.mark.django_db
def test_what_was_planned_can_be_done() -> None:
    scene = Scene()
    a_month_of(scene, mode="in_person")
    stage = Stage(began_at=NIGHT, sms_vendor="http://127.0.0.1:1")
    day = plan_day(NIGHT, NIGHT + 3 * DAY)
    for beat in day.beats:
        scene.run(beat.at)
        assert beat.deed.is_ready(stage)
        beat.deed.do(stage, beat.at)
    assert Mark.objects.filter(status="missed").exists()
    assert Mark.objects.filter(status="attended").count() > 10


@pytest.mark.django_db
def test_staff_see_to_most_of_what_is_on_their_lists_each_thing_once() -> None:
    scene = Scene()
    patients = [scene.admit(f"patient {number}", phone=f"+15550{number:03d}") for number in range(10)]
    scene.watched(scene.session(*patients))
    for at in (5, 21, 61):
        scene.run(START + minutes(at))
    reactions = Reactions(since=START)
    beats = [beat for beat in reactions.new() if isinstance(beat.deed, TakesUp)]
    todo = Step.objects.to_do().exclude(actor="system").count()
    assert todo / 2 < len(beats) <= todo
    assert reactions.new() == []
    stage = Stage(began_at=START, sms_vendor="http://127.0.0.1:1")
    for beat in sorted(beats, key=lambda beat: beat.at):
        scene.run(beat.at)
        if beat.deed.is_ready(stage):
            beat.deed.do(stage, beat.at)
    assert Attempt.objects.filter(by__startswith="staff:").count() > len(beats) / 4


def test_some_of_what_is_on_a_list_stays_for_whoever_watches() -> None:
    seen = [when_seen_to(f"step:{number}", START, START + minutes(60)) for number in range(1000)]
    assert 100 < seen.count(None) < 250


@pytest.mark.django_db
def test_what_somebody_has_done_meanwhile_is_not_done_again() -> None:
    scene = Scene()
    scene.watched(scene.session(scene.admit("ada")))
    scene.run(START + minutes(5))
    scene.run(START + minutes(61))
    step = Step.objects.to_do().exclude(actor="system")[0]
    deed, stage = TakesUp(step.pk, scene.ben.pk), Stage(began_at=START, sms_vendor="http://127.0.0.1:1")
    assert deed.is_ready(stage)
    deed.do(stage, START + minutes(62))
    assert not deed.is_ready(stage)


@pytest.mark.parametrize(
    ("at", "worked"),
    [("10:00", "10:00"), ("21:45", "08:47"), ("02:10", "08:42"), ("08:29", "09:01")],
)
def test_nobody_works_at_night(at: str, worked: str) -> None:
    hour, minute = map(int, at.split(":"))
    found = at_work(datetime(2026, 10, 9, hour, minute, tzinfo=ZONE)).astimezone(ZONE)
    assert f"{found:%H:%M}" == worked
    assert found >= datetime(2026, 10, 9, hour, minute, tzinfo=ZONE)


def test_a_day_is_planned_in_the_night_before_it() -> None:
    evening = datetime(2026, 10, 8, 20, 0, tzinfo=ZONE)
    assert night_after(evening) == datetime(2026, 10, 9, 3, 0, tzinfo=ZONE)
    assert night_after(datetime(2026, 10, 9, 1, 0, tzinfo=ZONE)) == datetime(2026, 10, 9, 3, 0, tzinfo=ZONE)
    assert night_after(datetime(2026, 10, 9, 3, 0, tzinfo=ZONE)) == datetime(2026, 10, 10, 3, 0, tzinfo=ZONE)
