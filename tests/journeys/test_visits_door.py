"""A patient on her way into a session: on her phone, at a desk, by keyboard, without scripts."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page
from pytest_django import DjangoDbBlocker

from rejoin.people.models import Contact, Patient
from rejoin.visits.actions import admit
from rejoin.visits.models import Visit
from tests.apps.conftest import CACHED
from tests.apps.databases import copy_of_template, shared_server
from tests.apps.scene import START, minutes
from tests.apps.visits_scene import Evening
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn, on_database, serving

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
KEY = "a-key-of-nobody-for-tests-of-pages-4567"
ENGINE = {
    "REJOIN_ENGINE": "janus",
    "REJOIN_JANUS_WS_URL": "wss://video.example.org",
    "REJOIN_JANUS_TOKEN_KEY": KEY,
    "REJOIN_JANUS_ADMIN_SECRET": KEY,
    "REJOIN_JANUS_ADMIN_KEY": KEY,
    "REJOIN_JANUS_EAR_SECRET": "a-key-of-nobody-for-tests-of-pages-0123",
    "REJOIN_DIAL_IN": "+1 212 555 0160",
}


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, str]]:
    """As ever, with an engine in its settings: nobody dials it here."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as kept:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        server = kept.enter_context(shared_server(CACHED))
        with django_db_blocker.unblock(), on_database(server):
            database = kept.enter_context(copy_of_template(server, suffix="_visits"))
        yield kept.enter_context(serving(database, tmp_path_factory.mktemp("rooms"), **ENGINE)), database


def fill(page: Page, *, state: str = "NY") -> None:
    page.get_by_role("group", name="Are you driving").get_by_label("No").check()
    page.get_by_label("Where are you right now?").fill("12 Elm Street, Albany")
    page.get_by_label("State").select_option(state)
    page.get_by_label("A number we reach you at right now").fill("212-555-0147")
    page.get_by_role("group", name="Are you somewhere private?").get_by_label("Yes").check()
    page.get_by_role("group", name="Is Eli").get_by_label("Yes").check()
    page.get_by_label("What should the others see?").fill("A.")
    page.get_by_label("I agree to sessions by video").check()
    page.get_by_label("I am the person this link was sent to").check()


def an_evening() -> Evening:
    evening = Evening()
    Contact.objects.create(patient=evening.ada, relation="emergency_contact", name="Eli", phone="+15550177")
    return evening


@pytest.mark.parametrize("size", [PHONE, DESK, DESK_AT_200_PERCENT])
def test_she_says_where_she_is_waits_and_is_let_in(signed_in: SignedIn, size: Size) -> None:
    evening = an_evening()
    page = signed_in(None, size=size)
    page.goto(evening.link(evening.ada))
    page.get_by_role("heading", name="Before you come in").wait_for()
    find_nothing_wrong(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="There is something to put right").wait_for()
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    find_nothing_wrong(page)
    fill(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="You are at the door").wait_for()
    find_nothing_wrong(page)
    admit(visit=Visit.objects.get(), by=evening.scene.as_ben(), at=START)
    page.get_by_role("heading", name="You can go in").wait_for()
    find_nothing_wrong(page)
    tab_to(page, "Go in")


def test_in_spanish_she_comes_as_far_as_her_camera(signed_in: SignedIn) -> None:
    evening = an_evening()
    Patient.objects.filter(pk=evening.ada.pk).update(language="es")
    page = signed_in(None, size=PHONE)
    page.goto(evening.link(evening.ada))
    page.get_by_role("heading", name="Antes de entrar").wait_for()
    find_nothing_wrong(page)
    page.get_by_role("group", name="¿Va manejando").get_by_label("No").check()
    page.get_by_label("¿Dónde está ahora mismo?").fill("12 Elm Street, Albany")
    page.get_by_label("Estado").select_option(label="Nueva York")
    page.get_by_label("Un número para llamarle ahora mismo").fill("212-555-0147")
    page.get_by_role("group", name="¿Está en un lugar privado?").get_by_label("Sí").check()
    page.get_by_role("group", name="¿En una emergencia").get_by_label("Sí").check()
    page.get_by_label("Acepto las sesiones por video").check()
    page.get_by_label("Soy la persona a quien mandaron este enlace").check()
    page.get_by_role("button", name="Seguir").click()
    page.get_by_role("heading", name="Está en la puerta").wait_for()
    find_nothing_wrong(page)
    page.get_by_role("link", name="Probar cámara y sonido").click()
    page.get_by_role("heading", name="Antes de pasar a la sala").wait_for()
    page.get_by_text("Puede escribirles.").wait_for()
    page.get_by_role("button", name="Entrar y escuchar").wait_for()
    assert page.locator("html").get_attribute("lang") == "es"
    find_nothing_wrong(page)


def test_without_scripts_she_comes_as_far_as_the_room_and_is_told_the_number(signed_in: SignedIn) -> None:
    evening = an_evening()
    page = signed_in(None, size=PHONE, scripts=False)
    page.goto(evening.link(evening.ada))
    fill(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="You are at the door").wait_for()
    assert page.get_by_role("link", name="look again").is_visible()
    assert page.get_by_role("link", name="Call +1 212 555 0160").is_visible()


def test_from_another_state_she_is_told_kindly(signed_in: SignedIn) -> None:
    evening = an_evening()
    page = signed_in(None, size=PHONE)
    page.goto(evening.link(evening.ada))
    fill(page, state="CA")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="We cannot let you in from where you are today").wait_for()
    assert page.get_by_text("It does not count as missed").is_visible()
    find_nothing_wrong(page)
    page.get_by_role("link", name="Say again where you are").click()
    page.get_by_role("heading", name="Before you come in").wait_for()


def test_whoever_is_driving_is_told_to_park(signed_in: SignedIn) -> None:
    evening = an_evening()
    page = signed_in(None, size=PHONE)
    page.goto(evening.link(evening.ada))
    page.get_by_role("group", name="Are you driving").get_by_label("Yes").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("heading", name="Please park first").wait_for()
    find_nothing_wrong(page)
    page.get_by_role("link", name="I have parked").click()
    page.get_by_role("heading", name="Before you come in").wait_for()


@pytest.mark.parametrize(
    ("at", "heading"),
    [
        (START - minutes(60 * 30), "You are early"),
        (START - minutes(60), "You are early"),
        (START + minutes(300), "This session is over"),
    ],
)
def test_outside_of_its_time_the_link_says_when(signed_in: SignedIn, at: object, heading: str) -> None:
    evening = an_evening()
    link = evening.link(evening.ada)
    evening.at(at)  # type: ignore[arg-type]
    page = signed_in(None, size=PHONE)
    page.goto(link)
    page.get_by_role("heading", name=heading).wait_for()
    find_nothing_wrong(page)


def test_on_her_own_page_she_joins_by_one_tap(signed_in: SignedIn) -> None:
    evening = an_evening()
    page = signed_in(evening.ada, size=PHONE)
    page.goto("/me/")
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name="Before you come in").wait_for()
