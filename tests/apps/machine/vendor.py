"""A vendor that may do anything a vendor does, and remembers what really went out."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from rejoin.domain.kernel import Word
from rejoin.outreach.channels.port import (
    Accepted,
    AnswerLost,
    CannotTell,
    NeverLeft,
    Refused,
    Sendable,
    Why,
)


class Fate(Word):
    """What becomes of one message handed to the vendor."""

    TAKEN = "taken"
    TAKEN_AND_ANSWER_LOST = "taken_and_answer_lost"
    ANSWER_LOST = "answer_lost"
    """Lost on the way: it never went out, and we cannot know."""
    NEVER_LEFT = "never_left"
    BUSY = "busy"
    GONE = "gone"
    STOPPED = "stopped"
    BREAKS = "breaks"
    """The vendor's own library raises something nobody expected."""


REFUSALS = {
    Fate.BUSY: Refused(code="20429", permanent=False, why=Why.BUSY),
    Fate.GONE: Refused(code="21211", permanent=True, why=Why.GONE),
    Fate.STOPPED: Refused(code="21610", permanent=True, why=Why.STOPPED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message that went out."""

    vendor_id: str
    key: str
    channel: str
    to: str
    body: str
    at: datetime
    really_at: datetime
    """By the machine's clock, which is the one a look-up asks by."""


@dataclass(kw_only=True)
class Vendor:
    """One channel's vendor. It sees threads of ours at once, as a real one does."""

    channel: str
    taken: list[Taken] = field(default_factory=list)
    fates: list[Fate] = field(default_factory=list)
    """Of the next messages; whatever comes after them is taken."""
    tells: bool = True
    """Whether its look-up gives an answer."""
    _lock: Lock = field(default_factory=Lock)

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        with self._lock:
            fate = self.fates.pop(0) if self.fates else Fate.TAKEN
            if fate in (Fate.TAKEN, Fate.TAKEN_AND_ANSWER_LOST):
                self.taken.append(
                    Taken(
                        vendor_id=f"SM{len(self.taken):032x}",
                        key=sendable.key,
                        channel=self.channel,
                        to=sendable.to,
                        body=sendable.body,
                        at=now,
                        really_at=datetime.now(UTC),
                    )
                )
            return self._answer(fate)

    def look_up(
        self, sendable: Sendable, *, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """By the address and the words alone: a vendor does not know our keys."""
        if not self.tells:
            raise CannotTell
        alike = [
            each
            for each in self.taken
            if (each.to, each.body) == (sendable.to, sendable.body)
            and each.vendor_id not in known_ids
            and each.really_at >= since
        ]
        return Accepted(vendor_id=alike[-1].vendor_id) if alike else None

    def _answer(self, fate: Fate) -> Accepted | Refused:
        if fate in REFUSALS:
            return REFUSALS[fate]
        if fate is Fate.NEVER_LEFT:
            raise NeverLeft
        if fate is Fate.BREAKS:
            raise RuntimeError("a library's own fault")
        if fate is not Fate.TAKEN:
            raise AnswerLost
        return Accepted(vendor_id=self.taken[-1].vendor_id)
