"""Seats that are left for whoever makes up: sessions ahead, and time that is open for one-to-ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.words import session_name
from rejoin.console.tables import Chip, Choice, Column, Kind, Link, Select, Table
from rejoin.makeups.actions.publishing import latest_runs
from rejoin.makeups.schema import LIVE_HOLD
from rejoin.makeups.world import NOTICE, WINDOW
from rejoin.programs.models import Program

HELD: Final = f"""
(SELECT count(*) FROM makeups_offer AS offer, (SELECT %(now)s::timestamptz AS moment) AS clock
  WHERE offer.session_id = session.id AND {LIVE_HOLD})
"""  # noqa: S608 - our own words
EXTRA: Final = "EXISTS (SELECT FROM makeups_extrasession AS marked WHERE marked.session_id = session.id)"
MOST: Final = "coalesce(session.seats_max, own.maximum)"
WAITING: Final = """
(SELECT count(*) FROM makeups_waiting AS word WHERE word.session_id = session.id AND word.turn = 'waiting' AND NOT EXISTS (
        SELECT FROM makeups_waiting AS later
         WHERE later.session_id = word.session_id AND later.seat_id = word.seat_id AND later.id > word.id))
"""
PRICE: Final = """
(SELECT max(priced.price) FROM makeups_seatprice AS priced
  WHERE priced.session_id = session.id AND priced.run_id = ANY(%(runs)s))
"""
LEADER: Final = """
(SELECT string_agg(staff.name, ', ' ORDER BY leads.id) FROM programs_sessionstaff AS leads
   JOIN people_staff AS staff ON staff.id = leads.staff_id WHERE leads.session_id = session.id AND leads.released_at IS NULL)
"""
IN_DEMAND, SCARCE, DEAR = 1, 25, 100
"""Prices in points, from which a seat is told to be so: what one recovered session of no risk is worth is 100. Ours."""
OPENINGS: Final = f"""
SELECT opening.ref, staff.name, opening.starts_at, opening.ends_at, opening.minutes, opening.states,
       (SELECT count(*) FROM makeups_booking AS booking JOIN makeups_offer AS offer ON offer.id = booking.offer_id
          JOIN programs_seat AS sits ON sits.id = booking.seat_id AND sits.occupies WHERE offer.opening_id = opening.id),
       (SELECT count(*) FROM makeups_offer AS offer, (SELECT %(now)s::timestamptz AS moment) AS clock
         WHERE offer.opening_id = opening.id AND {LIVE_HOLD}),
       (SELECT max(priced.price) FROM makeups_seatprice AS priced
         WHERE priced.opening_id = opening.id AND priced.run_id = ANY(%(runs)s))
  FROM makeups_opening AS opening JOIN people_staff AS staff ON staff.id = opening.staff_id
 WHERE opening.program_id = %(place)s AND opening.closed_at IS NULL AND opening.ends_at > %(now)s
 ORDER BY opening.starts_at, opening.id LIMIT 100
"""  # noqa: S608 - our own words


class SeatLine(NamedTuple):
    """A session ahead that people may make up in."""

    ref: UUID
    starts_at: datetime
    group: str
    kind: str
    service: str
    module: str
    extra: bool
    leader: str
    most: int | None
    taken: int
    held: int
    waiting: int
    price: float | None
    planned: bool
    """There is a plan that priced seats."""

    @property
    def left(self) -> int | None:
        """None: it has no limit."""
        return None if self.most is None else max(0, self.most - self.taken - self.held)

    @property
    def name(self) -> str:
        return "Extra session" if self.extra and not self.group else session_name(self.group, self.kind)


class OpeningLine(NamedTuple):
    """Somebody's time for one-to-ones."""

    ref: UUID
    staff: str
    starts_at: datetime
    ends_at: datetime
    minutes: int
    states: list[str]
    booked: int
    held: int
    price: float | None

    @property
    def scarce(self) -> Chip:
        return scarcity(self.price, planned=True)


def scarcity(price: float | None, *, planned: bool) -> Chip:
    """What the latest plan would pay for one more seat there, in words."""
    if not planned:
        return Chip("")
    if price is None or price < IN_DEMAND:
        return Chip("Free", "is-sage is-check")
    if price < SCARCE:
        return Chip("In demand", "is-ring")
    return (
        Chip("Scarce", "is-amber is-diamond") if price < DEAR else Chip("Very scarce", "is-rose is-triangle")
    )


def _left(row: SeatLine) -> str:
    return "No limit" if row.left is None else f"{row.left} of {row.most}"


def _mark(row: SeatLine) -> SafeString | str:
    if row.extra:
        return ""
    return format_html(
        '<button class="button is-quiet" form="send" formaction="{}">Mark as extra<span class="vh">: {}</span></button>',
        reverse("console:makeups_mark", args=[row.ref]),
        row.name,
    )


SEATS: Final[Table[SeatLine]] = Table(
    name="seats",
    title="Sessions ahead",
    counted=("session", "sessions"),
    source=Select(
        row=SeatLine,
        columns=f"session.ref, session.starts_at, coalesce(own.name, ''), session.kind, session.service, session.module, {EXTRA}, "
        f"coalesce({LEADER}, ''), {MOST}, session.seats_taken, {HELD}, {WAITING}, {PRICE}, cardinality(%(runs)s::bigint[]) > 0",
        tables="programs_session AS session LEFT JOIN programs_group AS own ON own.id = session.group_id",
        where="session.program_id = %(place)s AND session.starts_at > %(soon)s AND session.starts_at < %(until)s "
        f"AND session.held = 'scheduled' AND (session.kind = 'group' AND NOT session.by_name OR {EXTRA})",
        key="session.id",
        counted_upto=200,
    ),
    columns=(
        Column(
            "session",
            "Session",
            lambda row: Link(row.name, reverse("console:session", args=[row.ref])),
            kind=Kind.LINK,
        ),
        Column(
            "at", "When", lambda row: row.starts_at, kind=Kind.TIME, sort="session.starts_at", always=True
        ),
        Column("about", "About", lambda row: " · ".join(each for each in (row.service, row.module) if each)),
        Column("leader", "Led by", lambda row: row.leader),
        Column("left", "Seats left", _left, kind=Kind.NUMBER),
        Column("held", "Held by offers", lambda row: row.held, kind=Kind.NUMBER),
        Column("waiting", "Wait for one", lambda row: row.waiting, kind=Kind.NUMBER),
        Column(
            "price", "By the plan", lambda row: scarcity(row.price, planned=row.planned), kind=Kind.STATUS
        ),
        Column(
            "extra",
            "Extra",
            lambda row: Chip("Extra", "is-sky is-diamond") if row.extra else "",
            kind=Kind.STATUS,
        ),
        Column("act", "Act", _mark, css="acts", in_file=False),
    ),
    filters=(
        Choice(
            "room",
            "Room",
            choices=(("left", "With seats left"), ("full", "Full")),
            anything="All",
            initial="left",
            where=f"CASE WHEN %(room)s = 'full' THEN {MOST} <= session.seats_taken + {HELD} "
            f"ELSE {MOST} IS NULL OR {MOST} > session.seats_taken + {HELD} END",
        ),
        Choice("extra", "Extra", choices=(("1", "Extra sessions only"),), anything="All", where=EXTRA),
    ),
    order="at",
    anchor=lambda row: f"seats-{row.ref}",
    nothing="No session ahead has a seat left. Open time for one-to-ones, or try an extra session.",
    file="seats",
)


def seats_scope(program: Program, asking: Asking) -> dict[str, Any]:
    return {
        "place": program.pk,
        "soon": asking.at + NOTICE,
        "until": asking.at + 2 * WINDOW,
        "runs": [run.pk for run in latest_runs(program.pk)],
    }


def openings_of(scope: dict[str, Any], asking: Asking) -> Sequence[OpeningLine]:
    """Those that are not closed and not over, the soonest first."""
    return [OpeningLine(*row) for row in select(OPENINGS, {**scope, "now": asking.at})]
