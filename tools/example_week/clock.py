"""The week's clock: all of it is written in New York's time of 2026, some sources tell it in UTC."""

from datetime import datetime
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
UTC = ZoneInfo("UTC")


def at(day: str, clock: str) -> datetime:
    """at("10-05", "18:00"): that instant of 2026 on New York's clocks."""
    seconds = clock if clock.count(":") == 2 else f"{clock}:00"
    return datetime.fromisoformat(f"2026-{day}T{seconds}").replace(tzinfo=NEW_YORK)


def stamp(day: str, clock: str) -> str:
    return at(day, clock).replace(tzinfo=None).isoformat(timespec="minutes")


def epoch(day: str, clock: str) -> int:
    return int(at(day, clock).timestamp())


def iso(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
