"""A patient on her phone, on the evening she was missed: what comes next, what she tells us, and without a line."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from rejoin.common.actors import COMMAND
from rejoin.followup.models import Case
from rejoin.makeups.links import makeup_path
from rejoin.makeups.models import Debt
from rejoin.outreach.models import PushSubscription, Reply
from rejoin.people.models import Patient
from rejoin.programs.actions import set_crisis_line
from tests.apps.makeups_scene import DAY, Owing
from tests.apps.processes import wait_until
from tests.apps.scene import START, Scene, minutes
from tests.journeys.cold import MOST_BYTES, visit_cold
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def shot(page: Page, name: str) -> None:
    """Kept where somebody wants to look at them."""
    if folder := os.environ.get("REJOIN_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def missed() -> tuple[Scene, Patient]:
    """She owes an evening, was there the week before, and has two ahead of her."""
    owing = Owing()
    scene, (ada,) = owing.scene, owing.patients
    earlier = scene.session(ada, starts_at=START - 2 * DAY)
    scene.watched(earlier, (ada, earlier.starts_at, earlier.ends_at))
    assert owing.missed
    scene.session(ada, starts_at=START + DAY)
    scene.session(ada, starts_at=START + 3 * DAY)
    owing.other_group()
    owing.hour()
    return scene, ada


def main_pages(ada: Patient) -> dict[str, str]:
    """Of a patient who was missed, whatever she opens first."""
    case = Case.objects.get(patient=ada)
    return {
        "today": "/me/",
        "missed": f"/me/missed/{case.ref}",
        "make-up": makeup_path(Debt.objects.get(seat=case.seat).ref),
        "catch-up": "/me/catch-up",
        "sessions": "/me/sessions",
        "messages": "/me/messages",
        "me": "/me/preferences",
    }


@pytest.mark.parametrize(("size", "scripts"), [(PHONE, True), (DESK_AT_200_PERCENT, True), (PHONE, False)])
def test_within_a_minute_she_knows_what_to_do_and_that_she_is_wanted(
    signed_in: SignedIn, size: Size, scripts: bool
) -> None:
    _, ada = missed()
    page = signed_in(ada, size=size, scripts=scripts)
    page.goto("/me/")
    page.get_by_role("heading", name="We missed you").wait_for()
    assert page.get_by_role("link", name="Call 988").is_visible()
    assert page.get_by_role("link", name="Pick a time to make it up").is_visible()
    shot(page, f"today-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
        tab_to(page, "See what you can do now")
        page.keyboard.press("Enter")
    else:
        page.get_by_role("link", name="See what you can do now").click()
    page.get_by_role("heading", name="You were missed").wait_for()
    assert page.get_by_text("We are glad each time you come.").is_visible()
    assert page.get_by_text("from your team calls you").is_visible()
    shot(page, f"missed-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    page.get_by_label("Feeling worse").check()
    page.get_by_label("Is there anything you want us to know?").fill("It was a hard week.")
    page.get_by_role("button", name="Tell my team").click()
    page.get_by_text("We have told your team just now.").wait_for()
    assert page.get_by_role("link", name="Call 988").first.is_visible()
    shot(page, f"missed-told-{size[0]}")
    if scripts:
        find_nothing_wrong(page)
    assert Reply.objects.get().text.endswith("It was a hard week.")


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_she_says_that_she_cannot_come_in_spanish_by_keyboard(signed_in: SignedIn, size: Size) -> None:
    _, ada = missed()
    page = signed_in(ada, size=size)
    page.goto("/me/")
    page.get_by_role("button", name="Español").click()
    page.get_by_role("heading", name="Hola, ada").wait_for()
    assert page.evaluate("document.documentElement.lang") == "es"
    shot(page, f"hoy-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("link", name="No puedo ir").last.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="¿No puede venir?").wait_for()
    assert page.get_by_text("Si nos avisa ahora, no cuenta como sesión perdida.").is_visible()
    shot(page, f"no-puedo-{size[0]}")
    find_nothing_wrong(page)
    tab_to(page, "Prefiero no decirlo")
    for _ in range(20):
        page.keyboard.press("ArrowUp")
        if page.get_by_label("Se me acabaron los datos").is_checked():
            break
    tab_to(page, "Avisar a mi equipo")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Gracias por avisarnos").wait_for()
    assert page.get_by_text("Una llamada no gasta datos.").is_visible()
    shot(page, f"gracias-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("link", name="Mis sesiones").click()
    page.get_by_role("heading", name="Queda por reponer").wait_for()
    shot(page, f"mis-sesiones-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("link", name="Elija una hora para reponerla").click()
    page.get_by_role("heading", name="Elija una hora que le venga bien").wait_for()
    shot(page, f"elija-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("button", name="Voy a ir").first.click()
    page.get_by_role("heading", name="Nos vemos").wait_for()
    shot(page, f"nos-vemos-{size[0]}")
    find_nothing_wrong(page)
    page.get_by_role("link", name="Volver a Hoy").click()
    page.get_by_role("heading", name="Hola, ada").wait_for()


def test_while_it_is_on_she_is_asked_in_and_the_crisis_line_of_her_county_is_there(
    signed_in: SignedIn,
) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(30))
    line = {"name": "County crisis line", "number": "212-555-0147", "hours": "every day from 8 to midnight"}
    set_crisis_line(program=scene.program, **line, by=COMMAND, at=START)
    page = signed_in(ada, size=PHONE, scripts=False)
    page.goto("/me/")
    assert page.get_by_role("heading", name="On now").is_visible()
    assert page.get_by_text("Come in whenever you can, late or not.").is_visible()
    local = page.get_by_role("link", name="Call 212-555-0147")
    assert (local.is_visible(), local.get_attribute("href")) == (True, "tel:2125550147")
    assert page.get_by_role("link", name="Call 555-0100").get_attribute("href") == "tel:555-0100"
    shot(page, "on-now")


def test_without_a_line_she_finds_numbers_and_nothing_of_hers_was_kept(signed_in: SignedIn) -> None:
    _, ada = missed()
    page = signed_in(ada, size=PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/me/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto("/me/sessions")
    kept = page.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) =>"
        " (await (await caches.open(name)).keys()).map((each) => new URL(each.url).pathname)))).flat())"
    )
    assert "/me/offline" in kept
    assert [each for each in kept if each.startswith("/me/") and each != "/me/offline"] == []
    origin = page.evaluate("location.origin")
    assert [each for each in asked if not each.startswith(origin)] == []
    page.context.set_offline(True)
    page.goto("/me/")
    page.get_by_role("heading", name="You are not online").wait_for()
    assert (
        page.get_by_role("link", name="Call 555-0100").count() == 0
    )  # it may be another's phone, or another number, by then
    assert page.get_by_role("link", name="Call 988").is_visible()
    assert page.get_by_role("link", name="Llame al 911").is_visible()
    shot(page, "offline")
    find_nothing_wrong(page)
    page.context.set_offline(False)


BROWSER = """
    const made = { endpoint: "https://fcm.googleapis.com/fcm/send/abc", unsubscribe: async () => { window.now = null; },
                   toJSON() { return { endpoint: this.endpoint, keys: { p256dh: "k", auth: "a" } }; } };
    window.now = sessionStorage.getItem("on") ? made : null;
    PushManager.prototype.getSubscription = async () => window.now;
    PushManager.prototype.subscribe = async () => (window.now = made);
"""
"""A push service's part: the real one is far away."""


NOTICE = """async () => {
    const worker = await navigator.serviceWorker.ready;
    for (let tries = 0; tries < 200; tries += 1) {
        const [shown] = await worker.getNotifications();
        if (shown) return shown.body;
        await new Promise((go) => setTimeout(go, 25));
    }
}"""
"""What the phone shows, once it does."""


def test_she_turns_notices_on_by_a_tap_and_is_shown_what_says_nothing(signed_in: SignedIn) -> None:
    _, ada = missed()
    page = signed_in(ada, size=PHONE)
    page.context.grant_permissions(["notifications"])
    page.add_init_script(BROWSER)
    page.goto("/me/")
    page.get_by_role("button", name="Show me notes").click()
    page.get_by_text("This phone shows you short notes from us.").wait_for()
    assert PushSubscription.objects.get(gone_at=None).patient == ada
    find_nothing_wrong(page)
    shot(page, "notices")
    session = page.context.new_cdp_session(page)
    versions: list[dict[str, str]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda told: versions.extend(told["registrations"]))
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    wait_until(
        lambda: bool(page.evaluate("true") and versions)
    )  # what the browser tells comes in while it is asked
    origin = page.evaluate("location.origin")
    told = json.dumps(
        {"title": "Harbor Office", "body": "We look forward to seeing you.", "lang": "en", "tag": "t"}
    )
    sent = {"origin": origin, "registrationId": versions[0]["registrationId"], "data": told}
    session.send("ServiceWorker.deliverPushMessage", sent)
    shown = page.evaluate(NOTICE)
    assert shown == "We look forward to seeing you."
    PushSubscription.objects.update(gone_at=START)  # as by a sign-out: the browser knows nothing of it
    page.evaluate("sessionStorage.setItem('on', 'yes')")
    page.reload()
    page.get_by_role("button", name="Show me notes").click()
    page.get_by_text("This phone shows you short notes from us.").wait_for()
    assert PushSubscription.objects.get(gone_at=None).patient == ada
    page.get_by_role("button", name="Stop notes on this phone").click()
    page.get_by_role("button", name="Show me notes").wait_for()
    assert not PushSubscription.objects.filter(gone_at=None).exists()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_first_visit_to_any_page_weighs_little_as_it_comes_over_the_line(
    signed_in: SignedIn, language: str
) -> None:
    """How long it takes is measured by tests/bench/portal.py, and asserted nowhere."""
    _, ada = missed()
    Patient.objects.filter(pk=ada.pk).update(language=language)
    page = signed_in(ada, size=PHONE)
    origin = f"{page.request.get('/health/live').url.removesuffix('/health/live')}/"
    for name, path in main_pages(ada).items():
        load = visit_cold(page, path, slow=False)
        assert 5_000 < load.bytes < MOST_BYTES, f"{name}: {load.bytes} bytes"
        assert [each for each in load.requests if not each.startswith((origin, "data:"))] == []


def test_a_long_list_of_what_is_ahead_stays_short(signed_in: SignedIn) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    for days in range(2, 9):
        scene.session(ada, starts_at=START + timedelta(days=days))
    page = signed_in(ada, size=PHONE)
    page.goto("/me/")
    assert page.get_by_role("link", name="I can't come").count() == 3
    shot(page, "ahead")
    find_nothing_wrong(page)
