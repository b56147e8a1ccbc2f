"""Deliveries before anybody has read them: what one is called, how large one may be, and what its payload is."""

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs

import msgspec

from rejoin.rooms.jaas import in_jitsis_words
from rejoin.rooms.vocabulary import Provider

LARGEST_WEBHOOK = 2 * 1024 * 1024
"""Bytes. The largest real one, the end of a Jitsi room with all who were in it, has some tens of thousands."""
LARGEST_FILE = 50 * 1024 * 1024
LONGEST_OWN_ID = 128
ARRIVALS = "rejoin_arrivals"
"""The channel on which the web says that something has come in."""
# Providers that number their events, and the field they do it in.
NUMBERED: dict[str, str] = {
    Provider.LIVEKIT: "id",
    Provider.JITSI: "idempotencyKey",
    Provider.DAILY: "id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook's body with what it is called: told again under the same name, it is the same."""

    event_id: str
    body: bytes


class _Numbered(msgspec.Struct, rename={"own": "id", "key": "idempotencyKey"}):
    own: str | None = None
    key: str | None = None


_numbered = msgspec.json.Decoder(_Numbered)


class _Notice(msgspec.Struct):
    event: str | None = None
    room: str | int | None = None
    id: str | int | None = None


class _Body(msgspec.Struct):
    name: str | None = None
    status: str | None = None
    data: _Notice | None = None


class _OfJanus(msgspec.Struct):
    """What tells one event of Janus from another: it numbers none."""

    type: int
    timestamp: int
    event: _Body
    emitter: str = ""
    session_id: int = 0
    handle_id: int = 0


_of_janus = msgspec.json.Decoder(_OfJanus)


def deliver(provider: str, body: bytes) -> Delivery:
    """A body under the provider's own id of the event; under one derived from what it says, or from its bytes, where
    it gives none."""
    own = _derived_id(body) if provider == Provider.JANUS else _own_id(provider, body)
    return Delivery(event_id=own or digest_of(body), body=body)


def _derived_id(body: bytes) -> str | None:
    """The same however the event is spelled, so that two handlers of one server may tell of it."""
    try:
        told = _of_janus.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    said = told.event.data or _Notice()
    parts = (
        *(told.emitter, told.timestamp, told.type, told.session_id, told.handle_id),
        *(told.event.name, told.event.status, said.event, said.room, said.id),
    )
    return digest_of(repr(parts).encode("utf-8", "backslashreplace"))


def digest_of(body: bytes) -> str:
    return sha256(body).hexdigest()


def _own_id(provider: str, body: bytes) -> str | None:
    """A retry repeats its id. Where there is none it repeats its bytes, and the digest serves as well."""
    field = NUMBERED.get(provider)
    if field is None:
        return None
    try:
        told = _numbered.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    own = told.own if field == "id" else told.key
    if not own or len(own) > LONGEST_OWN_ID or not own.isascii() or not own.isprintable():
        return None
    return own


def payload_of(provider: str, body: bytes) -> bytes:
    """The JSON of a webhook's body: BigBlueButton posts a form that holds it, and 8x8 has words of its own."""
    if provider == Provider.JITSI:
        return in_jitsis_words(body)
    if provider != Provider.BIGBLUEBUTTON or body.lstrip()[:1] in (b"{", b"["):
        return body
    told = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20).get("event", [""])
    return told[0].encode()
