"""The project's own PostgreSQL: shared, started once, and back after whatever happened to it."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from rejoin.config import embedded, env
from rejoin.config.embedded import ensure_server, server_pid, stop_server
from rejoin.domain.kernel.refusals import Refusal

REPOSITORY = Path(__file__).parents[2]
START = "import sys; from pathlib import Path; from rejoin.config import embedded as e; print(e.ensure_server(Path(sys.argv[1]), durable=False))"


@pytest.fixture
def home() -> Iterator[Path]:
    """Not pytest's own folder: root keeps that to itself, and the server does not run as root."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)
        stop_server(Path(made))


def start_elsewhere(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, str(home)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )


def answer(address: str, question: str) -> object:
    with psycopg.connect(address) as connection:
        found = connection.execute(question.encode()).fetchone()
        return found[0] if found else None


def kill(pid: int) -> None:
    server = psutil.Process(pid)
    server.kill()
    server.wait(10)


def test_a_server_starts_and_listens_on_no_network(home: Path) -> None:
    address = ensure_server(home)
    assert answer(address, "SELECT current_database()") == "rejoin"
    assert answer(address, "SHOW listen_addresses") == ""
    assert answer(address, "SHOW fsync") == "on"
    assert answer(address, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_the_server_outlives_who_started_it_and_others_join(home: Path) -> None:
    with start_elsewhere(home) as starter:
        said, _ = starter.communicate(timeout=60)
    pid = server_pid(home)
    assert pid is not None
    assert ensure_server(home) == said.strip()
    assert server_pid(home) == pid


def test_two_that_start_it_at_once_share_one_server(home: Path) -> None:
    starters = [start_elsewhere(home) for _ in range(3)]
    said = {starter.communicate(timeout=60)[0].strip() for starter in starters}
    assert [starter.returncode for starter in starters] == [0, 0, 0]
    assert said == {ensure_server(home)}


def test_what_was_committed_is_there_after_the_server_was_killed(home: Path) -> None:
    with psycopg.connect(ensure_server(home), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        killed = server_pid(home)
        assert killed is not None
        kill(killed)
    assert server_pid(home) is None
    address = ensure_server(home)
    assert answer(address, "SELECT number FROM kept") == 42
    assert server_pid(home) not in (None, killed)


def test_a_starter_that_is_killed_leaves_nothing_in_the_way(home: Path) -> None:
    for seconds in (0.2, 0.4, 0.6, 0.8, 1.0):
        with start_elsewhere(home) as starter:
            time.sleep(seconds)
            starter.kill()
    assert answer(ensure_server(home, durable=False), "SELECT 1") == 1


def test_a_pid_file_of_a_stranger_is_not_believed(home: Path) -> None:
    ensure_server(home)
    pid_file = home / "postgres" / "cluster" / "postmaster.pid"
    dead = pid_file.read_text().splitlines()
    stop_server(home)
    pid_file.write_text("\n".join([str(os.getpid()), *dead[1:]]) + "\n")
    assert server_pid(home) is None
    assert answer(ensure_server(home), "SELECT 1") == 1


def test_a_folder_whose_path_is_too_long_for_a_socket_works_all_the_same(home: Path) -> None:
    deep = home / ("long-" * 20)
    address = ensure_server(deep)
    try:
        assert answer(address, "SELECT 1") == 1
        stop_server(deep)
        assert ensure_server(deep) == address
    finally:
        stop_server(deep)
        socket_folder = Path((deep / "postgres" / "socket_folder").read_text().strip())
        socket_folder.rmdir()


def test_a_cluster_of_another_version_is_refused(home: Path) -> None:
    ensure_server(home)
    stop_server(home)
    (home / "postgres" / "cluster" / "PG_VERSION").write_text("17\n")
    with pytest.raises(Refusal, match="another PostgreSQL"):
        ensure_server(home)


def test_a_server_that_cannot_start_says_where_to_look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "LEFTOVERS_END_WITHIN_SECONDS", 0)
    ensure_server(home)
    stop_server(home)
    with (home / "postgres" / "cluster" / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(Refusal, match=r"see .*/log"):
        ensure_server(home)


def test_root_serves_a_folder_of_its_own_from_where_the_server_can_reach_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has folders that nobody else enters, and another account to run as")
    monkeypatch.setattr(embedded, "REACHABLE", home / "reachable")
    monkeypatch.setattr(embedded, "_everybody_reads", lambda _: False)
    own = home / "own"
    own.mkdir(mode=0o700)
    try:
        assert answer(ensure_server(own), "SELECT 1") == 1
        assert own.stat().st_mode & 0o777 == 0o700
    finally:
        stop_server(own)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("mysql://root@localhost/rejoin", "must begin with postgresql://"),
        ("postgresql://user:hunter2@host:port/rejoin", "has a port that is no number"),
        ("postgresql://user:hunter2@host/rejoin?no_such_option=1", "is no address"),
        ("postgresql://user:hunter2@host", "names no database"),
    ],
)
def test_a_bad_address_is_refused_without_repeating_its_password(url: str, problem: str) -> None:
    with pytest.raises(Refusal, match="DATABASE_URL " + problem) as refused:
        env.database_settings(url)
    assert "hunter2" not in str(refused.value)


def test_a_bad_address_ends_a_command_clearly(home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        env={**os.environ, "DATABASE_URL": "sqlite:///x", "REJOIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "rejoin.config.settings"},
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode != 0
    assert "DATABASE_URL must begin with postgresql://" in ran.stderr


def test_a_test_has_a_migrated_database_of_its_own(raw_connection: psycopg.Connection) -> None:
    found = raw_connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert found == (0,)
