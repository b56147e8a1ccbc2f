"""Workers and servers as processes: killed, stopped, without their queue, vendor or database."""

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from rejoin.common import clock
from rejoin.common.models import Heartbeat
from rejoin.common.rows import execute
from rejoin.config import embedded
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER
from rejoin.followup.engine import PARTS, SENDING
from rejoin.followup.models import Case, Step
from rejoin.operations.health.asking import examine
from rejoin.outreach.models import Message
from rejoin.programs.actions.series import NewSeries, add_series
from rejoin.programs.models import Session
from tests.apps.processes import REPOSITORY, command, environment, process, wait_until
from tests.apps.scene import START, Scene, minutes
from tests.apps.town import WHO, a_group, a_program

HOUR = timedelta(hours=1)


@pytest.fixture
def env(tmp_path: Path, database_address: str) -> dict[str, str]:
    """Of a worker on this test's database."""
    return environment(tmp_path, database=database_address)


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    """ada is awaited and does not come. It is five past; the clock runs, and others can see all of it."""
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    clock.simulate(shown_at=START + minutes(5), rate=1.0)
    return scene


def failing() -> list[str]:
    return [check.name for check in examine().failing]


def newest_beat() -> datetime | None:
    return max(Heartbeat.objects.values_list("beat_at", flat=True), default=None)


def at_work() -> bool:
    return set(Heartbeat.objects.values_list("part", flat=True)) == {SENDING, *(name for name, _ in PARTS)}


def a_minute_passes() -> None:
    """For heartbeats, which are real time."""
    execute("UPDATE common_heartbeat SET beat_at = beat_at - interval '1 minute'")


def test_a_killed_worker_becomes_an_overdue_case_and_a_failing_check(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    with process("work", env=env, log=tmp_path / "log") as worker:
        wait_until(lambda: Message.objects.filter(state="sent").exists() and at_work())
        a_minute_passes()
        wait_until(lambda: failing() == [], seconds=10)  # it looks again within a second or two
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)
    a_minute_passes()
    clock.simulate(shown_at=START + HOUR + minutes(5), rate=1.0)
    assert {"engine.parts", "engine.cases"} <= set(failing())
    told = command("doctor", env=env)
    assert told.returncode == 1
    assert "Start a worker (rejoin work)" in " ".join(told.stdout.split())
    with process("work", env=env, log=tmp_path / "log"):
        wait_until(lambda: Step.objects.filter(rule="call1").exists())
        wait_until(lambda: failing() == [], seconds=10)
    assert Case.objects.count() == 1
    assert Message.objects.filter(template="neutral_nudge").count() == 1


def test_a_worker_that_is_asked_to_stop_does_so_within_seconds_and_is_not_missed(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    with process("work", env=env, log=tmp_path / "log") as worker:
        wait_until(at_work)
        began = time.monotonic()
        worker.terminate()
        assert worker.wait(10) == 0
    assert time.monotonic() - began < 5
    assert not Heartbeat.objects.exists()
    assert '"event":"work.stopped"' in (tmp_path / "log").read_text()
    assert "ada" not in (tmp_path / "log").read_text()


def test_a_worker_whose_queue_is_locked_notices_all_the_same(
    scene: Scene, env: dict[str, str], tmp_path: Path, raw_connection: psycopg.Connection
) -> None:
    clock.simulate(shown_at=START - HOUR, rate=1.0)
    with process("work", "--engine", env=env, log=tmp_path / "log"):
        wait_until(lambda: Heartbeat.objects.count() == len(PARTS))
        with raw_connection.transaction():
            raw_connection.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
            locked_at = datetime.now(UTC)
            wait_until(lambda: (newest_beat() or locked_at) > locked_at + timedelta(seconds=3))
            assert Heartbeat.objects.filter(beat_at__gt=locked_at).count() == len(PARTS)


def test_a_worker_makes_the_sessions_of_a_new_series_and_says_that_it_began(
    transactional_db: None, env: dict[str, str], tmp_path: Path
) -> None:
    program = a_program()
    with process("work", "--engine", env=env, log=tmp_path / "log"):
        wait_until(lambda: Heartbeat.objects.count() == len(PARTS))
        rhythm = NewSeries(
            external_id="blue",
            group=a_group(program),
            first=datetime(2026, 10, 5, 18, 0),  # noqa: DTZ001 - on the wall
            rule="FREQ=DAILY",
            minutes=60,
        )
        series = add_series(program=program, series=rhythm, **WHO)
        wait_until(lambda: Session.objects.filter(series=series).count() >= 28)
    assert (
        "Rejoin is at work: it notices, and sends nothing (ctrl-c stops it)\n"
        in (tmp_path / "log").read_text()
    )


def test_two_workers_share_the_work_and_either_goes_on_alone(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    def workers() -> int:
        return len(set(Heartbeat.objects.values_list("worker", flat=True)))

    with (
        process("work", "--engine", env=env, log=tmp_path / "one"),
        process("work", "--all", env=env, log=tmp_path / "two") as other,
    ):
        wait_until(lambda: workers() == 2)
        other.terminate()
        other.wait(10)
        stopped_at = datetime.now(UTC)
        wait_until(lambda: (newest_beat() or stopped_at) > stopped_at)
        wait_until(lambda: workers() == 1)
    assert Case.objects.count() == 1


@dataclass(frozen=True)
class Own:
    """A home with a server of its own, and where that is."""

    home: Path
    address: str


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    """Brought up to date by the command."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)  # not pytest's own folder: root keeps that to itself
        address = embedded.ensure_server(folder, durable=False)
        env = environment(folder)
        refused = command("work", env=env)
        assert (refused.returncode, "rejoin migrate" in refused.stderr) == (2, True)
        assert "database.migrated" in command("doctor", env=env).stdout
        assert command("migrate", env=env).stderr.endswith("changes made. The database is up to date.\n")
        assert command("migrate", env=env).stderr == "The database is up to date.\n"
        yield Own(folder, address)
        embedded.stop_server(folder)


def beats(own: Own) -> int:
    """Parts looked through within two seconds; 0 while nobody answers."""
    asked = "SELECT count(*) FROM common_heartbeat WHERE beat_at > clock_timestamp() - interval '2 seconds'"
    try:
        with psycopg.connect(own.address) as connection:
            found = connection.execute(asked.encode()).fetchone()
    except psycopg.OperationalError:
        return 0
    return int(found[0]) if found else 0


def kill_server(own: Own) -> None:
    pid = embedded.server_pid(own.home)
    assert pid is not None
    psutil.Process(pid).kill()
    wait_until(lambda: embedded.server_pid(own.home) != pid)


def test_a_worker_starts_its_killed_database_again_and_goes_on(own: Own, tmp_path: Path) -> None:
    with process("work", env=environment(own.home), log=tmp_path / "log") as worker:
        for _ in range(2):
            wait_until(lambda: beats(own) == len(PARTS) + 1)
            kill_server(own)
        wait_until(lambda: beats(own) == len(PARTS) + 1)
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(10) == 0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def ask(port: int, path: str) -> tuple[int, dict[str, Any]]:
    """The status and what was said; 0 while nobody answers."""
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    except OSError:
        return 0, {}
    finally:
        line.close()


@pytest.mark.enable_socket
def test_a_server_tells_that_its_database_is_gone_and_starts_it_again(own: Own, tmp_path: Path) -> None:
    port = free_port()
    with process("serve", "--port", str(port), env=environment(own.home), log=tmp_path / "log") as server:
        wait_until(lambda: ask(port, "/health/live") == (200, {"ok": True}))
        status, told = ask(port, "/health")
        assert (status, told["ok"]) == (503, False)  # no worker
        kill_server(own)
        assert ask(port, "/health/live")[0] == 200
        wait_until(
            lambda: [each["name"] for each in ask(port, "/health")[1]["checks"]][1:2] == ["database.migrated"]
        )
        server.terminate()
        assert server.wait(10) == 0
    assert "127.0.0.1" in (tmp_path / "log").read_text()


def test_a_worker_that_waits_for_its_database_still_stops_when_asked(own: Own, tmp_path: Path) -> None:
    away = environment(own.home, DATABASE_URL="postgresql://nobody@/nowhere?host=%2Fnonexistent")
    with process("work", env=away, log=tmp_path / "log") as worker:
        wait_until(lambda: "work.waits_for_database" in (tmp_path / "log").read_text())
        worker.terminate()
        assert worker.wait(5) == 0


@contextmanager
def text_vendor(folder: Path, *, misbehave: str = "{}") -> Iterator[str]:
    """A vendor on this machine; where it is."""
    started = subprocess.Popen(
        [sys.executable, "-m", "rejoin.fakes.sms_vendor", "--ledger", str(folder / "ledger"), "--misbehave", misbehave],
        cwd=REPOSITORY, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert started.stdout is not None
        yield f"http://127.0.0.1:{json.loads(started.stdout.readline())['port']}"
    finally:
        started.kill()
        started.communicate(timeout=10)


def live(env: dict[str, str], vendor: str) -> dict[str, str]:
    """The settings of a worker that sends by this vendor."""
    given = {
        "REJOIN_DRY_RUN": "off",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_FROM": OUR_NUMBER,
        "TWILIO_API_BASE": vendor,
    }
    return {**env, **given}


def test_a_vendor_that_hangs_keeps_nobody_from_noticing_and_shows_when_it_is_gone(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    with ExitStack() as vendor, ExitStack() as worker:
        address = vendor.enter_context(text_vendor(tmp_path, misbehave='{"hangs_after": 1.0}'))
        worker.enter_context(process("work", env=live(env, address), log=tmp_path / "log"))
        wait_until(lambda: Message.objects.filter(state="sending").exists())
        claimed_at = datetime.now(UTC)
        wait_until(lambda: Heartbeat.objects.filter(beat_at__gt=claimed_at).count() == len(PARTS) + 1)
        assert failing() == []
        vendor.close()
        wait_until(lambda: Step.objects.filter(rule="unknown_send:nudge").exists())
        assert failing() == ["messages.unknown"]


def test_a_vendor_that_is_away_shows_and_its_messages_wait(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    with text_vendor(tmp_path) as vendor:
        pass
    message = Message.objects.filter(state="queued")
    with process("work", env=live(env, vendor), log=tmp_path / "log"):
        wait_until(lambda: message.filter(tries=1).exists())
        assert failing() == []
        clock.simulate(shown_at=START + minutes(8), rate=1.0)
        wait_until(lambda: message.filter(tries=2).exists())
        assert failing() == ["messages.turned_away"]
