"""Before a session: who is expected, who comes back and what they missed, who has not met whom, who is behind on what.
After it: who was missed, for the team alone; and what the group may be told."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.attendance.boards import SeatLine, SessionLine, seats_of, session_line
from rejoin.console.door import Asking
from rejoin.console.present.words import counted, session_name
from rejoin.continuity.courses import Followed, as_called, followings_in, unit_of, unit_said_of
from rejoin.continuity.groups import Person, people_called, sat_in, sessions_of_group, visiting
from rejoin.continuity.happening import Story
from rejoin.curricula.texts import Course
from rejoin.domain.cohesion import (
    LANGUAGES,
    Acquaintance,
    AfterNote,
    Ahead,
    AwayFor,
    Brief,
    Enough,
    Expected,
    GroupNotice,
    GroupSession,
    Reentry,
    Return,
    count_together,
    find_familiar_faces,
    group_words,
    prepare_brief,
    recent,
    reentry_words,
    write_after_note,
)
from rejoin.domain.continuity import Happened, Missing, Repair, Unit, standing_of, who_is_behind
from rejoin.programs.models import Session
from rejoin.programs.rights import Right
from rejoin.programs.sessions import sessions_of

SPOKEN: Final = {"en": "English", "es": "Spanish"}
ENOUGH: Final = {
    Enough.COVERED: ("is-sage is-check", "Enough people"),
    Enough.OPEN: ("is-amber is-diamond", "Enough only if some come who do not always"),
    Enough.SHORT: ("is-rose is-triangle", "Too few, even if everybody comes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """Somebody who comes back, is new or sits in, with words that may greet her."""

    person: Person
    how: str
    missed: tuple[str, ...]
    caught_up: tuple[str, ...]
    words: tuple[tuple[str, str, str], ...]
    """Language code, its name, what may be said: hers first."""
    met: str
    unmet: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A unit the session stands on and that she has not had."""

    unit: str
    title: str
    why: tuple[str, ...]
    waits_for_sign_off: bool
    never_had: bool
    """It has not come up for her yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    person: Person
    lacks: tuple[Lacking, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterShown:
    told: str
    missed: tuple[tuple[Person, str], ...]
    unrecorded: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefShown:
    line: SessionLine
    name: str
    group_id: int | None
    program_slug: str
    zone: ZoneInfo
    over: bool
    size: str
    quorum: tuple[str, str] | None
    """The tag's look and its words."""
    because: tuple[str, ...]
    returning: tuple[Greeted, ...]
    newcomers: tuple[Greeted, ...]
    visitors: tuple[Greeted, ...]
    strangers: tuple[tuple[str, tuple[str, ...]], ...]
    """By name: whom of those expected she has not met."""
    notices: tuple[tuple[str, str, str], ...]
    """Language code, its name, what the group may be told."""
    course: Course | None
    unit: Unit | None
    units: tuple[Unit, ...]
    said: bool
    """Somebody said of which unit it is."""
    behind: tuple[Behind, ...]
    repeating: tuple[str, ...]
    after: AfterShown | None
    not_seen: int
    may_say: bool
    may_let_go: bool
    """A unit, for one patient: whoever treats her."""


def present_brief(asking: Asking, session: Session) -> BriefShown:
    """A fixed number of reads, whoever is expected."""
    now, group = asking.at, session.group
    seats = seats_of([session.pk]).get(session.pk, [])
    followed = _followed(session)
    course = followed.course if followed else None
    said = unit_said_of(session.pk)
    unit = unit_of(course, session.module, said=said) if course else None
    story = _story(session, course, seats, now)
    listed = sessions_of_group(group, course, now=now) if group else []
    over = sat_in(group, listed, now=now) if group else []
    seen = {seat.patient for each in over for seat in each.seats}
    people = people_called(sorted(seen | set(story)))
    zone, line = ZoneInfo(session.program.timezone), session_line(session.pk, now=now)
    brief = _brief(session, seats, over, course, story, zone)
    behind, repeating = _behind(session, course, unit, people, story, now)
    known = count_together(recent(over, before=session.starts_at))
    note = _after(session, over, now, zone)
    return BriefShown(
        line=line,
        name=session_name(line.group, line.kind),
        group_id=session.group_id,
        program_slug=session.program.slug,
        zone=zone,
        over=session.ends_at <= now,
        size=_size(brief) if brief else "",
        quorum=ENOUGH[brief.quorum.enough] if brief else None,
        because=tuple(each.text for each in brief.because) if brief else (),
        returning=_greeted(brief.returning if brief else (), people, known, brief, seats),
        newcomers=_greeted(brief.newcomers if brief else (), people, known, brief, seats),
        visitors=_greeted(brief.visitors if brief else (), people, known, brief, seats),
        strangers=_strangers(brief, people) if brief else (),
        notices=_notices(note.notices if note else brief.notices if brief else (), session),
        course=course,
        unit=unit,
        units=course.curriculum.units if course else (),
        said=bool(said[1]),
        behind=behind,
        repeating=repeating,
        after=_after_shown(note, people) if note else None,
        not_seen=max(line.seats - len(seats), 0),
        may_say=asking.may(Right.CARE, session.program_id),
        may_let_go=asking.may(Right.SIGN_OFF, session.program_id),
    )


def _followed(session: Session) -> Followed | None:
    group = session.group
    return followings_in([session.program_id]).of(
        session.program_id, track=group.track_id if group else None, group=group.pk if group else None
    )


def _story(
    session: Session, course: Course | None, seats: Sequence[SeatLine], now: datetime
) -> dict[str, list[Happened]]:
    """By patient, of all who are expected; of a session that is over, as it was when it began."""
    patients = [each.patient_id for each in seats]
    until = min(now, session.starts_at)
    told = Story(patients, program=session.program_id, now=until).of(course) if course else {}
    return {str(each): told.get(each, []) for each in patients}


def _brief(
    session: Session,
    seats: Sequence[SeatLine],
    over: Sequence[GroupSession],
    course: Course | None,
    story: Mapping[str, Sequence[Happened]],
    zone: ZoneInfo,
) -> Brief | None:
    if session.group is None:
        return None
    guests = visiting(session.pk)
    ahead = Ahead(
        starts_at=session.starts_at,
        seats=tuple(
            Expected(
                patient=str(each.patient_id),
                visitor=str(each.patient_id) in guests,
                away=each.noticed_at is not None,
            )
            for each in seats
        ),
        group_minimum=session.group.minimum,
    )
    made_up = {her: _had(course, happened, session.starts_at) for her, happened in story.items()}
    return prepare_brief(ahead, over, zone=zone, made_up=made_up)


def _had(course: Course | None, happened: Sequence[Happened], now: datetime) -> Collection[str]:
    """Names of units that she has had by now, in whatever way."""
    if course is None:
        return ()
    units = {each.unit for each in happened}
    return {
        course.curriculum.unit(each).module for each in units if standing_of(each, happened, now=now).clear
    }


def _behind(
    session: Session,
    course: Course | None,
    unit: Unit | None,
    people: Mapping[str, Person],
    story: Mapping[str, Sequence[Happened]],
    now: datetime,
) -> tuple[tuple[Behind, ...], tuple[str, ...]]:
    if course is None or unit is None:
        return (), ()
    told = as_called(sessions_of([session.pk])[session.pk][1], unit)
    found = who_is_behind(course.curriculum, told, story, now=now)
    behind = tuple(
        Behind(person=people[each.patient], lacks=tuple(_lacking(one) for one in each.missing))
        for each in found
        if each.is_behind and each.patient in people
    )
    return behind, tuple(
        people[each.patient].name for each in found if each.repeats and each.patient in people
    )


def _lacking(each: Missing) -> Lacking:
    return Lacking(
        unit=each.unit.id,
        title=each.unit.module,
        why=tuple(reason.text for reason in each.because),
        waits_for_sign_off=each.waits_for_sign_off,
        never_had=each.standing.state is Repair.NOT_YET,
    )


def _size(brief: Brief) -> str:
    least, most = brief.size.steady, brief.size.at_most
    return str(most) if least == most else f"{least} to {most}"


def _greeted(
    returns: Sequence[Return],
    people: Mapping[str, Person],
    known: Acquaintance,
    brief: Brief | None,
    seats: Sequence[SeatLine],
) -> tuple[Greeted, ...]:
    coming = [str(each.patient_id) for each in seats if each.noticed_at is None]
    return tuple(_one(each, people, known, coming) for each in returns if brief and each.patient in people)


def _one(each: Return, people: Mapping[str, Person], known: Acquaintance, coming: Sequence[str]) -> Greeted:
    person = people[each.patient]
    faces = find_familiar_faces(each.patient, among=coming, known=known)
    languages = sorted(LANGUAGES, key=lambda one: one != person.language)
    return Greeted(
        person=person,
        how=away_in_words(each.away)
        if each.reentry is not Reentry.VISITOR
        else "makes up here for another session",
        missed=each.away.units,
        caught_up=each.away.caught_up,
        words=tuple((one, SPOKEN[one], reentry_words(each.reentry, one)) for one in languages),
        met=f"{len(faces.met)} of {len(faces.met) + len(faces.unmet)}, in {counted(faces.came, 'session', 'sessions')} of hers",
        unmet=tuple(people[other].name for other in faces.unmet if other in people),
    )


def away_in_words(away: AwayFor) -> str:
    """How long, and nothing of why."""
    if away.days is None:
        return "has not been in this group yet"
    last = f"last here {counted(away.days, 'day', 'days')} ago"
    unknown = (
        f"; of {counted(away.unrecorded, 'session', 'sessions')} nobody knows" if away.unrecorded else ""
    )
    return f"away {counted(away.sessions, 'session', 'sessions')}, {last}{unknown}"


def _strangers(brief: Brief, people: Mapping[str, Person]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each pair once, beside whoever has met the fewest."""
    left = {each for each in brief.strangers if people.keys() >= set(each)}
    lines = []
    while left:
        counts = Counter(one for pair in left for one in pair)
        fewest = min(counts, key=lambda one: (-counts[one], people[one].name))
        pairs = {each for each in left if fewest in each}
        others = sorted(people[one].name for pair in pairs for one in pair if one != fewest)
        lines.append((people[fewest].name, tuple(others)))
        left -= pairs
    return tuple(lines)


def _notices(notices: Sequence[GroupNotice], session: Session) -> tuple[tuple[str, str, str], ...]:
    """In the group's language first, where it is known."""
    spoken = session.group.language if session.group else ""
    languages = sorted(LANGUAGES, key=lambda each: each != spoken) if spoken else LANGUAGES
    return tuple(
        (each, SPOKEN[each], " ".join(group_words(notice, each) for notice in notices))
        for each in languages
        if notices
    )


def _after(session: Session, over: Sequence[GroupSession], now: datetime, zone: ZoneInfo) -> AfterNote | None:
    own = next((each for each in over if each.id == str(session.pk)), None)
    return write_after_note(own, over, now=now, zone=zone) if own else None


def _after_shown(note: AfterNote, people: Mapping[str, Person]) -> AfterShown:
    return AfterShown(
        told=f"{note.came} of {note.expected} came",
        missed=tuple(
            (people[each.patient], away_in_words(each)) for each in note.missed if each.patient in people
        ),
        unrecorded=tuple(people[each] for each in note.unrecorded if each in people),
    )
