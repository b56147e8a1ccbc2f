"""Jitsi, one's own or 8x8's (JaaS): a signed link, and events. There is no way to ask it anything.

Her reference is `context.user.id` of the token, which events repeat. No name and no address is in it: she types what
others should call her into Jitsi's own page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import jwt

from rejoin.rooms.engines.asking import cannot, new_conn
from rejoin.rooms.engines.port import Capabilities, Connection, JoinGrant, Tells

CLOCKS_DIFFER: Final = timedelta(minutes=1)
EIGHT: Final = "8x8.vc"
CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=False,
    latest=timedelta(minutes=1),
    numbers_events=False,
    binds_by="JWT user id",
    closes=False,
    puts_out=False,
    silences=False,
    according_to="event_sync tries five times, a second apart (its source)",
)
JAAS_CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=False,
    latest=timedelta(minutes=30),
    numbers_events=True,
    binds_by="JWT user id",
    closes=False,
    puts_out=False,
    silences=False,
    according_to="half an hour is assumed: how often, and for how long, 8x8 tries again is not documented",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jitsi:
    """A Jitsi of one's own (`key` is the secret of its app), or with `key_id` 8x8's (`key` is the private key)."""

    domain: str
    app_id: str
    key: str
    key_id: str = ""
    name: str = "jitsi"

    @property
    def capabilities(self) -> Capabilities:
        """8x8 numbers its events, and is further away."""
        return JAAS_CAPABILITIES if self.key_id else CAPABILITIES

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:
        """Nothing to do: a room is there when somebody comes, and how many may come is whoever's that gives grants."""

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:
        """A link with a token in it. The token lets somebody in until it ends, and puts nobody out."""
        claims = {
            "aud": "jitsi" if self.key_id else self.app_id,
            "iss": "chat" if self.key_id else self.app_id,
            "sub": self.app_id if self.key_id else self.domain,
            "room": room,
            "nbf": int((at - CLOCKS_DIFFER).timestamp()),
            "exp": int(until.timestamp()),
            "context": {"user": self._user(ref, host=host), "features": _features(host=host)},
        }
        path = (
            f"{quote(self.app_id, safe='')}/{quote(room, safe='')}" if self.key_id else quote(room, safe="")
        )
        return JoinGrant(
            room=room,
            ref=ref,
            conn=new_conn(ref),
            expires_at=until,
            url=f"https://{self.domain}/{path}?{urlencode({'jwt': self._signed(claims)})}",
        )

    def close_room(self, room: str) -> None:  # noqa: ARG002 - the port's shape
        """The host ends it for everybody, in the room; or it is over when the last one leaves."""
        raise cannot(self.name, "end a room")

    def remove(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the room."""
        raise cannot(self.name, "put somebody out")

    def mute(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the room."""
        raise cannot(self.name, "mute somebody")

    def present(self, room: str) -> frozenset[Connection] | None:  # noqa: ARG002 - whatever the room
        """It cannot be asked; the end of a room tells once more who was in."""
        return None

    def _user(self, ref: str, *, host: bool) -> dict[str, Any]:
        # 8x8 wants words here, and a Jitsi of one's own the affiliation beside them.
        told = str(host).lower() if self.key_id else host
        return {"id": ref, "moderator": told, "affiliation": "owner" if host else "member"}

    def _signed(self, claims: Mapping[str, Any]) -> str:
        if self.key_id:
            return jwt.encode(dict(claims), self.key, algorithm="RS256", headers={"kid": self.key_id})
        return jwt.encode(dict(claims), self.key, algorithm="HS256")


def from_settings(given: Mapping[str, str]) -> Jitsi:
    """One's own: `domain`, `app_id`, `app_secret`. 8x8's: `app_id`, `key_id`, `private_key`."""
    if "key_id" in given:
        # A key of many lines is one line in a file of settings.
        key = given["private_key"].replace("\\n", "\n")
        return Jitsi(
            domain=given.get("domain", EIGHT), app_id=given["app_id"], key=key, key_id=given["key_id"]
        )
    return Jitsi(domain=given["domain"], app_id=given["app_id"], key=given["app_secret"])


def _features(*, host: bool) -> dict[str, bool]:
    """Nothing that keeps or carries out what is said, for anybody."""
    return {
        "recording": False,
        "livestreaming": False,
        "transcription": False,
        "outbound-call": False,
        "screen-sharing": host,
    }
