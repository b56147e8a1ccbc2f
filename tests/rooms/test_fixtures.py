"""The layout fixtures shared by all implementations: each is read, and says what it should."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from rejoin.rooms.exports import read_room_file
from rejoin.rooms.sightings import RoomFile
from tests.rooms.asking import CONTEXT, at, span, utc

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "meeting_formats"


@pytest.fixture(autouse=True)
def fixtures_are_there() -> None:
    if FOLDER.is_dir():
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"the layout fixtures are missing: {FOLDER}")
    pytest.skip(f"the layout fixtures are not on this machine: {FOLDER}")


def fixture(name: str) -> RoomFile:
    return read_room_file(FOLDER / name, name=f"rooms/{name}", context=CONTEXT)


def test_a_zoom_report_with_a_preamble_knows_its_meeting_host_waiting_room_and_caller() -> None:
    file = fixture("zoom_participants_with_preamble.csv")
    assert (file.provider, file.rooms, file.hints) == ("zoom", ("812 3456 7890",), ("IOP Evening Group A",))
    first, second = file.readings
    assert (first.label, second.label) == ("month first", "day first")
    assert [seen.line for seen in first.sightings] == [5, 6, 7, 8, 9, 10, 11, 12]
    assert [seen.staff for seen in first.sightings] == [True] + 7 * [False]
    assert [seen.waiting for seen in first.sightings] == [False, True] + 6 * [False]
    assert first.sightings[6].display == "Perez, Carla"
    caller = first.sightings[7]
    assert (caller.phone, caller.dial_in) == ("15551234567", True)
    assert span(caller) == (utc("2026-10-05 23:05:00"), utc("2026-10-05 23:50:00"))
    assert first.meetings[0].ended_at == utc("2026-10-06 01:02:00")
    assert second.meetings[0].ended_at == utc("2026-05-11 01:02:00")


def test_a_plain_zoom_report_has_neither_meeting_nor_room() -> None:
    file = fixture("zoom_participants_plain.csv")
    assert (file.rooms, file.readings[0].meetings) == ((), [])
    assert [seen.email for seen in file.readings[0].sightings] == ["kim@example.org", None]


def test_the_lower_case_zoom_report_keeps_a_waiting_row_without_times() -> None:
    file = fixture("zoom_2023plus_lowercase.csv")
    assert file.rooms == ("81234567890",)
    ana, waiting = file.readings[0].sightings
    assert span(ana) == (utc("2026-09-03 12:30:00"), utc("2026-09-03 13:30:00"))
    assert (span(waiting), waiting.waiting) == ((None, None), True)


def test_totals_per_user_say_that_somebody_was_there_and_not_for_how_long() -> None:
    (reading,) = fixture("zoom_participants_unique_users.csv").readings
    assert [span(seen) for seen in reading.sightings] == [(None, None), (None, None)]
    assert all(seen.present_for is None for seen in reading.sightings)


@pytest.mark.parametrize("name", ["teams_attendance_v2_utf16le_tab.csv", "teams_attendance_v2_utf8_view.txt"])
def test_a_teams_report_is_read_from_its_third_section_in_either_encoding(name: str) -> None:
    file = fixture(name)
    (reading,) = file.readings
    assert (file.provider, file.rooms, file.hints) == ("teams", (), ("IOP Session 1",))
    assert [seen.line for seen in reading.sightings] == [17, 18, 19, 20]
    assert span(reading.sightings[0]) == (utc("2026-07-22 23:02:11"), utc("2026-07-22 23:40:02"))
    assert span(reading.sightings[1]) == (utc("2026-07-22 23:50:02"), utc("2026-07-23 00:30:02"))
    assert [seen.staff for seen in reading.sightings] == [False, False, False, True]
    assert all(seen.present_for is None for seen in reading.sightings)
    assert reading.meetings[0].started_at == utc("2026-07-22 23:00:11")


def test_the_oldest_teams_list_pairs_joins_with_leaves() -> None:
    (reading,) = fixture("teams_legacy_user_action_utf16le_tab.csv").readings
    assert [(seen.display, *span(seen)) for seen in reading.sightings] == [
        ("Dana Reyes", utc("2022-09-27 21:27:00"), None),
        ("Ana Lopez", utc("2022-09-27 21:30:05"), utc("2022-09-27 21:55:41")),
        ("Ana Lopez", utc("2022-09-27 21:58:10"), None),
    ]


def test_a_graph_report_gives_utc_intervals() -> None:
    file = fixture("teams_graph_attendance_report.json")
    (reading,) = file.readings
    assert file.hints == ("REPORT",)
    assert [(seen.ref, seen.email, *span(seen)) for seen in reading.sightings] == [
        ("U1", "ana@example.org", utc("2026-07-22 13:32:11"), utc("2026-07-22 14:10:02")),
        ("U1", "ana@example.org", utc("2026-07-22 14:20:02"), utc("2026-07-22 15:00:02")),
    ]


def test_a_meet_sheet_is_read_on_the_date_of_a_session() -> None:
    (reading,) = fixture("google_meet_attendance.csv").readings
    assert reading.label == "2026-07-22"
    assert [(*span(seen), seen.present_for) for seen in reading.sightings] == [
        (utc("2026-07-22 22:02:00"), utc("2026-07-22 23:00:00"), timedelta(minutes=58)),
        (utc("2026-07-22 21:58:00"), utc("2026-07-22 23:00:00"), timedelta(minutes=62)),
    ]


def test_a_meet_record_gives_sessions_and_a_masked_caller() -> None:
    file = fixture("google_meet_rest_v2.json")
    (reading,) = file.readings
    assert file.hints == ("spaces/xyz", "conferenceRecords/abc")
    ana, caller = reading.sightings
    assert (ana.line, ana.aliases) == (28, ("users/111",))
    assert span(ana) == (utc("2026-07-22 13:32:00"), utc("2026-07-22 14:10:00"))
    assert (caller.line, caller.dial_in, caller.phone, caller.leave_reported) == (19, True, None, False)


def test_a_dashboard_closes_what_is_open_when_the_meeting_ended() -> None:
    file = fixture("bbb_learning_dashboard_schema_based.json")
    (reading,) = file.readings
    assert file.rooms == ("iop-121", "m-1")
    assert [(seen.line, seen.ref, *span(seen), seen.leave_reported) for seen in reading.sightings] == [
        (16, "pt_001", at(1781000100), at(1781002000), True),
        (22, "pt_001", at(1781002300), at(1781005400), False),
    ]


def test_livekit_webhooks_give_one_visit_and_no_presence_for_an_aborted_connection() -> None:
    (reading,) = fixture("livekit_webhooks.json").readings
    (seen,) = reading.sightings
    assert (seen.line, seen.room, seen.conn, seen.ref) == (2, "iop-121", "PA_1", "pt_001")
    assert span(seen) == (at(1781000000), at(1781001800))
    assert reading.meetings[0].ended_at == at(1781005400)


def test_zoom_webhooks_tell_the_waiting_room_from_the_meeting_and_end_with_it() -> None:
    (reading,) = fixture("zoom_webhooks.json").readings
    waiting, inside = reading.sightings
    assert (waiting.waiting, inside.waiting) == (True, False)
    assert span(inside) == (utc("2022-03-23 12:33:26"), utc("2022-03-23 12:33:39"))
    assert (inside.leave_reported, inside.aliases, inside.room) == (False, ("PU1",), "86431910364")


def test_jitsi_events_give_the_id_of_the_token_as_ref() -> None:
    (reading,) = fixture("jitsi_event_sync.json").readings
    (seen,) = reading.sightings
    assert (seen.ref, seen.email) == ("00380324-a840-400d-880f-7ee0933b7556", "ana@example.org")
    assert span(seen) == (at(1625823996), at(1625824035))
