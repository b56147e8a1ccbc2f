"""Who comes to which room and when: told to our web by the fake room provider, as signed webhooks over HTTP."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Final
from urllib.parse import urlsplit

from rejoin.common.actors import COMMAND
from rejoin.demo.days import minutes
from rejoin.programs.models import Seat, Session
from rejoin.rooms.actions import issue_join_ref
from rejoin.rooms.fake import (
    PATH,
    Mishaps,
    Visit,
    Webhook,
    by_nickname,
    headers_of,
    on_two_devices,
    reconnects,
    webhooks_of,
)

PROVIDER: Final = "livekit"
TIMEOUT_SECONDS: Final = 10
TRIES: Final = 3
MISHAPS: Final = Mishaps(seed=7, duplicated=0.12, forged=0.03)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comes:
    """How somebody comes to one session, where it is not as everybody does. `at` None: she stays away."""

    patient: str
    session: str
    at: datetime | None = None
    until: datetime | None = None
    nickname: str = ""
    """Not by her own link, and under this name."""
    cut_off_at: datetime | None = None
    """Her line breaks then, and is back after three minutes."""
    second_device: bool = False


def visits_to(
    sessions: Iterable[str], exceptions: Iterable[Comes], *, at: datetime, until: datetime
) -> list[Visit]:
    """Everybody who has a seat in these sessions comes a little early and leaves at the end, but for exceptions."""
    otherwise = {(each.session, each.patient): each for each in exceptions}
    seats = Seat.objects.live().filter(session__external_id__in=list(sessions))
    found: list[Visit] = []
    for seat in seats.select_related("session", "patient").order_by("session__starts_at", "pk"):
        comes = otherwise.get((seat.session.external_id, seat.patient.name))
        usual = _usual(seat, at=at)
        if comes is None:
            found.append(usual)
        elif comes.at is not None:
            found += _unusual(usual, comes)
    for session in Session.objects.filter(external_id__in=list(sessions)).order_by("starts_at", "pk"):
        found += _leaders(session)
    return [each for each in found if each.joined_at <= until]


def _leaders(session: Session) -> list[Visit]:
    """Whoever leads is there before anybody else; a room that only they are in is watched all the same."""
    return [
        Visit(
            room=session.rooms.get().name,
            ref=f"host-{leader.staff.ref}",
            joined_at=session.starts_at - minutes(10 - place),
            left_at=session.ends_at + minutes(3),
            name=leader.staff.name,
        )
        for place, leader in enumerate(session.leaders.select_related("staff").order_by("pk"))
    ]


def _usual(seat: Seat, *, at: datetime) -> Visit:
    session, patient = seat.session, seat.patient
    chance = Random(f"{session.external_id}:{patient.external_id}")  # noqa: S311 - a little variety
    room = session.rooms.get().name
    return Visit(
        room=room,
        ref=issue_join_ref(seat=seat, provider=PROVIDER, by=COMMAND, at=at),
        joined_at=session.starts_at - minutes(chance.uniform(-1, 8)),
        left_at=session.ends_at + minutes(chance.uniform(0, 2)),
        name=patient.name,
    )


def _unusual(usual: Visit, comes: Comes) -> list[Visit]:
    visit = replace(usual, joined_at=comes.at or usual.joined_at, left_at=comes.until or usual.left_at)
    if comes.nickname:
        visit = by_nickname(visit, name=comes.nickname)
    if comes.cut_off_at is not None:
        return reconnects(visit, at=comes.cut_off_at, after=minutes(3))
    return on_two_devices(visit, later=minutes(2)) if comes.second_device else [visit]


@dataclass(slots=True)
class RoomProvider:
    """Hands in each webhook when its moment has come by the program's clock."""

    base_url: str
    secret: str
    waiting: list[Webhook] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    """How many webhooks were answered with which status."""

    def expect(self, visits: Iterable[Visit], *, seed: int = 0) -> None:
        """These too, beside what is waiting already. `seed`: of what goes wrong on the way."""
        mishaps = replace(MISHAPS, seed=MISHAPS.seed + seed)
        self.waiting = sorted([*self.waiting, *webhooks_of(visits, mishaps)], key=lambda webhook: webhook.at)

    def tell_until(self, now: datetime) -> None:
        while self.waiting and self.waiting[0].at <= now:
            status = self._post(self.waiting.pop(0))
            self.answers[status] = self.answers.get(status, 0) + 1

    def last_until(self, at: datetime) -> datetime | None:
        """When the last of those webhooks comes in that are due by `at`; None: none is."""
        return max((each.at for each in self.waiting if each.at <= at), default=None)

    def _post(self, webhook: Webhook) -> int:
        """A provider that is not answered tells it again."""
        for left in reversed(range(TRIES)):
            try:
                return self._hand_in(webhook.body, headers_of(webhook, secret=self.secret))
            except (OSError, HTTPException):
                if not left:
                    raise
        raise AssertionError("it was answered or raised")

    def _hand_in(self, body: bytes, headers: Mapping[str, str]) -> int:
        parts = urlsplit(self.base_url)
        with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)) as line:
            line.request("POST", PATH, body, dict(headers))
            answer = line.getresponse()
            answer.read()
            return answer.status
