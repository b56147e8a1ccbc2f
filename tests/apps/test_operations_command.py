"""The platform's commands: what they say, how they refuse, and that nothing is left half-written."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner, Result
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from pytest_django import Settings

from rejoin.audit.models import Event
from rejoin.cli import main, refusing
from rejoin.common.actors import vendor_actor
from rejoin.domain.kernel import Refusal
from rejoin.operations import opening, serving, working
from rejoin.operations.health import asking
from rejoin.outreach import inbox
from rejoin.people.models import Patient
from rejoin.programs.models import Group, PolicyVersion, Program, Session
from rejoin.rooms.models import Stranger
from tests.apps.scene import LETTERS, START, Scene, minutes

EXAMPLE = Path(__file__).parents[2] / "examples" / "week"
NAMES = ("--name", "Evening", "--neutral-name", "Harbor Office", "--call-back", "555-0100")
pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_a_sidecar_command_loads_neither_django_nor_a_database() -> None:
    asked = (
        "import sys; from rejoin.cli import main; main(['policy', 'lint', sys.argv[1]], standalone_mode=False); "
        "print(sorted({'django', 'psycopg', 'procrastinate', 'psutil', 'uvicorn'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", asked, str(LETTERS["a"])], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1] == "[]"


def test_the_doctor_tells_in_words_and_by_exit_code() -> None:
    Scene()
    told = run("doctor")
    assert told.exit_code == 1
    assert "NOT WELL  engine.parts" in told.stdout
    assert told.stdout.rstrip().endswith("2 things are not well: clock.real and engine.parts.")


def test_the_doctor_tells_machines_everything() -> None:
    told = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(told.stdout)["checks"]}
    assert checks["engine.parts"]["do"].startswith("Start a worker")
    assert len(checks["engine.parts"]["ids"]) == 10


def test_the_doctor_says_when_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "GROUPS", {})
    told = run("doctor")
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "All is well.")


def test_a_server_of_ours_that_does_not_start_is_an_answer_and_a_wrong_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(code: str) -> None:
        def open_platform() -> None:
            raise Refusal(code, "It does not work.")

        monkeypatch.setattr(opening, "open_platform", open_platform)

    refuse("postgres-failed")
    told = run("doctor")
    assert (told.exit_code, "It does not work." in told.stdout) == (1, True)
    refuse("environment")
    told = run("doctor")
    assert (told.exit_code, told.stderr) == (2, "It does not work.\n")


def test_a_program_is_added_once_and_with_a_name_that_messages_may_say() -> None:
    added = run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    assert (added.exit_code, added.stderr) == (0, "Added: evening\n")
    again = run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    assert (again.exit_code, again.stderr) == (2, "Another program already goes by this short name.\n")
    assert Program.objects.get().neutral_name == "Harbor Office"


@pytest.mark.parametrize(
    ("name", "number", "said"),
    [
        ("Recovery Center", "555-0100", ["program:1: neutral_name: messages would be refused: neutral_nudge (en, sms) holds the word recovery"]),
        ("Harbor Office", "call us", ["program:1: call_back: messages would be refused: the call-back number is digits"]),
        ("Rehab", "?", ["program:1: call_back: ", "program:1: neutral_name: "]),
        ("H", "555-0100", ["program:1: neutral_name: messages would be refused: the neutral name is a word"]),
        ("The Harbor Office of West Cedar Street 1", "+1 (202) 555-0101", ["program:1: neutral_name: "]),
    ],
)  # fmt: skip
def test_a_name_or_number_that_messages_may_not_say_is_refused_at_the_door(
    name: str, number: str, said: list[str]
) -> None:
    names = ("--name", "Day", "--neutral-name", name, "--call-back", number)
    for refused in (
        run("program", "add", "day", *names, "--timezone", "America/New_York"),
        run("import", str(EXAMPLE), "--program", "day", "--create", *names),
    ):
        lines = refused.stderr.splitlines()
        assert (refused.exit_code, len(lines)) == (2, len(said))
        assert all(line.startswith(begin) for line, begin in zip(lines, said, strict=True)), lines
    assert not Program.objects.exists()


def test_a_policy_is_published_or_refused_with_what_is_wrong(tmp_path: Path) -> None:
    run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    nowhere = run("policy", "publish", str(LETTERS["a"]), "--program", "nowhere")
    assert (nowhere.exit_code, nowhere.stderr) == (2, "There is no program nowhere. There are: evening.\n")
    published = run("policy", "publish", str(LETTERS["a"]), "--program", "evening")
    assert published.exit_code == 0, published.stderr
    assert PolicyVersion.objects.get().by == "system:command"
    again = run("policy", "publish", str(LETTERS["a"]), "--program", "evening")
    assert (again.exit_code, "already published" in again.stderr) == (2, True)
    broken = tmp_path / "broken.yaml"
    broken.write_text("id: [\n")
    refused = run("policy", "publish", str(broken), "--program", "evening")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("broken.yaml:2: yaml:")


def test_a_policy_that_the_linter_refuses_says_what_to_answer_for(tmp_path: Path) -> None:
    run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    policy = tmp_path / "policy.yaml"
    policy.write_text(LETTERS["a"].read_text().replace("deadline: PT45M", "deadline: PT10M"))
    refused = run("policy", "publish", str(policy), "--program", "evening")
    words = refused.stderr.splitlines()[-1].removeprefix("To answer for it: ").split()
    assert (refused.exit_code, words[0]) == (2, "--accept")
    assert run("policy", "publish", str(policy), "--program", "evening", *words).exit_code == 0


def test_a_folder_is_brought_in_with_its_program_and_again_without_effect() -> None:
    first = run("import", str(EXAMPLE), "--program", "evening", "--create", *NAMES)
    assert first.exit_code == 0, first.stderr
    assert first.stderr.endswith("Brought in.\n")
    counts = (Patient.objects.count(), Session.objects.count(), PolicyVersion.objects.count())
    assert all(counts)
    again = run("import", str(EXAMPLE), "--program", "evening")
    assert again.stderr.endswith("The folder says nothing new.\n")
    assert counts == (Patient.objects.count(), Session.objects.count(), PolicyVersion.objects.count())


@pytest.mark.django_db(transaction=True)
def test_what_is_written_out_says_nothing_new_when_it_is_brought_in(tmp_path: Path) -> None:
    run("import", str(EXAMPLE), "--program", "evening", "--create", *NAMES)
    out = tmp_path / "out"
    told = run("export", str(out), "--program", "evening")
    assert (told.exit_code, "patient information" in told.stderr) == (0, True)
    assert out.stat().st_mode & 0o077 == 0
    assert run("import", str(out), "--program", "evening").stderr.endswith("The folder says nothing new.\n")
    assert run("export", str(out), "--program", "nowhere").exit_code == 2


def test_a_wrong_folder_leaves_nothing_behind_not_even_its_program(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text(LETTERS["a"].read_text())
    (tmp_path / "roster.csv").write_text("patient_id,name,timezone,group\nP1,Ada,Nowhere/Town,Blue\n")
    (tmp_path / "sessions.csv").write_text("session_id,group,starts_at,ends_at\n")
    refused = run("import", str(tmp_path), "--program", "evening", "--create", *NAMES)
    assert refused.exit_code == 2
    assert "roster.csv:2: timezone:" in refused.stderr
    assert not Program.objects.exists()
    (tmp_path / "policy.yaml").unlink()
    missing = run("import", str(tmp_path), "--program", "evening", "--create", *NAMES)
    assert missing.stderr == "policy.yaml:1: file: is missing\n"


@pytest.mark.parametrize("given", [("--create",), ("--name", "Evening"), ("--create", *NAMES[:4])])
def test_a_new_programs_names_are_given_all_or_none(given: tuple[str, ...]) -> None:
    refused = run("import", str(EXAMPLE), "--program", "evening", *given)
    assert refused.exit_code == 2
    assert "--create needs all of them" in refused.stderr


def test_work_serves_what_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(working, "work", lambda *kinds, **_: asked.append([kind.queue for kind in kinds]))
    for option in (("--engine",), ("--sending",), ("--long",), ("--all",), ()):
        assert run("work", *option).exit_code == 0
    everything = ["engine", "sending", "longwork"]
    assert asked == [["engine"], ["sending"], ["longwork"], everything, everything]


@pytest.mark.parametrize(
    ("option", "does"),
    [
        ("--all", "notices and sends"),
        ("--engine", "notices, and sends nothing"),
        ("--long", "does long work, and nothing else"),
        ("--sending", "sends, and notices nothing"),
    ],
)
def test_work_says_when_it_began(option: str, does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "_settle_connections", lambda: None)
    monkeypatch.setattr(working, "_work_until_stopped", lambda kinds: None)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    told = run("work", option)
    assert (told.exit_code, told.stderr) == (0, f"Rejoin is at work: it {does} (ctrl-c stops it)\n")


def test_work_that_is_refused_says_only_why(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    settings.CHANNEL_SETTINGS = {"REJOIN_DRY_RUN": "off", "TWILIO_FROM": "+15005550006"}
    refused = run("work")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
    assert "TWILIO_ACCOUNT_SID" in refused.stderr


def test_serve_listens_on_this_machine_alone_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def serve(*, on_begin: Callable[[], None], **where: Any) -> None:
        asked.append(where)
        on_begin()

    monkeypatch.setattr(serving, "serve", serve)
    told = run("serve")
    assert told.stderr == "Rejoin is at http://127.0.0.1:8000 (ctrl-c stops it)\n"
    other = run("serve", "--host", "::", "--port", "80")
    assert other.stderr == "Rejoin is at http://[::]:80 (ctrl-c stops it)\n"
    assert asked == [{"host": "127.0.0.1", "port": 8000}, {"host": "::", "port": 80}]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_address_that_cannot_be_served_is_refused_before_anything_is_announced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("serve", "--port", port)
    said = f"Nothing can be served at 127.0.0.1, port {port}: something else is there already.\n"
    assert (refused.exit_code, refused.stderr) == (2, said)
    refused = run("serve", "--host", "1.2.3.4")
    said = "Nothing can be served at 1.2.3.4, port 8000: this machine does not have that address.\n"
    assert (refused.exit_code, refused.stderr) == (2, said)


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_it_is_announced_once_the_address_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def serve(self: uvicorn.Server, sockets: list[socket.socket]) -> None:
        (listening,) = sockets
        with socket.create_connection(listening.getsockname()):
            asked.append(listening.getsockname()[1])

    monkeypatch.setattr(uvicorn.Server, "run", serve)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = run("serve", "--port", str(port))
    assert (told.exit_code, told.stderr) == (0, f"Rejoin is at http://127.0.0.1:{port} (ctrl-c stops it)\n")
    assert asked == [port]


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_server_that_ended_keeps_no_connection_and_nobody_looks_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: list[bool] = []

    def keeps() -> bool:
        return "pool" in connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"]

    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: kept.append(keeps()))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    before = threading.enumerate()
    serving.serve(host="127.0.0.1", port=0)
    assert (kept, keeps()) == ([True], False)
    assert set(threading.enumerate()) <= set(before)


def test_a_home_that_cannot_be_is_a_sentence() -> None:
    for home, said in (("/proc/x", "REJOIN_HOME cannot be used: /proc/x"),):
        told = subprocess.run(
            [sys.executable, "-c", "from rejoin.cli import run; run()", "migrate"],
            capture_output=True,
            text=True,
            check=False,
            env={key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
            | {"REJOIN_HOME": home, "DJANGO_SETTINGS_MODULE": opening.SETTINGS},
        )
        assert (told.returncode, len(told.stderr.splitlines())) == (2, 1), told.stderr
        assert told.stderr.startswith(said)


def test_a_database_that_is_away_is_a_sentence() -> None:
    away = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "DJANGO_SETTINGS_MODULE": opening.SETTINGS}
    told = subprocess.run(
        [sys.executable, "-c", "from rejoin.cli import run; run()", "migrate"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | away | {"REJOIN_SECRET_KEY": "x" * 40},
    )
    assert told.returncode == 1
    assert told.stderr.startswith(
        "The database does not answer. What is wrong, and what to do: rejoin doctor\n"
    )


@pytest.mark.django_db(transaction=True)
def test_an_export_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    refused = run("export", "", "--program", "evening")
    assert (refused.exit_code, "FOLDER is empty" in refused.stderr) == (2, True)
    (tmp_path / "file").write_text("")
    for folder, why in (("/proc/x", "no such file"), (str(tmp_path / "file"), "file exists")):
        refused = run("export", folder, "--program", "evening")
        assert refused.exit_code == 2
        assert refused.stderr.startswith(f"{folder}:1: folder: cannot be written to: {why}")


def test_a_role_is_given_and_ended_by_name() -> None:
    run("import", str(EXAMPLE), "--program", "evening", "--create", *NAMES)
    given = run("staff", "role", "evening", "rosa", "Supervisor")
    assert (given.exit_code, given.stderr) == (0, "Rosa is now supervisor in evening.\n")
    again = run("staff", "role", "evening", "Rosa", "supervisor")
    assert (again.exit_code, again.stderr) == (2, "This person already has this role in the program.\n")
    ended = run("staff", "role", "evening", "Rosa", "supervisor", "--end")
    assert (ended.exit_code, ended.stderr) == (0, "Rosa is no longer supervisor in evening.\n")
    for name, word, end, said in (
        ("Rosa", "supervisor", ("--end",), "Rosa is no supervisor in evening.\n"),
        (
            "Nobody",
            "supervisor",
            (),
            "Nobody on the staff is called Nobody. Name them in staff.csv, and import it.\n",
        ),
        ("Rosa", "boss", (), "There is no role boss. There are: "),
    ):
        refused = run("staff", "role", "evening", name, word, *end)
        assert refused.exit_code == 2
        assert refused.stderr.startswith(said)
    assert run("import", str(EXAMPLE), "--program", "evening").stderr.endswith(
        "The folder says nothing new.\n"
    )


def a_missed_evening() -> Scene:
    """Ada missed it, Bea has written back, somebody unknown came in, and nobody has attested anything."""
    scene = Scene()
    ada = scene.admit("ada")
    Patient.objects.filter(pk=ada.pk).update(name="Ada \x1b[2J")
    session = scene.session(ada)
    scene.watched(session)
    for minute in (6, 25, 200):
        scene.run(START + minutes(minute))
    Stranger.objects.create(session=session, key="k", provider="zoom", display="Somebody", seen_at=START)
    text = {"MessageSid": f"SM{1:032x}", "From": "+12025550199", "Body": "call me"}
    vendor, at = vendor_actor("twilio"), START + minutes(20)
    inbox.take_in(vendor="twilio", kind="inbound", params=text, query={}, by=vendor, at=at)
    inbox.read_deliveries(now=at)
    return scene


def test_what_waits_is_told_with_whose_it_is_and_by_when() -> None:
    scene = a_missed_evening()
    told = run("waiting", "--program", scene.program.slug)
    assert told.exit_code == 0, told.stderr
    for each in (
        "Steps to take (",
        "Cases (1)",
        "No review waits.",
        "Replies to read (1)",
        "Participants to name (1)",
    ):
        assert each in told.stdout
    assert "\x1b[2J" not in told.stdout
    assert "OVERDUE" in told.stdout
    assert "call me" in told.stdout
    assert run("waiting", "--program", "nowhere").exit_code == 2


def test_what_waits_is_told_to_machines_and_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    a_missed_evening()
    events = Event.objects.count()
    told = json.loads(run("waiting", "--json").stdout)
    assert set(told) == {"at", "cases", "steps", "reviews", "replies", "unmatched", "to_attest"}
    (case,) = told["cases"]
    assert (case["program"], case["patient_id"], case["owner"]) == (
        "evening",
        "evening-ada",
        "ben of evening",
    )
    steps = {each["step"]: each for each in told["steps"]}
    assert not [each for each in told["steps"] if each["role"] == "system"]
    assert steps["tech"]["overdue"] is True
    assert steps["tech"]["deadline"] == "2026-10-07T22:45:00Z"
    assert [each["seats"] for each in told["to_attest"]] == [1]
    assert (caplog.records, Event.objects.count()) == ([], events)


def test_what_waits_in_another_program_is_not_told() -> None:
    a_missed_evening()
    run("program", "add", "day", *NAMES, "--timezone", "America/New_York")
    told = json.loads(run("waiting", "--program", "day", "--json").stdout)
    assert {kind: len(rows) for kind, rows in told.items() if kind != "at"} == {
        "cases": 0, "steps": 0, "reviews": 0, "replies": 1, "unmatched": 0, "to_attest": 0,
    }  # fmt: skip


def test_migrate_says_when_there_is_nothing_to_do() -> None:
    assert run("migrate").stderr == "The database is up to date.\n"


@pytest.mark.parametrize(
    "command",
    [
        "work",
        "serve",
        f"import {EXAMPLE} --program evening",
        "export /tmp/nowhere --program evening",
        "program add evening --name E --neutral-name E --call-back 1 --timezone UTC",
        f"policy publish {LETTERS['a']} --program evening",
        "staff role evening Rosa counselor",
        "waiting",
    ],
)
def test_a_database_behind_the_software_is_refused(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "changes_to_come", lambda: ["followup.0001_initial"])
    refused = run(*command.split())
    assert (refused.exit_code, refused.stderr) == (2, "The database is not up to date. Run: rejoin migrate\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("could not connect"), "The database does not answer"),
        (ValueError("Key (name)=(Ada Lovelace) exists"), "Something broke. It was our fault"),
    ],
)
def test_a_fault_shows_neither_a_traceback_nor_what_it_held(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SystemExit) as ended, refusing.platform():
        raise error
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert shown.startswith(said)
    assert "Lovelace" not in shown
    assert [each.msg for each in caplog.records] == ["command.failed"]


def test_a_crisis_line_is_told_in_full_and_taken_away() -> None:
    run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    program = Program.objects.get(slug="evening")
    line = ("--name", "County line", "--number", "212-555-0147", "--hours", "weekdays from 8 to 20")
    assert run("program", "crisis-line", "evening", *line).exit_code == 0
    program.refresh_from_db()
    assert (program.crisis_name, program.crisis_number) == ("County line", "212-555-0147")
    for given, words in (
        (line[:4], "give --name, --number and --hours"),
        ((*line, "--remove"), "or --remove alone"),
        ((), "or --remove alone"),
        ((*line[:3], "call us", *line[4:]), "The number is digits"),
        ((*line[:3], "988", *line[4:]), "988 is always shown"),
    ):
        refused = run("program", "crisis-line", "evening", *given)
        assert refused.exit_code == 2
        assert words in refused.stderr
    program.refresh_from_db()
    assert program.crisis_number == "212-555-0147"
    assert run("program", "crisis-line", "evening", "--remove").exit_code == 0
    program.refresh_from_db()
    assert (program.crisis_name, program.crisis_number, program.crisis_hours) == ("", "", "")


def test_whom_a_group_is_for_is_told_and_taken_back() -> None:
    run("program", "add", "evening", *NAMES, "--timezone", "America/New_York")
    blue = Group.objects.create(program=Program.objects.get(slug="evening"), name="Blue")
    said = run(
        "program", "group", "evening", "Blue", "--age-band", "adult", "--language", "es", "--only", "woman"
    )
    assert (said.exit_code, said.stderr) == (0, "Blue is for adult, es, woman.\n")
    blue.refresh_from_db()
    assert (blue.age_band, blue.language, blue.gender_only) == ("adult", "es", "woman")
    for given, words in (
        (("Blue", "--age-band", "toddler"), "'toddler' is not one of 'adolescent', 'adult', 'older_adult'"),
        (("Red",), "There is no group Red. There are: Blue."),
    ):
        refused = run("program", "group", "evening", *given)
        assert refused.exit_code == 2
        assert words in refused.stderr
    assert run("program", "group", "evening", "Blue").stderr == "Blue is for everybody.\n"
    blue.refresh_from_db()
    assert (blue.age_band, blue.language, blue.gender_only) == ("", "", "")
