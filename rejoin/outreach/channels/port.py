"""What every channel is asked and may answer.

The rule of the house: **a lost answer is never sent again blindly.** Whoever catches `AnswerLost` asks
`look_up` after `SETTLES_IN`, waits for a status report with the key, or gives it to a person.
"""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from rejoin.domain.kernel.words import Word

# What goes into an URL and a header as it stands.
_KEY = re.compile(r"[\x21-\x7e]{1,120}")

SETTLES_IN = timedelta(minutes=2)
"""A vendor that took a request as the line broke may show it a moment later: `look_up` no sooner than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sendable:
    """One message to one address, ready to go. Only the key shows in its repr: the rest must not reach a log.

    `key` is opaque and unique: one key is one effect. `to` is a number in E.164, an e-mail address or a
    browser's push subscription as JSON. `callback_url` is our own address for status reports; channels that
    use it add the key. After `valid_until` (aware) the message is not worth sending. ValueError for a key
    that is empty, long or not printable ASCII, and for a naive time. `leave_by` (this machine's monotonic
    seconds): a line that stands later is not used, because by then another worker may send the message.
    """

    key: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    valid_until: datetime
    subject: str = field(default="", repr=False)
    language: str = "en"
    callback_url: str | None = field(default=None, repr=False)
    leave_by: float = math.inf

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError("a key is 1 to 120 printable ASCII characters without spaces")
        if self.valid_until.tzinfo is None:
            raise ValueError("valid_until needs a time zone")


class Why(Word):
    """What a refusal means for whoever sees to it."""

    STOPPED = "stopped"
    """The patient told the vendor to stop: an opt-out, though we may not have heard of it."""
    GONE = "gone"
    """Nobody is at this address: wrong, unknown, unsubscribed."""
    OURS = "ours"
    """Our own settings or account; the address may be fine."""
    BUSY = "busy"
    """The vendor asks us to wait."""
    WORDING = "wording"
    """Refused for what it says, by us or by a carrier."""
    EXPIRED = "expired"
    """Too late to be worth sending."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The vendor took it. Not yet delivered, and far from a contact."""

    vendor_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The vendor, or we ourselves, did not take it: certainly nothing went out.

    `permanent`: the same message to the same address will be refused again. `code` is the vendor's, or ours.
    """

    code: str
    permanent: bool
    why: Why = Why.OTHER

    @property
    def stopped(self) -> bool:
        """Did the patient opt out at the vendor?"""
        return self.why is Why.STOPPED


class AnswerLost(Exception):
    """The request left and its effect is unknown: it may have gone out. Says only what kind of fault it was."""


class NeverLeft(Exception):
    """Certainly nothing went out: there was never a line to the vendor. Safe to try again."""


class CannotTell(Exception):
    """The vendor has no look-up, or its look-up gives no certain answer."""


class Channel(Protocol):
    """A way out of the building."""

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        """Sends it once. `AnswerLost` or `NeverLeft` when there was no answer; no other exception is meant."""

    def look_up(
        self, sendable: Sendable, *, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """Did the vendor take it at or after `since`? None: it surely did not. `CannotTell` otherwise.

        `known_ids` are vendor ids that belong to other messages, so that none of them is taken for this one.
        """


def refuse_late(sendable: Sendable, now: datetime) -> Refused | None:
    """A refusal when `now` is past the moment it was worth sending."""
    if now < sendable.valid_until:
        return None
    return Refused(code="expired", permanent=True, why=Why.EXPIRED)
