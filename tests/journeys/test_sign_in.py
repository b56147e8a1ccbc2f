"""Signing in, in a real browser: by password and code, by passkey, by keyboard, on a phone and without scripts."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import global_settings, settings
from django.test import override_settings
from playwright.sync_api import Page, expect

from rejoin.accounts.actions import invite, open_account
from rejoin.accounts.letters import Letter, write
from rejoin.accounts.models import User
from rejoin.common.actors import COMMAND
from tests.apps.passkeys import SoftwarePasskey
from tests.apps.scene import START, Scene
from tests.apps.signing import PASSWORD, account_of, codes_of, enter_password, set_up_app
from tests.journeys.looking import DESK_AT_200_PERCENT, PHONE, find_nothing_wrong, focused, tab_to
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
KEY_IN_THE_DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
OPTIONS = {"publicKey": {"challenge": "eA", "rp": {"id": "localhost"}, "user": {"id": "MQ"}}}
NEW = "a heron stands in cold rain"


def with_passkeys(page: Page) -> Any:
    """The device has a place for passkeys, and its owner's finger is at hand. Returns the line to it."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": KEY_IN_THE_DEVICE})
    return line


def with_password(user: User) -> User:
    """Hashed as the platform does it, and not as tests do."""
    with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
        user.set_password(PASSWORD)
    user.save()
    return user


def path(page: Page) -> str:
    return str(page.evaluate("location.pathname + location.search"))


@pytest.fixture
def scene(site: str) -> Scene:
    return Scene()


def test_nobody_is_asked_to_sign_in_and_somebody_is_not(signed_in: SignedIn, scene: Scene) -> None:
    page = signed_in(None)
    page.goto("/today/")
    assert path(page).startswith("/account/login/")
    page = signed_in(scene.coordinator)
    page.goto("/today/")
    assert path(page) == "/today/"


def test_from_the_invitation_to_the_first_page_by_keyboard_with_an_app(
    signed_in: SignedIn, scene: Scene
) -> None:
    user = open_account(person=scene.ben, email="ben@example.org", by=COMMAND, at=START)
    page = signed_in(None)
    page.goto(invite(user=user, by=COMMAND, at=START))
    find_nothing_wrong(page)
    tab_to(page, "Password")
    page.keyboard.type("short")
    tab_to(page, "The same once more")
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-error-summary]")
    assert "There is something to put right" in focused(page)
    find_nothing_wrong(page)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    tab_to(page, "The same once more")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/second-step/**")
    find_nothing_wrong(page)
    tab_to(page, "Set up an app")
    page.keyboard.press("Enter")
    page.wait_for_url("**/totp/activate/")
    find_nothing_wrong(page)
    secret = page.locator("code").inner_text()
    assert page.locator("img").evaluate("image => image.naturalWidth") > 0
    tab_to(page, "Code that the app shows")
    page.keyboard.type(codes_of(secret)[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/")
    assert page.locator("ol li").count() == 10
    find_nothing_wrong(page)
    tab_to(page, "I have kept them")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.goto("/today/")
    assert path(page) == "/today/"


def test_a_passkey_is_set_up_and_lets_somebody_in_by_itself(signed_in: SignedIn, scene: Scene) -> None:
    user = open_account(person=scene.ben, email="ben@example.org", by=COMMAND, at=START)
    page = signed_in(None)
    line = with_passkeys(page)
    page.goto(invite(user=user, by=COMMAND, at=START))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("link", name="Set up a passkey").click()
    find_nothing_wrong(page)
    tab_to(page, "Set it up")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/")
    page.goto("/account/2fa/webauthn/")
    find_nothing_wrong(page)
    assert Authenticator.objects.filter(user=user, type="webauthn").count() == 1
    page.goto("/account/logout/")
    find_nothing_wrong(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/worklist/?q=late")
    find_nothing_wrong(page)
    tab_to(page, "Sign in with a passkey")
    page.keyboard.press("Enter")
    page.wait_for_url("**/worklist/?q=late")
    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").fill("ben@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/account/" not in url)
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_role("link", name="Use a passkey").click()
    find_nothing_wrong(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/webauthn/add/")
    line.send("WebAuthn.disable")


def test_a_passkey_is_a_second_step_and_one_that_is_not_there_is_said_in_place(
    signed_in: SignedIn, scene: Scene
) -> None:
    user = with_password(account_of(scene.ben))
    set_up_app(user)
    page = signed_in(None)
    with_passkeys(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("That did not work", timeout=60_000)
    find_nothing_wrong(page)
    assert focused(page) == "Sign in with a passkey"


def test_password_and_code_by_keyboard(signed_in: SignedIn, scene: Scene) -> None:
    user = with_password(account_of(scene.ben))
    secret = set_up_app(user)
    page = signed_in(None)
    page.goto("/today/")
    for word, outcome in (("wrong", "The address or the password is not right."), (PASSWORD, "")):
        tab_to(page, "E-mail address")
        page.keyboard.press("Control+A")
        page.keyboard.type(user.email)
        tab_to(page, "Password")
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        if outcome:
            page.wait_for_selector("[data-error-summary]")
            assert outcome in page.locator("[data-error-summary]").inner_text()
            find_nothing_wrong(page)
    page.wait_for_url("**/2fa/authenticate/")
    find_nothing_wrong(page)
    tab_to(page, "Code")
    page.keyboard.type(codes_of(secret)[1])
    page.keyboard.press("Enter")
    page.wait_for_url("**/today/")


def test_what_one_process_counted_every_other_one_knows(signed_in: SignedIn, scene: Scene) -> None:
    """Five wrong passwords in this process, and the sixth in the one that the browser asks."""
    user = with_password(account_of(scene.ben))
    for _ in range(5):
        enter_password(user, "wrong")
    page = signed_in(None)
    page.goto("/account/login/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_contain_text("There were too many attempts")


def test_a_new_password_by_the_link_of_a_letter(signed_in: SignedIn, scene: Scene) -> None:
    user = with_password(account_of(scene.ben))
    page = signed_in(None)
    page.goto("/account/login/")
    page.get_by_role("link", name="Forgotten your password?").click()
    find_nothing_wrong(page)
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_role("button", name="Send me the letter").click()
    page.wait_for_url("**/reset/done/")
    find_nothing_wrong(page)
    text = write(Letter.RESET, User.objects.get(pk=user.pk))[1]
    page.goto(next(each for each in text.split() if "/key/" in each).removeprefix(settings.BASE_URL))
    find_nothing_wrong(page)
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same once more").fill(NEW)
    page.get_by_role("button", name="Save the new password").click()
    page.wait_for_url("**/key/done/")
    find_nothing_wrong(page)
    page.goto("/account/invitation/nothing")
    find_nothing_wrong(page)


PAGES_OF_HERS = (
    *("/account/2fa/", "/account/sessions/", "/account/password/change/", "/account/2fa/webauthn/"),
    *("/account/2fa/reauthenticate/", "/account/logout/"),
)


@pytest.mark.parametrize("size", [PHONE, DESK_AT_200_PERCENT])
@pytest.mark.parametrize("address", PAGES_OF_HERS)
def test_what_is_hers_to_change_reads_on_a_phone_and_at_twice_the_size(
    address: str, size: tuple[int, int], signed_in: SignedIn, scene: Scene
) -> None:
    set_up_app(account_of(scene.ben))
    page = signed_in(scene.ben, size=size)
    page.goto(address)
    find_nothing_wrong(page)


def test_what_asks_for_a_code_first_meets_the_rules_as_well(signed_in: SignedIn, scene: Scene) -> None:
    user = account_of(scene.ben)
    page = signed_in(scene.ben)
    page.goto("/account/2fa/totp/activate/")
    assert path(page).startswith("/account/reauthenticate/")
    find_nothing_wrong(page)
    secret = set_up_app(user)
    data = json.loads(SoftwarePasskey().set_up(OPTIONS))
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Blue", "credential": data})
    page.goto("/account/2fa/totp/deactivate/")
    page.get_by_label("Code").fill(codes_of(secret)[1])
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/totp/deactivate/")
    find_nothing_wrong(page)
    for address in (
        "recovery-codes/generate/",
        *(f"webauthn/keys/{key.pk}/{each}/" for each in ("edit", "remove")),
    ):
        page.goto(f"/account/2fa/{address}")
        assert path(page) == f"/account/2fa/{address}"
        find_nothing_wrong(page)


def test_who_writes_for_a_long_time_is_not_signed_out_over_it(signed_in: SignedIn, scene: Scene) -> None:
    page = signed_in(scene.coordinator)
    page.clock.install()
    page.goto("/today/")
    page.clock.fast_forward("06:00")
    with page.expect_request("**/account/here") as told:
        page.keyboard.press("Tab")
    answer = told.value.response()
    assert answer
    assert answer.status == 204


def test_without_scripts_there_is_no_button_that_does_nothing(signed_in: SignedIn, scene: Scene) -> None:
    user = with_password(account_of(scene.ben))
    secret = set_up_app(user)
    page = signed_in(None, scripts=False)
    page.goto("/account/login/")
    assert not page.get_by_role("button", name="Sign in with a passkey").is_visible()
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").fill(codes_of(secret)[1])
    page.get_by_role("button", name="Sign in").click()
    page.goto("/today/")
    assert page.url.endswith("/today/")
