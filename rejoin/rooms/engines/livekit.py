"""LiveKit: tokens signed here, rooms by its server API (Twirp, as JSON).

Her reference is the token's subject, which LiveKit takes for her identity and repeats in every event: nothing of it
can be chosen by whoever joins. An identity is in a room once. A second device puts the first one out, and a rejoin
after a drop is rid of the ghost at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import time
from typing import Any, Final

import jwt

from rejoin.rooms.engines.asking import (
    Question,
    Transport,
    as_json,
    ask_json,
    new_conn,
    objects,
    over_the_line,
    ref_of,
)
from rejoin.rooms.engines.port import Capabilities, Connection, EngineRefused, JoinGrant, Tells

SERVICE: Final = "/twirp/livekit.RoomService/"
CLOCKS_DIFFER: Final = timedelta(minutes=1)
OURS_SECONDS: Final = 60
"""A token for one question of ours."""
EMPTY_FOR: Final = timedelta(minutes=30)
"""How long a room that nobody is in stays: a group that all dropped out of finds it again."""
NOT_FOUND: Final = "not_found"
PEOPLE: Final = frozenset({"STANDARD", "SIP", "", None, 0, 3})
"""Recorders, streams and agents join as well. They are not people."""
MICROPHONES: Final = frozenset({"AUDIO", 0})
CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=True,
    latest=timedelta(minutes=6),
    numbers_events=True,
    binds_by="signed token",
    according_to="a webhook is signed for five minutes and queued for thirty seconds (its source); older, our door "
    "turns it away",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveKit:
    """One LiveKit server, or a project of its cloud. `url` is where browsers dial it: wss://."""

    url: str
    api_key: str
    api_secret: str
    transport: Transport = over_the_line
    name: str = "livekit"
    capabilities: Capabilities = CAPABILITIES

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:  # noqa: ARG002 - a room has no kind here, and is closed by whoever made it
        """Make it; LiveKit answers with the one that is there, if it is."""
        waits = int(EMPTY_FOR.total_seconds())
        told = {
            "name": room,
            "max_participants": capacity,
            "empty_timeout": waits,
            "departure_timeout": waits,
        }
        self._ask("CreateRoom", told, {"roomCreate": True})

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:  # noqa: ARG002 - a host rules through us
        """A token to join with. No name, no metadata, and no leave to give herself any."""
        grants = {
            "room": room,
            "roomJoin": True,
            "canPublish": True,
            "canSubscribe": True,
            "canPublishData": False,
            "canUpdateOwnMetadata": False,
        }
        claims = {
            "iss": self.api_key,
            "sub": ref,
            "nbf": int((at - CLOCKS_DIFFER).timestamp()),
            "exp": int(until.timestamp()),
            "video": grants,
        }
        return JoinGrant(
            room=room,
            ref=ref,
            conn=new_conn(ref),
            expires_at=until,
            ws_url=self.url,
            room_token=jwt.encode(claims, self.api_secret, algorithm="HS256"),
        )

    def close_room(self, room: str) -> None:
        """Delete it; everybody in it is put out."""
        self._unless_gone("DeleteRoom", {"room": room}, {"roomCreate": True})

    def remove(self, room: str, conn: str) -> None:
        """Put one out. Her token would let her in again until it ends: no new one is what keeps her out."""
        for each in self._meant(room, conn):
            told = {"room": room, "identity": each.get("identity", "")}
            self._unless_gone("RemoveParticipant", told, self._ruling(room))

    def mute(self, room: str, conn: str) -> None:
        """Mute each microphone of hers. She lifts it by herself: nobody asks LiveKit to unmute anybody."""
        for each in self._meant(room, conn):
            for track in objects(each.get("tracks") or []):
                if track.get("type", 0) in MICROPHONES and not track.get("muted"):
                    told = {
                        "room": room,
                        "identity": each.get("identity", ""),
                        "track_sid": track.get("sid", ""),
                        "muted": True,
                    }
                    self._unless_gone("MutePublishedTrack", told, self._ruling(room))

    def present(self, room: str) -> frozenset[Connection]:
        """Who is in, by the sid that events tell her connection by. A room that is not there is empty."""
        return frozenset(
            Connection(conn=str(each["sid"]), ref=str(each.get("identity") or "") or None)
            for each in self._listed(room)
        )

    def _listed(self, room: str) -> list[dict[str, Any]]:
        try:
            told = self._ask("ListParticipants", {"room": room}, self._ruling(room))
        except EngineRefused as refused:
            if refused.code != NOT_FOUND:
                raise
            return []
        # Protobuf's JSON may leave out an empty list.
        found = objects(told.get("participants", []))
        gone = ("DISCONNECTED", 3)
        return [
            each
            for each in found
            if each.get("sid") and each.get("kind") in PEOPLE and each.get("state") not in gone
        ]

    def _meant(self, room: str, conn: str) -> list[dict[str, Any]]:
        """Whoever `conn` is: as it was granted here, or as LiveKit calls it."""
        return [
            each for each in self._listed(room) if each["sid"] == conn or each.get("identity") == ref_of(conn)
        ]

    def _unless_gone(self, verb: str, body: Mapping[str, Any], grants: Mapping[str, Any]) -> None:
        try:
            self._ask(verb, body, grants)
        except EngineRefused as refused:
            if refused.code != NOT_FOUND:
                raise

    def _ask(self, verb: str, body: Mapping[str, Any], grants: Mapping[str, Any]) -> dict[str, Any]:
        question = Question(
            method="POST",
            url=_over_http(self.url) + SERVICE + verb,
            headers={"Authorization": f"Bearer {self._key(grants)}", "Content-Type": "application/json"},
            body=as_json(body),
        )
        return ask_json(self.transport, question, code="code", words="msg")

    @staticmethod
    def _ruling(room: str) -> dict[str, Any]:
        return {"roomAdmin": True, "room": room}

    def _key(self, grants: Mapping[str, Any]) -> str:
        """A token of our own for this minute, by the machine's clock as the server's."""
        now = int(time())
        claims = {"iss": self.api_key, "nbf": now - 60, "exp": now + OURS_SECONDS, "video": dict(grants)}
        return jwt.encode(claims, self.api_secret, algorithm="HS256")


def from_settings(given: Mapping[str, str]) -> LiveKit:
    """`url`, `api_key`, `api_secret`."""
    return LiveKit(url=given["url"].rstrip("/"), api_key=given["api_key"], api_secret=given["api_secret"])


def _over_http(url: str) -> str:
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url
