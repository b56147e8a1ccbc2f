"""Letters about accounts: to whoever has one, by a worker, with nothing in them that tells of health."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from rejoin.accounts.actions import open_account
from rejoin.accounts.jobs import send_letter as send_letter_job
from rejoin.accounts.letters import Letter, deliver, send_letter, write
from rejoin.accounts.models import User
from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND
from rejoin.outreach.channels.unsaid import find_forbidden
from tests.apps.scene import START, Scene
from tests.apps.signing import PASSWORD, account_of, client_of, enter_password, set_up_app

pytestmark = pytest.mark.django_db
NEW = "a heron stands in cold rain"
CHOSEN = {"password1": NEW, "password2": NEW}


@pytest.fixture
def user() -> User:
    return account_of(Scene().ben, password=PASSWORD)


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/account/\S+)", text)
    assert found
    return found[1]


def choose(client: Client, path: str) -> Any:
    page = client.get(path, follow=True)
    return client.post(page.request["PATH_INFO"], CHOSEN)


@pytest.mark.parametrize("letter", Letter)
def test_a_letter_names_nobody_and_says_nothing_of_health(letter: Letter, user: User) -> None:
    subject, text = write(letter, user)
    assert not find_forbidden(f"{subject} {text}")
    assert user.staff.name not in text
    assert user.email not in text


def test_a_new_password_is_chosen_by_a_letters_link_once_and_ends_what_was_open(user: User) -> None:
    secret = set_up_app(user)
    before = client_of(user.staff)
    deliver(Letter.RESET, user.pk)
    (sent,) = mail.outbox
    assert sent.to == [user.email]
    path = link_in(str(sent.body))
    client = Client()
    assert choose(client, path)["Location"] == reverse("account_reset_password_from_key_done")
    assert client.get(reverse("account_reset_password_from_key_done")).status_code == 200
    assert "This link does not work any more" in Client().get(path, follow=True).content.decode()
    assert before.get("/today/").status_code == 302
    assert client.get("/today/").status_code == 302
    assert enter_password(user, PASSWORD)[1].status_code == 200
    assert enter_password(user, NEW)[1]["Location"] == reverse("mfa_authenticate")
    assert secret
    assert Event.objects.get(verb="accounts.change_password").reason == "reset"


def test_a_letters_link_is_worth_nothing_once_a_password_was_chosen_or_somebody_signed_in(user: User) -> None:
    deliver(Letter.RESET, user.pk)
    deliver(Letter.RESET, user.pk)
    first, second = (link_in(str(each.body)) for each in mail.outbox)
    choose(Client(), first)
    assert "This link does not work any more" in Client().get(second, follow=True).content.decode()


def test_nobody_is_sent_a_letter_who_has_no_account_or_was_kept_out_or_never_came(user: User) -> None:
    invited = open_account(person=Scene(slug="x").ben, email="new@example.org", by=COMMAND, at=START)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for user_id in (None, 0, user.pk, invited.pk):
        deliver(Letter.RESET, user_id)
    assert mail.outbox == []


def test_a_worker_sends_what_was_asked_for(user: User) -> None:
    send_letter_job.func(letter="password", user_id=user.pk)
    assert [each.subject for each in mail.outbox] == ["Your password was changed"]


def test_what_waits_in_the_queue_is_a_number_and_no_address(user: User) -> None:
    send_letter(Letter.SECOND_FACTOR, user)
    waiting = ProcrastinateJob.objects.get()
    assert (waiting.task_name, waiting.queue_name) == ("accounts.send_letter", "sending")
    assert waiting.args == {"letter": "second_factor", "user_id": user.pk}
