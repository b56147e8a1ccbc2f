"""A room provider that lives on this machine: it ships with the product, for the demo and for tests.

It is told who comes to which room and when, and reports it as LiveKit does: signed webhooks, more than once,
late and out of order if it is asked to. What goes wrong is drawn by chance with a seed: the same seed, the
same mishaps.
"""

import hashlib
import http.client
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rejoin.rooms.inbox import LARGEST_WEBHOOK
from rejoin.rooms.signatures import livekit_token

PATH = "/hooks/rooms/livekit"
SECOND = timedelta(seconds=1)
LONGEST_RETRY = timedelta(minutes=85)
"""The latest that any provider we know of tries again."""
TIMEOUT_SECONDS = 10

Post = Callable[[bytes, Mapping[str, str]], int]
"""Hands in a body with its headers; returns the status that was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One connection of somebody to a room. `left_at` None: she never leaves, or nobody says so."""

    room: str
    ref: str
    """What was signed into her link: LiveKit's identity."""
    joined_at: datetime
    left_at: datetime | None = None
    name: str = ""
    device: int = 0
    run: int = 0
    """Which running of the room it was: a host who restarts it begins another."""

    @property
    def conn(self) -> str:
        return "PA_" + _short(self.room, self.ref, self.device, self.joined_at.isoformat())

    @property
    def room_sid(self) -> str:
        return "RM_" + _short(self.room, self.run)


def reconnects(visit: Visit, *, at: datetime, after: timedelta) -> list[Visit]:
    """Cut off at an instant, and back after a while."""
    return [replace(visit, left_at=at), replace(visit, joined_at=at + after)]


def on_two_devices(visit: Visit, *, later: timedelta) -> list[Visit]:
    """The same person once more, from another device, until the first one leaves."""
    return [visit, replace(visit, joined_at=visit.joined_at + later, device=visit.device + 1)]


def by_nickname(visit: Visit, *, name: str) -> Visit:
    """Not by her own link: the room gives out a reference that nobody knows."""
    return replace(visit, ref="guest-" + _short(visit.ref, name, visit.joined_at.isoformat()), name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """How likely each is for a webhook, 0 to 1."""

    seed: int = 0
    duplicated: float = 0
    reordered: float = 0
    """Comes after some that happened later."""
    late: float = 0
    dropped: float = 0
    """The first time nobody takes it; it is told again, minutes or an hour later."""
    forged: float = 0
    """Beside it one more, with a lie in it and a signature that is none."""
    oversize: float = 0
    """Beside it one more, too large to take."""
    malformed: float = 0
    """Beside it one more, signed, and cut off in the middle."""


class Webhook(NamedTuple):
    """One webhook on its way: when it arrives, and whether its signature is the real one."""

    at: datetime
    body: bytes
    genuine: bool = True


class Event(NamedTuple):
    """Something that happened in a room."""

    at: datetime
    body: Mapping[str, Any]


def events_of(visits: Iterable[Visit]) -> list[Event]:
    """What LiveKit would report of these visits, in order: rooms start with the first and end with the last."""
    listed = list(visits)
    found = [event for visit in listed for event in _of_visit(visit)]
    runs: dict[str, list[Visit]] = {}
    for visit in listed:
        runs.setdefault(visit.room_sid, []).append(visit)
    for together in runs.values():
        found += _of_run(together)
    return sorted(found, key=lambda event: (event.at, event.body["id"]))


def webhooks_of(visits: Iterable[Visit], mishaps: Mishaps | None = None) -> list[Webhook]:
    """The webhooks of these visits in the order in which they arrive, with whatever goes wrong on the way."""
    chance = Random((mishaps or Mishaps()).seed)  # noqa: S311 - misbehaviour, not secrets
    found = [
        webhook for event in events_of(visits) for webhook in _travel(event, mishaps or Mishaps(), chance)
    ]
    return sorted(found, key=lambda webhook: webhook.at)


def send(webhooks: Iterable[Webhook], post: Post, *, secret: str, key: str = "APIfake") -> list[int]:
    """Hand webhooks in, signed at this moment. Returns what each was answered."""
    return [post(each.body, headers_of(each, secret=secret, key=key)) for each in webhooks]


def headers_of(
    webhook: Webhook, *, secret: str, key: str = "APIfake", now: datetime | None = None
) -> dict[str, str]:
    """What LiveKit puts beside a body."""
    whose = secret if webhook.genuine else secret[::-1] + "x"
    token = livekit_token(webhook.body, key=key, secret=whose, now=now or datetime.now(UTC))
    return {"Content-Type": "application/webhook+json", "Authorization": token}


def over_http(base_url: str) -> Post:
    """Hands in at a running platform; one connection for all."""
    parts = urlsplit(base_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)

    def post(body: bytes, headers: Mapping[str, str]) -> int:
        connection.request("POST", PATH, body, dict(headers))
        with connection.getresponse() as answer:
            answer.read()
            return answer.status

    return post


def in_process() -> Post:
    """Hands in without a network: the same door, called directly."""
    from django.test import RequestFactory

    from rejoin.rooms.webhooks import take_in_webhook

    factory = RequestFactory()

    def post(body: bytes, headers: Mapping[str, str]) -> int:
        told = {name: value for name, value in headers.items() if name != "Content-Type"}
        request = factory.post(PATH, body, content_type=headers["Content-Type"], headers=told)
        return take_in_webhook(request, provider="livekit").status_code

    return post


def _of_visit(visit: Visit) -> Iterator[Event]:
    yield _event("participant_joined", visit.joined_at, visit.room, visit.room_sid, visit)
    if visit.left_at is not None:
        yield _event("participant_left", visit.left_at, visit.room, visit.room_sid, visit)


def _of_run(together: Sequence[Visit]) -> Iterator[Event]:
    first, ends = together[0], [visit.left_at for visit in together]
    yield _event("room_started", min(visit.joined_at for visit in together), first.room, first.room_sid)
    if None not in ends:
        last = max(end for end in ends if end is not None)
        yield _event("room_finished", last + 20 * SECOND, first.room, first.room_sid)


def _event(kind: str, at: datetime, room: str, room_sid: str, visit: Visit | None = None) -> Event:
    conn = visit.conn if visit is not None else ""
    body: dict[str, Any] = {
        "event": kind,
        "id": "EV_" + _short(kind, at.isoformat(), room_sid, conn),
        "createdAt": str(int(at.timestamp())),
        "room": {"sid": room_sid, "name": room},
    }
    if visit is not None:
        joined = visit.joined_at.timestamp()
        body["participant"] = {
            "sid": conn,
            "identity": visit.ref,
            "name": visit.name,
            "state": "DISCONNECTED" if kind == "participant_left" else "ACTIVE",
            "joinedAt": str(int(joined)),
            "joinedAtMs": str(int(joined * 1000)),
        }
    return Event(at, body)


def _travel(event: Event, mishaps: Mishaps, chance: Random) -> Iterator[Webhook]:
    body, at = json.dumps(event.body, separators=(",", ":")).encode(), event.at
    if chance.random() < mishaps.reordered:
        at += chance.random() * timedelta(seconds=90)
    if chance.random() < mishaps.late:
        at += chance.random() * timedelta(minutes=20)
    if chance.random() < mishaps.dropped:
        at += timedelta(minutes=5) + chance.random() * (LONGEST_RETRY - timedelta(minutes=5))
    yield Webhook(at, body)
    if chance.random() < mishaps.duplicated:
        yield Webhook(at + chance.random() * timedelta(minutes=5), body)
    if chance.random() < mishaps.forged:
        lie = {**event.body, "event": "participant_left", "id": f"{event.body['id']}x"}
        yield Webhook(at, json.dumps(lie).encode(), genuine=False)
    if chance.random() < mishaps.oversize:
        yield Webhook(at, body + b" " * LARGEST_WEBHOOK)
    if chance.random() < mishaps.malformed:
        yield Webhook(at, body[: len(body) // 2])


def _short(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=9).hexdigest()
