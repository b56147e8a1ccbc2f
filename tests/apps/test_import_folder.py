"""Taking in a folder: whole or not at all, the same as the sidecar reads it, and only once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from rejoin.attendance.models import CheckIn, Mark, Notice
from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, IMPORT
from rejoin.domain.consent import About
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.followup.owners import Owners
from rejoin.operations.importing import Imported, import_folder
from rejoin.people.actions import (
    add_address,
    end_flag,
    raise_flag,
    record_guardian_word,
    retire_address,
)
from rejoin.people.consents import consents_of
from rejoin.people.models import Address, Contact, Flag, Licence, Patient, Staff
from rejoin.people.vocabulary import AddressKind
from rejoin.programs import actions
from rejoin.programs.models import (
    CareTeamMember,
    Enrolment,
    Group,
    PolicyVersion,
    Program,
    Seat,
    Series,
    Session,
    SessionStaff,
    StaffRole,
)
from rejoin.programs.vocabulary import Release, Role
from rejoin.rooms.models import Identity, Room
from rejoin.sheets.refused import BadInput
from rejoin.sidecar.folder import read_folder
from rejoin.sidecar.world import expect_patients
from tests.apps.town import WHO, a_group, a_patient, a_program, a_session
from tests.builders.folder import FolderBuilder

pytestmark = pytest.mark.django_db
EXAMPLE = Path(__file__).parents[2] / "examples" / "week"
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANSWERED = ("zero_slack", "quiet_hours")


class Desk:
    """A program and the folder that is brought to it."""

    def __init__(self, path: Path) -> None:
        self.program = a_program()
        self.path = path
        self.folder = FolderBuilder(path, policy="a")
        self.folder.patient(
            "P1", name="Ada", email="ada@example.org", phone="202 555 0101", **{"from": "2026-09-01"}
        )
        self.folder.patient("P2", name="Eve", **{"from": "2026-09-01"})
        self.folder.session(
            "S1", "2026-10-05T18:00", "2026-10-05T21:15", facilitator="Ben", breaks="19:30-19:45"
        )
        self.folder.session("S2", "2026-10-06T18:00", "2026-10-06T21:15", facilitator="Ben; Eli")

    def bring(self, at: datetime = NOW) -> Imported:
        return import_folder(
            path=self.folder.write(), program=self.program, accept=ANSWERED, by=COMMAND, at=at
        )

    def refused(self, at: datetime = NOW) -> list[str]:
        with pytest.raises(BadInput) as bad:
            self.bring(at)
        return [str(problem) for problem in bad.value.problems]

    def row(self, table: str, place: int = 0) -> dict[str, str]:
        return self.folder.tables[table][place]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "folder")


def rows() -> dict[str, int]:
    """How many rows there are of everything but the trail."""
    models = [model for config in apps.get_app_configs() for model in config.get_models()]
    counts = {model._meta.label: model._default_manager.count() for model in models}  # noqa: SLF001
    return {label: count for label, count in counts.items() if count}


def seated() -> set[tuple[str, str]]:
    live = Seat.objects.live()
    return set(live.values_list("session__external_id", "patient__external_id"))


def test_a_folder_becomes_a_program(desk: Desk) -> None:
    did = desk.bring().did
    ada = Patient.objects.get(external_id="P1")
    assert (ada.name, ada.timezone) == ("Ada", "America/New_York")
    assert set(ada.addresses.values_list("kind", "normal")) == {
        ("email", "ada@example.org"),
        ("phone", "+12025550101"),
    }
    place = Enrolment.objects.get(patient=ada)
    assert (place.group.name if place.group else "", place.from_on, place.until_on) == (
        "G",
        date(2026, 9, 1),
        None,
    )
    first = Session.objects.get(external_id="S1")
    assert (first.starts_at, first.ends_at) == (
        NOW.replace(hour=22),
        datetime(2026, 10, 6, 1, 15, tzinfo=UTC),
    )
    assert first.breaks == [["2026-10-05T23:30:00+00:00", "2026-10-05T23:45:00+00:00"]]
    assert seated() == {(session, patient) for session in ("S1", "S2") for patient in ("P1", "P2")}
    led = SessionStaff.objects.values_list("session__external_id", "staff__name", "role")
    assert set(led) == {
        ("S1", "Ben", "facilitator"),
        ("S2", "Ben", "facilitator"),
        ("S2", "Eli", "cofacilitator"),
    }
    assert set(Room.objects.values_list("session__external_id", "name")) == {
        ("S1", "room-S1"),
        ("S2", "room-S2"),
    }
    assert set(Identity.objects.values_list("provider", "ref", "patient__external_id")) == {
        ("livekit", "pt-P1", "P1"),
        ("livekit", "pt-P2", "P2"),
    }
    assert PolicyVersion.objects.get().version == 3
    assert did["people.add_patient"] == 2
    assert did["programs.publish_policy"] == 1


def test_every_row_leaves_the_event_that_its_action_would_leave(desk: Desk) -> None:
    desk.bring()
    told = set(Event.objects.filter(reason="import").values_list("verb", flat=True))
    assert told >= {"people.add_patient", "people.add_address", "people.add_staff", "programs.enrol"}
    assert told >= {"programs.add_group", "programs.schedule_session"}
    ada = Patient.objects.get(external_id="P1")
    assert Event.objects.get(verb="people.add_patient", patient_ref=ada.pk).subject == f"patient:{ada.pk}"
    assert Event.objects.get(verb="operations.import_folder").by == str(COMMAND)
    assert not Event.objects.filter(subject__contains="Ada").exists()


def test_the_same_folder_twice_changes_nothing(desk: Desk) -> None:
    desk.folder.row("consents.csv", patient_id="P1", channel="sms", granted="true")
    desk.folder.row("consents.csv", patient_id="P1", channel="push", granted="false")
    desk.folder.row("consents.csv", patient_id="P1", channel="phone", granted="true", contact="guardian")
    desk.folder.row("staff.csv", name="Ben", licensed_states="NY; NJ")
    desk.bring()
    before, events = rows(), Event.objects.count()
    again = desk.bring(at=LATER)
    assert (dict(again.did), again.notes) == ({}, ())
    assert rows() == before
    assert Event.objects.count() == events


def test_the_example_week_is_taken_in_as_the_sidecar_reads_it() -> None:
    program = a_program()
    at = datetime(2026, 10, 9, 13, 30, tzinfo=UTC)
    import_folder(path=EXAMPLE, program=program, accept=ANSWERED, by=IMPORT, at=at)
    folder = read_folder(EXAMPLE)
    expected = expect_patients(folder, now=at)
    assert seated() == {(session, patient) for session, patients in expected.items() for patient in patients}
    assert Mark.objects.count() == sum(len(each) for each in folder.marks.values())
    before, events = rows(), Event.objects.count()
    assert dict(import_folder(path=EXAMPLE, program=program, by=IMPORT, at=at).did) == {}
    assert (rows(), Event.objects.count()) == (before, events)


def test_a_folder_without_a_policy_is_read_by_the_programs_own(desk: Desk) -> None:
    path = desk.folder.write()
    (path / "policy.yaml").unlink()
    with pytest.raises(BadInput, match=r"policy\.yaml:1: file: is missing"):
        import_folder(path=path, program=desk.program, by=COMMAND, at=NOW)
    actions.publish_policy(program=desk.program, text=desk.folder.policy, **WHO)
    assert import_folder(path=path, program=desk.program, by=COMMAND, at=NOW).did["people.add_patient"] == 2


# What is refused, and where


def wrong_cells(desk: Desk) -> None:
    desk.folder.patient("", name="Nobody")
    desk.folder.session("S3", "2026-10-07T18:00", "soon")
    desk.folder.row("marks.csv", session_id="S9", patient_id="P1", status="attended")
    desk.row("roster.csv")["state"] = "New York"


def test_every_problem_is_listed_with_its_file_its_line_and_its_field(desk: Desk) -> None:
    wrong_cells(desk)
    assert desk.refused() == [
        "identities.csv:4: patient_id: is empty",
        "marks.csv:2: session_id: is not scheduled",
        "roster.csv:2: state: is not a state of two letters such as NY: 'New York'",
        "roster.csv:4: patient_id: is empty",
        "sessions.csv:4: ends_at: is not a time such as 2026-10-05T18:00: 'soon'",
    ]
    assert not Patient.objects.exists()
    assert not Event.objects.filter(reason="import").exists()


@pytest.mark.parametrize(
    ("table", "cells", "said"),
    [
        ("roster.csv", {"patient_id": "P" * 65}, "patient_id: is longer than 64 characters"),
        ("roster.csv", {"patient_id": "P3", "name": "x" * 201}, "name: is longer than 200 characters"),
        (
            "roster.csv",
            {"patient_id": "P3", "flags": "ok; " + "f" * 41},
            "flags: is longer than 40 characters",
        ),
        ("roster.csv", {"patient_id": "P3", "name": "a\x00b"}, "row: holds a character that no text has"),
        (
            "roster.csv",
            {"patient_id": "P3", "ending": "completed"},
            "ending: has no last day: until is empty",
        ),
        (
            "roster.csv",
            {"patient_id": "P3", "until": "2026-10-01", "ending": "bored"},
            "ending: unknown ending",
        ),
        ("sessions.csv", {"session_id": "S" * 65}, "session_id: is longer than 64 characters"),
        ("sessions.csv", {"session_id": "S3", "maximum": "none"}, "maximum: must be a whole number"),
        (
            "sessions.csv",
            {"session_id": "S3", "also_expected": "P9"},
            "also_expected: 'P9' is not on the roster",
        ),
        ("staff.csv", {"name": "Ben", "licensed_states": "NY; Jersey"}, "licensed_states: is not a state"),
        ("consents.csv", {"purpose": "marketing"}, "purpose: unknown purpose"),
        (
            "consents.csv",
            {"purpose": "attendance"},
            "purpose: is for telling somebody else, and contact is empty",
        ),
        ("consents.csv", {"at": "2026-10-01T08:00", "until": "2026-09-01T08:00"}, "until: is not after at"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(
    desk: Desk, table: str, cells: dict[str, str], said: str
) -> None:
    given = {
        "roster.csv": {"group": "G"},
        "sessions.csv": {"group": "G", "starts_at": "2026-10-08T18:00", "ends_at": "2026-10-08T19:00"},
        "consents.csv": {"patient_id": "P1", "channel": "sms", "granted": "true", "contact": ""},
        "staff.csv": {},
    }[table]
    line = len(desk.folder.tables[table]) + 2
    desk.folder.tables["roster.csv"][0].setdefault("minimum", "")
    desk.folder.row(table, **{**given, **cells})
    if table == "sessions.csv":
        desk.row(table)["minimum"] = "2"
    found = desk.refused()
    assert [each for each in found if each.startswith(f"{table}:{line}: {said}")] == found


def test_a_file_that_is_no_table_and_one_that_is_missing_are_refused(desk: Desk) -> None:
    path = desk.folder.write()
    (path / "roster.csv").write_bytes(b"patient_id,group\nP1,\xff\xfe\n")
    with pytest.raises(BadInput, match=r"roster\.csv:2: encoding: is not UTF-8"):
        import_folder(path=path, program=desk.program, by=COMMAND, at=NOW)
    with pytest.raises(BadInput, match="is not a folder"):
        import_folder(path=path / "nowhere", program=desk.program, by=COMMAND, at=NOW)


def test_a_policy_of_another_zone_is_refused(desk: Desk) -> None:
    desk.folder.policy = desk.folder.policy.replace("America/New_York", "America/Chicago")
    assert desk.refused() == [
        "policy.yaml:1: timezone: is America/Chicago, and the program is in America/New_York"
    ]


def test_a_policy_that_cannot_do_what_it_says_refuses_the_folder_unless_answered_for(desk: Desk) -> None:
    desk.folder.policy = desk.folder.policy.replace("deadline: PT45M", "deadline: PT10M")
    (found,) = desk.refused()
    assert found.startswith("policy.yaml:38: outreach.standard.tech: its deadline passes before it is due")
    assert not Patient.objects.exists()


def test_a_published_version_with_other_words_is_refused(desk: Desk) -> None:
    desk.bring()
    desk.folder.policy = desk.folder.policy.replace("grace: PT5M", "grace: PT6M")
    assert desk.refused() == [
        "policy.yaml:5: version: 3 is published with other words: give the new ones a number of their own"
    ]
    desk.folder.policy = desk.folder.policy.replace("version: 3", "version: 4")
    assert dict(desk.bring().did) == {"programs.publish_policy": 1}


def test_another_policy_than_the_programs_is_refused(desk: Desk) -> None:
    desk.bring()
    desk.folder.policy = desk.folder.policy.replace("version: 3", "version: 4").replace(
        "id: sud-", "id: other-"
    )
    (found,) = desk.refused(LATER)
    assert found.startswith("policy.yaml:5: version: policy.yaml:1: id: differs")


def test_an_overlay_beside_the_policy_is_published_with_it(desk: Desk) -> None:
    desk.folder.policy += "overlays: [own.yaml]\n"
    (desk.folder.write() / "own.yaml").write_text("id: own\nversion: 1\nhours: {min_per_week: 12}\n")
    desk.bring()
    assert set(PolicyVersion.objects.get().overlays) == {"own.yaml"}
    assert did(desk) == {}
    (desk.path / "own.yaml").write_text("id: own\nversion: 2\nhours: {min_per_week: 13}\n")
    assert "is published with other words" in desk.refused(LATER)[0]


def test_several_versions_in_one_file_are_published_one_by_one(desk: Desk) -> None:
    desk.folder.policy += "---\n" + desk.folder.policy.replace("version: 3", "version: 4")
    assert desk.bring().did["programs.publish_policy"] == 2
    assert dict(desk.bring().did) == {}


def test_a_patient_expected_in_two_sessions_at_once_refuses_the_folder_at_its_line(desk: Desk) -> None:
    desk.folder.patient("P1", group="H", **{"from": "2026-09-01"})
    desk.folder.session("S3", "2026-10-05T20:00", "2026-10-05T21:00", group="H")
    assert desk.refused() == ["sessions.csv:4: starts_at: P1 sits in S1 at that time"]
    assert not Session.objects.exists()


def test_a_leader_of_two_sessions_at_once_refuses_the_folder_at_its_line(desk: Desk) -> None:
    desk.folder.session("S3", "2026-10-05T20:00", "2026-10-05T21:00", group="H", facilitator="ben")
    (found,) = desk.refused()
    assert found.endswith("facilitator: Ben would lead two sessions at once")
    assert not Session.objects.exists()


def test_more_patients_than_fit_refuse_the_folder_at_its_line(desk: Desk) -> None:
    for each in desk.folder.tables["sessions.csv"]:
        each.update(minimum="1", maximum="2")
    desk.row("sessions.csv", 1)["maximum"] = "1"
    assert desk.refused() == ["sessions.csv:3: maximum: takes 1, and 2 are expected"]


def test_a_group_with_a_limit_takes_no_more_than_fit(desk: Desk) -> None:
    a_group(desk.program, "G", minimum=1, maximum=1)
    assert "roster.csv:3: group: is full: it takes 1" in desk.refused()


def test_a_closed_group_that_has_begun_takes_nobody_in(desk: Desk) -> None:
    a_group(desk.program, "G", is_open=False, began_on=date(2026, 8, 1))
    assert "roster.csv:2: group: is closed: it takes nobody in once it has begun" in desk.refused()


def test_a_place_that_runs_into_one_of_hers_here_is_refused_at_its_line(desk: Desk) -> None:
    desk.bring()
    ada, group = Patient.objects.get(external_id="P1"), Group.objects.get(name="G")
    Enrolment.objects.filter(patient=ada).update(until_on=date(2026, 10, 31))
    actions.enrol(patient=ada, program=desk.program, group=group, from_on=date(2026, 11, 1), **WHO)
    assert desk.refused() == [
        "roster.csv:2: from: The patient already has a place in this group at that time."
    ]


def test_a_reference_that_is_another_patients_here_is_refused_at_its_line(desk: Desk) -> None:
    desk.bring()
    desk.row("identities.csv", 0)["patient_id"] = "P2"
    desk.row("identities.csv", 1)["patient_id"] = "P1"
    assert desk.refused(LATER) == [
        "identities.csv:2: ref: is another patient's here already",
        "identities.csv:3: ref: is another patient's here already",
    ]


def test_an_empty_document_among_the_versions_is_refused(desk: Desk) -> None:
    desk.folder.policy += "---\nnull\n"
    assert desk.refused() == [
        "policy.yaml:1: document: has an empty document among its versions: take it out"
    ]


# What a row says otherwise than before


def change_session(desk: Desk, **cells: str) -> None:
    desk.row("sessions.csv").update(cells)


def did(desk: Desk, at: datetime = LATER) -> dict[str, int]:
    return dict(desk.bring(at).did)


def test_a_session_at_another_time_is_moved(desk: Desk) -> None:
    desk.bring()
    before = Session.objects.get(external_id="S1").pk
    change_session(desk, starts_at="2026-10-05T17:00", ends_at="2026-10-05T20:15", breaks="18:30-18:45")
    assert did(desk) == {"programs.move_session": 1}
    moved = Session.objects.get(external_id="S1")
    assert (moved.pk, moved.starts_at) == (before, NOW.replace(hour=21))
    assert {seat.span.lower for seat in moved.seats.all()} == {moved.starts_at}


def test_two_sessions_may_change_places(desk: Desk) -> None:
    desk.bring()
    first, second = desk.folder.tables["sessions.csv"]
    for column in ("starts_at", "ends_at"):
        first[column], second[column] = second[column], first[column]
    first["breaks"] = ""
    assert did(desk) == {"programs.move_session": 2}


def test_a_move_that_collides_refuses_the_folder_at_its_line(desk: Desk) -> None:
    desk.bring()
    change_session(desk, starts_at="2026-10-06T20:00", ends_at="2026-10-06T22:00", breaks="")
    (found,) = desk.refused(LATER)
    assert found.startswith("sessions.csv:2: starts_at: ")
    assert found.endswith(("two sessions at once.", "would lead two at once."))
    assert Session.objects.get(external_id="S1").starts_at == NOW.replace(hour=22)


@pytest.mark.parametrize("status", ["cancelled", "outage"])
def test_a_session_is_called_off_and_held_after_all(desk: Desk, status: str) -> None:
    desk.bring()
    change_session(desk, status=status)
    assert did(desk) == {"programs.cancel_session": 1}
    session = Session.objects.get(external_id="S1")
    assert (session.held, session.unheld_at, session.unheld_by) == (status, LATER, str(COMMAND))
    change_session(desk, status="scheduled")
    assert did(desk) == {"programs.reinstate_session": 1}
    assert session.seats.filter(occupies=True).count() == 2


def test_a_session_held_after_all_needs_its_people_free(desk: Desk) -> None:
    change_session(desk, status="cancelled")
    desk.bring()
    ada, other = Patient.objects.get(external_id="P1"), a_group(desk.program, "H")
    at_once = a_session(desk.program, "X", group_id=other.pk, starts_at=NOW.replace(hour=22))
    actions.book_seat(session=at_once, patient=ada, **WHO)
    change_session(desk, status="scheduled")
    assert desk.refused(LATER) == ["sessions.csv:2: status: The patient would be in two sessions at once."]


def test_fewer_may_fit_than_was_said_unless_more_sit_there(desk: Desk) -> None:
    for row in desk.folder.tables["sessions.csv"]:
        row.update(minimum="1", maximum="9")
    desk.bring()
    change_session(desk, maximum="2")
    assert did(desk) == {"programs.change_session": 1}
    change_session(desk, maximum="1")
    assert desk.refused(LATER) == ["sessions.csv:2: maximum: The session is full."]


def test_a_session_may_come_in_called_off(desk: Desk) -> None:
    change_session(desk, status="outage")
    desk.bring()
    session = Session.objects.get(external_id="S1")
    assert (session.held, session.unheld_by) == ("outage", str(COMMAND))
    assert not session.seats.filter(occupies=True).exists()
    assert session.seats.count() == 2


def test_other_columns_of_a_session_are_changed(desk: Desk) -> None:
    desk.bring()
    change_session(
        desk, module="Values", service="iop", mode="phone", meeting_id="other; room-S1", facilitator="Eli"
    )
    assert did(desk) == {
        "programs.change_session": 1,
        "programs.set_leaders": 1,
        "rooms.name_rooms": 1,
    }
    session = Session.objects.get(external_id="S1")
    assert (session.module, session.service, session.mode) == ("Values", "iop", "phone")
    assert list(session.leaders.filter(released_at=None).values_list("staff__name", flat=True)) == ["Eli"]
    change_session(desk, meeting_id="other")
    assert did(desk) == {"rooms.forget_room": 1}


def test_a_last_day_frees_the_seats_after_it_and_may_be_taken_back(desk: Desk) -> None:
    desk.bring()
    desk.row("roster.csv")["until"] = "2026-10-05"
    assert did(desk) == {"programs.change_enrolment": 1, "programs.release_seat": 1}
    assert ("S2", "P1") not in seated()
    desk.row("roster.csv")["until"] = ""
    assert did(desk) == {"programs.change_enrolment": 1, "programs.seat": 1}
    assert ("S2", "P1") in seated()


def test_a_place_whose_ending_is_told_ends_when_its_last_day_is_over(desk: Desk) -> None:
    desk.row("roster.csv").update(until="2026-10-05", ending="completed")
    assert "programs.end_enrolment" not in desk.bring().did
    assert did(desk, NOW + timedelta(days=1)) == {"programs.end_enrolment": 1}
    place = Enrolment.objects.get(patient__external_id="P1")
    assert (place.ending, place.ended_at) == ("completed", datetime(2026, 10, 6, 4, 0, tzinfo=UTC))
    assert did(desk, NOW + timedelta(days=2)) == {}


def test_a_transfer_to_another_group_moves_the_seats(desk: Desk) -> None:
    desk.bring()
    desk.row("roster.csv")["until"] = "2026-10-05"
    desk.folder.patient("P1", group="H", **{"from": "2026-10-06"})
    desk.folder.session("S3", "2026-10-06T20:00", "2026-10-06T21:00", group="H")
    done = did(desk)
    assert (done["programs.enrol"], done["programs.release_seat"], done["programs.seat"]) == (1, 1, 1)
    assert {session for session, patient in seated() if patient == "P1"} == {"S1", "S3"}


def test_a_place_that_began_on_another_day_is_the_same_place(desk: Desk) -> None:
    desk.bring()
    desk.row("roster.csv")["from"] = "2026-10-06"
    assert did(desk) == {"programs.change_enrolment": 1, "programs.release_seat": 1}
    assert Enrolment.objects.filter(patient__external_id="P1").count() == 1


def test_a_place_without_a_first_day_stays_without_one(desk: Desk) -> None:
    desk.row("roster.csv")["from"] = ""
    desk.bring()
    assert Enrolment.objects.get(patient__external_id="P1").from_on is None
    assert did(desk) == {}


def test_whoever_is_not_in_the_folder_any_more_stays_as_she_is(desk: Desk) -> None:
    desk.bring()
    desk.folder.tables["roster.csv"].pop()
    desk.folder.tables["identities.csv"].pop()
    desk.folder.tables["sessions.csv"].pop()
    assert did(desk) == {}
    assert ("S2", "P2") in seated()


def test_a_patient_is_changed_and_a_blank_cell_says_nothing(desk: Desk) -> None:
    desk.bring()
    desk.row("roster.csv").update(name="Ada L.", timezone="America/Denver", state="co", email="")
    assert did(desk) == {"people.change_patient": 1}
    desk.row("roster.csv").update(name="", timezone="", state="")
    assert did(desk) == {}
    ada = Patient.objects.get(external_id="P1")
    assert (ada.name, ada.timezone, ada.state) == ("Ada L.", "America/Denver", "CO")


def test_addresses_follow_the_roster_and_what_people_did_stays(desk: Desk) -> None:
    desk.bring()
    ada = Patient.objects.get(external_id="P1")
    add_address(patient=ada, kind=AddressKind.EMAIL, value="hers@example.org", **WHO)
    desk.row("roster.csv")["email"] = "new@example.org"
    assert did(desk) == {"people.add_address": 1, "people.retire_address": 1}
    live = set(ada.addresses.filter(retired_at=None, kind="email").values_list("value", flat=True))
    assert live == {"new@example.org", "hers@example.org"}
    retire_address(address=Address.objects.get(kind="phone"), **WHO)
    assert did(desk) == {}
    desk.row("roster.csv")["email"] = "ada@example.org"
    assert did(desk) == {"people.add_address": 1, "people.retire_address": 1}


def test_flags_follow_the_roster_and_what_people_raised_stays(desk: Desk) -> None:
    desk.row("roster.csv")["flags"] = "high_risk; detox_discharge_14d"
    desk.bring()
    ada = Patient.objects.get(external_id="P1")
    own = raise_flag(patient=ada, code="left_distressed", **WHO)
    desk.row("roster.csv")["flags"] = "high_risk"
    assert did(desk) == {"people.end_flag": 1}
    live = Flag.objects.filter(ended_at=None)
    assert set(live.values_list("code", flat=True)) == {"high_risk", "left_distressed"}
    end_flag(flag=own, **WHO)
    end_flag(flag=live.get(code="high_risk"), **WHO)
    assert did(desk) == {"people.raise_flag": 1}


def test_a_session_that_names_its_patients_seats_them_and_nobody_else(desk: Desk) -> None:
    desk.folder.session(
        "S3", "2026-10-07T10:00", "2026-10-07T10:50", kind="individual", patient_id="P1", group="G"
    )
    desk.bring()
    assert {patient for session, patient in seated() if session == "S3"} == {"P1"}
    desk.row("sessions.csv", 2)["patient_id"] = "P2"
    assert did(desk) == {"programs.release_seat": 1, "programs.book_seat": 1}
    assert {patient for session, patient in seated() if session == "S3"} == {"P2"}


def test_whoever_is_named_and_not_in_the_program_that_day_has_no_seat(desk: Desk) -> None:
    desk.row("roster.csv")["until"] = "2026-10-06"
    desk.folder.session("S3", "2026-10-07T10:00", "2026-10-07T10:50", kind="individual", patient_id="P1")
    desk.bring()
    assert not [each for each in seated() if each[0] == "S3"]


def test_whoever_came_though_not_expected_has_a_seat(desk: Desk) -> None:
    desk.folder.session("S0", "2026-10-01T10:00", "2026-10-01T11:00", group="H")
    desk.folder.row("marks.csv", session_id="S0", patient_id="P1", status="attended", by="Ben")
    desk.bring()
    assert ("S0", "P1") in seated()
    assert Mark.objects.get().by == f"staff:{Staff.objects.get(name='Ben').pk}"
    assert did(desk) == {}


def test_seats_that_people_booked_or_released_stay(desk: Desk) -> None:
    desk.bring()
    ada, fay = Patient.objects.get(external_id="P1"), a_patient("fay")
    actions.enrol(patient=fay, program=desk.program, **WHO)
    second = Session.objects.get(external_id="S2")
    actions.release_seat(seat=Seat.objects.get(session=second, patient=ada), reason=Release.REQUESTED, **WHO)
    actions.book_seat(session=second, patient=fay, **WHO)
    assert did(desk) == {}
    assert {patient for session, patient in seated() if session == "S2"} == {"P2", "fay"}


def test_whoever_joined_the_group_here_is_not_expected_in_what_was_before(desk: Desk) -> None:
    desk.folder.session("S0", "2026-10-01T18:00", "2026-10-01T21:15")
    desk.bring()
    fay = a_patient("fay")
    actions.enrol(
        patient=fay,
        program=desk.program,
        group=Group.objects.get(),
        from_on=date(2026, 9, 1),
        by=COMMAND,
        at=NOW,
    )
    assert did(desk) == {}
    assert {session for session, patient in seated() if patient == "fay"} == {"S1", "S2"}


def test_staff_and_licences_follow_the_table(desk: Desk) -> None:
    desk.folder.row("staff.csv", name="Ben", licensed_states="NY; NJ")
    desk.bring()
    ben = Staff.objects.get(name="Ben")
    assert set(Licence.objects.filter(staff=ben).values_list("state", flat=True)) == {"NY", "NJ"}
    desk.row("staff.csv")["licensed_states"] = "NY; CO"
    assert did(desk) == {"people.grant_licence": 1, "people.end_licence": 1}
    desk.row("staff.csv")["licensed_states"] = "NY; CO; NJ"
    assert did(desk, NOW + timedelta(days=3)) == {"people.grant_licence": 1}
    spans = sorted(
        (each.valid.lower, each.valid.upper)
        for each in Licence.objects.filter(state="NJ", valid__endswith=None)
    )
    assert spans == [(date(2026, 10, 5), None)]


def allows(patient: str, channel: str, to: Recipient = Recipient.PATIENT, at: datetime = LATER) -> bool:
    key = Patient.objects.get(external_id=patient).pk
    return may_use(channel, to=to, consents=consents_of([key], at)[key])


def signed(about: About) -> None:
    """Her guardian has signed as well: no file tells of it."""
    record_guardian_word(
        guardian=Contact.objects.get(),
        contact=Contact.objects.get(),
        about=about,
        granted=True,
        by=COMMAND,
        at=NOW - timedelta(days=30),
    )


def test_consents_are_read_as_the_sidecar_reads_them(desk: Desk) -> None:
    say: Callable[..., Any] = desk.folder.row
    say("consents.csv", patient_id="P1", channel="sms", granted="true", at="2026-09-01T08:00")
    say("consents.csv", patient_id="P1", channel="push", granted="true")
    say("consents.csv", patient_id="P2", channel="sms", granted="true", at="2026-09-01T08:00")
    say("consents.csv", patient_id="P2", channel="sms", granted="false")
    say("consents.csv", patient_id="P2", channel="push", granted="false", at="2026-08-01T08:00")
    say("consents.csv", patient_id="P2", channel="push", granted="true")
    say("consents.csv", patient_id="P2", channel="phone", granted="true", contact="guardian")
    desk.bring()
    assert (allows("P1", "sms"), allows("P1", "push")) == (True, True)
    assert (allows("P2", "sms"), allows("P2", "push")) == (False, False)
    assert not allows("P2", "phone", Recipient.GUARDIAN), (
        "the file tells what she said, and not what he signed"
    )
    assert not allows("P2", "phone", Recipient.EMERGENCY_CONTACT)
    assert Contact.objects.get().relation == "guardian"
    signed(About.ATTENDANCE)
    assert allows("P2", "phone", Recipient.GUARDIAN)


def test_a_consent_may_say_its_purpose_its_end_and_whom_it_names(desk: Desk) -> None:
    cells = {"at": "2026-09-01T08:00", "contact": "guardian", "contact_name": "Grace", "purpose": "billing"}
    desk.folder.row("consents.csv", patient_id="P1", channel="phone", granted="true", **cells)
    cells |= {"purpose": "scheduling", "until": "2026-10-05T08:30", "source": "form"}
    desk.folder.row("consents.csv", patient_id="P1", channel="phone", granted="true", **cells)
    desk.bring()
    assert Contact.objects.get().name == "Grace"
    signed(About.SCHEDULING)
    assert allows("P1", "phone", Recipient.GUARDIAN, NOW)
    assert not allows("P1", "phone", Recipient.GUARDIAN, LATER)


def test_marks_correct_each_other_in_their_order_and_an_older_one_is_left_out(desk: Desk) -> None:
    desk.folder.session("S0", "2026-10-01T18:00", "2026-10-01T21:15")
    mark: dict[str, str] = {"session_id": "S0", "patient_id": "P1"}
    desk.folder.row("marks.csv", **mark, status="missed", at="2026-10-02T08:00")
    desk.folder.row("marks.csv", **mark, status="excused", reason="illness", by="Rosa", at="2026-10-03T08:00")
    desk.bring()
    first, second = Mark.objects.order_by("id")
    assert (first.status, second.status, second.corrects) == ("missed", "excused", first)
    desk.folder.row("marks.csv", **mark, status="attended", at="2026-10-02T12:00")
    again = desk.bring(LATER)
    assert dict(again.did) == {}
    assert [str(note) for note in again.notes] == ["marks.csv:4: at: P1 in S0: a later mark stands; left out"]
    desk.folder.row("marks.csv", **mark, status="partial", at="2026-10-04T12:00")
    assert did(desk) == {"attendance.mark": 1}
    assert Mark.objects.latest("id").corrects == second


def test_notices_and_check_ins_are_facts_of_their_seats(desk: Desk) -> None:
    desk.folder.row("staff.csv", name="ben", licensed_states="NY;NJ")
    desk.folder.row(
        "notices.csv", patient_id="P1", session_id="S1", received_at="2026-10-04T09:00", reason="illness"
    )
    desk.folder.row("checkins.csv", session_id="S1", patient_id="P2", state="pa", at="2026-10-05T18:01")
    desk.folder.row("checkins.csv", session_id="S2", patient_id="P2", state="NY")
    desk.bring()
    notice = Notice.objects.get()
    assert (notice.reason, notice.received_at, notice.via) == (
        "illness",
        datetime(2026, 10, 4, 13, tzinfo=UTC),
        "import",
    )
    first, second = CheckIn.objects.order_by("at")
    assert (first.state, first.licensed, second.licensed) == ("PA", ["NJ", "NY"], ["NJ", "NY"])
    assert did(desk) == {}


def test_a_fact_of_somebody_who_is_not_expected_is_left_out_and_told(desk: Desk) -> None:
    desk.folder.session("S3", "2026-10-07T18:00", "2026-10-07T21:15", group="H")
    desk.folder.row("notices.csv", patient_id="P1", session_id="S3", received_at="2026-10-04T09:00")
    notes = desk.bring().notes
    assert [str(note) for note in notes] == ["notices.csv:2: session_id: P1 is not expected in S3: left out"]


# Series


def bring_series(desk: Desk, **cells: str) -> dict[str, str]:
    row = {
        "series_id": "blue",
        "group": "G",
        "starts_on": "2026-10-12",
        "start_time": "18:00",
        "minutes": "195",
        "breaks": "19:30-19:45",
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "facilitator": "Ben",
        "meeting_id": "iop-blue",
    }
    desk.folder.tables["series.csv"] = [row | cells]
    return desk.folder.tables["series.csv"][0]


@pytest.fixture(autouse=True)
def _series_table(monkeypatch: pytest.MonkeyPatch) -> None:
    from rejoin.operations.importing.reading import SERIES
    from tests.builders import folder

    monkeypatch.setitem(folder.TABLES, "series.csv", ",".join(SERIES.split()))


def test_series_come_in_and_their_sessions_are_made_with_their_room(desk: Desk) -> None:
    from rejoin.operations.seating import extend_schedule

    bring_series(desk)
    assert desk.bring().did["programs.add_series"] == 1
    assert did(desk) == {}
    made = extend_schedule(program=desk.program, until=date(2026, 10, 19), by=COMMAND, at=NOW)
    assert len(made.sessions) == 2
    first = Session.objects.get(external_id="blue-20261012")
    assert first.breaks == [["2026-10-12T23:30:00+00:00", "2026-10-12T23:45:00+00:00"]]
    assert list(first.rooms.values_list("name", flat=True)) == ["iop-blue"]
    assert ("blue-20261012", "P1") in seated()
    assert extend_schedule(program=desk.program, until=date(2026, 10, 19), by=COMMAND, at=NOW).sessions == []
    assert did(desk) == {}


def test_a_row_that_is_an_occurrence_is_not_made_again(desk: Desk) -> None:
    desk.folder.session("blue-20261012", "2026-10-13T18:00", "2026-10-13T21:15")
    bring_series(desk)
    desk.bring()
    moved = Session.objects.get(external_id="blue-20261012")
    assert (moved.series, moved.series_at) == (Series.objects.get(), datetime(2026, 10, 12, 22, tzinfo=UTC))


def test_a_changed_series_is_changed(desk: Desk) -> None:
    row = bring_series(desk)
    desk.bring()
    row.update(start_time="17:00", breaks="18:30-18:45", skip="2026-10-19")
    assert did(desk) == {"programs.change_series": 1}
    series = Series.objects.get()
    assert (series.first_at, series.skipped) == (datetime(2026, 10, 12, 21, tzinfo=UTC), [date(2026, 10, 19)])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"rrule": "FREQ=HOURLY"}, "rrule: The rule of the series meets daily"),
        ({"rrule": ""}, "rrule: The rule of the series meets daily"),
        ({"starts_on": "2026-10-13"}, "rrule: The rule of the series does not meet at the time"),
        ({"starts_on": "soon"}, "starts_on: is not a date"),
        ({"start_time": "evening"}, "start_time: is not a time of day"),
        ({"minutes": "3"}, "minutes: must be a whole number from 5 to 1440"),
        ({"breaks": "22:00-22:15"}, "breaks: lie inside the session"),
        ({"breaks": "late"}, "breaks: is not a break"),
        ({"skip": "tomorrow"}, "skip: is not a date"),
        ({"timezone": "Mars"}, "timezone: is not a time zone"),
        ({"group": ""}, "group: is empty"),
        ({"kind": "individual"}, "patient_id: is empty: an individual session"),
        ({"kind": "party"}, "kind: unknown kind"),
        ({"patient_id": "P9"}, "patient_id: is not on the roster"),
        ({"series_id": ""}, "series_id: is empty"),
        ({"series_id": "x" * 56}, "series_id: is longer than 55"),
    ],
)
def test_a_series_that_cannot_be_is_refused_where_it_stands(
    desk: Desk, cells: dict[str, str], said: str
) -> None:
    bring_series(desk, **cells)
    found = desk.refused()
    assert [each for each in found if each.startswith(f"series.csv:2: {said}")]


def test_a_series_for_another_group_than_before_is_refused(desk: Desk) -> None:
    row = bring_series(desk)
    desk.bring()
    row["group"] = "H"
    (found,) = desk.refused(LATER)
    assert found.startswith("series.csv:2: group: ")


def test_a_series_that_ended_here_stays_ended(desk: Desk) -> None:
    row = bring_series(desk)
    desk.bring()
    actions.end_series(series=Series.objects.get(), **WHO)
    row["minutes"] = "60"
    row["breaks"] = ""
    assert did(desk) == {}


def test_a_series_named_twice_is_refused(desk: Desk) -> None:
    row = bring_series(desk)
    desk.folder.tables["series.csv"].append(dict(row))
    assert desk.refused() == ["series.csv:3: series_id: repeats 'blue'"]


def test_another_programs_folder_is_another_programs(desk: Desk) -> None:
    desk.bring()
    other = a_program("morning")
    for each in desk.folder.tables["sessions.csv"]:
        each.update({name: each[name].replace("2026-10", "2026-11") for name in ("starts_at", "ends_at")})
    import_folder(path=desk.folder.write(), program=other, accept=ANSWERED, by=COMMAND, at=LATER)
    assert Program.objects.count() == 2
    assert Session.objects.filter(external_id="S1").count() == 2
    assert Patient.objects.count() == 2


# Who does what, and whose patients are whose


def roles() -> set[tuple[str, str]]:
    return set(StaffRole.objects.filter(ended_at__isnull=True).values_list("staff__name", "role"))


def counselors() -> set[tuple[str, str]]:
    live = CareTeamMember.objects.filter(ended_at__isnull=True, role="counselor")
    return set(live.values_list("patient__external_id", "staff__name"))


def test_roles_and_counselors_are_taken_in_and_the_example_weeks_cases_would_have_owners() -> None:
    program = a_program()
    import_folder(path=EXAMPLE, program=program, accept=ANSWERED, by=IMPORT, at=NOW)
    assert {name for name, role in roles() if role == "counselor"} == {"Rosa", "Sam", "Tess"}
    assert {("Uma", "coordinator"), ("Vera", "supervisor"), ("Vera", "clinician")} <= roles()
    assert {("P01", "Rosa"), ("P12", "Sam"), ("P15", "Tess")} <= counselors()
    owners = Owners(Patient.objects.values_list("pk", flat=True), [], [program.pk])
    cases = [
        owners.of_case(patient=pk, session=0, program=program.pk)
        for pk in Patient.objects.values_list("pk", flat=True)
    ]
    assert None not in cases


def test_roles_change_with_the_row_and_what_people_gave_or_took_stays(desk: Desk) -> None:
    desk.folder.row("staff.csv", name="Ben", licensed_states="NY", roles="facilitator; Counselor")
    desk.folder.row("staff.csv", name="Eli", licensed_states="NY", roles="facilitator")

    def bring(at: datetime) -> Imported:
        path = desk.folder.write()
        return import_folder(path=path, program=desk.program, accept=ANSWERED, by=IMPORT, at=at)

    bring(NOW)
    assert roles() == {("Ben", "facilitator"), ("Ben", "counselor"), ("Eli", "facilitator")}
    actions.give_role(
        program=desk.program, staff=Staff.objects.get(name="Eli"), role=Role.BILLING, by=COMMAND, at=NOW
    )
    eli = StaffRole.objects.get(staff__name="Eli", role="facilitator")
    actions.end_role(role=eli, by=COMMAND, at=NOW)
    desk.row("staff.csv")["roles"] = "facilitator; supervisor"
    did = dict(bring(LATER).did)
    assert did == {"programs.end_role": 1, "programs.give_role": 1}
    assert roles() == {("Ben", "facilitator"), ("Ben", "supervisor"), ("Eli", "billing")}
    desk.row("staff.csv")["roles"] = ""
    assert dict(bring(LATER).did) == {}


def test_without_a_column_of_roles_whoever_leads_or_is_a_counselor_has_the_role_of_that(desk: Desk) -> None:
    for row in desk.folder.tables["roster.csv"]:
        row["counselor"] = "ben"
    desk.bring()
    assert roles() == {("Ben", "facilitator"), ("Ben", "counselor"), ("Eli", "facilitator")}
    assert counselors() == {("P1", "Ben"), ("P2", "Ben")}
    assert dict(desk.bring(LATER).did) == {}


def test_another_counselor_takes_over_unless_a_person_chose(desk: Desk) -> None:
    desk.folder.row("staff.csv", name="Ben", licensed_states="NY", roles="counselor")
    for row in desk.folder.tables["roster.csv"]:
        row["counselor"] = "Ben"

    def bring() -> Imported:
        path = desk.folder.write()
        return import_folder(path=path, program=desk.program, accept=ANSWERED, by=IMPORT, at=LATER)

    bring()
    eve, eli = Patient.objects.get(external_id="P2"), Staff.objects.get(name="Eli")
    actions.assign_care_team(
        patient=eve,
        program=desk.program,
        staff=Staff.objects.get(name="Ben"),
        role=Role.COUNSELOR,
        by=COMMAND,
        at=LATER,
    )
    assert dict(bring().did) == {}
    for row in desk.folder.tables["roster.csv"]:
        row["counselor"] = "Eli"
    came = bring()
    assert came.did["programs.assign_care_team"] == 1
    assert counselors() == {("P1", "Eli"), ("P2", "Ben")}
    (told,) = [str(each) for each in came.notes]
    assert told == "roster.csv:3: counselor: is another than somebody chose here: what was chosen stays"
    member = CareTeamMember.objects.get(patient__external_id="P1", staff=eli, ended_at__isnull=True)
    actions.end_care_team(member=member, by=COMMAND, at=LATER)
    bring()
    assert counselors() == {("P2", "Ben")}


@pytest.mark.parametrize(
    ("table", "cells", "said"),
    [
        ("roster.csv", {"counselor": "Nobody"}, ["roster.csv:2: counselor: is neither in staff.csv nor a facilitator in sessions.csv"]),
        ("staff.csv", {"roles": "counselor; boss"}, ["staff.csv:2: roles: unknown role 'boss'; known: "]),
        ("roster.csv", {"phone": "12"}, ["roster.csv:2: phone: is not a phone number"]),
        ("roster.csv", {"phone": "12; 34; 202 555 0101"}, ["roster.csv:2: phone: is not a phone number"]),
        ("roster.csv", {"email": "not-an-email", "phone": "x"}, ["roster.csv:2: email: is not an e-mail address", "roster.csv:2: phone: is not a phone number"]),
    ],
)  # fmt: skip
def test_a_cell_that_no_action_would_take_is_refused_and_nothing_is_retired(
    desk: Desk, table: str, cells: dict[str, str], said: list[str]
) -> None:
    desk.folder.row("staff.csv", name="Ben", licensed_states="NY")
    desk.bring()
    desk.row(table).update(cells)
    found = desk.refused(LATER)
    assert len(found) == len(said)
    assert all(line.startswith(begin) for line, begin in zip(found, said, strict=True)), found
    assert Address.objects.filter(retired_at__isnull=True).count() == 2


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"name": "Adam"}, "name: differs from line 2, which has the same patient_id"),
        ({"email": "adam@example.org"}, "email: differs from line 2, which has the same patient_id"),
        ({"phone": "202 555 0199"}, "phone: differs from line 2, which has the same patient_id"),
        ({"timezone": "America/Denver"}, "timezone: differs from line 2, which has the same patient_id"),
        ({"patient_id": "p1"}, "patient_id: differs from that of line 2 by capitals or spaces alone"),
        ({"patient_id": "P 1"}, "patient_id: differs from that of line 2 by capitals or spaces alone"),
    ],
)
def test_two_people_under_one_identifier_are_refused(desk: Desk, cells: dict[str, str], said: str) -> None:
    desk.row("roster.csv")["timezone"] = "America/New_York"
    desk.folder.tables["roster.csv"].append({"patient_id": "P1", "group": "H", **cells})
    assert desk.refused() == [f"roster.csv:4: {said}"]
    assert not Patient.objects.exists()


def test_one_patient_in_two_groups_may_be_spelt_in_two_ways(desk: Desk) -> None:
    again = {"name": " ada ", "email": "ADA@example.org", "phone": "+1 (202) 555-0101"}
    desk.folder.tables["roster.csv"].append({"patient_id": "P1", "group": "H", **again})
    desk.bring()
    assert Patient.objects.count() == 2
    assert Address.objects.count() == 2


def test_a_table_that_cannot_be_read_is_told_first_and_nothing_that_follows_from_it(desk: Desk) -> None:
    desk.folder.row("marks.csv", session_id="S1", patient_id="P1", status="attended")
    desk.folder.row("marks.csv", session_id="S9", patient_id="P1", status="came")
    path = desk.folder.write()

    def refused() -> list[str]:
        with pytest.raises(BadInput) as bad:
            import_folder(path=path, program=desk.program, by=COMMAND, at=NOW)
        return [str(each) for each in bad.value.problems]

    roster = (path / "roster.csv").read_text()
    (path / "roster.csv").write_text(roster.replace(",", ";"))
    found = refused()
    assert found[0] == "roster.csv:1: header: is not separated by commas: save it as comma separated values"
    assert [each.split(": ")[1] for each in found[1:]] == ["session_id", "status"]
    (path / "roster.csv").write_text(roster)
    (path / "sessions.csv").write_bytes(b"\xff\xfe" + (path / "sessions.csv").read_bytes())
    found = refused()
    assert found[0] == "sessions.csv:1: encoding: is not UTF-8"
    assert [each.split(": ")[1] for each in found[1:]] == ["status"]


def test_what_was_tried_elsewhere_is_not_read_however_it_is_written(desk: Desk) -> None:
    path = desk.folder.write()
    (path / "attempts.csv").write_bytes(b"\xff\xfegarbage;\x00")
    assert import_folder(path=path, program=desk.program, accept=ANSWERED, by=COMMAND, at=NOW).did


def test_a_finding_that_refuses_a_folder_says_how_it_is_answered_for(desk: Desk) -> None:
    desk.folder.policy = desk.folder.policy.replace("deadline: PT45M", "deadline: PT10M")
    (found,) = desk.refused()
    code = found.rpartition("--accept ")[2]
    assert found.endswith(f"[{code}]: to answer for it, --accept {code}")
    done = import_folder(
        path=desk.folder.write(), program=desk.program, accept=[code, *ANSWERED], by=COMMAND, at=NOW
    )
    assert done.did["programs.publish_policy"] == 1
