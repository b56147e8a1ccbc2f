"""Day or month first, clocks that are set forward and back, and times that cannot be."""

from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.rooms.exports.durations import read_duration
from rejoin.rooms.exports.faults import Fault
from rejoin.rooms.exports.instants import EARLIEST, EPOCH, LATEST, instant_of
from tests.rooms.asking import CONTEXT, problems_of, read, seen_in, span, utc


def zoom(*rows: tuple[str, str, str]) -> str:
    return "Name,Join Time,Leave Time,Duration (Minutes)\n" + "".join(
        f"Ada,{joined},{left},{minutes}\n" for joined, left, minutes in rows
    )


def teams(*rows: tuple[str, str]) -> str:
    return "1. Summary\nMeeting title\tx\n\n3. Activities\nName\tJoin Time\tLeave Time\n" + "".join(
        f"Ada\t{joined}\t{left}\n" for joined, left in rows
    )


def labels(text: str) -> list[str]:
    return [reading.label for reading in read(text).readings]


def test_dates_that_could_be_either_are_read_both_ways_the_likelier_first() -> None:
    assert labels(zoom(("10/05/2026 17:55:00", "", ""))) == ["month first", "day first"]
    assert labels(teams(("10/05/26, 5:55:00 PM", ""))) == ["month first", "day first"]
    assert labels(teams(("10/05/2026, 17:55:00", ""))) == ["day first", "month first"]


def test_one_date_that_can_be_only_one_thing_settles_the_whole_file() -> None:
    ambiguous = ("10/05/2026 17:55:00", "", "")
    (reading,) = read(zoom(ambiguous, ("10/13/2026 17:55:00", "", ""))).readings
    assert (reading.label, reading.sightings[0].joined_at) == ("", utc("2026-10-05 21:55:00"))
    (reading,) = read(zoom(ambiguous, ("13/10/2026 17:55:00", "", ""))).readings
    assert reading.sightings[0].joined_at == utc("2026-05-10 21:55:00")


def test_one_order_that_makes_a_leave_precede_its_join_is_not_the_order() -> None:
    # Read day first, she would have left in May and joined in June.
    (reading,) = read(zoom(("05/06/2026 23:00:00", "06/05/2026 01:00:00", ""))).readings
    assert reading.label == ""
    assert reading.sightings[0].joined_at == utc("2026-05-07 03:00:00")
    text = zoom(("06/12/2026 23:00:00", "07/11/2026 01:00:00", ""))
    assert labels(text) == [""]


@pytest.mark.parametrize("date", ["05/05/2026", "2026-05-10", "2026/05/10", "10.05.2026", "May 10, 2026"])
def test_dates_that_mean_one_day_in_any_order_are_read_once(date: str) -> None:
    assert labels(zoom((f'"{date} 17:55:00"', "", ""))) == [""]


@pytest.mark.parametrize(
    "written",
    [
        *("2026-05-10T21:55:00Z", "2026-05-10T17:55:00-04:00", "2026-05-10 17:55:00", "10.5.2026 17:55"),
        *("May 10, 2026 05:55 PM", "10 May 2026 17:55:00", "2026/5/10 17:55:00", "2026. 5. 10. 오후 5:55:00"),
        *("2026-05-10T21:55:00.123456789Z", "2026-05-10 21:55:00 UTC", "10.05.26, 17:55:00"),
    ],
)
def test_times_are_understood_in_many_layouts(written: str) -> None:
    joined_at = seen_in(zoom((f'"{written}"', "", "")))[0].joined_at
    assert joined_at is not None
    assert joined_at.replace(microsecond=0) == utc("2026-05-10 21:55:00")


@pytest.mark.parametrize(
    "written",
    [
        *(
            "25:61",
            "10/05/2026 25:61:00",
            "13/45/2026 10:00:00",
            "10/05/2026",
            "yesterday",
            "10/05/2026 13:00 PM",
        ),
        *(
            "31.02.2026 10:00",
            "10/05/1999 10:00:00",
            "10/05/2101 10:00:00",
            "2026-10-05T10:00:00+99:99",
            "10:00",
        ),
        *("10/05/2026 10:00:00 XYZ", "10/05/226 10:00:00", "1" * 200, "99/99/9999 99:99"),
    ],
)
def test_what_is_not_a_time_is_pointed_at(written: str) -> None:
    good = ("10/05/2026 10:00:00 AM", "10/05/2026 11:00:00 AM", "60")
    problem, *_ = problems_of(zoom(good, (f'"{written}"', "", "")))
    assert (problem.line, problem.field) == (3, "Join Time")


def test_a_leave_before_its_join_is_pointed_at() -> None:
    problem, *_ = problems_of(zoom(("07/22/2026 10:00:00", "07/22/2026 09:59:59", "")))
    assert (problem.line, problem.field) == (2, "Leave Time")
    assert problem.message == "left at 2026-07-22 13:59:59Z, before joining"


def test_an_hour_that_clocks_skip_does_not_exist() -> None:
    (problem,) = problems_of(zoom(("03/08/2026 02:30:00 AM", "03/13/2026 03:30:00 AM", "")))
    assert problem.message == "2026-03-08 02:30 does not exist in America/New_York"
    seen = seen_in(
        zoom(("03/08/2026 01:30:00 AM", "03/08/2026 03:30:00 AM", "60"), ("03/13/2026 1:00", "", ""))
    )
    assert span(seen[0]) == (utc("2026-03-08 06:30:00"), utc("2026-03-08 07:30:00"))


@pytest.mark.parametrize(
    ("joined", "left", "minutes", "expected"),
    [
        # Both in the hour that is passed twice: the duration tells which pass each end is of.
        ("01:30:00", "01:40:00", "10", ("05:30", "05:40")),
        ("01:30:00", "01:40:00", "70", ("05:30", "06:40")),
        ("01:50:00", "01:10:00", "20", ("05:50", "06:10")),
        ("00:30:00", "01:30:00", "120", ("04:30", "06:30")),
        ("01:30:00", "03:00:00", "90", ("06:30", "08:00")),
        ("01:30:00", "03:00:00", "150", ("05:30", "08:00")),
        ("01:30:00", "03:00:00", "", ("05:30", "08:00")),
        ("01:30:00", "01:40:00", "", ("05:30", "05:40")),
    ],
)
def test_in_the_hour_passed_twice_the_duration_decides(
    joined: str, left: str, minutes: str, expected: tuple[str, str]
) -> None:
    seen = seen_in(zoom((f"11/01/2026 {joined}", f"11/01/2026 {left}", minutes), ("11/13/2026 1:00", "", "")))
    assert span(seen[0]) == (utc(f"2026-11-01 {expected[0]}"), utc(f"2026-11-01 {expected[1]}"))


def test_the_zone_of_the_host_is_the_one_that_counts() -> None:
    sydney = msgspec.structs.replace(CONTEXT, zone=ZoneInfo("Australia/Sydney"))
    text = zoom(("04/05/2026 02:30:00 AM", "04/05/2026 02:40:00 AM", "70"), ("04/13/2026 1:00", "", ""))
    assert span(seen_in(text, sydney)[0]) == (utc("2026-04-04 15:30:00"), utc("2026-04-04 16:40:00"))


@given(
    st.integers(0, 86_400 * 3), st.integers(0, 86_400), st.sampled_from(["America/New_York", "Asia/Kolkata"])
)
def test_local_times_with_a_duration_lead_back_to_the_instants_they_were_written_from(
    start: int, seconds: int, zone: str
) -> None:
    """Around the night on which clocks are set back, to the exact second."""
    joined = utc("2026-10-31 00:00:00") + timedelta(seconds=start)
    left = joined + timedelta(seconds=seconds)
    local = [f"{end.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" for end in (joined, left)]
    text = f"name,join_time,leave_time,duration\nAda,{local[0]},{local[1]},{seconds}\n"
    (seen,) = seen_in(text, msgspec.structs.replace(CONTEXT, zone=ZoneInfo(zone)))
    assert seen.joined_at is not None
    assert seen.left_at is not None
    # Where both ends lie in the repeated hour the earlier pass is meant: the length is still right.
    assert seen.left_at - seen.joined_at == left - joined
    assert joined - seen.joined_at in (timedelta(0), timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("1h 27m 51s", 5271), ("37m 51s", 2271), ("58 min", 3480), ("1 hr 2 min", 3720), ("1:02:03", 3723)),
        *(("1 Std. 30 Min. 51 Sek.", 5451), ("1 h 30 min 51 s", 5451), ("1 時間 30 分 51 秒", 5451)),
        *(("2 hours, 5 minutes", 7500), ("0s", 0), ("1ч 2м 3с", 3723)),
    ],
)
def test_durations_are_understood_in_many_words(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


def test_an_order_is_one_for_all_rows_of_a_file() -> None:
    month_first, day_first = read(
        zoom(*[(f"0{month}/05/2026 10:00:00", "", "") for month in (1, 2, 3)])
    ).readings
    assert all(one.joined_at and one.joined_at.day == 5 for one in month_first.sightings)
    assert all(one.joined_at and one.joined_at.month == 5 for one in day_first.sightings)
    starts = [one.joined_at for one in month_first.sightings]
    assert all(before and after and before < after for before, after in pairwise(starts))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "10:00"),
        ("GMT+2", "08:00"),
        ("UTC-05:00", "15:00"),
        ("Asia/Kolkata", "04:30"),
        ("mm/dd", "14:00"),
    ],
)
def test_zones_have_many_names_and_what_is_none_is_passed_over(zone: str, expected: str) -> None:
    (seen,) = seen_in(f"Name,Join Time ({zone}),Leave Time\nAda,07/22/2026 10:00:00,\n")
    assert seen.joined_at == utc(f"2026-07-22 {expected}")


@pytest.mark.parametrize("text", ["soon", "5 parsecs", "1h and more", "h", "5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Fault):
        read_duration(text)


@given(st.integers(EARLIEST, LATEST - 1))
def test_an_epoch_in_microseconds_is_the_exact_instant(micros: int) -> None:
    assert instant_of(micros) == EPOCH + timedelta(microseconds=micros)
