"""Daily: rooms, tokens and who is in, all by its REST API.

Her reference is `user_id` of the meeting token, which events and presence repeat. A room is private: nobody comes in
without a token, and a token is for one room.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    ref_of,
)
from rejoin.rooms.engines.port import Capabilities, Connection, EngineAway, EngineRefused, JoinGrant, Tells

API: Final = "https://api.daily.co/v1"
LONGEST_ID: Final = 36
"""Of a `user_id`. A longer one is cut, or refused: either way nobody would be recognised by it."""
CLOCKS_DIFFER: Final = timedelta(minutes=1)
MARGIN: Final = timedelta(minutes=30)
"""Past the session's end: a group that runs over is not put out in mid-sentence."""
NOT_FOUND: Final = frozenset({"not-found"})
"""In Daily's own words: a page of somebody else's that is not found tells nothing of a room."""
TAKEN: Final = "invalid-request-error"
CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=True,
    latest=timedelta(minutes=30),
    numbers_events=True,
    binds_by="signed token",
    silences=False,
    behind=timedelta(seconds=15),
    according_to="half an hour is assumed of a hook that was made to retry: how long it does is not documented",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """One domain at Daily: `domain` is "rooms" of https://rooms.daily.co."""

    domain: str
    api_key: str
    url: str = API
    transport: Transport = over_the_line
    name: str = "daily"
    capabilities: Capabilities = CAPABILITIES

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:
        """Set it as we want it; make it, if it is not there."""
        wanted = {
            "privacy": "private",
            "properties": {
                "exp": int((ends_at + MARGIN).timestamp()),
                "eject_at_room_exp": True,
                "max_participants": capacity,
                "start_video_off": audio_first,
                "enable_knocking": False,
                "enable_chat": False,
            },
        }
        try:
            self._ask("POST", f"/rooms/{_part(room)}", wanted)
        except EngineRefused as refused:
            if refused.code not in NOT_FOUND:
                raise
            self._make(room, wanted)

    def _make(self, room: str, wanted: Mapping[str, Any]) -> None:
        try:
            self._ask("POST", "/rooms", {"name": room, **wanted})
        except EngineRefused as refused:
            # Somebody else was quicker, or it is another fault: then asking for it says so.
            if refused.code != TAKEN:
                raise
            self._ask("GET", f"/rooms/{_part(room)}")

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:
        """A link with a token, which Daily makes."""
        if len(ref) > LONGEST_ID:
            raise EngineRefused("ref", f"Daily takes references of {LONGEST_ID} characters at most")
        properties = {
            "room_name": room,
            "user_id": ref,
            "is_owner": host,
            "nbf": int((at - CLOCKS_DIFFER).timestamp()),
            "exp": int(until.timestamp()),
            "enable_recording_ui": False,
        }
        token = self._ask("POST", "/meeting-tokens", {"properties": properties}).get("token")
        if not isinstance(token, str) or not token:
            raise EngineAway("an answer without a token")
        return JoinGrant(
            room=room,
            ref=ref,
            conn=new_conn(ref),
            expires_at=until,
            url=f"https://{self.domain}.daily.co/{_part(room)}?{urlencode({'t': token})}",
        )

    def close_room(self, room: str) -> None:
        """Put everybody out and take the room away, so that nobody comes back by a token."""
        inside = [each.conn for each in self.present(room)]
        if inside:
            self._unless_gone("POST", f"/rooms/{_part(room)}/eject", {"ids": inside})
        self._unless_gone("DELETE", f"/rooms/{_part(room)}")

    def remove(self, room: str, conn: str) -> None:
        """Put one out. Her token would let her in again until it ends: no new one is what keeps her out."""
        meant = [each.conn for each in self.present(room) if conn == each.conn or each.ref == ref_of(conn)]
        if meant:
            self._unless_gone("POST", f"/rooms/{_part(room)}/eject", {"ids": meant})

    def mute(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the room."""
        raise cannot(self.name, "mute somebody")

    def present(self, room: str) -> frozenset[Connection]:
        """Who was in some seconds ago: Daily says that it is up to fifteen behind."""
        try:
            told = self._ask("GET", f"/rooms/{_part(room)}/presence")
        except EngineRefused as refused:
            if refused.code not in NOT_FOUND:
                raise
            return frozenset()
        return frozenset(_connection(each) for each in objects(told.get("data")))

    def _unless_gone(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        try:
            self._ask(method, path, body)
        except EngineRefused as refused:
            if refused.code not in NOT_FOUND:
                raise

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        question = Question(
            method=method,
            url=self.url + path,
            headers=headers,
            body=b"" if body is None else as_json(body),
        )
        return ask_json(self.transport, question, code="error", words="info")


def from_settings(given: Mapping[str, str]) -> Daily:
    """`domain`, `api_key`."""
    return Daily(domain=given["domain"], api_key=given["api_key"])


def _part(room: str) -> str:
    return quote(room, safe="")


def _connection(told: Mapping[str, Any]) -> Connection:
    """Whoever came without a token has the connection's id for one, or none: that tells nothing."""
    conn, ref = str(told.get("id") or ""), str(told.get("userId") or "")
    if not conn:
        raise EngineAway("somebody present without an id")
    return Connection(conn=conn, ref=ref if ref and ref != conn else None)
