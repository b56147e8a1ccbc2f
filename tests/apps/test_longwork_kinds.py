"""Import, export and replay as long work: asked for by a director, done by a worker, whole or not at all."""

import csv
import io
import os
import subprocess
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rejoin.accounts.models import User
from rejoin.attendance.actions import record_mark
from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.domain.attendance import Status
from rejoin.followup.actions import record_attempt
from rejoin.followup.vocabulary import AttemptOutcome
from rejoin.longwork.actions import ask_for_work
from rejoin.longwork.enclosures import NewFile, body_of
from rejoin.longwork.lines import PatientLine, from_file
from rejoin.longwork.models import Enclosure, Work
from rejoin.longwork.problems import from_file as problems_from
from rejoin.longwork.replaying import Replayed
from rejoin.longwork.running import run_next
from rejoin.longwork.vocabulary import Kind, Part, Table
from rejoin.operations import bringing, exporting
from rejoin.operations.scratch import clear_away, scratch_folder
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import CareTeamMember, Enrolment, PolicyVersion, Program, Seat, Session, StaffRole
from tests.apps.scene import LETTERS, START, Scene, minutes
from tests.builders.folder import FolderBuilder

pytestmark = pytest.mark.django_db(transaction=True)
A = LETTERS["a"].read_text()
DAY = timedelta(days=1)


class Office:
    """A program with a director who asks."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.dora = self.scene.hire("dora", "director")

    def done(self, kind: Kind, *files: tuple[str, bytes], **given: Any) -> Work:
        clock.simulate(shown_at=START + 10 * DAY, rate=0)
        work = ask_for_work(
            kind=kind,
            program=self.scene.program,
            given=given,
            files=[NewFile(part=Part.BROUGHT, name=name, media_type="", body=body) for name, body in files],
            by=staff_actor(self.dora.pk),
            at=clock.now(),
        )
        assert run_next()
        work.refresh_from_db()
        return work

    def bring(self, *files: tuple[str, bytes], **given: Any) -> Work:
        return self.done(Kind.IMPORT, *files, **given)

    def refused(self, *files: tuple[str, bytes]) -> list[str]:
        work = self.bring(*files)
        assert work.state == "failed"
        return [str(each) for each in problems_from(body_of(work.enclosures.get(part="problems")))]


@pytest.fixture
def office() -> Office:
    return Office()


def a_folder(path: Path, **roster: str) -> FolderBuilder:
    folder = FolderBuilder(path, policy="a")
    folder.patient("P1", name="Mara", **{"from": "2026-09-01", **roster})
    folder.session("S9", "2026-11-11T18:00", "2026-11-11T21:15", facilitator="Noor")
    return folder


def zipped(path: Path, *, above: str = "week/") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(path.rglob("*")):
            if each.is_file():
                archive.write(each, above + each.relative_to(path).as_posix())
    return packed.getvalue()


def archive(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in members.items():
            made.writestr(name, body)
    return packed.getvalue()


# Bringing in


@pytest.mark.parametrize("above", ["", "week/", "C/desk/week/"])
def test_a_folder_is_brought_in_as_the_command_line_would(office: Office, tmp_path: Path, above: str) -> None:
    work = office.bring(("week.zip", zipped(a_folder(tmp_path / "w").write(), above=above)))
    assert (work.state, work.error) == ("done", "")
    assert work.told["did"]["people.add_patient"] == 1
    assert work.told["did"]["programs.schedule_session"] == 1
    assert Patient.objects.get(external_id="P1").name == "Mara"
    event = Event.objects.get(verb="operations.import_folder")
    assert (event.by, event.request) == ("system:import", work.ref.hex)


def test_the_tables_by_themselves_are_a_folder_too(office: Office, tmp_path: Path) -> None:
    path = a_folder(tmp_path / "w").write()
    files = [(each.name, each.read_bytes()) for each in path.iterdir() if each.suffix in (".csv", ".yaml")]
    assert office.bring(*files).state == "done"
    again = office.bring(*files)
    assert (again.state, again.told["did"]) == ("done", {})


def test_nothing_of_a_folder_with_a_fault_is_taken_in(office: Office, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "w", phone="nonsense")
    folder.patient("P2", name="Zoe", **{"from": "soon"})
    told = office.refused(("week.zip", zipped(folder.write())))
    assert told[0].startswith("roster.csv:2: phone: ")
    assert any(each.startswith("roster.csv:3: from: ") for each in told)
    assert not Patient.objects.filter(external_id="P1").exists()


def test_what_the_linter_finds_is_answered_for_by_its_code(office: Office, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "w")
    path = folder.write()
    text = (path / "policy.yaml").read_text().replace("version: 3", "version: 4")
    (path / "policy.yaml").write_text(text.replace("deadline: PT45M", "deadline: PT10M"))
    told = office.refused(("week.zip", zipped(path)))
    assert "unreachable_step" in told[0]
    work = office.bring(("week.zip", zipped(path)), accept=["unreachable_step"])
    assert (work.state, work.told["did"]["programs.publish_policy"]) == ("done", 1)
    assert Event.objects.get(verb="programs.accept_finding").request == work.ref.hex


def test_rows_without_effect_are_told_and_refuse_nothing(office: Office, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "w")
    folder.patient("P2", name="Zoe", group="Red", **{"from": "2026-09-01"})
    folder.row(
        "marks.csv", session_id="S9", patient_id="P2", status="attended", at="2026-11-11T21:20:00-05:00"
    )
    work = office.bring(("week.zip", zipped(folder.write())))
    assert (work.state, work.told["notes"]) == ("done", 1)
    (note,) = problems_from(body_of(work.enclosures.get(part="problems")))
    assert "is not expected in S9" in note.message


# What a director does not bring in by herself


def test_another_programs_patient_is_not_taken_in_by_her_number(office: Office, tmp_path: Path) -> None:
    bob = Scene(slug="morning").admit("bob")
    Patient.objects.filter(pk=bob.pk).update(external_id="P1")
    told = office.refused(("week.zip", zipped(a_folder(tmp_path / "w").write())))
    (said,) = told
    assert said.startswith("roster.csv:2: patient_id: is the number of a patient who has no place in this")
    assert not Enrolment.objects.filter(program=office.scene.program, patient=bob).exists()
    bob.refresh_from_db()
    assert bob.name == "bob"


def test_a_colleague_of_another_program_gets_no_role_by_her_name(office: Office, tmp_path: Path) -> None:
    noor = Scene(slug="morning").hire("noor", "counselor")
    Staff.objects.filter(pk=noor.pk).update(name="NOOR")
    told = office.refused(("week.zip", zipped(a_folder(tmp_path / "w").write())))
    assert told[0].startswith("sessions.csv:2: name: is the name of somebody who has no role in this program")
    assert not StaffRole.objects.filter(program=office.scene.program, staff=noor).exists()


def test_nor_does_somebody_who_signs_in_and_works_nowhere_yet(office: Office, tmp_path: Path) -> None:
    Staff.objects.create(name="Noor", user=User.objects.create(email="noor@example.org"))
    folder = a_folder(tmp_path / "w")
    folder.row("staff.csv", name="Noor", licensed_states="NY", roles="facilitator")
    told = office.refused(("week.zip", zipped(folder.write())))
    assert told[0].startswith("staff.csv:2: name: ")


def test_whoever_watches_the_trail_is_not_chosen_by_a_folder(office: Office, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "w")
    folder.row("staff.csv", name="Noor", licensed_states="NY", roles="facilitator; privacy_officer")
    told = office.refused(("week.zip", zipped(folder.write())))
    assert told[0].startswith("staff.csv:2: roles: privacy_officer is not given")


# Archives that are none


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("roster.csv", b"patient_id\n")], "sessions.csv:1: file: is missing"),
        ([("../../roster.csv", b"x")], "leads out of the folder"),
        ([("a/b/c/roster.csv", b"x")], "leads out of the folder"),
        ([("week.zip", archive(**{"/etc/roster.csv": b"x"}))], "is missing"),
        ([("week.zip", archive(**{"roster.csv": b"x", "../x.csv": b"x"}))], "leads out of the folder"),
        ([("roster.csv", b"x"), ("week.zip", archive(**{"roster.csv": b"x"}))], "came twice"),
        ([("week.zip", archive(**{f"{n}.csv": b"x" for n in range(201)}))], "more than 200 tables"),
        ([("photo.zip", archive(**{"ada.jpg": b"x", "__MACOSX/._roster.csv": b"x"}))], "is missing"),
    ],
)
def test_what_is_no_folder_is_refused(office: Office, files: list[tuple[str, bytes]], said: str) -> None:
    assert said in "\n".join(office.refused(*files))


def test_a_small_archive_of_something_very_large_is_refused(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "LARGEST_UNPACKED", 3_000_000)
    packed = archive(**{"roster.csv": b"0" * 5_000_000})
    assert len(packed) < 10_000
    assert "too large" in office.refused(("week.zip", packed))[0]


def test_an_archive_that_is_broken_or_locked_is_refused(office: Office) -> None:
    packed = bytearray(archive(**{"roster.csv": b"patient_id\n" * 100}))
    packed[40:60] = b"\xff" * 20
    assert "cannot be unpacked" in office.refused(("week.zip", bytes(packed)))[0]
    locked = bytearray(archive(**{"roster.csv": b"patient_id"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "without a password" in office.refused(("week.zip", bytes(locked)))[0]


# Taking out


def tables_of(work: Work) -> dict[str, list[dict[str, str]]]:
    body = body_of(Enclosure.objects.get(work=work, part="result"))
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return {
            name: list(csv.DictReader(io.StringIO(packed.read(name).decode())))
            for name in packed.namelist()
            if name.endswith(".csv")
        }


def test_a_program_is_taken_out_and_comes_in_again_as_the_same(office: Office) -> None:
    ada = office.scene.admit("ada")
    office.scene.session(ada, starts_at=START + 20 * DAY)
    work = office.done(Kind.EXPORT)
    assert (work.state, work.error) == ("done", "")
    result = Enclosure.objects.get(work=work, part="result")
    assert result.name == "evening.zip"
    assert tables_of(work)["roster.csv"][0]["patient_id"] == "evening-ada"
    assert Event.objects.get(verb="operations.export_folder").by == f"staff:{office.dora.pk}"
    again = office.bring(("evening.zip", body_of(result)))
    assert (again.state, again.told["did"]) == ("done", {})


def test_one_table_is_taken_out_by_itself(office: Office) -> None:
    office.scene.admit("ada")
    work = office.done(Kind.EXPORT, table="consents")
    assert set(tables_of(work)) == {"consents.csv"}
    assert Enclosure.objects.get(work=work).name == "evening-consents.zip"
    assert office.done(Kind.EXPORT, table="diaries").error == "There is no such table."


def test_only_what_whoever_asked_may_see_is_taken_out(office: Office) -> None:
    Scene(slug="morning").admit("bea")
    office.scene.admit("ada")
    told = tables_of(office.done(Kind.EXPORT))
    assert {row["patient_id"] for row in told["roster.csv"]} == {"evening-ada"}
    assert all("morning" not in str(row) for rows in told.values() for row in rows)


def test_every_table_has_its_name() -> None:
    assert set(exporting.TABLES) == {each.value for each in Table}


# Deciding again


def lived(office: Office) -> Patient:
    """Ada came late on a Wednesday, missed Thursday, was reached on Friday, and came to both sessions after."""
    scene = office.scene
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    for day in range(4):
        start = START + day * DAY
        session = scene.session(ada, bea, starts_at=start)
        seen = [(bea, start, start + minutes(195))]
        if day != 1:
            seen.append((ada, start + minutes(12), start + minutes(195)))
        scene.watched(session, *seen)
        scene.run(start + minutes(240))
        if day == 1:
            record_attempt(
                case=scene.case(ada),
                channel="phone",
                outcome=AttemptOutcome.CONTACT,
                by=scene.as_ben(),
                at=start + minutes(270),
            )
    scene.run(START + 10 * DAY)
    return ada


def replayed(office: Office, text: str, *, start: str = "2026-10-01", end: str = "2026-10-16") -> Work:
    work = office.done(Kind.REPLAY, ("policy.yaml", text.encode()), **{"from": start, "until": end})
    assert (work.state, work.error) == ("done", "")
    return work


def figures(work: Work) -> Replayed:
    return msgspec.convert(work.told, Replayed)


def lines(work: Work) -> list[PatientLine]:
    return from_file(body_of(work.enclosures.get(part="lines")))


def test_deciding_again_under_what_was_in_force_comes_to_what_is_on_record(office: Office) -> None:
    lived(office)
    work = replayed(office, A)
    told = figures(work)
    assert (told.replay.patients, told.replay.seats, told.replay.changed.patients) == (2, 8, 0)
    unsure = told.replay.unsure
    assert (unsure.outcomes_unlike, unsure.cases_unlike, unsure.reviews_unlike) == (0, 0, 0)
    assert told.replay.stood.cases == 1
    assert told.candidate == "sud-commercial-evening 3"
    assert told.stood == ("sud-commercial-evening 3",)
    assert lines(work) == []


def test_another_policy_is_told_patient_by_patient(office: Office) -> None:
    ada = lived(office)
    work = replayed(office, A.replace("late_cutoff: PT15M", "late_cutoff: PT10M"))
    told = figures(work).replay
    assert (told.changed.outcomes, told.changed.opened, told.changed.patients) == (3, 3, 1)
    assert told.would.outcomes["not_admitted"] == 3
    (line,) = lines(work)
    assert line.patient == ada.pk
    told_seats = [(each.would, each.stood_rungs, bool(each.because)) for each in line.seats]
    assert told_seats == [("not_admitted", None, True)] * 3


def test_nothing_is_written_to_the_program(office: Office) -> None:
    lived(office)
    before = [model.objects.count() for model in (Seat, Session, CareTeamMember, PolicyVersion)]
    stood = Event.objects.exclude(verb__startswith="longwork.").count()
    replayed(office, A.replace("late_cutoff: PT15M", "late_cutoff: PT10M"))
    assert [model.objects.count() for model in (Seat, Session, CareTeamMember, PolicyVersion)] == before
    assert Event.objects.exclude(verb__startswith="longwork.").count() == stood


def test_flags_count_as_they_stood_at_each_session(office: Office) -> None:
    """She was flagged after the first miss: of that one no flag is known."""
    scene = office.scene
    ada = scene.admit("ada")
    for day in (0, 7):
        session = scene.session(ada, starts_at=START + day * DAY)
        scene.watched(session)
        scene.run(START + day * DAY + minutes(240))
    ada.flags.create(code="high_risk", raised_at=START + 3 * DAY, raised_by="staff:1")
    told = figures(replayed(office, A)).replay
    assert (told.stood.cases, told.stood.elevated) == (2, 1)


def test_a_stay_that_ended_before_she_came_back_closed_its_own_cases(office: Office) -> None:
    scene = office.scene
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(240))
    today = START.date()
    Enrolment.objects.filter(patient=ada).update(until_on=today)
    Enrolment.objects.create(
        patient=ada, program=scene.program, group=scene.group, from_on=today + timedelta(days=6)
    )
    told = figures(replayed(office, A)).replay
    assert told.stood.rungs.get("counselor later", 0) == 0, "no rung after she had left"


def test_a_mark_of_somebody_who_was_not_seen_is_what_counts(office: Office) -> None:
    scene = office.scene
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(240))
    seat = Seat.objects.get(session=session)
    record_mark(seat=seat, status=Status.ATTENDED, by=scene.as_ben(), at=START + minutes(250))
    told = figures(replayed(office, A)).replay
    assert told.stood.outcomes == {"attended": 1}
    assert told.unsure.minutes_unknown == 1


def test_a_candidate_brings_its_overlays_along(office: Office) -> None:
    lived(office)
    own = (
        b"id: own\nversion: 1\ntriggers:\n  - {id: any, count: missed, when: {total: 1}, then: court_note}\n"
    )
    text = A + "overlays: [own.yaml]\n"
    work = office.done(
        Kind.REPLAY,
        ("policy.yaml", text.encode()),
        ("own.yaml", own),
        **{"from": "2026-10-01", "until": "2026-10-16"},
    )
    assert figures(work).replay.would.reviews == {"court_note": 1}
    assert lines(work)[0].raised[0].then == "court_note"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: [", "yaml"),
        (A + "overlays: [nowhere.yaml]\n", "neither beside"),
        (A + "overlays: [own.yaml]\n", "repeats"),
    ],
)
def test_a_candidate_that_is_no_policy_fails_in_words(office: Office, text: str, said: str) -> None:
    repeats = (
        b"id: own\nversion: 1\ntriggers: [{id: two-no-call, count: missed, when: {total: 1}, then: x}]\n"
    )
    work = office.done(
        Kind.REPLAY,
        ("policy.yaml", text.encode()),
        ("own.yaml", repeats),
        **{"from": "2026-10-01", "until": "2026-10-16"},
    )
    assert work.state == "failed"
    assert said in work.error


def test_a_program_without_a_policy_has_nothing_to_compare_with(office: Office) -> None:
    empty = Program.objects.create(slug="new", name="New", timezone="America/New_York")
    StaffRole.objects.create(
        program=empty, staff=office.dora, role="director", from_at=START, from_by="staff:1"
    )
    office.scene.program = empty
    work = office.done(
        Kind.REPLAY, ("policy.yaml", A.encode()), **{"from": "2026-10-01", "until": "2026-10-16"}
    )
    assert work.error == "This program has no policy yet: publish one first."


def test_a_year_without_anybody_comes_to_nothing(office: Office) -> None:
    office.scene.admit("ada")
    told = figures(replayed(office, A, start="2025-01-01", end="2025-02-01"))
    assert (told.replay.patients, told.replay.seats) == (0, 0)


def test_a_patient_of_two_programs_is_decided_again_in_the_one(office: Office) -> None:
    ada = lived(office)
    morning = Scene(slug="morning")
    Enrolment.objects.create(patient=ada, program=morning.program, from_on=START.date())
    session = morning.session(ada, starts_at=START + 5 * DAY)
    morning.watched(session)
    told = figures(replayed(office, A)).replay
    assert (told.patients, told.seats, told.stood.cases) == (2, 8, 1)


def test_what_a_killed_process_left_on_the_disk_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen(["true"])
    ended.wait()
    for name in (f"rejoin-records-{ended.pid}-a", f"rejoin-records-{os.getpid()}-b", "rejoin-records-x"):
        (tmp_path / name).mkdir()
    with scratch_folder() as folder:
        (folder / "roster.csv").write_text("patient_id")
        assert folder.stat().st_mode & 0o077 == 0
    left = {each.name for each in tmp_path.iterdir()}
    assert left == {f"rejoin-records-{os.getpid()}-b", "rejoin-records-x"}
    assert clear_away() == 0
