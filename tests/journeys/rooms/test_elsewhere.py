"""A room at an engine with a page of its own: from our page she is led there, once she has checked in."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, Route

from tests.journeys.rooms.evening import Evening, check_in
from tests.journeys.rooms.house import SITE, House

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def test_going_in_leads_to_the_page_of_an_engine_that_has_one(
    at_home: House, driver: Playwright, tmp_path: Path
) -> None:
    evening = Evening(tmp_path, began=timedelta(minutes=1))
    (ada,) = evening.expect("ada")
    evening.wait_for_room()
    browser = at_home.browser(driver, at_home.networks.add())
    told: list[str] = []

    def grant(route: Route) -> None:
        body = {"ref": "p-1", "conn": "p-1.a", "url": f"{SITE}/elsewhere?jwt=a.b.c", "host": False}
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    def there(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body="<title>elsewhere</title>")

    try:
        page = browser.new_context(base_url=SITE).new_page()
        page.on("request", lambda request: told.append(request.url))
        check_in(page, evening.link(ada), "ada")
        page.locator("#room-check[aria-busy=false]").wait_for()
        page.route("**/grant", grant)
        page.route("**/elsewhere**", there)
        page.get_by_role("button", name="Go in", exact=True).click()
        page.wait_for_url("**/elsewhere?jwt=a.b.c")
        assert page.title() == "elsewhere"
        assert not [each for each in told if each.endswith("/leave")], "she has not left: she is there"
    finally:
        browser.close()
