"""A real browser at the real platform: `rejoin serve` in a process of its own, on a PostgreSQL with every migration.

What a journey asks for:

- `site`: where the platform is ("http://localhost:49321"). For as long as the test lasts Django's models write to
  the database it serves from, and at the end every table is emptied. Nothing runs but the web: what workers would do
  (`Scene.run`) the test does itself.
- `signed_in(staff)`: a page of somebody of the staff who has signed in with her second factor. Addresses are from
  the root: `page.goto("/today/")`. Say `size=PHONE` or `scripts=False` for another window, and call it again for a
  second person. A patient is signed in the same way; `signed_in(None)` is a page of nobody.
- `browser`: Chromium itself.

Pages are quiet: what a console says in anger (a script that failed, something the Content-Security-Policy stopped)
and every request to somewhere else fail the test at its end. `find_nothing_wrong(page)` asks axe; `tab_to(page, name)`
goes there by keyboard.

    from tests.journeys.looking import find_nothing_wrong
    from tests.journeys.serving import SignedIn

    pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]

    def test_today_shows_who_is_missing(signed_in: SignedIn) -> None:
        scene = Scene()
        page = signed_in(scene.coordinator)
        page.goto("/today/")
        find_nothing_wrong(page)
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from pytest_django import DjangoDbBlocker

from tests.apps.conftest import CACHED
from tests.apps.databases import copy_of_template, shared_server
from tests.journeys.looking import DESK, QUIET, Size
from tests.journeys.serving import Person, SignedIn, empty_database, listen, on_database, serving, sign_in

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NOTICES = {
    "REJOIN_VAPID_PUBLIC_KEY": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
    "REJOIN_VAPID_PRIVATE_KEY": "tUxbf-mMZ3BTeEJzAVGUWkVWBQ4Yuoqd_dTaLZuJpXw",
    "REJOIN_VAPID_CONTACT": "mailto:clinic@example.org",
}
"""So that pages offer notices. Nothing leaves: what is sent is dry."""


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """Of browsers: one for all, since it runs a loop in this thread."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(driver: Playwright) -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        missing = f"no browser: none of {', '.join(BROWSERS)} is installed"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    running = driver.chromium.launch(executable_path=path, args=list(QUIET))
    yield running
    running.close()


@pytest.fixture(scope="package")
def served(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, str]]:
    """Where the platform is, and its database."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as kept:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # as below: the browser may have been first
        server = kept.enter_context(shared_server(CACHED))
        with django_db_blocker.unblock(), on_database(server):
            database = kept.enter_context(copy_of_template(server, suffix="_journeys"))
        yield kept.enter_context(serving(database, tmp_path_factory.mktemp("site"), **NOTICES)), database


@pytest.fixture
def site(
    served: tuple[str, str], django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    # The browser's driver runs a loop in this thread, which Django takes for ours.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    address, database = served
    with django_db_blocker.unblock(), on_database(database):
        yield address
        empty_database()


@pytest.fixture
def signed_in(site: str, browser: Browser) -> Iterator[SignedIn]:
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(person: Person | None, *, size: Size = DESK, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if person is not None:
            sign_in(context, site, person)
        page = context.new_page()
        listen(page, site, faults)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
