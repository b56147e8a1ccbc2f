"""A real Janus on this machine, and people who join its rooms without sound or pictures: the events are the same."""

import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from rejoin.rooms.ear import Ear
from rejoin.rooms.engines.janus.starting import Running, start_janus
from rejoin.rooms.engines.janus.writing import PROGRAM, Setup, fresh_keys
from rejoin.rooms.engines.port import JoinGrant

PLUGIN = "janus.plugin.videoroom"


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def janus_at_work(folder: Path) -> Iterator[Running]:
    """A server on ports of its own, gone afterwards. Never left out where CI is true."""
    if not PROGRAM.exists() and os.environ.get("CI") != "true":
        pytest.skip("janus is not installed (sh tools/need_janus.sh)")
    running = start_janus(
        folder,
        Setup(keys=fresh_keys(), ws_port=free_port(), admin_port=free_port(), ear_port=free_port()),
    )
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def ear_of(running: Running, *, most_kept: int = 50_000) -> Iterator[Ear]:
    """Our ear where this server dials, with nothing else of a worker."""
    stopping = threading.Event()
    ear = Ear(provider="janus", secret=running.setup.keys.ear, beat=lambda _part: None, most_kept=most_kept)
    listening = threading.Thread(
        target=ear.listen, args=(running.setup.ear_address, running.setup.ear_port, stopping), daemon=True
    )
    listening.start()
    try:
        yield ear
    finally:
        stopping.set()
        listening.join(15)
        assert not listening.is_alive()


# A microphone, offered by a browser that never connects: Janus makes its line all the same.
MICROPHONE = "\r\n".join(
    (
        *("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0"),
        *("m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=ice-ufrag:abcd"),
        *("a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)),
        *(
            "a=setup:actpass",
            "a=mid:0",
            "a=sendonly",
            "a=rtcp-mux",
            "a=rtpmap:111 opus/48000/2",
            "a=ssrc:1 cname:c",
        ),
        "",
    )
)


class Refused(Exception):
    """Janus said no; `code` is its own."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(str(told))
        self.code = told.get("code") or told.get("error_code")


class Guest:
    """Somebody at a browser, as far as the engine can tell without media."""

    def __init__(self, grant: JoinGrant, *, conn: str = "", room_token: str | None = None) -> None:
        self.grant = grant
        self.conn = conn or grant.conn
        self._room_token = grant.room_token if room_token is None else room_token
        self._open = ExitStack()
        subprotocols = [Subprotocol("janus-protocol")]
        self._line = self._open.enter_context(
            connect(grant.ws_url, subprotocols=subprotocols, compression=None, proxy=None)
        )
        self._session = self._ask({"janus": "create"})["data"]["id"]
        told = {"janus": "attach", "session_id": self._session, "plugin": PLUGIN}
        self._handle = self._ask(told)["data"]["id"]

    def join(self) -> Self:
        self.say(
            {
                "request": "join",
                "ptype": "publisher",
                "room": self.grant.room,
                "id": self.conn,
                "display": "",
                "token": self._room_token,
            }
        )
        return self

    def leave(self) -> None:
        """As the page does."""
        self.say({"request": "leave"})
        self.close()

    def close(self) -> None:
        """A tab that is closed, or a browser that is killed: the line ends."""
        with suppress(ConnectionClosed):
            self._open.close()

    def speak(self) -> None:
        """Publish a microphone."""
        self.say({"request": "publish"}, jsep={"type": "offer", "sdp": MICROPHONE})

    def say(self, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        told = {"janus": "message", "session_id": self._session, "handle_id": self._handle, "body": body}
        return self._ask({**told, **more})

    def hears_of(self, what: str) -> dict[str, Any]:
        """The next word of the room's that says this."""
        while True:
            told: dict[str, Any] = self.hears().get("plugindata", {}).get("data", {})
            if what in told:
                return told

    def hears(self, timeout: float = 5.0) -> dict[str, Any]:
        """The next word of the engine's."""
        told: dict[str, Any] = json.loads(self._line.recv(timeout))
        return told

    def _ask(self, told: dict[str, Any]) -> dict[str, Any]:
        number = secrets.token_hex(6)
        self._line.send(json.dumps({**told, "transaction": number, "token": self.grant.api_token}))
        while True:
            answer = self.hears()
            if answer.get("transaction") != number or answer.get("janus") == "ack":
                continue
            if answer.get("janus") == "error":
                raise Refused(answer["error"])
            data = answer.get("plugindata", {}).get("data", {})
            if "error_code" in data:
                raise Refused(data)
            return answer
