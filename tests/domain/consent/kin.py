"""Ada at some age in some state, and what she and her guardian signed, in few words."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rejoin.domain.consent import (
    AS_SHIPPED,
    MINORS,
    About,
    Confirmation,
    Law,
    Service,
    Signed,
    Signer,
    Youth,
)

NOW = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
TODAY = date(2026, 10, 5)
BEFORE = NOW - timedelta(days=30)
CONDITIONS = frozenset(condition.code for rule in MINORS for condition in rule.conditions)

CONFIRMED = Law(
    rules=AS_SHIPPED.rules,
    majorities=AS_SHIPPED.majorities,
    confirmations=tuple(
        Confirmation(
            state=rule.state, service=rule.service, checked_on=rule.checked_on, by="staff:1", at=BEFORE
        )
        for rule in MINORS
    ),
)
"""A program that has confirmed everything there is."""


def years_old(years: int) -> date:
    """Born so many years and a hundred days ago."""
    return date(TODAY.year - years, 6, 27)


def ada(years: int | None = 15, state: str = "OR", **but: Any) -> Youth:
    facts: dict[str, Any] = {
        "born_on": None if years is None else years_old(years),
        "states": frozenset({state}),
        "services": frozenset({Service.MENTAL_HEALTH}),
        "zone": ZoneInfo("America/New_York"),
        "part2": False,
        "found": CONDITIONS,
    }
    return Youth(**(facts | but))


def signed(by: Signer, about: About = About.ATTENDANCE, **but: Any) -> Signed:
    facts: dict[str, Any] = {"by": by, "about": about, "granted": True, "at": BEFORE}
    return Signed(**(facts | but))


PATIENT, GUARDIAN = Signer.PATIENT, Signer.GUARDIAN
HERS, THEIRS = signed(PATIENT), signed(GUARDIAN)
