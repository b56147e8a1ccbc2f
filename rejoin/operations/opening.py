"""Opening the platform: Django set up, the database there and up to date. Every command of it begins here."""

import os
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import lru_cache
from pathlib import Path

import psycopg

from rejoin.domain.kernel.refusals import Refusal

SETTINGS = "rejoin.config.settings"
# Any number, the same for all who migrate one database.
MIGRATING = 7_345_202
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 3.0


def open_platform() -> None:
    """Django, set up from the environment; the project's own server runs from here on.

    `Refusal` when the environment cannot be meant, or the project's own server does not start.
    """
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        if not apps.ready:
            django.setup()
    except OSError as error:
        raise Refusal("environment", _no_home(error)) from None


def _no_home(error: OSError) -> str:
    """Where we keep what is ours is named, and not what was asked of it."""
    where = error.filename or os.environ.get("REJOIN_HOME") or "our folder"
    return f"REJOIN_HOME cannot be used: {where}: {(error.strerror or 'it does not work').lower()}"


def own_home() -> Path | None:
    """The folder of the project's own server; None where the database is somebody else's to run."""
    from django.conf import settings

    return None if settings.ENVIRONMENT.database_url else settings.ENVIRONMENT.home


def revive_server() -> None:
    """Starts the project's own server where it does not run. Nothing to do where it is not ours."""
    from rejoin.config import embedded

    home = own_home()
    if home is not None:
        embedded.ensure_server(home)


def is_reachable() -> bool:
    """Does the database answer? Asked on a connection of its own, so that no broken one is in the way."""
    from django.db import DEFAULT_DB_ALIAS, Error, connections

    with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as fresh:
        try:
            with fresh.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            return False
    return True


def wait_for_database(*, given_up: Callable[[], bool]) -> bool:
    """Waits until the database answers or nobody waits any more; our own server is started again meanwhile."""
    pause = FIRST_PAUSE_SECONDS
    while not is_reachable():
        if given_up():
            return False
        with suppress(Refusal, OSError, psycopg.Error):  # it may be on its way down still: asked again
            revive_server()
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
    return True


def changes_to_come() -> list[str]:
    """Changes of this version of the software that the database has not seen."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    seen = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in _known_changes() if (app, name) not in seen)


@lru_cache(maxsize=1)
def _known_changes() -> frozenset[tuple[str, str]]:
    """Read from the disk once: a health check asks every few seconds."""
    from django.db.migrations.loader import MigrationLoader

    return frozenset(MigrationLoader(None).graph.nodes)


def bring_up_to_date() -> int:
    """Changes the database to what this version of the software needs. Returns how many changes it took.

    Two machines that do so at once take turns: the second finds nothing left to do.
    """
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            count = len(changes_to_come())
            if count:
                call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])
    return count


def require_up_to_date() -> None:
    """`Refusal` unless the database is what this version of the software needs."""
    if changes_to_come():
        raise Refusal("not_migrated", "The database is not up to date. Run: rejoin migrate")
