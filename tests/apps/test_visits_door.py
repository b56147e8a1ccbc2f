"""A patient's way in: her link, what she is asked, and who lets her in."""

import pytest
from django.test import Client

from rejoin.visits.models import Visit
from tests.apps.signing import client_of
from tests.apps.visits_scene import CHECKED_IN, Evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    return Evening(monkeypatch)


def test_she_checks_in_is_let_in_and_is_granted_one_connection(evening: Evening) -> None:
    base, client = evening.link(evening.ada), Client()
    assert "Before you come in" in client.get(base).content.decode()
    assert client.post(f"{base}grant").json()["state"] == "check-in"
    answer = client.post(f"{base}check-in", CHECKED_IN)
    assert (answer.status_code, answer["Location"]) == (303, base)
    assert client.post(f"{base}grant").status_code == 409
    host = client_of(evening.scene.ben)
    room = f"/sessions/{evening.session.ref}/room/"
    assert host.post(f"{room}grant").json()["host"] is True
    visit = Visit.objects.get(patient=evening.ada)
    assert host.post(f"{room}admit", {"visit": visit.pk}).status_code == 200
    granted = client.post(f"{base}grant").json()
    assert granted["room"] == str(evening.room.name)
    assert granted["conn"].startswith(f"{granted['ref']}.")
    listed = client.get(f"{base}people").json()["people"]
    assert [each["name"] for each in listed] == ["ben of evening", "A."]
    page = client.get(f"{base}in")
    assert page.status_code == 200
