"""Zoom participant reports: the words, separators, zones and omissions seen in the wild."""

from datetime import UTC

import pytest

from rejoin.rooms.sightings import Meeting
from tests.rooms import seeds
from tests.rooms.asking import problems_of, read, reading_of, seen_in, span, utc

HEADER = "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)\n"


def row(joined: str, left: str, minutes: str = "", name: str = "Ada") -> str:
    return f"{HEADER}{name},,{joined},{left},{minutes}\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_byte_order_marks_and_line_ends_make_no_difference(
    separator: str, mark: bytes, ending: str
) -> None:
    text = row("07/22/2026 10:01:00 AM", "07/22/2026 10:59:00 AM", "58")
    (seen,) = seen_in(mark + text.replace(",", separator).replace("\n", ending).encode())
    assert span(seen) == (utc("2026-07-22 14:01:00"), utc("2026-07-22 14:59:00"))
    assert (seen.line, seen.display, seen.email, seen.source) == (2, "Ada", None, "zoom-csv")


def test_header_words_and_case_vary() -> None:
    for header in ("NAME,EMAIL,JOIN TIME,LEAVE TIME", "user_name,user_email,join_time,leave_time"):
        (seen,) = seen_in(f"{header}\nAda,ada@x.org,2026-07-22 10:01:00,2026-07-22 10:59:00\n")
        assert (seen.display, seen.email) == ("Ada", "ada@x.org")
        assert seen.joined_at == utc("2026-07-22 14:01:00")


def test_the_columns_of_the_api_carry_ids_status_and_utc_times() -> None:
    inside, waiting = seen_in(seeds.ZOOM_API)
    assert (inside.ref, inside.aliases) == ("reg-1", ("PU1",))
    assert span(inside) == (utc("2026-10-05 22:00:31"), utc("2026-10-06 01:00:00"))
    assert (inside.waiting, waiting.waiting) == (False, True)


def test_the_account_wide_report_holds_several_meetings_and_the_host_of_each() -> None:
    file = read(
        "Topic,Meeting ID,User Name,User Email,Creation Time,Start Time,End Time,Duration (Minutes),Participants,"
        "Display name,Phone numberName (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)\n"
        "A,111,Ben,ben@x.org,x,x,x,60,2,Ben,Ben,ben@x.org,07/22/2026 10:00:00,07/22/2026 11:00:00,60\n"
        "B,222,Cleo,cleo@x.org,x,x,x,60,2,Ada,Ada,ada@x.org,07/22/2026 10:00:00,07/22/2026 11:00:00,60\n"
    )
    assert file.rooms == ()
    first, second = file.readings[0].sightings
    assert (first.room, first.staff, first.email) == ("111", True, "ben@x.org")
    assert (second.room, second.staff, second.email) == ("222", False, "ada@x.org")


def test_reports_that_follow_one_another_each_keep_their_own_meeting() -> None:
    one = seeds.ZOOM_PREAMBLE + seeds.ZOOM_ROWS
    two = one.replace("812 3456 7890", "999").replace("ben@example.org,187", "cleo@example.org,187")
    file = read(one + "\r\n" + two)
    assert file.rooms == ()
    sightings = file.readings[0].sightings
    assert [seen.room for seen in sightings] == 4 * ["812 3456 7890"] + 4 * ["999"]
    assert [seen.staff for seen in sightings] == [True] + 7 * [False]
    assert [meeting.room for meeting in file.readings[0].meetings] == ["812 3456 7890", "999"]


def test_the_host_may_be_named_with_an_address_in_brackets() -> None:
    text = (
        "Topic,ID,Host,Duration (minutes),Start time,End time,Participants\n"
        "Evening,111,Ben (ben@x.org),60,07/22/2026 10:00:00 AM,07/22/2026 11:00:00 AM,1\n\n"
        "Name,Email,Join time,Leave time\nBen,BEN@x.org,07/22/2026 10:00:00 AM,07/22/2026 11:00:00 AM\n"
    )
    (seen,) = seen_in(text)
    assert (seen.staff, seen.email) == (True, "BEN@x.org")


def test_a_header_with_no_rows_is_a_file_in_which_nobody_was_seen() -> None:
    assert reading_of(HEADER).sightings == []
    file = read(seeds.ZOOM_PREAMBLE + HEADER)
    assert file.readings[0].meetings == [
        Meeting(
            room="812 3456 7890", started_at=utc("2026-10-05 21:55:00"), ended_at=utc("2026-10-06 01:02:00")
        )
    ]


def test_a_missing_leave_is_unknown_and_not_the_end_of_the_meeting() -> None:
    (seen,) = seen_in(row("07/22/2026 10:01:00 AM", ""))
    assert (*span(seen), seen.leave_reported) == (utc("2026-07-22 14:01:00"), None, False)
    (seen,) = seen_in(row("", "07/22/2026 10:01:00 AM"))
    assert (*span(seen), seen.leave_reported) == (None, utc("2026-07-22 14:01:00"), True)


@pytest.mark.parametrize(
    ("header", "hour"),
    [
        ("Join Time (UTC),Leave Time (UTC)", 10),
        ("Join Time (America/Denver),Leave Time (America/Denver)", 16),
    ],
)
def test_a_zone_in_the_header_is_the_zone_of_the_rows(header: str, hour: int) -> None:
    (seen,) = seen_in(f"Name,{header}\nAda,07/22/2026 10:00:00 AM,07/22/2026 11:00:00 AM\n")
    assert seen.joined_at is not None
    assert (seen.joined_at.tzinfo, seen.joined_at.hour) == (UTC, hour)


def test_a_zone_in_the_preamble_is_the_zone_of_the_rows_below_it() -> None:
    text = (
        "Meeting ID,Topic,Start Time,End Time,Timezone\n"
        "111,Evening,07/22/2026 10:00:00 AM,07/22/2026 11:00:00 AM,America/Los_Angeles\n\n"
        "Name,Email,Join Time,Leave Time\nAda,,07/22/2026 10:00:00 AM,07/22/2026 11:00:00 AM\n"
    )
    assert seen_in(text)[0].joined_at == utc("2026-07-22 17:00:00")
    (problem,) = problems_of(text.replace("America/Los_Angeles", "Mars/Base"))
    assert (problem.line, problem.field, problem.message) == (
        2,
        "Timezone",
        "is not a time zone that we know",
    )


@pytest.mark.parametrize(
    ("name", "phone", "dial_in"),
    [
        ("15551234567", "15551234567", True),
        ("+1 (555) 123-4567", "+1 (555) 123-4567", True),
        ("5551234567 (Ada)", "5551234567", True),
        ("1555***4567", None, True),
        ("Call-In User_1", None, True),
        ("iPhone (Brian)", None, False),
        ("Ada 2", None, False),
        ("12345", None, False),
        ("Ada 5551234567", None, False),
    ],
)
def test_a_display_name_that_is_a_phone_number_is_that_of_a_caller(
    name: str, phone: str | None, dial_in: bool
) -> None:
    (seen,) = seen_in(row("07/22/2026 10:01:00 AM", "", name=name))
    assert (seen.display, seen.phone, seen.dial_in) == (name, phone, dial_in)


def test_names_in_an_old_encoding_are_read() -> None:
    text = row("07/22/2026 10:01:00 AM", "", name="José Muñoz Peña")
    (seen,) = seen_in(text.encode("cp1252"))
    assert seen.display == "José Muñoz Peña"


def test_a_quoted_name_may_span_lines_and_lines_are_counted_as_in_an_editor() -> None:
    (first, second) = seen_in(
        HEADER + '"Ada\nLopez",,07/22/2026 10:01:00 AM,,\n\nBen,,07/22/2026 10:01:00 AM,,\n'
    )
    assert (first.line, second.line) == (2, 5)


def test_times_without_a_join_column_are_not_asked_for() -> None:
    for seen in seen_in(seeds.ZOOM_TOTALS):
        assert (*span(seen), seen.present_for, seen.leave_reported) == (None, None, None, False)
