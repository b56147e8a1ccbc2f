"""The recorded evening of a real Janus through the ear's inbox: in any order and told twice, it is the same evening."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.rooms.actions import add_identities
from rejoin.rooms.ear import store
from rejoin.rooms.engines.janus.adapter import CAPABILITIES
from rejoin.rooms.engines.janus.concluded import conclude
from rejoin.rooms.engines.port import Connection
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import HostedRoom, RawEvent, Stranger
from rejoin.rooms.polling import keep_snapshot
from tests.apps.rooms_scene import HOUR, MINUTE, Rooms, kept, read_all, seen
from tests.apps.scene import Scene
from tests.rooms.test_janus_recorded import EVENTS, done, within

pytestmark = pytest.mark.django_db
ROOM = "3c6a1d5e-52d4-4b7e-8a25-2f0b8f4ce001"
START = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
NIGHT = START + 3 * HOUR
SECOND = timedelta(seconds=1)


class Engine:
    """Says in its events what the recorded one is called."""

    name = "janus"
    capabilities = CAPABILITIES

    def emitter(self) -> str:
        return "rejoin-janus"


def evening() -> Rooms:
    rooms = Rooms()
    clock.simulate(shown_at=NIGHT, rate=0)
    people = {name: rooms.patient(name) for name in ("ada", "ben", "cleo", "dan")}
    rooms.session(*people.values(), starts_at=START, length=HOUR, room=ROOM)
    identities = [("janus", f"p-{name}", patient.pk) for name, patient in people.items()]
    add_identities(identities=identities, by=COMMAND, at=START - HOUR)
    return rooms


def told_in(rooms: Rooms, events: list[bytes], chance: random.Random) -> dict[str, Any]:
    """Everything that is known once these have come in, in batches, some of them read in between."""
    waiting = list(events)
    while waiting:
        count = chance.randint(1, 9)
        store("janus", waiting[:count])
        del waiting[:count]
        if chance.random() < 0.4:
            read_all(NIGHT)
    read_all(NIGHT)
    found = kept()
    found["strangers"] = sorted(Stranger.objects.filter(gone=False).values_list("ref", "posing"))
    return found


def visits_of(rooms: Rooms, name: str) -> list[tuple[datetime | None, datetime | None, bool]]:
    session = rooms.program.sessions.get()
    patient = session.seats.get(patient__name=name).patient
    return sorted((each.start, each.end, each.end_reported) for each in seen(session, patient))


def test_in_order_it_is_what_was_done() -> None:
    rooms = evening()
    told_in(rooms, EVENTS, random.Random(0))
    (_, left, first_told), (_, crashed, second_told) = visits_of(rooms, "ada")
    assert within(left, done("p-ada", "leaves"))
    assert within(crashed, done("engine", "is killed"))
    assert (first_told, second_told) == (True, False)
    assert len(visits_of(rooms, "ben")) == len(visits_of(rooms, "cleo")) == 2
    assert visits_of(rooms, "dan") == []
    assert list(Stranger.objects.filter(gone=False).values_list("posing", flat=True)) == [True]


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_with_half_of_it_told_twice_it_is_the_same(seed: int) -> None:
    chance = random.Random(seed)
    with transaction.atomic():
        expected = told_in(evening(), EVENTS, random.Random(0))
        transaction.set_rollback(True)
    rooms = evening()
    events = [*EVENTS, *chance.sample(EVENTS, len(EVENTS) // 2)]
    chance.shuffle(events)
    found = told_in(rooms, events, chance)
    assert RawEvent.objects.count() == len(EVENTS)
    assert by_name(found) == by_name(expected)


@pytest.mark.parametrize("seed", range(5))
def test_what_two_snapshots_said_changes_nothing_where_the_engine_told_itself(seed: int) -> None:
    """Concluded while its word was on the way: seen a second after each join, gone a second after the end."""
    chance = random.Random(seed)
    rooms = evening()
    joined = [done(who, "joins")[1] for who in ("p-ada", "p-ben", "p-cleo")]
    conns = ("p-ada.15a5355c790a", "p-ben.b539d0689925", "p-cleo.230894c5d080")
    concluded = [
        conclude(Engine(), ROOM, conn, here=here, at=at + after)
        for conn, at in zip(conns, joined, strict=True)
        for here, after in ((True, SECOND / 20), (False, 30 * SECOND))
    ]
    events = [*EVENTS, *concluded]
    chance.shuffle(events)
    told_in(rooms, events, chance)
    assert [len(visits_of(rooms, name)) for name in ("ada", "ben", "cleo")] == [2, 2, 2]
    assert visits_of(rooms, "ada")[0][2]


MOMENT = datetime(2026, 11, 30, 14, 9, 28, 700000, tzinfo=UTC)
"""When the policy has whoever is missing written to: ada and cleo are in, ben has gone, dan never came."""


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_with_half_of_it_told_twice_nobody_who_is_in_is_written_to_and_dan_is_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of it comes only after the moment; the room is asked just before it, as it always is. Until it was told that
    ben had been in, he is missing as dan is: he is out by then."""
    chance = random.Random(seed)
    told = [*EVENTS, *chance.sample(EVENTS, len(EVENTS) // 2)]
    chance.shuffle(told)
    happened = [each for each in told if json.loads(each)["timestamp"] <= MOMENT.timestamp() * 1e6]
    early = happened[: chance.randint(0, len(happened))]
    scene, room, numbers = expecting(monkeypatch)
    asked(room, "ada", "cleo", at=MOMENT - SECOND)
    hear_in_batches(early, chance, at=MOMENT)
    scene.run(MOMENT)
    at_first = [each.to for each in scene.sms.sent]
    heard_of_ben = any(b'"joined"' in each and b"p-ben." in each for each in early)
    assert set(at_first) <= {numbers["dan"], *([] if heard_of_ben else [numbers["ben"]])}
    hear_in_batches(told, chance, at=MOMENT + MINUTE)
    asked(room, at=MOMENT + MINUTE)
    scene.run(MOMENT + MINUTE)
    assert sorted(each.to for each in scene.sms.sent) == sorted({*at_first, numbers["dan"]})


def expecting(monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, HostedRoom, dict[str, str]]:
    """The four of that evening, with their numbers, in the room of that evening."""
    monkeypatch.setattr("rejoin.rooms.hosting.uuid.uuid4", lambda: UUID(ROOM))
    scene = Scene()
    numbers = {name: f"+1555010{number}" for number, name in enumerate(("ada", "ben", "cleo", "dan"), 10)}
    people = {name: scene.admit(name, phone=number) for name, number in numbers.items()}
    session = scene.session(*people.values(), starts_at=MOMENT - 5 * MINUTE, seats_max=None)
    room = host_session(session=session, provider="janus", by=COMMAND, at=MOMENT - HOUR)
    identities = [("janus", f"p-{name}", patient.pk) for name, patient in people.items()]
    add_identities(identities=identities, by=COMMAND, at=MOMENT - HOUR)
    return scene, room, numbers


def asked(room: HostedRoom, *names: str, at: datetime) -> None:
    """The engine said who was in."""
    engine: Any = Engine()
    here = frozenset(Connection(conn=f"p-{name}.asked", ref=f"p-{name}") for name in names)
    keep_snapshot(room=room, here=here, engine=engine, by=COMMAND, at=at)


def hear_in_batches(events: list[bytes], chance: random.Random, *, at: datetime) -> None:
    clock.simulate(shown_at=at, rate=0)
    waiting = list(events)
    while waiting:
        count = chance.randint(1, 9)
        store("janus", waiting[:count])
        del waiting[:count]
        read_all(at)


def by_name(found: dict[str, Any]) -> Any:
    """Without the numbers that rows were given."""
    return (
        [told for _, told in sorted(found["seats"].items())],
        [told for _, told in sorted(found["sessions"].items())],
        found["strangers"],
    )
