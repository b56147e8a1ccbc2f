"""The platform for a browser: its database, its web in a process of its own, and pages of people signed in."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection
from playwright.sync_api import BrowserContext, Page

from rejoin.people.models import Patient, Staff
from tests.apps.conftest import JOB_TABLES
from tests.apps.databases import point_django_at
from tests.apps.processes import environment, process, wait_until
from tests.apps.signing import client_of, patient_client_of
from tests.journeys.looking import DESK, Size

Person = Staff | Patient
KEPT_TABLES = {"django_content_type", "django_migrations"}
UNMODELLED_TABLES = "accounts_counted"
EXPECTED = "Failed to load resource"
"""Said of every answer that is no 200: a refusal is not a fault of the page."""


class SignedIn(Protocol):
    """Opens a page of somebody who has signed in; of nobody when there is none."""

    def __call__(self, person: Person | None, *, size: Size = DESK, scripts: bool = True) -> Page: ...


@contextmanager
def serving(database: str, home: Path, **more: str) -> Iterator[str]:
    """`rejoin serve` on that database; its address. A secure origin to the browser, since it is this machine."""
    port = _free_port()
    site = f"http://localhost:{port}"
    log = home / "served"
    env = environment(
        home, database=database, REJOIN_SECRET_KEY=settings.SECRET_KEY, REJOIN_BASE_URL=site, **more
    )
    with process("serve", "--host", "localhost", "--port", str(port), env=env, log=log) as served:
        wait_until(lambda: served.poll() is not None or _answers(f"{site}/health/live"))
        assert served.poll() is None, log.read_text()
        yield site


@contextmanager
def on_database(address: str) -> Iterator[None]:
    """Django's models, in this process, are on that database."""
    before = dict(connection.settings_dict)
    point_django_at(address)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def empty_database() -> None:
    """Every row of every table gone; what migrations made stays."""
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.managed}  # noqa: SLF001
    listed = ", ".join(f'"{table}"' for table in sorted(tables - KEPT_TABLES))
    wait_until(partial(_truncate, f"{listed}, {UNMODELLED_TABLES}, {JOB_TABLES}"))


def _truncate(listed: str) -> bool:
    """False where the web was still answering: it and we would wait for each other."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(f"TRUNCATE {listed} RESTART IDENTITY CASCADE")
            cursor.execute("RESET lock_timeout")
    except OperationalError:
        return False
    return True


def sign_in(context: BrowserContext, site: str, person: Person) -> None:
    """As if she had done so in this window already."""
    client = client_of(person) if isinstance(person, Staff) else patient_client_of(person)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])


def listen(page: Page, site: str, faults: list[str]) -> None:
    """Writes down what a page complains of, and whom it asks beside us."""
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: (
            faults.append(said.text)
            if said.type in ("error", "warning") and EXPECTED not in said.text
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((f"{site}/", "data:", "blob:"))
            else faults.append(f"asked {request.url}")
        ),
    )


def _free_port() -> int:
    with socket.create_server(("localhost", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False
