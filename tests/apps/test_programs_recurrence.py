"""When a series meets: the rule's vectors, and what clocks that change do to them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rejoin.domain.kernel import Refusal
from rejoin.programs.recurrence import check_rule, occurrences

NEW_YORK = ZoneInfo("America/New_York")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def meets(
    rule: str,
    first: str,
    *,
    until: str = "2026-12-31T00:00",
    zone: str = "America/New_York",
    skipped: tuple[date, ...] = (),
    since: datetime = ALWAYS,
) -> list[str]:
    """The instants, as a clock in the zone shows them."""
    place = ZoneInfo(zone)
    kept = check_rule(rule, first=local(first), zone=place)
    end = local(until).replace(tzinfo=place).astimezone(UTC)
    found = occurrences(kept, first=local(first), zone=place, skipped=skipped, since=since, until=end)
    return [f"{at.astimezone(place):%m-%d %H:%M %z}" for _, at in found]


@pytest.mark.parametrize(
    ("rule", "first", "until", "expected"),
    [
        (
            "FREQ=WEEKLY;BYDAY=MO,WE,TH",
            "2026-10-05T18:00",
            "2026-10-13T00:00",
            ["10-05 18:00 -0400", "10-07 18:00 -0400", "10-08 18:00 -0400", "10-12 18:00 -0400"],
        ),
        (
            "FREQ=DAILY;COUNT=2",
            "2026-10-05T18:00",
            "2026-12-01T00:00",
            ["10-05 18:00 -0400", "10-06 18:00 -0400"],
        ),
        (
            "RRULE:FREQ=WEEKLY;INTERVAL=2",
            "2026-10-05T18:00",
            "2026-11-04T00:00",
            ["10-05 18:00 -0400", "10-19 18:00 -0400", "11-02 18:00 -0500"],
        ),
        (
            "freq=daily;until=20261007",
            "2026-10-05T18:00",
            "2026-12-01T00:00",
            ["10-05 18:00 -0400", "10-06 18:00 -0400", "10-07 18:00 -0400"],
        ),
        ("FREQ=DAILY;UNTIL=20261006T175959", "2026-10-05T18:00", "2026-12-01T00:00", ["10-05 18:00 -0400"]),
        (
            "FREQ=DAILY;UNTIL=20261006T220000Z",
            "2026-10-05T18:00",
            "2026-12-01T00:00",
            ["10-05 18:00 -0400", "10-06 18:00 -0400"],
        ),
        ("FREQ=DAILY;UNTIL=20261006T215959Z", "2026-10-05T18:00", "2026-12-01T00:00", ["10-05 18:00 -0400"]),
        (
            "FREQ=MONTHLY;BYDAY=1MO",
            "2026-10-05T18:00",
            "2026-12-31T00:00",
            ["10-05 18:00 -0400", "11-02 18:00 -0500", "12-07 18:00 -0500"],
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "2026-10-30T18:00",
            "2026-12-01T00:00",
            ["10-30 18:00 -0400", "11-30 18:00 -0500"],
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31",
            "2026-10-31T18:00",
            "2026-12-31T23:00",
            ["10-31 18:00 -0400", "12-31 18:00 -0500"],
        ),
    ],
)
def test_a_rule_meets_as_it_says(rule: str, first: str, until: str, expected: list[str]) -> None:
    assert meets(rule, first, until=until) == expected


def test_the_wall_clock_stays_when_clocks_change() -> None:
    assert meets("FREQ=WEEKLY", "2026-10-28T18:00", until="2026-11-12T00:00") == [
        "10-28 18:00 -0400",
        "11-04 18:00 -0500",
        "11-11 18:00 -0500",
    ]


def test_a_clock_time_that_is_skipped_moves_forward_by_the_gap_that_once() -> None:
    assert meets("FREQ=DAILY", "2026-03-07T02:30", until="2026-03-10T00:00") == [
        "03-07 02:30 -0500",
        "03-08 03:30 -0400",
        "03-09 02:30 -0400",
    ]


def test_a_clock_time_that_comes_twice_is_its_first() -> None:
    assert meets("FREQ=DAILY", "2026-10-31T01:30", until="2026-11-03T00:00") == [
        "10-31 01:30 -0400",
        "11-01 01:30 -0400",
        "11-02 01:30 -0500",
    ]


def test_half_an_hour_of_clock_change_is_half_an_hour() -> None:
    assert meets("FREQ=DAILY", "2026-10-03T02:10", until="2026-10-05T00:00", zone="Australia/Lord_Howe") == [
        "10-03 02:10 +1030",
        "10-04 02:40 +1100",
    ]


def test_a_day_that_a_zone_leaves_out_meets_once_with_the_next() -> None:
    rule, first, zone = "FREQ=DAILY", local("2011-12-29T10:00"), ZoneInfo("Pacific/Apia")
    end = datetime(2011, 12, 31, 12, tzinfo=zone).astimezone(UTC)
    found = [at for _, at in occurrences(rule, first=first, zone=zone, skipped=(), since=ALWAYS, until=end)]
    assert len(found) == len(set(found)) == 2


def test_a_skipped_day_is_not_held_and_still_counts() -> None:
    assert meets("FREQ=DAILY;COUNT=3", "2026-10-05T18:00", skipped=(date(2026, 10, 6),)) == [
        "10-05 18:00 -0400",
        "10-07 18:00 -0400",
    ]


def test_only_what_lies_between_the_two_instants_is_told() -> None:
    since = local("2026-10-06T18:00").replace(tzinfo=NEW_YORK)
    assert meets("FREQ=DAILY", "2026-10-05T18:00", since=since, until="2026-10-08T18:00") == [
        "10-06 18:00 -0400",
        "10-07 18:00 -0400",
    ]


def test_an_endless_rule_that_meets_rarely_is_not_walked_to_the_end_of_time() -> None:
    assert meets("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2024-02-29T18:00", until="2027-01-01T00:00") == [
        "02-29 18:00 -0500"
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=HOURLY", "daily, weekly, monthly or yearly"),
        ("FREQ=MINUTELY;INTERVAL=90", "daily, weekly, monthly or yearly"),
        ("FREQ=SECONDLY;COUNT=3", "daily, weekly, monthly or yearly"),
        ("BYDAY=MO", "daily, weekly, monthly or yearly"),
        ("FREQ=DAILY;BYHOUR=10,14", "BYHOUR"),
        ("FREQ=DAILY;BYEASTER=0", "BYEASTER"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "not both"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=many", "COUNT"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999", "INTERVAL"),
        ("FREQ=DAILY;UNTIL=soon", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20261340", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=1MO", "months and years"),
        ("FREQ=WEEKLY;BYDAY=XX", "is not one such as"),
        ("FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", "is not one such as"),
        ("FREQ=WEEKLY;BYDAY", "is not one such as"),
        ("", "daily, weekly, monthly or yearly"),
        ("FREQ=DAILY\nDTSTART:20260101T000000", "is too long"),
        ("FREQ=DAILY;" + "BYMONTH=1," * 60, "is too long"),
        ("FREQ=WEEKLY;BYDAY=TU", "does not meet at the time that the series begins"),
        ("FREQ=DAILY;UNTIL=20261004", "does not meet at the time that the series begins"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "does not meet at the time that the series begins"),
        ("FREQ=DAILY;BYSETPOS=1", "among nothing"),
        ("FREQ=DAILY;BYMONTH=13", "does not meet at the time that the series begins"),
    ],
)
def test_a_rule_that_we_cannot_honour_is_refused(rule: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        check_rule(rule, first=local("2026-10-05T18:00"), zone=NEW_YORK)


def test_a_series_cannot_begin_at_a_time_that_clocks_skip() -> None:
    with pytest.raises(Refusal, match="does not exist in America/New_York"):
        check_rule("FREQ=DAILY", first=local("2026-03-08T02:30"), zone=NEW_YORK)


def test_the_rule_is_kept_in_capitals_without_its_name() -> None:
    kept = check_rule(" rrule:freq=weekly;byday=mo ", first=local("2026-10-05T18:00"), zone=NEW_YORK)
    assert kept == "FREQ=WEEKLY;BYDAY=MO"


@settings(deadline=None, max_examples=60)
@given(
    first=some.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 12, 31)),  # noqa: DTZ001
    days=some.sets(some.sampled_from(range(7)), min_size=1),
    zone=some.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_weekdays_are_what_a_walk_through_the_calendar_finds(
    first: datetime, days: set[int], zone: str
) -> None:
    first = first.replace(second=0, microsecond=0)
    place, days = ZoneInfo(zone), days | {first.weekday()}
    back = first.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None)
    if back != first:
        return  # a time that clocks skip
    rule = "FREQ=WEEKLY;BYDAY=" + ",".join(WEEKDAYS[day] for day in days)
    walked = [first + timedelta(days=number) for number in range(60)]
    expected = [each.replace(tzinfo=place).astimezone(UTC) for each in walked if each.weekday() in days]
    end = datetime.combine(first + timedelta(days=60), time.min, tzinfo=place).astimezone(UTC)
    found = occurrences(rule, first=first, zone=place, skipped=(), since=ALWAYS, until=end)
    assert [at for _, at in found] == [each for each in expected if each < end]
