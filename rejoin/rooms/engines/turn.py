"""Leave to use our TURN relay, for whoever is on a network that lets no UDP through.

The relay and we share a secret. A name that says until when it holds, signed with it, is leave enough (the draft "A REST
API for Access to TURN Services", as coturn's `use-auth-secret` has it): the relay is told nothing beforehand and keeps
nothing. The name is that instant and a number drawn for it, so that the relay cannot tell who comes again.
"""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1

from rejoin.rooms.engines.port import IceServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A relay: what browsers call it, and the secret that it knows as well (`static-auth-secret`)."""

    urls: tuple[str, ...]
    secret: str = field(repr=False)

    def leave(self, *, until: datetime) -> IceServer:
        """Leave for one connection to begin using it before `until`."""
        return self.leave_of(secrets.token_hex(8), until=until)

    def leave_of(self, drawn: str, *, until: datetime) -> IceServer:
        name = f"{int(until.timestamp())}:{drawn}"
        # SHA-1 is what relays check; as an HMAC it is not known to be broken.
        signature = hmac.new(self.secret.encode(), name.encode(), sha1).digest()
        return IceServer(urls=self.urls, username=name, credential=b64encode(signature).decode())


def turn_of(given: Mapping[str, str]) -> Turn | None:
    """From the engine's settings `turn_urls` and `turn_secret`, of which there are both or neither."""
    urls = tuple(each.strip() for each in given.get("turn_urls", "").split(",") if each.strip())
    return Turn(urls=urls, secret=given["turn_secret"]) if urls else None
