"""Notices to a patient's browser: Web Push (RFC 8030), encrypted for it (RFC 8291), signed by us (RFC 8292)."""

import base64
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from http_ece import ECEException  # type: ignore[import-untyped]
from py_vapid import Vapid02, VapidException  # type: ignore[import-untyped]
from pywebpush import WebPushException, webpush

from rejoin.outreach.channels.line import one_request
from rejoin.outreach.channels.port import (
    Accepted,
    AnswerLost,
    CannotTell,
    Refused,
    Sendable,
    Why,
    refuse_late,
)

PUSH_SERVICES: Final = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
"""The services of the common browsers; a host below one of these counts as it. A subscription comes from
outside: without this list it could make us call any address."""

# RFC 8030, 5.2 sets no limit; the services keep four weeks at most.
_LONGEST_TTL_SECONDS: Final = 28 * 24 * 60 * 60
_BAD_SUBSCRIPTION: Final = Refused(code="bad-subscription", permanent=True, why=Why.GONE)
_REFUSALS: Final = {
    400: Refused(code="http-400", permanent=True, why=Why.OURS),
    401: Refused(code="http-401", permanent=False, why=Why.OURS),
    403: Refused(code="http-403", permanent=False, why=Why.OURS),
    404: Refused(code="http-404", permanent=True, why=Why.GONE),  # RFC 8030, 7.3: expired
    410: Refused(code="http-410", permanent=True, why=Why.GONE),  # the browser unsubscribed
    413: Refused(code="http-413", permanent=True, why=Why.WORDING),
    429: Refused(code="http-429", permanent=False, why=Why.BUSY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PushIdentity:
    """Who we are to push services, which of them we call, and how long we wait (seconds).

    `private_key` is the VAPID key (base64url of its 32 bytes, or of its DER); `contact` a mailto: or
    https: address for the service's operators. `services` are hosts; "http://host:port" allows one that is
    not encrypted, which only this machine should be.
    """

    private_key: str = field(repr=False)
    contact: str
    services: tuple[str, ...] = PUSH_SERVICES
    connect_within: float = 5.0
    answer_within: float = 15.0


class WebPush:
    """Sends notices to browsers. ValueError for an identity that cannot sign."""

    def __init__(self, identity: PushIdentity) -> None:
        self._identity = identity
        self._signer = _signer(identity)

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        """One notice: title, body, and a tag by which the browser shows the same notice once.

        404 and 410: the subscription is gone. 5xx, a broken line and an answer that is none are `AnswerLost`.
        """
        late = refuse_late(sendable, now)
        if late:
            return late
        subscription = _read_subscription(sendable.to)
        if subscription is None:
            return _BAD_SUBSCRIPTION
        if not _is_push_service(subscription["endpoint"], self._identity.services):
            return Refused(code="unknown-service", permanent=True, why=Why.OURS)
        return self._push(subscription, sendable, now)

    def look_up(
        self,
        sendable: Sendable,  # noqa: ARG002 - the port's shape
        *,
        since: datetime,  # noqa: ARG002
        known_ids: Collection[str] = (),  # noqa: ARG002
    ) -> Accepted | None:
        """A push service does not tell what it took."""
        raise CannotTell("push has no look-up")

    def _push(self, subscription: dict[str, Any], sendable: Sendable, now: datetime) -> Accepted | Refused:
        identity, topic = self._identity, topic_of(sendable.key)
        left = int((sendable.valid_until - now).total_seconds())
        with one_request(leave_by=sendable.leave_by) as session:
            try:
                webpush(
                    subscription,
                    data=payload_of(sendable),
                    vapid_private_key=self._signer,
                    vapid_claims={"sub": identity.contact},
                    timeout=(identity.connect_within, identity.answer_within),
                    ttl=max(1, min(left, _LONGEST_TTL_SECONDS)),
                    headers={"Topic": topic, "Urgency": "high"},
                    requests_session=session,
                )
            except WebPushException as error:
                return _judge(error.status_code)
            except (ValueError, TypeError, IndexError, ECEException):  # keys that are none: nothing sent yet
                return _BAD_SUBSCRIPTION
        return Accepted(vendor_id=f"push-{topic}")


def _signer(identity: PushIdentity) -> Any:
    """The key, tried once, so that a wrong one is found when the channel is made and not at a patient."""
    try:
        signer = Vapid02.from_string(identity.private_key)
        signer.sign({"sub": identity.contact, "aud": "https://push.example.org"})
    except (VapidException, ValueError, TypeError, IndexError):
        raise ValueError("the VAPID key or its contact cannot sign") from None
    return signer


def payload_of(sendable: Sendable) -> str:
    """What the browser is shown, as JSON: {"title", "body", "lang", "tag"}."""
    return json.dumps(
        {
            "title": sendable.subject,
            "body": sendable.body,
            "lang": sendable.language,
            "tag": topic_of(sendable.key),
        }
    )


def topic_of(key: str) -> str:
    """A notice that still waits is replaced by one of the same topic: 32 characters at most (RFC 8030, 5.4)."""
    return base64.urlsafe_b64encode(sha256(key.encode()).digest())[:32].decode()


def _read_subscription(text: str) -> dict[str, Any] | None:
    """A browser's PushSubscription.toJSON(): {"endpoint", "keys": {"p256dh", "auth"}}; None when it is not."""
    try:
        given = json.loads(text)
        endpoint, keys = given["endpoint"], given["keys"]
        parts = [endpoint, keys["p256dh"], keys["auth"]]
    except (ValueError, TypeError, KeyError):
        return None
    if not all(isinstance(part, str) and part for part in parts):
        return None
    return {"endpoint": endpoint, "keys": {"p256dh": keys["p256dh"], "auth": keys["auth"]}}


def _is_push_service(endpoint: str, services: Collection[str]) -> bool:
    try:
        parts = urlsplit(endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    host = f".{parts.hostname or ''}"
    return any(
        origin == service if "://" in service else parts.scheme == "https" and host.endswith(f".{service}")
        for service in services
    )


def _judge(status: int | None) -> Refused:
    """A refusal, or `AnswerLost` when the answer does not say what became of the request."""
    if status is None:  # refused by the library over the keys, before any request
        return _BAD_SUBSCRIPTION
    if status in _REFUSALS:
        return _REFUSALS[status]
    if 400 <= status < 500 and status != 408:
        return Refused(code=f"http-{status}", permanent=True)
    raise AnswerLost(f"http-{status}")


def subscription_in(text: str, *, services: Collection[str] = PUSH_SERVICES) -> dict[str, Any] | None:
    """What a browser sent of itself, where it can be used: its keys, at a service that we know; else None."""
    found = _read_subscription(text)
    return found if found and _is_push_service(found["endpoint"], services) else None
