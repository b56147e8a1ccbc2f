"""BigBlueButton: links and questions signed by a checksum; answers are XML.

Her reference is `userID` of the join link, which events repeat as her external id. A link holds no time: it works for
as long as its meeting runs, so it is made at the click and never sent.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from rejoin.rooms.engines.asking import (
    LONGEST_WORDS,
    Question,
    Transport,
    ask,
    cannot,
    new_conn,
    over_the_line,
    shown_as,
)
from rejoin.rooms.engines.port import Capabilities, Connection, EngineAway, EngineRefused, JoinGrant, Tells

NOT_THERE: Final = "notFound"
THERE: Final = frozenset({"idNotUnique", "duplicateWarning"})
"""Made before, by other settings: it runs, and is ours by its name."""
CAPABILITIES: Final = Capabilities(
    tells=Tells.WEBHOOK,
    snapshot=True,
    latest=timedelta(minutes=2),
    numbers_events=False,
    binds_by="user id in a signed link",
    puts_out=False,
    silences=False,
    according_to="bbb-webhooks tries after 1, 2, 5, 10 and 30 seconds (its source); for ever where hooks are permanent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BigBlueButton:
    """One server. `url` is its API: https://bbb.example.org/bigbluebutton/api. `hook`: where its events go, if it is
    to be told from here: it forgets a hook that failed for long, so that every room reminds it."""

    url: str
    secret: str
    digest: str = "sha256"
    hook: str = ""
    transport: Transport = over_the_line
    name: str = "bigbluebutton"
    capabilities: Capabilities = CAPABILITIES

    def ensure_room(self, room: str, *, capacity: int, audio_first: bool, ends_at: datetime) -> None:  # noqa: ARG002 - a meeting is ended by whoever made it
        """Make the meeting; one that is there is left as it is."""
        told = {
            "meetingID": room,
            "name": room,
            "maxParticipants": str(capacity),
            "record": "false",
            "autoStartRecording": "false",
            "allowStartStopRecording": "false",
            "webcamsOnlyForModerator": "false",
            # Everybody may be out for a while, and find it again.
            "meetingExpireIfNoUserJoinedInMinutes": "60",
            "meetingExpireWhenLastUserLeftInMinutes": "30",
        }
        if audio_first:
            told |= {"meetingCameraCap": "4"}
        try:
            self._ask("create", told)
        except EngineRefused as refused:
            if refused.code not in THERE:
                raise
        if self.hook:
            self.listen(self.hook)

    def listen(self, hook: str) -> None:
        """Have all events sent to `hook`; asked again it changes nothing."""
        self._ask("hooks/create", {"callbackURL": hook, "getRaw": "false"})

    def join_grant(self, room: str, ref: str, *, host: bool, at: datetime, until: datetime) -> JoinGrant:  # noqa: ARG002 - a link holds no time
        """A link. `expires_at` is our word alone: BigBlueButton takes it until the meeting ends."""
        told = {
            "meetingID": room,
            "userID": ref,
            "fullName": shown_as(ref, host=host),
            "role": "MODERATOR" if host else "VIEWER",
            "redirect": "true",
            "excludeFromDashboard": "true",
        }
        return JoinGrant(
            room=room, ref=ref, conn=new_conn(ref), expires_at=until, url=self._address("join", told)
        )

    def close_room(self, room: str) -> None:
        """End the meeting; one that is not there is over."""
        try:
            self._ask("end", {"meetingID": room})
        except EngineRefused as refused:
            if refused.code != NOT_THERE:
                raise

    def remove(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the meeting."""
        raise cannot(self.name, "put somebody out")

    def mute(self, room: str, conn: str) -> None:  # noqa: ARG002 - the port's shape
        """The host does, in the meeting."""
        raise cannot(self.name, "mute somebody")

    def present(self, room: str) -> frozenset[Connection]:
        """Who is in, by the internal ids that events tell too. A meeting that does not run is empty."""
        try:
            told = self._ask("getMeetingInfo", {"meetingID": room})
        except EngineRefused as refused:
            if refused.code != NOT_THERE:
                raise
            return frozenset()
        listed = told.find("attendees")
        if listed is None:
            raise EngineAway("an answer without attendees")
        return frozenset(_connection(each) for each in listed.findall("attendee"))

    def _ask(self, call: str, told: Mapping[str, str]) -> Element:
        answer = ask(self.transport, Question(method="GET", url=self._address(call, told)))
        if answer.status >= 400:
            raise EngineRefused(answer.status, "")
        root = _read(answer.body)
        if root.findtext("returncode") != "SUCCESS":
            code, words = root.findtext("messageKey") or 0, root.findtext("message") or ""
            raise EngineRefused(code, words[:LONGEST_WORDS])
        return root

    def _address(self, call: str, told: Mapping[str, str]) -> str:
        """The checksum is over the call, what is asked exactly as it is sent, and the secret."""
        query = urlencode(told)
        signed = hashlib.new(self.digest, f"{call}{query}{self.secret}".encode(), usedforsecurity=False)
        return f"{self.url}/{call}?{query}&checksum={signed.hexdigest()}"


def from_settings(given: Mapping[str, str]) -> BigBlueButton:
    """`url`, `secret`; `digest` (sha256) and `hook`, if they are set."""
    return BigBlueButton(
        url=given["url"].rstrip("/"),
        secret=given["secret"],
        digest=given.get("digest", "sha256"),
        hook=given.get("hook", ""),
    )


def _read(body: bytes) -> Element:
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        raise EngineAway("an answer that cannot be read") from None
    if not isinstance(root, Element) or root.tag != "response":
        raise EngineAway("an answer of another shape")
    return root


def _connection(attendee: Element) -> Connection:
    """Whoever was given no id by the link has the connection's for one: that tells nothing."""
    ref, conn = attendee.findtext("userID") or "", attendee.findtext("internalUserID") or ""
    if not ref and not conn:
        raise EngineAway("an attendee without an id")
    return Connection(conn=conn or ref, ref=ref if ref and ref != conn else None)
