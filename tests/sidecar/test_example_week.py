"""The example week, read as its README promises: one test for each row of its table."""

import csv
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rejoin.sidecar.report import Report
from rejoin.sidecar.triage import open_world, triage

ROOT = Path(__file__).resolve().parents[2]
WEEK = ROOT / "examples" / "week"
NEW_YORK = ZoneInfo("America/New_York")


def at(words: str) -> datetime:
    """ "10-09 09:30" of 2026 in New York, as a UTC instant."""
    return datetime.fromisoformat(f"2026-{words.replace(' ', 'T')}").replace(tzinfo=NEW_YORK).astimezone(UTC)


class Week:
    """A report of the week, asked by name."""

    def __init__(self, report: Report, names: dict[str, str]) -> None:
        self.report = report
        self.names = names

    def _of(self, section: str, session_id: str, name: str) -> Any:
        listed: Any = self.report[section]  # type: ignore[literal-required]
        found = [
            each
            for each in listed
            if each["session_id"] == session_id and self.names[each["patient_id"]] == name
        ]
        return found[0] if found else None

    def seat(self, session_id: str, name: str) -> Any:
        return self._of("seats", session_id, name)

    def case(self, session_id: str, name: str) -> Any:
        return self._of("cases", session_id, name)

    def steps(self, session_id: str, name: str) -> dict[str, str]:
        return {step["id"]: step["state"] for step in self.case(session_id, name)["steps"]}

    def step(self, session_id: str, name: str, step_id: str) -> Any:
        return next(each for each in self.case(session_id, name)["steps"] if each["id"] == step_id)

    def said(self, session_id: str, name: str) -> tuple[str, int | None, list[str]]:
        seat = self.seat(session_id, name)
        return seat["status"], seat["minutes"], seat["flags"]

    def with_cases(self, session_id: str) -> set[str]:
        return {
            self.names[each["patient_id"]]
            for each in self.report["cases"]
            if each["session_id"] == session_id
        }

    def fired(self, name: str) -> dict[str, list[str]]:
        return {
            each["id"]: each["sessions"]
            for each in self.report["triggers"]
            if self.names[each["patient_id"]] == name
        }

    def alerted(self, session_id: str | None) -> set[str]:
        return {each["kind"] for each in self.report["alerts"] if each["session_id"] == session_id}

    def strangers(self, session_id: str) -> dict[str, int]:
        return {
            each["display"]: each["plausible"]
            for each in self.report["unmatched"]
            if each["session_id"] == session_id
        }

    def week_of(self, name: str, monday: str) -> Any:
        return next(
            each
            for each in self.report["week"]
            if self.names[each["patient_id"]] == name and each["week_of"] == monday
        )


def read_week(words: str, folder: Path = WEEK) -> Week:
    with (folder / "roster.csv").open(encoding="utf-8", newline="") as file:
        names = {row["patient_id"]: row["name"] for row in csv.DictReader(file)}
    world, unreadable = open_world(folder, now=at(words))
    assert unreadable == []
    return Week(triage(world), names)


@pytest.fixture(scope="module")
def week() -> Week:
    return read_week("10-09 09:30")


def texts(listed: Any) -> str:
    return "; ".join(each["text"] for each in listed)


# The files.


def test_the_files_on_disk_are_those_the_script_writes() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "make_example.py"), "--check"]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


def test_the_script_says_which_file_is_not_as_it_was_written(tmp_path: Path) -> None:
    copy = tmp_path / "week"
    shutil.copytree(WEEK, copy)
    (copy / "staff.csv").unlink()
    (copy / "notices.csv").write_text("patient_id\n")
    (copy / "more.csv").write_text("x\n")
    tool = [sys.executable, str(ROOT / "tools" / "make_example.py"), "--check", "--folder", str(copy)]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "more.csv: is not one of the example's files",
        "notices.csv: differs",
        "staff.csv: is missing",
    ]


def test_every_room_file_but_the_huddle_belongs_to_a_session(week: Week) -> None:
    unplaced = {each["file"] for each in week.report["alerts"] if each["kind"] == "unplaced_file"}
    assert "rooms/10-08-huddle-zoom.csv" in unplaced
    assert unplaced <= {"rooms/10-08-huddle-zoom.csv", "rooms/10-06-pia-teams-actions.csv"}


def test_the_page_has_overdue_due_and_upcoming_work(week: Week) -> None:
    states = {
        step["state"] for case in week.report["cases"] if case["state"] == "open" for step in case["steps"]
    }
    assert {"overdue", "due", "upcoming", "done", "suppressed"} <= states


# Presence.


def test_a_leave_told_after_the_rejoin_takes_nothing_away(week: Week) -> None:
    status, minutes, _ = week.said("eve-1005", "Ada")
    assert (status, minutes) == ("attended", 180)


def test_shuffled_and_doubled_webhooks_count_once(week: Week, tmp_path: Path) -> None:
    copy = tmp_path / "week"
    shutil.copytree(WEEK, copy)
    for log in (copy / "rooms").glob("10-0[57]-evening-*.jsonl"):
        log.write_text("".join(sorted(set(log.read_text().splitlines(keepends=True)))))
    again = read_week("10-09 09:30", copy)
    for session_id in ("eve-1005", "eve-1007"):
        for name in ("Ada", "Ben", "Cleo", "Eli", "Fay"):
            assert again.said(session_id, name) == week.said(session_id, name)


def test_a_failed_connection_is_no_join(week: Week) -> None:
    assert week.seat("eve-1005", "Eli")["first_join"] == at("10-05 18:04")
    assert week.said("eve-1005", "Eli") == ("partial", 176, [])


def test_the_waiting_room_is_not_presence(week: Week) -> None:
    assert week.said("day-1005", "Gus") == ("missed", 0, [])
    assert week.seat("day-1005", "Hana")["first_join"] == at("10-05 09:28:30")
    assert week.seat("eve-1007", "Ada")["first_join"] == at("10-07 17:57")


def test_one_late_minute_costs_the_day_where_there_is_no_slack(week: Week) -> None:
    assert week.said("day-1005", "Ivo") == ("partial", 179, [])
    assert "zero_slack" in week.alerted("day-1005")


def test_two_devices_are_a_union(week: Week) -> None:
    assert week.said("day-1005", "Jo") == ("attended", 180, ["two_devices"])


def test_a_caller_is_known_by_a_number_of_the_roster(week: Week) -> None:
    assert week.said("day-1005", "Kai") == ("attended", 180, ["dial_in"])


def test_a_nickname_counts_once_somebody_confirmed_it(week: Week) -> None:
    assert week.said("day-1005", "Lea") == ("partial", 176, ["reconnected"])


def test_a_name_alone_is_nobody(week: Week) -> None:
    assert week.strangers("day-1005") == {"iPhone": 1}


def test_a_masked_caller_is_nobody(week: Week) -> None:
    assert week.strangers("ind-mia-1008")["(***) ***-**67"] == 0
    assert week.said("ind-mia-1008", "Mia") == ("attended", 50, [])


def test_whoever_leads_a_session_is_neither_seated_nor_a_stranger(week: Week) -> None:
    seen = {each["display"] for each in week.report["unmatched"]}
    assert seen & {"Rosa", "Sam", "Sam (Therapist)", "Tess"} == set()


def test_a_meeting_started_anew_is_one_session_whatever_order_its_dates_are_in(week: Week) -> None:
    for name in ("Gus", "Hana", "Ivo", "Jo", "Kai"):
        assert week.said("day-1006", name) == ("attended", 180, ["reconnected"])


def test_without_times_minutes_are_unknown_and_never_nought(week: Week) -> None:
    assert week.said("day-1006", "Lea") == ("partial", None, [])
    assert week.week_of("Lea", "2026-10-05")["unknown_sessions"] == 1
    ben = week.seat("ind-ben-1007", "Ben")
    assert (ben["status"], ben["computed"], ben["minutes"]) == ("attended", "partial", None)


def test_a_sheet_without_dates_finds_its_day(week: Week) -> None:
    assert week.said("fam-noa-1006", "Noa") == ("attended", 60, [])
    assert week.strangers("fam-noa-1006")["Ori"] == 0


def test_an_export_without_a_meeting_id_is_found_by_its_time_and_its_patient(week: Week) -> None:
    assert week.said("ind-ada-1006", "Ada") == ("attended", 50, [])
    assert week.said("aft-1006", "Mia") == ("attended", 180, [])
    assert week.said("aft-1006", "Noa") == ("partial", 174, ["late"])
    assert week.said("aft-1006", "Pia") == ("partial", 155, ["left_early"])


def test_a_list_of_actions_without_the_leave_is_found_by_its_time_as_well(week: Week) -> None:
    assert week.said("fam-pia-1006", "Pia") == ("attended", 60, ["uncertain_end"])
    assert week.strangers("fam-pia-1006")["Luis"] == 0


def test_a_first_join_after_the_cutoff_is_not_admitted(week: Week) -> None:
    seat = week.seat("eve-1007", "Cleo")
    assert seat["status"] == "not_admitted"
    assert "late" in seat["flags"]
    assert seat["counts_as"]["missed"]
    case = week.case("eve-1007", "Cleo")
    assert (case["state"], case["closed_reason"], case["closed_at"]) == (
        "closed",
        "joined",
        at("10-08 17:57"),
    )


def test_webhooks_delivered_late_are_taken_and_flagged(week: Week) -> None:
    assert week.said("eve-1007", "Ben") == ("attended", 180, ["late_source"])


def test_a_stay_whose_end_was_never_written_is_decided_and_flagged(week: Week) -> None:
    assert week.said("day-1008", "Hana") == ("attended", 180, ["uncertain_end"])


def test_a_short_fall_out_is_a_reconnect_and_its_minutes_are_gone(week: Week) -> None:
    assert week.said("day-1008", "Gus") == ("partial", 176, ["reconnected"])


def test_a_session_that_is_still_running_is_provisional(week: Week) -> None:
    assert week.seat("ind-noa-1009", "Noa")["provisional"]
    assert week.case("ind-noa-1009", "Noa") is None
    later = read_week("10-09 10:30")
    assert not later.seat("ind-noa-1009", "Noa")["provisional"]
    assert later.said("ind-noa-1009", "Noa") == ("attended", 50, ["uncertain_end"])


# Nobody's miss.


def test_a_session_without_its_clinician_is_nobodys_miss(week: Week) -> None:
    seat = week.seat("ind-hana-1007", "Hana")
    assert (seat["status"], seat["reason"], seat["minutes"]) == ("cancelled", "program_cancelled", None)
    assert seat["first_join"] == at("10-07 09:58")
    assert week.with_cases("ind-hana-1007") == set()


def test_an_outage_is_nobodys_miss(week: Week) -> None:
    for name in ("Mia", "Noa", "Omar", "Pia"):
        seat = week.seat("aft-1002", name)
        assert (seat["status"], seat["reason"]) == ("cancelled", "platform_outage")
    assert week.with_cases("aft-1002") == set()
    assert week.fired("Mia") == {}


def test_silence_is_unrecorded(week: Week) -> None:
    assert week.said("ind-cleo-1006", "Cleo") == ("unrecorded", None, [])
    assert week.with_cases("ind-cleo-1006") == set()
    assert week.alerted("ind-cleo-1006") == {"unrecorded"}


def test_the_interpreter_failed_and_it_is_in_no_count(week: Week) -> None:
    seat = week.seat("aft-0930", "Mia")
    assert (seat["status"], seat["reason"]) == ("missed", "interpreter_failed")
    assert not seat["counts_as"]["missed"]


def test_somebody_marked_present_gets_no_message(week: Week) -> None:
    seat = week.seat("day-1008", "Ivo")
    assert (seat["status"], seat["computed"], seat["attested"]) == ("attended", "missed", "attended")
    assert "conflict" in seat["flags"]
    assert week.case("day-1008", "Ivo") is None


def test_before_the_mark_the_same_seat_had_a_case() -> None:
    assert read_week("10-08 10:05").steps("day-1008", "Ivo")["nudge"] == "due"


def test_a_session_in_person_is_what_its_mark_says(week: Week) -> None:
    seat = week.seat("ind-gus-1007", "Gus")
    assert (seat["status"], seat["counts_as"]["hours_minutes"]) == ("attended", 50)


# Notice.


def test_notice_in_time_excuses_and_late_notice_is_kept(week: Week) -> None:
    assert week.seat("eve-1007", "Fay")["status"] == "excused"
    dev = week.seat("eve-1007", "Dev")
    assert (dev["status"], dev["reason"]) == ("missed", "work")
    assert "notice 3 h before, 24 h needed" in texts(dev["because"])
    assert week.fired("Dev") == {}


def test_a_listed_reason_excuses_whatever_the_notice(week: Week) -> None:
    seat = week.seat("day-1008", "Lea")
    assert (seat["status"], seat["reason"]) == ("excused", "illness")
    assert week.case("day-1008", "Lea") is None


def test_who_gave_notice_and_came_is_judged_by_presence(week: Week) -> None:
    assert week.said("day-1008", "Jo") == ("attended", 180, [])


def test_two_weeks_of_accepted_excuses_still_reach_a_person(week: Week) -> None:
    assert week.fired("Omar").keys() == {"two-weeks-silent"}
    assert week.with_cases("aft-1006") == set()


def test_an_unknown_reason_is_told_as_unknown_and_decides_nothing(week: Week) -> None:
    seat = week.seat("ind-lea-1006", "Lea")
    assert (seat["status"], seat["reason"]) == ("missed", "unknown")
    assert week.seat("day-1005", "Gus")["reason"] is None
    assert all(each["decided_by"] for each in week.report["triggers"])


# Cases.


def test_of_several_only_the_absent_are_called(week: Week) -> None:
    assert week.with_cases("eve-1008") == {"Ben", "Eli", "Fay"}


def test_a_miss_that_only_a_mark_tells_of_opens_a_case_like_any_other(week: Week) -> None:
    seat = week.seat("ind-lea-1006", "Lea")
    assert (seat["computed"], seat["attested"]) == ("unrecorded", "missed")
    assert week.case("ind-lea-1006", "Lea")["next"] == "call3"


def test_a_wrong_number_and_a_voicemail_do_not_stop_the_ladder(week: Week) -> None:
    assert week.steps("ind-lea-1006", "Lea") == {
        "nudge": "done", "tech": "done", "call1": "done", "call2": "done", "call3": "upcoming"
    }  # fmt: skip
    assert week.steps("day-1008", "Kai")["call2"] == "upcoming"


def test_a_stop_before_the_text_holds_the_text_and_not_the_calls(week: Week) -> None:
    nudge = week.step("eve-1008", "Ben", "nudge")
    assert (nudge["state"], nudge["channels"]) == ("suppressed", [])
    assert "no live consent for sms" in texts(nudge["because"])
    assert week.steps("eve-1008", "Ben") == {
        "nudge": "suppressed", "tech": "overdue", "call1": "done", "call2": "upcoming", "call3": "upcoming"
    }  # fmt: skip


def test_a_patient_without_a_phone_does_not_stop_the_rest(week: Week) -> None:
    assert week.step("eve-1008", "Eli", "nudge")["state"] == "done"
    assert "no number on file" in texts(week.step("eve-1008", "Eli", "tech")["because"])
    assert week.case("eve-1008", "Eli")["first_attempt"]["state"] == "met"
    assert week.steps("eve-1008", "Fay")["nudge"] == "done"


def test_no_word_on_text_messages_is_no_consent(week: Week) -> None:
    assert week.step("aft-1007", "Rae", "nudge")["channels"] == ["push"]


def test_a_raised_flag_takes_the_elevated_path(week: Week) -> None:
    case = week.case("eve-1008", "Fay")
    assert (case["path"], case["next"]) == ("elevated", "supervisor")
    assert "cssrs_high" in texts(case["because"])
    assert week.steps("eve-1008", "Fay") == {
        "nudge": "done", "call_now": "done", "call2": "done", "supervisor": "overdue", "disposition": "due"
    }  # fmt: skip


def test_a_caregiver_is_not_the_patient(week: Week) -> None:
    assert week.step("eve-1008", "Fay", "call2")["outcome"] == "caregiver_reached"
    case = week.case("aft-1007", "Rae")
    assert (case["state"], case["next"]) == ("open", "call2")
    assert week.steps("aft-1007", "Rae")["call2"] == "due"


def test_two_way_contact_closes_a_case(week: Week) -> None:
    case = week.case("aft-1007", "Noa")
    assert (case["closed_reason"], case["closed_at"]) == ("contact", at("10-07 13:24"))
    assert week.steps("aft-1007", "Noa")["call1"] == "cancelled"


def test_several_attempts_on_one_day_are_one_first_attempt_and_one_step(week: Week) -> None:
    case = week.case("day-1005", "Gus")
    assert case["first_attempt"] == {"by": at("10-06 09:30"), "state": "met", "at": at("10-05 09:52")}
    assert week.step("day-1005", "Gus", "call1")["done_at"] == at("10-05 10:32")
    assert len(case["steps"]) == 5


def test_a_message_of_the_system_is_no_first_attempt(week: Week) -> None:
    case = week.case("aft-1007", "Pia")
    assert case["first_attempt"] == {"by": at("10-08 13:00"), "state": "breached", "at": None}
    assert week.steps("aft-1007", "Pia") == {
        "nudge": "done", "tech": "overdue", "call1": "overdue", "call2": "due", "call3": "upcoming"
    }  # fmt: skip


def test_an_automatic_message_waits_for_morning_where_the_patient_is(week: Week) -> None:
    nudge = week.step("ind-kai-1009", "Kai", "nudge")
    assert (nudge["state"], nudge["due_at"]) == ("upcoming", at("10-09 10:00"))
    assert week.steps("ind-kai-1009", "Kai")["tech"] == "overdue"
    assert week.steps("ind-kai-1009", "Kai")["call1"] == "due"


def test_out_of_licence_is_not_admissible_and_still_owed_a_call(week: Week) -> None:
    seat = week.seat("eve-1005", "Dev")
    assert seat["status"] == "not_admissible"
    assert not seat["counts_as"]["missed"]
    assert week.case("eve-1005", "Dev")["closed_reason"] == "contact"
    assert "licence" in week.alerted("eve-1005")


def test_a_discharged_patient_leaves_the_list_at_once(week: Week) -> None:
    assert week.seat("eve-1007", "Quin") is None
    mine = [each for each in week.report["cases"] if week.names[each["patient_id"]] == "Quin"]
    assert {(each["state"], each["closed_reason"]) for each in mine} == {("closed", "left_program")}
    assert week.case("eve-1005", "Quin")["closed_at"] == at("10-07 00:00")
    assert read_week("10-06 23:59").case("eve-1005", "Quin")["state"] == "open"
    decisions = [each for each in week.report["triggers"] if week.names[each["patient_id"]] == "Quin"]
    assert all(each["state"] != "open" for each in decisions)


def test_who_changed_groups_is_expected_in_the_new_one_only(week: Week) -> None:
    assert week.seat("eve-1001", "Lea") is not None
    assert week.seat("eve-1005", "Lea") is None
    assert week.seat("day-1005", "Lea") is not None


# The group, and patterns.


def test_most_of_a_group_absent_is_one_question_about_the_room(week: Week) -> None:
    assert week.alerted("aft-1007") == {"possible_outage", "quorum", "stale_source", "zero_slack"}
    assert week.with_cases("aft-1007") == {"Noa", "Pia", "Rae"}
    assert week.said("aft-1007", "Mia")[2] == ["uncertain_end"]


def test_patterns_reach_the_person_who_decides(week: Week) -> None:
    assert week.fired("Ben")["two-no-call"] == ["eve-0928", "eve-1008"]
    assert week.fired("Gus")["three-in-thirty"] == ["day-0929", "day-1001", "day-1005"]
    assert week.fired("Quin")["five-in-thirty"] == [
        "eve-0924",
        "eve-0928",
        "eve-0930",
        "eve-1001",
        "eve-1005",
    ]
    assert week.fired("Kai")["two-no-call"] == ["day-1008", "ind-kai-1009"]


def test_a_day_is_billable_on_attested_minutes_only(week: Week) -> None:
    assert week.seat("eve-1005", "Ada")["per_day_billable"]
    assert not week.seat("eve-1005", "Fay")["per_day_billable"]
    assert week.seat("eve-1005", "Fay")["billing"]["state"] == "pending_attestation"
