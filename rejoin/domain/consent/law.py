"""What a state says of minors who consent alone, and whether a program has confirmed that it is so.

An entry opens something only where a person of the program has confirmed that very entry. Without one, or with one that
nobody confirmed, both doors stay closed: care takes the guardian's consent and the patient's, and nothing is shown to
anybody without both of theirs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from rejoin.domain.kernel import Reason, Word

ADULT_FROM: Final = 18
"""Where no law of a state says otherwise (42 CFR 2.11)."""


class Service(Word):
    MENTAL_HEALTH = "mental_health"
    SUBSTANCE_USE = "substance_use"


class Basis(Word):
    """What an entry was written from."""

    TEXT = "text"
    """The statute's words, in a stored copy."""
    SUMMARY = "summary"
    """What somebody else writes of it. Read the statute before confirming."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that a person has to find before the minor may consent alone. Nobody found it: it does not hold."""

    code: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorRule:
    """From which age a minor may consent alone to outpatient care of a kind, as one statute of one state has it."""

    state: str
    service: Service
    from_age: int
    cite: str
    covers: str
    """What care, and what not, in one sentence."""
    conditions: tuple[Condition, ...] = ()
    telling: str = ""
    """What the statute says of telling her guardian, for people to read. Whatever it permits a professional to tell,
    nothing is shown here without a live consent."""
    basis: Basis
    read_at: str
    """Where that was read."""
    as_of: str
    """How recent what was read is, by its own words."""
    before_confirming: str = ""
    """What to look for in today's text."""
    checked_on: date
    """The entry's edition: when it changes, the program confirms it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority:
    """A state whose minors are older than elsewhere. It only closes, and so it holds without anybody's word."""

    state: str
    age: int
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A program's word on one entry, by a person; the latest holds."""

    state: str
    service: Service
    checked_on: date
    """Of the entry that was confirmed: not of another edition."""
    by: str
    at: datetime
    confirmed: bool = True
    """False: taken back."""
    until_at: datetime | None = None
    """When somebody has to look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The entries, one a state and service, and what the program has confirmed of them."""

    rules: tuple[MinorRule, ...]
    majorities: tuple[Majority, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The entry that holds, if one does, and why or why not."""

    rule: MinorRule | None
    because: Reason


def adult_from(states: Iterable[str], law: Law) -> tuple[int, str | None]:
    """From which age she is an adult, by the strictest of `states`, and where that is from."""
    found = [(each.age, each.cite) for each in law.majorities if each.state in set(states)]
    return max(found, default=(ADULT_FROM, None))


def read_rule(law: Law, *, state: str, service: Service, now: datetime) -> Reading:
    """The entry that holds in `state` for `service` at `now`."""
    rule = next((each for each in law.rules if (each.state, each.service) == (state, service)), None)
    if rule is None:
        return _closed(f"no entry for {_named(service)} in {state}", None)
    said = [
        each
        for each in law.confirmations
        if (each.state, each.service) == (state, service) and each.at <= now
    ]
    if not said:
        return _closed(f"nobody has confirmed the entry for {_named(service)} in {state}", rule)
    last = max(said, key=lambda each: (each.at, not each.confirmed))
    if not last.confirmed:
        return _closed(f"the entry for {_named(service)} in {state} is no longer confirmed", rule)
    if last.checked_on != rule.checked_on:
        return _closed(f"the entry for {_named(service)} in {state} has changed since it was confirmed", rule)
    if last.until_at is not None and last.until_at <= now:
        return _closed(f"the entry for {_named(service)} in {state} has to be looked at again", rule)
    text = f"the entry for {_named(service)} in {state} is confirmed"
    return Reading(rule=rule, because=Reason(rule="consent.state", text=text, cite=rule.cite))


def _closed(text: str, rule: MinorRule | None) -> Reading:
    cite = None if rule is None else rule.cite
    return Reading(rule=None, because=Reason(rule="consent.default_closed", text=text, cite=cite))


def _named(service: Service) -> str:
    return service.value.replace("_", " ")
