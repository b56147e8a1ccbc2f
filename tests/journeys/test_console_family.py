"""Whose word it takes before a family is told anything: on a chart, and the law a program has confirmed."""

from datetime import date, timedelta

import pytest

from rejoin.people.models import Contact
from rejoin.programs.minors import StateConfirmation
from tests.apps.family_rows import FamilyRows
from tests.apps.scene import START, Scene
from tests.journeys.looking import DESK, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_chart_and_the_entries_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    Contact.objects.create(patient=ada, relation="guardian", name="Eli")
    FamilyRows(ada, scene.program).birth_date(born_on=date(2011, 3, 1), at=START - timedelta(days=30))
    page = signed_in(scene.ben, size=size)
    page.goto(f"/patients/{ada.ref}/#family")
    for summary in page.locator("#family details > summary").all():
        summary.click()
    find_nothing_wrong(page)
    dora = signed_in(scene.hire("dora", "director"), size=size)
    dora.goto("/minors/")
    find_nothing_wrong(dora)
    dora.get_by_role("link", name="Evening").click()
    dora.get_by_role("heading", name="CA, mental health: from 12").wait_for()
    find_nothing_wrong(dora)


def test_an_entry_is_confirmed_by_keyboard(signed_in: SignedIn) -> None:
    scene = Scene()
    page = signed_in(scene.hire("dora", "director"))
    page.goto("/minors/evening/")
    tab_to(page, "I have read the statute as it stands today, and it says this")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("It is confirmed for a year, in this program.").wait_for()
    assert StateConfirmation.objects.get().state == "CA"
