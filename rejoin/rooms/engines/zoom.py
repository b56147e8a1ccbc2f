"""Zoom: meetings by its REST API, and one registrant for each reference.

What binds is the registrant: her link holds a token that Zoom signed for her alone, and every event of hers names the
registrant. The other way, `customer_key` of the Meeting SDK, is handed over by the browser that joins: whoever edits the
page may be anybody. A registrant has to have an address and a first name. The address is her reference at a domain that
nobody has, Zoom is told to mail nothing, and the name is nobody's.

Zoom numbers registrants itself: a grant tells the number (`known_as`), to be kept as an identity of hers.

A meeting is called by the room's name, its topic: events tell it, and `exports.zoom_events` takes a topic of that form for
the room. A room of digits is a meeting that somebody made at Zoom: it is used, and never taken away.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final
from urllib.parse import quote, urlencode

from rejoin.rooms.engines.asking import (
    Question,
    Transport,
    as_json,
    ask_json,
    cannot,
    new_conn,
    objects,
    over_the_line,
    shown_as,
)
from rejoin.rooms.engines.port import Capabilities, Connection, EngineAway, EngineRefused, JoinGrant, Tells

API: Final = "https://api.zoom.us/v2"
OAUTH: Final = "https://zoom.us/oauth/token"
NOBODYS_DOMAIN: Final = "rejoin.invalid"
NOT_THERE: Final = frozenset({3001})
"""Zoom's own code: a page of somebody else's that is not found tells nothing of a meeting."""
NO_RIGHT: Final = frozenset({104, 401, 403, 4711})
STALE: Final = 124
"""Zoom's own code: the access token is over, or taken back."""
EARLY_SECONDS: Final = 60
"""An access token is renewed this long before it ends."""
MOST_PAGES: Final = 20
PAGE: Final = 300
LASTS: Final = timedelta(hours=1)
"""What the calendar at Zoom shows. A meeting runs for as long as somebody is in."""
CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=False,
    latest=timedelta(minutes=90),
    numbers_events=False,
    binds_by="registrant",
    puts_out=False,
    silences=False,
    according_to="Zoom tries again after 5, 20 and 60 minutes (its documentation)",
)
DASHBOARD_CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=True,
    latest=timedelta(minutes=90),
    numbers_events=False,
    binds_by="registrant",
    puts_out=False,
    silences=False,
    behind=timedelta(minutes=1),
    according_to="Zoom tries again after 5, 20 and 60 minutes (its documentation)",
)


@dataclass(slots=True, kw_only=True)
class Zoom:
    """A server-to-server app of one Zoom account. `host`: whose meetings these are, by id or address.

    `dashboard`: the account's plan shows who is in (Business and above).
    """

    account_id: str
    client_id: str
    client_secret: str
    host: str
    registrants: str = NOBODYS_DOMAIN
    dashboard: bool = False
    transport: Transport = over_the_line
    seconds: Callable[[], float] = monotonic
    name: str = "zoom"
    _key: str = field(default="", repr=False)
    _key_until: float = 0.0
    _numbers: dict[str, str] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:
        """Who is in can be asked only where the plan has a dashboard."""
        return DASHBOARD_CAPABILITIES if self.dashboard else CAPABILITIES

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:  # noqa: ARG002 - how many may come is the plan's
        """Find the meeting, or make it. Where two make one at once, both take the one of the lower number."""
        if self._number(room) is not None:
            return
        if room.isdecimal():
            raise EngineRefused(3001, "no meeting of that number")
        wanted = _meeting(room, audio_first=audio_first, ends_at=ends_at)
        told = self._ask("POST", f"/users/{quote(self.host, safe='')}/meetings", wanted)
        self._numbers[room] = min([_id_of(told), *self._found(room)], key=int)

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:  # noqa: ARG002 - a registrant's link is good until the meeting is over
        """Her own link. A host gets the account's: whoever comes by it is the host. It is never sent on."""
        number = self._needed(room)
        if host:
            url, known_as = self._ask("GET", f"/meetings/{number}").get("start_url"), ""
        else:
            told = self._registrant(number, ref)
            url, known_as = told.get("join_url"), str(told.get("registrant_id") or told.get("id") or "")
        if not isinstance(url, str) or not url or not (host or known_as):
            raise EngineAway("an answer without a link")
        return JoinGrant(room=room, ref=ref, conn=new_conn(ref), expires_at=until, url=url, known_as=known_as)

    def close_room(self, room: str) -> None:
        """End the meeting, and take it away if it was made here."""
        number = self._number(room)
        if number is None:
            return
        try:
            self._ask("PUT", f"/meetings/{number}/status", {"action": "end"})
        except EngineRefused as refused:
            if refused.code in NO_RIGHT:  # anything else: it does not run
                raise
        if room.isdecimal():
            return
        self._numbers.pop(room, None)
        try:
            self._ask("DELETE", f"/meetings/{number}?schedule_for_reminder=false")
        except EngineRefused as refused:
            if refused.code not in NOT_THERE:
                raise

    def remove(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the meeting."""
        raise cannot(self.name, "put somebody out")

    def mute(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the meeting."""
        raise cannot(self.name, "mute somebody")

    def present(self, room: str) -> frozenset[Connection] | None:
        """Who is in, by the ids that events tell too; None where the plan shows it to nobody."""
        if not self.dashboard:
            return None
        number = self._number(room)
        if number is None:
            return frozenset()
        try:
            told = list(self._pages(f"/metrics/meetings/{number}/participants", "participants", type="live"))
        except EngineRefused as refused:
            if refused.code not in NOT_THERE:  # it does not run
                raise
            return frozenset()
        inside = [
            each for each in told if not each.get("leave_time") and each.get("status") != "in_waiting_room"
        ]
        refs = self._refs(number) if inside else {}
        return frozenset(_connection(each, refs) for each in inside)

    def _registrant(self, number: str, ref: str) -> dict[str, Any]:
        """The one there is, or a new one: Zoom lets nobody register thrice in a day."""
        address = self._address(ref)
        for each in self._pages(f"/meetings/{number}/registrants", "registrants", status="approved"):
            if str(each.get("email", "")).casefold() == address.casefold():
                return each
        told = {"email": address, "first_name": shown_as(ref, host=False), "auto_approve": True}
        return self._ask("POST", f"/meetings/{number}/registrants", told)

    def _refs(self, number: str) -> dict[str, str]:
        """The reference of each registrant, by the number that Zoom gave it."""
        ending = self._address("").casefold()
        found = {}
        for each in self._pages(f"/meetings/{number}/registrants", "registrants", status="approved"):
            address = str(each.get("email", ""))
            if address.casefold().endswith(ending):
                found[str(each.get("id", ""))] = address[: -len(ending)]
        return found

    def _address(self, ref: str) -> str:
        return f"{ref}@{self.registrants}"

    def _needed(self, room: str) -> str:
        number = self._number(room)
        if number is None:
            raise EngineRefused(3001, "no such meeting")
        return number

    def _number(self, room: str) -> str | None:
        """The meeting's number at Zoom; None: there is none. Looked up once, and asked for by its number then."""
        number = room if room.isdecimal() else self._numbers.get(room)
        if number is not None and self._is_there(number):
            return number
        self._numbers.pop(room, None)
        found = [] if room.isdecimal() else self._found(room)
        if not found:
            return None
        self._numbers[room] = min(found, key=int)
        return self._numbers[room]

    def _is_there(self, number: str) -> bool:
        try:
            self._ask("GET", f"/meetings/{number}")
        except EngineRefused as refused:
            if refused.code not in NOT_THERE:
                raise
            return False
        return True

    def _found(self, room: str) -> list[str]:
        path = f"/users/{quote(self.host, safe='')}/meetings"
        return [
            _id_of(each)
            for each in self._pages(path, "meetings", type="scheduled")
            if each.get("topic") == room
        ]

    def _pages(self, path: str, listed: str, **asked: str) -> Iterator[dict[str, Any]]:
        token = ""
        for _ in range(MOST_PAGES):
            query = {**asked, "page_size": str(PAGE), **({"next_page_token": token} if token else {})}
            told = self._ask("GET", f"{path}?{urlencode(query)}")
            yield from objects(told.get(listed))
            token = str(told.get("next_page_token") or "")
            if not token:
                return
        raise EngineAway("more pages than anybody reads")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask, and once more with a new access token where the one there was is over."""
        for last in (False, True):
            headers = {"Authorization": f"Bearer {self._access()}", "Content-Type": "application/json"}
            told = b"" if body is None else as_json(body)
            question = Question(method=method, url=API + path, headers=headers, body=told)
            try:
                return ask_json(self.transport, question, code="code", words="message")
            except EngineRefused as refused:
                if refused.code != STALE or last:
                    raise
                self._key = ""
        raise AssertionError

    def _access(self) -> str:
        if self._key and self.seconds() < self._key_until:
            return self._key
        pair = b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        query = urlencode({"grant_type": "account_credentials", "account_id": self.account_id})
        question = Question(method="POST", url=f"{OAUTH}?{query}", headers={"Authorization": f"Basic {pair}"})
        told = ask_json(self.transport, question, code="error", words="reason")
        key, lasts = told.get("access_token"), told.get("expires_in")
        if not isinstance(key, str) or not key or not isinstance(lasts, int):
            raise EngineAway("an answer without an access token")
        self._key, self._key_until = key, self.seconds() + lasts - EARLY_SECONDS
        return key


def from_settings(given: Mapping[str, str]) -> Zoom:
    """`account_id`, `client_id`, `client_secret`, `host`; `registrants` and `dashboard`, if they are set."""
    return Zoom(
        account_id=given["account_id"],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        host=given["host"],
        registrants=given.get("registrants", NOBODYS_DOMAIN),
        dashboard=given.get("dashboard", "off").lower() == "on",
    )


def _meeting(room: str, *, audio_first: bool, ends_at: datetime) -> dict[str, Any]:
    """A meeting that only registrants enter, that mails nobody and keeps nothing. Who waits, waits on our page."""
    return {
        "topic": room,
        "type": 2,
        "start_time": f"{(ends_at - LASTS).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "timezone": "UTC",
        "duration": int(LASTS.total_seconds() // 60),
        "settings": {
            "approval_type": 0,
            "registrants_email_notification": False,
            "registrants_confirmation_email": False,
            "meeting_authentication": False,
            "waiting_room": False,
            "join_before_host": True,
            "participant_video": not audio_first,
            "auto_recording": "none",
        },
    }


def _id_of(told: Mapping[str, Any]) -> str:
    number = str(told.get("id", ""))
    if not number.isdecimal():
        raise EngineAway("a meeting without a number")
    return number


def _connection(told: Mapping[str, Any], refs: Mapping[str, str]) -> Connection:
    conn = str(told.get("user_id") or told.get("participant_uuid") or told.get("id") or "")
    if not conn:
        raise EngineAway("somebody present without an id")
    return Connection(conn=conn, ref=refs.get(str(told.get("registrant_id") or "")))
