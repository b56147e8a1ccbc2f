"""A session's sheet: everybody in it with what the room saw, and what is proposed to be attested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.attendance.actions import what_blocks
from rejoin.attendance.boards import SeatLine, SessionLine, seats_of, session_line
from rejoin.attendance.models import DayClose
from rejoin.attendance.sheets import ATTESTABLE
from rejoin.console.door import Asking
from rejoin.console.forms.sheets import Sheet
from rejoin.console.present.makeup_words import REPAIRS, amount, listed
from rejoin.console.present.room import may_enter
from rejoin.console.present.words import MODES, NOTICE_REASONS, STATUSES, TONES, WHERE, in_words, session_name
from rejoin.domain.attendance import Held, Status
from rejoin.domain.kernel import Interval, local_day, merge
from rejoin.domain.makeup.ledger import Account
from rejoin.followup.glances import Glance, glances
from rejoin.makeups.visitors import Visitor, visitors_of
from rejoin.people.naming import names_of
from rejoin.programs.models import Program, Session
from rejoin.programs.rights import Right
from rejoin.rooms.models import Stranger

KEYS: Final = {each: str(number) for number, each in enumerate(ATTESTABLE, 1)}
"""The key that chooses an outcome in the row that has focus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    word: str
    key: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody here makes up for another session."""

    it: Visitor
    name: str
    missed: str
    """What she missed: its group, or its kind."""
    day: str
    """Its day, where the program is: "Monday"."""
    knows: tuple[tuple[str, int], ...]
    """Who of those expected here she sat with lately, and how often."""
    repays: str
    """What of it attesting that she was there for all of it repays, in words; "" for nothing."""
    repaid: str
    caps: tuple[str, ...]

    @property
    def is_at_a_cap(self) -> bool:
        """With this one she has as many as the policy lets her have."""
        it = self.it
        return it.that_day == it.most_a_day or it.that_week == it.most_a_week


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One patient on the sheet."""

    seat: SeatLine
    where: str
    tone: str
    spans: tuple[tuple[datetime, datetime | None], ...]
    """When she was seen from and to; None: still, or nobody saw her leave."""
    stood: Interval | None
    """From when to when she stood at the door and was not let in, of somebody who was never seen inside."""
    minutes: int | None
    notice: str
    marked_by: str
    status_word: str
    choices: tuple[Choice, ...]
    reason: str
    error: str
    case: Glance | None
    flags: tuple[str, ...]
    """In words."""
    visit: Visit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetShown:
    """The page."""

    line: SessionLine
    name: str
    how: str
    zone: ZoneInfo
    rows: tuple[Row, ...]
    """The group's own people, and then who makes up here."""
    most: int | None
    """Seats there are; None: nobody has said."""
    closed_group: bool
    not_seen: int
    strangers: int
    can_attest: bool
    can_enter: bool
    """Its room is open, and hers to go into."""
    running: bool
    attested: bool
    to_come: bool
    called_off: bool
    changed: bool
    day_open: int
    day_closed_at: datetime | None
    day_closed_by: str
    day_can_close: bool

    @property
    def reasons(self) -> Mapping[str, str]:
        return NOTICE_REASONS

    @property
    def visits(self) -> list[Visit]:
        return [row.visit for row in self.rows if row.visit]

    @property
    def own(self) -> int:
        return len(self.rows) - len(self.visits)

    @property
    def errors(self) -> list[Row]:
        return [row for row in self.rows if row.error]


def present_sheet(
    asking: Asking, session: Session, *, sent: Sheet | None = None, changed: bool = False
) -> SheetShown:
    """The sheet of `session`; `sent`: what somebody sent and has to look at again."""
    at = asking.at
    line = session_line(session.pk, now=at)
    seats = seats_of([session.pk]).get(session.pk, [])
    looks = glances(each.id for each in seats)
    names = names_of(each.marked_by for each in seats)
    closed, blocking = _day(session, at)
    over = session.ends_at <= at
    visits = _visits(session, seats)
    seats = sorted(seats, key=lambda each: each.id in visits)
    return SheetShown(
        line=line,
        name=session_name(line.group, line.kind),
        how=MODES.get(line.mode, line.mode),
        zone=ZoneInfo(session.program.timezone),
        rows=tuple(_row(each, at, looks.get(each.id), names, sent, visits.get(each.id)) for each in seats),
        most=session.seats_max or (session.group.maximum if session.group else None),
        closed_group=_is_closed(session),
        not_seen=max(line.seats - len(seats), 0),
        strangers=Stranger.objects.open().filter(session=session).count(),
        can_attest=over
        and session.held == Held.SCHEDULED
        and asking.may(Right.ATTEST, session.program_id)
        and bool(seats),
        can_enter=may_enter(asking, line),
        running=session.starts_at <= at < session.ends_at and session.held == Held.SCHEDULED,
        attested=over and bool(seats) and all(each.attested for each in seats),
        to_come=session.starts_at > at,
        called_off=session.held != Held.SCHEDULED,
        changed=changed,
        day_open=blocking,
        day_closed_at=closed.at if closed else None,
        day_closed_by=names_of([closed.by]).get(closed.by, "") if closed else "",
        day_can_close=over and not closed and not blocking and asking.may(Right.ATTEST, session.program_id),
    )


def _is_closed(session: Session) -> bool:
    """Its group takes nobody in any more."""
    group, day = session.group, local_day(session.starts_at, ZoneInfo(session.program.timezone))
    return bool(group and not group.is_open and group.began_on and group.began_on <= day)


def _visits(session: Session, seats: Sequence[SeatLine]) -> dict[int, Visit]:
    """Who of them makes up here, by seat."""
    if not seats:
        return {}
    names = {each.patient_id: each.name for each in seats}
    found = visitors_of(session.pk, seats[0].facts.session, program_id=session.program_id, here=names)
    zone = ZoneInfo(session.program.timezone)
    return {each.seat_id: _visit(each, names, zone) for each in found}


def _visit(it: Visitor, names: Mapping[int, str], zone: ZoneInfo) -> Visit:
    counts = ((it.that_day, it.most_a_day, "that day"), (it.that_week, it.most_a_week, "that week"))
    return Visit(
        it=it,
        name=names.get(it.patient_id, ""),
        missed=session_name(it.missed_group, it.missed_kind),
        day=f"{it.missed_at.astimezone(zone):%A}",
        knows=tuple((names[other], times) for other, times in it.faces.items() if other in names),
        repays=_repaid(it.repays),
        repaid=_repaid(it.repaid),
        caps=tuple(
            f"{count}{f' of {most}' if most else ''} {when}"
            for count, most, when in counts
            if most or count > 1
        ),
    )


def _repaid(amounts: Mapping[Account, int]) -> str:
    return listed(
        amount(account, amounts[account]) if account is Account.HOURS else REPAIRS[account]
        for account in Account
        if account in amounts
    )


def _row(
    seat: SeatLine,
    at: datetime,
    case: Glance | None,
    names: Mapping[str, str],
    sent: Sheet | None,
    visit: Visit | None,
) -> Row:
    now = seat.now(at)
    said = sent.said.get(seat.id, "") if sent else _proposed(seat)
    over = seat.facts.session.ends_at <= at
    known = seat.status if over and seat.status else None
    return Row(
        seat=seat,
        where=STATUSES[known] if known else WHERE[now.where],
        tone=f"outcome-{known.value}" if known else TONES[now.where],
        spans=_spans(seat, at),
        stood=_stood(seat, at),
        minutes=seat.minutes if over else now.minutes,
        notice=NOTICE_REASONS.get(seat.notice, in_words(seat.notice)),
        marked_by=names.get(seat.marked_by, ""),
        status_word=STATUSES[seat.status] if seat.status else "",
        choices=tuple(
            Choice(value=each.value, word=STATUSES[each], key=KEYS[each], chosen=each.value == said)
            for each in ATTESTABLE
        ),
        reason=sent.reasons.get(seat.id, "") if sent else seat.reason or seat.notice,
        error=sent.errors.get(seat.id, "") if sent else "",
        case=case,
        flags=tuple(in_words(each) for each in seat.flags),
        visit=visit,
    )


def _proposed(seat: SeatLine) -> str:
    """What the records say; nothing where nobody knows: that is for her to say."""
    return seat.status.value if seat.status and seat.status is not Status.UNRECORDED else ""


def _spans(seat: SeatLine, at: datetime) -> tuple[tuple[datetime, datetime | None], ...]:
    """Her connections put together; the last one's end is open while nobody saw her leave."""
    known = [each for each in seat.facts.presence if each.start is not None]
    spans = merge(Interval(each.start, each.end or at) for each in known if each.start is not None)
    unended = any(each.end is None for each in known)
    return tuple((start, None if unended and end >= at else end) for start, end in spans)


def _stood(seat: SeatLine, at: datetime) -> Interval | None:
    door, session = seat.facts.door, seat.facts.session
    if door is None or any(each.start is not None for each in seat.facts.presence):
        return None
    return door.stood(min(at, session.ends_at))


def _day(session: Session, at: datetime) -> tuple[DayClose | None, int]:
    """Who closed the session's day, and how many of its seats keep it open."""
    program: Program = session.program
    day = local_day(session.starts_at, ZoneInfo(program.timezone))
    closed = DayClose.objects.filter(program=program, day=day).first()
    return closed, 0 if closed else len(what_blocks(program, day=day, at=at))
