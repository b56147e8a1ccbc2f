"""Who is owed what in a program, as whoever finds ways back for them reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rejoin.common.rows import select
from rejoin.common.templatetags.pages import told_when
from rejoin.console.door import Asking
from rejoin.console.present.words import session_name
from rejoin.console.tables import Chip, Choice, Column, Due, Kind, Link, Select, Table, Text, prefix
from rejoin.domain.kernel import local_day
from rejoin.makeups.boards import OwedRow, owed_of_seats
from rejoin.makeups.schema import STANDS_IN_THE_WAY
from rejoin.makeups.world import NOTICE, window_of
from rejoin.people.models import Patient
from rejoin.programs.books import Book, books_of
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

CALLED: Final = "coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id)"
STILL_OPEN: Final = "debt.left_open"
BOOKED: Final = f"""
EXISTS (SELECT FROM makeups_booking AS booking JOIN programs_seat AS sits ON sits.id = booking.seat_id
         WHERE booking.missed_id = debt.seat_id AND {STANDS_IN_THE_WAY})
"""
OFFERED: Final = """
EXISTS (SELECT FROM makeups_offer AS offer WHERE offer.seat_id = debt.seat_id AND offer.expires_at > %(now)s AND NOT EXISTS (
        SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered'))
"""
ASKED: Final = """
coalesce((SELECT turned.reason = 'none_of_these' FROM makeups_offerturn AS turned
            JOIN makeups_offer AS offer ON offer.id = turned.offer_id
           WHERE offer.seat_id = debt.seat_id ORDER BY turned.id DESC LIMIT 1), false)
"""
WAITS: Final = """
EXISTS (SELECT FROM makeups_waiting AS word WHERE word.seat_id = debt.seat_id AND word.turn = 'waiting' AND NOT EXISTS (
        SELECT FROM makeups_waiting AS later
         WHERE later.seat_id = word.seat_id AND later.session_id = word.session_id AND later.id > word.id))
"""
STATES: Final = (
    ("nothing", "Nothing yet"),
    ("offered", "Times are offered"),
    ("booked", "Booked"),
    ("person", "Asked for a person"),
    ("waits", "Waits for a seat"),
)
BY_STATE: Final = f"""
CASE %(state)s WHEN 'booked' THEN {BOOKED} WHEN 'offered' THEN NOT {BOOKED} AND {OFFERED}
     WHEN 'person' THEN NOT {BOOKED} AND {ASKED} WHEN 'waits' THEN NOT {BOOKED} AND {WAITS}
     ELSE NOT ({BOOKED} OR {OFFERED} OR {ASKED} OR {WAITS}) END
"""
CASES: Final = 'SELECT "case".seat_id, "case".ref FROM followup_case AS "case" WHERE "case".seat_id = ANY(%s)'


def called_by(patient: Patient) -> str:
    """As the staff call her."""
    return patient.preferred_name or patient.name or patient.external_id


class OwedLine(NamedTuple):
    """One missed session of which something is open."""

    seat_id: int
    ref: UUID
    program_id: int
    patient: str
    patient_ref: UUID
    missed_at: datetime
    group: str
    kind: str
    service: str
    module: str
    owed: OwedRow | None = None
    until_at: datetime | None = None
    """When it can no longer be made up, by the policy of that day."""
    case_ref: UUID | None = None
    zone: ZoneInfo | None = None
    now: datetime | None = None
    can_be_offered: bool = False
    """By whoever looks, now."""

    @property
    def what(self) -> str:
        """Its group, and what it was about."""
        about = " · ".join(each for each in (self.service, self.module) if each)
        name = session_name(self.group, self.kind)
        return f"{name}: {about}" if about else name


def told_with(rows: Sequence[OwedLine], asking: Asking) -> list[OwedLine]:
    """With what came of each. Three queries, however many there are."""
    seats = [each.seat_id for each in rows]
    stands = owed_of_seats(seats, now=asking.at)
    cases: dict[int, UUID] = dict(select(CASES, [seats]))
    books = books_of({each.program_id for each in rows})
    return [_told(each, stands, cases, books.get(each.program_id), asking) for each in rows]


def _told(
    row: OwedLine,
    stands: Mapping[int, OwedRow],
    cases: Mapping[int, UUID],
    book: Book | None,
    asking: Asking,
) -> OwedLine:
    owed = stands.get(row.seat_id)
    until = (
        row.missed_at + window_of(book.in_force(local_day(row.missed_at, book.timezone))) if book else None
    )
    return row._replace(
        owed=owed,
        until_at=until,
        case_ref=cases.get(row.seat_id),
        zone=book.timezone if book else asking.zone,
        now=asking.at,
        can_be_offered=until is not None
        and until > asking.at + NOTICE
        and not (owed and owed.booked_at)
        and asking.may(Right.FOLLOW_UP, row.program_id),
    )


def open_words(owed: OwedRow | None) -> str:
    """What is open in each of the four accounts: "Content, count, 3 h 15 min; day not billed"."""
    if owed is None:
        return ""
    parts = [
        *(["content"] if owed.content > 0 else []),
        *(["count"] if owed.sessions > 0 else []),
        *([hours_words(owed.minutes)] if owed.minutes > 0 else []),
    ]
    told = "; ".join(each for each in (", ".join(parts), "day not billed" if owed.days > 0 else "") if each)
    return told[:1].upper() + told[1:]


def hours_words(minutes: int) -> str:
    """ "45 min", "3 h", "3 h 15 min"."""
    hours, rest = divmod(minutes, 60)
    return " ".join([*([f"{hours} h"] if hours else []), *([f"{rest} min"] if rest or not hours else [])])


def state_of(row: OwedLine) -> Chip:
    """What came of it, the furthest first: what is booked is not told as offered."""
    owed, zone, now = row.owed, row.zone, row.now
    if owed is None or zone is None or now is None:
        return Chip("")
    told = partial(told_when, now=now, zone=zone)
    if owed.booked_at:
        chip = Chip(f"Booked for {told(owed.booked_at)}", "is-sage is-check")
    elif owed.open_offers and owed.offers_until:
        chip = Chip(f"{owed.open_offers} offered until {told(owed.offers_until)}", "is-sky is-half")
    elif owed.asked_for_a_person:
        chip = Chip("Asked for a person", "is-rose is-triangle")
    elif owed.waits_for:
        chip = Chip(f"Waits for a seat {told(owed.waits_for)}", "is-amber is-half")
    elif owed.proposed_at:
        chip = Chip(f"Planned for {told(owed.proposed_at)}", "is-dotted")
    else:
        chip = Chip("Nothing yet", "is-ring")
    return chip


def _patient(row: OwedLine) -> Link:
    """Her case, where the rest can be done about it: waive, sign off what she caught up on."""
    if row.case_ref:
        return Link(row.patient, reverse("console:case", args=[row.case_ref]))
    return Link(row.patient, reverse("console:patient", args=[row.patient_ref]))


def _offer(row: OwedLine) -> SafeString | str:
    if not row.can_be_offered:
        return ""
    again = bool(row.owed and row.owed.open_offers)
    return format_html(
        '<button class="button is-plain" form="send" name="{}" value="yes" formaction="{}">{}<span class="vh">: {}, {}</span></button>',
        "instead" if again else "first",
        reverse("console:makeups_offer", args=[row.ref]),
        "Offer others" if again else "Offer times",
        row.patient,
        row.what,
    )


OWED: Final[Table[OwedLine]] = Table(
    name="owed",
    title="Missed sessions that are open",
    counted=("missed session", "missed sessions"),
    source=Select(
        row=OwedLine,
        columns=f"debt.seat_id, debt.ref, session.program_id, {CALLED}, patient.ref, session.starts_at, coalesce(own.name, ''), "
        "session.kind, session.service, session.module",
        tables="programs_session AS session JOIN programs_seat AS seat ON seat.session_id = session.id "
        "JOIN makeups_debt AS debt ON debt.seat_id = seat.id JOIN people_patient AS patient ON patient.id = debt.patient_id "
        "LEFT JOIN programs_group AS own ON own.id = session.group_id",
        where=f"session.program_id = %(place)s AND session.starts_at <= %(now)s AND {STILL_OPEN}",
        key="debt.seat_id",
        counted="programs_session AS session JOIN programs_seat AS seat ON seat.session_id = session.id "
        "JOIN makeups_debt AS debt ON debt.seat_id = seat.id JOIN people_patient AS patient ON patient.id = debt.patient_id",
        counted_upto=200,
        complete=told_with,
    ),
    columns=(
        Column("patient", "Patient", _patient, kind=Kind.LINK, sort=CALLED),
        Column(
            "missed",
            "Missed",
            lambda row: row.missed_at,
            kind=Kind.TIME,
            # When it began: of years of sessions a few are open, and by this nobody walks all of them in their order.
            sort="lower(seat.span)",
            always=True,
        ),
        Column("what", "Session", lambda row: row.what),
        Column("open", "Open", lambda row: open_words(row.owed)),
        Column("until", "To be made up by", lambda row: row.until_at and Due(row.until_at), kind=Kind.TIME),
        Column("state", "State", state_of, kind=Kind.STATUS),
        Column("act", "Act", _offer, css="acts", in_file=False),
    ),
    filters=(
        Choice("state", "State", choices=STATES, anything="Any", where=BY_STATE),
        Choice(
            "time",
            "Time left",
            choices=(("left", "Can still be made up"),),
            anything="All that is open",
            initial="left",
            where="session.starts_at > %(since)s",
        ),
        Text("q", "Name begins with", where=f"{CALLED} ILIKE %(q)s", means=prefix),
    ),
    order="missed",
    anchor=lambda row: f"owed-{row.ref}",
    mark=lambda row: (
        "is-soon"
        if row.until_at and row.now and row.until_at < row.now + timedelta(days=1) and row.can_be_offered
        else ""
    ),
    nothing="Nothing is open. When a session is missed, what it owes is here within minutes.",
    file="make-ups",
)


def owed_scope(program: Program, asking: Asking) -> dict[str, Any]:
    """Of this program; since when what was missed can still be made up, by the widest window of its policies."""
    book = books_of([program.pk]).get(program.pk)
    windows = [window_of(policy) for policy, _ in book.pages.versions] if book else []
    return {"place": program.pk, "since": asking.at - max(windows, default=timedelta())}
