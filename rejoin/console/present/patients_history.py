"""A patient's sessions in a program as her chart tells them: one cell a session, hours by week, and what is owed.

Outcomes are the ones on record. Hours and duties are worked out of them by the policy (`rejoin.domain.policy`), and
nothing that nobody knows is counted as something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.urls import reverse

from rejoin.common.rows import select
from rejoin.common.templatetags.pages import told_when
from rejoin.console.present.words import STATUSES, counted, session_name
from rejoin.domain.attendance import Flag, Held, Outcome, Session, Status
from rejoin.domain.kernel import local_day, local_midnight, wall_clock
from rejoin.domain.policy.history import SeatRecord
from rejoin.domain.policy.hours import WeekHours, week_hours
from rejoin.domain.policy.requirements import Progress, RequirementState, follow_requirements
from rejoin.domain.policy.triggers import Stay
from rejoin.followup.facts import zone_of
from rejoin.followup.stays import Span, stays_of
from rejoin.followup.words import spaced
from rejoin.programs.books import Book, books_of
from rejoin.programs.sessions import COLUMNS, as_session

WEEKS_SHOWN: Final = 8
COMING: Final = "coming"
_outcome = msgspec.json.Decoder(Outcome)
PROGRAMS: Final = """
SELECT DISTINCT program.id, program.name, program.slug, program.timezone FROM programs_enrolment AS place
  JOIN programs_program AS program ON program.id = place.program_id WHERE place.patient_id = %s ORDER BY program.name
"""
SEATS: Final = f"""
SELECT {COLUMNS}, session.ref, coalesce("group".name, ''), seat.id, status.status, coalesce(status.attested, false),
       coalesce(status.provisional, false), outcome.told::text, made.up_at, coalesce(made.whole, false)
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
  LEFT JOIN LATERAL (
        SELECT max(lower(source.span)) FILTER (WHERE repaid.amount < 0) AS up_at,
               bool_and(repaid.open <= 0) FILTER (WHERE repaid.account IN ('content', 'count')) AS whole
          FROM (SELECT entry.account, sum(entry.amount) AS open,
                       sum(entry.amount) FILTER (WHERE entry.what = 'made_up') AS amount,
                       max(entry.source_id) FILTER (WHERE entry.what = 'made_up') AS source_id
                  FROM makeups_ledgerentry AS entry WHERE entry.seat_id = seat.id GROUP BY entry.account) AS repaid
          LEFT JOIN programs_seat AS source ON source.id = repaid.source_id) AS made ON true
 WHERE seat.patient_id = %s AND seat.released_at IS NULL ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own columns
FLAGS: Final = {
    Flag.LATE: "late",
    Flag.LEFT_EARLY: "left early",
    Flag.CONFLICT: "sources disagree",
    Flag.UNCERTAIN_END: "end not certain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One session of hers, with what became of it on record."""

    id: int
    ref: UUID
    program_id: int
    group: str
    session: Session
    status: Status | None
    """None: nothing is decided yet."""
    attested: bool
    provisional: bool
    outcome: Outcome | None
    made_up_at: datetime | None
    """When the make-up began that repaid something of it."""
    made_up_whole: bool
    """Nothing of its content, and no session, is open any more."""

    @property
    def name(self) -> str:
        return session_name(self.group, self.session.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One session in the strip: a day, and a word for what became of it."""

    status: str
    day: str
    word: str
    href: str
    note: str
    """What came after, beside what happened: "made up 6 Aug"; ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week in hours, and whether it reaches the least the policy asks for."""

    week_of: date
    scheduled: str
    delivered: str
    countable: str
    least: str
    """ "" where the policy asks for none."""
    countable_hours: float
    least_hours: float | None
    scheduled_hours: float
    state: str
    css: str
    """The tag's look; the word says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing the policy asks of a stay, and how far it has come."""

    name: str
    words: tuple[str, ...]
    due_on: date | None
    state: str
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Her time in one program."""

    program_id: int
    program: str
    slug: str
    zone: ZoneInfo
    here: bool
    stay: str
    """ "Since 8 Aug 2026"."""
    cells: tuple[Cell, ...]
    counts: str
    """ "21 sessions"."""
    tally: tuple[tuple[Status, str], ...]
    """Each outcome there was, with how many in words: "17 attended"."""
    before: str
    """Sessions of earlier stays, in words; ""."""
    has_policy: bool
    weeks: tuple[Week, ...]
    owed: tuple[Owed, ...]
    elevated_when: frozenset[str]
    """Flags that its policy takes a miss for more serious by, today."""


def seats_of_patient(patient_id: int) -> list[Seat]:
    """All her seats, in order of time. One query."""
    return [_seat(row) for row in select(SEATS, [patient_id])]


def programs_of_patient(patient_id: int) -> list[int]:
    """The programs she is or was in, of those whoever asks may see."""
    return [row[0] for row in select(PROGRAMS, [patient_id])]


def histories(patient_id: int, seats: Sequence[Seat], now: datetime) -> list[History]:
    """Her time in each program she is or was in, those where she is now first. Three queries."""
    programs = select(PROGRAMS, [patient_id])
    books = books_of(row[0] for row in programs)
    stays = stays_of([patient_id])
    found = [
        _history(row, stays.get((patient_id, row[0]), []), books.get(row[0]), seats, now) for row in programs
    ]
    return sorted(found, key=lambda each: not each.here)


def _seat(row: Sequence[Any]) -> Seat:
    ref, group, number, status, attested, provisional, told, made_up_at, whole = row[11:]
    return Seat(
        id=number,
        ref=ref,
        program_id=row[1],
        group=group,
        session=as_session(row),
        status=Status(status) if status else None,
        attested=attested,
        provisional=provisional,
        outcome=_outcome.decode(told) if told else None,
        made_up_at=made_up_at,
        made_up_whole=whole,
    )


def _history(
    program: Sequence[Any],
    stays: Sequence[Span],
    book: Book | None,
    seats: Sequence[Seat],
    now: datetime,
) -> History:
    number, name, slug, zone = program[0], program[1], program[2], zone_of(program[3])
    today = local_day(now, zone)
    stay = next((each for each in reversed(stays) if each.begins <= today), stays[0] if stays else None)
    hers = [each for each in seats if each.program_id == number]
    begins = local_midnight(stay.begins, zone) if stay and stay.begins > date.min else None
    this = [each for each in hers if begins is None or each.session.starts_at >= begins]
    earlier = hers[: len(hers) - len(this)]
    here = stay is not None and (stay.last is None or stay.last >= today)
    begun = [each for each in this if each.session.starts_at <= now]
    records = [_record(each, zone) for each in this]
    return History(
        program_id=number,
        program=name,
        slug=slug,
        zone=zone,
        here=here,
        stay=_stay_words(stay, here=here),
        cells=tuple(_cell(each, zone, now) for each in this),
        counts=counted(len(begun), "session", "sessions"),
        tally=_tally(begun),
        before=_counts(earlier) if earlier else "",
        has_policy=book is not None,
        elevated_when=book.in_force(local_day(now, book.timezone)).outreach.elevated_when
        if book
        else frozenset(),
        weeks=_weeks(records, book, now) if book else (),
        owed=_owed(records, book, begins, None if here else stay and stay.ends_at, now) if book else (),
    )


def _record(seat: Seat, zone: ZoneInfo) -> SeatRecord:
    return SeatRecord(
        session=seat.session, outcome=seat.outcome, local_start=wall_clock(seat.session.starts_at, zone)
    )


def _cell(seat: Seat, zone: ZoneInfo, now: datetime) -> Cell:
    local = seat.session.starts_at.astimezone(zone)
    made_up = _made_up(seat, zone)
    return Cell(
        status=_status(seat, now),
        day=f"{local.day} {local:%b}",
        word=f"{told_when(seat.session.starts_at, now, zone)}, {seat.name}: {_word(seat, now)}{', ' if made_up else ''}{made_up}",
        href=reverse("console:session", args=[seat.ref]),
        note=made_up,
    )


def _made_up(seat: Seat, zone: ZoneInfo) -> str:
    """That she made it up, and when, beside that it was missed: the one does not undo the other."""
    if seat.made_up_at is None:
        return ""
    day = seat.made_up_at.astimezone(zone)
    return f"{'made up' if seat.made_up_whole else 'made up in part'} {day.day} {day:%b}"


def _status(seat: Seat, now: datetime) -> str:
    if seat.status is not None:
        return seat.status.value
    if seat.session.held is not Held.SCHEDULED:
        return Status.CANCELLED.value
    return COMING if seat.session.starts_at > now else Status.UNRECORDED.value


def _word(seat: Seat, now: datetime) -> str:
    """What became of it, how long she was there, and whether somebody has attested it."""
    if seat.status is None:
        if seat.session.held is not Held.SCHEDULED:
            return STATUSES[Status.CANCELLED].lower()
        return "to come" if seat.session.starts_at > now else "not decided yet"
    words = [STATUSES[seat.status].lower()]
    outcome = seat.outcome
    if outcome is not None and outcome.minutes and seat.status in (Status.ATTENDED, Status.PARTIAL):
        words.append(f"{outcome.minutes} min")
    if outcome is not None:
        words += [told for flag, told in FLAGS.items() if flag in outcome.flags]
    if seat.provisional:
        words.append("still running")
    elif not seat.attested and seat.status is not Status.CANCELLED:
        words.append("not attested")
    return ", ".join(words)


def _tally(seats: Sequence[Seat]) -> tuple[tuple[Status, str], ...]:
    counts = [
        (status, word, sum(each.status is status for each in seats)) for status, word in STATUSES.items()
    ]
    return tuple((status, f"{number} {word.lower()}") for status, word, number in counts if number)


def _counts(seats: Sequence[Seat]) -> str:
    words = ", ".join(words for _, words in _tally(seats))
    return f"{counted(len(seats), 'session', 'sessions')}{': ' + words if words else ''}"


def _stay_words(stay: Span | None, *, here: bool) -> str:
    if stay is None:
        return "No place on record"
    begun = f"Since {_day(stay.begins)}" if stay.begins > date.min else "Since before anybody wrote it down"
    if here and stay.last is None:
        return begun
    if stay.last is None:
        return begun
    return (
        f"{begun} until {_day(stay.last)}"
        if here
        else f"{begun.replace('Since', 'From', 1)} to {_day(stay.last)}"
    )


def _weeks(records: Sequence[SeatRecord], book: Book, now: datetime) -> tuple[Week, ...]:
    """The latest weeks, the newest first."""
    weeks = week_hours(records, policy_on=book.in_force, now=now)
    return tuple(_week(each) for each in reversed(weeks[-WEEKS_SHOWN:]))


def _week(week: WeekHours) -> Week:
    state, css = _week_state(week)
    return Week(
        week_of=week.week_of,
        scheduled=_hours(week.scheduled),
        delivered=_hours(week.delivered),
        countable=_hours(week.countable),
        least="" if week.minimum is None else _hours(week.minimum),
        countable_hours=round(week.countable / 60, 2),
        least_hours=None if week.minimum is None else week.minimum / 60,
        scheduled_hours=max(week.scheduled, week.minimum or 0, week.countable, 1) / 60,
        state=state,
        css=css,
    )


def _week_state(week: WeekHours) -> tuple[str, str]:
    """Unknown comes before everything else: what nobody knows makes no week short, and none complete."""
    unknown = f"{counted(week.unknown, 'session', 'sessions')} not known"
    if week.below_minimum:
        words = "Under the minimum" if week.complete else "Minimum out of reach"
        return (f"{words}; {unknown}" if week.unknown else words), "is-rose is-triangle"
    if week.unknown:
        return unknown.capitalize(), "outcome-unrecorded"
    if not week.complete:
        return "Running", "is-ring"
    return ("Enough", "is-sage is-check") if week.minimum is not None else ("Over", "no-shape")


def _owed(
    records: Sequence[SeatRecord],
    book: Book,
    since: datetime | None,
    left_at: datetime | None,
    now: datetime,
) -> tuple[Owed, ...]:
    stay = Stay(records=tuple(records), since=since, left_at=left_at or None)
    policy = book.in_force(local_day(now, book.timezone))
    return tuple(_one_owed(each) for each in follow_requirements(stay, policy=policy, now=now))


def _one_owed(progress: Progress) -> Owed:
    words, css = {
        RequirementState.MET: ("Met", "is-sage is-check"),
        RequirementState.OPEN: ("Open", "is-ring"),
        RequirementState.OVERDUE: ("Overdue", "is-rose is-triangle"),
        RequirementState.OWED: ("Owed", "is-amber is-diamond"),
    }[progress.state]
    return Owed(
        name=spaced(progress.rule.id),
        words=tuple(f"{each.text[:1].upper()}{each.text[1:]}." for each in progress.because),
        due_on=progress.due_on,
        state=words,
        css=css,
    )


def _hours(minutes: int) -> str:
    """ "9 h", "7 h 30 min", "45 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"
