"""What every figure is read against: the moment, the program's zone, and who and what is meant."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import phonenumbers

from rejoin.sidecar.present import words
from rejoin.sidecar.present.times import clock_words, day_words, moment_words, zone_named
from rejoin.sidecar.report import Directory, PatientCard, Report, SessionCard

DAY_BEGINS, DAY_ENDS = 8, 21
"""The hours in which nobody minds a call; only said, never enforced: a person decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A patient as a line names her."""

    patient_id: str
    name: str
    anchor: str
    """Where her card is on the page; "" when the page leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionName:
    """A session as a line names it."""

    session_id: str
    title: str
    when: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number to read and, where it can be dialled, to tap."""

    shown: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The moment, the zone and the directory, with the page's anchors once they are known."""

    as_of: datetime
    directory: Directory
    patient_anchors: dict[str, str]
    session_anchors: dict[str, str]

    @classmethod
    def of(cls, report: Report, directory: Directory) -> "Frame":
        """A frame without anchors: enough for a terminal."""
        return cls(as_of=report["as_of"], directory=directory, patient_anchors={}, session_anchors={})

    @cached_property
    def zone(self) -> ZoneInfo:
        return zone_named(self.directory["timezone"], otherwise=ZoneInfo("UTC"))

    @cached_property
    def today(self) -> date:
        return self.day_of(self.as_of)

    def day_of(self, at: datetime) -> date:
        """The program's own date at an instant."""
        return at.astimezone(self.zone).date()

    def when(self, at: datetime) -> str:
        """ "Mon 5 Oct 18:14" in the program's zone."""
        return moment_words(at, self.zone, this_year=self.today.year)

    def clock(self, at: datetime) -> str:
        return clock_words(at, self.zone)

    def clock_or_when(self, at: datetime, *, beside: datetime) -> str:
        """Only the time of day where the day has just been said."""
        same_day = self.day_of(at) == self.day_of(beside)
        return self.clock(at) if same_day else self.when(at)

    def day(self, day: date) -> str:
        return day_words(day, this_year=self.today.year)

    def patient(self, patient_id: str) -> PatientCard:
        """The roster's card; a patient whom the directory does not know goes by the id."""
        return self.directory["patients"].get(patient_id) or _unknown_patient(patient_id)

    def person(self, patient_id: str) -> Person:
        return Person(
            patient_id=words.plain(patient_id),
            name=words.plain(self.patient(patient_id)["name"]) or words.plain(patient_id),
            anchor=self.patient_anchors.get(patient_id, ""),
        )

    def session(self, session_id: str) -> SessionCard | None:
        return self.directory["sessions"].get(session_id)

    def session_name(self, session_id: str) -> SessionName:
        card = self.session(session_id)
        return SessionName(
            session_id=words.plain(session_id),
            title=session_title(card) if card else "",
            when=self.when(card["starts_at"]) if card else "",
            anchor=self.session_anchors.get(session_id, ""),
        )

    def phones(self, patient_id: str) -> tuple[PhoneNumber, ...]:
        return tuple(phone_number(text) for text in self.patient(patient_id)["phones"])

    def zone_of(self, patient_id: str) -> ZoneInfo:
        return zone_named(self.patient(patient_id)["timezone"], otherwise=self.zone)

    def odd_hour_there(self, patient_id: str, at: datetime) -> str:
        """ "before 08:00 there": a call would ring at an hour that is not plain from here."""
        hour = at.astimezone(self.zone_of(patient_id)).hour
        if not self.clock_there(patient_id, at) or DAY_BEGINS <= hour < DAY_ENDS:
            return ""
        return f"before {DAY_BEGINS:02d}:00 there" if hour < DAY_BEGINS else f"after {DAY_ENDS}:00 there"

    def clock_there(self, patient_id: str, at: datetime) -> str:
        """The patient's own time of day, when it is another one than the program's: "06:20 in Chicago"."""
        theirs = self.zone_of(patient_id)
        if at.astimezone(theirs).utcoffset() == at.astimezone(self.zone).utcoffset():
            return ""
        place = theirs.key.rpartition("/")[2].replace("_", " ")
        return f"{clock_words(at, theirs)} in {place}"


def session_title(card: SessionCard) -> str:
    """ "Evening group", or what kind of session it is."""
    if card["kind"] == "group":
        return words.plain(card["group"]) or "Group"
    return f"{words.word(words.KINDS, card['kind'])} session".capitalize()


def phone_number(text: str) -> PhoneNumber:
    """A number as people write it; what cannot be read as one is shown and not dialled."""
    shown = words.plain(text)
    try:
        parsed = phonenumbers.parse(shown, "US")
    except phonenumbers.NumberParseException:
        return PhoneNumber(shown=shown, href="")
    if not re.fullmatch(r"[+\d().\-\s/]+(x\d+)?", shown):
        return PhoneNumber(shown=shown, href="")
    style = phonenumbers.PhoneNumberFormat
    return PhoneNumber(
        shown=phonenumbers.format_number(parsed, style.INTERNATIONAL),
        href=phonenumbers.format_number(parsed, style.RFC3966),
    )


def find_text(person: Person, *sessions: SessionName) -> str:
    """What the filter box looks in."""
    parts = [person.name, person.patient_id]
    for session in sessions:
        parts += [session.session_id, session.title, session.when]
    return " ".join(parts).casefold()


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _unknown_patient(patient_id: str) -> PatientCard:
    return {"name": patient_id, "phones": [], "emails": [], "timezone": "", "groups": [], "flags": []}
