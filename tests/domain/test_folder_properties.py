"""Whole folders: what must not matter does not matter, and clocks that change change nothing else."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejoin.sheets.refused import BadInput
from rejoin.sidecar.report import Report
from tests.builders.folder import FolderBuilder, case, seat, step
from tests.domain.people import DEEP, MakeFolder

EVENINGS = (("S1", "2026-10-05"), ("S2", "2026-10-07"), ("S3", "2026-10-08"))
AFTERWARDS = "2026-10-09T12:00"
ADA, CLEO = "P1", "P2"
# A folder is written, read and triaged twice for every example.
with_folders = settings(max_examples=500 if DEEP else 10)


def evening_program(builder: FolderBuilder) -> FolderBuilder:
    """Ada and Cleo, three evenings, every room watched."""
    builder.patient(ADA, phone="+12025550143").patient(CLEO, phone="+12025550144")
    for session_id, day in EVENINGS:
        span = (f"{day}T18:00", f"{day}T21:15")
        builder.session(session_id, *span, breaks="19:30-19:45").held(session_id, *span)
    return builder


def clock(day: str, minutes: int) -> str:
    return (datetime.fromisoformat(f"{day}T18:00") + timedelta(minutes=minutes)).isoformat()


VISITS = st.lists(
    st.tuples(
        st.sampled_from([ADA, CLEO]),
        st.integers(0, 2),
        st.integers(-30, 190),
        st.none() | st.integers(0, 200),
    ),
    max_size=5,
    unique_by=lambda visit: visit[:3],
)


def visit(builder: FolderBuilder, told: tuple[str, int, int, int | None], device: str = "a") -> None:
    patient_id, place, joined, length = told
    session_id, day = EVENINGS[place]
    left = None if length is None else clock(day, joined + length)
    builder.present(session_id, patient_id, clock(day, joined), left, device=device)


def program(make_folder: MakeFolder, visits: list[tuple[str, int, int, int | None]]) -> FolderBuilder:
    builder = evening_program(make_folder())
    for number, told in enumerate(visits):
        visit(builder, told, device=str(number))
    return builder


def told_of_patients(report: Report) -> list[Any]:
    """Everything but the alerts, which are about files too."""
    return [report["seats"], report["cases"], report["triggers"], report["week"], report["unmatched"]]


@with_folders
@given(visits=VISITS, random=st.randoms(use_true_random=False))
def test_shuffled_and_repeated_lines_change_nothing(
    make_folder: MakeFolder, visits: list[tuple[str, int, int, int | None]], random: Any
) -> None:
    builder = program(make_folder, visits)
    first = builder.triage(AFTERWARDS)
    builder.events += random.sample(builder.events, k=min(3, len(builder.events)))
    random.shuffle(builder.events)
    assert builder.triage(AFTERWARDS) == first
    assert builder.triage(AFTERWARDS) == first


@with_folders
@given(visits=VISITS, random=st.randoms(use_true_random=False))
def test_rows_of_the_tables_may_come_in_any_order(
    make_folder: MakeFolder, visits: list[tuple[str, int, int, int | None]], random: Any
) -> None:
    builder = program(make_folder, visits)
    builder.row("marks.csv", session_id="S1", patient_id=ADA, status="excused", at="2026-10-05T22:00")
    builder.row("marks.csv", session_id="S1", patient_id=ADA, status="missed", at="2026-10-06T09:00")
    builder.row(
        "notices.csv", patient_id=CLEO, session_id="S2", received_at="2026-10-01T09:00", reason="court"
    )
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="true", at="2026-09-01T09:00")
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="false", at="2026-10-01T09:00")
    for at, said in (("2026-10-05T19:00", "voicemail"), ("2026-10-06T10:05", "contact")):
        builder.row(
            "attempts.csv",
            patient_id=ADA,
            session_id="S1",
            step_id="call1",
            at=at,
            actor="ben",
            channel="phone",
            outcome=said,
        )
    first = builder.triage(AFTERWARDS)
    for rows in builder.tables.values():
        random.shuffle(rows)
    again = builder.triage(AFTERWARDS)
    for report in (first, again):
        report["alerts"].sort(key=str)
    assert again == first


@with_folders
@given(visits=VISITS, cut=st.integers(1, 3))
def test_a_log_cut_between_connections_changes_nothing(
    make_folder: MakeFolder, visits: list[tuple[str, int, int, int | None]], cut: int
) -> None:
    builder = program(make_folder, visits)
    whole = builder.triage(AFTERWARDS)
    parts: dict[str, list[Any]] = {}
    for event in builder.events:
        told = event.get("participant")
        name = "rooms" if told is None else f"{sum(map(ord, told['sid'])) % cut}"
        parts.setdefault(name, []).append(event)
    builder.events = []
    (builder.path / "rooms" / "livekit.jsonl").unlink()
    for name, part in parts.items():
        builder.room_file(f"{name}.jsonl", "\n".join(map(json.dumps, part)))
    apart = builder.triage(AFTERWARDS)
    assert told_of_patients(apart) == told_of_patients(whole)


@with_folders
@given(
    visits=VISITS,
    late=st.tuples(st.just(ADA), st.integers(0, 2), st.integers(-30, 190), st.none() | st.integers(0, 200)),
)
def test_a_late_event_changes_only_its_own_seat(
    make_folder: MakeFolder,
    visits: list[tuple[str, int, int, int | None]],
    late: tuple[str, int, int, int | None],
) -> None:
    builder = program(make_folder, visits)
    before = builder.triage(AFTERWARDS)
    visit(builder, late, device="late")
    after = builder.triage(AFTERWARDS)
    touched = (EVENINGS[late[1]][0], ADA)
    for old, new in zip(before["seats"], after["seats"], strict=True):
        if (old["session_id"], old["patient_id"]) != touched:
            assert new == old
    for section in ("cases", "triggers", "week"):
        hers = [[each for each in told[section] if each["patient_id"] == CLEO] for told in (before, after)]
        assert hers[0] == hers[1]


def _known_by(builder: FolderBuilder, at: str) -> FolderBuilder:
    """The folder as it stood at an instant: later events and rows are not there yet."""
    now = builder.instant(at)
    known = FolderBuilder(builder.path.with_name(builder.path.name + "-then"), zone=builder.zone)
    known.policy = builder.policy
    known.tables = deepcopy(builder.tables)
    for name, column in (
        ("marks.csv", "at"),
        ("notices.csv", "received_at"),
        ("attempts.csv", "at"),
        ("consents.csv", "at"),
    ):
        known.tables[name] = [row for row in known.tables[name] if builder.instant(row[column]) <= now]
    known.events = [each for each in builder.events if int(each["createdAt"]) <= now.timestamp()]
    return known


INSTANTS = st.sampled_from(
    [
        *("2026-10-05T17:59", "2026-10-05T18:00", "2026-10-05T18:20", "2026-10-05T20:00", "2026-10-05T21:15"),
        *("2026-10-05T21:20", "2026-10-06T09:59", "2026-10-06T18:01", "2026-10-07T18:30", "2026-10-08T21:16"),
    ]
)


@with_folders
@given(visits=VISITS, at=INSTANTS, marked=st.booleans())
def test_a_report_at_a_past_instant_does_not_know_what_came_later(
    make_folder: MakeFolder, visits: list[tuple[str, int, int, int | None]], at: str, *, marked: bool
) -> None:
    builder = program(make_folder, visits)
    if marked:
        builder.row("marks.csv", session_id="S1", patient_id=ADA, status="attended", at="2026-10-06T09:00")
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="true", at="2026-10-05T18:10")
    builder.row(
        "notices.csv", patient_id=CLEO, session_id="S1", received_at="2026-10-05T20:30", reason="illness"
    )
    builder.row(
        "attempts.csv",
        patient_id=ADA,
        session_id="S1",
        at="2026-10-06T10:00",
        actor="ben",
        channel="phone",
        outcome="contact",
    )
    later, then = builder.triage(at), _known_by(builder, at).triage(at)
    assert told_of_patients(later) == told_of_patients(then)


def one_session(
    builder: FolderBuilder,
    starts_at: str,
    ends_at: str,
    *,
    joined: str = "",
    left: str | None = None,
    **cells: str,
) -> FolderBuilder:
    """Ada in one watched session, from `joined` to `left`."""
    builder.patient(ADA, phone="+12025550143", **cells).session("S1", starts_at, ends_at).held(
        "S1", starts_at, ends_at
    )
    return builder.present("S1", ADA, joined, left) if joined else builder


def minutes(report: Report, session_id: str = "S1") -> Any:
    return seat(report, session_id, ADA)["minutes"]


def test_a_session_in_the_night_the_clocks_go_back_is_an_hour_longer(make_folder: MakeFolder) -> None:
    span = ("2026-11-01T00:30", "2026-11-01T03:30")
    report = one_session(make_folder(), *span, joined=span[0], left=span[1]).triage("2026-11-01T12:00")
    assert minutes(report) == 240


def test_a_session_in_the_night_the_clocks_go_forward_is_an_hour_shorter(make_folder: MakeFolder) -> None:
    span = ("2026-03-08T00:30", "2026-03-08T03:30")
    report = one_session(make_folder(), *span, joined=span[0], left=span[1]).triage("2026-03-08T12:00")
    assert minutes(report) == 120


def test_the_repeated_hour_is_its_first_pass_unless_an_offset_says_otherwise(make_folder: MakeFolder) -> None:
    first = one_session(
        make_folder(),
        "2026-11-01T01:00",
        "2026-11-01T01:30",
        joined="2026-11-01T01:00-04:00",
        left="2026-11-01T01:30-04:00",
    )
    assert minutes(first.triage("2026-11-01T12:00")) == 30
    second = one_session(
        make_folder(),
        "2026-11-01T01:00-05:00",
        "2026-11-01T01:30-05:00",
        joined="2026-11-01T01:00-04:00",
        left="2026-11-01T01:30-04:00",
    )
    assert minutes(second.triage("2026-11-01T12:00")) == 0


def test_an_end_that_reads_earlier_than_the_start_may_be_the_second_pass(make_folder: MakeFolder) -> None:
    report = one_session(
        make_folder(),
        "2026-11-01T01:45",
        "2026-11-01T01:15",
        joined="2026-11-01T01:45-04:00",
        left="2026-11-01T01:15-05:00",
    ).triage("2026-11-01T12:00")
    assert minutes(report) == 30


@pytest.mark.parametrize(
    "span", [("2026-03-08T02:30", "2026-03-08T04:00"), ("2026-03-08T01:00", "2026-03-08T02:30")]
)
def test_a_time_the_clocks_skip_is_refused(make_folder: MakeFolder, span: tuple[str, str]) -> None:
    builder = make_folder().patient(ADA).session("S1", *span)
    with pytest.raises(BadInput, match="does not exist in America/New_York"):
        builder.triage("2026-03-09T12:00")


def test_the_next_business_day_keeps_its_clock_time_when_clocks_change(make_folder: MakeFolder) -> None:
    spring = one_session(make_folder(), "2026-03-06T18:00", "2026-03-06T21:15").triage("2026-03-07T12:00")
    assert step(spring, "S1", ADA, "call2")["due_at"] == datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
    autumn = one_session(make_folder(), "2026-10-30T18:00", "2026-10-30T21:15").triage("2026-10-31T12:00")
    assert step(autumn, "S1", ADA, "call2")["due_at"] == datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


def test_quiet_hours_and_the_first_attempt_when_clocks_go_back(make_folder: MakeFolder) -> None:
    report = one_session(make_folder(), "2026-10-31T21:30", "2026-10-31T23:00").triage("2026-10-31T22:00")
    assert step(report, "S1", ADA, "nudge")["due_at"] == datetime(2026, 11, 1, 13, 0, tzinfo=UTC)
    assert case(report, "S1", ADA)["first_attempt"]["by"] == datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


def test_quiet_hours_are_the_patients_and_business_days_the_programs(make_folder: MakeFolder) -> None:
    builder = one_session(make_folder(), "2026-10-05T18:00", "2026-10-05T21:15", timezone="Europe/Berlin")
    report = builder.triage("2026-10-05T19:00")
    assert step(report, "S1", ADA, "nudge")["due_at"] == datetime(2026, 10, 6, 6, 0, tzinfo=UTC)
    assert step(report, "S1", ADA, "call2")["due_at"] == datetime(2026, 10, 6, 14, 0, tzinfo=UTC)


def test_a_session_across_midnight_belongs_to_the_day_it_began(make_folder: MakeFolder) -> None:
    builder = (
        make_folder().patient(ADA).session("S1", "2026-10-11T22:00", "2026-10-12T01:15", breaks="23:55-00:10")
    )
    builder.present("S1", ADA, "2026-10-11T22:00", "2026-10-12T01:15")
    report = builder.triage("2026-10-12T12:00")
    assert minutes(report) == 180
    assert [week["week_of"] for week in report["week"]] == ["2026-10-05"]
    assert report["week"][0]["countable_minutes"] == 180


def test_a_join_at_a_minute_to_midnight_counts_into_the_next_day(make_folder: MakeFolder) -> None:
    span = ("2026-10-05T22:00", "2026-10-06T01:15")
    builder = one_session(make_folder("b-"), *span, joined="2026-10-05T23:59", left="2026-10-06T00:30")
    assert minutes(builder.triage("2026-10-06T12:00")) == 31


def test_two_sessions_back_to_back_in_one_room_share_one_connection(make_folder: MakeFolder) -> None:
    builder = make_folder("b-").patient(ADA)
    builder.session("S1", "2026-10-05T18:00", "2026-10-05T19:00")
    builder.session("S2", "2026-10-05T19:00", "2026-10-05T20:00", meeting_id="room-S1")
    builder.present("S1", ADA, "2026-10-05T18:05", "2026-10-05T19:50")
    report = builder.triage("2026-10-05T21:00")
    assert (minutes(report), minutes(report, "S2")) == (55, 50)
    assert seat(report, "S2", ADA)["flags"] == []


def test_a_connection_that_ends_at_the_bell_is_in_the_first_session_only(make_folder: MakeFolder) -> None:
    builder = make_folder("b-").patient(ADA)
    builder.session("S1", "2026-10-05T18:00", "2026-10-05T19:00")
    builder.session("S2", "2026-10-05T19:00", "2026-10-05T20:00", meeting_id="room-S1")
    builder.held("S2", "2026-10-05T19:00", "2026-10-05T20:00")
    builder.events[0]["room"]["name"] = builder.events[1]["room"]["name"] = "room-S1"
    builder.present("S1", ADA, "2026-10-05T18:00", "2026-10-05T19:00")
    report = builder.triage("2026-10-05T21:00")
    assert [each["status"] for each in report["seats"]] == ["attended", "missed"]


def test_a_leave_missing_on_monday_does_not_credit_wednesday(make_folder: MakeFolder) -> None:
    builder = make_folder().patient(ADA).patient(CLEO)
    for session_id, day in EVENINGS:
        builder.session(session_id, f"{day}T18:00", f"{day}T21:15", meeting_id="room-S1")
    builder.present("S1", ADA, "2026-10-05T18:00", None)
    for _, day in EVENINGS[1:]:
        builder.present("S1", CLEO, f"{day}T18:00", f"{day}T21:15")
    report = builder.triage(AFTERWARDS)
    hers = [seat(report, session_id, ADA) for session_id, _ in EVENINGS]
    assert [each["status"] for each in hers] == ["attended", "missed", "missed"]
    assert "uncertain_end" in hers[0]["flags"]


ZOOM = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n"
    "811 2233 4455,G,10/05/2026 06:00:00 PM,10/05/2026 09:15:00 PM,ben@example.org,195,1\n\n"
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\n"
    "Ada,ada@example.org,10/05/2026 06:00:00 PM,10/05/2026 09:15:00 PM,195,Yes,No\n"
)


def test_a_log_of_the_room_alone_contradicts_nobody(make_folder: MakeFolder) -> None:
    flags = []
    for name in ("a.csv", "z.csv"):
        ada = make_folder().patient(ADA, email="ada@example.org")
        builder = ada.session(
            "S1", "2026-10-05T18:00", "2026-10-05T21:15", meeting_id="room-S1;811 2233 4455"
        )
        builder.held("S1", "2026-10-05T18:00", "2026-10-05T21:15").room_file(name, ZOOM)
        flags.append(seat(builder.triage("2026-10-05T22:00"), "S1", ADA)["flags"])
    assert flags == [[], []]


def test_a_patient_who_left_is_expected_nowhere_and_on_no_list(make_folder: MakeFolder) -> None:
    builder = evening_program(make_folder())
    builder.tables["roster.csv"][0]["until"] = "2026-10-05"
    during, after = builder.triage("2026-10-05T23:59"), builder.triage("2026-10-06T00:00")
    assert case(during, "S1", ADA)["state"] == "open"
    closed = case(after, "S1", ADA)
    assert (closed["state"], closed["closed_reason"], closed["next"]) == ("closed", "left_program", None)
    assert {each["state"] for each in closed["steps"]} == {"cancelled"}
    later = builder.triage(AFTERWARDS)
    assert [each["session_id"] for each in later["seats"] if each["patient_id"] == ADA] == ["S1"]
    assert all(each["state"] != "open" for each in later["triggers"] if each["patient_id"] == ADA)


def test_a_patient_who_changes_groups_is_expected_in_one_at_a_time(make_folder: MakeFolder) -> None:
    builder = make_folder().patient(ADA, until="2026-10-06").patient(ADA, group="H", **{"from": "2026-10-07"})
    for session_id, day in EVENINGS:
        builder.session(session_id, f"{day}T18:00", f"{day}T21:15")
        builder.session(f"{session_id}-H", f"{day}T18:00", f"{day}T21:15", group="H")
    report = builder.triage(AFTERWARDS)
    assert [each["session_id"] for each in report["seats"]] == ["S1", "S2-H", "S3-H"]


def test_consent_counts_as_it_stands_when_a_message_would_go_out(make_folder: MakeFolder) -> None:
    builder = evening_program(make_folder())
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="true", at="2026-09-01T09:00")
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="false", at="2026-10-05T18:06")
    before, after = builder.triage("2026-10-05T18:05"), builder.triage("2026-10-05T18:06")
    assert step(before, "S1", ADA, "nudge")["channels"] == ["sms", "push"]
    assert step(after, "S1", ADA, "nudge")["channels"] == ["push"]


def test_a_mark_made_later_reverses_the_outcome_and_ends_the_case(make_folder: MakeFolder) -> None:
    builder = evening_program(make_folder())
    builder.row("marks.csv", session_id="S1", patient_id=ADA, status="attended", at="2026-10-06T09:00")
    before, after = builder.triage("2026-10-06T08:59"), builder.triage("2026-10-06T09:00")
    assert (seat(before, "S1", ADA)["status"], case(before, "S1", ADA)["state"]) == ("missed", "open")
    assert (seat(after, "S1", ADA)["status"], case(after, "S1", ADA)) == ("attended", None)


BUILDERS: list[Callable[[FolderBuilder], FolderBuilder]] = [
    lambda folder: folder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15", status="cancelled"),
    lambda folder: folder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15", status="outage"),
    lambda folder: folder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15"),
]


@pytest.mark.parametrize("build", BUILDERS, ids=["cancelled", "outage", "unrecorded"])
def test_what_nobody_missed_opens_no_case_and_fires_nothing(
    make_folder: MakeFolder, build: Callable[[FolderBuilder], FolderBuilder]
) -> None:
    report = build(make_folder().patient(ADA)).triage(AFTERWARDS)
    assert (report["cases"], report["triggers"]) == ([], [])
    assert seat(report, "S1", ADA)["counts_as"]["missed"] is False
