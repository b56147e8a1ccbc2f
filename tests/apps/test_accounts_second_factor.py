"""The second factor: everybody who works here has one, it works once, and it is changed only by whoever shows it."""

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rejoin.accounts.adapters import WRONG_CODE, Factors
from rejoin.accounts.models import User
from rejoin.audit.models import Event
from tests.apps.passkeys import SoftwarePasskey
from tests.apps.scene import Scene
from tests.apps.signing import (
    PASSWORD,
    account_of,
    client_of,
    codes_of,
    enter_password,
    set_up_app,
    signed_in,
)

pytestmark = pytest.mark.django_db
AUTHENTICATE, TODAY = "/account/2fa/authenticate/", "/today/"


@pytest.fixture
def user() -> User:
    return account_of(Scene().ben, password=PASSWORD)


@pytest.fixture
def _counts_nothing() -> Iterator[None]:
    """For tests that commit: what is counted is no model's, and is not emptied with them."""
    yield
    cache.clear()


def show(client: Client, code: str) -> Any:
    return client.post(AUTHENTICATE, {"code": code})


def reads_today(client: Client) -> bool:
    return client.get(TODAY).status_code == 200


def by_recovery_code(user: User) -> str:
    code: str = RecoveryCodes.activate(user).get_unused_codes()[0]
    return code


def passkey_of(user: User) -> Authenticator:
    """One of hers that nothing is done with."""
    options = {"publicKey": {"challenge": "eA", "rp": {"id": "localhost"}, "user": {"id": "MQ"}}}
    credential = json.loads(SoftwarePasskey().set_up(options))
    data = {"name": "Passkey 1", "credential": credential}
    return Authenticator.objects.create(user=user, type="webauthn", data=data)


def test_a_password_and_a_code_let_somebody_in_and_the_code_works_once(user: User) -> None:
    secret = set_up_app(user)
    code = codes_of(secret)[1]
    first, answer = enter_password(user, next=TODAY)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not reads_today(first)
    assert show(first, code)["Location"] == TODAY
    assert reads_today(first)
    second, _ = enter_password(user)
    assert WRONG_CODE in show(second, code).content.decode()
    assert not reads_today(second)
    told = Event.objects.filter(subject=f"account:{user.pk}").order_by("pk").values_list("verb", "reason")
    assert list(told) == [("accounts.sign_in", "password_totp"), ("accounts.fail_to_sign_in", "totp")]


def test_a_code_from_half_a_minute_ago_is_good_and_an_older_one_is_not(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = set_up_app(user)
    before, _, after = codes_of(secret)
    for code in (before, after):
        client, _ = enter_password(user)
        assert show(client, code).status_code == 302
    later = time.time() + 120
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", SimpleNamespace(time=lambda: later))
    client, _ = enter_password(user)
    assert WRONG_CODE in show(client, before).content.decode()


def test_a_recovery_code_works_once(user: User) -> None:
    set_up_app(user)
    code = by_recovery_code(user)
    first, _ = enter_password(user)
    assert show(first, code).status_code == 302
    assert reads_today(first)
    second, _ = enter_password(user)
    assert WRONG_CODE in show(second, code).content.decode()


def test_recovery_codes_alone_are_no_second_factor(user: User) -> None:
    by_recovery_code(user)
    client, _ = enter_password(user)
    assert client.get(TODAY)["Location"].startswith(reverse("accounts:second_factor"))


def test_the_key_of_a_session_changes_with_the_second_step(user: User) -> None:
    secret = set_up_app(user)
    client, _ = enter_password(user)
    before = client.session.session_key
    show(client, codes_of(secret)[1])
    assert client.session.session_key != before
    intruder = Client()
    intruder.cookies["session"] = str(before)
    assert not reads_today(intruder)


def test_a_key_that_somebody_planted_is_not_the_key_after_signing_in(user: User) -> None:
    secret = set_up_app(user)
    planted = Client()
    planted.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    key = planted.session.session_key
    planted.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    show(planted, codes_of(secret)[1])
    assert reads_today(planted)
    assert planted.session.session_key != key
    assert not planted.session.exists(str(key))


def test_showing_it_once_more_changes_the_key_too(user: User) -> None:
    secret = set_up_app(user)
    client = client_of(user.staff)
    before = client.session.session_key
    client.post(reverse("mfa_reauthenticate"), {"code": codes_of(secret)[1], "next": "/account/2fa/"})
    assert client.session.session_key != before
    assert client.get(reverse("usersessions_list")).content.decode().count(">here<") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_counts_nothing")
def test_whoever_has_none_sets_one_up_and_goes_on_to_where_she_wanted_to_go(user: User) -> None:
    client, answer = enter_password(user, next="/worklist/?q=late")
    page = client.get(answer["Location"], follow=True)
    assert page.request["PATH_INFO"] == reverse("accounts:second_factor")
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    page = client.post(asked["Location"], {"password": PASSWORD}, follow=True)
    before, others = client.session.session_key, signed_in(user, "password")
    secret = page.context["form"].secret
    assert show_app(client, "not it").status_code == 200
    done = show_app(client, codes_of(secret)[1])
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    codes = client.get(done["Location"]).content.decode()
    assert by_recovery_code(user) in codes
    assert client.session.session_key != before
    assert client.get(reverse("accounts:go_on"))["Location"] == "/worklist/?q=late"
    assert reads_today(client)
    assert "_auth_user_id" not in others.session
    told = Event.objects.filter(verb="accounts.change_second_factor").values_list("reason", "by")
    assert set(told) == {(f"{each}_added", f"staff:{user.staff.pk}") for each in ("totp", "recovery_codes")}
    assert ProcrastinateJob.objects.filter(args__letter="second_factor").count() == 1


def show_app(client: Client, code: str) -> Any:
    return client.post(reverse("mfa_activate_totp"), {"code": code})


def test_where_to_go_on_is_no_other_place(user: User) -> None:
    client = client_of(user.staff)
    client.get(reverse("accounts:second_factor"), {"next": "https://evil.example"})
    assert client.get(reverse("accounts:go_on"))["Location"] == "/"
    client.get(reverse("accounts:second_factor"), {"next": TODAY})
    assert client.get(reverse("accounts:go_on"))["Location"] == "/"


def test_what_was_open_before_there_was_one_shows_it_before_anything_else(user: User) -> None:
    client = signed_in(user, "password")
    secret = set_up_app(user)
    again = reverse("mfa_reauthenticate")
    pages = (
        "mfa_index",
        "mfa_view_recovery_codes",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "usersessions_list",
    )
    for page in (TODAY, *(reverse(each) for each in pages), reverse("accounts:second_factor")):
        assert client.get(page)["Location"].startswith(again), page
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD})["Location"] == again
    assert Authenticator.objects.filter(user=user).exists()
    client.post(again, {"code": codes_of(secret)[1]})
    assert reads_today(client)


def test_nobody_who_works_here_is_left_without(user: User) -> None:
    secret = set_up_app(user)
    client = client_of(user.staff)
    client.post(reverse("mfa_reauthenticate"), {"code": codes_of(secret)[1]})
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.get(user=user).type == "totp"
    passkey = passkey_of(user)
    assert client.post(reverse("mfa_deactivate_totp"))["Location"] == reverse("mfa_index")
    removal = reverse("mfa_remove_webauthn", args=[passkey.pk])
    refused = client.post(removal, follow=True)
    assert Factors.error_messages["cannot_delete_authenticator"] in refused.content.decode()
    set_up_app(user)
    client.post(removal)
    assert [each.type for each in Authenticator.objects.filter(user=user)] == ["totp"]
    reasons = Event.objects.filter(verb="accounts.change_second_factor").values_list("reason", flat=True)
    assert list(reasons) == ["totp_removed", "webauthn_removed"]


def test_a_patient_may_have_one_and_give_it_up_again() -> None:
    ada = account_of(Scene().admit("ada"), password=PASSWORD)
    secret = set_up_app(ada)
    client, _ = enter_password(ada)
    assert show(client, codes_of(secret)[1])["Location"] == "/me/"
    client.post(reverse("mfa_reauthenticate"), {"code": codes_of(secret)[0]})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=ada).exists()
    assert enter_password(ada)[1]["Location"] == "/me/"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_counts_nothing")
def test_new_recovery_codes_take_the_old_ones_away_and_are_told_of(user: User) -> None:
    secret = set_up_app(user)
    old = by_recovery_code(user)
    client = client_of(user.staff)
    client.post(reverse("mfa_reauthenticate"), {"code": codes_of(secret)[1]})
    client.post(reverse("mfa_generate_recovery_codes"))
    kept = client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert len(kept.split("\n\n")[1].split()) == 10
    assert old not in kept
    assert Event.objects.get(verb="accounts.change_second_factor").reason == "recovery_codes_renewed"


def test_a_copy_of_the_database_shows_nobodys_second_factor(user: User, settings: Any) -> None:
    secret = set_up_app(user)
    kept = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in kept
    assert Factors().decrypt(kept) == secret
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the key that came after it"
    assert Factors().decrypt(kept) == secret


def test_where_the_key_is_lost_no_code_is_right_and_nothing_breaks(user: User, settings: Any) -> None:
    code = codes_of(set_up_app(user))[1]
    by_recovery_code(user)
    settings.SECRET_KEY = "another key altogether, and no former one"
    client, _ = enter_password(user)
    assert WRONG_CODE in show(client, code).content.decode()


def test_passkeys_are_named_one_after_the_other_and_renamed(user: User) -> None:
    set_up_app(user)
    passkey = passkey_of(user)
    client = shown_again(client_of(user.staff))
    assert Factors().generate_authenticator_name(user, Authenticator.Type.WEBAUTHN) == "Passkey 2"
    rename = reverse("mfa_edit_webauthn", args=[passkey.pk])
    assert client.post(rename, {"name": "The blue key"})["Location"] == reverse("mfa_list_webauthn")
    assert "The blue key" in client.get(reverse("mfa_list_webauthn")).content.decode()


def test_a_passkey_that_is_not_right_is_refused_and_in_the_trail(user: User) -> None:
    set_up_app(user)
    client, _ = enter_password(user)
    assert client.post(AUTHENTICATE, {"credential": '{"id": "x"}'}).status_code == 200
    assert not reads_today(client)
    answer = Client().post(reverse("mfa_login_webauthn"), {"credential": '{"id": "x"}'})
    assert answer["Location"] == reverse("account_login")
    failed = Event.objects.filter(verb="accounts.fail_to_sign_in").order_by("pk")
    assert [(each.subject, each.reason) for each in failed] == [
        (f"account:{user.pk}", "webauthn"),
        ("account:unknown", "webauthn"),
    ]


ODD = [
    *("", "{}", "[]", "1", "null", '"x"', "{not json", '{"id": "x"}', '{"id": 1, "rawId": 2, "type": 3}'),
    *(
        f'{{"id": "eA", "rawId": "eA", "type": "public-key", "response": {response}}}'
        for response in (
            "{}",
            "[]",
            '{"clientDataJSON": "e30", "authenticatorData": "eA", "signature": "eA", "userHandle": "MQ"}',
            '{"clientDataJSON": "e30", "authenticatorData": "eA", "signature": "eA", "userHandle": 1}',
            '{"clientDataJSON": "eA", "attestationObject": "oA"}',
            '{"clientDataJSON": "e30", "attestationObject": "oA"}',
            '{"clientDataJSON": "e30", "attestationObject": "oWF4YXg"}',
        )
    ),
    '{"response": {"userHandle": "/////w"}}',
]


@pytest.mark.parametrize("odd", ODD)
def test_what_no_browser_would_send_is_refused_and_breaks_nothing(odd: str, user: User) -> None:
    passkey_of(user)
    client, _ = enter_password(user)
    client.get(AUTHENTICATE)
    answers = [client.post(AUTHENTICATE, {"credential": odd})]
    nobody = Client()
    nobody.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    answers.append(nobody.post(reverse("mfa_login_webauthn"), {"credential": odd}))
    somebody = shown_again(client_of(user.staff))
    somebody.get(reverse("mfa_add_webauthn"))
    answers.append(somebody.post(reverse("mfa_add_webauthn"), {"credential": odd, "passwordless": "on"}))
    answers.append(somebody.post(reverse("mfa_reauthenticate_webauthn"), {"credential": odd}))
    assert [each.status_code for each in answers] == [200, 302, 200, 302]
    assert not reads_today(client)
    assert not reads_today(nobody)


def shown_again(client: Client) -> Client:
    session = client.session
    session["account_authentication_methods"][1]["reauthenticated"] = True
    session.save()
    return client


def options_of(client: Client) -> Any:
    answer = client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    return answer.json()["request_options"]


def set_up_passkey(user: User, passkey: SoftwarePasskey, **more: str) -> Client:
    """In a browser of hers at localhost; it stays signed in."""
    client = shown_again(client_of(user.staff))
    client.defaults["SERVER_NAME"] = "localhost"
    page = client.get(reverse("mfa_add_webauthn"))
    credential = passkey.set_up(page.context["js_data"]["creation_options"])
    answer = client.post(reverse("mfa_add_webauthn"), {"name": "", "credential": credential, **more})
    assert answer.status_code == (302 if Authenticator.objects.filter(user=user).exists() else 200)
    return client


def test_a_passkey_alone_lets_somebody_in_where_she_wanted_to_go(user: User) -> None:
    passkey = SoftwarePasskey()
    set_up_passkey(user, passkey, passwordless="on")
    client = Client(SERVER_NAME="localhost")
    shown = {"credential": passkey.show(options_of(client)), "next": TODAY}
    assert client.post(reverse("mfa_login_webauthn"), shown)["Location"] == TODAY
    assert reads_today(client)
    assert Event.objects.filter(verb="accounts.sign_in").latest("pk").reason == "webauthn"


def test_what_a_passkey_answered_works_once_and_for_one_challenge(user: User) -> None:
    passkey = SoftwarePasskey()
    set_up_passkey(user, passkey, passwordless="on")
    first, second = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    shown = {"credential": passkey.show(options_of(first))}
    options_of(second)
    second.post(reverse("mfa_login_webauthn"), shown)
    assert not reads_today(second)
    first.post(reverse("mfa_login_webauthn"), shown)
    first.post(reverse("account_logout"))
    first.post(reverse("mfa_login_webauthn"), shown)
    assert not reads_today(first)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://evil.example", "http://localhost.evil.example"]
)
def test_a_passkey_that_was_asked_for_by_another_site_is_refused(origin: str, user: User) -> None:
    passkey = SoftwarePasskey()
    set_up_passkey(user, passkey, passwordless="on")
    passkey.origin = origin
    client = Client(SERVER_NAME="localhost")
    client.post(reverse("mfa_login_webauthn"), {"credential": passkey.show(options_of(client))})
    assert not reads_today(client)


def test_a_key_that_verifies_nobody_is_a_second_step_and_no_more(user: User) -> None:
    key = SoftwarePasskey(verifies=False)
    set_up_passkey(user, key, passwordless="on")
    assert not Authenticator.objects.exists()
    set_up_passkey(user, key)
    alone = Client(SERVER_NAME="localhost")
    alone.post(reverse("mfa_login_webauthn"), {"credential": key.show(options_of(alone))})
    assert not reads_today(alone)
    client = Client(SERVER_NAME="localhost")
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    page = client.get(AUTHENTICATE)
    shown = {"credential": key.show(page.context["js_data"]["request_options"])}
    assert client.post(AUTHENTICATE, shown).status_code == 302
    assert reads_today(client)


def test_the_passkey_of_a_closed_account_is_as_wrong_as_any(user: User) -> None:
    passkey = SoftwarePasskey()
    set_up_passkey(user, passkey, passwordless="on")
    User.objects.filter(pk=user.pk).update(is_active=False)
    client = Client(SERVER_NAME="localhost")
    shown = {"credential": passkey.show(options_of(client))}
    answer = client.post(reverse("mfa_login_webauthn"), shown)
    assert answer["Location"] == reverse("account_login")
    assert WRONG_CODE in client.get(answer["Location"]).content.decode()
    assert not reads_today(client)
