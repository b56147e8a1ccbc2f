"""What her page of ways back shows. Times are where she is; nothing in it blames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import Word
from rejoin.domain.makeup.ledger import Account, MadeUp, made_up
from rejoin.domain.safety import CrisisLine
from rejoin.makeups.full import FullSession
from rejoin.makeups.models import Debt
from rejoin.makeups.schema import STANDS_IN_THE_WAY
from rejoin.makeups.vocabulary import Declined, SlotKind
from rejoin.portal.shell import HelpLine
from rejoin.portal.words.ways import words_in
from rejoin.portal.words.ways_english import English
from rejoin.visits.doors import LINK_HOLDS_BEFORE
from rejoin.visits.engine import the_engine

# Where she stands with one missed session: one row. Times are those of her seats: of sessions she sees a few among many.
STANDS: Final = f"""
SELECT coalesce(sums.content, 0), coalesce(sums.count, 0), coalesce(sums.hours, 0), coalesce(sums.expired, false),
       coalesce(sums.made_up, 0),
       coalesce(last.turn = 'declined' AND last.reason = 'none_of_these', false),
       EXISTS (
           SELECT FROM makeups_booking AS lost JOIN programs_seat AS seat ON seat.id = lost.seat_id AND NOT seat.occupies
            WHERE lost.missed_id = %(seat)s
              AND NOT EXISTS (SELECT FROM makeups_offer AS later WHERE later.seat_id = %(seat)s AND later.at > lost.at)
              AND NOT EXISTS (SELECT FROM makeups_offerturn AS given WHERE given.offer_id = lost.offer_id
                                 AND given.reason = 'cannot_come')),
       booked.kind, booked.repairs, booked.seat_id, booked.starts_at, booked.ends_at
  FROM (SELECT sum(entry.amount) FILTER (WHERE entry.account = 'content') AS content,
               sum(entry.amount) FILTER (WHERE entry.account = 'count') AS count,
               sum(entry.amount) FILTER (WHERE entry.account = 'hours') AS hours,
               bool_or(entry.what = 'expired') AS expired,
               -sum(entry.amount) FILTER (WHERE entry.what = 'made_up' AND entry.account <> 'billing') AS made_up
          FROM makeups_ledgerentry AS entry WHERE entry.seat_id = %(seat)s) AS sums
  LEFT JOIN LATERAL (
        SELECT turned.turn, turned.reason FROM makeups_offer AS offer JOIN makeups_offerturn AS turned ON turned.offer_id = offer.id
         WHERE offer.seat_id = %(seat)s ORDER BY turned.id DESC LIMIT 1) AS last ON true
  LEFT JOIN LATERAL (
        SELECT booking.kind, offer.repairs, booking.seat_id, lower(sits.span) AS starts_at, upper(sits.span) AS ends_at
          FROM makeups_booking AS booking JOIN makeups_offer AS offer ON offer.id = booking.offer_id
          JOIN programs_seat AS sits ON sits.id = booking.seat_id
         WHERE booking.missed_id = %(seat)s AND {STANDS_IN_THE_WAY} ORDER BY booking.id DESC LIMIT 1) AS booked ON true
"""  # noqa: S608 - our own words
# By when somebody calls her about another way.
CALL: Final = """
SELECT coalesce(step.deadline, step.due_at) FROM followup_case AS "case" JOIN followup_step AS step ON step.case_id = "case".id
 WHERE "case".seat_id = %(seat)s AND step.rule LIKE 'makeup:%%' AND step.ended_at IS NULL ORDER BY step.id DESC LIMIT 1
"""
COMING: Final = """
SELECT lower(seat.span), upper(seat.span) FROM programs_seat AS seat
 WHERE seat.patient_id = %(patient)s AND seat.occupies AND lower(seat.span) > %(now)s ORDER BY 1 LIMIT 1
"""
# Whether it takes place in a room of ours, as far as is known: no other service's is named for it.
BY_VIDEO: Final = """
SELECT session.mode = 'video' AND (NOT EXISTS (SELECT FROM rooms_room WHERE session_id = session.id)
       OR EXISTS (SELECT FROM rooms_hostedroom WHERE session_id = session.id))
  FROM programs_session AS session WHERE session.id = (SELECT session_id FROM programs_seat WHERE id = %s)
"""
# What she has to choose from, best first: neither answered nor withdrawn, and not run out by the clock.
OPEN: Final = """
SELECT offer.ref::text, offer.kind, offer.starts_at, offer.ends_at, offer.repairs, offer.held, offer.expires_at
  FROM makeups_offer AS offer WHERE offer.seat_id = %(seat)s AND offer.expires_at > %(now)s
   AND NOT EXISTS (SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered')
 ORDER BY offer.id
"""
A_MINUTE: Final = timedelta(minutes=1)


class Stands(NamedTuple):
    """What is open, whether a person was asked for, and what is booked."""

    content: int
    sessions: int
    hours: int
    """Minutes, in the account of hours."""
    expired: bool
    repaid: int
    """More than nothing: a make-up she was at repaid something of it."""
    asked: bool
    """None of the last times worked for her, and somebody looks for another way."""
    called_off: bool
    """She had taken one that does not stand any more, and that is not her doing."""
    booked_kind: str | None
    booked_repairs: list[str] | None
    booked_seat: int | None
    booked_from: datetime | None
    booked_to: datetime | None

    @property
    def is_settled(self) -> bool:
        return self.content <= 0 and self.sessions <= 0 and self.hours <= 0

    @property
    def made_up(self) -> MadeUp:
        open_ = {Account.CONTENT: self.content, Account.COUNT: self.sessions, Account.HOURS: self.hours}
        return made_up(open_, {Account.HOURS: self.repaid})


class Open(NamedTuple):
    """One of the times she can choose."""

    ref: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    repairs: list[str]
    held: bool
    expires_at: datetime


class State(Word):
    """What the page is."""

    LOOK = "look"
    """Nobody has looked for times yet: to open the page looks for none."""
    CHOOSE = "choose"
    BOOKED = "booked"
    NOW = "now"
    PAST = "past"
    ASKED = "asked"
    WAITS = "waits"
    """She is on the list for a seat, and nothing is open to her meanwhile."""
    NONE = "none"
    SETTLED = "settled"
    OVER = "over"


LEADS_ON: Final = (State.ASKED, State.WAITS, State.NONE, State.SETTLED, State.OVER, State.PAST)
"""Where her next session is named."""
LOOKED: Final = "looked"
"""The word in the address once somebody has looked for times."""
GOOD: Final = ("taken", "declined", "none", "given_back", "waits", "left")
"""Words in the address that tell her that what she asked for was done."""
ONLY_IN: Final = {
    "taken": (State.BOOKED, State.NOW),
    "booked": (State.BOOKED, State.NOW),
    "none": (State.ASKED,),
}
"""An address may be opened again when this is true no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hers:
    """All that is read for the page, behind her door."""

    state: State
    stands: Stands
    offers: tuple[Open, ...]
    call_by: datetime | None
    coming: tuple[datetime, datetime] | None
    """Her next session, from when to when; where the page leads to it."""
    can_join: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One time, in words."""

    ref: str
    starts_at: datetime
    ends_at: datetime
    headline: str
    date: str
    hours: str
    kind: str
    repairs: tuple[str, ...]
    kept: str
    reasons: tuple[tuple[str, str], ...]
    """Why she may not want it, by the words that a form sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A full session that she may wait for, or waits for."""

    ref: str
    starts_at: datetime
    headline: str
    date: str
    hours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The page."""

    say: English
    state: State
    heading: str
    said: str
    """What came of what she did."""
    good: bool
    lead: str
    ways: tuple[Way, ...]
    booked: Way | None
    can_join: bool
    will_call: str
    coming: str
    full: tuple[Full, ...]
    waiting: tuple[Full, ...]
    zone: str
    zone_key: str
    called_off: bool
    program: str
    call_back: str
    call: str
    lines: tuple[HelpLine, ...]


def read_hers(debt: Debt, *, now: datetime, looked: bool, waits: bool) -> Hers:
    """Behind her door: two questions, and one or two more where the page shows what they ask."""
    asked = {"seat": debt.seat_id, "patient": debt.patient_id, "now": now}
    stands = Stands(*select(STANDS, asked)[0])
    offers = tuple(Open(*row) for row in select(OPEN, asked))
    state = _state(stands, offers, now, looked=looked, waits=waits)
    calls = select(CALL, asked) if state is State.ASKED else []
    coming = select(COMING, asked) if state in LEADS_ON else []
    return Hers(
        state=state,
        stands=stands,
        offers=offers,
        call_by=calls[0][0] if calls else None,
        coming=(coming[0][0], coming[0][1]) if coming else None,
        can_join=state in (State.BOOKED, State.NOW) and _can_join(stands, now),
    )


def _state(stands: Stands, offers: Sequence[Open], now: datetime, *, looked: bool, waits: bool) -> State:
    if stands.booked_from and stands.booked_to and now < stands.booked_to:
        return State.NOW if stands.booked_from <= now else State.BOOKED
    if stands.is_settled:
        return State.OVER if stands.expired else State.SETTLED
    if stands.booked_to:
        return State.PAST
    if offers:
        return State.CHOOSE
    if stands.asked or waits:
        return State.ASKED if stands.asked else State.WAITS
    return State.NONE if looked else State.LOOK


def _can_join(stands: Stands, now: datetime) -> bool:
    """Whether the way in is shown: from a day ahead on, where there is an engine."""
    if the_engine() is None or not stands.booked_from or stands.booked_from - LINK_HOLDS_BEFORE > now:
        return False
    return any(by_video for (by_video,) in select(BY_VIDEO, [stands.booked_seat]))


def present_ways(
    hers: Hers,
    debt: Debt,
    *,
    now: datetime,
    said: str,
    full: Sequence[FullSession] = (),
    waiting: Sequence[FullSession] = (),
) -> Ways:
    """In her language and on her wall clock."""
    telling = _Telling(say=words_in(debt.patient.language), now=now, zone=ZoneInfo(debt.patient.timezone))
    say, zone, stands, state = telling.say, telling.zone, hers.stands, hers.state
    program, missed = debt.seat.session.program, debt.seat.session.starts_at
    return Ways(
        say=say,
        state=state,
        heading=telling.heading(state, stands),
        said=telling.said(said, state),
        good=said in GOOD,
        lead=telling.lead(state, missed, len(hers.offers), stands),
        ways=tuple(telling.way(each, stands) for each in hers.offers),
        booked=telling.booked(stands),
        can_join=hers.can_join,
        will_call=say.will_call(hers.call_by, now, zone),
        coming=say.next_session(*hers.coming, zone) if hers.coming else "",
        full=tuple(telling.full(each) for each in full),
        waiting=tuple(telling.full(each) for each in waiting),
        zone=say.zone(zone),
        zone_key=zone.key,
        called_off=stands.called_off and state is State.LOOK,
        program=program.neutral_name,
        call_back=program.call_back,
        call=say.call(program.call_back),
        lines=_lines(program.crisis_name, program.crisis_number, program.crisis_hours, say),
    )


def _lines(name: str, number: str, hours: str, say: English) -> tuple[HelpLine, ...]:
    """The program's own, beside the national one that is on every page."""
    if not number:
        return ()
    line = CrisisLine(name=name, number=number, how=hours, cite="")
    return (HelpLine(call=say.call(number), dialled=line.dialled, name=name, how=hours),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """Puts what was read into words."""

    say: English
    now: datetime
    zone: ZoneInfo

    def heading(self, state: State, stands: Stands) -> str:
        if state is State.BOOKED and stands.booked_from:
            return self.say.see_you(stands.booked_from, self.now, self.zone)
        if state is State.LOOK and stands.made_up is MadeUp.HOURS_LEFT:
            return self.say.made_up_heading
        return {
            State.LOOK: self.say.look_heading,
            State.CHOOSE: self.say.choose_heading,
            State.NOW: self.say.on_now_heading,
            State.PAST: self.say.past_heading,
            State.ASKED: self.say.asked_heading,
            State.WAITS: self.say.waiting_heading,
            State.NONE: self.say.none_heading,
            State.SETTLED: self.say.settled_heading,
            State.OVER: self.say.over_heading,
        }[state]

    def lead(self, state: State, missed: datetime, times: int, stands: Stands) -> str:
        if state is State.CHOOSE:
            return f"{self.say.instead(missed, self.zone, times=times)} {self.rest(stands)}".rstrip()
        if (
            state in (State.BOOKED, State.NOW) and stands.is_settled
        ):  # let go since, and the time is hers still
            return self.say.need_not_come(missed, self.zone)
        tell = {
            State.BOOKED: self.say.instead_of,
            State.NOW: self.say.instead_of,
            State.SETTLED: self.say.settled,
        }.get(state, self.say.about)
        rest = self.rest(stands) if state in (State.LOOK, State.NONE) else ""
        return f"{tell(missed, self.zone)} {rest}".rstrip()

    def rest(self, stands: Stands) -> str:
        """What a make-up she was at has left open, in each account for itself; "" where there was none."""
        if stands.made_up is MadeUp.HOURS_LEFT:
            return self.say.hours_left(stands.hours)
        return self.say.came_in_part if stands.made_up is MadeUp.IN_PART else ""

    def said(self, word: str, state: State) -> str:
        if state not in ONLY_IN.get(word, State):
            return ""
        told = self.say.said.get(word, "")
        if word == "gone" and state is State.CHOOSE:
            return f"{told} {self.say.still_free}"
        if state is State.WAITS and word in (LOOKED, "waits"):
            return self.say.nothing_new if word == LOOKED else ""  # the heading says it
        return told

    def way(self, offer: Open, stands: Stands) -> Way:
        kept = self.say.kept(offer.expires_at, self.now, self.zone) if offer.held else self.say.free_now
        return self._way(offer, stands, kept)

    def booked(self, stands: Stands) -> Way | None:
        if not (stands.booked_from and stands.booked_to):
            return None
        booked = Open(
            ref="",
            kind=stands.booked_kind or "",
            starts_at=stands.booked_from,
            ends_at=stands.booked_to,
            repairs=stands.booked_repairs or [],
            held=True,
            expires_at=stands.booked_to,
        )
        return self._way(booked, stands, "")

    def full(self, session: FullSession) -> Full:
        return Full(
            ref=session.ref,
            starts_at=session.starts_at,
            headline=self.say.headline(session.starts_at, self.now, self.zone),
            date=self.say.on(session.starts_at, self.zone),
            hours=self.say.hours(session.starts_at, session.ends_at, self.zone),
        )

    def _way(self, offer: Open, stands: Stands, kept: str) -> Way:
        return Way(
            ref=offer.ref,
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            headline=self.say.headline(offer.starts_at, self.now, self.zone),
            date=self.say.on(offer.starts_at, self.zone),
            hours=self.say.hours(offer.starts_at, offer.ends_at, self.zone),
            kind=self.say.kinds.get(offer.kind, ""),
            repairs=self._repairs(offer, stands),
            kept=kept,
            reasons=tuple(
                (why, words)
                for why, words in self.say.reasons.items()
                if offer.kind != SlotKind.INDIVIDUAL or why not in OF_GROUPS
            ),
        )

    def _repairs(self, offer: Open, stands: Stands) -> tuple[str, ...]:
        """Of what the policy lists for this way, what is open still; a day's bill is nothing to her."""
        length = (offer.ends_at - offer.starts_at) // A_MINUTE
        told = {
            Account.CONTENT: self.say.content() if stands.content > 0 else "",
            Account.COUNT: self.say.count() if stands.sessions > 0 else "",
            Account.HOURS: self.say.minutes(min(length, stands.hours)) if stands.hours > 0 else "",
        }
        return tuple(words for account, words in told.items() if account in offer.repairs and words)


OF_GROUPS: Final = (Declined.GROUP, Declined.RATHER_ONE_TO_ONE)
"""No reason against a one-to-one."""
