"""Traps that a folder may hold: rotated logs, rooms without a pause, facts still to come, changes of policy."""

import json
from typing import Any

import pytest

from tests.builders.folder import FolderBuilder, case, seat, step
from tests.domain.people import MakeFolder

ADA, CLEO = "P1", "P2"
MONDAY, WEDNESDAY = "2026-10-05", "2026-10-07"


def status(report: Any, session_id: str, patient_id: str = ADA) -> str:
    return str(seat(report, session_id, patient_id)["status"])


def evening(
    builder: FolderBuilder, *, day: str = MONDAY, session_id: str = "S1", **cells: str
) -> FolderBuilder:
    return builder.session(session_id, f"{day}T18:00", f"{day}T21:15", breaks="19:30-19:45", **cells)


def test_a_log_rotated_between_a_join_and_its_leave_is_one_log(make_folder: MakeFolder) -> None:
    builder = evening(make_folder().patient(ADA)).present("S1", ADA, f"{MONDAY}T18:00", f"{MONDAY}T18:40")
    first, second = builder.events
    builder.events = []
    builder.room_file("log.jsonl.1", json.dumps(first)).room_file("log.jsonl.2", json.dumps(second))
    report = builder.triage(f"{MONDAY}T22:00")
    assert (status(report, "S1"), seat(report, "S1", ADA)["minutes"]) == ("partial", 40)


def test_a_log_that_goes_on_in_another_file_is_not_stale(make_folder: MakeFolder) -> None:
    builder = evening(make_folder().patient(ADA)).present("S1", ADA, f"{MONDAY}T18:00", f"{MONDAY}T21:15")
    first, second = builder.events
    builder.events = []
    builder.room_file("log.jsonl.1", json.dumps(first)).room_file("log.jsonl.2", json.dumps(second))
    alerts = builder.triage(f"{MONDAY}T22:00")["alerts"]
    assert "stale_source" not in [each["kind"] for each in alerts]


def back_to_back(builder: FolderBuilder) -> FolderBuilder:
    builder.patient(ADA)
    builder.session("S1", f"{MONDAY}T18:00", f"{MONDAY}T19:00")
    return builder.session("S2", f"{MONDAY}T19:00", f"{MONDAY}T20:00", meeting_id="room-S1")


@pytest.mark.parametrize("joined", ["18:00", "18:58", "19:00"])
def test_whoever_stays_on_for_the_next_session_in_the_room_is_in_it(
    make_folder: MakeFolder, joined: str
) -> None:
    builder = back_to_back(make_folder("b-")).present("S1", ADA, f"{MONDAY}T{joined}", None)
    live = builder.triage(f"{MONDAY}T19:20")
    assert seat(live, "S2", ADA)["minutes"] == 20


def test_a_leave_still_to_come_changes_no_session_of_today(make_folder: MakeFolder) -> None:
    told = [
        back_to_back(make_folder("b-")).present("S1", ADA, f"{MONDAY}T18:00", left).triage(f"{MONDAY}T19:20")
        for left in (None, f"{MONDAY}T20:00")
    ]
    assert told[0]["seats"] == told[1]["seats"]


def test_whoever_waits_in_the_room_is_in_the_session_that_begins(make_folder: MakeFolder) -> None:
    builder = make_folder("b-").patient(ADA)
    builder.session("S1", f"{MONDAY}T16:00", f"{MONDAY}T17:00")
    builder.session("S2", f"{MONDAY}T18:00", f"{MONDAY}T20:00", meeting_id="room-S1")
    builder.present("S1", ADA, f"{MONDAY}T17:25", None)
    assert seat(builder.triage(f"{MONDAY}T18:20"), "S2", ADA)["minutes"] == 20


def jitsi(builder: FolderBuilder, name: str, at: str, **more: Any) -> str:
    field = {"muc-occupant-joined": "joined_at", "muc-occupant-left": "left_at"}.get(name)
    room = {"event_name": name, "room_name": "room-S1", "room_jid": "room-S1@conference.example.org"}
    when = int(builder.instant(at).timestamp())
    if field is None:
        return json.dumps({**room, "created_at": when - 11_700, "destroyed_at": when})
    return json.dumps({**room, "occupant": {"name": "", **more, field: when}})


def test_a_room_closed_on_wednesday_does_not_credit_it_to_who_never_left_on_monday(
    make_folder: MakeFolder,
) -> None:
    builder = make_folder().patient(ADA).row("identities.csv", provider="jitsi", ref="ada", patient_id=ADA)
    evening(evening(builder), day=WEDNESDAY, session_id="S2", meeting_id="room-S1")
    ada = {"id": "ada", "occupant_jid": "ada@conference.example.org/1"}
    lines = [
        jitsi(builder, "muc-occupant-joined", f"{MONDAY}T18:00", **ada),
        jitsi(builder, "muc-room-destroyed", f"{WEDNESDAY}T21:15"),
    ]
    builder.room_file("jitsi.jsonl", "\n".join(lines))
    assert status(builder.triage(f"{WEDNESDAY}T22:00"), "S2") == "missed"


def test_a_make_up_marked_tomorrow_is_no_absence_today(make_folder: MakeFolder) -> None:
    builder = evening(make_folder().patient(ADA).patient(CLEO, group="H"))
    builder.held("S1", f"{MONDAY}T18:00", f"{MONDAY}T21:15")
    builder.row("marks.csv", session_id="S1", patient_id=CLEO, status="attended", at=f"{MONDAY}T21:30")
    report = builder.triage(f"{MONDAY}T20:00")
    assert [each["patient_id"] for each in report["seats"]] == [ADA]
    assert case(report, "S1", CLEO) is None


def test_events_still_to_come_raise_no_alert(make_folder: MakeFolder) -> None:
    builder = evening(evening(make_folder().patient(ADA)), day=WEDNESDAY, session_id="S2")
    builder.present("S1", ADA, f"{MONDAY}T18:00", f"{MONDAY}T21:15")
    builder.held("S2", f"{WEDNESDAY}T18:00", f"{WEDNESDAY}T21:15")
    report = builder.triage(f"{MONDAY}T22:00")
    assert not [each for each in report["alerts"] if each["kind"] == "unplaced_file"]


def test_a_name_that_reads_like_a_reference_is_nobody(make_folder: MakeFolder) -> None:
    builder = evening(make_folder().patient(ADA)).present("S1", "guest", f"{MONDAY}T18:00", f"{MONDAY}T21:15")
    for event in builder.events:
        event["participant"].update(identity="guest-77", name=f"PT-{ADA}")
    assert status(builder.triage(f"{MONDAY}T22:00"), "S1") == "missed"


def test_a_stop_whose_time_nobody_wrote_down_still_stops(make_folder: MakeFolder) -> None:
    builder = evening(make_folder().patient(ADA, phone="+12025550143"))
    builder.held("S1", f"{MONDAY}T18:00", f"{MONDAY}T21:15")
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="true", at="2026-09-01T09:00")
    builder.row("consents.csv", patient_id=ADA, channel="sms", granted="false")
    assert step(builder.triage(f"{MONDAY}T18:30"), "S1", ADA, "nudge")["channels"] == ["push"]


def test_two_marks_of_one_instant_come_out_the_same_in_either_order(make_folder: MakeFolder) -> None:
    told = []
    for order in (("attended", "missed"), ("missed", "attended")):
        builder = evening(make_folder().patient(ADA)).held("S1", f"{MONDAY}T18:00", f"{MONDAY}T21:15")
        for each in order:
            builder.row("marks.csv", session_id="S1", patient_id=ADA, status=each, at=f"{MONDAY}T21:30")
        told.append(status(builder.triage(f"{MONDAY}T22:00"), "S1"))
    assert told[0] == told[1]


def test_a_pattern_across_a_change_of_policy_reaches_somebody(make_folder: MakeFolder) -> None:
    builder = make_folder()
    old = builder.policy.replace("until: null", "until: 2026-10-07", 1)
    new = builder.policy.replace("version: 3", "version: 4").replace(
        "from: 2026-01-01", "from: 2026-10-08", 1
    )
    builder.policy = old + "\n---\n" + new.replace("at_least: 3, within: P30D", "at_least: 2, within: P30D")
    builder.patient(ADA)
    for number, day in enumerate(("2026-10-05", "2026-10-06", "2026-10-08", "2026-10-09"), start=1):
        evening(builder, day=day, session_id=f"S{number}").held(f"S{number}", f"{day}T18:00", f"{day}T21:15")
    report = builder.triage("2026-10-10T12:00")
    assert "three-in-thirty" in [each["id"] for each in report["triggers"]]


def test_a_week_of_the_past_keeps_its_minimum(make_folder: MakeFolder) -> None:
    builder = make_folder()
    old = builder.policy.replace("until: null", "until: 2026-10-11", 1)
    new = builder.policy.replace("version: 3", "version: 4").replace(
        "from: 2026-01-01", "from: 2026-10-12", 1
    )
    builder.policy = old + "\n---\n" + new.replace("min_per_week: 9", "min_per_week: 3")
    evening(builder.patient(ADA)).present("S1", ADA, f"{MONDAY}T18:00", f"{MONDAY}T21:15")
    weeks = [
        builder.triage(at)["week"][0]["below_minimum"] for at in ("2026-10-11T12:00", "2026-10-12T12:00")
    ]
    assert weeks == [True, True]


def test_a_fortnight_in_hospital_is_in_no_window(make_folder: MakeFolder) -> None:
    builder = make_folder().patient(ADA)
    evening(builder, day="2026-10-01", session_id="S0").present(
        "S0", ADA, "2026-10-01T18:00", "2026-10-01T21:15"
    )
    for number, day in enumerate(("2026-10-05", "2026-10-08", "2026-10-12", "2026-10-15"), start=1):
        evening(builder, day=day, session_id=f"S{number}").held(f"S{number}", f"{day}T18:00", f"{day}T21:15")
        builder.row(
            "notices.csv",
            patient_id=ADA,
            session_id=f"S{number}",
            received_at="2026-10-02T09:00",
            reason="hospitalised",
        )
    assert builder.triage("2026-10-16T12:00")["triggers"] == []


def test_a_requirement_is_due_on_a_local_day(make_folder: MakeFolder) -> None:
    due_on = []
    for zone in ("America/New_York", "Europe/Berlin"):
        builder = make_folder("c-")
        builder.policy = builder.policy.replace("America/New_York", zone)
        evening(builder.patient(ADA, **{"from": "2026-10-01"}))
        due_on.append(builder.triage("2026-10-06T12:00")["requirements"][0]["due_on"])
    assert due_on[0] == due_on[1]


def test_alerts_are_in_order_of_time(make_folder: MakeFolder) -> None:
    builder = make_folder().patient(ADA)
    evening(evening(builder, day=WEDNESDAY, session_id="S2"), session_id="S1")
    alerts = builder.triage(f"{WEDNESDAY}T12:00")["alerts"]
    assert [each["session_id"] for each in alerts if each["kind"] == "zero_slack"] == ["S1", "S2"]


@pytest.mark.parametrize(("joined", "at"), [("18:03", "18:03"), ("17:55", "18:00")])
def test_whoever_is_in_the_room_at_this_instant_is_not_missing(
    make_folder: MakeFolder, joined: str, at: str
) -> None:
    builder = evening(make_folder().patient(ADA)).present("S1", ADA, f"{MONDAY}T{joined}", None)
    assert status(builder.triage(f"{MONDAY}T{at}"), "S1") == "partial"
