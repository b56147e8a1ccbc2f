"""Whoever waits for a seat: what comes free while she has other times open, while she answers, and when nothing is owed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rejoin.common.actors import ENGINE
from rejoin.makeups.actions import back_fill, wait_for, waiting
from rejoin.makeups.models import Offer
from rejoin.programs.actions import release_seat
from rejoin.programs.models import Seat, Session
from rejoin.programs.vocabulary import Release
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.test_makeups_page import path_of

LOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
PATIENCE = 10.0


def a_seat_comes_free(owing: Owing, session: Session, patient: Any) -> None:
    taken = Seat.objects.get(session=session, patient=patient)
    release_seat(seat=taken, reason=Release.REQUESTED, **owing.desk())


def until_somebody_waits_for_a_lock() -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(LOCKED)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_seats_are_given_on_and_a_yes_is_answered_in_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    bob = owing.scene.admit("bob", sms=False)
    first = owing.other_group(bob, seats_max=1)
    second = owing.other_group(bob, seats_max=1, days=3)
    wait_for(seat=mine, session=first, **owing.desk())
    wait_for(seat=hers, session=second, **owing.desk())
    for session in (first, second):
        a_seat_comes_free(owing, session, bob)
    shown, path = owing.shown(hers, first), path_of(hers)
    given, give = threading.Event(), waiting.give_choice

    def giving(*asked: Any, **columns: Any) -> Any:
        made = give(*asked, **columns)
        if not given.is_set():
            given.set()
            until_somebody_waits_for_a_lock()
        return made

    monkeypatch.setattr(waiting, "give_choice", giving)

    def engine() -> int:
        try:
            return back_fill(by=ENGINE, at=NEXT_DAY)
        finally:
            connection.close()

    def eve() -> str:
        given.wait(PATIENCE)
        try:
            answer = Client().post(f"{path}accept", {"offer": shown.ref})
            return f"{answer.status_code} {answer['Location'].partition('?said=')[2]}"
        finally:
            connection.close()

    owing.desk()
    with ThreadPoolExecutor(2) as pool:
        seen_to, said = pool.submit(engine), pool.submit(eve)
        assert (seen_to.result(), said.result()) == (2, "303 gone")
    assert set(Offer.objects.filter(held=True).values_list("seat", "session")) == {
        (mine.pk, first.pk),
        (hers.pk, second.pk),
    }
