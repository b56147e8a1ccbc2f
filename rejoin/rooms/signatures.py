"""Whether a webhook is from who it says: each provider's own way, over the very bytes that came in.

All comparisons take the same time whatever is compared. A timestamp that is signed with the body has to be
of these minutes, so that a delivery that was overheard is of no use later; within them the event's id makes
a second one harmless.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from rejoin.rooms.vocabulary import Provider

FRESH_SECONDS = 300
"""As Zoom advises; the others ask for nothing longer."""
LEEWAY_SECONDS = 60
DIGESTS = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
"""By the length of a checksum: BigBlueButton can be set to any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A webhook as it came in: header names in lower case, the address it was posted to as it is registered."""

    headers: Mapping[str, str]
    body: bytes
    url: str = ""
    checksum: str = ""


def is_genuine(provider: str, signed: Signed, *, secret: str, now: datetime) -> bool:
    """Whether whoever holds `secret` sent this, and lately. Never without a secret."""
    if not secret:
        return False
    check = CHECKS.get(provider)
    return check is not None and check(signed, secret.encode(), now)


def zoom_challenge(body: bytes, *, secret: str) -> dict[str, str] | None:
    """The answer to Zoom's question whether this address is ours; None where it is no question."""
    try:
        asked = msgspec.json.decode(body, type=_Question)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if asked.event != "endpoint.url_validation" or not asked.payload.token:
        return None
    encrypted = hmac.new(secret.encode(), asked.payload.token.encode(), hashlib.sha256).hexdigest()
    return {"plainToken": asked.payload.token, "encryptedToken": encrypted}


def is_dailys_ping(body: bytes) -> bool:
    """Whether Daily only tries whether anybody is there. It does so before it tells its secret: nothing signs it."""
    try:
        return msgspec.json.decode(body, type=dict[str, str]) == {"test": "test"}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


class _Token(msgspec.Struct, rename={"token": "plainToken"}):
    token: str = ""


class _Question(msgspec.Struct):
    event: str
    payload: _Token


def bridge_headers(body: bytes, *, secret: str, now: datetime) -> dict[str, str]:
    """What our own bridge from Janus puts beside a body."""
    stamp = str(int(now.timestamp()))
    return {
        "X-Rejoin-Timestamp": stamp,
        "X-Rejoin-Signature": "v1=" + _hmac(secret.encode(), f"{stamp}.", body).hex(),
    }


def livekit_token(body: bytes, *, key: str, secret: str, now: datetime) -> str:
    """The token that LiveKit sends beside a body: signed, of these minutes, with the body's digest in it."""
    claims = {
        "iss": key,
        "nbf": int(now.timestamp()),
        "exp": int(now.timestamp()) + FRESH_SECONDS,
        "sha256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(_unpadded(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{signed}.{_unpadded(_hmac(secret.encode(), signed))}"


def _livekit(signed: Signed, secret: bytes, now: datetime) -> bool:
    token = signed.headers.get("authorization", "").removeprefix("Bearer ")
    head, _, signature = token.rpartition(".")
    if head.count(".") != 1 or not _same(_unpadded(_hmac(secret, head)), signature.strip()):
        return False
    header, claims = (_decoded(part) for part in head.split("."))
    if header is None or claims is None or header.get("alg") != "HS256":
        return False
    told = claims.get("sha256")
    digest = base64.b64encode(hashlib.sha256(signed.body).digest()).decode()
    return _is_in_force(claims, now) and isinstance(told, str) and _same(digest, told)


def _is_in_force(claims: Mapping[str, Any], now: datetime) -> bool:
    """A token without an end would be good for ever: it is not taken."""
    until, since = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(until, int | float) or not isinstance(since, int | float):
        return False
    return since - LEEWAY_SECONDS <= now.timestamp() <= until + LEEWAY_SECONDS


def _zoom(signed: Signed, secret: bytes, now: datetime) -> bool:
    stamp = signed.headers.get("x-zm-request-timestamp", "")
    told = signed.headers.get("x-zm-signature", "")
    return _is_fresh(stamp, now) and _same("v0=" + _hmac(secret, f"v0:{stamp}:", signed.body).hex(), told)


def _jitsi(signed: Signed, secret: bytes, now: datetime) -> bool:
    """8x8 signs each delivery; a Jitsi of one's own shows the secret itself, as its event_sync can no more."""
    told = signed.headers.get("x-jaas-signature")
    if told is None:
        return _bears(signed, secret)
    # The signature is base64 and may hold an equals sign of its own.
    parts = [part.strip().partition("=") for part in told.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not _is_fresh(stamps[0], now):
        return False
    expected = base64.b64encode(_hmac(secret, f"{stamps[0]}.", signed.body)).decode()
    return any(_same(expected, value) for name, _, value in parts if name == "v1")


def _janus(signed: Signed, secret: bytes, now: datetime) -> bool:
    stamp = signed.headers.get("x-rejoin-timestamp", "")
    told = signed.headers.get("x-rejoin-signature", "")
    return _is_fresh(stamp, now) and _same("v1=" + _hmac(secret, f"{stamp}.", signed.body).hex(), told)


def _daily(signed: Signed, secret: bytes, now: datetime) -> bool:
    """The secret is told, and given, as base64: the bytes it stands for are the key."""
    stamp = signed.headers.get("x-webhook-timestamp", "")
    told = signed.headers.get("x-webhook-signature", "")
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        return False
    expected = base64.b64encode(_hmac(key, f"{stamp}.", signed.body)).decode()
    return _is_fresh(stamp, now) and bool(key) and _same(expected, told)


def _bigbluebutton(signed: Signed, secret: bytes, _now: datetime) -> bool:
    """The checksum is over the address, the form, and the secret.

    The form is meant as its fields in JSON, in their order, by older ones, and as it was posted by the newest. Some
    between leave it out by mistake, so that a checksum would vouch for any body: those have to be set to show
    the secret as a bearer (`auth2_0`).
    """
    if not signed.checksum:
        return _bears(signed, secret)
    algorithm = DIGESTS.get(len(signed.checksum))
    if algorithm is None:
        return False
    return any(
        _same(
            hashlib.new(algorithm, signed.url.encode() + form + secret, usedforsecurity=False).hexdigest(),
            signed.checksum.lower(),
        )
        for form in (_form_as_json(signed.body), signed.body)
        if form
    )


def _form_as_json(body: bytes) -> bytes:
    fields: dict[str, Any] = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if fields.get("timestamp", "").isdecimal():
        fields["timestamp"] = int(fields["timestamp"])
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _bears(signed: Signed, secret: bytes) -> bool:
    scheme, _, told = signed.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(told.strip().encode(), secret)


def _is_fresh(stamp: str, now: datetime) -> bool:
    """Seconds since 1970, or the milliseconds that some send."""
    if not stamp.isascii() or not stamp.isdecimal() or len(stamp) > 13:
        return False
    at = int(stamp) / (1000 if len(stamp) == 13 else 1)
    return abs(now.timestamp() - at) <= FRESH_SECONDS


def _hmac(secret: bytes, prefix: str, body: bytes = b"") -> bytes:
    return hmac.new(secret, prefix.encode("utf-8", "replace") + body, hashlib.sha256).digest()


def _same(expected: str, told: str) -> bool:
    return hmac.compare_digest(expected.encode(), told.encode("utf-8", "replace"))


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> dict[str, Any] | None:
    try:
        told = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    return told if isinstance(told, dict) else None


CHECKS: Mapping[str, Callable[[Signed, bytes, datetime], bool]] = {
    Provider.LIVEKIT: _livekit,
    Provider.ZOOM: _zoom,
    Provider.JITSI: _jitsi,
    Provider.JANUS: _janus,
    Provider.BIGBLUEBUTTON: _bigbluebutton,
    Provider.DAILY: _daily,
}
