"""Sessions end: by the clock, by leaving, by a new password, and when somebody may not come in any more."""

import asyncio
import time
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path, reverse
from django.utils import timezone
from pytest_django import Settings

from rejoin.accounts.actions import close_account
from rejoin.accounts.models import User
from rejoin.accounts.sessions import IDLE_SECONDS, LONGEST_SECONDS
from rejoin.accounts.signing import signed_in_patient, signed_in_staff, standing_of
from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.config import urls
from rejoin.programs.models import StaffRole
from tests.apps.scene import START, Scene
from tests.apps.signing import (
    PASSWORD,
    account_of,
    client_of,
    enter_password,
    patient_client_of,
    signed_in,
)

pytestmark = pytest.mark.django_db
MINUTE = 60


def who(request: HttpRequest) -> HttpResponse:
    """For these tests: who asks, as the rest of the program is told."""
    staff, patient = signed_in_staff(request), signed_in_patient(request)
    return HttpResponse(f"{standing_of(request)} {staff and 'staff'} {patient and 'patient'}")


async def who_later(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    return HttpResponse("somebody" if user.is_authenticated else "nobody")


urlpatterns = [*urls.urlpatterns, path("who", who), path("who-later", who_later)]
NOBODY, SOMEBODY = "nobody None None", "ready staff None"


@pytest.fixture(autouse=True)
def _asked(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def scene() -> Scene:
    return Scene()


def ask(client: Client, **headers: str) -> str:
    return client.get("/who", headers=headers).content.decode()


def let_pass(client: Client, seconds: float) -> None:
    """The session is as old as that by now, and nobody has done anything in it since."""
    session = client.session
    session["signed_in_at"] -= seconds
    session["seen_at"] -= seconds
    session.save()


def stay(client: Client, seconds: float) -> None:
    """As `let_pass`, and somebody was there all the time."""
    let_pass(client, seconds)
    session = client.session
    session["seen_at"] = time.time()
    session.save()


def test_half_an_hour_without_doing_anything_ends_a_session_of_staff(scene: Scene) -> None:
    client = client_of(scene.ben)
    let_pass(client, IDLE_SECONDS - MINUTE)
    assert ask(client) == SOMEBODY
    let_pass(client, IDLE_SECONDS - MINUTE)
    assert ask(client) == SOMEBODY
    let_pass(client, IDLE_SECONDS)
    assert ask(client) == NOBODY


def test_a_session_lasts_a_long_shift_however_busy_it_is(scene: Scene) -> None:
    client = client_of(scene.ben)
    stay(client, LONGEST_SECONDS - MINUTE)
    assert ask(client) == SOMEBODY
    stay(client, MINUTE)
    assert ask(client) == NOBODY


@pytest.mark.parametrize("headers", [{"accept": "text/event-stream"}, {"x-unattended": "yes"}])
def test_what_a_page_does_by_itself_keeps_nobody_signed_in(headers: dict[str, str], scene: Scene) -> None:
    client = client_of(scene.ben)
    let_pass(client, IDLE_SECONDS - MINUTE)
    assert ask(client, **headers) == SOMEBODY
    let_pass(client, MINUTE)
    assert ask(client, **headers) == NOBODY


def test_that_she_is_there_is_written_down_once_a_minute_and_not_at_every_request(scene: Scene) -> None:
    client = client_of(scene.ben)
    seen_at = client.session["seen_at"]
    ask(client)
    assert client.session["seen_at"] == seen_at
    let_pass(client, MINUTE)
    ask(client)
    assert client.session["seen_at"] >= seen_at


def test_whoever_sits_in_front_of_a_page_stays_signed_in(scene: Scene) -> None:
    client = client_of(scene.ben)
    for _ in range(3):
        let_pass(client, IDLE_SECONDS - MINUTE)
        assert client.get(reverse("accounts:here")).status_code == 204
    assert ask(client) == SOMEBODY


def test_what_nobody_can_use_any_more_is_forgotten_when_somebody_signs_in(scene: Scene) -> None:
    user = account_of(scene.ben, password=PASSWORD)
    old, young = client_of(scene.ben), client_of(scene.ben)
    yesterday = timezone.now() - timedelta(days=2)
    Session.objects.filter(pk=old.session.session_key).update(expire_date=yesterday)
    UserSession.objects.filter(session_key=old.session.session_key).update(created_at=yesterday)
    enter_password(user)
    assert not Session.objects.filter(pk=old.cookies["session"].value).exists()
    assert not UserSession.objects.filter(session_key=old.cookies["session"].value).exists()
    assert UserSession.objects.count() == 2
    assert young.session.session_key


def test_a_session_that_does_not_say_when_it_began_is_over(scene: Scene) -> None:
    client = client_of(scene.ben)
    session = client.session
    del session["signed_in_at"]
    session.save()
    assert ask(client) == NOBODY


def test_a_patient_is_not_signed_out_for_reading_slowly_but_a_day_ends_for_her_too(scene: Scene) -> None:
    client = patient_client_of(scene.admit("ada"))
    let_pass(client, IDLE_SECONDS * 3)
    assert ask(client) == "no_second_factor None patient"
    let_pass(client, LONGEST_SECONDS)
    assert ask(client) == NOBODY


def test_whoever_was_signed_out_is_told_so_where_she_signs_in_again(scene: Scene) -> None:
    client = client_of(scene.ben)
    let_pass(client, IDLE_SECONDS)
    page = client.get(reverse("console:today"), follow=True)
    assert page.request["PATH_INFO"] == reverse("account_login")
    assert "You were signed out" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_is_the_same_where_nothing_waits() -> None:
    client, asking = client_of(Scene().ben), AsyncClient()
    asking.cookies = client.cookies

    def close() -> None:
        connection.close()  # that of the thread it runs in

    async def ask_later() -> bytes:
        try:
            return (await asking.get("/who-later")).content
        finally:
            await sync_to_async(close)()

    assert asyncio.run(ask_later()) == b"somebody"
    let_pass(client, IDLE_SECONDS)
    assert asyncio.run(ask_later()) == b"nobody"


def test_signing_out_ends_it_and_the_trail_knows(scene: Scene) -> None:
    client = client_of(scene.ben)
    assert ask(client) == SOMEBODY
    key = client.session.session_key
    client.post(reverse("account_logout"))
    assert ask(client) == NOBODY
    assert not client.session.exists(str(key))
    event = Event.objects.get(verb="accounts.sign_out")
    assert (event.subject, event.by) == (f"account:{scene.ben.user_id}", f"staff:{scene.ben.pk}")


def test_signing_out_everywhere_else_leaves_only_this_one(scene: Scene) -> None:
    here, there = client_of(scene.ben), client_of(scene.ben)
    another = client_of(scene.coordinator)
    assert here.get(reverse("usersessions_list")).content.decode().count("<tr>") == 3
    here.post(reverse("usersessions_list"))
    assert [ask(each) for each in (here, there, another)] == [SOMEBODY, NOBODY, SOMEBODY]


def test_a_new_password_ends_every_other_session(scene: Scene) -> None:
    user = account_of(scene.ben, password=PASSWORD)
    here, there = client_of(scene.ben), client_of(scene.ben)
    key = here.session.session_key
    new = "another otter of some years"
    answer = here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert answer["Location"] == reverse("mfa_index")
    assert [ask(each) for each in (here, there)] == [SOMEBODY, NOBODY]
    assert here.session.session_key != key
    user.refresh_from_db()
    assert user.check_password(new)
    assert Event.objects.get(verb="accounts.change_password").reason == "changed"


def test_whoever_is_kept_out_is_out_with_the_next_request(scene: Scene) -> None:
    client = client_of(scene.ben)
    close_account(user=User.objects.get(staff=scene.ben), by=COMMAND, at=START)
    assert ask(client) == NOBODY


def test_whose_role_has_ended_sees_nothing_with_the_next_request(scene: Scene) -> None:
    client = client_of(scene.coordinator)
    page = reverse("console:unmatched")
    StaffRole.objects.filter(staff=scene.coordinator).update(ended_at=clock.now(), ended_by=str(COMMAND))
    assert client.get(page).status_code == 404


def test_a_session_that_is_no_more_is_nobodys(scene: Scene) -> None:
    client = client_of(scene.ben)
    client.session.delete()
    assert ask(client) == NOBODY


def test_knowing_the_password_alone_is_nobody_of_the_staff_and_may_be_a_patient(scene: Scene) -> None:
    assert ask(signed_in(account_of(scene.ben), "password")) == "no_second_factor None None"
    assert ask(patient_client_of(scene.admit("ada"))) == "no_second_factor None patient"
    assert ask(signed_in(User.objects.create(email="cleo@example.org"), "mfa")) == "ready None None"
