"""Janus behind the port: rooms by its admin API, grants by signing, and who is in by its own books.

A client chooses its own id in a room, and its display name. What it could not choose is the token of its handle:
that was signed here, and says whose it is. A connection whose id and token disagree is somebody posing.
"""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from rejoin.rooms.engines.janus import tokens
from rejoin.rooms.engines.janus.admin import Admin
from rejoin.rooms.engines.port import Capabilities, Connection, EngineRefused, JoinGrant, Tells
from rejoin.rooms.engines.turn import Turn

NO_SUCH_ROOM: Final = 426
ROOM_EXISTS: Final = 427
NO_SUCH_PARTICIPANT: Final = 428
GONE: Final = frozenset({NO_SUCH_ROOM, NO_SUCH_PARTICIPANT})
JOIN_WITHIN: Final = timedelta(seconds=60)
"""A room token is shown on joining, and never again."""
MARGIN: Final = timedelta(minutes=30)
"""Past the session's end: a token that ends while somebody is in drops her in mid-sentence."""
FEWEST_PUBLISHERS: Final = 16
"""Janus' own default is three."""
BITRATE: Final = 512_000
"""Bits a second that one camera may send: 640 by 360 at fifteen frames."""
LEAN_BITRATE: Final = 128_000
CAPABILITIES: Final = Capabilities(
    tells=Tells.SOCKET,
    snapshot=True,
    latest=timedelta(seconds=30),
    numbers_events=False,
    binds_by="signed token",
    according_to="measured: a leave at most 10 s after it, by its pings; events that waited for us 10 s after we are back",
)


@dataclass(frozen=True, slots=True)
class _Handle:
    """Where a connection lives inside the server: its session and its handle there."""

    session: int
    handle: int


@dataclass(slots=True, kw_only=True)
class Janus:
    """One Janus server. `ws_url` is where browsers dial it; `turn`: a relay for those who cannot reach it otherwise."""

    admin: Admin
    ws_url: str
    token_key: str
    admin_key: str
    turn: Turn | None = None
    name: str = "janus"
    capabilities: Capabilities = CAPABILITIES
    _emitter: str = ""
    _handles: dict[tuple[str, str], _Handle] = field(default_factory=dict)

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:  # noqa: ARG002 - rooms are closed by whoever made them
        """Have the room there; one that is there stays as it is."""
        if self._is_there(room):
            return
        try:
            self.admin.ask_rooms(_room(room, capacity, audio_first=audio_first, key=self.admin_key))
        except EngineRefused as refused:
            if refused.code != ROOM_EXISTS:  # somebody else was quicker
                raise

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:  # noqa: ARG002 - a host rules through us
        """Two tokens for one connection of `ref`, which may stay until the session is over."""
        until += MARGIN
        return JoinGrant(
            room=room,
            ref=ref,
            conn=f"{ref}.{secrets.token_hex(6)}",
            expires_at=until,
            ws_url=self.ws_url,
            api_token=tokens.api_token(self.token_key, room=room, ref=ref, expires_at=until),
            room_token=tokens.room_token(self.token_key, room=room, ref=ref, expires_at=at + JOIN_WITHIN),
            ice_servers=(self.turn.leave(room, ref, until=until),) if self.turn is not None else (),
        )

    def close_room(self, room: str) -> None:
        """Destroy it; everybody in it is put out."""
        self._unless_gone(self._about(room, request="destroy"))

    def remove(self, room: str, conn: str) -> None:
        """Kick one connection. It may come back only by a new grant."""
        self._unless_gone(self._about(room, request="kick", id=conn))

    def mute(self, room: str, conn: str) -> None:
        """Tell a connection's page to be silent, by muting its sound on the server and lifting that again.

        A mute that the server keeps can be lifted by it alone: she could not speak again by herself.
        """
        for mid in self._microphones(room, conn):
            for muted in (True, False):
                self._unless_gone(self._about(room, request="moderate", id=conn, mid=mid, mute=muted))

    def present(self, room: str) -> frozenset[Connection]:
        """Who is in, each bound to the reference in her signed token. A room that is not there is empty."""
        conns = self._listed(room)
        bound = self._bind(room, conns)
        return frozenset(_connection(conn, bound.get(conn), self.token_key) for conn in conns)

    def emitter(self) -> str:
        """What the server calls itself in its events."""
        self._emitter = self._emitter or str(self.admin.ask("info").get("server-name", ""))
        return self._emitter

    def _about(self, room: str, **more: Any) -> dict[str, Any]:
        return {**more, "room": room, "secret": _secret(self.admin_key, room)}

    def _unless_gone(self, request: dict[str, Any]) -> None:
        try:
            self.admin.ask_rooms(request)
        except EngineRefused as refused:
            if refused.code not in GONE:
                raise

    def _is_there(self, room: str) -> bool:
        return bool(self.admin.ask_rooms({"request": "exists", "room": room}).get("exists"))

    def _listed(self, room: str) -> list[str]:
        if not self._is_there(room):  # asked for who is in it, Janus would write an error into its log
            return []
        try:
            told = self.admin.ask_rooms(self._about(room, request="listparticipants"))
        except EngineRefused as refused:
            if refused.code != NO_SUCH_ROOM:
                raise
            return []  # gone meanwhile
        return [str(each["id"]) for each in told.get("participants", ()) if "id" in each]

    def _microphones(self, room: str, conn: str) -> list[str]:
        """The lines of her connection that carry sound."""
        found = self._bind(room, [conn]).get(conn) or {}
        streams = _plugin(found).get("streams", ())
        return [str(each["mid"]) for each in streams if each.get("type") == "audio" and "mid" in each]

    def _bind(self, room: str, conns: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What the server knows of the handles behind connections. Known ones are asked directly, one call each;
        only for one that is new is everybody in the server looked through."""
        found: dict[str, dict[str, Any]] = {}
        for key in [each for each in self._handles if each[0] == room and each[1] in conns]:
            told = self._handle_info(self._handles[key])
            if told is not None and _is_of(told, room, key[1]):
                found[key[1]] = told
        if len(found) < len(set(conns)):
            found |= self._look_for(room, set(conns) - found.keys())
        self._handles = {
            key: each for key, each in self._handles.items() if key[0] != room or key[1] in found
        }
        return found

    def _look_for(self, room: str, conns: set[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        known = set(self._handles.values())
        for handle in self._all_handles():
            if conns <= found.keys():
                break
            told = self._handle_info(handle) if handle not in known else None
            if told is not None and _is_of(told, room) and _plugin(told).get("id") in conns:
                conn = str(_plugin(told)["id"])
                found[conn] = told
                self._handles[room, conn] = handle
        return found

    def _all_handles(self) -> Iterator[_Handle]:
        for session in self.admin.ask("list_sessions").get("sessions", ()):
            try:
                told = self.admin.ask("list_handles", session_id=session)
            except EngineRefused:
                continue  # gone meanwhile
            for handle in told.get("handles", ()):
                yield _Handle(session, handle)

    def _handle_info(self, handle: _Handle) -> dict[str, Any] | None:
        try:
            told = self.admin.ask("handle_info", session_id=handle.session, handle_id=handle.handle)
        except EngineRefused:
            return None  # gone meanwhile
        info = told.get("info")
        return info if isinstance(info, dict) else None


def _connection(conn: str, info: dict[str, Any] | None, key: str) -> Connection:
    """None of the reference: nothing was found out. Somebody else's: she poses as whom she is called by."""
    ref = tokens.ref_in(str(info.get("token", "")), key) if info is not None else None
    if ref is None:
        return Connection(conn=conn, ref=None, posing=info is not None)
    own = conn == ref or conn.startswith(f"{ref}.")
    return Connection(conn=conn, ref=ref if own else None, posing=not own)


def _is_of(info: dict[str, Any], room: str, conn: str | None = None) -> bool:
    """Whether the handle is the one that speaks in the room, and not one that only listens."""
    told = _plugin(info)
    return (
        told.get("type") == "publisher" and told.get("room") == room and conn in (None, str(told.get("id")))
    )


def _plugin(info: dict[str, Any]) -> dict[str, Any]:
    told = info.get("plugin_specific")
    return told if isinstance(told, dict) else {}


def _room(room: str, capacity: int, *, audio_first: bool, key: str) -> dict[str, Any]:
    """A room as we want it: private, for signed tokens alone, recorded by nobody, and mild on slow lines."""
    return {
        "request": "create",
        "admin_key": key,
        "room": room,
        "secret": _secret(key, room),
        "permanent": False,
        "is_private": True,
        "signed_tokens": True,
        "require_pvtid": True,
        "notify_joining": True,
        "publishers": max(capacity, FEWEST_PUBLISHERS),
        "record": False,
        "lock_record": True,
        "audiocodec": "opus",
        "opus_fec": True,
        "opus_dtx": True,
        "audiolevel_event": True,
        "videocodec": "vp8",
        "bitrate": LEAN_BITRATE if audio_first else BITRATE,
        "bitrate_cap": True,
        "fir_freq": 10,
    }


def _secret(key: str, room: str) -> str:
    """What a room is ruled by. It need not be kept: it follows from the key and the room's name."""
    return hmac.new(key.encode(), room.encode(), sha256).hexdigest()
