"""The real Janus: what it lets in and refuses, who it says is in, and what follows from its events."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rejoin.rooms.engines.janus import tokens
from rejoin.rooms.engines.janus.starting import Running
from rejoin.rooms.engines.port import Connection, EngineAway, JoinGrant
from tests.apps.janus_scene import Guest, Refused, janus_at_work

pytestmark = pytest.mark.enable_socket
ROOM = "5f0c9f5e-7a63-4d0e-9a59-6a3d3f1f0001"
OTHER = "5f0c9f5e-7a63-4d0e-9a59-6a3d3f1f0002"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with janus_at_work(tmp_path_factory.mktemp("janus")) as server:
        yield server


@pytest.fixture
def room(running: Running) -> Iterator[str]:
    ensure(running)
    yield ROOM
    running.engine.close_room(ROOM)


def ensure(running: Running, room: str = ROOM) -> None:
    running.engine.ensure_room(room, capacity=8, audio_first=False, ends_at=now() + HOUR)


def now() -> datetime:
    return datetime.now(UTC)


def grant(running: Running, ref: str = "p-ada", room: str = ROOM, **more: Any) -> JoinGrant:
    return running.engine.join_grant(room, ref, host=False, **{"at": now(), "until": now() + HOUR, **more})


def test_who_is_in_is_told_with_the_reference_that_was_signed(running: Running, room: str) -> None:
    engine = running.engine
    ada, ben = Guest(grant(running)).join(), Guest(grant(running, "p-ben")).join()
    assert engine.present(room) == {
        Connection(conn=ada.conn, ref="p-ada"),
        Connection(conn=ben.conn, ref="p-ben"),
    }
    ben.leave()
    assert engine.present(room) == {Connection(conn=ada.conn, ref="p-ada")}
    assert engine.present(OTHER) == frozenset()


def test_who_takes_another_ones_name_is_found_posing_and_is_put_out(running: Running, room: str) -> None:
    engine = running.engine
    spoof = Guest(grant(running, "p-ben"), conn="p-ada.fake").join()
    assert engine.present(room) == {Connection(conn="p-ada.fake", ref=None, posing=True)}
    engine.remove(room, spoof.conn)
    assert engine.present(room) == frozenset()
    engine.remove(room, spoof.conn)


def test_asked_again_for_a_room_nobody_in_it_notices(running: Running, room: str) -> None:
    ada = Guest(grant(running)).join()
    ensure(running)
    assert {each.conn for each in running.engine.present(room)} == {ada.conn}


def test_a_restart_loses_the_rooms_and_asking_again_brings_them_back(running: Running, room: str) -> None:
    Guest(grant(running)).join()
    running.kill()
    with pytest.raises(EngineAway):
        running.engine.present(room)
    running.start_again()
    assert running.engine.present(room) == frozenset()
    ensure(running)
    ada = Guest(grant(running)).join()
    assert running.engine.present(room) == {Connection(conn=ada.conn, ref="p-ada")}


def test_who_is_muted_is_told_by_the_engine_and_may_speak_again_by_herself(
    running: Running, room: str
) -> None:
    ada, ben = Guest(grant(running)).join(), Guest(grant(running, "p-ben")).join()
    ada.speak()
    running.engine.mute(room, ada.conn)
    for who in (ada, ben):
        told = [who.hears_of("moderation") for _ in range(2)]
        assert [(each["id"], each["moderation"]) for each in told] == [
            (ada.conn, "muted"),
            (ada.conn, "unmuted"),
        ]
    running.engine.mute(room, ben.conn)
    running.engine.mute(room, "p-nobody.1")


def listen(running: Running, given: JoinGrant) -> None:
    """As the page does for its second handle: it needs a token that holds, however long the first has been in."""
    ada = Guest(grant(running)).join()
    ada.speak()
    asked = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": ada.conn}]}
    Guest(given).say({**asked, "token": given.room_token})


REFUSED: dict[str, tuple[Callable[[Running], Any], int]] = {
    "a room token that has expired": (
        lambda running: Guest(grant(running, at=now() - HOUR)).join(),
        433,
    ),
    "another room's token": (
        lambda running: Guest(grant(running), room_token=grant(running, room=OTHER).room_token).join(),
        433,
    ),
    "a listener whose room token has expired": (
        lambda running: listen(running, grant(running, at=now() - HOUR)),
        433,
    ),
    "a listener without one": (lambda running: listen(running, replace(grant(running), room_token="")), 433),
    "no room token": (lambda running: Guest(grant(running), room_token="").join(), 433),
    "an API token that has expired": (
        lambda running: Guest(grant(running, until=now() - HOUR)).join(),
        403,
    ),
    "a room of one's own": (
        lambda running: Guest(grant(running)).say({"request": "create", "room": OTHER}),
        429,
    ),
    "a room's end": (
        lambda running: Guest(grant(running)).join().say({"request": "destroy", "room": ROOM}),
        429,
    ),
    "another one's end": (
        lambda running: Guest(grant(running)).join().say({"request": "kick", "room": ROOM, "id": "p-x.1"}),
        429,
    ),
    "a recording": (
        lambda running: (
            Guest(grant(running)).join().say({"request": "enable_recording", "room": ROOM, "record": True})
        ),
        429,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_janus_refuses(running: Running, room: str, what: str) -> None:
    ask, code = REFUSED[what]
    with pytest.raises(Refused) as refused:
        ask(running)
    assert refused.value.code == code


def test_a_forged_token_is_none_to_janus_and_none_to_us(running: Running, room: str) -> None:
    real = grant(running)
    forged = real.api_token.replace("p-ada", "p-ben")
    assert tokens.ref_in(real.api_token, running.setup.keys.token_key) == "p-ada"
    assert tokens.ref_in(forged, running.setup.keys.token_key) is None
    with pytest.raises(Refused) as refused:
        Guest(replace(real, api_token=forged))
    assert refused.value.code == 403


def test_nothing_but_rooms_is_loaded_and_no_secret_is_told(running: Running) -> None:
    info = running.engine.admin.ask("info")
    assert list(info["plugins"]) == ["janus.plugin.videoroom"]
    assert sorted(info["transports"]) == ["janus.transport.http", "janus.transport.websockets"]
    assert list(info["events"]) == ["janus.eventhandler.wsevh"]
    log = running.log.read_text()
    assert not any(
        secret in log for secret in (running.setup.keys.token_key, running.setup.keys.admin_secret)
    )


def test_only_the_owner_reads_the_configuration(running: Running) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path(running.folder).glob("*.jcfg")}
    assert set(modes.values()) == {0o600}
