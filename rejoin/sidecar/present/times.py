"""Instants and spans as a person reads them: weekday first, twenty-four hours, never bare UTC.

Names of days and months are spelled here and not by strftime, whose answer depends on the machine.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SPOKEN_IN_HOURS_UP_TO = timedelta(hours=48)
SPOKEN_WITH_HOURS_UP_TO = timedelta(days=7)


def zone_named(name: str, *, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone called `name`; a roster may leave it empty or misspell it, and the page still opens."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return otherwise


def day_words(day: date, *, this_year: int) -> str:
    """ "Mon 5 Oct", with the year only where it is another one."""
    words = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return words if day.year == this_year else f"{words} {day.year}"


def clock_words(at: datetime, zone: ZoneInfo) -> str:
    """ "18:14" """
    return f"{at.astimezone(zone):%H:%M}"


def moment_words(at: datetime, zone: ZoneInfo, *, this_year: int) -> str:
    """ "Mon 5 Oct 18:14" """
    return f"{day_words(at.astimezone(zone).date(), this_year=this_year)} {clock_words(at, zone)}"


def span_words(span: timedelta) -> str:
    """How long, to the precision a person acts on: minutes within two days, then hours, then days."""
    minutes = int(abs(span).total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    hours, minutes = divmod(minutes, 60)
    if abs(span) < SPOKEN_IN_HOURS_UP_TO:
        return _joined(_count(hours, "h"), _count(minutes, "min"))
    days, hours = divmod(hours, 24)
    shown_hours = hours if abs(span) < SPOKEN_WITH_HOURS_UP_TO else 0
    return _joined(f"{days} days", _count(shown_hours, "h"))


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
