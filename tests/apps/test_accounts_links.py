"""Links that stand for a password: invitations once, and demonstrations only where everything is invented."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from rejoin.accounts.actions import (
    USELESS,
    demonstration_link,
    forget_second_factor,
    invite,
    live_link,
    open_account,
    take_up_invitation,
)
from rejoin.accounts.models import SignInLink, User
from rejoin.accounts.vocabulary import Purpose
from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND
from rejoin.config.env import read_environment
from rejoin.domain.kernel import Refusal
from tests.apps.scene import START, Scene
from tests.apps.signing import PASSWORD, client_of, enter_password, set_up_app

pytestmark = pytest.mark.django_db
CHOSEN = {"password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def user(scene: Scene) -> User:
    return open_account(person=scene.ben, email=" Ben@Example.org", by=COMMAND, at=START)


def invitation_of(user: User) -> str:
    return invite(user=user, by=COMMAND, at=START)


def expire(**which: object) -> None:
    SignInLink.objects.filter(**which).update(expires_at=timezone.now() - timedelta(seconds=1))


def is_useless(path: str) -> bool:
    answers = [Client().get(path), Client().post(path, CHOSEN)]
    return all(each.status_code == 404 and USELESS in each.content.decode() for each in answers)


def test_an_account_is_opened_once_and_by_one_address(scene: Scene, user: User) -> None:
    assert user.email == "ben@example.org"
    assert not user.has_usable_password()
    scene.ben.refresh_from_db()
    assert open_account(person=scene.ben, email="ben@example.org", by=COMMAND, at=START) == user
    refused = {}
    for person, email in (
        (scene.ben, "ben@other.example"),
        (scene.coordinator, "ben@example.org"),
        (scene.coordinator, "not an address"),
    ):
        with pytest.raises(Refusal) as refusal:
            open_account(person=person, email=email, by=COMMAND, at=START)
        refused[email] = refusal.value.code
    assert list(refused.values()) == ["account.other_address", "accounts_user_email_key", "account.address"]


def test_an_invitation_leads_to_a_password_and_on_to_the_second_step(user: User) -> None:
    client, path = Client(), invitation_of(user)
    assert "ben@example.org" in client.get(path).content.decode()
    page = client.post(path, CHOSEN, follow=True)
    assert page.request["PATH_INFO"] == reverse("accounts:second_factor")
    told = Event.objects.filter(subject=f"account:{user.pk}").order_by("pk").values_list("verb", "by")
    assert [verb for verb, _ in told] == [
        "accounts.open",
        "accounts.invite",
        "accounts.take_up_invitation",
        "accounts.sign_in",
    ]
    assert {by for _, by in told} == {"system:command", f"staff:{user.staff.pk}"}


def test_looking_at_an_invitation_uses_nothing_up_and_taking_it_up_does(user: User) -> None:
    path = invitation_of(user)
    for _ in range(3):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert Client().post(path, CHOSEN).status_code == 302
    assert is_useless(path)


def test_of_two_who_take_an_invitation_up_at_once_one_is_refused(user: User) -> None:
    secret = invitation_of(user).rpartition("/")[2]
    first, second = (live_link(secret, Purpose.INVITATION) for _ in range(2))
    take_up_invitation(link=first, password=PASSWORD, by=COMMAND, at=START)
    with pytest.raises(Refusal, match="does not work any more"):
        take_up_invitation(link=second, password="of the other one", by=COMMAND, at=START)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_password_that_is_easy_to_guess_is_refused_and_the_invitation_stands(user: User) -> None:
    path = invitation_of(user)
    for wrong in (
        {"password1": "too short", "password2": "too short"},
        {**CHOSEN, "password2": "another"},
        {},
    ):
        answer = Client().post(path, wrong)
        assert (answer.status_code, "There is something to put right" in answer.content.decode()) == (
            200,
            True,
        )
    assert Client().post(path, CHOSEN).status_code == 302


def test_unknown_expired_replaced_and_closed_are_the_same_page(user: User) -> None:
    expired = invitation_of(user)
    expire(user=user)
    replaced, last = invitation_of(user), invitation_of(user)
    assert is_useless("/account/invitation/nothing")
    assert is_useless(expired)
    assert is_useless(replaced)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert is_useless(last)


def test_only_a_digest_of_the_link_is_kept_and_it_lasts_three_days(user: User) -> None:
    secret = invitation_of(user).rpartition("/")[2]
    link = SignInLink.objects.get()
    assert secret not in str(list(SignInLink.objects.values()))
    assert re.fullmatch(r"[0-9a-f]{64}", link.digest)
    assert timedelta(hours=71) < link.expires_at - timezone.now() <= timedelta(hours=72)
    assert (link.made_at, str(link)) == (START, f"link {link.pk}")


def test_whoever_was_signed_in_as_somebody_else_is_not_any_more(scene: Scene, user: User) -> None:
    client = client_of(scene.coordinator)
    key = client.session.session_key
    client.post(invitation_of(user), CHOSEN)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert not client.session.exists(str(key))


def test_whoever_has_a_second_factor_shows_it_after_a_new_invitation_too(user: User) -> None:
    set_up_app(user)
    client = Client()
    assert client.post(invitation_of(user), CHOSEN)["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session


def test_a_lost_phone_takes_everything_with_it_that_was_open(scene: Scene, user: User) -> None:
    set_up_app(user)
    client = client_of(scene.ben)
    forget_second_factor(user=user, by=COMMAND, at=START)
    assert client.get(reverse("console:today"))["Location"].startswith(reverse("account_login"))
    assert enter_password(user)[1].status_code == 200
    client.post(invitation_of(user), CHOSEN)
    assert client.get(reverse("console:today"))["Location"].startswith(reverse("accounts:second_factor"))


def test_a_link_of_a_demonstration_signs_in_at_once_and_as_often_as_it_is_followed(
    user: User, settings: Settings
) -> None:
    settings.DEMONSTRATION = True
    path = demonstration_link(user=user, by=COMMAND, at=START)
    for _ in range(2):
        client = Client()
        assert client.get(path)["Location"] == "/"
        assert client.get(reverse("console:today")).status_code != 302
    assert Event.objects.filter(verb="accounts.sign_in", reason="demonstration").count() == 2
    assert is_useless(path.replace("demonstration", "invitation"))
    assert Client().post(path).status_code == 405
    expire()
    assert Client().get(path).status_code == 404


def test_a_patient_of_a_demonstration_comes_to_her_own_pages(scene: Scene, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    ada = open_account(person=scene.admit("ada"), email="ada@example.org", by=COMMAND, at=START)
    assert Client().get(demonstration_link(user=ada, by=COMMAND, at=START))["Location"] == "/me/"


def test_where_anything_is_real_there_is_no_such_link_and_none_that_was_made_works(
    user: User, settings: Settings
) -> None:
    settings.DEMONSTRATION = True
    path = demonstration_link(user=user, by=COMMAND, at=START)
    client = Client()
    client.get(path)
    settings.DEMONSTRATION = False
    assert Client().get(path).status_code == 404
    assert client.get(reverse("console:today"))["Location"].startswith(reverse("account_login"))
    with pytest.raises(Refusal, match="for demonstrations"):
        demonstration_link(user=user, by=COMMAND, at=START)


def test_who_signs_in_after_a_demonstration_shows_a_second_factor(user: User, settings: Settings) -> None:
    settings.DEMONSTRATION = True
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.get(demonstration_link(user=user, by=COMMAND, at=START))
    client.post(reverse("account_logout"))
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("console:today"))["Location"].startswith(reverse("accounts:second_factor"))


ON = {"REJOIN_DEMONSTRATION": "on"}
LOCAL = {**ON, "REJOIN_DRY_RUN": "off"}
TWILIO = {"TWILIO_ACCOUNT_SID": f"AC{1:032x}", "TWILIO_AUTH_TOKEN": "x" * 16, "TWILIO_FROM": "+15550100"}
VAPID = {
    "REJOIN_VAPID_PUBLIC_KEY": "a",
    "REJOIN_VAPID_PRIVATE_KEY": "b",
    "REJOIN_VAPID_CONTACT": "mailto:a@example.org",
}


@pytest.mark.parametrize(
    "real",
    [
        {**ON, "REJOIN_BASE_URL": "https://rejoin.example.org"},
        {**LOCAL, "EMAIL_URL": "smtp://mail.example.org:587"},
        {**LOCAL, "EMAIL_URL": "anymail://postmark?token=x"},
        {**LOCAL, **TWILIO},
        {**LOCAL, **TWILIO, "TWILIO_API_BASE": "https://api.twilio.com"},
        {**LOCAL, **VAPID},
        {**LOCAL, **VAPID, "REJOIN_PUSH_SERVICES": "http://127.0.0.1:9 push.example.org"},
        {"REJOIN_DEMONSTRATION": "yes"},
    ],
)
def test_a_demonstration_is_refused_where_anything_is_real(real: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="REJOIN_DEMONSTRATION"):
        read_environment(real)


@pytest.mark.parametrize(
    "invented",
    [
        ON,
        {**ON, **TWILIO, "EMAIL_URL": "smtp://mail.example.org"},
        {
            **LOCAL,
            **TWILIO,
            **VAPID,
            "TWILIO_API_BASE": "http://127.0.0.1:8011",
            "EMAIL_URL": "smtp://localhost:25",
            "REJOIN_PUSH_SERVICES": "http://127.0.0.1:9 localhost",
        },
    ],
)
def test_a_demonstration_is_one_with_vendors_that_reach_nobody(invented: dict[str, str]) -> None:
    assert read_environment(invented).demonstration
    assert not read_environment({}).demonstration
