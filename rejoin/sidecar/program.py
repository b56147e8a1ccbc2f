"""A program as its folder tells it: patients and their places, sessions, and dated facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import CheckIn, Mark, Notice, Session
from rejoin.domain.policy import Attempt, Consent, PolicyBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One roster row: a patient's place in a group, by local dates, the last one included."""

    group: str
    from_on: date | None
    until_on: date | None

    def covers(self, day: date) -> bool:
        return (self.from_on is None or self.from_on <= day) and (
            self.until_on is None or day <= self.until_on
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    id: str
    name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    timezone: ZoneInfo
    flags: frozenset[str]
    places: tuple[Place, ...]

    def enrolled_on(self, day: date) -> bool:
        return any(place.covers(day) for place in self.places)

    @property
    def last_day(self) -> date | None:
        """The last day of her last place; None while one is open."""
        ends = [place.until_on for place in self.places]
        return max(end for end in ends if end is not None) if all(ends) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A session with what only the schedule knows of it."""

    session: Session
    rooms: tuple[str, ...]
    patient_ids: tuple[str, ...]
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Everything in the folder but the rooms."""

    path: Path
    book: PolicyBook
    patients: Mapping[str, Patient]
    sessions: Mapping[str, Scheduled]
    identities: Sequence[tuple[str, str, str]]
    marks: Mapping[tuple[str, str], Sequence[Mark]]
    """By session and patient, ascending; so are notices and check-ins."""
    notices: Mapping[tuple[str, str], Sequence[Notice]]
    check_ins: Mapping[tuple[str, str], Sequence[CheckIn]]
    attempts: Mapping[str, Mapping[str, Sequence[Attempt]]]
    """By patient, then by session."""
    consents: Mapping[str, Sequence[Consent]]
    licences: Mapping[str, frozenset[str]] | None
    room_files: Sequence[Path]

    @property
    def timezone(self) -> ZoneInfo:
        return self.book.versions[0][0].timezone
