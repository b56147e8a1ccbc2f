"""Measures: a patient on her phone, by keyboard and without scripts; staff who ask and read."""

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from rejoin.insights.models import Sheet
from tests.apps.test_measures_pages import GAD7, PCL5, PHQ9, Missed
from tests.journeys.looking import DESK, PHONE, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"measures-{name}.png", full_page=True)


def test_she_answers_on_her_phone_by_keyboard_and_what_is_left_is_named(signed_in: SignedIn) -> None:
    missed = Missed(GAD7)
    page = signed_in(missed.ada, size=PHONE)
    page.goto(reverse("portal:measures"))
    shot(page, "list")
    find_nothing_wrong(page)
    tab_to(page, "Worry and nerves")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Send my answers").wait_for()
    shot(page, "open")
    find_nothing_wrong(page)
    page.locator("#i1_2").press("Space")
    page.get_by_role("button", name="Send my answers").press("Enter")
    page.get_by_text("A few answers are left.").wait_for()
    shot(page, "left")
    find_nothing_wrong(page)
    assert page.locator("#i1_2").is_checked()
    for each in range(2, 8):
        page.locator(f"#i{each}_0").press("Space")
    page.get_by_role("button", name="Send my answers").press("Enter")
    page.get_by_text("Your team has your answers.").wait_for()
    find_nothing_wrong(page)
    assert Sheet.objects.count() == 1


def test_without_scripts_in_spanish_an_answer_that_asks_for_somebody_is_met_with_a_person(
    signed_in: SignedIn,
) -> None:
    missed = Missed(PHQ9, PCL5)
    missed.ada.language = "es"
    missed.ada.save()
    page = signed_in(missed.ada, size=PHONE, scripts=False)
    page.goto(missed.address(PCL5))
    shot(page, "english-only")
    page.goto(missed.address(PHQ9))
    shot(page, "spanish")
    page.locator("#i9_1").check()
    page.get_by_role("button", name="Enviar mis respuestas").click()
    page.get_by_role("heading", name="Gracias por decirlo").wait_for()
    shot(page, "heard")
    assert page.locator('main a[href="tel:988"]').is_visible()
    assert missed.scene.case(missed.ada).elevated


def test_staff_ask_read_and_set_what_is_asked(signed_in: SignedIn) -> None:
    missed = Missed(PHQ9, GAD7)
    page = signed_in(missed.scene.supervisor, size=DESK)
    page.goto(reverse("console:patient_measure", args=[missed.ada.ref, missed.due(PHQ9).ref]))
    shot(page, "staff-asks")
    find_nothing_wrong(page)
    page.locator("#i9_1").check()
    page.get_by_label("By phone").check()
    page.get_by_role("button", name="Write her answers down").click()
    page.get_by_text("Her case is elevated").wait_for()
    shot(page, "staff-answered")
    find_nothing_wrong(page)
    page.goto(reverse("console:patient_measures", args=[missed.ada.ref]))
    shot(page, "staff-list")
    find_nothing_wrong(page)
    page.goto(reverse("console:measures"))
    page.get_by_text("Change who looks").click()
    shot(page, "staff-sets")
    find_nothing_wrong(page)
