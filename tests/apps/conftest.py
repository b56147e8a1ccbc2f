"""The platform under test: a real PostgreSQL, real migrations, and Django set up for these tests."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import psycopg
import pytest
from pytest_django import DjangoDbBlocker

SETTINGS = "rejoin.config.settings_test"
os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
django.setup()

from django.conf import settings  # noqa: E402 - after Django is set up
from django.db import connection  # noqa: E402

from tests.apps.databases import copy_of_template, point_django_at, shared_server  # noqa: E402

if settings.SETTINGS_MODULE != SETTINGS:  # the shell's were read before these: they may reach real people
    raise pytest.UsageError(f"unset DJANGO_SETTINGS_MODULE: these tests run with {SETTINGS}")

CACHED = Path(__file__).parents[2] / ".cache" / "test-postgres"
JOB_TABLES = "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"


@pytest.fixture(scope="session")
def server_address() -> Iterator[str]:
    """DATABASE_URL's server if it is set, our own otherwise."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with shared_server(CACHED) as address:
        yield address


@pytest.fixture(scope="session")
def database_address(server_address: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The address of the session's database; made when the first test asks for it."""
    with ExitStack() as held:
        with django_db_blocker.unblock():  # where a migration is new the template is made first
            address = held.enter_context(copy_of_template(server_address))
            point_django_at(address)
        yield address  # blocked again: a test that does not say that it writes would leave what it wrote to the next
        connection.close()


@pytest.fixture(scope="session")
def django_db_setup(database_address: str, django_test_environment: None) -> None:
    """In the place of pytest-django's own, which would migrate at every run."""


@pytest.fixture
def raw_connection(database_address: str) -> Iterator[psycopg.Connection]:
    """Past Django: sees and does what another process would, and commits at once."""
    with psycopg.connect(database_address, autocommit=True) as raw:
        yield raw


@pytest.fixture(autouse=True)
def _forget_jobs(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Tests that commit are cleaned up table by table, but Django leaves out the queue's: they are not its own."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    yield
    if commits:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {JOB_TABLES} CASCADE")
