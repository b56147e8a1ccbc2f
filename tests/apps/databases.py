"""A database for a test session: migrated once, kept as a template, and copied in a moment."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from rejoin.config import embedded

TEMPLATE = "rejoin_template_"
CLEANED_WITHIN_SECONDS = 60
BUILDING_LOCK = 7_345_201  # any number, the same for all that build on one server


@contextmanager
def shared_server(folder: Path) -> Iterator[str]:
    """One server for all test sessions of a checkout; the last of them stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "sessions").open("w") as sessions:
        fcntl.flock(sessions, fcntl.LOCK_SH)
        try:
            yield embedded.ensure_server(folder, durable=False)
        finally:
            try:
                fcntl.flock(sessions, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                embedded.stop_server(folder)


@contextmanager
def copy_of_template(server: str, *, suffix: str = "") -> Iterator[str]:
    """A database of this session's own, and the address of it."""
    name = f"rejoin_test_{os.getpid()}{suffix}"
    with _administering(server) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILDING_LOCK])
        template = _ensure_template(admin, server)
        _drop(admin, name)
        _run(admin, "CREATE DATABASE {} TEMPLATE {}", name, template)
    yield make_conninfo(server, dbname=name)
    with _administering(server) as admin:
        _drop(admin, name)


def migrations_fingerprint() -> str:
    """Changes when a migration does, or the code that migrations share."""
    digest = sha256(embedded.MAJOR.encode())
    for app in sorted(apps.get_app_configs(), key=lambda each: each.label):
        for file in sorted((*Path(app.path, "migrations").glob("*.py"), *Path(app.path).glob("schema*.py"))):
            digest.update(f"{app.label}/{file.name}".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def point_django_at(address: str) -> None:
    """Every connection Django opens from now on goes there."""
    parts = conninfo_to_dict(address)
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(
        NAME=parts.pop("dbname"),
        USER=parts.pop("user", ""),
        PASSWORD=parts.pop("password", ""),
        HOST=parts.pop("host", ""),
        PORT=parts.pop("port", ""),
        OPTIONS=parts,
    )


def _ensure_template(admin: psycopg.Connection, server: str) -> str:
    """Built under another name and renamed at the end: a template that is there is complete."""
    template = TEMPLATE + migrations_fingerprint()
    names = [row[0] for row in admin.execute("SELECT datname FROM pg_database")]
    if template in names:
        return template
    for outdated in (each for each in names if each.startswith(TEMPLATE)):
        _drop(admin, outdated)
    unfinished = f"{TEMPLATE}unfinished"
    _run(admin, "CREATE DATABASE {} TEMPLATE template0", unfinished)
    point_django_at(make_conninfo(server, dbname=unfinished))
    call_command("migrate", verbosity=0, interactive=False)
    connections["default"].close()
    _run(admin, "ALTER DATABASE {} RENAME TO {}", unfinished, template)
    return template


@contextmanager
def _administering(server: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as admin:
        yield admin


def _run(admin: psycopg.Connection, statement: str, *names: str) -> None:
    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _drop(admin: psycopg.Connection, name: str) -> None:
    """Whoever is still in it is put out. The server's own cleaner is not ours to put out: it is waited for."""
    give_up_at = time.monotonic() + CLEANED_WITHIN_SECONDS
    while True:
        try:
            _run(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)
        else:
            return
