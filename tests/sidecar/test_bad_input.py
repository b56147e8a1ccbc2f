"""Bad input: one line per problem with file, line and field; exit 2; nothing half-written; never a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rejoin.cli import main
from tests.builders.folder import FolderBuilder

NOW = "2026-10-06T09:00"
Spoil = Callable[[FolderBuilder], object]


@pytest.fixture
def program(tmp_path: Path) -> FolderBuilder:
    builder = FolderBuilder(tmp_path / "program", policy="a-").patient("P1").patient("P2")
    builder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15", breaks="19:30-19:45")
    return builder.present("S1", "P1", "2026-10-05T18:14", "2026-10-05T21:15")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["triage", *arguments], catch_exceptions=False)


def policy_with(old: str, new: str) -> Spoil:
    def spoil(builder: FolderBuilder) -> None:
        assert old in builder.policy
        builder.policy = builder.policy.replace(old, new, 1)

    return spoil


def session(**cells: str) -> Spoil:
    span = ("2026-10-07T18:00", "2026-10-07T21:15")
    starts, ends = cells.pop("starts", span[0]), cells.pop("ends", span[1])
    return lambda builder: builder.session("S2", starts, ends, **cells)


SPOILED: dict[str, tuple[Spoil, str]] = {
    "a policy typo": (policy_with("grace:", "grase:"), "policy.yaml:16: presence.grase: unknown key"),
    "a duration in words": (
        policy_with("PT5M", "five"),
        "policy.yaml:16: presence.grace: must be an ISO 8601",
    ),
    "a policy that is not YAML": (
        policy_with(
            "id:",
            "id: [",
        ),
        "policy.yaml:",
    ),
    "an overlay that is nowhere": (
        policy_with("part2: true", "part2: true\noverlays: [x.yaml]"),
        "overlays: 'x.yaml'",
    ),
    "an unknown time zone": (policy_with("America/New_York", "Mars/Base"), "timezone: is not a time zone"),
    "an overlapping roster row": (lambda b: b.patient("P1"), "roster.csv:4: from: overlaps another row"),
    "a stay that ends before it begins": (
        lambda b: b.row(
            "roster.csv", **{"patient_id": "P3", "group": "G", "from": "2026-10-05", "until": "2026-10-01"}
        ),
        "roster.csv:4: until: ends before it begins",
    ),
    "a day that is none": (
        lambda b: b.row("roster.csv", **{"patient_id": "P3", "group": "G", "from": "2026-13-01"}),
        "roster.csv:4: from: is not a date",
    ),
    "an impossible time": (session(starts="2026-10-07T25:00"), "sessions.csv:3: starts_at: is not a time"),
    "a time the clocks skip": (
        session(starts="2026-03-08T02:30", ends="2026-03-08T04:00"),
        "sessions.csv:3: starts_at: does not exist in America/New_York",
    ),
    "an end before the start": (session(ends="2026-10-07T17:00"), "sessions.csv:3: ends_at: is not after"),
    "a year nobody lives in": (
        session(starts="0026-10-07T18:00"),
        "sessions.csv:3: starts_at: is an impossible time",
    ),
    "a session of two days": (
        session(ends="2026-10-09T18:00"),
        "sessions.csv:3: ends_at: is more than 24 hours",
    ),
    "an unknown kind": (session(kind="grup"), "sessions.csv:3: kind: unknown kind 'grup'"),
    "an unknown status": (session(status="maybe"), "sessions.csv:3: status: unknown status"),
    "an unknown mode": (session(mode="tv"), "sessions.csv:3: mode: unknown mode"),
    "a break outside": (session(breaks="12:00-13:00"), "sessions.csv:3: breaks: lies outside the session"),
    "a break of letters": (session(breaks="x"), "sessions.csv:3: breaks: is not a break"),
    "a break that never ends": (session(breaks="21:00-22:00"), "sessions.csv:3: breaks: ends outside"),
    "breaks that overlap": (session(breaks="19:00-19:30;19:15-19:45"), "sessions.csv:3: breaks: overlap"),
    "nobody expected": (session(group=""), "sessions.csv:3: group: is empty"),
    "a minimum of letters": (session(minimum="two"), "sessions.csv:3: minimum: must be a whole number"),
    "a session twice": (
        lambda b: b.session("S1", "2026-10-07T18:00", "2026-10-07T19:00"),
        "sessions.csv:3: session_id: repeats",
    ),
    "a session without an id": (
        lambda b: b.session("", "2026-10-07T18:00", "2026-10-07T19:00"),
        "session_id: is empty",
    ),
    "a patient of no roster": (session(patient_id="P9"), "sessions.csv:3: patient_id: is not on the roster"),
    "a provider of no kind": (
        lambda b: b.row("identities.csv", provider="fax", ref="1", patient_id="P1"),
        "identities.csv:4: provider: unknown provider 'fax'",
    ),
    "a reference of two patients": (
        lambda b: b.row("identities.csv", provider="livekit", ref="pt-P1", patient_id="P2"),
        "identities.csv:4: ref: is already another patient's",
    ),
    "a mark of no status": (
        lambda b: b.row("marks.csv", session_id="S1", patient_id="P1", status="here"),
        "marks.csv:2: status: unknown status 'here'",
    ),
    "a mark that says unrecorded": (
        lambda b: b.row("marks.csv", session_id="S1", patient_id="P1", status="unrecorded"),
        "marks.csv:2: status: unknown status",
    ),
    "a notice for no session": (
        lambda b: b.row("notices.csv", session_id="S9", patient_id="P1", received_at="2026-10-01T10:00"),
        "notices.csv:2: session_id: is not scheduled",
    ),
    "an attempt at no time": (
        lambda b: b.row("attempts.csv", session_id="S1", patient_id="P1", at="soon", outcome="contact"),
        "attempts.csv:2: at: is not a time",
    ),
    "an attempt of no outcome": (
        lambda b: b.row(
            "attempts.csv", session_id="S1", patient_id="P1", at="2026-10-06T08:00", outcome="ok"
        ),
        "attempts.csv:2: outcome: unknown outcome",
    ),
    "a consent that is neither": (
        lambda b: b.row(
            "consents.csv", patient_id="P1", channel="sms", granted="maybe", at="2026-10-01T08:00"
        ),
        "consents.csv:2: granted: must be true or false",
    ),
    "a channel of no kind": (
        lambda b: b.row(
            "consents.csv", patient_id="P1", channel="owl", granted="true", at="2026-10-01T08:00"
        ),
        "consents.csv:2: channel: unknown channel",
    ),
    "a check-in from nowhere": (
        lambda b: b.row("checkins.csv", session_id="S1", patient_id="P1", state=""),
        "checkins.csv:2: state: is empty",
    ),
    "a staff row without a name": (
        lambda b: b.row("staff.csv", name="", licensed_states="NY"),
        "staff.csv:2: name: is empty",
    ),
    "a room file of no layout": (lambda b: b.room_file("x.csv", "hello,world\n"), "rooms/x.csv:1: "),
    "a log that breaks off": (lambda b: b.room_file("x.jsonl", '{"event":'), "rooms/x.jsonl:1: "),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_problem_is_named_by_file_line_and_field(program: FolderBuilder, spoiled: str) -> None:
    spoil, line = SPOILED[spoiled]
    spoil(program)
    page = program.path.parent / "page.html"
    result = run(str(program.write()), "--at", NOW, "--json", "--html", str(page))
    assert result.exit_code == 2
    assert any(line in told for told in result.stderr.splitlines()), result.stderr
    assert result.stdout == ""
    assert not page.exists()
    assert all(told.count(":") >= 3 for told in result.stderr.splitlines()), result.stderr


def test_untouched_program_is_triaged(program: FolderBuilder) -> None:
    result = run(str(program.write()), "--at", NOW, "--json")
    assert result.exit_code == 0
    assert result.stdout.startswith('{"as_of":"2026-10-06T13:00:00Z"')


def test_every_problem_is_told_in_one_run(program: FolderBuilder) -> None:
    session(kind="grup", status="maybe")(program)
    program.row("marks.csv", session_id="S1", patient_id="P1", status="here")
    result = run(str(program.write()), "--at", NOW)
    assert len(result.stderr.splitlines()) == 3


@pytest.mark.parametrize("name", ["policy.yaml", "roster.csv", "sessions.csv"])
def test_missing_table_is_named(program: FolderBuilder, name: str) -> None:
    (program.write() / name).unlink()
    result = run(str(program.path), "--at", NOW)
    assert result.exit_code == 2
    assert f"{name}:1: file: is missing" in result.stderr


def test_folder_that_is_none_is_named(tmp_path: Path) -> None:
    result = run(str(tmp_path / "nowhere"))
    assert result.exit_code == 2
    assert "is not a folder" in result.stderr


def test_instant_that_is_none_is_named(program: FolderBuilder) -> None:
    result = run(str(program.write()), "--at", "yesterday")
    assert result.exit_code == 2
    assert "--at:1: instant: is not a time" in result.stderr


def test_table_in_another_encoding_is_named(program: FolderBuilder) -> None:
    (program.write() / "roster.csv").write_bytes("patient_id,name\nP1,Zo\u00eb\n".encode("latin-1"))
    result = run(str(program.path), "--at", NOW)
    assert result.exit_code == 2
    assert "roster.csv:2: encoding: is not UTF-8" in result.stderr


def test_table_with_too_many_cells_is_named(program: FolderBuilder) -> None:
    (program.write() / "roster.csv").write_text("patient_id,group\nP1,G,extra\nP2,G\n")
    result = run(str(program.path), "--at", NOW)
    assert "roster.csv:2: row: has 3 cells under 2 columns" in result.stderr


def test_table_without_a_needed_column_is_named(program: FolderBuilder) -> None:
    (program.write() / "sessions.csv").write_text("session_id,starts_at\nS1,2026-10-05T18:00\n")
    result = run(str(program.path), "--at", NOW)
    assert "sessions.csv:1: ends_at: column is missing" in result.stderr


def test_empty_table_and_quote_left_open_are_named(program: FolderBuilder) -> None:
    (program.write() / "sessions.csv").write_text("")
    (program.path / "roster.csv").write_text('patient_id,group\n"P1,x\n')
    result = run(str(program.path), "--at", NOW)
    assert "sessions.csv:1: header: is missing" in result.stderr
    assert "roster.csv:2: row: is not readable CSV" in result.stderr


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("patient_id,emails,group", "roster.csv:1: emails: is not a column we know; is it 'email'?"),
        ("patient_id,name", "roster.csv:1: group: column is missing"),
        ("patient_id;name;group", "roster.csv:1: header: is not separated by commas"),
    ],
)
def test_header_that_is_not_ours_is_named(program: FolderBuilder, header: str, problem: str) -> None:
    (program.write() / "roster.csv").write_text(f"{header}\nP1\n")
    result = run(str(program.path), "--at", NOW)
    assert result.exit_code == 2
    assert problem in result.stderr


def test_individual_session_of_a_whole_group_has_to_name_its_patient(program: FolderBuilder) -> None:
    session(kind="individual")(program)
    result = run(str(program.write()), "--at", NOW)
    assert "sessions.csv:3: patient_id: is empty: an individual session" in result.stderr


def test_unreadable_room_file_can_be_passed_over_and_is_told(program: FolderBuilder) -> None:
    program.room_file("x.csv", "hello,world\n")
    result = run(str(program.write()), "--at", NOW, "--json", "--skip-unreadable")
    assert result.exit_code == 0
    assert "rooms/x.csv:1:" in result.stderr
    assert '"kind":"unreadable_file"' in result.stdout
    assert '"status":"partial"' in result.stdout


def test_names_and_ids_of_patients_stay_out_of_problems(program: FolderBuilder) -> None:
    program.row("marks.csv", session_id="S1", patient_id="secret-77", status="attended")
    program.row("identities.csv", provider="zoom", ref="Sunny", patient_id="secret-78")
    result = run(str(program.write()), "--at", NOW)
    assert result.exit_code == 2
    assert "secret" not in result.stderr
    assert "Sunny" not in result.stderr
