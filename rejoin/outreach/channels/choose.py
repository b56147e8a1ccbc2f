"""Which channels are in force. It fails closed: nothing leaves unless all of it was meant to.

Live sending is on only when REJOIN_DRY_RUN is "off". Then each channel is either configured in full and live,
or not configured at all and dry. A channel that is configured in part is a refusal: to send nothing while
somebody believes that texts go out is worse than not to start.
"""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from rejoin.domain.kernel.refusals import Refusal
from rejoin.outreach.channels.dry import DryChannel
from rejoin.outreach.channels.email_smtp import Email
from rejoin.outreach.channels.guard import Guarded
from rejoin.outreach.channels.port import Channel
from rejoin.outreach.channels.push_web import PUSH_SERVICES, PushIdentity, WebPush
from rejoin.outreach.channels.sms_twilio import API_BASE, TwilioAccount, TwilioSms
from rejoin.outreach.channels.unsaid import find_forbidden

_ACCOUNT_SID: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_SERVICE_SID: Final = re.compile(r"MG[0-9a-fA-F]{32}")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{5,6}")


def channels_in_force(settings: Mapping[str, object]) -> dict[str, Channel]:
    """The channels "sms", "email" and "push", each guarded, live or dry. `Refusal` for half a configuration.

    Read are REJOIN_DRY_RUN; TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM or TWILIO_MESSAGING_SERVICE,
    and TWILIO_API_BASE (elsewhere than Twilio's own); EMAIL_URL and REJOIN_EMAIL_FROM, where the connection
    itself is Django's; REJOIN_VAPID_PUBLIC_KEY, REJOIN_VAPID_PRIVATE_KEY, REJOIN_VAPID_CONTACT, and
    REJOIN_PUSH_SERVICES (in the place of the browsers' own, separated by blanks).
    """
    given = {name: str(value).strip() for name, value in settings.items() if value not in (None, "")}
    live = is_live(given)
    return {
        "sms": Guarded((_sms(given) if live else None) or DryChannel(), one_segment=True),
        "email": Guarded((_email(given) if live else None) or DryChannel()),
        "push": Guarded((_push(given) if live else None) or DryChannel()),
    }


def is_live(settings: Mapping[str, object]) -> bool:
    """Was live sending switched on? Only by the word "off" for the dry run; nothing else means it."""
    return str(settings.get("REJOIN_DRY_RUN", "")).strip().lower() == "off"


def is_dry(channel: Channel) -> bool:
    """Does this channel reach nobody?"""
    return isinstance(channel.channel if isinstance(channel, Guarded) else channel, DryChannel)


def _sms(given: Mapping[str, str]) -> Channel | None:
    if not _all_or_none(given, "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", also=_senders(given)):
        return None
    number, service = given.get("TWILIO_FROM"), given.get("TWILIO_MESSAGING_SERVICE")
    if (number is None) == (service is None):
        raise _refused("TWILIO_FROM", "or TWILIO_MESSAGING_SERVICE must be set, and not both")
    return TwilioSms(
        TwilioAccount(
            account_sid=_like(given, "TWILIO_ACCOUNT_SID", _ACCOUNT_SID),
            auth_token=given["TWILIO_AUTH_TOKEN"],
            from_number=_like(given, "TWILIO_FROM", _NUMBER) if number else None,
            messaging_service_sid=_like(given, "TWILIO_MESSAGING_SERVICE", _SERVICE_SID) if service else None,
            api_base=_origin("TWILIO_API_BASE", given.get("TWILIO_API_BASE", API_BASE)),
        )
    )


def _email(given: Mapping[str, str]) -> Channel | None:
    if not _all_or_none(given, "EMAIL_URL", "REJOIN_EMAIL_FROM"):
        return None
    sender = given["REJOIN_EMAIL_FROM"]
    if "@" not in parseaddr(sender)[1]:
        raise _refused("REJOIN_EMAIL_FROM", "must be an e-mail address")
    _neutral("REJOIN_EMAIL_FROM", sender)
    return Email(from_email=sender)


def _push(given: Mapping[str, str]) -> Channel | None:
    names = ("REJOIN_VAPID_PUBLIC_KEY", "REJOIN_VAPID_PRIVATE_KEY", "REJOIN_VAPID_CONTACT")
    if not _all_or_none(given, *names):
        return None
    services = tuple(given.get("REJOIN_PUSH_SERVICES", "").split()) or PUSH_SERVICES
    for service in services:
        if "://" in service:
            _origin("REJOIN_PUSH_SERVICES", service)
    try:
        return WebPush(PushIdentity(private_key=given[names[1]], contact=given[names[2]], services=services))
    except ValueError as wrong:
        raise _refused(names[1], f"cannot be used: {wrong}") from None


def _senders(given: Mapping[str, str]) -> list[str]:
    return [name for name in ("TWILIO_FROM", "TWILIO_MESSAGING_SERVICE", "TWILIO_API_BASE") if name in given]


def _all_or_none(given: Mapping[str, str], *names: str, also: list[str] | None = None) -> bool:
    """Are all of `names` set? Refused when some of them are, or none of them beside something in `also`."""
    missing = [name for name in names if name not in given]
    if not missing:
        return True
    if len(missing) == len(names) and not also:
        return False
    there = ", ".join([name for name in names if name in given] + (also or []))
    raise _refused(", ".join(missing), f"must be set beside {there}, or live sending must be off")


def _like(given: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(given[name]):
        raise _refused(name, "does not look like one")
    return given[name]


def _origin(name: str, value: str) -> str:
    """An origin to which credentials may go: encrypted, or this machine."""
    parts, local = urlsplit(value), False
    try:
        local = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        local = False
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and local)
    if not encrypted or not parts.hostname or parts.path.strip("/") or parts.query:
        raise _refused(name, "must be like https://host, or http:// on this machine")
    return value.rstrip("/")


def _neutral(name: str, value: str) -> None:
    found = find_forbidden(value)
    if found:
        raise _refused(name, f"would disclose: {', '.join(found)}")


def _refused(name: str, problem: str) -> Refusal:
    """Names the setting; its content is never repeated."""
    return Refusal("channels", f"{name} {problem}")
