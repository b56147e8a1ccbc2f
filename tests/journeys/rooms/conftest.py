"""The house, for all tests in this folder, and its database emptied after each."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pytest_django import DjangoDbBlocker

from tests.apps.conftest import CACHED
from tests.apps.databases import copy_of_template, shared_server
from tests.journeys.rooms.house import House, house
from tests.journeys.serving import empty_database, on_database


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[House]:
    """Janus, the web and a vendor, for as long as tests ask for them."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as kept:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's driver runs a loop in this thread
        server = kept.enter_context(shared_server(CACHED))
        with django_db_blocker.unblock(), on_database(server):
            database = kept.enter_context(copy_of_template(server, suffix="_rooms"))
        yield kept.enter_context(house(database, tmp_path_factory.mktemp("house")))


@pytest.fixture
def at_home(
    standing: House, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    """The house, with a worker in it; Django's models are on its database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with django_db_blocker.unblock(), on_database(standing.database):
        with standing.working():
            yield standing
        empty_database()
