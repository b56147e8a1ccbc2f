"""Teams and Google Meet exports: languages, encodings, missing times and masked callers."""

from datetime import date, timedelta

import msgspec
import pytest

from tests.rooms import seeds
from tests.rooms.asking import CONTEXT, NEW_YORK, problems_of, read, reading_of, seen_in, span, utc
from tests.rooms.seeds import pretty


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "utf-32"])
def test_a_teams_report_is_read_in_any_unicode_encoding(encoding: str) -> None:
    file = read(seeds.TEAMS.encode(encoding))
    assert (file.provider, file.hints) == ("teams", ("Evening group",))
    assert [seen.line for seen in file.readings[0].sightings] == [16, 17, 18]


@pytest.mark.parametrize("space", ["\u202f", "\u00a0", " ", ""])
@pytest.mark.parametrize("word", ["PM", "pm", "p.m.", "p. m.", "p.\u00a0m."])
def test_any_way_to_write_pm_is_understood(space: str, word: str) -> None:
    text = seeds.TEAMS.replace("\u202fPM", space + word)
    assert seen_in(text)[0].joined_at == utc("2026-07-22 23:02:11")


def test_a_report_in_another_language_is_read_by_its_numbers_and_contents() -> None:
    file = read(seeds.TEAMS_GERMAN.encode("utf-16"))
    ada, ben = file.readings[0].sightings
    assert file.hints == ("Abendgruppe",)
    assert (ada.email, ada.staff, ben.staff) == ("ada@example.org", False, True)
    assert span(ada) == (utc("2026-07-22 23:02:11"), utc("2026-07-23 00:30:02"))
    assert ada.present_for == timedelta(hours=1, minutes=17, seconds=51)
    assert file.readings[0].meetings[0].ended_at == utc("2026-07-23 00:31:02")


def test_without_its_third_section_a_report_hides_gaps_and_tells_how_long() -> None:
    ada, ben = seen_in(seeds.TEAMS.partition("3. ")[0])
    assert span(ada) == (utc("2026-07-22 23:02:11"), utc("2026-07-23 00:30:02"))
    assert ada.present_for == timedelta(hours=1, minutes=17, seconds=51)
    assert (ada.aliases, ben.staff) == (("ada@x.org",), True)


def test_somebody_only_the_second_section_knows_is_not_lost() -> None:
    cleo = "Cleo\t\t\t\tcleo@example.org\t\tAttendee\r\n\r\n3. "
    sightings = seen_in(seeds.TEAMS.replace("\r\n3. ", cleo))
    assert [(seen.display, seen.joined_at is None) for seen in sightings][-1] == ("Cleo", True)
    assert len(sightings) == 4


def test_attendees_who_opted_out_were_there_and_nobody_knows_when() -> None:
    header, _, rest = seeds.TEAMS.partition("3. In-Meeting Activities\r\n")
    text = header + "3. In-Meeting Activities\r\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\r\n"
    assert rest
    sightings = seen_in(text + "Ada\t\t\t\t\tAttendee\r\nBen\t\t\t\t\tOrganizer\r\n")
    assert [span(seen) for seen in sightings[:2]] == [(None, None), (None, None)]
    assert not sightings[0].leave_reported


def test_a_report_with_titles_and_no_rows_is_a_meeting_nobody_came_to() -> None:
    text = seeds.TEAMS.partition("Name\t")[0]
    reading = reading_of(text)
    assert (reading.sightings, reading.meetings[0].started_at) == ([], utc("2026-07-22 23:00:11"))
    (problem,) = problems_of(seeds.TEAMS.partition("2. ")[0])
    assert "section 2" in problem.message


def test_a_bad_time_in_a_report_is_pointed_at() -> None:
    (problem,) = problems_of(seeds.TEAMS.replace("7/22/26, 7:50:02", "7/22/26, 25:61:02"))
    assert (problem.line, problem.field) == (17, "Join Time")
    (problem,) = problems_of(seeds.TEAMS_GERMAN.replace("22.07.26, 19:00:11\t", "45.13.26, 19:00:11\t"))
    assert (problem.line, problem.field) == (10, "Erster Beitritt")


def test_the_list_of_2021_is_a_teams_report_too() -> None:
    file = read(seeds.TEAMS_2021.encode("utf-16"))
    (seen,) = file.readings[0].sightings
    assert (file.provider, file.hints, seen.line) == ("teams", ("Evening group",), 8)
    assert span(seen) == (utc("2021-02-25 22:20:20"), utc("2021-02-25 23:44:33"))


ACTIONS = "Full Name\tUser Action\tTimestamp\n"


def test_two_devices_of_one_name_give_two_visits() -> None:
    sightings = seen_in(
        ACTIONS
        + "Ada\tJoined\t27/09/2022, 17:00:00\nAda\tJoined\t27/09/2022, 17:10:00\n"
        + "Ada\tLeft\t27/09/2022, 17:30:00\nAda\tLeft\t27/09/2022, 17:40:00\n"
    )
    assert [(seen.line, *span(seen)) for seen in sightings] == [
        (2, utc("2022-09-27 21:00:00"), utc("2022-09-27 21:30:00")),
        (3, utc("2022-09-27 21:10:00"), utc("2022-09-27 21:40:00")),
    ]


def test_a_leave_without_a_join_and_a_repeated_line_are_taken_as_they_are() -> None:
    left = "Ada\tLeft\t27/09/2022, 17:30:00\n"
    (seen,) = seen_in(ACTIONS + left + left)
    assert span(seen) == (None, utc("2022-09-27 21:30:00"))


def test_user_actions_may_be_in_another_language() -> None:
    text = "Vollständiger Name\tBenutzeraktion\tZeitstempel\nAda\tBeigetreten\t27.9.2022, 17:00:00\n"
    (seen,) = seen_in((text + "Ada\tVerlassen\t27.9.2022, 17:30:00\n").encode("utf-16"))
    assert span(seen) == (utc("2022-09-27 21:00:00"), utc("2022-09-27 21:30:00"))


def test_an_action_nobody_knows_is_refused() -> None:
    (problem,) = problems_of(ACTIONS + "Ada\tDanced\t27/09/2022, 17:00:00\n")
    assert (problem.line, problem.field) == (2, "User Action")


def test_a_graph_report_may_come_alone_in_a_list_or_on_a_page() -> None:
    alone = seen_in(pretty(seeds.GRAPH))
    assert len(seen_in(pretty([seeds.GRAPH, seeds.GRAPH]))) == 2 * len(alone)
    assert len(seen_in(pretty({"value": [seeds.GRAPH]}))) == len(alone)
    assert len(seen_in(pretty({"value": seeds.GRAPH["attendanceRecords"]}))) == len(alone)


def test_a_graph_interval_without_a_leave_ends_with_the_meeting_and_a_person_without_any_was_there() -> None:
    _, cut, ben = seen_in(pretty(seeds.GRAPH))
    assert (*span(cut), cut.leave_reported) == (utc("2026-07-22 14:20:02"), utc("2026-07-22 15:01:02"), False)
    assert (*span(ben), ben.staff) == (None, None, True)


def test_a_graph_interval_that_ends_before_it_begins_is_refused_on_its_line() -> None:
    text = pretty(seeds.GRAPH).decode().replace("2026-07-22T14:10:02.5Z", "2026-07-22T13:10:02Z")
    (problem,) = problems_of(text)
    assert (problem.line, problem.field) == (6, "leaveDateTime")


MEET_DAYS = msgspec.structs.replace(CONTEXT, dates=(date(2026, 7, 22), date(2026, 7, 24)))


def test_a_meet_sheet_is_read_once_for_each_date_it_could_be_of() -> None:
    first, second = read(seeds.MEET, MEET_DAYS).readings
    assert (first.label, second.label) == ("2026-07-22", "2026-07-24")
    assert [seen.display for seen in first.sightings] == ["Ada Lopez", "Grace"]
    assert second.sightings[0].joined_at == utc("2026-07-24 22:02:00")


def test_a_meet_exit_on_an_earlier_clock_is_past_midnight() -> None:
    (_, grace) = seen_in(seeds.MEET)
    assert span(grace) == (utc("2026-07-23 03:30:00"), utc("2026-07-23 04:32:00"))
    assert grace.present_for == timedelta(hours=1, minutes=2)


def test_a_meet_sheet_without_any_date_to_be_of_tells_who_and_not_when() -> None:
    ada, _ = seen_in(seeds.MEET, msgspec.structs.replace(CONTEXT, dates=()))
    assert (*span(ada), ada.present_for, ada.email) == (None, None, None, "ada@example.org")


def test_a_meet_time_that_is_none_is_refused() -> None:
    (problem,) = problems_of(seeds.MEET.replace("18:02", "25:61"))
    assert (problem.line, problem.field) == (2, "Time joined")
    (problem,) = problems_of(seeds.MEET.replace("58 min", "soon"))
    assert (problem.line, problem.field) == (2, "Duration")


def test_a_meet_date_on_which_a_time_does_not_exist_is_not_the_date() -> None:
    text = seeds.MEET.replace("18:02,19:00", "02:10,03:10")
    days = msgspec.structs.replace(CONTEXT, dates=(date(2026, 3, 8), date(2026, 3, 9)))
    assert [reading.label for reading in read(text, days).readings] == ["2026-03-09"]
    (problem,) = problems_of(text, msgspec.structs.replace(CONTEXT, dates=(date(2026, 3, 8),)))
    assert (problem.line, problem.message) == (2, f"2026-03-08 02:10 does not exist in {NEW_YORK}")


def test_a_meet_record_names_the_space_and_its_code() -> None:
    space = {"name": "spaces/xyz", "meetingCode": "abc-mnop-xyz"}
    file = read(pretty({**seeds.MEET_REST, "space": space}))
    assert file.hints == ("spaces/xyz", "abc-mnop-xyz", "conferenceRecords/abc")


def test_a_meet_participant_without_sessions_has_only_first_and_last() -> None:
    file = read(pretty({**seeds.MEET_REST, "participantSessions": []}))
    ada, caller = file.readings[0].sightings
    assert span(ada) == (utc("2026-07-22 13:32:00"), utc("2026-07-22 15:00:00"))
    assert (caller.dial_in, caller.leave_reported) == (True, False)


def test_a_dashboard_knows_sessions_moderators_and_people_without_a_connection() -> None:
    file = read(pretty(seeds.DASHBOARD))
    assert file.rooms == ("iop-121", "m-1")
    assert [(seen.conn, seen.staff) for seen in file.readings[0].sightings] == [
        ("w_a", False),
        ("w_b", False),
        ("w_c", False),
        ("", True),
    ]


def test_a_dashboard_of_a_meeting_that_goes_on_leaves_the_open_open() -> None:
    seen = seen_in(pretty({**seeds.DASHBOARD, "endedOn": 0}))[1]
    assert (seen.left_at, seen.leave_reported) == (None, False)


@pytest.mark.parametrize("value", ["true", '"soon"', "1e300", "99999999999999999999", "5", "[]"])
def test_a_dashboard_time_that_is_none_is_refused_on_its_line(value: str) -> None:
    text = pretty(seeds.DASHBOARD).decode()
    line = text[: text.index("1781000100000")].count("\n") + 1
    (problem,) = problems_of(text.replace("1781000100000", value))
    assert "registeredOn" in problem.field
    assert abs(problem.line - line) <= 2


def test_an_old_dashboard_has_one_stay_for_each_user() -> None:
    user = {"intId": "w_a", "extId": "pt_001", "name": "Ada", "registeredOn": 1781000100000, "leftOn": 0}
    (seen,) = seen_in(pretty({**seeds.DASHBOARD, "users": {"u-1": user}}))
    assert (seen.conn, seen.ref, seen.leave_reported) == ("w_a", "pt_001", False)


def test_a_dashboard_leave_before_its_join_is_refused() -> None:
    text = pretty(seeds.DASHBOARD).decode().replace("1781002000000", "1781000000000")
    (problem,) = problems_of(text)
    assert (problem.field, problem.message) == ("leftOn", "left before joining")


def test_a_user_given_twice_in_a_dashboard_keeps_its_last_word() -> None:
    raw = (
        b'{"intId": "m", "users": {"a": {"name": "Ada", "intIds": {}},\n"b": {"name": "Ben", "intIds": {}},\n'
        b'"a": {"name": "Zoe", "intIds": {}}}}'
    )
    assert [(seen.display, seen.line) for seen in seen_in(raw)] == [("Zoe", 3), ("Ben", 3)]


def test_meet_sessions_of_somebody_not_listed_are_kept_without_a_name() -> None:
    (seen,) = seen_in(pretty({**seeds.MEET_REST, "participants": []}))
    assert (seen.display, seen.joined_at) == ("", utc("2026-07-22 13:32:00"))
    assert seen_in(pretty({"participants": None, "participantSessions": []})) == []


def test_a_meet_session_that_ends_before_it_begins_is_refused_on_its_line() -> None:
    (problem,) = problems_of(pretty(seeds.MEET_REST).decode().replace("T14:10:00Z", "T13:10:00Z"))
    assert (problem.line, problem.field) == (27, "endTime")


def test_a_duration_nobody_can_read_matters_only_where_it_is_all_there_is() -> None:
    text = seeds.TEAMS.replace("1h 17m 51s", "a while").replace("37m 51s", "a while")
    assert len(seen_in(text)) == 3
    (problem,) = problems_of(text.partition("3. ")[0])
    assert (problem.line, problem.field) == (11, "Duration")


def test_a_report_of_times_in_a_layout_nobody_knows_is_refused_and_not_taken_for_opted_out() -> None:
    text = seeds.TEAMS_GERMAN.replace("22.07.26, 19:02:11", "abends").replace(
        "22.07.26, 19:00:11\t", "abends\t"
    )
    text = text.replace("22.07.26, 20:30:02", "spät").replace("22.07.26, 20:31:02\t", "spät\t")
    assert {problem.line for problem in problems_of(text)} == {9, 10}


def test_an_exit_that_cannot_be_on_a_day_leaves_the_join_alone() -> None:
    (seen,) = seen_in("First name,Last name,Email,Duration,Time joined,Time exited\nAda,,,,18:02,\n")
    assert (*span(seen), seen.leave_reported) == (utc("2026-07-22 22:02:00"), None, False)
