"""`rejoin staff invite` and `rejoin staff close`: who may come in, from the command line."""

import pytest
from allauth.mfa.models import Authenticator
from click.testing import CliRunner, Result
from django.test import Client

from rejoin.accounts.models import User
from rejoin.cli import main
from rejoin.people.models import Staff
from tests.apps.scene import Scene
from tests.apps.signing import PASSWORD, set_up_app

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["staff", *arguments], catch_exceptions=False)


@pytest.fixture(autouse=True)
def _scene() -> None:
    Scene()


def test_an_invitation_is_printed_alone_and_opens_the_page_for_a_password() -> None:
    invited = run("invite", "evening", "Ben of evening", "Ben@example.org")
    assert (invited.exit_code, invited.stdout.count("\n")) == (0, 1)
    assert "Send this to ben of evening, and to nobody else" in invited.stderr
    path = invited.stdout.strip().removeprefix(BASE)
    assert Client().get(path).status_code == 200
    assert Client().post(path, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert User.objects.get().email == "ben@example.org"


def test_a_lost_phone_is_forgotten_with_the_invitation() -> None:
    run("invite", "evening", "ben of evening", "ben@example.org")
    user = User.objects.get()
    set_up_app(user)
    assert run("invite", "evening", "ben of evening", "ben@example.org").exit_code == 0
    assert Authenticator.objects.filter(user=user).count() == 1
    assert run("invite", "evening", "ben of evening", "ben@example.org", "--lost").exit_code == 0
    assert Authenticator.objects.filter(user=user).count() == 0


def test_who_is_kept_out_comes_in_again_by_an_invitation() -> None:
    assert "was never invited" in run("close", "ben of evening").stderr
    run("invite", "evening", "ben of evening", "ben@example.org")
    assert run("close", "ben of evening").exit_code == 0
    assert not User.objects.get().is_active
    run("invite", "evening", "ben of evening", "ben@example.org")
    assert User.objects.get().is_active


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere", "ben of evening", "ben@example.org"), "nowhere"),
        (("evening", "nobody", "ben@example.org"), "Nobody on the staff is called nobody"),
        (("evening", "ben of evening", "ben"), "This is no e-mail address"),
        (("evening", "Rosa", "rosa@example.org"), "Rosa does nothing in evening yet"),
    ],
)
def test_who_cannot_be_invited_is_told_why_and_nothing_is_made(
    arguments: tuple[str, ...], words: str
) -> None:
    Staff.objects.create(name="Rosa")
    refused = run("invite", *arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert words in refused.stderr
    assert not User.objects.exists()
