"""Sessions of series, made ahead by the worker: of every series, by one worker at a time, whatever one of them does."""

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from rejoin.common import clock
from rejoin.common.actors import COMMAND, ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.operations import seating, working
from rejoin.operations.health.asking import examine
from rejoin.operations.health.report import Check
from rejoin.programs import actions, ahead
from rejoin.programs.actions.series import NewSeries
from rejoin.programs.models import Program, Series, Session
from rejoin.rooms.models import Room
from tests.apps.town import DAY, NOW, WHO, a_group, a_patient, a_program

SIX = datetime(2026, 10, 5, 18, 0)  # noqa: DTZ001 - on the wall in New York


@pytest.fixture
def program(db: None) -> Program:
    clock.simulate(shown_at=NOW, rate=0)
    return a_program()


def add(program: Program, external_id: str, **columns: Any) -> Series:
    """Mondays and Wednesdays at six."""
    given = {"first": SIX, "rule": "FREQ=WEEKLY;BYDAY=MO,WE", "minutes": 60, **columns}
    given.setdefault("group", a_group(program, external_id))
    return actions.add_series(program=program, series=NewSeries(external_id=external_id, **given), **WHO)


def made(series: Series) -> int:
    return Session.objects.filter(series=series).count()


def schedule() -> Check:
    return next(check for check in examine().checks if check.name == "programs.schedule")


def test_every_series_has_its_sessions_of_four_weeks_and_its_room(program: Program) -> None:
    blue, green = add(program, "blue", room="iop-blue"), add(a_program("day"), "green")
    assert working.extend_unknown(set()) == {blue.pk, green.pk}
    assert (made(blue), made(green)) == (9, 9)
    assert Room.objects.filter(session__series=blue, name="iop-blue").count() == 9
    clock.simulate(shown_at=NOW + 7 * DAY, rate=0)
    working.extend_unknown(set())
    assert (made(blue), made(green)) == (11, 11)
    working.extend_unknown(set())
    assert (made(blue), made(green)) == (11, 11)


def test_between_the_hours_only_a_new_series_is_seen_to(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []
    monkeypatch.setattr(seating, "extend_schedules", lambda numbers, **_: asked.append(numbers))
    blue = add(program, "blue")
    known = working.extend_unknown(set())
    green = add(program, "green")
    known = working.extend_unknown(known)
    actions.end_series(series=green, last_day=date(2026, 10, 4), **WHO)
    assert working.extend_unknown(known) == {blue.pk}
    assert asked == [{blue.pk}, {green.pk}]


def test_one_series_that_fails_stops_no_other_and_shows(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    series = [add(program, name) for name in ("blue", "green", "red")]
    make = ahead.make_ahead

    def fail_at_green(each: Series, **given: Any) -> Any:
        if each.pk == series[1].pk:
            raise ValueError("poison")
        return make(each, **given)

    monkeypatch.setattr(f"{actions.series.__name__}.make_ahead", fail_at_green)
    assert working.extend_unknown(set()) == {each.pk for each in series}
    assert [made(each) for each in series] == [9, 0, 9]
    assert [
        (each.msg, vars(each)["row_id"]) for each in caplog.records if each.msg == "sweep.row_failed"
    ] == [("sweep.row_failed", series[1].pk)]
    assert (schedule().ok, schedule().ids) == (False, (f"series:{series[1].pk}",))


def test_a_series_that_is_refused_is_named_in_the_log(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    series = [add(program, name) for name in ("blue", "green")]
    make = ahead.make_ahead

    def refuse_blue(each: Series, **given: Any) -> Any:
        if each.pk == series[0].pk:
            raise Refusal("one_session_of_an_id", "The program already has it.")
        return make(each, **given)

    monkeypatch.setattr(f"{actions.series.__name__}.make_ahead", refuse_blue)
    assert seating.extend_schedules([each.pk for each in series], by=ENGINE) == 9
    (told,) = (each for each in caplog.records if each.msg == "seating.series_refused")
    assert (vars(told)["row_id"], vars(told)["code"]) == (series[0].pk, "one_session_of_an_id")


def test_a_patient_who_sits_elsewhere_then_is_told_of(
    program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    ada = a_patient()
    for name in ("blue", "green"):
        series = add(program, name)
        actions.enrol(patient=ada, program=program, group=series.group, **WHO)
    working.extend_unknown(set())
    (told,) = (each for each in caplog.records if each.msg == "seating.gaps_left")
    assert vars(told)["unseated_count"] == 9


@pytest.mark.django_db(transaction=True)
def test_a_series_that_another_worker_has_is_left_to_it(raw_connection: psycopg.Connection) -> None:
    clock.simulate(shown_at=NOW, rate=0)
    program = a_program()
    blue, green = add(program, "blue"), add(program, "green")
    with raw_connection.transaction():
        raw_connection.execute(seating.CLAIM, [program.pk, [blue.pk]])
        working.extend_unknown(set())
        assert (made(blue), made(green)) == (0, 9)
    working.extend_unknown(set())
    assert (made(blue), made(green)) == (9, 9)


def test_a_schedule_that_runs_short_fails_before_anybody_is_missed_in_it(program: Program) -> None:
    blue = add(program, "blue")
    assert (schedule().ok, schedule().ids) == (False, (f"series:{blue.pk}",))
    working.extend_unknown(set())
    assert schedule().said == "Every series has its sessions of the next 21 days."
    clock.simulate(shown_at=NOW + 6 * DAY, rate=0)
    assert schedule().ok
    clock.simulate(shown_at=NOW + 10 * DAY, rate=0)
    assert not schedule().ok
    actions.end_series(series=blue, by=COMMAND, at=NOW + 10 * DAY)
    assert schedule().ok


def test_sessions_that_were_moved_or_called_off_are_made_all_the_same(program: Program) -> None:
    add(program, "blue")
    working.extend_unknown(set())
    first, second = Session.objects.order_by("starts_at")[:2]
    actions.cancel_session(session=first, **WHO)
    actions.move_session(
        session=second, starts_at=second.starts_at + timedelta(hours=1), ends_at=second.ends_at + timedelta(hours=1), **WHO
    )  # fmt: skip
    assert schedule().ok


def test_a_rule_that_cannot_be_read_any_more_shows(program: Program) -> None:
    blue = add(program, "blue")
    Series.objects.update(rule="FREQ=NEVER")
    assert schedule().ids == (f"series:{blue.pk}",)
