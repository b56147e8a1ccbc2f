"""The demo: half an hour of it through real processes, and what it must never do."""

import os
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from rich.console import Console

from rejoin.cli import main
from rejoin.common import clock
from rejoin.demo import kept_tables
from rejoin.demo.attending import RoomProvider
from rejoin.demo.checks import Seen, check_story
from rejoin.demo.counting import Counts, RunningSession
from rejoin.demo.crew import Crew, end_leftovers
from rejoin.demo.days import thu, wed
from rejoin.demo.homes import MARKER, Home, enter, free_port, live_environment, prepare_home
from rejoin.demo.pace import Pace, Stretch
from rejoin.demo.performing import Wanted, perform
from rejoin.demo.screen import Screen, line_of
from rejoin.demo.story import ENDINGS, STRETCHES, first_half_hour, whole_story
from rejoin.demo.telling import ALARM, Names, Told, gathered
from rejoin.demo.town import TOWN
from rejoin.domain.kernel import Refusal
from rejoin.fakes.ledger import Ledger
from rejoin.rooms.fake import Webhook
from tests.apps.processes import as_url

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
NOBODY = Counts(noticed=0, nudged=0, called=0, escalated=0, back=0, reversed=0)


def a_home(folder: Path) -> Home:
    return Home(folder=folder, port=1, room_secret="a secret for the demo's rooms")


@pytest.mark.django_db(transaction=True)
def test_half_an_hour_of_the_evening_goes_as_it_should(database_address: str, tmp_path: Path) -> None:
    said = StringIO()
    wanted = Wanted(folder=tmp_path / "demo", short=True, faster=2, database_url=as_url(database_address))
    held = perform(wanted, Console(file=said, width=80))
    told = said.getvalue()
    assert held, told
    assert "synthetic data" in told
    assert "18:05  Lucia     Blue    is missing; text in Spanish sent" in told
    assert "18:05  Ravi      Blue    is missing. ELEVATED; text sent" in told
    assert "18:06  Jun       Green   texts STOP: no more texts, calls go on" in told
    assert "Lucia, Blue Wed 18:00\n    no miss, she came late" in told
    assert "8 texts taken, none twice" in told
    assert "All is well" in told
    assert "FAILS" not in told
    assert "\x1b" not in told, "no control codes where nobody looks at a terminal"
    assert [line for line in told.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
    assert [entry.body for entry in Ledger(tmp_path / "demo/sms-vendor.sqlite3").entries("inbound")] == [
        "STOP",
        "Voy tarde, se me cayo el internet",
    ]
    assert not [each for each in psutil.process_iter() if str(tmp_path) in " ".join(_command(each))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_the_town_is_as_large_as_it_says() -> None:
    assert (len(TOWN.patients), len(set(TOWN.patients)), len(TOWN.groups), len(TOWN.programs)) == (
        60,
        60,
        8,
        5,
    )
    assert sorted(each.policy for each in TOWN.programs) == ["a", "b", "c", "d", "e"]
    assert len({TOWN.zone_of(each) for each in TOWN.patients}) == 3
    assert len({TOWN.phone_of(each) for each in TOWN.patients}) == 60
    assert all(TOWN.phone_of(each)[5:10] == "55501" for each in TOWN.patients)


def test_the_whole_story_is_about_people_of_the_town_and_in_order(tmp_path: Path) -> None:
    story = whole_story(a_home(tmp_path))
    named = {each.patient for each in story.cases} | {each.patient for each in story.comes}
    assert named <= set(TOWN.patients)
    assert [beat.at for beat in story.beats] == sorted(beat.at for beat in story.beats)
    assert {each.outcome for each in ENDINGS} == {"", "back", "reversed", "left_program"}
    short = first_half_hour(a_home(tmp_path))
    assert {each.patient for each in short.cases} <= {each.patient for each in story.cases}


def test_it_takes_about_a_minute_of_real_time() -> None:
    ends = [*(each.since for each in STRETCHES[1:]), thu("12:05")]
    seconds = sum(
        (end - each.since).total_seconds() / 60 / each.minutes_a_second
        for each, end in zip(STRETCHES, ends, strict=True)
    )
    assert seconds < 60


def test_an_earlier_demo_is_thrown_away_and_anything_else_is_refused(tmp_path: Path) -> None:
    prepare_home(tmp_path / "demo")
    (tmp_path / "demo/left").write_text("over")
    (tmp_path / "demo/folders").mkdir()
    again = prepare_home(tmp_path / "demo")
    assert not (again.folder / "left").exists()
    assert (again.folder / MARKER).exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(Refusal, match="no demo"):
        prepare_home(tmp_path / "mine")
    assert (tmp_path / "mine/thesis.txt").exists()


def test_tables_are_made_once_and_copied_afterwards(
    server_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_tables, "PREFIX", f"kept_by_a_test_{os.getpid()}_")
    address = make_conninfo(server_address, dbname=f"demo_of_a_test_{os.getpid()}")
    with kept_tables.administering(server_address) as admin:
        kept_tables.run_statement(
            admin, "CREATE DATABASE {} OWNER rejoin", conninfo_to_dict(address)["dbname"]
        )
        try:
            assert not kept_tables.copy_kept_tables(address), "none are kept yet"
            said(address, "CREATE TABLE patients (name text)")
            kept_tables.keep_tables(address)
            said(address, "INSERT INTO patients VALUES ('ada')")
            assert kept_tables.copy_kept_tables(address)
            assert said(address, "SELECT * FROM patients") == []
            kept_tables.keep_tables(address)
            kept = f"{kept_tables.PREFIX}%"
            names = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [kept]).fetchall()
            assert len(names) == 1, "those that are not copied any more are thrown away"
        finally:
            for name in (conninfo_to_dict(address)["dbname"], kept_tables.kept_name()):
                kept_tables.run_statement(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def said(address: str, statement: LiteralString) -> list[tuple[object, ...]]:
    with psycopg.connect(address, autocommit=True) as line:
        answer = line.execute(statement)
        return answer.fetchall() if answer.description else []


def test_a_port_that_is_taken_is_left_to_whoever_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        assert free_port(taken) != taken
    assert free_port(taken) == taken


def test_nothing_of_a_real_setting_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = {
        "DATABASE_URL": "postgresql://real@real.example.org/real",
        "TWILIO_MESSAGING_SERVICE": "MG" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "a real token of somebody",
        "EMAIL_URL": "smtp://real.example.org",
        "REJOIN_ROOM_SECRET_ZOOM": "a real secret of a room",
        "PGHOST": "real.example.org",
    }
    for name, value in real.items():
        monkeypatch.setenv(name, value)
    given = live_environment(
        a_home(tmp_path), sms="http://127.0.0.1:1", mail_port=2, push="http://127.0.0.1:3"
    )
    assert not set(given.values()) & set(real.values())
    assert given["TWILIO_API_BASE"] == "http://127.0.0.1:1"
    assert given["EMAIL_URL"] == "smtp://127.0.0.1:2"
    assert "DATABASE_URL" not in given
    assert "REJOIN_DEMONSTRATION" not in given, "the check shows nobody any pages"
    enter(a_home(tmp_path))
    assert not real.keys() & os.environ.keys()
    assert os.environ.pop("REJOIN_HOME") == str(tmp_path)


def test_one_demo_at_a_time_in_a_home(tmp_path: Path) -> None:
    lock = f"import fcntl, time; f = open({str(tmp_path / '.demo.lock')!r}, 'w'); fcntl.flock(f, 2); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", lock], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        answer = CliRunner().invoke(main, ["demo", "--check", "--home", str(tmp_path / "demo")])
        other.kill()
    assert answer.exit_code == 2
    assert "A demo is playing" in answer.output


def test_what_a_killed_demo_left_behind_is_ended_and_nobody_else(tmp_path: Path) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleeper) as left, subprocess.Popen(sleeper) as stranger:
        began = psutil.Process(left.pid).create_time()
        (tmp_path / "processes.json").write_text(
            f'{{"{left.pid}": {began}, "{stranger.pid}": {began - 100}}}'
        )
        try:
            end_leftovers(tmp_path)
            assert left.wait(10) is not None
            assert stranger.poll() is None
        finally:
            left.kill()
            stranger.kill()
    end_leftovers(tmp_path / "nothing")


def test_a_process_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "demo")
    with Crew(home=home) as crew:
        crew.start("worker", [sys.executable, "-c", "raise SystemExit('no database')"], os.environ)
        with pytest.raises(Refusal, match="worker ended by itself: no database"):
            crew.wait_until(lambda: False, what="the worker")


def test_a_web_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    assert not Crew(home=a_home(tmp_path)).web_answers()


def test_a_room_that_reaches_nobody_says_so(tmp_path: Path) -> None:
    rooms = RoomProvider(base_url="http://127.0.0.1:1", secret="a secret for the demo's rooms")
    rooms.waiting = [Webhook(wed("18:00"), b"{}")]
    rooms.tell_until(wed("17:59"))
    assert rooms.last_until(wed("17:59")) is None
    assert rooms.last_until(wed("18:30")) == wed("18:00")
    with pytest.raises(OSError, match="refused"):
        rooms.tell_until(wed("18:00"))


@pytest.mark.django_db
def test_the_clock_goes_forward_only_and_stands_when_it_is_told_to() -> None:
    pace = Pace(stretches=(Stretch(wed("18:00"), 60), Stretch(wed("18:10"), 1)))
    pace.stand(wed("18:00"))
    assert clock.now() == wed("18:00")
    pace.run_on(clock.now())
    assert pace.rate == 3600
    time.sleep(0.02)
    held_at = pace.hold()
    assert held_at > wed("18:00")
    assert clock.now() == held_at
    assert pace.seconds_until(wed("18:30"), wed("18:00")) == pytest.approx(10 / 60)
    pace.in_real_time()
    assert pace.rate == 1


@pytest.mark.django_db
def test_a_story_that_does_not_come_true_fails_and_says_where(tmp_path: Path) -> None:
    home = prepare_home(tmp_path / "demo")
    story = whole_story(home)
    late = [beat for beat in story.beats if "Milo" in repr(beat)][:1]
    found = check_story(story, home, Seen(late=late, answers={200: 3, 500: 1}, doctor=1))
    failing = [each.said for each in found if not each.holds]
    assert "Milo, maple-2026-10-07: no case, and should be waiting for her return" in failing
    assert any(each.startswith("waited for in vain: ") for each in failing)
    assert "rejoin doctor says that all is well" in failing
    assert "3 room webhooks taken in, 0 forged ones turned away" in failing
    assert "no text went to anybody who had said STOP" not in failing


def test_a_text_after_stop_would_be_found(tmp_path: Path) -> None:
    from rejoin.demo.checks import _after_stop

    home = prepare_home(tmp_path / "demo")
    ledger = Ledger(home.sms_ledger)
    ledger.record("taken", address="+12125550110")
    ledger.record("opted_out", address="+12125550110")
    assert _after_stop(home) == []
    ledger.record("taken", address="+12125550110")
    assert _after_stop(home) == ["+12125550110"]


def test_what_happens_to_one_patient_in_one_minute_is_one_line() -> None:
    told = [
        Told("1", wed("18:05"), "Omar", "Blue", "is missing", "missing"),
        Told("2", wed("18:05"), "Tess", "Blue", "is missing", "missing"),
        Told("3", wed("18:05:40"), "Omar", "Blue", "text sent", "sent"),
        Told("4", wed("18:06"), "Omar", "Blue", "texts STOP", "person"),
    ]
    assert [(each.about, each.text) for each in gathered(told)] == [
        ("Omar", "is missing; text sent"),
        ("Tess", "is missing"),
        ("Omar", "texts STOP"),
    ]


def test_a_long_line_is_wrapped_under_itself() -> None:
    told = Told("1", wed("18:05"), "", "Birch", "POSSIBLE OUTAGE: " + "very " * 20 + "likely", ALARM)
    lines = [each.plain for each in line_of(told, 80)]
    assert lines[0].startswith("18:05  Birch             POSSIBLE OUTAGE: very")
    assert lines[1].startswith(" " * 25 + "very")
    assert all(len(line) <= 80 for line in lines)


def test_in_a_terminal_the_state_of_things_stands_below_the_lines() -> None:
    said = StringIO()
    console = Console(file=said, width=80, force_terminal=True, color_system=None, legacy_windows=False)
    running = RunningSession("Blue", wed("18:00"), wed("21:20"), 10, True, "video", 7, 2, 1)
    unwatched = running._replace(name="South", watched=False)
    with Screen(console) as screen:
        assert screen.is_live
        screen.tell([Told("1", wed("18:05"), "Omar", "Blue", "is missing", "missing")])
        screen.show(wed("18:06"), 180, [running, unwatched] * 4, NOBODY)
        screen.show(wed("18:06"), 0, [running], NOBODY)
    told = said.getvalue()
    assert "Wednesday 18:06 in New York, 180 times as fast as life" in told
    assert "the clock waits for the engine" in told
    assert "7 of 10 here, 2 missing, 1 excused" in told
    assert "nobody watches this room: nobody is called absent" in told
    assert "and 2 more" in told


def test_in_a_pipe_the_state_of_things_is_told_once_an_hour() -> None:
    said = StringIO()
    running = RunningSession("South", wed("15:30"), wed("18:40"), 7, False, "video", 0, 0, 0)
    with Screen(Console(file=said, width=80)) as screen:
        for minute in ("16:00", "16:30", "17:00"):
            screen.show(wed(minute), 180, [running], NOBODY)
    lines = said.getvalue().splitlines()
    assert [line[:8] for line in lines if line.startswith("--")] == ["-- 16:00", "-- 17:00"]
    assert "South not watched (7 seats)" in lines[0]


def test_people_are_called_by_their_names_and_machines_by_their_kind() -> None:
    names = Names(staff={12: "Pete"}, patients={7: "Omar"})
    assert names.of("staff:12") == "Pete"
    assert names.of("patient:7") == "Omar"
    assert names.of("system:engine") == "system"
    assert names.in_words("marked missed by staff:12; the room says unrecorded") == (
        "marked missed by Pete; the room says unrecorded"
    )
    assert names.owner(None, "outreach_worker") == "the outreach workers'"
