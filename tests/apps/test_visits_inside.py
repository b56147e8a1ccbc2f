"""Whoever may not be in a room is put out of it, though a token of hers was still young."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rejoin.common.actors import COMMAND
from rejoin.programs.models import Seat
from rejoin.rooms.engines.port import Connection, EngineRefused
from rejoin.rooms.models import Snapshot
from rejoin.rooms.polling import look_at
from rejoin.visits.actions import admit, come_as_host, refuse, remove
from rejoin.visits.inside import may_be_inside
from rejoin.visits.models import Visit
from tests.apps.scene import START, minutes
from tests.apps.signing import client_of
from tests.apps.visits_scene import Evening

pytestmark = pytest.mark.django_db
TEN = timedelta(seconds=10)


class Inside:
    """ada and eve were let in, and are in, like ben who leads."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        for patient in (evening.ada, evening.eve):
            evening.check_in(patient)
        self.ada, self.eve = (Visit.objects.get(patient=each) for each in (evening.ada, evening.eve))
        self.by: Any = {"by": evening.scene.as_ben(), "at": START}
        for visit in (self.ada, self.eve):
            admit(visit=visit, **self.by)
        self.ben = come_as_host(session=evening.session, staff=evening.scene.ben, **self.by)
        for visit in (self.ada, self.eve, self.ben):
            self.comes(visit.ref)

    def comes(self, ref: str, conn: str = "a1") -> None:
        self.evening.engine.here.add(Connection(conn=f"{ref}.{conn}", ref=ref))

    def look(self, at: Any = START) -> set[str | None]:
        """Who is in after one more look."""
        look_at(self.evening.engine, self.evening.room, expected=3, now=at)
        return {each.ref for each in self.evening.engine.here}


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> Inside:
    return Inside(Evening(monkeypatch))


def test_whoever_was_let_in_or_leads_stays_and_so_does_whom_nobody_knows(inside: Inside) -> None:
    inside.comes("p-of-nobody")
    assert inside.look() == {inside.ada.ref, inside.eve.ref, inside.ben.ref, "p-of-nobody"}


def test_who_was_put_out_and_comes_back_by_a_young_token_is_put_out_again_and_let_in_stays(
    inside: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    remove(visit=inside.ada, **inside.by)
    inside.comes(inside.ada.ref, conn="another")
    with caplog.at_level(logging.WARNING, "rejoin.polling"):
        assert inside.look() == {inside.eve.ref, inside.ben.ref}
    assert [each.__dict__["code"] for each in caplog.records] == ["janus.barred"] * 2
    assert inside.ada.ref not in caplog.text
    assert inside.ada.ref not in json.dumps(Snapshot.objects.get().here)
    admit(visit=inside.ada, **inside.by)
    inside.comes(inside.ada.ref)
    assert inside.ada.ref in inside.look(START + TEN)


def test_who_is_in_while_refused_is_put_out(inside: Inside) -> None:
    Visit.objects.filter(pk=inside.ada.pk).update(state="waiting")
    inside.ada.refresh_from_db()
    refuse(visit=inside.ada, **inside.by)
    assert inside.look() == {inside.eve.ref, inside.ben.ref}


def test_who_gave_her_seat_back_is_put_out(inside: Inside) -> None:
    Seat.objects.filter(visit=inside.eve).update(released_at=START, released_by=str(COMMAND), occupies=False)
    assert inside.look() == {inside.ada.ref, inside.ben.ref}


def test_who_was_let_in_elsewhere_may_not_be_in_here(inside: Inside) -> None:
    another = inside.evening.scene.session(starts_at=START + minutes(600))
    refs = {inside.ada.ref, inside.ben.ref, "p-of-nobody"}
    with CaptureQueriesContext(connection) as asked:
        assert may_be_inside(another.pk, refs) == {"p-of-nobody"}
    assert len(asked) == 1


def test_where_the_engine_puts_nobody_out_the_board_says_who_should_not_be_in(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: str) -> None:
        raise EngineRefused("cannot", "no way")

    monkeypatch.setattr(inside.evening.engine, "remove", cannot)
    host, where = client_of(inside.evening.scene.ben), f"/sessions/{inside.evening.session.ref}/room/board"
    assert inside.look() >= {inside.ada.ref}
    assert "Not to be in here" not in told_by(host, where)
    remove(visit=inside.ada, **inside.by)
    assert inside.ada.ref in inside.look(START + TEN)
    inside.evening.at(START + TEN)
    told = told_by(host, where).partition(">Here</h3>")[2]
    assert told.count("Not to be in here") == 1
    assert "Not to be in here" in told.partition("<strong>ada</strong>")[2].partition("</li>")[0]


def told_by(host: Client, where: str) -> str:
    return host.get(where).content.decode()


@pytest.mark.parametrize("said", [{"driving": "yes"}, {"state": "CA"}])
def test_who_says_that_she_drives_or_is_elsewhere_goes_though_the_engine_was_away_when_she_said_it(
    inside: Inside, said: dict[str, str]
) -> None:
    inside.evening.check_in(inside.evening.ada)
    assert inside.ada.ref in inside.look()
    inside.evening.engine.away = True
    inside.evening.check_in(inside.evening.ada, **said)
    inside.evening.engine.away = False
    assert inside.look(START + TEN) == {inside.eve.ref, inside.ben.ref}
