"""Who may send a large request, and how large: found out from its head, before its body is read."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.urls import reverse

from rejoin.accounts.models import User
from rejoin.common import clock
from rejoin.config import bodies, uploads
from rejoin.config.bodies import LARGEST, LARGEST_UPLOAD, Message, Scope, with_limited_bodies
from rejoin.config.uploads import may_bring_folder
from rejoin.people.models import Patient, Staff
from tests.apps.scene import Scene
from tests.apps.signing import client_of, patient_client_of, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
CHUNK = 1024 * 1024


def asked(cookie: str = "", *, path: str = "", method: str = "POST", **headers: str) -> Scope:
    told = [(name.encode(), value.encode()) for name, value in headers.items()]
    if cookie:
        told.append((b"cookie", cookie.encode()))
    where = path or reverse("console:longwork_import")
    return {"type": "http", "method": method, "path": where, "headers": told}


def cookie_of(client: Any) -> str:
    return f"theme=dark; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def may(scope: Scope) -> bool:
    return asyncio.run(may_bring_folder(scope))


@pytest.fixture
def dora() -> Staff:
    return Scene().hire("dora", "director")


def test_whoever_governs_a_program_may_at_the_one_address(dora: Staff) -> None:
    cookie = cookie_of(client_of(dora))
    assert may(asked(cookie))
    assert not may(asked(cookie, path=reverse("console:longwork_export")))
    assert not may(asked(cookie, method="PUT"))


def test_nobody_else_may(dora: Staff) -> None:
    scene = Scene(slug="morning")
    ada = scene.admit("ada")
    without_factor = signed_in(User.objects.create(email="new@example.org"), "password")
    for client in (client_of(scene.ben), patient_client_of(ada), without_factor):
        assert not may(asked(cookie_of(client)))
    client = client_of(dora)
    dora.roles.update(ended_at=clock.now(), ended_by="staff:1")
    assert not may(asked(cookie_of(client)))
    assert Patient.objects.filter(pk=ada.pk).exists()


def test_who_has_signed_out_may_not(dora: Staff) -> None:
    client = client_of(dora)
    cookie = cookie_of(client)
    client.logout()
    assert not may(asked(cookie))


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        f"{settings.SESSION_COOKIE_NAME}=",
        f"{settings.SESSION_COOKIE_NAME}=nonsense",
        "a=b;" * 9000,
        '"\x01=',
    ],
)
def test_a_cookie_of_nobody_is_nobodys(cookie: str, dora: Staff) -> None:
    assert not may(asked(cookie))


def test_a_database_that_is_away_lets_nobody_in(dora: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> bool:
        raise OperationalError

    monkeypatch.setattr(uploads, "_may_govern", away)
    assert not may(asked(cookie_of(client_of(dora))))


# How much is taken


def taken(size: int, *, more: bool, announced: bool = True) -> int | None:
    """How many bytes the application sees of a body of `size`; None: it is not asked."""
    seen: list[int] = []
    left = iter([*([CHUNK] * (size // CHUNK)), size % CHUNK])

    async def receive() -> Message:
        length = next(left, None)
        if length is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"x" * length, "more_body": length == CHUNK}

    async def send(_: Message) -> None:
        """Nobody hears it."""

    async def application(scope: Scope, receive: Any, send: Any) -> None:
        message = await receive()
        seen.append(len(message["body"]))

    async def decides(_: Scope) -> bool:
        return more

    scope = asked(**({"content-length": str(size)} if announced else {}))
    asyncio.run(with_limited_bodies(application, may_bring_more=decides)(scope, receive, send))
    return seen[0] if seen else None


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_of_somebody_who_may_is_taken_whole(announced: bool) -> None:
    assert taken(5 * CHUNK + 7, more=True, announced=announced) == 5 * CHUNK + 7
    assert taken(LARGEST_UPLOAD - 1, more=True, announced=announced) == LARGEST_UPLOAD - 1


def test_nobody_sends_more_than_that() -> None:
    assert taken(LARGEST_UPLOAD + 5, more=True) == 0
    assert taken(LARGEST_UPLOAD + 5, more=True, announced=False) == LARGEST_UPLOAD
    assert taken(3 * LARGEST_UPLOAD, more=True) == 0


def test_everybody_else_is_as_limited_as_ever() -> None:
    assert taken(5 * CHUNK, more=False) == 0
    assert taken(5 * CHUNK, more=False, announced=False) == LARGEST
    assert taken(CHUNK + 1, more=False) == CHUNK + 1


def test_a_slow_line_is_given_more_time_for_an_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WITHIN_SECONDS", 0.05)
    statuses: list[int] = []

    async def slow() -> Message:
        await asyncio.sleep(0.2)
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def answers(scope: Scope, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def decides(scope: Scope) -> bool:
        return bool(scope["may"])

    for allowed in (True, False):
        limited = with_limited_bodies(answers, may_bring_more=decides)
        asyncio.run(limited({**asked(), "may": allowed}, slow, send))
    assert statuses == [200, 408]
