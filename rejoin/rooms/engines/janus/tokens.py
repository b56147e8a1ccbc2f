"""Janus' signed tokens: two for each connection, made by us and checked by Janus. Neither is kept.

`<expires>,<realm>,<descriptor>,...:<base64 of HMAC-SHA1>`. The first is shown with every request, keepalives
included, so that it has to outlast the session; the second only on joining. The descriptors ride along signed: an
engine's event of an attached handle repeats the token, and with it the reference that nobody could have altered.
"""

import hmac
from base64 import b64encode
from datetime import datetime
from hashlib import sha1
from typing import Final

PLUGIN: Final = "janus.plugin.videoroom"
CORE: Final = "janus"
REF: Final = "ref="
_FORBIDDEN = frozenset(",:\n")


def api_token(key: str, *, room: str, ref: str, expires_at: datetime) -> str:
    """Shown with every request: may use the plugin of rooms, and no other."""
    return _signed(key, CORE, (PLUGIN, f"room={room}", f"{REF}{ref}"), expires_at)


def room_token(key: str, *, room: str, ref: str, expires_at: datetime) -> str:
    """Shown on joining this one room."""
    return _signed(key, PLUGIN, (f"room={room}", f"{REF}{ref}"), expires_at)


def ref_in(token: str, key: str) -> str | None:
    """The reference that was signed into a token, however long ago it expired; None: not signed with this key."""
    told, colon, signature = token.rpartition(":")
    if not colon or not hmac.compare_digest(signature.encode(), _signature(key, told).encode()):
        return None
    return next((each.removeprefix(REF) for each in told.split(",") if each.startswith(REF)), None)


def _signed(key: str, realm: str, descriptors: tuple[str, ...], expires_at: datetime) -> str:
    if any(_FORBIDDEN.intersection(each) for each in descriptors):
        raise ValueError("a descriptor holds a mark that ends one")
    told = ",".join((str(int(expires_at.timestamp())), realm, *descriptors))
    return f"{told}:{_signature(key, told)}"


def _signature(key: str, told: str) -> str:
    # SHA-1 is what Janus checks; as an HMAC it is not known to be broken.
    return b64encode(hmac.new(key.encode(), told.encode(), sha1).digest()).decode()
