"""What is served of operations: health, the name of each request, and the page for what nobody foresaw."""

import asyncio
import json
import logging
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from pytest_django import Settings

from rejoin.audit.models import Event
from rejoin.audit.trail import record, request_id
from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.common.logs import JsonLine
from rejoin.config import urls
from rejoin.followup.engine import PARTS, SENDING
from rejoin.operations.health import pages
from rejoin.operations.health.report import Health
from rejoin.operations.serving import NameRequest
from tests.apps.scene import Scene

log = logging.getLogger("rejoin.tests")


def breaks(request: HttpRequest) -> HttpResponse:
    raise LookupError("Ada Lovelace is not to be found")


def tells(request: HttpRequest) -> HttpResponse:
    record("tests.tell", "session:1", by=COMMAND, at=clock.now())
    log.warning("tests.told", extra={"session_id": 1})
    return HttpResponse(request_id.get())


async def tells_later(request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(0)
    return HttpResponse(request_id.get())


handler500 = urls.handler500
urlpatterns = [
    *urls.urlpatterns,
    path("breaks", breaks),
    path("tells", tells),
    path("tells-later", tells_later),
]


@pytest.fixture
def client(settings: Settings) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_latest", None)


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    """The record as it would be written."""
    found: dict[str, Any] = json.loads(JsonLine().format(record))
    return found


def test_a_process_that_lives_says_so_without_asking_anybody(client: Client) -> None:
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


@pytest.mark.django_db
def test_health_is_503_while_anything_is_not_well_and_names_nobody(client: Client) -> None:
    scene = Scene()
    scene.admit("zelda")
    answer = client.get("/health")
    assert answer.status_code == 503
    told = answer.json()
    parts = {*(name for name, _ in PARTS), SENDING}
    assert {"name": "engine.parts", "ok": False, "count": len(parts)} in told["checks"]
    assert {"name": "database.reachable", "ok": True, "count": 0} in told["checks"]
    assert "zelda" not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_health_is_200_when_all_is_well_and_asks_once_a_second(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Health] = []

    def examine() -> Health:
        asked.append(Health(at=None, groups=()))
        return asked[-1]

    monkeypatch.setattr(pages, "examine", examine)
    assert [client.get("/health").status_code for _ in range(3)] == [200, 200, 200]
    assert len(asked) == 1
    monkeypatch.setattr(pages, "GOOD_FOR_SECONDS", 0)
    client.get("/health")
    assert len(asked) == 2


def test_health_is_only_asked(client: Client) -> None:
    assert client.post("/health").status_code == 405


@pytest.mark.django_db
def test_answer_trail_and_log_go_by_one_name_of_our_own_making(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(NameRequest())
    answer = client.get("/tells", headers={"X-Request-Id": "theirs"})
    name = answer["X-Request-Id"]
    assert len(name) == 32
    assert answer.content.decode() == name
    assert Event.objects.get().request == name
    assert [line_of(each)["request_id"] for each in caplog.records if each.msg == "tests.told"] == [name]
    assert client.get("/tells")["X-Request-Id"] != name
    assert request_id.get() == ""


def test_a_view_that_waits_has_a_name_too(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__

    async def answer() -> tuple[str, str]:
        response = await AsyncClient().get("/tells-later")
        return response["X-Request-Id"], response.content.decode()

    told, inside = asyncio.run(answer())
    assert told == inside != ""


def test_what_nobody_foresaw_shows_a_number_and_nothing_else(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(NameRequest())
    answer = client.get("/breaks")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert answer["X-Request-Id"] in page
    assert "Lovelace" not in page
    assert "LookupError" not in page
    (told,) = [line_of(each) for each in caplog.records if each.levelno >= logging.ERROR]
    assert (told["error"], told["request_id"]) == ("LookupError", answer["X-Request-Id"])
    assert "Lovelace" not in json.dumps(told)


def test_a_log_line_outside_of_any_request_has_no_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(NameRequest())
    log.warning("tests.told")
    assert "request_id" not in line_of(caplog.records[-1])
