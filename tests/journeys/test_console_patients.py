"""The list of patients and one patient's chart in a real browser: read by everybody, by keyboard, and on paper."""

from datetime import timedelta

import pytest

from rejoin.attendance.models import Notice
from rejoin.people.models import Consent, Contact, Patient
from tests.apps.scene import START, Scene, minutes
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, focused, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
SIZES = [DESK, PHONE, DESK_AT_200_PERCENT]
NAMES = ["ada", "bea", "cora", "dina", "ella", "fay", "gia", "hana", "ines", "jo", "kim", "lena"]


def a_fortnight(scene: Scene) -> Patient:
    """A group over two weeks. Ada comes, is late, misses, and is expected again; somebody around her may be told."""
    patients = [scene.admit(name, phone=f"+1212555{number:04}") for number, name in enumerate(NAMES)]
    for back in (12, 10, 7, 5, 3, 0):
        session = scene.session(*patients, starts_at=START - timedelta(days=back))
        here = [each for number, each in enumerate(patients) if (number + back) % 5]
        scene.watched(session, *((each, session.starts_at, session.ends_at) for each in here))
    for ahead in (2, 5, 7):
        scene.session(*patients, starts_at=START + timedelta(days=ahead))
    ada = patients[0]
    scene.flag(ada, "high_risk")
    eve = Contact.objects.create(patient=ada, relation="emergency_contact", name="eve", phone="+12125550199")
    scene.consent(ada, "phone", contact=eve, purpose="safety")
    Contact.objects.create(patient=ada, relation="supporter", name="finn", phone="+12125550198")
    scene.run(START + minutes(230))
    return ada


@pytest.mark.parametrize("size", SIZES)
def test_list_and_chart_can_be_read_by_everybody(signed_in: SignedIn, size: Size) -> None:
    scene = Scene()
    ada = a_fortnight(scene)
    page = signed_in(scene.coordinator, size=size)
    page.goto("/patients/")
    page.get_by_role("link", name="ada").wait_for()
    find_nothing_wrong(page)
    page.goto("/patients/?program=nowhere&q=zzz")
    page.get_by_text("Nothing fits what you asked for.").wait_for()
    find_nothing_wrong(page)
    page.goto(f"/patients/{ada.ref}/")
    page.get_by_role("heading", name="Contacts and consents").wait_for()
    find_nothing_wrong(page)
    for summary in page.locator("main details > summary").all():
        summary.click()
    find_nothing_wrong(page)


def test_the_list_is_narrowed_and_sorted_by_keyboard(signed_in: SignedIn) -> None:
    scene = Scene()
    a_fortnight(scene)
    page = signed_in(scene.coordinator)
    page.goto("/patients/")
    tab_to(page, "Name or identifier")
    page.keyboard.type("gi")
    page.keyboard.press("Enter")
    page.get_by_text("1 patient", exact=True).wait_for()
    assert page.get_by_role("row").count() == 2
    tab_to(page, "Start over")
    page.keyboard.press("Enter")
    page.get_by_text("12 patients", exact=True).wait_for()
    tab_to(page, "Patient", within=90)
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=-called**")
    assert page.get_by_role("columnheader", name="Patient").get_attribute("aria-sort") == "descending"
    assert page.get_by_role("row").nth(1).get_by_role("link").first.inner_text() == "lena"


def test_a_notice_is_written_down_by_keyboard_and_its_faults_take_the_focus(signed_in: SignedIn) -> None:
    scene = Scene()
    ada = a_fortnight(scene)
    page = signed_in(scene.coordinator)
    page.goto(f"/patients/{ada.ref}/")
    page.get_by_role("link", name="She cannot come").press("Enter")
    page.get_by_role("button", name="Write down the notice").press("Enter")
    page.get_by_role("heading", name="There is something to put right").wait_for()
    assert "There is something to put right" in focused(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Which session").select_option(index=1)
    page.get_by_label("Why").select_option("illness")
    page.get_by_role("button", name="Write down the notice").press("Enter")
    page.get_by_text("The notice is written down.").wait_for()
    assert Notice.objects.get().reason == "illness"


def test_what_she_allows_is_recorded_without_scripts(signed_in: SignedIn) -> None:
    scene = Scene()
    ada = a_fortnight(scene)
    page = signed_in(scene.coordinator, scripts=False)
    page.goto(f"/patients/{ada.ref}/")
    page.get_by_text("Record what she allows").click()
    page.get_by_label("Who may be told").select_option(label="finn (supporter)")
    page.get_by_label("What they may be told").select_option("safety")
    page.get_by_label("How", exact=True).select_option("phone")
    page.get_by_label("She allows it").check()
    page.get_by_role("button", name="Record it").click()
    page.get_by_text("What she allows is recorded").wait_for()
    assert Consent.objects.filter(contact__name="finn", granted=True).count() == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_a_number_is_added_retired_and_a_contact_taken_off_by_keyboard(
    signed_in: SignedIn, scripts: bool
) -> None:
    scene = Scene()
    ada = a_fortnight(scene)
    page = signed_in(scene.coordinator, scripts=scripts)
    page.goto(f"/patients/{ada.ref}/")
    page.get_by_text("Add a number or an address").press("Enter")
    page.get_by_label("Phone number", exact=True).press("Space")
    page.get_by_label("Number or address").press_sequentially("call me")
    page.get_by_role("button", name="Add it").press("Enter")
    page.get_by_role("link", name="This is not a phone number.").press("Enter")
    assert page.get_by_label("Number or address").input_value() == "call me"
    page.get_by_label("Number or address").fill("(212) 555-0147")
    page.get_by_role("button", name="Add it").press("Enter")
    page.get_by_text("Added. It is tried after those she has").wait_for()
    page.get_by_text("No longer right: (212) 555-0147").press("Enter")
    page.get_by_role("button", name="Retire it").press("Enter")
    page.get_by_text("Nothing goes there any more.").first.wait_for()
    assert ada.addresses.get(normal="+12125550147").retired_at is not None
    page.get_by_role("link", name="Change what finn may be told").press("Enter")
    page.get_by_label("Who may be told").wait_for()
    assert page.get_by_label("Who may be told").locator("option:checked").inner_text() == "finn (supporter)"
    page.get_by_text("No longer around her: finn").press("Enter")
    page.get_by_role("button", name="Take finn off").press("Enter")
    page.get_by_text("Taken off.").wait_for()
    assert Contact.objects.get(name="finn").retired_at is not None


def test_the_list_and_the_chart_stand_on_paper(signed_in: SignedIn) -> None:
    scene = Scene()
    ada = a_fortnight(scene)
    page = signed_in(scene.coordinator)
    for address in ("/patients/", f"/patients/{ada.ref}/"):
        page.goto(address)
        page.emulate_media(media="print")
        assert not page.locator("form:visible").count()
        assert page.get_by_role("heading", level=1).is_visible()
