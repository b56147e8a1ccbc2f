"""A push service on this machine, and the browsers behind it: takes Web Push as it is, and opens it as a browser would.

`python -m rejoin.fakes.push_service --port 0 --ledger FILE [--misbehave JSON --seed N]`

POST /_control/subscriptions makes a browser and answers its subscription. Its ledger has "taken" for every
notice: the payload's tag as its key, the payload as it was read, the browser as its address, the TTL as detail.
Sources: RFC 8030 (delivery), RFC 8291 (encryption), RFC 8292 (who sends).
"""

import base64
import json
import secrets
import time
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import http_ece  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from py_vapid import Vapid02  # type: ignore[import-untyped]

from rejoin.fakes.serving import Answering, FakeServer, Setting, fake_options, serve, setting_from

# RFC 8292, 2: a token is good for 24 hours at most.
_LONGEST_TOKEN_SECONDS: Final = 24 * 60 * 60
_LARGEST_PAYLOAD_BYTES: Final = 4096  # RFC 8030, 7.2: what every service must take


class PushService(FakeServer):
    """The service. Its browsers' keys are in its ledger, so that they survive it."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting, _PushAnswering)

    def subscribe(self) -> dict[str, Any]:
        """A new browser's subscription, as its PushSubscription.toJSON() gives it."""
        key, auth = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        browser = secrets.token_hex(8)
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        kept = {"private": _encode(private), "auth": _encode(auth)}
        self.ledger.record("subscribed", vendor_id=browser, detail=json.dumps(kept))
        public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": f"{self.address}/push/{browser}",
            "expirationTime": None,
            "keys": {"p256dh": _encode(public), "auth": _encode(auth)},
        }

    def unsubscribe(self, browser: str) -> None:
        self.ledger.record("unsubscribed", vendor_id=browser)

    def open_notice(self, browser: str, content: bytes) -> str | None:
        """The payload as the browser reads it; None when it cannot."""
        kept = json.loads(self.ledger.entries("subscribed", vendor_id=browser)[0].detail)
        try:
            payload: bytes = http_ece.decrypt(
                content,
                private_key=load_der_private_key(_decode(kept["private"]), None),
                auth_secret=_decode(kept["auth"]),
                version="aes128gcm",
            )
            return payload.decode()
        except (http_ece.ECEException, InvalidTag, ValueError):
            return None


class _PushAnswering(Answering):
    server: PushService

    def do_POST(self) -> None:  # noqa: N802 - the library's name
        path, content = urlsplit(self.path).path, self.read_body()
        if path == "/_control/subscriptions":
            self.answer(HTTPStatus.CREATED, self.server.subscribe())
        elif path.startswith("/_control/gone/"):
            self.server.unsubscribe(path.rpartition("/")[2])
            self.answer(HTTPStatus.OK, {})
        elif path.startswith("/push/"):
            self._push(path.removeprefix("/push/"), content)
        else:
            self.answer(HTTPStatus.NOT_FOUND, {})

    def _push(self, browser: str, content: bytes) -> None:
        fate = self.server.next_fate()
        if self.misbehave_before(fate):
            return
        if fate.request == "refuse":
            self._refuse(HTTPStatus(int(fate.code or 400)))
            return
        refusal = self._refusal(browser, content)
        if refusal:
            self._refuse(refusal)
            return
        vendor_id = secrets.token_hex(8)
        self._keep(vendor_id, browser, self.server.open_notice(browser, content))
        location = {"Location": f"{self.server.address}/message/{vendor_id}"}
        self.answer_as_fated(fate, HTTPStatus.CREATED, None, location)

    def _keep(self, vendor_id: str, browser: str, payload: str | None) -> None:
        """A service cannot read what it takes; that a browser cannot either, nobody is told."""
        if payload is None:
            self.server.ledger.record("unreadable", vendor_id=vendor_id, address=browser)
            return
        self.server.ledger.record(
            "taken",
            vendor_id=vendor_id,
            key=str(json.loads(payload).get("tag", "")),
            address=browser,
            body=payload,
            detail=json.dumps({"ttl": self.headers["TTL"], "topic": self.headers["Topic"]}),
        )

    def _refusal(self, browser: str, content: bytes) -> HTTPStatus | None:
        ledger = self.server.ledger
        if not ledger.entries("subscribed", vendor_id=browser):
            return HTTPStatus.NOT_FOUND
        if ledger.entries("unsubscribed", vendor_id=browser):
            return HTTPStatus.GONE
        if not _is_from_somebody(self.headers["Authorization"], self.server.address):
            return HTTPStatus.FORBIDDEN
        if not (self.headers["TTL"] or "").isdecimal() or self.headers["Content-Encoding"] != "aes128gcm":
            return HTTPStatus.BAD_REQUEST
        if len(self.headers["Topic"] or "") > 32:
            return HTTPStatus.BAD_REQUEST
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if len(content) > _LARGEST_PAYLOAD_BYTES else None

    def _refuse(self, status: HTTPStatus) -> None:
        self.server.ledger.record("refused", detail=str(int(status)))
        self.answer(status, {})


def _is_from_somebody(authorization: str | None, audience: str) -> bool:
    """Is it signed, for us, for now, by somebody who can be reached (RFC 8292, 2)?"""
    try:
        if not Vapid02.verify(authorization):
            return False
        token = (authorization or "").split("t=", 1)[1].split(",", 1)[0]
        claims = json.loads(_decode(token.split(".")[1]))
        left = float(claims["exp"]) - time.time()
        return claims["aud"] == audience and 0 < left <= _LONGEST_TOKEN_SECONDS and ":" in claims["sub"]
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return False


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def main() -> None:
    given = fake_options("A push service on this machine, with the browsers behind it.").parse_args()
    serve(PushService(setting_from(given)))


if __name__ == "__main__":
    main()
