"""Somebody who has a link of her own and enters by another's name: `python -m tests.journeys.rooms.posing`, inside a network.

Prints what the engine says of it, a word a line: "joined", and "out" once she was put out.
"""

import json
import sys
from itertools import count
from typing import Any

from websockets.sync.client import ClientConnection, connect

WITHIN_SECONDS = 40


def pose(ws_url: str, room: str, api_token: str, room_token: str, conn: str) -> None:
    with connect(ws_url, subprotocols=["janus-protocol"]) as line:  # type: ignore[list-item] # a plain word
        numbers = count()

        def ask(**said: Any) -> dict[str, Any]:
            number = str(next(numbers))
            line.send(json.dumps({**said, "token": api_token, "transaction": number}))
            return _heard(line, lambda told: told.get("transaction") == number and told["janus"] != "ack")

        session = ask(janus="create")["data"]["id"]
        handle = ask(janus="attach", session_id=session, plugin="janus.plugin.videoroom")["data"]["id"]
        body = {"request": "join", "ptype": "publisher", "room": room, "id": conn, "token": room_token}
        joined = ask(janus="message", session_id=session, handle_id=handle, body=body)
        print(joined["plugindata"]["data"]["videoroom"], flush=True)
        _heard(line, _is_out)
        print("out", flush=True)


def _is_out(told: dict[str, Any]) -> bool:
    said = told.get("plugindata", {}).get("data", {})
    return bool(said.get("leaving") == "ok" or said.get("kicked"))


def _heard(line: ClientConnection, wanted: Any) -> dict[str, Any]:
    while True:
        told: dict[str, Any] = json.loads(line.recv(timeout=WITHIN_SECONDS))
        if wanted(told):
            return told


if __name__ == "__main__":
    pose(*sys.argv[1:])
