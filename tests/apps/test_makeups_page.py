"""Her page of ways back, by her link: one tap to three times; and many who take the last seats in one moment."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from rejoin.common import clock
from rejoin.makeups.actions import offer_make_ups
from rejoin.makeups.links import makeup_path, token_of
from rejoin.makeups.models import Booking, Debt, Offer
from rejoin.programs.models import Seat
from tests.apps.makeups_scene import NEXT_DAY, Owing


def path_of(seat: Seat) -> str:
    return makeup_path(Debt.objects.get(seat=seat).ref)


@pytest.mark.django_db
def test_one_tap_shows_what_there_is_and_one_more_takes_it() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    owing.hour()
    owing.desk()
    client, path = Client(), path_of(seat)
    page = client.get(path).content.decode()
    assert page.count("I will come") == 2
    first = Offer.objects.get(rank=0)
    answer = client.post(f"{path}accept", {"offer": first.ref})
    assert (answer.status_code, answer["Location"]) == (303, f"{path}?said=taken")
    assert "See you soon" in client.get(answer["Location"]).content.decode()
    assert Booking.objects.get().missed == seat


@pytest.mark.django_db
def test_looking_at_the_page_twice_offers_once() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    owing.desk()
    client, path = Client(), path_of(seat)
    client.head(path)
    assert not Offer.objects.exists()
    client.get(path)
    client.get(path)
    assert Offer.objects.count() == 1


@pytest.mark.django_db
def test_none_of_these_asks_for_a_person_and_is_not_asked_again() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    owing.desk()
    client, path = Client(), path_of(seat)
    client.get(path)
    answer = client.post(f"{path}none")
    page = client.get(answer["Location"]).content.decode()
    assert "Somebody of your team will call you" in page
    assert Offer.objects.count() == 1


@pytest.mark.django_db
def test_what_she_would_rather_not_have_is_gone_from_the_page() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.other_group()
    owing.hour()
    owing.desk()
    client, path = Client(), path_of(seat)
    client.get(path)
    client.post(f"{path}decline", {"offer": Offer.objects.get(rank=0).ref, "why": "time"})
    assert client.get(path).content.decode().count("I will come") == 1


@pytest.mark.django_db
def test_a_link_that_is_not_ours_and_an_offer_that_is_not_hers_lead_nowhere() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    owing.other_group()
    (other,) = offer_make_ups(seat=hers, **owing.desk())
    client, path = Client(), path_of(mine)
    for wrong in (f"/makeup/{token_of(uuid4())}/", "/makeup/x/", f"/makeup/{'x' * 300}/"):
        assert client.get(wrong).status_code == 404
    for ref in (other.ref, uuid4(), "x"):
        assert client.post(f"{path}accept", {"offer": ref}).status_code == 404
    assert client.get(f"{path}accept").status_code == 404
    assert not Booking.objects.exists()


MANY, SEATS = 60, 7


@pytest.mark.django_db(transaction=True)
def test_many_take_the_last_seats_in_one_moment_and_each_is_answered() -> None:
    owing = Owing(names=tuple(f"p{number}" for number in range(MANY)))
    missed = owing.missed
    green = owing.other_group(seats_max=SEATS)
    refs = {seat.pk: owing.shown(seat, green).ref for seat in missed}
    paths = {seat.pk: path_of(seat) for seat in missed}
    clock.simulate(shown_at=NEXT_DAY, rate=0)

    def take(seat: Seat) -> str:
        try:
            answer = Client().post(f"{paths[seat.pk]}accept", {"offer": refs[seat.pk]})
            return f"{answer.status_code} {answer['Location'].partition('?said=')[2]}"
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(take, missed))
    green.refresh_from_db()
    assert sorted(set(said)) == ["303 gone", "303 taken"]
    assert said.count("303 taken") == SEATS == green.seats_taken == Booking.objects.count()
