"""The entries of the law of minors' consent, each with what a program has said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from rejoin.common.rows import select
from rejoin.domain.consent import MINORS, Basis, MinorRule, Service
from rejoin.people.naming import names_of
from rejoin.programs.models import Program

CARE: Final[Mapping[Service, str]] = MappingProxyType(
    {Service.MENTAL_HEALTH: "mental health", Service.SUBSTANCE_USE: "substance use"}
)
SAID: Final = """
SELECT DISTINCT ON (state, service) state, service, checked_on, confirmed, "by", at, until_at
  FROM programs_stateconfirmation WHERE program_id = %s AND at <= %s
 ORDER BY state, service, at DESC, confirmed, id DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, and whether it holds in a program."""

    rule: MinorRule
    key: str
    care: str
    read_in_full: bool
    """Written from the statute's own words; else from what somebody writes of it."""
    holds: bool
    why_not: str
    by: str
    at: datetime | None
    until_at: datetime | None

    @property
    def edition(self) -> str:
        return self.rule.checked_on.isoformat()


def entries_of(program: Program, now: datetime) -> list[Entry]:
    """Every entry there is, by state. Two queries."""
    rows = select(SAID, [program.pk, now])
    names = names_of([row[4] for row in rows])
    said = {(row[0], row[1]): row[2:] for row in rows}
    return [_entry(rule, said.get((rule.state, rule.service.value)), names, now) for rule in MINORS]


def _entry(rule: MinorRule, said: tuple[Any, ...] | None, names: Mapping[str, str], now: datetime) -> Entry:
    edition, confirmed, by, at, until_at = said or (None, False, "", None, None)
    why_not = "Nobody has confirmed it."
    if said and not confirmed:
        why_not = "It was taken back."
    elif said and edition != rule.checked_on:
        why_not = "It has changed since it was confirmed."
    elif said and until_at is not None and until_at <= now:
        why_not = "It was confirmed more than a year ago: somebody has to look again."
    elif said:
        why_not = ""
    return Entry(
        rule=rule,
        key=f"{rule.state}-{rule.service.value}",
        care=CARE[rule.service],
        read_in_full=rule.basis is Basis.TEXT,
        holds=not why_not,
        why_not=why_not,
        by=names.get(by, ""),
        at=at,
        until_at=until_at,
    )
