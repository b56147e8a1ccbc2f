"""What Twilio tells us: status reports, and what patients text back. Nothing is believed unsigned.

Webhooks come twice, late and out of order: `is_news` says whether a report moves anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from twilio.request_validator import RequestValidator

from rejoin.domain.kernel.words import Word
from rejoin.outreach.channels.sms_twilio import KEY_PARAMETER

# SM of a text, MM of one with media (https://www.twilio.com/docs/glossary/what-is-a-sid).
_SID: Final = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_CODE: Final = re.compile(r"[0-9]{1,6}")
_LONGEST_NUMBER: Final = 40
_LONGEST_KEY: Final = 120
# 1,600 characters is the vendor's limit of a body; more is not from a handset.
_LONGEST_BODY: Final = 4_096


class Malformed(Exception):
    """A webhook that is not what it should be. Names the field and never its content."""


class Delivery(Word):
    """Where a text is, in the order in which it gets there."""

    UNKNOWN = "unknown"
    """A status that the vendor has added since."""
    ON_ITS_WAY = "on_its_way"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"


_DELIVERIES: Final = {
    "accepted": Delivery.ON_ITS_WAY,
    "scheduled": Delivery.ON_ITS_WAY,
    "queued": Delivery.ON_ITS_WAY,
    "sending": Delivery.ON_ITS_WAY,
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.FAILED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """Where one text is. `key` is ours, None when the callback had none; `error` is the vendor's code
    (`sms_codes.refusal_of` says what it means)."""

    vendor_id: str
    key: str | None
    status: Delivery
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """What somebody texted us. `vendor_id` is the same however often the webhook comes."""

    vendor_id: str
    from_number: str = field(repr=False)
    body: str = field(repr=False)


def is_signed(url: str, params: Mapping[str, str], signature: str | None, auth_token: str) -> bool:
    """Did Twilio sign this? `url` is the public one it called, query included; `params` the form's fields
    (a dict, or Django's QueryDict). Anything odd is unsigned: it never raises.

    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    if not auth_token or not signature or not isinstance(signature, str):
        return False
    try:
        return bool(RequestValidator(auth_token).validate(url, params, signature))
    except (ValueError, TypeError, AttributeError):  # an address or a field that cannot be read
        return False


def read_status_report(params: Mapping[str, str], query: Mapping[str, str]) -> StatusReport:
    """A status webhook: the form's fields, and the query of the address that was called."""
    status = _one(params, "MessageStatus", longest=40)
    error = params.get("ErrorCode") or None
    if error is not None and not _CODE.fullmatch(_one(params, "ErrorCode", longest=6)):
        raise Malformed("ErrorCode")
    return StatusReport(
        vendor_id=_sid(params),
        key=_one(query, KEY_PARAMETER, longest=_LONGEST_KEY) if query.get(KEY_PARAMETER) else None,
        status=_DELIVERIES.get(status.lower(), Delivery.UNKNOWN),
        error=error,
    )


def read_inbound(params: Mapping[str, str]) -> Inbound:
    """A text from outside. An empty body (a picture alone) is a reply like any other."""
    body = params.get("Body", "")
    if not isinstance(body, str) or len(body) > _LONGEST_BODY:
        raise Malformed("Body")
    return Inbound(
        vendor_id=_sid(params),
        from_number=_one(params, "From", longest=_LONGEST_NUMBER),
        body=_storable(body),
    )


def is_news(before: Delivery | None, after: Delivery) -> bool:
    """Does this report move the text on? Reports come late and twice; what was delivered stays delivered."""
    order = list(Delivery)
    return order.index(after) > order.index(before or Delivery.UNKNOWN)


def _sid(params: Mapping[str, str]) -> str:
    given = params.get("MessageSid") or params.get("SmsSid")
    if not isinstance(given, str) or not _SID.fullmatch(given):
        raise Malformed("MessageSid")
    return given


def _one(params: Mapping[str, str], name: str, *, longest: int) -> str:
    given = params.get(name)
    if not isinstance(given, str) or not 0 < len(given) <= longest or not given.isprintable():
        raise Malformed(name)
    return given


def _storable(text: str) -> str:
    """Without what a database cannot keep: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
