"""Days and hours as they are said, in each language. All take instants and her zone."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.domain.kernel import local_day

A_WEEK: Final = 7
NOON: Final = 12
TIGHT: Final = "\u00a0"
"""Between what no line is broken."""
LONG: Final = 120
"""Minutes from which on hours are said."""


class EnglishDates:
    """As they are said in English."""

    evening_from: int = 17
    """The hour on her wall clock from which one says evening."""
    months: tuple[str, ...] = (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    )
    days: tuple[str, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    zones: Mapping[str, str] = MappingProxyType(
        {
            "America/New_York": "Eastern Time",
            "America/Detroit": "Eastern Time",
            "America/Chicago": "Central Time",
            "America/Denver": "Mountain Time",
            "America/Phoenix": "Mountain Time",
            "America/Los_Angeles": "Pacific Time",
            "America/Anchorage": "Alaska Time",
            "Pacific/Honolulu": "Hawaii Time",
            "America/Puerto_Rico": "Atlantic Time",
        }
    )

    def headline(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        """As one would say it: "Tomorrow evening", "Friday morning"."""
        day, ahead = local_day(at, zone), days_ahead(at, now, zone)
        part = self.part(at.astimezone(zone))
        if ahead <= 1:
            return f"Tomorrow {part}" if ahead else f"This {part}"
        spoken = f"{self.days[day.weekday()]} {part}"
        return spoken if ahead < A_WEEK else f"{spoken}, in {ahead} days"

    def part(self, local: datetime) -> str:
        return (
            "morning" if local.hour < NOON else "afternoon" if local.hour < self.evening_from else "evening"
        )

    def on(self, at: datetime, zone: ZoneInfo) -> str:
        """ "Friday 9 October"."""
        return self.day(local_day(at, zone))

    def day(self, day: date) -> str:
        return f"{self.days[day.weekday()]} {day.day}{TIGHT}{self.months[day.month - 1]}"

    def hours(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        """From when to when: "6 to 9 p.m."."""
        begin, end = _span(self, starts_at, ends_at, zone, half=".m.")
        return f"{begin} to {end}"

    def time(self, local: datetime) -> str:
        if (local.hour, local.minute) in ((0, 0), (NOON, 0)):
            return "noon" if local.hour else "midnight"
        minutes = f":{local.minute:02}" if local.minute else ""
        return f"{local.hour % 12 or 12}{minutes}{TIGHT}{'a.m.' if local.hour < NOON else 'p.m.'}"

    def moment(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        """ "8 p.m. today", "noon on Friday"."""
        day, ahead = local_day(at, zone), days_ahead(at, now, zone)
        when = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(ahead)
        spoken = when or (f"on {self.days[day.weekday()]}" if 0 < ahead < A_WEEK else f"on {self.day(day)}")
        return f"{self.time(at.astimezone(zone))} {spoken}"

    def length(self, minutes: int) -> str:
        if minutes < LONG:
            return f"{minutes} minutes"
        hours, rest = divmod(minutes, 60)
        return f"{hours} hours" + (f" {rest} minutes" if rest else "")

    def zone(self, zone: ZoneInfo) -> str:
        name = self.zones.get(zone.key)
        return (
            f"All times are {name}, as in {city_of(zone)}."
            if name
            else f"All times are as in {city_of(zone)}."
        )


class SpanishDates(EnglishDates):
    """As they are said in Spanish, in the United States."""

    evening_from = 19
    months = (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
        *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    )
    days = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
    zones = MappingProxyType(
        {
            "America/New_York": "hora del este",
            "America/Detroit": "hora del este",
            "America/Chicago": "hora del centro",
            "America/Denver": "hora de la montaña",
            "America/Phoenix": "hora de la montaña",
            "America/Los_Angeles": "hora del Pacífico",
            "America/Anchorage": "hora de Alaska",
            "Pacific/Honolulu": "hora de Hawái",
            "America/Puerto_Rico": "hora del Atlántico",
        }
    )

    def headline(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        day, ahead = local_day(at, zone), days_ahead(at, now, zone)
        part = f"por la {self.part(at.astimezone(zone))}"
        if ahead <= 1:
            return f"Mañana {part}" if ahead else f"Hoy {part}"
        spoken = f"El {self.days[day.weekday()]} {part}"
        return spoken if ahead < A_WEEK else f"{spoken}, en {ahead} días"

    def part(self, local: datetime) -> str:
        return "mañana" if local.hour < NOON else "tarde" if local.hour < self.evening_from else "noche"

    def day(self, day: date) -> str:
        return f"{self.days[day.weekday()]} {day.day}{TIGHT}de{TIGHT}{self.months[day.month - 1]}"

    def hours(self, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
        begin, end = _span(self, starts_at, ends_at, zone, half=f".{TIGHT}m.")
        return f"de {begin} a {end}"

    def time(self, local: datetime) -> str:
        if (local.hour, local.minute) in ((0, 0), (NOON, 0)):
            return "mediodía" if local.hour else "medianoche"
        minutes = f":{local.minute:02}" if local.minute else ""
        half = "a" if local.hour < NOON else "p"
        return f"{local.hour % 12 or 12}{minutes}{TIGHT}{half}.{TIGHT}m."

    def at_time(self, local: datetime) -> str:
        """ "a las 8 p. m.", "a la 1 p. m.", "a mediodía"."""
        said = self.time(local)
        if not said[0].isdigit():
            return f"a {said}"
        return f"a la {said}" if local.hour % 12 == 1 else f"a las {said}"

    def moment(self, at: datetime, now: datetime, zone: ZoneInfo) -> str:
        """ "hoy a las 8 p. m.", "el viernes a mediodía"."""
        day, ahead = local_day(at, zone), days_ahead(at, now, zone)
        when = {0: "hoy", 1: "mañana", -1: "ayer"}.get(ahead)
        spoken = when or (f"el {self.days[day.weekday()]}" if 0 < ahead < A_WEEK else f"el {self.day(day)}")
        return f"{spoken} {self.at_time(at.astimezone(zone))}"

    def length(self, minutes: int) -> str:
        if minutes < LONG:
            return f"{minutes} minutos"
        hours, rest = divmod(minutes, 60)
        return f"{hours} horas" + (f" y {rest} minutos" if rest else "")

    def zone(self, zone: ZoneInfo) -> str:
        name = self.zones.get(zone.key)
        where = f"como en {city_of(zone)}"
        return f"Todas las horas son {name}, {where}." if name else f"Todas las horas son {where}."


def ended(sentence: str) -> str:
    """With one full stop: "p.m." has one already."""
    return f"{sentence.removesuffix('.')}."


def days_ahead(at: datetime, now: datetime, zone: ZoneInfo) -> int:
    """In how many of her days it is."""
    return (local_day(at, zone) - local_day(now, zone)) // timedelta(days=1)


def city_of(zone: ZoneInfo) -> str:
    return zone.key.rpartition("/")[2].replace("_", " ")


def _span(
    said: EnglishDates, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, *, half: str
) -> tuple[str, str]:
    """Both times; the half of the day once, where both are in it."""
    first, last = starts_at.astimezone(zone), ends_at.astimezone(zone)
    begin, end = said.time(first), said.time(last)
    tail = begin[begin.index(TIGHT) :] if begin.endswith(half) else ""
    same = tail and end.endswith(tail) and first.date() == last.date()
    return (begin.removesuffix(tail) if same else begin), end
