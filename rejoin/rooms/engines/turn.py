"""Leave to use our TURN relay, for whoever is on a network that lets no UDP through.

The relay and we share a secret. A name that says until when it holds, signed with it, is leave enough (the draft "A REST
API for Access to TURN Services", as coturn's `use-auth-secret` has it): the relay is told nothing beforehand and keeps
nothing. The name is that instant and a mark of who asks in which room, made with the secret: all her connections of a
session are one to the relay, which lets each have only so many (`user-quota`), and of another session she is somebody else.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1, sha256
from typing import Final

from rejoin.rooms.engines.port import IceServer

MARK: Final = 16
"""Letters of a mark: 64 bits name nobody twice, and tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A relay: what browsers call it, and the secret that it knows as well (`static-auth-secret`)."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)

    def leave(self, room: str, ref: str, *, until: datetime) -> IceServer:
        """Leave for a connection of `ref` to begin using it before `until`."""
        mark = hmac.new(self.secret.encode(), f"who:{room}:{ref}".encode(), sha256).hexdigest()[:MARK]
        return self.leave_of(mark, until=until)

    def leave_of(self, mark: str, *, until: datetime) -> IceServer:
        name = f"{int(until.timestamp())}:{mark}"
        # SHA-1 is what relays check; as an HMAC it is not known to be broken.
        signature = hmac.new(self.secret.encode(), name.encode(), sha1).digest()
        return IceServer(urls=self.urls, username=name, credential=b64encode(signature).decode())


def turn_of(given: Mapping[str, str]) -> Turn | None:
    """From the engine's settings `turn_urls` and `turn_secret`, of which there are both or neither."""
    urls = tuple(each.strip() for each in given.get("turn_urls", "").split(",") if each.strip())
    return Turn(urls=urls, secret=given["turn_secret"]) if urls else None
