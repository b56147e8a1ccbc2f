"""What the pages of a room are told while it runs: each of her own room, and before she is in, of herself alone."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from rejoin.audit.models import Event
from rejoin.common.rows import select
from rejoin.programs.models import SessionStaff
from rejoin.rooms.models import SeatEvidence
from rejoin.visits import live, telling
from rejoin.visits.actions import admit, pass_on_caption, raise_hand, remove, set_lock
from rejoin.visits.live import ASK_AGAIN, MOST_STREAMS, MOST_WAITING, Ear, Follower, Standing
from rejoin.visits.models import Visit
from rejoin.visits.telling import MOST_BYTES, tell
from tests.apps.processes import wait_until
from tests.apps.scene import START, minutes
from tests.apps.signing import client_of, patient_client_of
from tests.apps.visits_scene import Evening

LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN rejoin_live'"


def standing(visit: int = 1, *, session: int = 7, host: bool = False, inside: bool = True) -> Standing:
    return Standing(session_id=session, program_id=3, visit_id=visit, host=host, inside=inside)


def heard(follower: Follower) -> list[tuple[str, Any]]:
    """What it was told, in order."""
    lines = follower.take().split("\n\n")
    return [
        (each.partition("\n")[0].removeprefix("event: "), json.loads(each.partition("data: ")[2]))
        for each in lines
        if each
    ]


def ear_of(*followers: Follower) -> Ear:
    made = Ear()
    for each in followers:
        made._followers.add(each)  # noqa: SLF001 - without a loop to listen in
    return made


def notice(event: str, **more: Any) -> str:
    return json.dumps({"session": 7, "event": event, **more})


def test_a_caption_is_heard_by_whoever_is_inside_and_by_nobody_else() -> None:
    inside, waiting = Follower(standing=standing()), Follower(standing=standing(2, inside=False))
    elsewhere = Follower(standing=standing(3, session=8))
    listening = ear_of(inside, waiting, elsewhere)
    listening.hear(telling.CHANNEL, notice(telling.CAPTION, name="A.", text="Good evening"))
    assert heard(inside) == [("caption", {"name": "A.", "text": "Good evening"})]
    assert heard(waiting) == heard(elsewhere) == []


def test_whoever_waits_hears_that_she_is_let_in_and_from_then_on_of_the_others() -> None:
    waiting, other = Follower(standing=standing(2, inside=False)), Follower(standing=standing(3))
    listening = ear_of(waiting, other)
    listening.hear(telling.CHANNEL, notice(telling.PEOPLE))
    assert heard(waiting) == []
    listening.hear(telling.CHANNEL, notice(telling.ADMITTED, visit=2))
    listening.hear(telling.CHANNEL, notice(telling.PEOPLE))
    assert heard(waiting) == [("admitted", {}), ("people", {})]
    assert heard(other) == [("people", {})]


def test_whoever_was_put_out_hears_nothing_more_of_the_room() -> None:
    her = Follower(standing=standing())
    listening = ear_of(her)
    listening.hear(telling.CHANNEL, notice(telling.REMOVED, visit=1))
    listening.hear(telling.CHANNEL, notice(telling.CAPTION, name="B.", text="Is she gone?"))
    assert heard(her) == [("removed", {})]


def test_boards_that_change_are_told_to_hosts_of_their_program_alone() -> None:
    host, patient = Follower(standing=standing(host=True)), Follower(standing=standing(2))
    listening = ear_of(host, patient)
    listening.hear("rejoin_live", "today,session:3")
    listening.hear("rejoin_live", "session:3")
    listening.hear("rejoin_live", "longwork:3")
    assert heard(host) == [("people", {})]
    assert heard(patient) == []
    listening.hear("rejoin_live", "session:4")
    assert heard(host) == []


def test_a_page_that_takes_nothing_keeps_little_waiting() -> None:
    slow = Follower(standing=standing())
    listening = ear_of(slow)
    for number in range(MOST_WAITING + 5):
        listening.hear(telling.CHANNEL, notice(telling.CAPTION, name="A.", text=str(number)))
    told = heard(slow)
    assert told[0] == (ASK_AGAIN[0], {})
    assert len(told) <= 7


@pytest.mark.django_db
def test_what_does_not_fit_into_a_notice_is_not_passed_on() -> None:
    tell(1, telling.CAPTION, text="ñ" * 300)
    with pytest.raises(ValueError, match="too long"):
        tell(1, telling.CAPTION, text="x" * MOST_BYTES)


async def events_of(answer: Any, *, within: float = 10) -> AsyncGenerator[tuple[str, Any], None]:
    """What a stream tells, event by event."""
    assert isinstance(answer, StreamingHttpResponse)
    parts = aiter(answer)
    while True:
        part = await asyncio.wait_for(anext(parts), within)
        text = part.decode() if isinstance(part, bytes) else str(part)
        for each in text.split("\n\n"):
            if each.startswith("event: "):
                yield each.partition("\n")[0].removeprefix("event: "), json.loads(each.partition("data: ")[2])


async def until(events: AsyncGenerator[tuple[str, Any], None], wanted: str) -> Any:
    async for event, told in events:
        if event == wanted:
            return told
    raise AssertionError(wanted)


def _is_heard() -> bool:
    try:
        return bool(select(LISTENING)[0][0])
    finally:
        connection.close()


async def beside(act: Callable[..., object], **given: Any) -> None:
    """Done in a thread of its own, which leaves no connection open."""

    def do() -> None:
        try:
            act(**given)
        finally:
            connection.close()

    await asyncio.to_thread(do)


@pytest.mark.django_db(transaction=True)
def test_a_patients_stream_follows_her_room(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = Evening(monkeypatch)
    assert evening.check_in(evening.ada).status_code == 303
    visit, link = Visit.objects.get(), evening.link(evening.ada)
    who: Any = {"by": evening.scene.as_ben(), "at": START}
    told = Event.objects.count()

    async def follow() -> list[Any]:
        answer = await AsyncClient().get(f"{link}events")
        assert answer.headers["Content-Type"] == "text/event-stream"
        found = []
        async with aclosing(events_of(answer)) as events:
            wait = asyncio.create_task(until(events, "admitted"))
            await asyncio.to_thread(wait_until, _is_heard)
            await beside(admit, visit=visit, **who)
            found.append(await wait)
            await beside(pass_on_caption, visit=visit, text="Good  evening")
            found.append(await until(events, "caption"))
            await beside(raise_hand, visit=visit, up=True, **who)
            found.append(await until(events, "hand"))
            await beside(set_lock, session=evening.session, locked=True, **who)
            found.append(await until(events, "locked"))
            await beside(remove, visit=visit, **who)
            found.append(await until(events, "removed"))
        return found

    found = asyncio.run(follow())
    assert found == [
        {},
        {"name": "A.", "host": False, "text": "Good evening"},
        {"ref": visit.ref, "up": True},
        {"locked": True},
        {},
    ]
    assert Event.objects.count() == told + 4  # the caption is told nowhere


@pytest.mark.django_db(transaction=True)
def test_nobody_follows_a_room_she_has_not_asked_to_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = Evening(monkeypatch)
    link, room = evening.link(evening.ada), f"/sessions/{evening.session.ref}/room/"

    async def statuses() -> list[int]:
        nobody = AsyncClient()
        asked = [await nobody.get(f"{link}events"), await nobody.post(f"{link}events")]
        asked += [await nobody.get("/join/made-up/events"), await nobody.get(f"{room}events")]
        return [each.status_code for each in asked]

    assert asyncio.run(statuses()) == [404, 404, 404, 302]


@pytest.mark.django_db(transaction=True)
def test_a_link_that_was_passed_on_tells_somebody_else_who_is_signed_in_nothing_of_the_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evening = Evening(monkeypatch)
    assert evening.check_in(evening.ada).status_code == 303
    link = evening.link(evening.ada)
    admit(visit=Visit.objects.get(), by=evening.scene.as_ben(), at=START)
    clients = [patient_client_of(evening.eve), client_of(evening.scene.ben), patient_client_of(evening.ada)]

    async def statuses() -> list[int]:
        found = []
        for each in (*clients, Client()):
            asking = AsyncClient()
            asking.cookies = each.cookies
            answer: Any = await asking.get(f"{link}events")
            if isinstance(answer, StreamingHttpResponse):
                async with aclosing(aiter(answer)):  # type: ignore[type-var]
                    pass
            found.append(answer.status_code)
        return found

    assert asyncio.run(statuses()) == [404, 404, 200, 200]


@pytest.mark.django_db(transaction=True)
def test_a_host_follows_as_long_as_she_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = Evening(monkeypatch)
    room = f"/sessions/{evening.session.ref}/room/"
    signed_in: Client = client_of(evening.scene.ben)
    assert signed_in.post(f"{room}grant").status_code == 200

    async def status(client: Client) -> int:
        asking = AsyncClient()
        asking.cookies = client.cookies
        answer: Any = await asking.get(f"{room}events")
        if isinstance(answer, StreamingHttpResponse):
            async with aclosing(aiter(answer)):  # type: ignore[type-var]
                pass
        return int(answer.status_code)

    assert asyncio.run(status(signed_in)) == 200
    SessionStaff.objects.filter(session=evening.session).update(
        released_at=START, released_by="staff:1", occupies=False
    )
    colleague = evening.scene.hire("dan", "facilitator")
    assert asyncio.run(status(client_of(colleague))) == 404


def test_too_many_pages_of_one_visit_are_not_followed() -> None:
    async def add() -> list[bool]:
        made = Ear()
        made.is_ending = True  # nothing is listened to
        kept = [made.add(standing()) for _ in range(MOST_STREAMS + 1)]
        return [each is not None for each in kept]

    assert asyncio.run(add()) == [True] * MOST_STREAMS + [False]


@pytest.mark.django_db(transaction=True)
def test_a_hosts_board_is_told_of_a_join_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the commit of the evidence to the event on her stream; 20 joins, the slowest of 19 of them."""
    evening = Evening(monkeypatch)
    host, took = client_of(evening.scene.ben), list[float]()
    room = f"/sessions/{evening.session.ref}/room/"
    assert host.post(f"{room}grant").status_code == 200

    evening.scene.watched(evening.session, (evening.ada, START, None))

    def join(number: int) -> float:
        """One statement, and so one notice."""
        seen = [["janus-events", (START + minutes(number)).isoformat(), None]]
        assert SeatEvidence.objects.update(presence=seen) == 1
        return time.monotonic()

    async def follow() -> None:
        asking = AsyncClient()
        asking.cookies = host.cookies
        async with aclosing(events_of(await asking.get(f"{room}events"))) as events:
            assert await until(events, "people") == {}
            for number in range(20):
                joined: list[float] = []
                told = asyncio.create_task(until(events, "people"))
                await beside(lambda number=number, joined=joined: joined.append(join(number)))
                await told
                took.append(time.monotonic() - joined[0])

    asyncio.run(follow())
    assert sorted(took)[18] < 1, took


def test_a_stream_ends_when_her_way_in_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STANDING_SECONDS", 0.0)
    monkeypatch.setattr(live, "standing_of", lambda _: None)

    async def follow() -> list[str]:
        listening = Ear()
        listening.is_ending = True  # nothing is listened to
        follower = listening.add(standing())
        assert follower is not None
        listening.is_ending = False
        return [each async for each in live.stream(listening, follower, lambda: None)]

    assert asyncio.run(follow()) == [live.BEGIN]
