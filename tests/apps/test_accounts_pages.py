"""Every page of signing in: nothing inline, nothing from elsewhere, and the headers that keep it so."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rejoin.accounts.actions import invite
from rejoin.accounts.letters import Letter, write
from rejoin.accounts.models import User
from rejoin.accounts.words import words_in
from rejoin.common.actors import COMMAND
from tests.apps.scene import START, Scene
from tests.apps.signing import PASSWORD, account_of, enter_password, set_up_app, signed_in

pytestmark = pytest.mark.django_db


class Inline(HTMLParser):
    """What a page must not hold: scripts and styles with words in them, attributes that act, addresses elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (
            tag == "script" and not given.get("src") and given.get("type") != "application/json"
        ):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            if re.match(r"(https?:)?//|javascript:", given.get(name) or ""):
                self.found.append(f"{tag} {name}={given[name]}")


@pytest.fixture
def user() -> User:
    return account_of(Scene().ben, password=PASSWORD)


def with_app(user: User) -> Client:
    set_up_app(user)
    return again(signed_in(user, "password", "mfa"))


def again(client: Client) -> Client:
    """She has just shown once more who she is."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["reauthenticated"] = True
    session.save()
    return client


def invited(user: User) -> Any:
    return Client().get(invite(user=user, by=COMMAND, at=START))


def asked_for_a_code(user: User) -> Client:
    set_up_app(user)
    return enter_password(user)[0]


def reset(user: User) -> Any:
    path = re.search(r"(/account/password/reset/key/\S+)", write(Letter.RESET, user)[1])
    assert path
    return Client().get(path[1], follow=True)


PAGES: dict[str, Callable[[User], Any]] = {
    "sign in": lambda _: Client().get(reverse("account_login")),
    "sign in, wrong": lambda u: Client().post(reverse("account_login"), {"login": u.email, "password": "x"}),
    "sign in, empty": lambda _: Client().post(reverse("account_login"), {}),
    "ask for a password": lambda _: Client().get(reverse("account_reset_password")),
    "letter sent": lambda _: Client().get(reverse("account_reset_password_done")),
    "choose anew": reset,
    "choose anew, useless": lambda _: Client().get(
        reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "x-y"})
    ),
    "chosen anew": lambda _: Client().get(reverse("account_reset_password_from_key_done")),
    "invitation": invited,
    "invitation, useless": lambda _: Client().get(reverse("accounts:invitation", args=["nothing"])),
    "one more step": lambda u: signed_in(u, "password").get(reverse("accounts:second_factor")),
    "second step": lambda u: asked_for_a_code(u).get(reverse("mfa_authenticate")),
    "second step, wrong": lambda u: asked_for_a_code(u).post(reverse("mfa_authenticate"), {"code": "x"}),
    "show password": lambda u: signed_in(u, "password").get(reverse("account_reauthenticate")),
    "show code": lambda u: with_app(u).get(reverse("mfa_reauthenticate")),
    "set up an app": lambda u: again(signed_in(u, "password")).get(reverse("mfa_activate_totp")),
    "stop using the app": lambda u: with_app(u).get(reverse("mfa_deactivate_totp")),
    "set up a passkey": lambda u: with_app(u).get(reverse("mfa_add_webauthn")),
    "passkeys": lambda u: with_app(u).get(reverse("mfa_list_webauthn")),
    "new recovery codes": lambda u: with_app(u).get(reverse("mfa_generate_recovery_codes")),
    "how you sign in": lambda u: with_app(u).get(reverse("mfa_index")),
    "change password": lambda u: with_app(u).get(reverse("account_change_password")),
    "where": lambda u: with_app(u).get(reverse("usersessions_list")),
    "sign out": lambda u: with_app(u).get(reverse("account_logout")),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_signing_in_holds_nothing_inline_and_says_what_may_run(name: str, user: User) -> None:
    answer = PAGES[name](user)
    assert answer.status_code == (404 if name == "invitation, useless" else 200)
    assert "<h1>" in answer.content.decode()
    assert Inline(answer.content.decode()).found == []
    policy = dict(each.strip().split(" ", 1) for each in answer.headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_page_for_what_broke_may_use_its_own_style_and_no_other(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.apps.test_operations_serving"
    answer = Client(raise_request_exception=False).get("/breaks")
    html = answer.content.decode()
    style = html[html.index("<style>") + 7 : html.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


STAFF_ALONE = {
    *(
        "one more step",
        "set up an app",
        "stop using the app",
        "set up a passkey",
        "passkeys",
        "new recovery codes",
    ),
    *("how you sign in", "change password", "where", "show password", "show code"),
}
"""Behind a sign-in, where patients have no such pages."""


@pytest.mark.parametrize("name", [each for each in PAGES if each not in STAFF_ALONE])
def test_whom_to_call_in_a_crisis_is_on_every_page_that_a_patient_may_meet(name: str, user: User) -> None:
    assert PAGES[name](user).content.decode().count('href="tel:988"') == 1


def test_whom_to_call_is_there_too_where_a_form_was_not_taken_or_something_broke(settings: Settings) -> None:
    refused = Client(enforce_csrf_checks=True).post(f"/me/measures/{UUID(int=0)}", {"i9": "3"})
    assert (refused.status_code, refused.content.decode().count('href="tel:988"')) == (403, 1)
    for page in ("400.html", "404.html", "429.html"):
        assert render_to_string(page, {"spoken": words_in("es")}).count('href="tel:988"') == 1
    settings.ROOT_URLCONF = "tests.apps.test_operations_serving"
    broken = Client(raise_request_exception=False).get("/breaks").content.decode()
    for told in ("Call 988", "Text 988", "Llame al 988 y oprima el 2", "Envíe AYUDA al 988"):
        assert told in broken
