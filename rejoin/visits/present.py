"""What the pages at a session's door show, worked out in Python."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import QueryDict

from rejoin.programs.models import Session
from rejoin.visits.checking_in import emergency_contact, has_agreed, latest_check_in, place_before
from rejoin.visits.doors import LINK_HOLDS_BEFORE, opens_at
from rejoin.visits.engine import dial_in, is_lean, the_engine
from rejoin.visits.forms import CheckInForm, GuestForm
from rejoin.visits.granting import where_she_stands
from rejoin.visits.models import Visit
from rejoin.visits.saying import words_for
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Answer, Door
from rejoin.visits.words.english import English

SHUT: Final = {
    Door.EARLY: "early",
    Door.SOON: "early",
    Door.OVER: "over",
    Door.CANCELLED: "cancelled",
}
PAGES: Final = {
    Answer.GRANTED: "go_in",
    Answer.LOCKED: "waiting",
    Answer.WAITING: "waiting",
    Answer.REFUSED: "turned_away",
    Answer.REMOVED: "turned_away",
    Answer.ELSEWHERE: "elsewhere",
    Answer.CHECK_IN: "check_in",
}
"""By where she stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """One page at the door."""

    page: str
    say: English
    door: Door
    base: str
    session: Session
    zone: ZoneInfo
    program: str
    call_back: str
    dial_in: str
    hosted: bool
    """Whether there is a room of our own to go into."""
    opens_at: datetime
    links_from: datetime
    visit: Visit | None = None
    form: CheckInForm | GuestForm | None = None
    parks: bool = False
    state: str = ""
    words: str = ""
    at: datetime | None = None
    consent_asked: bool = False

    @property
    def is_over(self) -> bool:
        """By the clock: the door is open for a while longer."""
        return self.at is not None and self.session.ends_at <= self.at

    @property
    def starts(self) -> str:
        """When her session starts or started, of today."""
        say, at = self.say, self.session.starts_at
        return say.starts(at, self.zone) if self.is_ahead else say.started(at, self.zone)

    @property
    def is_ahead(self) -> bool:
        return self.at is not None and self.session.starts_at > self.at

    @property
    def starts_on(self) -> str:
        return self.say.starts_on(self.session.starts_at, self.zone)

    @property
    def opens(self) -> str:
        """From when on she can come in."""
        return self.say.open_from(self.opens_at, self.zone)

    @property
    def link_holds(self) -> str:
        """From when on her link is worth something."""
        return self.say.link_from(self.links_from, self.zone)

    @property
    def was_on(self) -> str:
        return self.say.was_on(self.session.starts_at, self.zone)

    @property
    def planned_for(self) -> str:
        return self.say.planned_for(self.session.starts_at, self.zone)

    @property
    def you_are_in(self) -> str:
        return self.say.you_are_in(self.state_name)

    @property
    def call(self) -> str:
        return self.say.call(self.call_back)

    @property
    def dial(self) -> str:
        return self.say.call(self.dial_in)

    @property
    def state_name(self) -> str:
        return self.say.states.get(self.state, self.state)


def present_welcome(
    visitor: Visitor, *, form: CheckInForm | GuestForm | None = None, parks: bool = False
) -> Welcome:
    """What comes next for her. A fixed number of queries."""
    session, door = visitor.session, visitor.door
    visit = visitor.visit
    said = latest_check_in(visitor.seat) if visitor.seat is not None else None
    stands = where_she_stands(visitor, visit, said)
    page = SHUT.get(door) or ("check_in" if form is not None else PAGES[stands])
    if visitor.contact is not None and page == "check_in":
        page = "guest"
    asked = form or (present_form(visitor) if page == "check_in" else None)
    return Welcome(
        page="parks" if parks else page,
        say=visitor.say,
        door=door,
        base=visitor.base,
        session=session,
        zone=visitor.zone,
        program=session.program.neutral_name,
        call_back=session.program.call_back,
        dial_in=dial_in(),
        hosted=the_engine() is not None,
        opens_at=opens_at(session),
        links_from=session.starts_at - LINK_HOLDS_BEFORE,
        visit=visit,
        form=asked,
        parks=parks,
        state=said.state if said is not None else "",
        words=words_for(stands, visitor) if page == "waiting" else visitor.say.stands.get(stands, ""),
        at=visitor.at,
        consent_asked=asked is not None and "agrees" in asked.fields,
    )


def present_form(visitor: Visitor, sent: QueryDict | None = None) -> CheckInForm:
    """What she is asked; nothing of another day is filled in. Her last place is offered, and is hers to confirm."""
    seat, visit, say = visitor.seat, visitor.visit, visitor.say
    if seat is None:
        raise TypeError("only a patient is asked where she is")
    before, contact = place_before(seat, visitor.at), emergency_contact(seat)
    called = seat.patient.preferred_name or seat.patient.name.partition(" ")[0]
    told = ""
    if before is not None:
        told = say.same_place(
            before.at, visitor.zone, before.begins, say.states.get(before.state, before.state)
        )
    return CheckInForm(
        sent,
        say=say,
        before=before,
        told_before=told,
        contact=_called(say, contact.name, contact.phone) if contact is not None else "",
        must_agree=not has_agreed(seat, seat.session.program),
        initial={"name": visit.display_name if visit is not None else called},
    )


def present_room(visitor: Visitor, called: str) -> dict[str, Any]:
    """What the room's page is told of its session: nothing that says what it is for."""
    session = visitor.session
    return {
        "program": session.program.neutral_name,
        "called": called or visitor.say.your_session,
        "words": dict(visitor.say.room),
        "ends_at": session.ends_at,
        "until": visitor.say.until(session.ends_at, visitor.zone),
        "zone": visitor.zone,
        "call_back": session.program.call_back,
        "dial_in": dial_in(),
        "audio_first": is_lean(session.pk),
        "session_ref": session.ref if visitor.host else None,  # of the sheet, for whoever leads
    }


def _called(say: English, name: str, phone: str) -> str:
    """Somebody she knows, told so that a stranger learns little: the first name, and how the number ends."""
    first = name.partition(" ")[0] or say.contact_nobody
    digits = "".join(each for each in phone if each.isdigit())
    return say.number_ending(first, digits[-2:]) if len(digits) > 4 else first
