"""The page says what the report says, in an order and in words a coordinator can act on."""

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from rejoin.sidecar.page import present_page, render_page
from rejoin.sidecar.present import words
from rejoin.sidecar.present.attention import present_attention
from rejoin.sidecar.present.frame import Frame, phone_number
from rejoin.sidecar.present.lanes import draw_axis, draw_lane
from rejoin.sidecar.present.patients import week_bar, week_numbers, week_verdict
from rejoin.sidecar.present.sessions import present_days
from rejoin.sidecar.present.times import moment_words, span_words
from rejoin.sidecar.present.worklist import WorkLine, Worklist, present_worklist
from tests.sidecar.reports import (
    AS_OF,
    HOSTILE,
    NEW_YORK,
    Program,
    at,
    busy_morning,
    case,
    crowded_program,
    first_attempt,
    hostile_program,
    nothing_open,
    quiet_program,
    seat,
    session_card,
    step,
    week,
)


class Outline(HTMLParser):
    """The elements of a document, its headings and what its attributes point at."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.headings: list[int] = []
        self.landmarks: list[str] = []
        self.handlers: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "action", "srcset", "data", "poster"):
                self.addresses.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("header", "nav", "main", "footer"):
            self.landmarks.append(tag)


def rendered(program: Program) -> str:
    return render_page(program.report(), program.directory)


@cache
def busy_page() -> str:
    return rendered(busy_morning())


def worklist(program: Program) -> Worklist:
    report = program.report()
    return present_worklist(report, Frame.of(report, program.directory))


def names(lines: Iterable[WorkLine]) -> list[str]:
    return [line.person.name for line in lines]


def line_of(program: Program, name: str) -> WorkLine:
    work = worklist(program)
    return next(line for line in (*work.overdue, *work.due, *work.today) if line.person.name == name)


def section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}"')[1].split("</section>", maxsplit=1)[0]


def one_case(*steps: object, **other: object) -> Program:
    program = quiet_program(sessions=2, patients=1, groups=1)
    program.cases = [case("P1", "E01", "10-05 18:05", *steps, **other)]  # type: ignore[arg-type]
    return program


# One self-contained file.


def test_the_page_asks_nothing_of_anybody_else() -> None:
    outline = Outline(busy_page())
    outside = [one for one in outline.addresses if not one.startswith(("#", "tel:", "data:image/svg+xml,"))]
    assert outside == []
    assert not re.search(r"@import|url\((?!#)", busy_page())


def test_the_page_allows_its_own_style_and_script_and_nothing_else() -> None:
    page = busy_page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    allowed = policy[1].replace("&#x27;", "'")
    assert allowed.startswith("default-src 'none'; ")
    assert "unsafe" not in allowed
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert text
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed
    assert Outline(page).handlers == []


def test_every_link_inside_the_page_leads_somewhere_and_every_place_is_named_once() -> None:
    outline = Outline(busy_page())
    assert len(outline.ids) == len(set(outline.ids))
    assert {one[1:] for one in outline.addresses if one.startswith("#")} <= set(outline.ids)


def test_headings_go_down_one_level_at_a_time_and_landmarks_are_there_once() -> None:
    outline = Outline(busy_page())
    assert outline.headings[0] == 1
    assert all(
        after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False)
    )
    assert sorted(outline.landmarks) == ["footer", "header", "main", "nav"]


def test_the_tab_says_how_much_waits_and_neither_program_nor_patient() -> None:
    title = re.search(r"<title>(.*?)</title>", busy_page())
    assert title
    assert title[1] == "3 overdue, 2 due now, Tue 6 Oct 07:20 · Rejoin"


# What others wrote stays text.


def test_markup_in_names_files_and_reasons_stays_text() -> None:
    outline = Outline(rendered(hostile_program()))
    assert outline.elements.count("script") == 1
    assert "img" not in outline.elements
    assert outline.handlers == []
    assert not any("window" in one for one in outline.addresses)


def test_a_phone_that_is_no_number_is_shown_and_not_dialled() -> None:
    assert phone_number("+12125550103").href == "tel:+1-212-555-0103"
    assert phone_number("javascript:alert(1)").href == ""
    assert phone_number("ask the front desk").href == ""
    assert phone_number(f"+12125550103{HOSTILE}").href == ""


def test_control_and_direction_marks_do_not_survive_in_a_name() -> None:
    assert words.plain("Ada\x1b[31m\u202egnp\x00") == "Ada [31mgnp"


# The worklist.


def test_sections_come_in_the_order_of_the_morning() -> None:
    order = re.findall(r'<section id="([a-z]+)"', busy_page())
    assert order == ["overdue", "due", "today", "attention", "sessions", "patients"]


def test_each_list_is_sorted_by_its_clock() -> None:
    work = worklist(busy_morning())
    assert names(work.overdue) == ["Dev", "Gus", "Cleo"]
    assert names(work.due) == ["Ivo", "Jo"]
    assert names(work.today) == ["Gus", "Jo", "Hana", "Cleo"]


def test_an_overdue_line_says_since_when_and_everything_that_waits() -> None:
    line = line_of(busy_morning(), "Dev")
    assert (line.head, line.detail) == ("4 days 12 h overdue", "since Thu 1 Oct 18:30")
    assert [(one.name, one.state, one.timing) for one in line.steps] == [
        ("Call 1", "overdue", "since Thu 1 Oct 22:00, was due 19:00"),
        ("Call 2", "due", "since Fri 2 Oct 10:00"),
        ("Nudge", "overdue", "since Thu 1 Oct 18:30, was due 18:05"),
    ]
    assert [one.actor for one in line.steps] == ["by counselor", "by counselor", "automatic"]


def test_a_due_line_says_how_long_is_left() -> None:
    line = line_of(busy_morning(), "Jo")
    assert (line.head, line.detail) == ("1 h 40 min left", "until Tue 6 Oct 09:00")


def test_what_was_tried_and_what_was_held_back_is_told() -> None:
    assert line_of(busy_morning(), "Cleo").tried == (
        "Mon 5 Oct 18:05: Nudge, message sent",
        "Mon 5 Oct 18:22: Call now, voicemail left",
        "Emergency contact held back: no live consent for the emergency contact",
    )


def test_an_attempt_that_answers_no_step_is_not_lost() -> None:
    program = one_case(
        step("call1", "due", "10-06 07:00"), first=first_attempt("10-06 18:00", "met", "10-05 18:30")
    )
    assert line_of(program, "Ada").tried == (
        "Mon 5 Oct 18:30: an attempt, not recorded for one of these steps",
    )


def test_the_elevated_path_is_named_with_its_reason_at_the_top() -> None:
    assert line_of(busy_morning(), "Cleo").elevated == ("flag high risk",)
    assert "On the elevated path now:" in section(busy_page(), "overdue")


def test_a_number_stands_only_beside_a_call_to_the_patient() -> None:
    work = worklist(busy_morning())
    by_name = {line.person.name: line for line in work.today}
    assert [phone.shown for phone in by_name["Gus"].phones] == ["+1 212-555-0107"]
    assert by_name["Jo"].phones == ()
    assert by_name["Jo"].phone_note == "number: in the chart, not in this folder"
    assert by_name["Cleo"].phones == ()
    assert by_name["Cleo"].phone_note == ""


def test_a_call_without_a_number_says_so() -> None:
    program = one_case(step("call1", "due", "10-06 07:00"))
    program.directory["patients"]["P1"]["phones"] = []
    assert line_of(program, "Ada").phone_note == "no phone number on the roster"


def test_the_patients_own_time_stands_beside_the_number_when_it_is_another() -> None:
    gus = line_of(busy_morning(), "Gus")
    assert (gus.clock_there, gus.odd_hour_there) == ("04:20 in Los Angeles", "before 08:00 there")
    assert line_of(busy_morning(), "Dev").clock_there == ""


def test_a_first_attempt_out_of_time_is_overdue_although_no_step_is() -> None:
    program = one_case(first=first_attempt("10-06 06:00", "breached"))
    line = worklist(program).overdue[0]
    assert line.head == "1 h 20 min overdue"
    assert line.steps == ()
    assert "First attempt to reach the patient" in section(rendered(program), "overdue")


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        (("10-06 18:00", "met", "10-05 18:22"), "made Mon 5 Oct 18:22, in time"),
        (("10-06 10:00", "pending"), "due by Tue 6 Oct 10:00, 2 h 40 min left"),
        (("10-02 18:00", "breached"), "not made; its time ended Fri 2 Oct 18:00"),
        (("10-03 15:00", "breached", "10-03 17:30"), "made Sat 3 Oct 17:30, 2 h 30 min after its time"),
    ],
)
def test_the_first_attempts_clock_is_said_in_words(clock: tuple[str, ...], text: str) -> None:
    program = one_case(step("call1", "due", "10-06 07:00"), first=first_attempt(*clock))
    told = line_of(program, "Ada").first_attempt
    assert told is not None
    assert told.text == text


def test_a_closed_case_is_on_no_list() -> None:
    waiting = step("call1", "overdue", "10-05 19:00", deadline="10-05 20:00")
    work = worklist(one_case(waiting, closed=("10-05 21:00", "joined")))
    assert (work.overdue, work.due, work.today) == ((), (), ())


def test_a_step_of_tomorrow_is_not_coming_up_today() -> None:
    tomorrow = step("call2", "upcoming", "10-07 00:30")
    assert worklist(one_case(tomorrow)).today == ()
    assert names(worklist(one_case(step("call2", "upcoming", "10-06 23:30"))).today) == ["Ada"]


def test_a_second_open_case_of_the_same_patient_is_mentioned() -> None:
    program = one_case(step("call1", "due", "10-06 07:00"))
    program.cases.append(case("P1", "E02", "10-05 18:05", step("call1", "due", "10-06 07:10")))
    assert [line.other_open for line in worklist(program).due] == [1, 1]


def test_a_long_backlog_folds_what_is_older_than_two_weeks_and_leaves_nothing_out() -> None:
    program = quiet_program(sessions=2, patients=50, groups=1)
    for number in range(50):
        deadline = "10-05 22:00" if number < 5 else "09-01 22:00"
        waiting = step("call1", "overdue", "09-01 19:00", deadline=deadline)
        program.cases.append(case(f"P{number + 1}", "E01", "09-01 18:05", waiting))
    work = worklist(program)
    assert (len(work.overdue), len(work.stale)) == (5, 45)
    page = rendered(program)
    assert "Overdue for more than two weeks" in page
    assert section(page, "overdue").count("data-overdue") == 50


# What needs a person.


def test_alerts_of_one_kind_are_told_once_with_their_number() -> None:
    program = busy_morning()
    report = program.report()
    groups = {one.code: one for one in present_attention(report, Frame.of(report, program.directory)).alerts}
    assert groups["zero_slack"].count == 8
    assert groups["zero_slack"].folded
    assert groups["zero_slack"].common == "180 minutes less breaks, 180 needed."
    assert list(groups)[:2] == ["possible_outage", "unrecorded"]
    assert section(busy_page(), "attention").count("No slack in the schedule") == 2  # head and its button


def test_a_kind_of_alert_that_is_new_to_us_is_still_readable() -> None:
    program = nothing_open()
    program.alerts = [{"kind": "clock_drift", "session_id": None, "text": "4 minutes"}]
    assert "Clock drift" in section(rendered(program), "attention")


def test_an_unmatched_participant_is_told_with_how_many_and_never_with_whom() -> None:
    attention = section(busy_page(), "attention")
    assert "could be any of 2 expected patients" in attention
    assert "fits no expected patient" in attention
    assert "rooms/zoom-1005.csv</bdi>, line 7" in attention
    assert "from Mon 5 Oct 18:31, end not known" in attention


def test_a_trigger_is_a_question_to_a_person() -> None:
    attention = section(busy_page(), "attention")
    assert "Barrier visit?" in attention
    assert attention.count("A person decides: supervisor") == 2


# Sessions.


def test_sessions_are_grouped_by_day_newest_first_and_older_days_wait_closed() -> None:
    program = busy_morning()
    days = present_page(program.report(), program.directory).days
    assert [day.label for day in days[:3]] == ["Today, Tue 6 Oct", "Yesterday, Mon 5 Oct", "Fri 2 Oct"]
    assert [day.open for day in days[:5]] == [True, True, True, True, False]
    assert days[1].summary == (
        "2 sessions: 3 attended, 2 partial, 2 missed, 1 excused, 1 not admitted, 1 not admissible"
    )


def test_not_recorded_looks_and_reads_unlike_missed() -> None:
    assert words.STATUSES["unrecorded"].letter != words.STATUSES["missed"].letter
    days = section(busy_page(), "sessions")
    assert "no record of the room" in days
    assert "not in the room" in days


def test_unknown_minutes_are_said_and_never_nought() -> None:
    program = busy_morning()
    report = program.report()
    frame = Frame.of(report, program.directory)
    rows = {
        (row.person.name, session.name.session_id): row
        for day in present_days(report, frame, program.directory["sessions"])
        for session in day.sessions
        for row in session.rows
    }
    assert rows["Eli", "E15"].minutes == "not known"
    assert rows["Gus", "M14"].minutes == "not known"
    assert rows["Gus", "M14"].billing == "countable minutes of the day: not known"
    assert rows["Ada", "E13"].minutes == "not held"
    assert rows["Gus", "M15"].minutes == "0 min"


def test_an_attested_outcome_stands_with_what_the_room_says() -> None:
    assert "attested; the room&#x27;s record says missed" in section(busy_page(), "sessions")


def test_a_running_session_is_provisional() -> None:
    assert "Partial so far" in section(busy_page(), "sessions")


def test_nobody_is_called_a_no_show() -> None:
    text = re.sub(r"<[^>]+>", " ", busy_page()).lower()
    for bad in ("no-show", "no show", "dna", "failed to", "non-compliant", "relapse risk", "patient failed"):
        assert bad not in text


# The drawing.


def test_the_axis_has_start_end_and_round_times_between() -> None:
    card = session_card("E1", "Evening group", at("10-05 18:00"))
    axis = draw_axis(card, NEW_YORK, AS_OF)
    assert [tick.label for tick in axis.ticks] == ["18:00", "19:00", "19:30", "20:00", "20:30", "21:15"]
    assert axis.now == ""
    assert axis.ticks[0].x == axis.window.x == "2.83%"


def test_the_axis_of_a_session_over_the_change_of_clocks_stays_true() -> None:
    card = session_card("N1", "Night group", datetime(2026, 11, 1, 5, 0, tzinfo=UTC), minutes=120)
    labels = [tick.label for tick in draw_axis(card, NEW_YORK, AS_OF).ticks]
    assert labels == ["01:00", "01:30", "01:00", "01:30", "02:00"]


def test_a_lane_shows_presence_and_time_out_of_the_room_but_no_break_as_away() -> None:
    card = session_card("E1", "Evening group", at("10-05 18:00"))
    there = seat(card, "P1", "partial", (11, 52), (58, 90), (105, 195))
    lane = draw_lane(there["intervals"], card, card["ends_at"])
    assert len(lane.bars) == 3
    assert len(lane.away) == 2


def test_time_still_to_come_is_not_time_away() -> None:
    card = session_card("E1", "Evening group", at("10-06 07:00"), minutes=50)
    lane = draw_lane([[card["starts_at"], AS_OF]], card, AS_OF)
    assert lane.away == ()


def test_presence_outside_the_session_stays_on_the_paper() -> None:
    card = session_card("E1", "Evening group", at("10-05 18:00"))
    early = card["starts_at"] - timedelta(hours=2)
    (bar,) = draw_lane([[early, card["ends_at"] + timedelta(hours=2)]], card, card["ends_at"]).bars
    assert (bar.x, bar.width) == ("0.00%", "100.00%")


# Patients.


def test_a_strip_has_one_cell_a_session_with_its_story() -> None:
    program = busy_morning()
    views = {one.person.name: one for one in present_page(program.report(), program.directory).patients}
    last = views["Cleo"].cells[-1]
    assert (last.status.letter, last.title) == ("M", "Mon 5 Oct 18:00, Evening group: missed, 0 min")
    assert views["Fay"].cells[-2].title.endswith("not recorded, minutes not known")


def test_patients_with_something_open_come_first() -> None:
    program = busy_morning()
    people = [one.person.name for one in present_page(program.report(), program.directory).patients]
    assert people == ["Cleo", "Dev", "Gus", "Hana", "Ivo", "Jo", "Ada", "Ben", "Eli", "Fay"]


@pytest.mark.parametrize(
    ("delivered", "unknown", "complete", "numbers", "verdict"),
    [
        (500, 0, True, "500 of 480 min", ""),
        (339, 0, True, "339 of 480 min", "below minimum"),
        (170, 0, False, "170 of 480 min", "so far"),
        (360, 1, True, "at least 360 of 480 min", "1 session of unknown length"),
        (0, 2, True, "not known", "2 sessions of unknown length"),
        (0, 0, True, "0 of 480 min", "below minimum"),
    ],
)
def test_a_weeks_numbers_say_what_is_known(
    delivered: int, unknown: int, complete: bool, numbers: str, verdict: str
) -> None:
    one = week("P1", "2026-09-28", delivered, unknown=unknown, complete=complete)
    assert week_numbers(one) == numbers
    assert week_verdict(one) == verdict


def test_a_week_without_a_minimum_has_no_mark_to_reach() -> None:
    program = nothing_open()
    frame = Frame.of(program.report(), program.directory)
    bar = week_bar({**week("P1", "2026-09-28", 300), "minimum_minutes": None, "below_minimum": False}, frame)
    assert (bar.numbers, bar.minimum) == ("300 min", "")


# Much and little.


def test_an_empty_report_says_kindly_that_there_is_nothing() -> None:
    program = nothing_open()
    program.seats = {}
    program.directory["sessions"] = {}
    page = rendered(program)
    for calm in ("Nothing is overdue.", "Nothing is due at this moment.", "No decision is waiting."):
        assert calm in page
    assert "No session has begun yet." in page


def test_a_big_report_shows_the_latest_and_says_what_is_left_out() -> None:
    program = crowded_program(sessions=400, patients=40, groups=4)
    page = present_page(program.report(), program.directory)
    shown = sum(len(day.sessions) for day in page.days)
    assert shown <= 200
    assert f"of {400} sessions" in page.scope.sessions_note
    assert page.scope.sessions_note.endswith("The command's --json has everything.")
    assert page.scope.sessions_note.replace("'", "&#x27;") in rendered(program)
    drawn = {session.name.session_id for day in page.days for session in day.sessions}
    assert {one["session_id"] for one in program.cases} <= drawn


def test_a_report_that_fits_leaves_nothing_out() -> None:
    page = present_page(busy_morning().report(), busy_morning().directory)
    assert (page.scope.sessions_note, page.scope.patients_note) == ("", "")
    assert page.later_today == ("18:00 Evening group",)


# Words and times.


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=14, seconds=59), "14 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=26, minutes=5), "26 h 5 min"),
        (timedelta(days=2), "2 days"),
        (timedelta(days=4, hours=12, minutes=50), "4 days 12 h"),
        (timedelta(days=30, hours=5), "30 days"),
        (-timedelta(minutes=5), "5 min"),
    ],
)
def test_a_span_is_said_to_the_precision_one_acts_on(span: timedelta, text: str) -> None:
    assert span_words(span) == text


def test_another_year_is_said_and_this_one_is_not() -> None:
    instant = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)
    assert moment_words(instant, NEW_YORK, this_year=2026) == "Wed 31 Dec 2025 21:00"
    assert moment_words(instant, ZoneInfo("UTC"), this_year=2026) == "Thu 1 Jan 02:00"


@pytest.mark.parametrize(
    ("code", "text"),
    [("call1", "Call 1"), ("two-no-call", "Two no call"), ("safety_check", "Safety check"), ("", "")],
)
def test_a_code_nobody_translated_reads_as_words(code: str, text: str) -> None:
    assert words.spaced(code) == text
