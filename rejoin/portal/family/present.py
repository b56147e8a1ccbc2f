"""What a family's pages show, in words. Read behind the door, where nothing is but what may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from rejoin.common.rows import select
from rejoin.domain.attendance import Mode, Status
from rejoin.domain.consent import About
from rejoin.domain.safety import CrisisLine
from rejoin.portal.family.door import OfFamily, Seen
from rejoin.portal.words.family_english import English
from rejoin.programs.vocabulary import Kind
from rejoin.visits.doors import OPENS_BEFORE, STAYS_OPEN
from rejoin.visits.engine import the_engine

AHEAD: Final = timedelta(weeks=4)
BACK: Final = timedelta(weeks=4)
"""How far either way is shown. Ours."""
ZONES: Final = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)
PATIENTS: Final = "SELECT * FROM rejoin_shown_patients()"
SESSIONS: Final = "SELECT * FROM rejoin_shown_ahead(%s, %s)"
CAME: Final = "SELECT * FROM rejoin_shown_came(%s, %s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One session in words: ahead with how to take part ("": nothing to say), or past with how it went."""

    starts_at: datetime
    when: str
    called: str
    told: str
    href: str = ""
    """Into the room, while its door is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number to call, and for what."""

    call: str
    dialled: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One patient, as far as she may be seen now. `ahead`, `came` None: it is not among what may be seen."""

    called: str
    href: str
    may_see: Sequence[str]
    next: Line | None
    family: Sequence[Line] | None
    ahead: Sequence[Line] | None
    came: Sequence[Line] | None
    looking: str
    programs: Sequence[Phone]
    crisis: Sequence[Phone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, and what stands around it."""

    say: English
    people: Sequence[Person]
    crisis: Sequence[Phone]
    zone: str
    zone_words: str
    zones: Sequence[tuple[str, str]]

    @property
    def only(self) -> Person:
        return self.people[0]


def present_home(asking: OfFamily) -> Page:
    """Everybody of whom she may see something: three queries."""
    return _page(asking, asking.seen)


def present_person(asking: OfFamily, seen: Seen) -> Page:
    """One of them; without a place in a program as one who is not there."""
    page = _page(asking, [seen])
    if not page.people:
        raise Http404
    return page


def _page(asking: OfFamily, seen: Sequence[Seen]) -> Page:
    say, known = asking.say, select(PATIENTS)
    ahead = select(SESSIONS, [asking.at, asking.at + AHEAD])
    came = select(CAME, [asking.at - BACK, asking.at])
    people = [
        _person(
            asking,
            each,
            [row[1:] for row in known if row[0] == each.patient_id],
            [row[1:] for row in ahead if row[0] == each.patient_id],
            [row[1:] for row in came if row[0] == each.patient_id],
        )
        for each in seen
        if any(row[0] == each.patient_id for row in known)
    ]
    names = dict.fromkeys((*ZONES, asking.relative.timezone))
    return Page(
        say=say,
        people=people,
        crisis=list(dict.fromkeys(line for each in people for line in each.crisis)),
        zone=asking.relative.timezone,
        zone_words=say.zone(asking.zone),
        zones=[(each, say.zone_called(each)) for each in names],
    )


def _person(
    asking: OfFamily,
    seen: Seen,
    known: Sequence[tuple[str, str, str, str, str, str, bool]],
    ahead: Sequence[tuple[datetime, datetime, str, str, UUID | None]],
    came: Sequence[tuple[datetime, datetime, str, str, bool]],
) -> Person:
    say, called = asking.say, known[0][0] or asking.say.somebody
    phone = known[0][2]
    lines = [_ahead(asking, seen, *row, called=called, phone=phone) for row in ahead]
    kinds = [row[2] for row in ahead]
    scheduling = About.SCHEDULING in seen.about
    told = [line for line, kind in zip(lines, kinds, strict=True) if kind != Kind.FAMILY]
    family = [line for line, kind in zip(lines, kinds, strict=True) if kind == Kind.FAMILY]
    return Person(
        called=called,
        href=_href(seen.ref),
        may_see=[words for about, words in say.may_see.items() if about in seen.about],
        next=min(lines, key=lambda each: each.starts_at, default=None),
        family=family if scheduling else None,
        ahead=told if scheduling else None,
        came=[_came(asking, *row) for row in came] if About.ATTENDANCE in seen.about else None,
        looking=say.looking(called) if any(row[6] for row in known) else "",
        programs=[
            Phone(call=say.call(number), dialled=number, name="")
            for number in dict.fromkeys(row[2] for row in known)
            if number
        ],
        crisis=[_crisis(say, *line) for line in dict.fromkeys(row[3:6] for row in known) if line[1]],
    )


def _ahead(  # noqa: PLR0913 - the columns of a session
    asking: OfFamily,
    seen: Seen,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    mode: str,
    room: UUID | None,
    *,
    called: str,
    phone: str,
) -> Line:
    say, how, href = asking.say, "", ""
    if room is not None and the_engine() is not None:
        how = say.join_here(called)
        if starts_at - OPENS_BEFORE <= asking.at < ends_at + STAYS_OPEN:
            href = reverse("family:room", kwargs={"ref": seen.ref, "session": room})
    elif kind == Kind.FAMILY:
        how = say.join_video(called, phone) if mode == Mode.VIDEO else say.join_otherwise(phone)
    return Line(
        starts_at=starts_at,
        when=say.session_on(starts_at, ends_at, asking.zone),
        called=say.kinds[Kind(kind)],
        told=how,
        href=href,
    )


def _came(
    asking: OfFamily, starts_at: datetime, ends_at: datetime, kind: str, status: str, made_up: bool
) -> Line:
    say = asking.say
    told = say.statuses[Status(status)]
    return Line(
        starts_at=starts_at,
        when=say.session_on(starts_at, ends_at, asking.zone),
        called=say.kinds[Kind(kind)],
        told=f"{told}. {say.made_up}" if made_up else told,
    )


def _crisis(say: English, name: str, number: str, hours: str) -> Phone:
    line = CrisisLine(name=name, number=number, how=hours, cite="")
    return Phone(call=say.call(number), dialled=line.dialled, name=f"{name}, {hours}")


def _href(ref: UUID) -> str:
    return reverse("family:person", kwargs={"ref": ref})
