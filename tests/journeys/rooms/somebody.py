"""A patient in a browser on a machine of her own: what she does and sees, and when she truly came and went."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from playwright.sync_api import Page, Playwright

from rejoin.people.models import Patient
from tests.apps.processes import wait_until
from tests.journeys.rooms.evening import STATE, Evening, check_in, now
from tests.journeys.rooms.house import SITE, House

A_SECOND = timedelta(seconds=1)
DETECTED_WITHIN = timedelta(seconds=10)
"""Pings go out every five seconds and are waited for as long (janus.transport.websockets.jcfg)."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """When something happened, at the earliest and at the latest."""

    first: datetime
    last: datetime

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.first - A_SECOND <= at <= self.last + A_SECOND


@dataclass(kw_only=True)
class Somebody:
    """A patient with a machine of her own, and when she truly came and went."""

    name: str
    patient: Patient
    link: str
    client: str
    page: Page
    came: list[Span] = field(default_factory=list)
    went: list[Span] = field(default_factory=list)

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = self.page.evaluate(STATE)
        return told

    def sees(self, *others: "Somebody") -> bool:
        """Pictures and sound of just these come in, and go on coming."""
        before, names = self.state()["tiles"], {each.name for each in others}
        if set(before) != names | {"You"}:
            return False
        self.page.wait_for_timeout(300)
        after = self.state()["tiles"]
        return all(_goes_on(before[name], after.get(name)) for name in names)

    def goes_in(self) -> None:
        began = now()
        self.page.get_by_role("button", name="Go in", exact=True).click()
        wait_until(self.is_in)
        self.came.append(Span(first=began, last=now()))

    def is_in(self) -> bool:
        told = self.state()
        return bool(told["part"] == "in" and not told["line"])

    def is_out(self) -> bool:
        """Her page says that it tries to come back."""
        return "We keep trying" in self.state()["line"]

    def leaves(self) -> None:
        began = now()
        self.page.get_by_role("button", name="Leave").click()
        self.went.append(Span(first=began, last=now()))


def _goes_on(before: dict[str, Any], after: dict[str, Any] | None) -> bool:
    if after is None or not (before["picture"] and after["picture"]):
        return False
    return all(after[what] > before[what] for what in ("at", "frames", "sound"))


@contextmanager
def at_the_door(
    patients: Sequence[Patient],
    evening: Evening,
    house: House,
    driver: Playwright,
    *,
    site: str = SITE,
    more: Sequence[str] = (),
    script: str = "",
) -> Iterator[list[Somebody]]:
    """They have been let in, and look at themselves. `more` and `script`: of their browsers."""
    with ExitStack() as kept:
        people = []
        for patient in patients:
            client = house.networks.add()
            browser = house.browser(driver, client, *more)
            kept.callback(browser.close)
            page = browser.new_page(base_url=site, ignore_https_errors=site != SITE)
            page.add_init_script(script)
            name, link = patient.name, evening.link(patient)
            check_in(page, link, name)
            people.append(Somebody(name=name, patient=patient, link=link, client=client, page=page))
        evening.wait_for_room()
        evening.let_in(*patients)
        yield people


def is_right(evening: Evening, who: Somebody) -> bool:
    """What is written down of her is what happened, to the second and the stated delay."""
    seen = sorted(evening.seen(who.patient), key=lambda span: span[0] or span[1] or who.came[0].first)
    return len(seen) == len(who.came) and all(
        came.holds(start) and went.holds(end)
        for (start, end), came, went in zip(seen, who.came, who.went, strict=True)
    )


def find_right(evening: Evening, *people: Somebody) -> None:
    """It is, as soon as everything that was told has been read."""
    for who in people:
        with suppress(AssertionError):
            wait_until(partial(is_right, evening, who), seconds=40)
        seen = evening.seen(who.patient)
        assert is_right(evening, who), f"{who.name} was seen {seen}, and came {who.came} and went {who.went}"
