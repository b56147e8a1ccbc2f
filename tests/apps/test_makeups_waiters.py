"""Whoever waits for a seat: what comes free while she has other times open, while she answers, and when nothing is owed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from rejoin.common.actors import ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.makeups.actions import back_fill, wait_for, waiting, waive
from rejoin.makeups.actions.offers import give_choice
from rejoin.makeups.models import Offer, Waiting
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.programs.actions import release_seat
from rejoin.programs.models import Seat, Session
from rejoin.programs.vocabulary import Release
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.signing import client_of
from tests.apps.test_console_makeups import case_of, send
from tests.apps.test_makeups_page import Holder, path_of

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
    given, give = threading.Event(), give_choice

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


def waits_with_times_open() -> tuple[Owing, Seat, Session, list[Offer]]:
    """She waits for a seat in one session, and has others to choose from meanwhile; a seat of the first is kept for her."""
    owing = Owing()
    seat = owing.missed[0]
    bob = owing.scene.admit("bob", sms=False)
    full = owing.other_group(bob, seats_max=1, days=3)
    owing.other_group()
    owing.hour()
    wait_for(seat=seat, session=full, **owing.desk())
    open_ = owing.offers()
    assert open_[0].held
    a_seat_comes_free(owing, full, bob)
    return owing, seat, full, open_


@pytest.mark.django_db
def test_a_seat_that_comes_free_is_kept_for_her_beside_the_times_that_are_open_to_her() -> None:
    owing, seat, full, open_ = waits_with_times_open()
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 1
    assert Waiting.objects.latest("pk").turn == "offered"
    assert Offer.objects.get(session=full).held
    assert Offer.objects.filter(seat=seat).open_at(NEXT_DAY).count() == len(open_) + 1
    owing.desk()
    assert Holder(owing).sees().count("I will come") == len(open_) + 1


@pytest.mark.django_db
def test_none_of_these_lets_go_all_that_she_sees() -> None:
    owing, seat, _, _ = waits_with_times_open()
    back_fill(by=ENGINE, at=NEXT_DAY)
    owing.desk()
    assert "A person from your team will call you" in Holder(owing).does("none")
    assert not Offer.objects.filter(seat=seat).open_at(NEXT_DAY).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kept", ["a group", "an hour"])
def test_whatever_is_kept_for_her_a_free_seat_she_waited_for_is_offered_once(kept: str) -> None:
    owing = Owing()
    seat = owing.missed[0]
    full = owing.other_group(seats_max=1, days=3)
    owing.shown(seat, full)
    wait_for(seat=seat, session=full, **owing.desk())
    if kept == "an hour":
        owing.hour()
        full.seats_max = 0
        full.save()
        owing.offers()
        owing.shown(seat, full)
        full.seats_max = 1
        full.save()
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 1
    assert Offer.objects.filter(session=full).open_at(NEXT_DAY).get().held


@pytest.mark.django_db
def test_the_staff_put_her_on_the_list_of_what_is_full_and_would_do_for_hers() -> None:
    owing = Owing()
    case = case_of(owing)
    full = owing.other_group(seats_max=0, days=3)
    free, other = owing.other_group(), owing.other_group(days=3, hours=-4, module="other", seats_max=0)
    owing.offers()  # a seat is kept for her meanwhile
    client = client_of(owing.scene.coordinator)
    for session in (free, other):
        answer = send(client, case, "wait", session=session.ref)
        assert answer.status_code == 422
        assert "This has changed meanwhile" in answer.content.decode()
    assert send(client, case, "wait", session=full.ref).status_code == 302
    assert [each.session for each in Waiting.objects.all()] == [full]


@pytest.mark.django_db
def test_nobody_waits_for_a_seat_where_nothing_is_owed() -> None:
    owing = Owing()
    seat = owing.missed[0]
    full = owing.other_group(seats_max=0)
    waive(seat=seat, why=WaiverReason.CLINICAL, **owing.desk())
    with pytest.raises(Refusal, match="Nothing is owed"):
        wait_for(seat=seat, session=full, **owing.desk())
