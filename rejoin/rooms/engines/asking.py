"""One question to a video service over HTTPS, and what its answer is worth: all that the hosted engines share.

How a question travels is handed in, so that a test answers it without a network.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from rejoin.rooms.engines.port import CANNOT, EngineAway, EngineRefused

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0
"""Whoever waits for an answer has a page to show, or other rooms to ask about."""
LARGEST_ANSWER: Final = 4 * 1024 * 1024
LONGEST_WORDS: Final = 200
LATER: Final = frozenset({408, 425, 429})
"""Not now: nothing was decided, and nobody may conclude anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever it is."""

    status: int
    body: bytes = b""


Transport = Callable[[Question], Answer]
"""Carries a question; raises `EngineAway` when no answer comes back."""


def over_the_line(question: Question) -> Answer:
    """Ask over a line of its own. No redirect is followed: it would carry our key elsewhere."""
    try:
        with requests.request(
            question.method,
            question.url,
            headers=dict(question.headers),
            data=question.body or None,
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answered:
            body = answered.raw.read(LARGEST_ANSWER + 1, decode_content=True)
            status = answered.status_code
    except (requests.RequestException, HTTPError, OSError) as fault:
        # The kind of fault and nothing else: its words hold the address, and the address may hold a signature.
        raise EngineAway(type(fault).__name__) from None
    if len(body) > LARGEST_ANSWER:
        raise EngineAway("an answer too large to read")
    return Answer(status=status, body=body)


def ask(transport: Transport, question: Question) -> Answer:
    """The answer, if it is one: a service in trouble, or too busy, has not answered."""
    answer = transport(question)
    if answer.status >= 500 or answer.status in LATER or answer.status // 100 in (1, 3):
        raise EngineAway(f"answered {answer.status}")
    return answer


def ask_json(transport: Transport, question: Question, *, code: str, words: str) -> dict[str, Any]:
    """The object that was answered. `code`, `words`: the fields in which this service says why it refuses."""
    answer = ask(transport, question)
    if answer.status < 300:
        return read_object(answer.body) if answer.body.strip() else {}
    try:
        told = read_object(answer.body)
    except EngineAway:
        told = {}
    raise EngineRefused(_code(told.get(code), answer.status), str(told.get(words, ""))[:LONGEST_WORDS])


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON object; anything else is no answer."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise EngineAway("an answer that cannot be read") from None
    if not isinstance(told, dict):
        raise EngineAway("an answer of another shape")
    return told


def objects(told: object) -> list[dict[str, Any]]:
    """The objects of a list in an answer. Without the list nobody can tell who is in: that is no answer."""
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise EngineAway("an answer of another shape")
    return told


def as_json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def cannot(name: str, what: str) -> EngineRefused:
    """That an engine has no way to do something."""
    return EngineRefused(CANNOT, f"{name} has no way to {what}")


def new_conn(ref: str) -> str:
    """What one connection of `ref` is called on our side."""
    return f"{ref}.{secrets.token_hex(6)}"


def ref_of(conn: str) -> str:
    """The reference of a connection as it was granted."""
    return conn.rpartition(".")[0] or conn


def shown_as(ref: str, *, host: bool) -> str:
    """What services that insist on a name are given: nobody's, and one that tells two tiles apart."""
    return "Host" if host else f"Guest {ref.removeprefix('p-')[:4]}"


def _code(told: object, status: int) -> int | str:
    return told if isinstance(told, int | str) and told != "" else status
