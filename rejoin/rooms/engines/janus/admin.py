"""Janus' admin API over HTTP, on loopback: one question, one answer, or `EngineAway`."""

import http.client
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from rejoin.rooms.engines.janus.tokens import PLUGIN
from rejoin.rooms.engines.port import EngineAway, EngineRefused

TIMEOUT_SECONDS: Final = 3.0
"""An answer takes a millisecond. Whoever waits for one has a page to show."""
LARGEST_ANSWER: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """Where the admin API listens, and what it wants to hear. Opens a connection for each question: any thread may."""

    url: str
    secret: str
    timeout: float = TIMEOUT_SECONDS

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """One request of the admin API itself: `info`, `list_sessions`, `handle_info`."""
        answer = self._post({"janus": what, **more})
        if answer.get("janus") == "error":
            raise _refused(answer.get("error"), "code", "reason")
        if answer.get("janus") != "success" and what != "info":
            raise EngineAway(f"no answer to {what}")
        return answer

    def ask_rooms(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One request of the plugin of rooms: `create`, `listparticipants`, `kick`."""
        answer = self.ask("message_plugin", plugin=PLUGIN, request=dict(request)).get("response")
        if not isinstance(answer, dict):
            raise EngineAway("no answer of the rooms")
        if "error_code" in answer:
            raise _refused(answer, "error_code", "error")
        return answer

    def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        parts = urlsplit(self.url)
        told = {**body, "admin_secret": self.secret, "transaction": secrets.token_hex(6)}
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        line = kind(parts.hostname or "", parts.port, timeout=self.timeout)
        try:
            line.request("POST", parts.path or "/", json.dumps(told), {"Content-Type": "application/json"})
            answered = line.getresponse()
            text = answered.read(LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as fault:
            raise EngineAway(type(fault).__name__) from fault
        finally:
            line.close()
        return _read(text)


def _read(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError as fault:
        raise EngineAway("an answer that cannot be read") from fault
    if not isinstance(answer, dict):
        raise EngineAway("an answer of another shape")
    return answer


def _refused(told: Any, code: str, words: str) -> EngineRefused:
    found = told if isinstance(told, dict) else {}
    return EngineRefused(found.get(code, 0), str(found.get(words, ""))[:200])
