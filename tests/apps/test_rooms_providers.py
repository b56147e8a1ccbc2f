"""An evening at each video service, through its door: who was there, and whom nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from rejoin.rooms.models import RawEvent, Source, Stranger
from rejoin.rooms.vocabulary import Provider
from tests.apps.rooms_scene import EVENING, HOUR, Rooms, in_one_go, kept, read_all, seen, simulate
from tests.rooms.recorded import NAMES, Recorded, recorded
from tests.rooms.signing import SECRET, SIGNED

pytestmark = pytest.mark.django_db
NIGHT = EVENING + 5 * HOUR
SECOND = timedelta(seconds=1)
PEOPLE = ("ada", "ben", "cleo")


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    everybodys = dict.fromkeys(map(str, Provider), SECRET)
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, room_secrets=everybodys)
    simulate(NIGHT)


def post(client: Client, evening: Recorded, body: bytes) -> int:
    form = body.startswith(b"domain=")
    return client.post(
        f"/hooks/rooms/{evening.provider}",
        body,
        content_type="application/x-www-form-urlencoded" if form else "application/json",
        headers=SIGNED[evening.provider](body, SECRET, datetime.now(UTC)),
    ).status_code


@pytest.mark.parametrize("name", NAMES)
def test_an_evening_comes_to_the_visits_that_took_place_and_a_stranger(client: Client, name: str) -> None:
    evening, rooms = recorded(name), Rooms()
    patients = {each: rooms.patient(each) for each in PEOPLE}
    session = rooms.session(*patients.values(), room=evening.room)
    for each in PEOPLE:
        rooms.link(patients[each], evening.refs[each], provider=evening.provider)
    bodies = list(evening.deliveries.values())
    told = [*bodies, *bodies[::2]]
    Random(name).shuffle(told)
    assert [post(client, evening, body) for body in told] == [200] * len(told)
    read_all(NIGHT)
    assert RawEvent.objects.count() == len(bodies), "one told again is the same"
    assert set(RawEvent.objects.values_list("state", flat=True)) == {"read"}
    ada = [(each.start, each.end) for each in seen(session, patients["ada"])]
    at = EVENING
    assert sorted(ada) == [
        (at + 131 * SECOND, at + 2405 * SECOND),
        (at + 2490 * SECOND, at + 10720 * SECOND),
    ]
    assert [(each.start, each.end) for each in seen(session, patients["ben"])] == [
        (at + 300 * SECOND, at + 10720 * SECOND)
    ]
    (cleo,) = seen(session, patients["cleo"])
    assert cleo.end == at + HOUR - 600 * SECOND
    (stranger,) = Stranger.objects.all()
    assert (stranger.ref, stranger.patient, stranger.session) == (evening.refs["nobody"], None, session)
    assert kept() == in_one_go(NIGHT)
    assert Source.objects.get().heard_at == at + 10720 * SECOND
