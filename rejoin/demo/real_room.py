"""What the page of the real room shows: who is to come, how each stands, and what was written to whom; and the ways in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404
from django.urls import reverse

from rejoin.accounts.actions import demonstration_link
from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.common.rows import select
from rejoin.demo.noon import BEN, MINA, MISSING, VISITED, session_now, the_program
from rejoin.demo.pace import sleep
from rejoin.demo.phones import Phone, latest_phones
from rejoin.people.models import Staff
from rejoin.programs.models import Seat, Session
from rejoin.visits.engine import room_name
from rejoin.visits.links import join_path

NUDGED_AFTER: Final = timedelta(minutes=5)
"""The policy's: after the start whoever is not there is missing, and is written to."""
ROOM_WITHIN_SECONDS: Final = 8.0
LOOKS_EVERY_SECONDS: Final = 0.1
# Everybody who is expected in the session that runs, and how she stands there now. A presence is kept as an array:
# its start stands second and its end third.
STANDS: Final = """
SELECT patient.name, session.starts_at, session.ends_at, visit.state,
       EXISTS (SELECT FROM jsonb_array_elements(evidence.presence) AS stay
                WHERE stay ->> 1 IS NOT NULL AND stay ->> 2 IS NULL),
       evidence.first_join IS NOT NULL, status.status IN ('missed', 'not_admitted'), "case".ref,
       (SELECT min(event.at) FROM outreach_messageevent AS event JOIN outreach_message AS message ON message.id = event.message_id
         WHERE message.about = 'case:' || "case".id AND event.state = 'sent')
  FROM programs_session AS session
  JOIN programs_seat AS seat ON seat.session_id = session.id AND seat.released_at IS NULL
  JOIN people_patient AS patient ON patient.id = seat.patient_id
  LEFT JOIN visits_visit AS visit ON visit.seat_id = seat.id
  LEFT JOIN rooms_seatevidence AS evidence ON evidence.seat_id = seat.id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN followup_case AS "case" ON "case".session_id = session.id AND "case".patient_id = patient.id
 WHERE session.held = 'scheduled' AND session.starts_at <= %(now)s AND session.ends_at > %(now)s
 ORDER BY patient.id
"""


class Look(NamedTuple):
    """How somebody stands, in words, with a colour and a shape."""

    words: str
    colour: str = ""
    shape: str = "ring"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somebody who is expected."""

    name: str
    look: Look
    told: str
    """When she was written to; "" while she was not."""
    case: str
    """Where her case is seen, as the coordinator; "" while there is none."""
    tried: bool
    """Whoever tries the room goes in as her."""

    @property
    def href(self) -> str:
        return way_in(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealRoom:
    """The whole page."""

    now: datetime
    zone: str
    begins: str
    """ "12:01"; "" while no session runs."""
    due: str
    """When whoever is not there is written to."""
    due_in: int
    """Seconds until then; 0 once it is past."""
    places: Sequence[Place]
    phones: Sequence[Phone]
    board: str
    """Where the coordinator looks."""

    @property
    def clock(self) -> str:
        return f"{self.now.astimezone(ZoneInfo(self.zone)):%H:%M}"

    @property
    def ben(self) -> str:
        return way_in(BEN)


def has_real_room() -> bool:
    """Whether this is the house whose room is a real one."""
    return bool(settings.ENVIRONMENT.engine)


def way_in(name: str) -> str:
    """The address that leads somebody into the room; the session begins with the first who follows one."""
    return reverse("demonstration:go", kwargs={"name": name})


def read_real_room() -> RealRoom:
    """Everything as it stands now, in a constant number of queries."""
    now, zone = clock.now(), the_program().timezone
    rows = select(STANDS, {"now": now})
    starts_at = rows[0][1] if rows else None
    due_at = starts_at + NUDGED_AFTER if starts_at else None
    return RealRoom(
        now=now,
        zone=zone,
        begins=_shown(starts_at, zone),
        due=_shown(due_at, zone),
        due_in=max(0, round((due_at - now).total_seconds())) if due_at else 0,
        places=[_place(row, zone) for row in rows] or [_expected(name) for name in (*VISITED, MISSING)],
        phones=latest_phones(len(VISITED) + 1),
        board=way_in(MINA),
    )


def link_into(name: str, page: str = "", *, at: datetime) -> str:
    """Into the session that runs now, as somebody: a patient by her own signed link, ben by signing in. As mina to a page
    of the console. Nothing is there for anybody else."""
    if name == MINA:
        return _signed_in(MINA, page or reverse("console:today"), at=at)
    if name not in (BEN, MISSING, *VISITED):
        raise Http404
    session = _with_a_room(session_now(at=at))
    if name == BEN:
        return _signed_in(BEN, reverse("console:room_in", kwargs={"ref": session.ref}), at=at)
    return join_path(Seat.objects.live().get(session=session, patient__name=name), by=COMMAND, at=at)


def _signed_in(name: str, page: str, *, at: datetime) -> str:
    user = Staff.objects.select_related("user").get(name=name).user
    if user is None:
        raise LookupError("nobody of that name may sign in")
    link = demonstration_link(user=user, by=COMMAND, at=at)
    return f"{link}?{urlencode({'next': page}, safe='/')}"


def _with_a_room(session: Session) -> Session:
    """The worker makes it within a moment: whoever is led there finds it."""
    give_up_at = monotonic() + ROOM_WITHIN_SECONDS
    while room_name(session.pk) is None and monotonic() < give_up_at:
        sleep(LOOKS_EVERY_SECONDS)
    return session


def _place(row: Sequence[object], zone: str) -> Place:
    name, _, _, state, here, was_here, missed, case, told_at = row
    return Place(
        name=str(name),
        look=look_of(str(state or ""), here=bool(here), was_here=bool(was_here), missed=bool(missed)),
        told=_shown(told_at, zone) if isinstance(told_at, datetime) else "",
        case=f"{way_in(MINA)}?{urlencode({'next': reverse('console:case', kwargs={'ref': case})}, safe='/')}"
        if case
        else "",
        tried=name in VISITED,
    )


def _expected(name: str) -> Place:
    return Place(name=name, look=Look("expected"), told="", case="", tried=name in VISITED)


def look_of(state: str, *, here: bool, was_here: bool, missed: bool) -> Look:
    """How somebody stands, of what is known: `state` is her visit's."""
    if here:
        return Look("in the room", "sage", "check")
    if missed:
        return Look("missing", "rose", "cross")
    if state == "waiting":
        return Look("waits: let her in, as ben", "amber", "dot")
    return Look("was in the room", "", "dot") if was_here else Look("not there yet")


def _shown(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}".removesuffix(":00") if at else ""
