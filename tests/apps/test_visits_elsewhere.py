"""A room at an engine that calls her something else, or will not have her: what a grant leaves behind."""

import pytest
from django.test import Client

from rejoin.rooms.models import Identity
from rejoin.visits.models import Visit
from tests.apps.signing import client_of
from tests.apps.visits_scene import CHECKED_IN, Evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    made = Evening(monkeypatch)
    Client().post(f"{made.link(made.ada)}check-in", CHECKED_IN)
    host = client_of(made.scene.ben)
    visit = Visit.objects.get(patient=made.ada)
    host.post(f"/sessions/{made.session.ref}/room/admit", {"visit": visit.pk})
    return made


def test_what_the_engine_calls_her_is_hers_from_her_first_grant_on(evening: Evening) -> None:
    evening.engine.known_as = "jVvzhQ1kQ-6oWmWm7nqMRA"
    for _ in range(2):
        assert Client().post(f"{evening.link(evening.ada)}grant").status_code == 200
    known = Identity.objects.get(ref="jVvzhQ1kQ-6oWmWm7nqMRA")
    assert (known.provider, known.patient, known.seat) == ("janus", evening.ada, None)


def test_an_engine_that_calls_her_by_her_reference_leaves_no_other_name(evening: Evening) -> None:
    before = Identity.objects.count()
    assert Client().post(f"{evening.link(evening.ada)}grant").status_code == 200
    assert Identity.objects.count() == before


def test_an_engine_that_refuses_is_told_as_one_that_is_away(evening: Evening) -> None:
    evening.engine.refuses = True
    answer = Client().post(f"{evening.link(evening.ada)}grant")
    assert (answer.status_code, answer.json()["state"]) == (503, "away")
