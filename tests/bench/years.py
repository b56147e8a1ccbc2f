"""Two years of a console's history: what its pages have behind them when they are measured.

Synthetic. Written by the database itself, in sets, with indexes, foreign keys and triggers put aside and put back:
every constraint is checked over all of it at the end. Run as a command, it says what it wrote and how long it took.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.bench import years_sql as sql

NOW = datetime(2026, 10, 7, 22, 30, tzinfo=UTC)
"""18:30 in New York, a Wednesday: a third of all groups is in its room."""
PROGRAMS = 40
STAY_DAYS = 90
SEATS_A_GROUP = 10
LETTERS = "aaaae"
LOADING = (
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '512MB'",
    "SET work_mem = '256MB'",
    "SET max_parallel_maintenance_workers = 2",
    "SET timezone = 'UTC'",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """Who may be asked as, and what was written."""

    now: datetime
    everywhere: int
    """A supervisor of all programs: staff.pk."""
    privacy_everywhere: int
    coordinator: int
    """Of the big program."""
    small_coordinator: int
    """Of one of the others."""
    leader: int
    """Facilitates three groups of the big program, is their counselor, and sees nobody else."""
    privacy_officer: int
    """Of the big program."""
    patient: int
    """Somebody with a seat now."""
    relative: int
    """Somebody of a family: people_relative.id, of a patient who is here."""
    sizes: dict[str, int]
    """Rows by table."""
    seconds: dict[str, float]
    """By what was written."""


def populate(connection: Any, *, patients: int = 100_000, years: int = 2, now: datetime = NOW) -> Years:
    """Fill the database behind `connection` (Django's, in autocommit) with a history that ends at `now`.

    Everything that was there is gone. The program's clock stands at `now`.
    """
    from django.db import transaction

    from rejoin.common import clock

    seconds: dict[str, float] = {}
    with connection.cursor() as cursor:
        for each in LOADING:
            cursor.execute(each)
        with transaction.atomic():
            _empty(cursor)
            clock.simulate(shown_at=now, rate=0)
            with _aside(cursor, seconds):
                cursor.execute(sql.GROUND)
                cursor.execute(*_given(patients, years, now))
                for name, statements in sql.ORDER.items():
                    with _timed(seconds, name):
                        cursor.execute(statements)
            people = _people(cursor)
            cursor.execute("DROP SCHEMA bench CASCADE")
        with _timed(seconds, "vacuum"):
            cursor.execute("VACUUM (ANALYZE)")
        cursor.execute(sql.SIZES)
        sizes = {name: int(rows) for name, rows, _ in cursor.fetchall()}
    return Years(now=now, sizes=sizes, seconds=seconds, **people)


def _empty(cursor: Any) -> None:
    cursor.execute(sql.TABLES)
    cursor.execute(f"TRUNCATE {', '.join(row[0] for row in cursor.fetchall())} RESTART IDENTITY CASCADE")


def _given(patients: int, years: int, now: datetime) -> tuple[str, list[Any]]:
    """Chairs, so that those who follow each other on them over the years are as many as asked for."""
    from rejoin.insights.parameters_reading import MODEL
    from rejoin.insights.risk import model_version

    days = 365 * years
    chairs = round(patients / (days / STAY_DAYS + 1) / SEATS_A_GROUP) * SEATS_A_GROUP
    programs, policies = zip(*(_program(number) for number in range(PROGRAMS)), strict=True)
    today = (now - timedelta(hours=4)).date()
    values = [now, today, today - timedelta(days=days), chairs, chairs // SEATS_A_GROUP, STAY_DAYS]
    return "INSERT INTO bench.given VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", [
        *values,
        list(programs),
        list(policies),
        model_version(),
        MODEL,
    ]


def _program(number: int) -> tuple[int, int]:
    from rejoin.common.actors import IMPORT
    from rejoin.programs.models import PolicyVersion, Program
    from tests.apps.scene import LETTERS as TEXTS

    program = Program.objects.create(
        slug=f"program-{number + 1}",
        name=f"Program {number + 1}",
        neutral_name="Harbor Office",
        call_back="555-0100",
        timezone="America/New_York",
    )
    text = TEXTS[LETTERS[number % len(LETTERS)]].read_text()
    version = next(int(line.split(":")[1]) for line in text.splitlines() if line.startswith("version:"))
    policy = PolicyVersion.objects.create(
        program=program,
        version=version,
        effective=(date(2020, 1, 1), None),
        text=text,
        opens_on=["missed", "not_admitted", "not_admissible"],
        at=datetime(2020, 1, 1, tzinfo=UTC),
        by=str(IMPORT),
    )
    return program.pk, policy.pk


@contextmanager
def _aside(cursor: Any, seconds: dict[str, float]) -> Iterator[None]:
    """Indexes, foreign keys and triggers are put aside, and put back as they were: checked over every row."""
    cursor.execute(sql.TRIGGERED)
    triggered = [row[0] for row in cursor.fetchall()]
    cursor.execute(sql.CONSTRAINTS)
    constraints = cursor.fetchall()
    cursor.execute(sql.INDEXES)
    indexes = cursor.fetchall()
    for table in triggered:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for drop, _ in [*constraints, *indexes]:
        cursor.execute(drop)
    yield
    with _timed(seconds, "numbers, indexes, constraints"):
        cursor.execute(sql.NUMBERS)
        for (each,) in cursor.fetchall():
            cursor.execute(each)
        for _, make in [*indexes, *reversed(constraints)]:
            cursor.execute(make)
    for table in triggered:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _people(cursor: Any) -> dict[str, int]:
    """Somebody of each kind to ask as."""
    found = {}
    for name, program, role, number in (
        ("everywhere", 0, "supervisor", 0),
        ("privacy_everywhere", 0, "privacy_officer", 1),
        ("coordinator", 1, "coordinator", 0),
        ("small_coordinator", 2, "coordinator", 0),
        ("leader", 1, "leader", 0),
        ("privacy_officer", 1, "privacy_officer", 0),
    ):
        cursor.execute(
            "SELECT id FROM bench.staff WHERE p = %s AND role = %s AND n = %s", [program, role, number]
        )
        ((found[name],),) = cursor.fetchall()
    cursor.execute("SELECT min(patient_id) FROM bench.status WHERE running")
    ((found["patient"],),) = cursor.fetchall()
    cursor.execute("SELECT min(patient_id) FROM bench.household")
    ((found["relative"],),) = cursor.fetchall()
    return found


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--years", type=int, default=2)
    chosen = parser.parse_args()
    from tests.bench.engine import prepare

    prepare()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    written = populate(connection, patients=chosen.patients, years=chosen.years)
    for name, took in written.seconds.items():
        print(f"  {name:32} {took:7.1f} s")
    print(f"  {'all':32} {sum(written.seconds.values()):7.1f} s")
    for name, rows in written.sizes.items():
        print(f"  {name:32} {rows:12,}")
    print(written)


if __name__ == "__main__":
    main()
