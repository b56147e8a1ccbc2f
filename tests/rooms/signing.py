"""How each video service signs what it posts, written apart from the code that checks it."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime

from rejoin.rooms.signatures import bridge_headers, livekit_token

SECRET = "YSBzZWNyZXQgdGhhdCBub2JvZHkgZWxzZSBrbm93cw=="
OTHER = "YSBzZWNyZXQgb2Ygc29tZWJvZHkgZWxzZSdzIG93bg=="

Headers = dict[str, str]


def sha256(secret: str, told: bytes) -> "hmac.HMAC":
    return hmac.new(secret.encode(), told, hashlib.sha256)


def zoom_headers(body: bytes, secret: str, now: datetime) -> Headers:
    stamp = str(int(now.timestamp()))
    signature = sha256(secret, f"v0:{stamp}:".encode() + body).hexdigest()
    return {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={signature}"}


def jaas_headers(body: bytes, secret: str, now: datetime) -> Headers:
    stamp = str(int(now.timestamp()))
    signature = base64.b64encode(sha256(secret, f"{stamp}.".encode() + body).digest()).decode()
    return {"x-jaas-signature": f"t={stamp},v1={signature}"}


def livekit_headers(body: bytes, secret: str, now: datetime) -> Headers:
    return {"authorization": livekit_token(body, key="APIkey", secret=secret, now=now)}


def janus_headers(body: bytes, secret: str, now: datetime) -> Headers:
    return bridge_headers(body, secret=secret, now=now)


def bearer_headers(_body: bytes, secret: str, _now: datetime) -> Headers:
    return {"authorization": f"Bearer {secret}"}


def daily_headers(body: bytes, secret: str, now: datetime) -> Headers:
    stamp = str(int(now.timestamp() * 1000))
    key = base64.b64decode(secret or OTHER)
    signature = base64.b64encode(hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    return {"x-webhook-timestamp": stamp, "x-webhook-signature": signature}


SIGNED: Mapping[str, Callable[[bytes, str, datetime], Headers]] = {
    "livekit": livekit_headers,
    "zoom": zoom_headers,
    "jitsi": jaas_headers,
    "janus": janus_headers,
    "bigbluebutton": bearer_headers,
    "daily": daily_headers,
}
