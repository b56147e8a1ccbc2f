"""A patient who may be in danger, and somebody in a room whom nobody knows: people record, by keyboard and by hand."""

import pytest

from rejoin.attendance.models import CheckIn
from rejoin.followup.models import Case, EmergencyDisclosure, SafetyRecord
from rejoin.people.models import Contact
from rejoin.rooms.models import Identity, Stranger
from tests.apps.scene import START, Scene, minutes
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn
from tests.journeys.test_console_team import LONG, show_all

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
SIZES = [DESK, PHONE, DESK_AT_200_PERCENT]


def an_evening_in_fear(scene: Scene) -> Case:
    """Somebody at risk is missing: where she was yesterday is known, and whom she allows to be told."""
    ada = scene.admit("ada de la cruz y villanueva")
    scene.flag(ada, "high_risk")
    session = scene.session(ada)
    dora = Contact.objects.create(patient=ada, relation="emergency_contact", name="dora", phone="+15550177")
    Contact.objects.create(patient=ada, relation="supporter", name="eli", phone="+15550178")
    scene.consent(ada, "phone", contact=dora, purpose="safety")
    CheckIn.objects.create(
        patient=ada,
        place="12 Harbor Street, by the ferry",
        state="NY",
        at=START - minutes(1500),
        by="staff:1",
    )
    scene.watched(session)
    Stranger.objects.create(
        session=session, key="k", provider="zoom", display="Blue Heron", joined_at=START, seen_at=START
    )
    scene.run(START + minutes(30))
    return scene.case(ada)


@pytest.mark.parametrize("size", SIZES)
def test_safety_and_unmatched_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    case = an_evening_in_fear(scene)
    page = signed_in(scene.ben, size=size)
    page.goto(f"/cases/{case.ref}/safety")
    page.get_by_text("Nobody knows where she is today.").wait_for()
    show_all(page)
    find_nothing_wrong(page)
    page.goto("/unmatched/")
    page.get_by_role("heading", name="Blue Heron").wait_for()
    find_nothing_wrong(page)


def test_where_she_is_and_whom_to_call_come_first_on_a_phone(signed_in: SignedIn) -> None:
    scene = Scene()
    case = an_evening_in_fear(scene)
    page = signed_in(scene.ben, size=PHONE)
    page.goto(f"/cases/{case.ref}/safety")
    assert page.get_by_text("This is no address of today.").is_visible()
    steps = page.get_by_role("heading", name="She is not reached")
    for first in (page.get_by_role("link", name="988").last, page.get_by_role("link", name="+15550177")):
        assert (first.bounding_box() or {"y": 9999})["y"] < (steps.bounding_box() or {"y": 0})["y"]
    assert page.get_by_text("+15550178").count() == 0


def test_a_step_is_recorded_by_keyboard_and_never_without_its_words(signed_in: SignedIn) -> None:
    scene = Scene()
    case = an_evening_in_fear(scene)
    page = signed_in(scene.ben)
    page.goto(f"/cases/{case.ref}/safety")
    step = page.locator(".procedures[open] .procedure > li").filter(has_text="Call her, at the call-back")
    step.locator("summary").focus()
    page.keyboard.press("Enter")
    tab_to(page, "Reached, concern")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="There is something to put right").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    find_nothing_wrong(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "words"
    page.keyboard.type("She cried, and said that she is alone.")
    tab_to(page, "Reached, concern")
    page.keyboard.press("Enter")
    page.get_by_text("The step is written down.").wait_for()
    assert step.get_by_text("She cried, and said that she is alone.").first.is_visible()
    assert SafetyRecord.objects.get().result == "reached_concern"


def test_two_people_record_at_once_and_no_word_is_lost(signed_in: SignedIn) -> None:
    scene = Scene()
    case = an_evening_in_fear(scene)
    first, second = signed_in(scene.ben), signed_in(scene.ben)
    for page in (first, second):
        page.goto(f"/cases/{case.ref}/safety")
    for page in (first, second):
        step = page.locator(".procedures[open] .procedure > li").filter(has_text="Call her, at the call-back")
        step.locator("summary").click()
        step.get_by_label("In words").fill(LONG)
        step.get_by_role("button", name="Not reached").click()
        page.locator("[data-error-summary], .banner").first.wait_for()
    assert second.get_by_role("heading", name="This case has changed since you opened it").is_visible()
    kept = second.locator(".details[open]").get_by_label("In words")
    assert kept.input_value() == LONG
    assert SafetyRecord.objects.count() == 1


def test_safety_is_recorded_and_told_without_scripts(signed_in: SignedIn) -> None:
    scene = Scene()
    case = an_evening_in_fear(scene)
    page = signed_in(scene.ben, scripts=False)
    page.goto(f"/cases/{case.ref}/safety")
    step = page.locator(".procedures[open] .procedure > li").first
    step.locator("summary").click()
    step.get_by_role("button", name="Not known").click()
    page.get_by_text("The step is written down.").wait_for()
    page.get_by_text("Somebody was told in an emergency").click()
    page.get_by_label("Medical emergency").check()
    page.get_by_label("Who was told").fill("The paramedic on duty")
    page.get_by_label("For whom they work").fill("City ambulance")
    page.get_by_label("What the emergency was").fill("Nobody could wake her.")
    page.get_by_role("button", name="Document it").click()
    page.get_by_text("The disclosure is documented.").wait_for()
    assert EmergencyDisclosure.objects.get().recipient == "The paramedic on duty"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_stranger_is_settled_by_identifier_with_the_keyboard(signed_in: SignedIn, scripts: bool) -> None:
    scene = Scene()
    case = an_evening_in_fear(scene)
    page = signed_in(scene.coordinator, scripts=scripts)
    page.goto("/unmatched/")
    tab_to(page, "Or another, by identifier") if scripts else page.get_by_label("Or another").focus()
    page.keyboard.type(case.patient.external_id)
    page.keyboard.press("Enter")
    page.get_by_text("Confirmed: her attendance is worked out anew").wait_for()
    page.get_by_text("Everybody was recognised.").wait_for()
    assert Identity.objects.get().patient == case.patient


@pytest.mark.parametrize("size", SIZES)
def test_a_glass_is_broken_by_keyboard_and_looked_at(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    an_evening_in_fear(scene)
    page = signed_in(scene.hire("fran", "counselor"), size=size)
    page.goto("/break-glass/")
    find_nothing_wrong(page)
    page.get_by_role("button", name="Open the chart").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="There is something to put right").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    find_nothing_wrong(page)
    page.get_by_role("link", name="Identifier: ").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("evening-ada de la cruz y villanueva")
    tab_to(page, "She may be in danger now")
    page.keyboard.press("Space")
    tab_to(page, "In your own words")
    page.keyboard.type("Her sister called the front desk.")
    tab_to(page, "Open the chart")
    page.keyboard.press("Enter")
    page.get_by_text("Her chart is open to you for four hours.").wait_for()
    officer = signed_in(scene.hire("privacy", "privacy_officer"), size=size)
    officer.goto("/access/")
    officer.get_by_text("Her sister called the front desk.").wait_for()
    show_all(officer)
    find_nothing_wrong(officer)
    officer.get_by_role("button", name="I have looked at it").focus()
    officer.keyboard.press("Enter")
    officer.get_by_text("Looked at, and written down that you did.").wait_for()
    officer.get_by_text("privacy of evening looked at it").wait_for()
