"""Connections without a browser: `python -m tests.journeys.rooms.lines pose|crowd|stay ...`, inside a network.

`pose WS_URL ROOM API_TOKEN ROOM_TOKEN CONN` is somebody with a link of her own who enters by another's name. It prints
what the engine says, a word a line: "joined", and "out" once she was put out.

`crowd WS_URL ROOM SECONDS` reads a line `CONN API_TOKEN ROOM_TOKEN` for each who enters, so many seconds after each
other, and prints for each when the engine said that she is in (seconds since 1970). They leave at the end of the input.

`stay WS_URL ROOM API_TOKEN ROOM_TOKEN CONN` enters, prints what the engine says, and leaves at the end of the input.
"""

import json
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from select import select
from typing import Any

from websockets.sync.client import connect
from websockets.typing import Subprotocol

WITHIN_SECONDS = 40
KEEP_ALIVE_SECONDS = 5
Told = dict[str, Any]


class Line:
    """One connection to the engine."""

    def __init__(self, kept: ExitStack, ws_url: str) -> None:
        spoken = [Subprotocol("janus-protocol")]
        self._socket = kept.enter_context(connect(ws_url, subprotocols=spoken, close_timeout=0.1))
        self._numbers = count()
        self._session = 0

    def enter(self, room: str, conn: str, api_token: str, room_token: str) -> Told:
        """What the engine says to it."""
        session = self._session = self._ask(api_token, janus="create")["data"]["id"]
        attach = {"janus": "attach", "session_id": session, "plugin": "janus.plugin.videoroom"}
        handle = self._ask(api_token, **attach)["data"]["id"]
        body = {"request": "join", "ptype": "publisher", "room": room, "id": conn, "token": room_token}
        said = {"janus": "message", "session_id": session, "handle_id": handle, "body": body}
        told: Told = self._ask(api_token, **said)["plugindata"]["data"]
        return told

    def live_on(self, api_token: str) -> None:
        """As a page does every few seconds: the engine forgets whoever is silent for twenty."""
        number = str(next(self._numbers))
        told = {"janus": "keepalive", "session_id": self._session, "token": api_token, "transaction": number}
        self._socket.send(json.dumps(told))
        self.hear(lambda told: told.get("transaction") == number)

    def hear(self, wanted: Callable[[Told], bool]) -> Told:
        while True:
            told: Told = json.loads(self._socket.recv(timeout=WITHIN_SECONDS))
            if wanted(told):
                return told

    def _ask(self, token: str, **said: Any) -> Told:
        number = str(next(self._numbers))
        self._socket.send(json.dumps({**said, "token": token, "transaction": number}))
        return self.hear(lambda told: told.get("transaction") == number and told["janus"] != "ack")


def pose(ws_url: str, room: str, api_token: str, room_token: str, conn: str) -> None:
    with ExitStack() as kept:
        line = Line(kept, ws_url)
        print(line.enter(room, conn, api_token, room_token)["videoroom"], flush=True)
        line.hear(lambda told: told.get("plugindata", {}).get("data", {}).get("leaving") == "ok")
        print("out", flush=True)


def crowd(ws_url: str, room: str, seconds: str) -> None:
    with ExitStack() as kept:
        for said in sys.stdin:
            conn, api_token, room_token = said.split()
            told = Line(kept, ws_url).enter(room, conn, api_token, room_token)
            print(conn, time.time() if told["videoroom"] == "joined" else "refused", flush=True)
            time.sleep(float(seconds))
        sys.stdin.close()


def stay(ws_url: str, room: str, api_token: str, room_token: str, conn: str) -> None:
    with ExitStack() as kept:
        line = Line(kept, ws_url)
        print(line.enter(room, conn, api_token, room_token)["videoroom"], flush=True)
        while not select([sys.stdin], [], [], KEEP_ALIVE_SECONDS)[0]:
            line.live_on(api_token)


if __name__ == "__main__":
    DOES: dict[str, Callable[..., None]] = {"pose": pose, "crowd": crowd, "stay": stay}
    DOES[sys.argv[1]](*sys.argv[2:])
