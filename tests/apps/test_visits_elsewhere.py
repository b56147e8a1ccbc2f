"""A room at an engine that calls her something else, or will not have her: what a grant leaves behind."""

import pytest
from django.test import Client

from rejoin.common.actors import ENGINE
from rejoin.domain.attendance.absent import Absent
from rejoin.followup.absence import seats_not_certain
from rejoin.rooms.engines.port import Connection
from rejoin.rooms.models import Identity
from rejoin.rooms.polling import keep_snapshot
from rejoin.visits.models import Visit
from tests.apps.scene import START
from tests.apps.signing import client_of
from tests.apps.visits_scene import CHECKED_IN, Evening

pytestmark = pytest.mark.django_db


class Untold:
    """An engine whose events tell nothing more than its snapshots."""

    name = "none"


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


def test_a_link_of_before_the_engine_was_changed_leads_in_as_her_and_she_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The link went out while another engine was set; the room was made in this one."""
    evening = Evening(monkeypatch)
    evening.engine.name = "livekit"
    link = evening.link(evening.ada)
    evening.engine.name = "janus"
    Client().post(f"{link}check-in", CHECKED_IN)
    visit = Visit.objects.get(patient=evening.ada)
    client_of(evening.scene.ben).post(f"/sessions/{evening.session.ref}/room/admit", {"visit": visit.pk})
    assert Client().post(f"{link}grant").status_code == 200
    known = Identity.objects.filter(patient=evening.ada, ref=visit.ref).values_list("provider", flat=True)
    assert set(known) == {"livekit", "janus"}
    keep_snapshot(
        room=evening.room,
        here=frozenset({Connection(conn=f"{visit.ref}.1", ref=visit.ref)}),
        engine=Untold(),  # type: ignore[arg-type]
        by=ENGINE,
        at=START,
    )
    seat = evening.seat(evening.ada).pk
    assert seats_not_certain([seat], START) == {seat: Absent.SHE_IS_HERE}
