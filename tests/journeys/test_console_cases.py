"""A morning at the worklist and at one case, in a real browser."""

import time

import pytest

from rejoin.followup.models import Attempt, CaseNote
from tests.apps.scene import START, Scene, minutes
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
SIZES = [DESK, PHONE, DESK_AT_200_PERCENT]


def an_evening(scene: Scene) -> None:
    """Two missed, one of whom is known to be at risk."""
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    scene.flag(bea, "high_risk")
    scene.watched(scene.session(ada, bea))
    scene.run(START + minutes(75))


@pytest.mark.parametrize("size", SIZES)
def test_worklist_cases_and_case_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    an_evening(scene)
    page = signed_in(scene.supervisor, size=size)
    for address in ("/worklist/", "/cases/"):
        page.goto(address)
        page.get_by_role("link", name="ada").first.wait_for()
        find_nothing_wrong(page)
    page.get_by_role("link", name="bea").first.click()
    page.get_by_role("heading", name="What happened, and why").wait_for()
    for card in page.locator("details.form-card > summary").all():
        card.click()
    find_nothing_wrong(page)


def test_an_attempt_takes_two_taps(signed_in: SignedIn) -> None:
    scene = Scene()
    an_evening(scene)
    page = signed_in(scene.coordinator, size=PHONE)
    page.goto("/worklist/")
    row = page.locator(".work > li").filter(has_text="ada").first
    row.locator("summary.button").click()  # the first tap
    row.get_by_role("button", name="No answer").click()  # the second
    page.get_by_text("Written down").wait_for()
    assert Attempt.objects.filter(outcome="no_answer", by=f"staff:{scene.coordinator.pk}").count() == 1


def test_an_attempt_is_recorded_by_keyboard(signed_in: SignedIn) -> None:
    scene = Scene()
    an_evening(scene)
    page = signed_in(scene.coordinator)
    page.goto("/worklist/?q=ada")
    began = time.monotonic()
    for key in ("j", "r", "v"):
        page.keyboard.press(key)
    page.get_by_text("Written down").wait_for()
    print(f"\nan attempt by keyboard in {time.monotonic() - began:.2f} s of machine time, 3 keys")
    assert Attempt.objects.filter(outcome="voicemail", by=f"staff:{scene.coordinator.pk}").count() == 1


def test_two_people_at_one_case_and_no_word_is_lost(signed_in: SignedIn) -> None:
    scene = Scene()
    an_evening(scene)
    case = scene.case(scene.program.enrolments.get(patient__name="ada").patient)
    first, second = signed_in(scene.ben), signed_in(scene.supervisor)
    for page in (first, second):
        page.goto(f"/cases/{case.ref}/")
    second.get_by_text("She said when she will be back").click()
    second.get_by_label("Another day").fill("2026-10-12")
    first.locator("summary", has_text="Record an attempt").last.click()
    first.get_by_label("No answer").check()
    first.locator("details[open]").get_by_role("button", name="Write it down").click()
    first.get_by_text("The attempt is written down").wait_for()
    second.locator("details[open]").get_by_role("button", name="Write it down").click()
    second.get_by_role("heading", name="This case has changed since you opened it").wait_for()
    assert second.get_by_text("ben of evening tried to reach her: no answer").count() >= 1
    assert second.get_by_label("Another day").input_value() == "2026-10-12"
    assert second.evaluate("document.activeElement.matches('[data-error-summary]')")
    find_nothing_wrong(second)


def test_a_note_is_said_without_scripts(signed_in: SignedIn) -> None:
    scene = Scene()
    an_evening(scene)
    case = scene.case(scene.program.enrolments.get(patient__name="ada").patient)
    page = signed_in(scene.ben, scripts=False)
    page.goto(f"/cases/{case.ref}/")
    page.get_by_text("Say something to the team").click()
    page.get_by_label("What the others should know").fill("She has no data until Friday.")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("ada: Said to the team").wait_for()
    assert CaseNote.objects.get().words == "She has no data until Friday."
