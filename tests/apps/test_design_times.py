"""Times on pages, in the words of the house. The browser says the same (tests/journeys/test_page_scripts.py)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from rejoin.common.templatetags.pages import share, told_ago, told_due, told_for, told_when

AT = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def at(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return AT.replace(hour=int(hour), minute=int(minute))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("21:30", "due in 30 min"),
        ("20:35", "due in 1 h 25 min"),
        ("22:00", "due now"),
        ("23:12", "overdue by 1 h 12 min"),
        ("18:20", "due in 3 h"),
        ("20:00", "due in 2 h"),
    ],
)
def test_what_is_due_is_told_as_exactly_as_it_matters(now: str, words: str) -> None:
    assert told_due(AT, at(now)) == words


@pytest.mark.parametrize(
    ("now", "words"), [("21:30", "in 30 min"), ("22:00", "now"), ("22:59", "59 min ago")]
)
def test_when_something_was_is_told_from_now(now: str, words: str) -> None:
    assert told_ago(AT, at(now)) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=59), "2 h 59 min"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_long_ago_is_told_roughly(length: timedelta, words: str) -> None:
    assert told_for(length) == words


def test_a_time_of_today_has_no_day_and_one_of_another_year_has_its_year() -> None:
    now = at("23:00")
    assert told_when(AT, now, NEW_YORK) == "18:00"
    assert told_when(AT - timedelta(days=1), now, NEW_YORK) == "Sun 4 Oct 18:00"
    assert told_when(AT - timedelta(days=365), now, NEW_YORK) == "Sun 5 Oct 2025 18:00"


def test_today_is_the_day_on_the_wall_and_not_in_utc() -> None:
    assert told_when(datetime(2026, 10, 6, 1, 0, tzinfo=UTC), at("23:00"), NEW_YORK) == "21:00"


def show(template: str, **context: object) -> str:
    frame = SimpleNamespace(now=at("22:47"), zone=NEW_YORK)
    return Template(template).render(Context({"frame": frame, **context}))


def test_what_is_overdue_says_so_in_words_and_in_its_look() -> None:
    assert show("{% clock at due=True %}", at=AT) == (
        '<time class="clock is-late" datetime="2026-10-05T22:00:00+00:00" data-clock="due">'
        '<span>18:00</span> <span class="ago">overdue by 47 min</span></time>'
    )


def test_what_is_due_within_an_hour_is_marked() -> None:
    assert 'class="clock is-soon"' in show("{% clock at due=True %}", at=AT + timedelta(hours=1))
    assert 'class="clock"' in show("{% clock at due=True %}", at=AT + timedelta(hours=2))


def test_an_instant_in_another_zone_is_told_there() -> None:
    assert ">15:00 PDT<" in show("{% clock at zone='America/Los_Angeles' %}", at=AT)
    assert ">22:00 UTC<" in show("{% when at zone=utc %}", at=AT, utc=UTC)
    assert ">18:00<" in show("{% when at zone=zone %}", at=AT, zone=ZoneInfo("America/New_York"))


def test_no_instant_is_no_words() -> None:
    assert show("{% clock at %}{% when at %}", at=None) == ""


def test_without_a_frame_a_time_is_told_in_the_zone_of_the_process() -> None:
    context = Context({"at": AT, "now": at("22:30")})
    assert ">22:00<" in Template("{% clock at now=now %}{% when at now=now %}").render(context)


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(3, 4, "75.0"), (5, 4, "100.0"), (-1, 4, "0.0"), (1, 0, "0.0")]
)
def test_a_bar_is_never_longer_than_its_whole(part: float, whole: float, percent: str) -> None:
    assert share(part, whole) == percent
