"""Every link that opens something without a sign-in, tried as somebody would who found it, changed it or was sent it.

They are a way back after a miss, a catch-up through it, a way into a room, a calendar's address, an invitation, and a new
password. What differs is said beside each; what they all owe is tried on all of them: another's purpose, changed letters,
references in a row, a time after their end, a second use, and a window in which somebody else is signed in.
"""

import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rejoin.accounts.actions import invite
from rejoin.accounts.models import SignInLink
from rejoin.common import clock
from rejoin.common.actors import COMMAND, patient_actor
from rejoin.common.logs import JsonLine
from rejoin.makeups import links as makeup_links
from rejoin.makeups.models import Booking, Debt, Offer
from rejoin.outreach import calendars
from rejoin.people.models import Patient
from rejoin.programs.models import Seat, Session
from rejoin.visits.links import join_path
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import START
from tests.apps.signing import PASSWORD, account_of, client_of, patient_client_of

pytestmark = pytest.mark.django_db
NOT_THERE = 404
HERS = ("makeup", "room", "calendar", "invitation", "password")


@dataclass
class World:
    """ada missed an evening and has one of every link; eve is somebody else."""

    owing: Owing
    ada: Patient
    eve: Patient
    coming: Session
    debt: Debt

    @classmethod
    def made(cls) -> "World":
        owing = Owing()
        (ada,) = owing.patients
        (missed,) = owing.missed
        eve = owing.scene.admit("eve", sms=False, phone="+15550101")
        owing.other_group()
        coming = owing.scene.session(ada, eve, starts_at=START + timedelta(days=3))
        owing.desk()
        return cls(owing, ada, eve, coming, Debt.objects.get(seat=missed))

    def link(self, kind: str, patient: Patient | None = None) -> str:
        return LINKS[kind](self, patient or self.ada)


def _makeup(world: World, patient: Patient) -> str:
    return makeup_links.makeup_path(Debt.objects.get(patient=patient).ref)


def _room(world: World, patient: Patient) -> str:
    seat = Seat.objects.get(session=world.coming, patient=patient)
    return join_path(seat, by=patient_actor(patient.pk), at=NEXT_DAY)


def _calendar(_: World, patient: Patient) -> str:
    made = calendars.open_calendar(patient=patient, by=patient_actor(patient.pk), at=NEXT_DAY)
    return reverse("calendar", args=[calendars.token_of(made.ref)])


def _invitation(_: World, patient: Patient) -> str:
    return invite(user=account_of(patient), by=COMMAND, at=NEXT_DAY)


def _password(_: World, patient: Patient) -> str:
    user = account_of(patient, password=PASSWORD)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return reverse("account_reset_password_from_key", args=key.split("-", 1))


LINKS: dict[str, Callable[[World, Patient], str]] = {
    "makeup": _makeup,
    "room": _room,
    "calendar": _calendar,
    "invitation": _invitation,
    "password": _password,
}


@pytest.fixture
def world() -> World:
    return World.made()


def secret_of(path: str) -> str:
    """The part that nobody guesses."""
    return max(path.removesuffix(".ics").split("/"), key=len)


def opens(path: str, client: Client | None = None) -> bool:
    """Whether something of hers is there; a page that only says that it does not work is nothing."""
    answer = (client or Client()).get(path, follow=True)
    return answer.status_code == 200 and "set password" not in refused(answer)


def refused(answer: Any) -> str:
    """Allauth answers a bad key with 200 and a page without a form."""
    has_form = b'type="password"' in answer.content or "/password/" not in answer.request["PATH_INFO"]
    return "" if has_form else "set password"


@pytest.mark.parametrize("kind", HERS)
def test_it_opens_for_whom_it_was_made(world: World, kind: str) -> None:
    assert opens(world.link(kind))


@pytest.mark.parametrize("kind", HERS)
def test_with_a_letter_changed_cut_off_or_added_it_opens_nothing(world: World, kind: str) -> None:
    path = world.link(kind)
    secret = secret_of(path)
    middle = len(secret) // 2
    turned = "b" if secret[middle] == "a" else "a"
    changed = [
        secret[:middle] + turned + secret[middle + 1 :],
        secret[:-1],
        f"{secret}x",
        secret[::-1],
        secret.replace(".", ".."),
        secret.swapcase(),
        "x" * 500,
    ]
    assert [each for each in changed if each != secret and opens(path.replace(secret, each))] == []


@pytest.mark.parametrize("kind", HERS)
def test_what_opens_one_thing_opens_no_other(world: World, kind: str) -> None:
    mine, secret = world.link(kind), secret_of(world.link(kind))
    others = {each: world.link(each) for each in HERS if each != kind}
    tried = {each: path.replace(secret_of(path), secret) for each, path in others.items()}
    assert [each for each, path in tried.items() if path != mine and opens(path)] == []


@pytest.mark.parametrize("kind", ["makeup", "room"])
def test_in_a_window_in_which_somebody_else_is_signed_in_it_opens_and_does_nothing(
    world: World, kind: str
) -> None:
    path = world.link(kind)
    others = (patient_client_of(world.eve), client_of(world.owing.scene.ben))
    assert [each.get(path).status_code for each in others] == [NOT_THERE] * 2
    acts = {"makeup": ("look", "none", "accept"), "room": ("check-in",)}[kind]
    assert {each.post(f"{path}{act}").status_code for each in others for act in acts} == {NOT_THERE}
    assert not Offer.objects.exists()
    assert opens(path)
    assert opens(path, patient_client_of(world.ada))


def test_what_is_behind_her_sign_in_opens_for_nobody_else(world: World) -> None:
    """A catch-up and her messages are no signed links: their address is a reference, and nothing without her sign-in."""
    path = reverse("portal:catch_up", args=[world.debt.ref])
    assert Client().get(path).status_code == 302
    assert patient_client_of(world.eve).get(path).status_code == NOT_THERE
    tried = [reverse("portal:catch_up", args=[uuid4()]), reverse("portal:missed", args=[world.debt.ref])]
    assert {patient_client_of(world.ada).get(each).status_code for each in tried} == {NOT_THERE}


def test_references_in_a_row_lead_nowhere_whoever_signs_nothing(world: World) -> None:
    """References are made at random; and one that is known is worth nothing unsigned."""
    ref = world.debt.ref
    near = [UUID(int=(ref.int + step) % 2**128) for step in range(-3, 4)]
    unsigned = [str(each) for each in near] + [each.hex for each in near] + ["1", "0", "-1", "..", "%00"]
    forms = ("/makeup/{}/", "/join/{}/", "/join/p-{}/", "/calendar/{}.ics", "/account/invitation/{}")
    assert [
        form.format(each)
        for form in forms
        for each in unsigned
        if Client().get(form.format(each)).status_code != NOT_THERE
    ] == []
    signed_by_us = [makeup_links.makeup_path(each) for each in near if each != ref]
    assert {Client().get(each).status_code for each in signed_by_us} == {NOT_THERE}


def test_after_its_time_the_way_back_asks_herself_to_sign_in(world: World) -> None:
    path = world.link("makeup")
    clock.simulate(shown_at=world.debt.seat.session.ends_at + timedelta(days=31), rate=0)
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"].startswith(reverse("account_login"))) == (302, True)
    for act in ("look", "accept", "none", "wait"):
        assert Client().post(f"{path}{act}")["Location"].startswith(reverse("account_login"))
    assert patient_client_of(world.ada).get(path).status_code == 200
    assert patient_client_of(world.eve).get(path).status_code == NOT_THERE


def test_after_its_session_the_way_into_a_room_is_shut(world: World) -> None:
    path = world.link("room")
    clock.simulate(shown_at=world.coming.ends_at + timedelta(hours=1), rate=0)
    assert Client().get(path).status_code == 410


def test_an_invitation_and_a_new_password_end_by_the_clock_and_by_their_use(
    world: World, settings: Any
) -> None:
    invitation = world.link("invitation")
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(invitation).status_code == NOT_THERE
    invitation, chosen = world.link("invitation"), {"password1": PASSWORD, "password2": PASSWORD}
    answers = [Client().post(invitation, chosen).status_code for _ in range(2)]
    assert answers == [302, NOT_THERE]
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert not opens(world.link("password"))
    settings.PASSWORD_RESET_TIMEOUT = 3600
    path, client = world.link("password"), Client()
    form = client.get(path)["Location"]
    new = {"password1": f"{PASSWORD} again", "password2": f"{PASSWORD} again"}
    assert client.post(form, new).status_code == 302
    assert not opens(path)


def test_an_address_of_a_calendar_ends_when_she_says_so(world: World) -> None:
    path = world.link("calendar")
    calendars.close_calendar(patient=world.ada, by=patient_actor(world.ada.pk), at=NEXT_DAY)
    assert not opens(path)


def test_a_yes_that_is_sent_again_books_once(world: World) -> None:
    path, client = world.link("makeup"), Client()
    client.post(f"{path}look")
    offer = {"offer": Offer.objects.order_by("rank")[0].ref}
    assert [client.post(f"{path}accept", offer).status_code for _ in range(3)] == [303] * 3
    assert Booking.objects.count() == 1
    assert Client().post(f"{path}accept", {"offer": uuid4()}).status_code in {303, NOT_THERE}
    assert Booking.objects.count() == 1


@pytest.mark.parametrize("kind", HERS)
def test_where_she_goes_on_to_is_not_told_where_she_came_from(world: World, kind: str) -> None:
    answer = Client().get(world.link(kind))
    assert answer["Referrer-Policy"] == "same-origin"
    if kind != "calendar":
        assert answer.status_code == 302 or "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("kind", HERS)
def test_no_line_of_the_log_holds_it(world: World, kind: str) -> None:
    path = world.link(kind)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLine())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        for each in (path, f"{path}x", path.replace(secret_of(path), f"{secret_of(path)}x")):
            Client().get(each)
            Client().post(each, {})
        root.warning("tried")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert written.getvalue()
    assert secret_of(path)[:12] not in written.getvalue()
