"""On her phone: what she sets herself, her calendar, and her messages; with a script and without, and in Spanish."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rejoin.outreach.models import CalendarFeed, Message, Reply
from rejoin.people.models import Contact, Patient
from tests.apps.scene import START, Scene, minutes
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def ada_was_missed() -> Patient:
    """She was written to, and somebody around her may be told."""
    scene = Scene()
    ada = scene.admit("ada")
    eli = Contact.objects.create(patient=ada, relation="emergency_contact", name="Eli")
    scene.consent(ada, "phone", contact=eli, purpose="safety")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(25))
    assert Message.objects.filter(patient=ada, state="sent").exists()
    return ada


@pytest.mark.parametrize(("size", "scripts"), [(PHONE, True), (DESK_AT_200_PERCENT, True), (DESK, False)])
def test_she_sets_what_is_hers_and_makes_and_ends_the_address_of_her_calendar(
    signed_in: SignedIn, size: Size, scripts: bool
) -> None:
    page = signed_in(ada_was_missed(), size=size, scripts=scripts)
    page.goto("/me/")
    page.get_by_role("link", name="Me", exact=True).click()
    page.get_by_role("heading", name="How we reach you").wait_for()
    shot(page, f"me-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
        tab_to(page, "Make an address for my calendar", within=90)
        page.keyboard.press("Enter")
    else:
        page.get_by_role("button", name="Make an address for my calendar").click()
    page.get_by_label("The address for your calendar app").wait_for()
    assert page.get_by_role("link", name="Add it to a calendar on this phone").is_visible()
    shot(page, f"me-calendar-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    page.get_by_role("button", name="End this address").click()
    page.get_by_role("button", name="Make an address for my calendar").wait_for()
    assert not CalendarFeed.objects.filter(ended_at=None).exists()
    page.get_by_label("Text message").uncheck()
    page.locator("#reach").get_by_role("button", name="Save").click()
    page.get_by_text("We have saved it.").wait_for()
    assert not page.get_by_label("Text message").is_checked()
    page.get_by_role("button", name="Take this back").click()
    page.get_by_text("You have not agreed that we tell anybody.").wait_for()


@pytest.mark.parametrize(("size", "scripts"), [(PHONE, True), (DESK, False)])
def test_she_reads_what_we_wrote_and_writes_back_in_spanish(
    signed_in: SignedIn, size: Size, scripts: bool
) -> None:
    page = signed_in(ada_was_missed(), size=size, scripts=scripts)
    page.goto("/me/")
    page.get_by_role("button", name="Español").click()
    page.get_by_role("link", name="Mensajes").click()
    page.get_by_text("Esto no es para emergencias.").wait_for()
    assert page.get_by_text("Una persona lo lee en una hora.").is_visible()
    page.get_by_role("textbox", name="Escriba a su equipo").fill("El lunes sí puedo ir.")
    page.get_by_role("button", name="Enviar").click()
    page.get_by_text("Ya lo tenemos.").wait_for()
    assert page.get_by_text("El lunes sí puedo ir.").is_visible()
    assert page.get_by_text("Le escribimos").first.is_visible()
    assert page.get_by_role("link", name="988").first.is_visible()
    shot(page, f"mensajes-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    page.get_by_role("link", name="Yo", exact=True).click()
    page.get_by_role("heading", name="Horas de silencio").wait_for()
    shot(page, f"yo-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    assert Reply.objects.get().text == "El lunes sí puedo ir."
