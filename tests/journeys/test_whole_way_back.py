"""The whole way back: she misses a Monday, and a week later she sits in her group again and her case is closed as returned.

Nothing is put into the database that people or the engine would put there: every pass is the engine's own, every word is
given on a page. Only what rooms see is told as rooms tell it.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from playwright.sync_api import Page

from rejoin.attendance.actions import attest_session
from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.continuity.actions import follow_curriculum
from rejoin.continuity.models import Finished, SignOff
from rejoin.curricula.loading import shipped_courses
from rejoin.curricula.texts import Choice, UnitText
from rejoin.domain.makeup.ledger import Account
from rejoin.followup.engine import run_pass, run_sending
from rejoin.followup.models import Case, Step
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import Booking
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session
from tests.apps.continuity_scene import STAYING
from tests.apps.makeups_scene import DAY, Owing
from tests.apps.scene import START, minutes
from tests.journeys.looking import DESK, PHONE, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
MONDAY = START - 2 * DAY
"""18:00 in New York."""
TUESDAY_NOON = MONDAY + timedelta(hours=18)
NEXT_MONDAY = MONDAY + 7 * DAY
LENGTH = minutes(180)
SAYS_TOO_MUCH = {"ada", "blue", "group", "missed", "session", "triggers", "treatment", "evening", "therapy"}
SITE = "https://in.example.org"
"""As its patients know it: what runs here has no name that may stand in a text."""


@dataclass
class Week:
    """The blue group follows a curriculum; ada misses its evening on triggers, which the green one has on Wednesday."""

    language: str = "en"
    owing: Owing = field(default_factory=Owing)

    def __post_init__(self) -> None:
        self.scene = self.owing.scene
        self.ada = self.scene.admit("ada")
        self.ada.language = self.language
        self.ada.save()
        self.bob = self.scene.admit("bob", sms=False, phone="+15550200")
        follow_curriculum(
            program=self.scene.program,
            group=self.scene.group,
            curriculum=STAYING,
            by=staff_actor(self.scene.coordinator.pk),
            at=MONDAY - 30 * DAY,
        )
        before = self.session("habit-loop", MONDAY - 7 * DAY)
        self.came(before, self.ada, self.bob)
        self.run(before.ends_at + minutes(5))
        attest_session(session=before, by=self.scene.as_ben(), at=before.ends_at + minutes(5))
        self.missed = self.session("triggers", MONDAY)
        self.coming = self.session("cravings", NEXT_MONDAY)
        self.came(self.missed, self.bob)
        self.green = self.owing.other_group(days=0, module=self.title("triggers"))

    def title(self, unit: str) -> str:
        return shipped_courses()[STAYING].curriculum.unit(unit).module

    def text(self, unit: str) -> UnitText:
        return shipped_courses()[STAYING].text(unit, self.language)

    def session(self, unit: str, starts_at: datetime) -> Session:
        return self.scene.session(
            self.ada,
            self.bob,
            starts_at=starts_at,
            minutes=180,
            module=self.title(unit),
            seats_max=None,
        )

    def came(self, session: Session, *patients: Patient) -> None:
        """What its room says."""
        self.scene.watched(session, *((each, session.starts_at, session.ends_at) for each in patients))

    def run(self, *moments: datetime) -> None:
        """Passes of the engine, and what is due goes out."""
        channels: dict[str, Any] = {"sms": self.scene.sms, "push": self.scene.push}
        with override_settings(BASE_URL=SITE):
            for at in moments:
                clock.simulate(shown_at=at, rate=0)
                while run_pass(at) + run_sending(channels, at):
                    pass

    @property
    def texts(self) -> list[str]:
        return [each.body for each in self.scene.sms.sent]

    @property
    def case(self) -> Case:
        return Case.objects.get(patient=self.ada, session=self.missed)

    def over(self) -> None:
        """The Monday, until noon of the day after."""
        end = MONDAY + LENGTH
        self.run(
            MONDAY + minutes(21), MONDAY + minutes(61), end + minutes(6), end + minutes(130), TUESDAY_NOON
        )

    @property
    def way(self) -> str:
        """Where the last text leads."""
        return self.texts[-1].split(SITE)[1].split()[0]

    def owed(self) -> dict[Account, int]:
        """What is open of the Monday, of the accounts that are hers."""
        amounts = open_amounts(Seat.objects.get(session=self.missed, patient=self.ada).pk)
        return {account: amounts.get(account, 0) for account in Account if account is not Account.BILLING}


stops = count(1)


def stop(page: Page, name: str, *, axe: bool = True) -> None:
    """A page on the way: nothing is wrong with it, and it is kept where somebody wants to look at it."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"way-{next(stops):02}-{name}.png", full_page=True)
    if axe:
        find_nothing_wrong(page)


def at_home(page: Page) -> None:
    """Her phone is where her times are told."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})


def attest(page: Page, session: Session, name: str) -> None:
    """By keyboard, as the room proposes it."""
    page.goto(f"/sessions/{session.ref}/")
    stop(page, f"{name}-sheet", axe=name == "wednesday")
    page.keyboard.press("a")
    page.get_by_text("written down").first.wait_for()
    stop(page, f"{name}-attested", axe=False)


def answer(page: Page, text: UnitText) -> None:
    """As the material means it; the thoughts are her own."""
    for place, each in enumerate(text.check):
        if isinstance(each, Choice):
            page.locator(f"#q{place}_{each.right}").press("Space")
        else:
            page.locator(f"#q{place}").fill("The bus past the old street.")


def sign_off(page: Page, *, axe: bool = True) -> None:
    """What waits for a clinician, by keyboard."""
    page.goto("/catch-ups/")
    stop(page, "catch-ups", axe=axe)
    page.get_by_role("link", name="ada").press("Enter")
    page.get_by_role("heading", name="What she chose and wrote").wait_for()
    stop(page, "what-she-did", axe=axe)
    page.get_by_label("It is enough: she has caught up").press("Space")
    page.get_by_role("button", name="Write it down").press("Enter")
    page.get_by_text("Nothing waits for you.").wait_for()
    assert SignOff.objects.get().finished == Finished.objects.get()


def picks(week: Week, page: Page, *, by_keyboard: str) -> None:
    """From the text to a time that is hers."""
    tab_to(page, by_keyboard)
    page.keyboard.press("Enter")
    page.locator("[data-ways=booked]").wait_for()
    stop(page, "picked")
    booked = Booking.objects.get()
    assert (booked.missed, booked.seat.session) == (week.case.seat, week.green)


def on_the_case_and_the_sheet(week: Week, desk: Page, noor: Page) -> None:
    desk.goto(f"/cases/{week.case.ref}/")
    card = desk.locator("#make-up")
    assert card.get_by_text("Booked", exact=True).is_visible()
    assert card.get_by_text("Taken by the patient").is_visible()
    stop(desk, "case-picked")
    noor.goto(f"/sessions/{week.green.ref}/")
    noor.get_by_text("Makes up Monday’s Blue").wait_for()
    stop(noor, "green-to-come")


def catches_up(week: Week, page: Page) -> None:
    """From her first page, over what was missed, to the material."""
    title = week.text("triggers").title
    page.goto("/me/")
    assert page.get_by_role("link", name="See the time you picked").is_visible()
    stop(page, "today-picked")
    page.get_by_role("link", name="See what you can do now").click()
    page.get_by_role("heading", name="You were missed").wait_for()
    assert page.get_by_role("link", name="See the time you picked").is_visible()
    stop(page, "missed")
    page.get_by_role("link", name=title).click()
    page.get_by_role("heading", name="What was covered").wait_for()
    stop(page, "catch-up")
    answer(page, week.text("triggers"))
    tab_to(page, "I am done")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your team has it").wait_for()
    stop(page, "done")
    page.goto("/me/")
    assert not page.get_by_role("link", name=title).count()


def is_done(week: Week, page: Page) -> None:
    """Every page of hers says the same: nothing is open."""
    page.goto("/me/")
    page.get_by_role("heading", name="Your next sessions").wait_for()
    assert not page.get_by_text("We missed you").count()
    stop(page, "today-made-up")
    page.goto("/me/sessions")
    assert page.get_by_text("Nothing is open. You are all set.").is_visible()
    assert page.get_by_text("Made up", exact=True).is_visible()
    stop(page, "sessions-made-up")
    page.goto(week.way)
    page.get_by_role("heading", name="You are all set").wait_for()
    stop(page, "link-made-up")


def in_her_group_again(week: Week, ben: Page) -> None:
    """Before it the brief; after it nothing is left to do for anybody."""
    ben.goto(f"/sessions/{week.coming.ref}/brief/")
    back = ben.get_by_role("region", name="Back after a miss")
    assert back.get_by_role("link", name="ada").is_visible()
    assert back.get_by_text(f"Has caught up on: {week.title('triggers')}.").is_visible()
    assert ben.get_by_text("Everybody comes with what it builds on.").is_visible()
    stop(ben, "brief")
    week.came(week.coming, week.ada, week.bob)
    week.run(NEXT_MONDAY + minutes(1), NEXT_MONDAY + LENGTH + minutes(5))
    attest(ben, week.coming, "next-monday")
    week.run(NEXT_MONDAY + LENGTH + minutes(6))
    ben.goto(f"/cases/{week.case.ref}/")
    assert ben.get_by_text("Ended: she is back").is_visible()
    assert ben.get_by_text("Stays unbilled").is_visible()
    stop(ben, "case-ended")
    ben.goto("/today/")
    assert ben.get_by_text("Every session that is over is attested.").is_visible()
    stop(ben, "today")
    ben.goto("/worklist/")
    assert ben.get_by_text("Nothing is waiting for you.").is_visible()


def test_from_a_missed_monday_to_her_place_in_the_group(signed_in: SignedIn) -> None:
    week = Week()
    scene = week.scene
    week.run(MONDAY + minutes(6))
    assert [each.startswith("Harbor Office: ") for each in week.texts] == [True]
    assert (week.case.state, week.case.owner) == ("open", scene.ben)
    assert week.case.next_due_at == MONDAY + minutes(20)
    desk = signed_in(scene.coordinator, size=DESK)
    desk.goto(f"/cases/{week.case.ref}/")
    assert desk.get_by_text("Owner: ben").is_visible()
    assert desk.get_by_text("Next step 18:20").is_visible()
    stop(desk, "case-monday", axe=False)
    week.over()
    ben = signed_in(scene.ben, size=DESK)
    attest(ben, week.missed, "monday")
    assert all(week.owed().values())
    assert not SAYS_TOO_MUCH & set(week.texts[-1].casefold().split())
    phone = signed_in(None, size=PHONE)
    at_home(phone)
    phone.goto(week.way)
    phone.get_by_role("heading", name="Pick a time that works for you").wait_for()
    stop(phone, "ways")
    picks(week, phone, by_keyboard="I will come")
    on_the_case_and_the_sheet(week, desk, signed_in(week.owing.noor, size=DESK))
    catches_up(week, signed_in(week.ada, size=PHONE))
    sign_off(ben)
    assert week.owed() == {Account.CONTENT: 0, Account.COUNT: 1, Account.HOURS: 180}
    week.came(week.green, week.ada)
    week.run(week.green.starts_at + minutes(1), week.green.ends_at + minutes(5))
    attest(signed_in(week.owing.noor, size=DESK), week.green, "wednesday")
    week.run(week.green.ends_at + minutes(6))
    assert not any(week.owed().values())
    is_done(week, signed_in(week.ada, size=PHONE))
    week.run(NEXT_MONDAY - minutes(60))
    in_her_group_again(week, signed_in(scene.ben, size=DESK))
    assert (week.case.state, week.case.final_outcome) == ("closed", "back")
    assert not Step.objects.filter(case=week.case, ended_at=None).exists()


def test_in_spanish_and_without_scripts_she_comes_the_same_way(signed_in: SignedIn) -> None:
    week = Week(language="es")
    text = week.text("triggers")
    week.run(MONDAY + minutes(6))
    week.over()
    assert week.texts[-1].startswith("Harbor Office: elija una hora en ")
    phone = signed_in(None, size=PHONE, scripts=False)
    phone.goto(week.way)
    assert not Booking.objects.exists()
    phone.get_by_role("button", name="Ver horas").click()
    phone.get_by_role("heading", name="Elija una hora que le venga bien").wait_for()
    stop(phone, "es-ways", axe=False)
    phone.get_by_role("button", name="Voy a ir").press("Enter")
    phone.get_by_role("heading", name="Nos vemos").wait_for()
    stop(phone, "es-picked", axe=False)
    her = signed_in(week.ada, size=PHONE, scripts=False)
    her.goto("/me/")
    stop(her, "es-today", axe=False)
    her.get_by_role("link", name="Vea qué puede hacer ahora").press("Enter")
    stop(her, "es-missed", axe=False)
    her.get_by_role("link", name=text.title).press("Enter")
    answer(her, text)
    her.locator("button[name=done]").press("Enter")
    her.locator(".is-heard").wait_for()
    stop(her, "es-done", axe=False)
    sign_off(signed_in(week.scene.ben, size=DESK, scripts=False), axe=False)
    week.came(week.green, week.ada)
    week.run(week.green.starts_at + minutes(1), week.green.ends_at + minutes(5))
    assert not any(week.owed().values())
    assert (week.case.state, week.case.final_outcome) == ("closed", "back")
    her = signed_in(week.ada, size=PHONE, scripts=False)
    her.goto("/me/sessions")
    stop(her, "es-sessions", axe=False)
    her.goto(week.way)
    stop(her, "es-link-made-up", axe=False)
