"""The command line as somebody at a terminal, and a script, would use it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rejoin import cli
from rejoin.policies.loading import SHIPPED
from rejoin.sidecar import gathering
from rejoin.sidecar import triage as triage_module
from rejoin.sidecar.alerts import Tallies
from rejoin.sidecar.gathering import Progress
from rejoin.sidecar.triage import open_world, triage, write_report
from rejoin.sidecar.world import World
from tests.bench.program import write_program
from tests.builders.folder import FolderBuilder

NOW = "2026-10-06T09:00"


@pytest.fixture
def program(tmp_path: Path) -> FolderBuilder:
    builder = (
        FolderBuilder(tmp_path / "program", policy="a-").patient("P1", name="Ada").patient("P2", name="Eli")
    )
    builder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15", breaks="19:30-19:45")
    return builder.present("S1", "P1", "2026-10-05T18:00", "2026-10-05T21:15")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), catch_exceptions=False)


def test_tables_are_printed_for_a_person(program: FolderBuilder) -> None:
    result = run("triage", str(program.write()), "--at", NOW)
    assert result.exit_code == 0
    assert "Overdue" in result.stdout
    assert "Eli" in result.stdout


def test_page_is_written_whole_and_said_on_standard_error(program: FolderBuilder, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = run("triage", str(program.write()), "--at", NOW, "--html", str(page), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["policy"]["id"] == "sud-commercial-evening"
    assert f"page: {page}" in result.stderr
    assert page.read_text().rstrip().endswith("</html>")
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["page.html"]


def test_now_is_the_default_instant(program: FolderBuilder) -> None:
    result = run("triage", str(program.write()), "--json")
    assert json.loads(result.stdout)["as_of"] > "2026-11"


def test_local_instant_is_the_programs_and_an_offset_is_taken_as_it_is(program: FolderBuilder) -> None:
    folder = str(program.write())
    local = json.loads(run("triage", folder, "--json", "--at", NOW).stdout)
    offset = json.loads(run("triage", folder, "--json", "--at", "2026-10-06T13:00Z").stdout)
    assert local == offset


def test_same_folder_gives_the_same_bytes(program: FolderBuilder) -> None:
    folder = str(program.write())
    first = run("triage", folder, "--json", "--at", NOW).stdout
    assert first == run("triage", folder, "--json", "--at", NOW).stdout


def test_report_written_in_parts_by_several_processes_is_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "program"
    write_program(folder, seats=3000, seed=7)
    world, unreadable = open_world(folder, now=FolderBuilder(folder).instant("2026-07-01T12:00"))
    whole = io.BytesIO()
    write_report(world, unreadable, whole)
    monkeypatch.setattr(triage_module, "MANY_SEATS", 10)
    monkeypatch.setattr(gathering, "MUCH_TO_READ", 10)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    world, unreadable = open_world(folder, now=FolderBuilder(folder).instant("2026-07-01T12:00"))
    parts = io.BytesIO()
    write_report(world, unreadable, parts)
    assert parts.getvalue() == whole.getvalue()
    told = json.loads(whole.getvalue())
    assert len(told["seats"]) == len(triage(world)["seats"]) > 1000
    assert told["alerts"] == json.loads(json.dumps(triage(world)["alerts"]))


def test_a_part_that_dies_is_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "program"
    write_program(folder, seats=2000, seed=7)
    world, unreadable = open_world(folder, now=FolderBuilder(folder).instant("2026-07-01T12:00"))
    monkeypatch.setattr(triage_module, "MANY_SEATS", 10)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    here = os.getpid()

    def die(world: World, shard: tuple[int, Sequence[str]], scratch: Path, on_progress: Progress) -> Tallies:
        return Tallies() if os.getpid() == here else sys.exit(3)

    monkeypatch.setattr(triage_module, "_decide_shard", die)
    out = io.BytesIO()
    with pytest.raises(RuntimeError, match="ended with 3"):
        write_report(world, unreadable, out)
    assert out.getvalue() == b""


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("?-*.yaml")), ids=lambda path: path.stem)
def test_linter_has_nothing_to_say_of_a_shipped_policy(path: Path) -> None:
    result = run("policy", "lint", str(path))
    assert result.exit_code == 0
    assert "nothing to say" in result.stdout


def test_linter_names_line_and_rule_and_reads_the_schedule(program: FolderBuilder) -> None:
    program.policy = program.policy.replace("packet: [content]", "packet: [content, hours]")
    folder = program.write()
    result = run("policy", "lint", str(folder / "policy.yaml"), "--schedule", str(folder))
    assert result.exit_code == 0
    assert "makeup.modes.packet" in result.stdout
    assert "[packet_hours]" in result.stdout
    assert "[zero_slack]" in result.stdout


def test_linter_speaks_json(program: FolderBuilder) -> None:
    program.policy = program.policy.replace("packet: [content]", "packet: [content, hours]")
    result = run("policy", "lint", str(program.write() / "policy.yaml"), "--json")
    findings = json.loads(result.stdout)["findings"]
    assert {(each["code"], each["line"] > 60) for each in findings} == {
        ("packet_hours", True),
        ("zero_slack", True),
    }


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (
            "after: PT1H, from: start, actor: counselor",
            "after: PT30H, from: start, actor: counselor",
            "outreach.standard.call1",
        ),
        ("count: missed\n    when: {at_least: 3", "count: missed\n    when: {at_least: 0", None),
        ("when: {at_least: 3, within: P30D}", "when: {at_least: 7, of_last: 6}", "triggers.three-in-thirty"),
    ],
)
def test_findings_on_items_of_lists_are_told_with_their_line(
    program: FolderBuilder, old: str, new: str, field: str | None
) -> None:
    assert old in program.policy
    program.policy = program.policy.replace(old, new)
    result = run("policy", "lint", str(program.write() / "policy.yaml"))
    assert result.exit_code == (0 if field else 2)
    told = [line for line in (result.stdout + result.stderr).splitlines() if (field or "at_least") in line]
    assert told
    assert all(int(line.split(":")[1]) > 30 for line in told)


def test_an_overlay_can_be_linted_by_itself() -> None:
    result = run("policy", "lint", str(SHIPPED / "court.yaml"))
    assert (result.exit_code, "overlay" in result.stdout) == (0, True)


@pytest.mark.parametrize("document", ["- a\n", "id: x\n---\n- a\n", "x: &a [1, *a]\n", "just words\n"])
def test_a_document_that_is_no_mapping_is_refused_and_nothing_breaks(tmp_path: Path, document: str) -> None:
    (tmp_path / "policy.yaml").write_text(document)
    assert run("policy", "lint", str(tmp_path / "policy.yaml")).exit_code == 2


def test_aliases_that_multiply_are_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, 12)]
    (tmp_path / "policy.yaml").write_text("\n".join(lines))
    result = run("policy", "lint", str(tmp_path / "policy.yaml"))
    assert result.exit_code == 2
    assert "too large or too deep" in result.stderr


def test_a_page_into_a_folder_that_is_not_there_is_refused_before_the_work(program: FolderBuilder) -> None:
    result = run("triage", str(program.write()), "--html", str(program.path / "none" / "page.html"))
    assert result.exit_code == 2
    assert "--html: its folder does not exist" in result.stderr


def test_linter_refuses_what_is_no_policy(tmp_path: Path) -> None:
    assert run("policy", "lint", str(tmp_path / "none.yaml")).exit_code == 2
    (tmp_path / "bad.yaml").write_text("id: x\n")
    result = run("policy", "lint", str(tmp_path / "bad.yaml"))
    assert result.exit_code == 2
    assert "bad.yaml:1: presence: is required" in result.stderr
    broken = run("policy", "lint", str(next(SHIPPED.glob("a-*"))), "--schedule", str(tmp_path))
    assert broken.exit_code == 2


def test_progress_goes_to_standard_error_and_only_where_somebody_looks(
    program: FolderBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "LONG_INPUT", 1)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    result = run("triage", str(program.write()), "--at", NOW, "--json")
    assert "rooms" in result.stderr
    json.loads(result.stdout)


def test_installed_command_answers() -> None:
    command = Path(sys.executable).with_name("rejoin")
    shown = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("rejoin, version")
