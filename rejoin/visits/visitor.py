"""Whoever stands before a session's door: a patient with her link, or somebody of the staff who leads the session."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.common.actors import Actor
from rejoin.people.models import Contact, Patient, Staff
from rejoin.programs.models import Seat, Session
from rejoin.visits.doors import door_of
from rejoin.visits.models import Visit
from rejoin.visits.vocabulary import Door
from rejoin.visits.words import words_in
from rejoin.visits.words.english import English


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One request of hers."""

    session: Session
    base: str
    """The address of her way in, from the root, with a slash at its end."""
    at: datetime
    by: Actor
    zone: ZoneInfo
    """In which times are told to her."""
    ref: str = ""
    """What the engine knows her by, of a patient."""
    seat: Seat | None = None
    patient: Patient | None = None
    staff: Staff | None = None
    contact: Contact | None = None
    """A guest of a patient's family."""
    language: str = "en"
    """In which she is spoken to. Whoever leads is spoken to in English."""

    @property
    def say(self) -> English:
        """The words she is spoken to in."""
        return words_in(self.language)

    @property
    def host(self) -> bool:
        return self.staff is not None

    @property
    def door(self) -> Door:
        return door_of(self.session, self.seat, self.at)

    @property
    def visit(self) -> Visit | None:
        """Hers, as it is now."""
        asked = Visit.objects.filter(session=self.session).select_related("session", "staff")
        if self.staff is not None:
            found: Visit | None = asked.filter(staff=self.staff).first()
        elif self.contact is not None:
            found = asked.filter(contact=self.contact).first()
        else:
            found = asked.filter(seat=self.seat).first()
        return found
