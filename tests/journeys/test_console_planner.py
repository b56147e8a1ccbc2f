"""A coordinator at seven in the morning: who is owed what, the plan and its publishing, extra sessions tried."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from rejoin.common import clock
from rejoin.common.actors import ENGINE, staff_actor
from rejoin.longwork.actions import ask_for_work, end_work
from rejoin.longwork.making_up import as_file
from rejoin.longwork.models import Work
from rejoin.longwork.vocabulary import Kind, State
from rejoin.makeups import replanning
from rejoin.makeups.actions import accept_offer, none_of_these, wait_for
from rejoin.makeups.models import Choice, ExtraProposal, Offer, Opening
from rejoin.makeups.whatif import WouldCome
from tests.apps.makeups_scene import DAY, NEXT_DAY, FakePlan, Owing
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
SIZES = [DESK, PHONE, DESK_AT_200_PERCENT]
NAMES = ("ada", "eve", "bob", "inés de la cruz y villanueva", "mia", "noor", "olu")


def a_morning() -> tuple[Owing, Work]:
    """Seven missed an evening: one has a time, one asked for a person, one waits; a plan has seats for two more."""
    owing = Owing(names=NAMES)
    missed = owing.missed
    owing.other_group(seats_max=2)
    third = owing.other_group(days=3, hours=-5, seats_max=3, minutes=90)
    owing.hour(days=3, length=180)
    accept_offer(offer=owing.offers(missed[0])[0], **owing.desk())
    none_of_these(choice=owing.offers(missed[1])[0].choice, **owing.desk())
    wait_for(seat=missed[2], session=third, **owing.desk())
    owing.offers(missed[3])
    clock.simulate(shown_at=NEXT_DAY, rate=0)
    program, by = owing.scene.program, staff_actor(owing.scene.coordinator.pk)
    replanning.replan(program.pk, planner=FakePlan.of, by=by, at=NEXT_DAY - timedelta(minutes=1))
    for module in ("Relapse prevention 3", ""):
        ExtraProposal.objects.create(
            program=program,
            service="skills",
            module=module,
            owed=4,
            until_at=NEXT_DAY + 3 * DAY,
            at=NEXT_DAY,
            by="system:engine",
        )
    return owing, a_what_if(owing)


def a_what_if(owing: Owing) -> Work:
    """Two ways, tried."""
    first: dict[str, Any] = {"service": "skills", "module": "Relapse prevention 3", "minutes": 60, "seats": 8}
    first |= {"starts_at": (NEXT_DAY + DAY).isoformat(), "leader": owing.scene.ben.pk}
    ways = [[first], [first, {**first, "seats": 6, "starts_at": (NEXT_DAY + 2 * DAY).isoformat()}]]
    who: Any = {"by": staff_actor(owing.scene.coordinator.pk), "at": NEXT_DAY - timedelta(minutes=4)}
    work = ask_for_work(kind=Kind.WHAT_IF, program=owing.scene.program, given={"ways": ways}, **who)
    would = {"coming": 2, "seats": 8, "staff_minutes": 60, "gap": 0.0}
    told = {
        "owed": 7,
        "placed": 4,
        "gap": 0.0,
        "ways": [{**would, "placed": 5}, {**would, "placed": 7, "staff_minutes": 120}],
    }
    come = tuple(
        WouldCome(way, seat.pk, newly=way == 1 or number == 0, extra=0)
        for way in (0, 1)
        for number, seat in enumerate(owing.missed[4:6])
    )
    end_work(
        work=work,
        state=State.DONE,
        told=told,
        files=[as_file(come)],
        by=ENGINE,
        at=NEXT_DAY - timedelta(minutes=3),
    )
    return work


def show_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_the_planner_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    owing, work = a_morning()
    page = signed_in(owing.scene.coordinator, size=size)
    shown = {
        "/makeups/": "Booked for",
        "/makeups/seats/": "Time for one-to-ones",
        "/makeups/plan/": "Not offered yet",
        "/makeups/what-if/": "Try extra sessions",
        f"/makeups/asked/{work.ref}/": "1 more",
    }
    for address, words in shown.items():
        page.goto(address)
        page.get_by_text(words).first.wait_for()
        show_all(page)
        find_nothing_wrong(page)


def test_a_plan_is_published_and_times_are_offered_by_keyboard(signed_in: SignedIn) -> None:
    owing, _ = a_morning()
    page = signed_in(owing.scene.coordinator)
    page.goto("/makeups/plan/")
    tab_to(page, "All")
    page.keyboard.press("Space")
    tab_to(page, "Publish what is ticked")
    page.keyboard.press("Enter")
    page.get_by_text("the planned time first").wait_for()
    page.get_by_text("Everything this plan has is offered.").wait_for()
    before = Offer.objects.count()
    page.goto("/makeups/?state=person")
    tab_to(page, "Offer times")
    page.keyboard.press("Enter")
    page.get_by_text("Offered to eve").wait_for()
    assert Offer.objects.count() > before
    assert Choice.objects.filter(by=f"staff:{owing.scene.coordinator.pk}").exists()


def test_the_planner_works_without_scripts(signed_in: SignedIn) -> None:
    owing, work = a_morning()
    page = signed_in(owing.scene.coordinator, scripts=False)
    page.goto("/makeups/seats/")
    page.get_by_label("Whose time").select_option(label=owing.scene.ben.name)
    page.get_by_label("Day").fill("2026-10-12")
    page.get_by_label("From").fill("10:00")
    page.get_by_label("To", exact=True).fill("12:00")
    page.get_by_role("button", name="Open it").click()
    page.get_by_text("The time is open").wait_for()
    assert Opening.objects.count() == 2
    page.goto("/makeups/what-if/")
    page.get_by_role("button", name="Set aside").first.click()
    page.get_by_text("Set aside. It is proposed again").wait_for()
    page.goto(f"/makeups/asked/{work.ref}/")
    page.get_by_role("button", name="way A").click()
    page.get_by_text("Scheduled as extra sessions").wait_for()
