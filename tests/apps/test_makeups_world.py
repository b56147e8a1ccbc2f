"""What there is, laid out for planning: her free time by her own clock, and the times of an opening."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rejoin.makeups.actions import open_time, record_free_time
from rejoin.makeups.free_time import Window, free_hours, without
from rejoin.makeups.reading import Found, Sitting, owed_in
from rejoin.makeups.replanning import last_night
from rejoin.makeups.slots import times_in
from rejoin.makeups.world import world_of_patient
from tests.apps.makeups_scene import DAY, NEXT_DAY, Owing
from tests.apps.scene import START

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_her_waking_hours_move_with_her_clock() -> None:
    """On the first of November 2026 clocks go back there."""
    days = free_hours(NEW_YORK, at("2026-10-31T12:00"), at("2026-11-02T12:00"))
    assert [(start, end) for start, end in days] == [
        (at("2026-10-31T12:00"), at("2026-11-01T01:00")),
        (at("2026-11-01T13:00"), at("2026-11-02T02:00")),
        (at("2026-11-02T13:00"), at("2026-11-03T02:00")),
    ]


def test_her_own_sessions_are_not_free_time() -> None:
    def sitting(start: str, end: str) -> Sitting:
        return Sitting(1, at(start), at(end), "", None)

    day = (at("2026-10-07T12:00"), at("2026-10-08T01:00"))
    hers = [
        sitting("2026-10-07T11:00", "2026-10-07T13:00"),
        sitting("2026-10-07T15:00", "2026-10-07T16:00"),
        sitting("2026-10-08T00:00", "2026-10-08T02:00"),
        sitting("2026-10-08T03:00", "2026-10-08T04:00"),
    ]
    assert without(*day, hers) == [
        (at("2026-10-07T13:00"), at("2026-10-07T15:00")),
        (at("2026-10-07T16:00"), at("2026-10-08T00:00")),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hours", "said", "offered"),
    [(3.25, (), True), (3.25, (Window(4, 9 * 60, 20 * 60),), False), (-13, (), False)],
    ids=["an evening group of her program", "she said until eight", "five in the morning"],
)
def test_a_group_of_her_program_is_not_left_out_by_hours_that_nobody_asked_her_about(
    hours: float, said: tuple[Window, ...], offered: bool
) -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group(hours=hours, minutes=90)
    if said:
        record_free_time(patient=owing.patients[0], windows=list(said), **owing.desk())
    assert bool(owing.offers()) is offered


@pytest.mark.django_db
def test_a_one_to_one_is_asked_for_in_waking_hours_alone() -> None:
    owing = Owing()
    assert owing.missed
    starts_at = START + timedelta(days=2, hours=3, minutes=15)
    open_time(
        program=owing.scene.program,
        staff=owing.scene.ben,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        minutes=50,
        **owing.desk(),
    )
    assert owing.offers() == []


def test_an_opening_is_cut_into_times_beside_what_whoever_has_it_leads() -> None:
    opening = Found(
        None, 1, START, START + timedelta(hours=2), 60, "individual", "", "", None, None, False, 1, None, 1
    )
    busy = [(START + timedelta(minutes=60), START + timedelta(minutes=75))]
    found = [start - START for start, _ in times_in(opening, START, START + DAY, [])]
    assert found == [timedelta(minutes=15 * step) for step in range(5)]
    assert [start for start, _ in times_in(opening, START, START + DAY, busy)] == [START]
    assert times_in(opening, START + DAY, START + 2 * DAY, []) == []


def test_the_latest_night_is_yesterdays_until_three() -> None:
    assert last_night(at("2026-10-08T06:59"), NEW_YORK) == at("2026-10-07T07:00")
    assert last_night(at("2026-10-08T07:00"), NEW_YORK) == at("2026-10-08T07:00")


@pytest.mark.django_db
def test_what_there_is_for_one_is_found_in_a_fixed_number_of_questions(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    owing = Owing()
    assert owing.missed
    for days in (2, 3, 4):
        owing.other_group(days=days)
    (owed,) = owed_in(owing.scene.program.pk, since=START, now=NEXT_DAY)
    with django_assert_num_queries(12):  # type: ignore[operator]
        world = world_of_patient(owed, program_id=owing.scene.program.pk, now=NEXT_DAY)
    assert len(world.slots) == 3
