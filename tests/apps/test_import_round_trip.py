"""A program written out as a folder, and taken in again: it is the same program."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND
from rejoin.operations import exporting
from rejoin.operations.exporting import export_folder
from rejoin.operations.importing import import_folder
from rejoin.operations.seating import extend_schedule
from rejoin.people import actions as people
from rejoin.people.models import Patient, Staff
from rejoin.people.vocabulary import AddressKind, Purpose, Relation
from rejoin.programs import actions
from rejoin.programs.actions import NewSeries
from rejoin.programs.models import Program, Seat, Session, StaffRole
from rejoin.programs.vocabulary import Ending, Release, Role
from rejoin.rooms.actions import add_identities
from rejoin.sidecar.folder import read_folder
from rejoin.sidecar.tables import quoted, unquoted
from tests.apps.test_import_folder import ANSWERED, EXAMPLE
from tests.apps.test_programs_policies import A
from tests.apps.town import (
    DAY,
    EVENING,
    HOUR,
    NOW,
    WHO,
    a_clinician,
    a_group,
    a_patient,
    a_program,
    a_session,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 5)
SIX = datetime(2026, 10, 5, 18, 0)  # noqa: DTZ001 - on the wall in New York
TABLES = (
    "roster.csv",
    "sessions.csv",
    "identities.csv",
    "staff.csv",
    "consents.csv",
    "births.csv",
    "guardians.csv",
    "closings.csv",
    "series.csv",
    "policy.yaml",
    "measures.csv",
    "scores.csv",
    "estimates.csv",
)


def a_busy_program() -> Program:
    """One in which everything has happened once."""
    program = a_program()
    blue, red = a_group(program, maximum=None), a_group(program, "=Red+1", maximum=None)
    ben, eli = a_clinician(program), a_clinician(program, "eli")
    people.grant_licence(staff=ben, state="NY", **WHO)
    ada, eve, fay, gus = (a_patient(name) for name in ("ada", "eve", "fay", "gus"))
    people.change_patient(
        patient=ada, name='=HYPERLINK("http://x","Ada")', state="NY", timezone="America/Denver", **WHO
    )
    people.add_address(patient=ada, kind=AddressKind.PHONE, value="+1 202 555 0101", **WHO)
    people.add_address(patient=ada, kind=AddressKind.EMAIL, value="b@example.org", **WHO)
    people.add_address(patient=ada, kind=AddressKind.EMAIL, value="a@example.org", **WHO)
    people.raise_flag(patient=ada, code="high_risk", **WHO)
    a_place = actions.enrol(patient=ada, program=program, group=blue, from_on=TODAY - 30 * DAY, **WHO)
    actions.enrol(patient=eve, program=program, group=red, **WHO)
    actions.assign_care_team(patient=ada, program=program, staff=eli, role=Role.COUNSELOR, **WHO)
    actions.give_role(program=program, staff=eli, role=Role.COUNSELOR, **WHO)
    a_clinician(program, "una", Role.BILLING)
    actions.end_role(role=StaffRole.objects.get(staff=ben), **WHO)
    actions.enrol(patient=gus, program=program, **WHO)
    actions.add_series(
        program=program,
        series=NewSeries(
            external_id="blue", group=blue, first=SIX, rule="FREQ=WEEKLY;BYDAY=MO,WE", minutes=195,
            breaks=[(90, 105)], facilitator=ben, cofacilitator=eli, room="iop-blue", skipped=[TODAY + 9 * DAY],
        ),
        **WHO,
    )  # fmt: skip
    actions.add_series(
        program=program,
        series=NewSeries(
            external_id="one",
            patient=ada,
            first=SIX.replace(hour=10),
            rule="FREQ=WEEKLY;COUNT=2",
            minutes=50,
            kind="individual",
        ),
        **WHO,
    )
    extend_schedule(program=program, until=TODAY + 10 * DAY, **WHO)
    actions.enrol(patient=fay, program=program, group=blue, from_on=TODAY, by=COMMAND, at=EVENING + HOUR)
    actions.end_enrolment(
        enrolment=a_place, ending=Ending.COMPLETED, by=COMMAND, at=EVENING + 2 * DAY + 4 * HOUR
    )
    monday = Session.objects.get(external_id="blue-20261012")
    actions.release_seat(seat=Seat.objects.get(session=monday, patient=fay), reason=Release.REQUESTED, **WHO)
    actions.book_seat(session=monday, patient=gus, **WHO)
    actions.move_session(
        session=monday, starts_at=monday.starts_at + HOUR, ends_at=monday.ends_at + HOUR, **WHO
    )
    actions.cancel_session(session=Session.objects.get(external_id="one-20261012"), **WHO)
    a_session(
        program,
        "night",
        group_id=red.pk,
        starts_at=EVENING + 5.5 * HOUR,
        length=HOUR,
        seats_max=7,
        module="Sleep",
    )
    a_session(
        program, "pair", group_id=red.pk, starts_at=EVENING + 3 * DAY, kind="family", patients=[eve, gus]
    )
    add_identities(identities=[("zoom", "@ref", ada.pk), ("livekit", "pt-eve", eve.pk)], **WHO)
    _consents(ada, eve)
    actions.publish_policy(
        program=program, text=A + "overlays: [own.yaml]\n", overlays={"own.yaml": OWN}, accept=ANSWERED, **WHO
    )
    actions.publish_policy(
        program=program, text=A.replace("version: 3", "version: 4"), accept=ANSWERED, **WHO
    )
    return program


OWN = "id: own\nversion: 1\nhours: {min_per_week: 12}\n"


def _consents(ada: Patient, eve: Patient) -> None:
    grace = people.add_contact(patient=ada, relation=Relation.GUARDIAN, name="Grace", **WHO)
    payer = people.add_contact(patient=ada, relation=Relation.PAYER, **WHO)
    people.record_consent(patient=ada, channel="sms", granted=True, **WHO)
    people.record_consent(
        patient=ada,
        channel="phone",
        granted=True,
        contact=grace,
        purpose=Purpose.ATTENDANCE,
        until_at=NOW + HOUR,
        **WHO,
    )
    people.record_consent(
        patient=ada, channel="phone", granted=True, contact=grace, purpose=Purpose.BILLING, **WHO
    )
    people.record_consent(
        patient=ada, channel="phone", granted=True, contact=payer, purpose=Purpose.BILLING, **WHO
    )
    people.record_stop(patient=eve, by=COMMAND, at=NOW + HOUR)


def write_out(program: Program, path: Path) -> dict[str, str]:
    export_folder(path=path, program=program, by=COMMAND, at=NOW + 4 * DAY)
    return {each.relative_to(path).as_posix(): each.read_text() for each in path.rglob("*") if each.is_file()}


def forget_everything() -> None:
    tables = [model._meta.db_table for config in apps.get_app_configs() for model in config.get_models()]  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} CASCADE")


def test_an_exported_program_comes_in_as_the_same_program(tmp_path: Path) -> None:
    first = write_out(a_busy_program(), tmp_path / "first")
    forget_everything()
    program = a_program()
    import_folder(path=tmp_path / "first", program=program, accept=ANSWERED, by=COMMAND, at=NOW + 4 * DAY)
    second = write_out(program, tmp_path / "second")
    assert set(first) == {*TABLES, "own.yaml"}
    for name, text in first.items():
        assert second[name].splitlines() == text.splitlines(), name


def test_roles_and_counselors_go_out_and_who_never_had_a_licence_is_unknown(tmp_path: Path) -> None:
    written = write_out(a_busy_program(), tmp_path / "first")
    assert written["staff.csv"].splitlines() == [
        "name,licensed_states,roles",
        "ben,NY,",
        "eli,unknown,clinician; counselor",
        "una,unknown,billing",
    ]
    rows = csv.DictReader(written["roster.csv"].splitlines())
    assert {row["patient_id"]: row["counselor"] for row in rows} == {
        "ada": "eli",
        "eve": "",
        "fay": "",
        "gus": "",
    }
    assert read_folder(tmp_path / "first").licences == {"ben": frozenset({"NY"})}


def test_what_goes_out_is_its_owners_alone_and_follows_no_link(tmp_path: Path) -> None:
    out, victim = tmp_path / "out", tmp_path / "victim"
    out.mkdir(mode=0o755)
    victim.write_text("mine")
    for name in ("roster.csv", "policy.yaml", "own.yaml"):
        (out / name).symlink_to(victim)
    (out / "sessions.csv").write_text("what stood there")
    (out / "sessions.csv").chmod(0o644)
    written = write_out(a_busy_program(), out)
    assert victim.read_text() == "mine"
    assert set(written) == {*TABLES, "own.yaml"}
    for name in written:
        assert not (out / name).is_symlink()
        assert (out / name).stat().st_mode & 0o777 == 0o600, name
    assert written["own.yaml"] == OWN


def test_an_export_that_breaks_off_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = a_busy_program()
    before = write_out(program, tmp_path)["roster.csv"]

    def breaks(*_: object) -> Iterator[tuple[object, ...]]:
        yield ("half",)
        raise OSError("no space")

    monkeypatch.setattr(exporting, "_roster", breaks)
    with pytest.raises(OSError, match="no space"):
        write_out(program, tmp_path)
    assert (tmp_path / "roster.csv").read_text() == before
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_an_exported_program_taken_in_where_it_is_changes_nothing(tmp_path: Path) -> None:
    program = a_busy_program()
    write_out(program, tmp_path / "first")
    events = Event.objects.count()
    again = import_folder(path=tmp_path / "first", program=program, by=COMMAND, at=NOW + 4 * DAY)
    assert (dict(again.did), again.notes) == ({}, ())
    assert Event.objects.count() == events


def test_the_example_week_goes_out_as_it_came_in(tmp_path: Path) -> None:
    program, at = a_program(), datetime.fromisoformat("2026-10-09T13:30:00+00:00")
    import_folder(path=EXAMPLE, program=program, accept=ANSWERED, by=COMMAND, at=at)
    export_folder(path=tmp_path / "out", program=program, by=COMMAND, at=at)
    told, back = read_folder(EXAMPLE), read_folder(tmp_path / "out")
    assert back.patients == told.patients
    assert {name: each.session for name, each in back.sessions.items()} == {
        name: each.session for name, each in told.sessions.items()
    }
    assert sorted(back.identities) == sorted(told.identities)
    assert back.licences == told.licences


def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    written = write_out(a_busy_program(), tmp_path / "first")
    cells = [
        cell
        for name in written
        if name.endswith(".csv")
        for row in csv.reader(written[name].splitlines())
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert '\'=HYPERLINK("http://x","Ada")' in cells
    assert "'+1 202 555 0101" in cells


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-", "@x", "'=1", "''@", "'", "it's", "", "'quoted'", "a=b"])
def test_every_cell_is_read_as_it_was_before_it_was_quoted(cell: str) -> None:
    assert unquoted(quoted(cell)) == cell
    assert not quoted(cell).startswith(("=", "+", "-", "@"))


def test_a_permission_that_ran_out_is_told_to_the_sidecar_as_taken_back(tmp_path: Path) -> None:
    write_out(a_busy_program(), tmp_path / "first")
    said = [each for each in read_folder(tmp_path / "first").consents["ada"] if each.contact == "guardian"]
    assert [each.granted for each in said] == [True, False]
    assert said[1].at == NOW + HOUR


def test_whoever_has_licences_and_none_today_may_practise_nowhere(tmp_path: Path) -> None:
    program = a_busy_program()
    people.grant_licence(staff=Staff.objects.get(name="eli"), state="NJ", until_on=TODAY - DAY, **WHO)
    write_out(program, tmp_path / "first")
    assert read_folder(tmp_path / "first").licences == {"ben": {"NY"}, "eli": frozenset()}


def test_what_a_spreadsheet_or_a_sidecar_cannot_misread_is_all_that_goes_out(tmp_path: Path) -> None:
    written = write_out(a_busy_program(), tmp_path / "first")
    assert "billing" not in written["consents.csv"]
    assert "payer" not in written["consents.csv"]


def test_an_export_is_on_record(tmp_path: Path) -> None:
    program = a_program()
    export_folder(path=tmp_path / "out", program=program, by=COMMAND, at=NOW + timedelta(hours=1))
    assert Event.objects.get(verb="operations.export_folder").program_ref == program.pk
    assert not (tmp_path / "out" / "policy.yaml").exists()
    assert not (tmp_path / "out" / "staff.csv").exists()
