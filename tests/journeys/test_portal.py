"""The page of a patient who was missed, on her phone."""

from datetime import timedelta

import pytest

from rejoin.common.actors import COMMAND
from rejoin.programs.actions import set_crisis_line
from tests.apps.scene import START, Scene, minutes
from tests.journeys.looking import DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


@pytest.mark.parametrize("size", [PHONE, DESK_AT_200_PERCENT])
def test_she_who_was_missed_is_wanted_and_finds_a_person(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(
        ada, starts_at=START + timedelta(hours=3)
    )  # nine in the evening: the next day elsewhere
    scene.session(ada, starts_at=START + timedelta(days=1))
    scene.watched(session)
    scene.run(START + minutes(230))
    set_crisis_line(
        program=scene.program,
        name="County crisis line",
        number="212-555-0147",
        hours="every day from 8 to midnight, in Spanish too",
        by=COMMAND,
        at=START,
    )
    page = signed_in(ada, size=size)
    page.goto("/me/")
    page.get_by_role("heading", name="We missed you").wait_for()
    assert page.get_by_text("Wednesday 7 October").is_visible()
    assert page.get_by_text("Your place is still yours.").is_visible()
    assert page.get_by_text("Thursday 8 October, 6 p.m.").is_visible()
    for help_line in (page.get_by_role("link", name="Call 988"), page.get_by_role("link", name="Text 988")):
        assert help_line.is_visible()
    local = page.get_by_role("link", name="Call 212-555-0147")
    assert (local.is_visible(), local.get_attribute("href")) == (True, "tel:2125550147")
    tab_to(page, "Call 555-0100")
    find_nothing_wrong(page)


def test_she_reads_it_without_scripts(signed_in: SignedIn) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(30))
    page = signed_in(ada, size=PHONE, scripts=False)
    page.goto("/me/")
    assert page.get_by_role("heading", name="On now").is_visible()
    assert page.get_by_role("heading", name="We missed you").is_visible()
    assert page.get_by_role("link", name="Call 555-0100").get_attribute("href") == "tel:555-0100"
