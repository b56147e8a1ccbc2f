"""The platform's tables, made once and copied by every later demonstration on this machine.

Making them takes seconds, almost all of it Django's reading of its own migrations; a copy takes a moment. What is
copied is a database of the demonstration's own server, named by everything that its tables are made from: where one
of that name is not there, they are made by the migrations, as anybody's are.
"""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import rejoin

PREFIX: Final = "kept_tables_"
BROUGHT_BY: Final = ("django", "django-allauth", "procrastinate")
"""Others whose migrations are among ours."""


def copy_kept_tables(address: str) -> bool:
    """Put the kept tables in the place of the database at `address`, which nobody uses. Returns whether there are any."""
    parts, kept = conninfo_to_dict(address), kept_name()
    with administering(address) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [kept]).fetchone():
            return False
        run_statement(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", parts["dbname"])
        run_statement(admin, "CREATE DATABASE {} OWNER {} TEMPLATE {}", parts["dbname"], parts["user"], kept)
    return True


def keep_tables(address: str) -> None:
    """Keep the tables of the database at `address`, which nobody uses; those of other versions are thrown away."""
    name, kept = conninfo_to_dict(address)["dbname"], kept_name()
    with administering(address) as admin:
        others = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}%"])
        for (other,) in others.fetchall():
            run_statement(admin, "DROP DATABASE {}", other)
        run_statement(admin, "CREATE DATABASE {} TEMPLATE {}", kept, name)


def kept_name() -> str:
    digest = sha256("".join(version(each) for each in BROUGHT_BY).encode())
    root = Path(rejoin.__file__).parent
    for file in (*sorted(root.rglob("migrations/*.py")), *sorted(root.rglob("schema*.py"))):
        digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return f"{PREFIX}{digest.hexdigest()[:16]}"


def administering(address: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(make_conninfo(address, user="postgres", dbname="postgres"), autocommit=True)


def run_statement(admin: "psycopg.Connection[tuple[object, ...]]", statement: str, *names: object) -> None:
    admin.execute(sql.SQL(statement).format(*(sql.Identifier(str(each)) for each in names)))
