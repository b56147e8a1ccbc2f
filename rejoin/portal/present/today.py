"""A patient's first page: her next session, and what is open. Nothing in it blames."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.urls import reverse

from rejoin.common.rows import select
from rejoin.domain.attendance import Mode
from rejoin.makeups.links import makeup_path
from rejoin.portal.door import Herself
from rejoin.portal.present.catching_up import CatchUp, open_catch_ups
from rejoin.portal.present.measures import OpenMeasure, open_measures
from rejoin.portal.present.picked import left_of, minutes_left, picked
from rejoin.portal.words import ways
from rejoin.visits.doors import LINK_HOLDS_BEFORE
from rejoin.visits.engine import the_engine

SHOWN: Final = 3
MISSED_WITHIN: Final = timedelta(days=14)
"""How far back an open case is told here; older ones are her team's to speak about. Ours."""
NEXT: Final = """
SELECT coalesce("group".name, ''), session.kind, session.starts_at, session.ends_at, session.mode, seat.id,
       NOT EXISTS (SELECT FROM rooms_room WHERE session_id = session.id)
             OR EXISTS (SELECT FROM rooms_hostedroom WHERE session_id = session.id),
       EXISTS (SELECT FROM attendance_notice WHERE seat_id = seat.id),
       (SELECT debt.ref FROM makeups_booking AS booked JOIN makeups_debt AS debt ON debt.seat_id = booked.missed_id
         WHERE booked.seat_id = seat.id),
       (SELECT missed_session.starts_at FROM makeups_booking AS booked
          JOIN programs_seat AS missed ON missed.id = booked.missed_id
          JOIN programs_session AS missed_session ON missed_session.id = missed.session_id
         WHERE booked.seat_id = seat.id),
       (SELECT NOT debt.left_open FROM makeups_booking AS booked JOIN makeups_debt AS debt ON debt.seat_id = booked.missed_id
         WHERE booked.seat_id = seat.id)
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
 WHERE seat.patient_id = %s AND seat.released_at IS NULL AND session.held = 'scheduled' AND session.ends_at > %s
 ORDER BY session.starts_at LIMIT %s
"""
MISSED: Final = f"""
SELECT "case".ref, session.starts_at, "case".promised_at,
       (SELECT debt.ref FROM makeups_debt AS debt WHERE debt.seat_id = "case".seat_id AND EXISTS (
            SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = debt.seat_id AND entry.account <> 'billing'
             GROUP BY entry.account HAVING sum(entry.amount) > 0)),
       {picked('"case".seat_id')}, {left_of('"case".seat_id')}
  FROM followup_case AS "case" JOIN programs_session AS session ON session.id = "case".session_id
 WHERE "case".patient_id = %s AND "case".state <> 'closed' AND session.starts_at > %s
   AND rejoin_is_a_miss("case".seat_id)
 ORDER BY session.starts_at DESC LIMIT %s
"""  # noqa: S608 - our own words


class Coming(NamedTuple):
    """A session she has a seat in."""

    group: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    mode: str
    seat_id: int
    ours: bool
    """No other service's room is named for it: it takes place in one of ours, where there is an engine."""
    told: bool
    """She has said that she cannot come."""
    makes_up: UUID | None
    """She picked it to make up for one she missed, by the reference of what is open of that."""
    missed_at: datetime | None
    """When that one began."""
    not_needed: bool | None
    """She picked it, and nothing is left to make up by it."""

    def can_join(self, at: datetime) -> bool:
        """Whether the way in is shown: from a day ahead on."""
        is_near = self.starts_at - LINK_HOLDS_BEFORE <= at
        return is_near and self.ours and self.mode == Mode.VIDEO and the_engine() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSession:
    """One that comes or runs, in words."""

    called: str
    starts_at: datetime
    when: str
    told: bool
    makes_up: str
    """Of one that she picked: what it makes up for."""
    join: int | None
    """The seat by which she joins it from here; None: not yet, or it is not ours to open."""
    cannot: str
    """Where she says that she cannot come; where she gives the time back, of one that she picked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMiss:
    """One she was missed in and has not been seen since, as far as the team knows."""

    starts_at: datetime
    on: str
    promised: str
    href: str
    make_up: str
    picked: bool
    rest: str
    """It is made up, and only minutes are left: how many; ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    hello: str
    running: ShownSession | None
    coming: tuple[ShownSession, ...]
    missed: tuple[ShownMiss, ...]
    catch_ups: Sequence[CatchUp]
    measures: Sequence[OpenMeasure]
    zone: str


def present_today(herself: Herself) -> Today:
    """A few queries, all of her own rows."""
    patient, at = herself.patient, herself.at
    sessions = [Coming._make(row) for row in select(NEXT, [patient.pk, at, SHOWN + 1])]
    running = next((each for each in sessions if each.starts_at <= at), None)
    joins = next((each.seat_id for each in sessions[:1] if each.can_join(at)), None)
    missed = select(MISSED, [at, patient.pk, at - MISSED_WITHIN, SHOWN])
    return Today(
        hello=herself.say.hello(patient.preferred_name or patient.name),
        running=_shown(running, herself, joins) if running else None,
        coming=tuple(_shown(each, herself, joins) for each in sessions if each is not running)[:SHOWN],
        missed=tuple(_miss(herself, *row) for row in missed),
        catch_ups=open_catch_ups(herself),
        measures=open_measures(herself).open,
        zone=herself.say.zone(herself.zone),
    )


def _shown(session: Coming, herself: Herself, joins: int | None) -> ShownSession:
    say, zone = herself.say, herself.zone
    is_on = session.starts_at <= herself.at
    return ShownSession(
        called=session.group or say.kinds.get(session.kind, say.a_session),
        starts_at=session.starts_at,
        when=say.until(session.ends_at, zone)
        if is_on
        else say.session_on(session.starts_at, session.ends_at, zone),
        told=session.told,
        makes_up=_makes_up(session, herself),
        join=session.seat_id if session.seat_id == joins else None,
        cannot=makeup_path(session.makes_up)
        if session.makes_up
        else reverse("portal:cannot", args=[session.seat_id]),
    )


def _makes_up(session: Coming, herself: Herself) -> str:
    """What it makes up for; or that nothing is left to make up: then she may give it back, and nobody does it for her."""
    if session.missed_at is None:
        return ""
    say = ways.words_in(herself.say.language)
    tell = say.need_not_come if session.not_needed else say.instead_of
    return tell(session.missed_at, herself.zone)


def _miss(
    herself: Herself,
    ref: UUID,
    starts_at: datetime,
    promised_at: datetime | None,
    debt: UUID | None,
    has_picked: bool,
    left: Sequence[int],
) -> ShownMiss:
    say, zone, minutes = herself.say, herself.zone, minutes_left(left)
    return ShownMiss(
        starts_at=starts_at,
        on=say.on(starts_at, zone),
        promised=say.promised(promised_at, zone) if promised_at else "",
        href=reverse("portal:missed", args=[ref]),
        make_up=makeup_path(debt) if debt else "",
        picked=has_picked,
        rest=ways.words_in(say.language).hours_left(minutes) if minutes else "",
    )
