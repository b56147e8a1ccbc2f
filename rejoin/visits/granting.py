"""Leave to enter, given out by the engine's own signature: to whom, when, and to whom not."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rejoin.attendance.models import CheckIn
from rejoin.rooms.actions import add_identities
from rejoin.rooms.engines.port import EngineAway, EngineRefused, JoinGrant
from rejoin.visits.actions import come_as_host, enter, is_locked, still_here
from rejoin.visits.checking_in import (
    has_taken_video_back,
    holds,
    latest_check_in,
    out_of_licence,
    was_inside_lately,
)
from rejoin.visits.doors import closes_at
from rejoin.visits.engine import room_name, the_engine
from rejoin.visits.models import Visit
from rejoin.visits.visitor import Visitor
from rejoin.visits.vocabulary import Answer, Door, VisitState

AT_THE_DOOR: Final = (Answer.GRANTED, Answer.WAITING, Answer.LOCKED)
"""Of somebody who has checked in and was not turned away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking."""

    answer: Answer
    visit: Visit | None = None
    grant: JoinGrant | None = None


def where_she_stands(visitor: Visitor, visit: Visit | None, check_in: CheckIn | None) -> Answer:
    """Whether she would be given a grant now, and if not, why not. Nothing is written."""
    if visitor.door is not Door.OPEN:
        return Answer.CLOSED
    if visitor.host:
        return Answer.GRANTED
    if visit is not None and visit.state in (VisitState.REMOVED.value, VisitState.REFUSED.value):
        return Answer(visit.state)
    if check_in is not None and check_in.state and out_of_licence(check_in):
        return Answer.ELSEWHERE
    asked = visitor.contact is not None or holds(
        check_in, visit, visitor.at
    )  # a guest is not asked where she is
    if visit is None or not asked or _has_said_no(visitor):
        return Answer.CHECK_IN
    return _at_the_door(visitor, visit)


def _has_said_no(visitor: Visitor) -> bool:
    """To video, since she checked in, or before: where she is asked where she is she may say yes again."""
    return visitor.seat is not None and has_taken_video_back(visitor.seat.patient_id)


def _at_the_door(visitor: Visitor, visit: Visit) -> Answer:
    """Of somebody who has checked in."""
    if visit.state == VisitState.WAITING.value:
        return Answer.WAITING
    meant = _let_in_since(visit) or was_inside_lately(visit, visitor.at)
    return Answer.LOCKED if is_locked(visitor.session.pk) and not meant else Answer.GRANTED


def is_let_in(visitor: Visitor, visit: Visit | None) -> bool:
    """Whether she has been let in and still would be, by where she is and what the clock says."""
    if visit is None or visit.state != VisitState.ADMITTED.value:
        return False
    said = latest_check_in(visitor.seat) if visitor.seat is not None else None
    return where_she_stands(visitor, visit, said) is Answer.GRANTED


def ask_for_grant(visitor: Visitor) -> Asked:
    """A grant for one connection, if she may come in now. The engine is told nothing."""
    visit = visitor.visit
    if visitor.staff is not None and visitor.door is Door.OPEN:
        visit = come_as_host(session=visitor.session, staff=visitor.staff, by=visitor.by, at=visitor.at)
    check_in = latest_check_in(visitor.seat) if visitor.seat is not None else None
    answer = where_she_stands(visitor, visit, check_in)
    if answer is not Answer.GRANTED or visit is None:
        if answer in (Answer.WAITING, Answer.LOCKED) and visit is not None:
            still_here(visit=visit, at=visitor.at)
        return Asked(answer=answer, visit=visit)
    engine, room = the_engine(), room_name(visitor.session.pk)
    if engine is None or room is None:
        return Asked(answer=Answer.AWAY, visit=visit)
    # The engine goes by the real clock, whatever clock a demonstration is on.
    now = datetime.now(UTC)
    until = now + (closes_at(visitor.session) - visitor.at)
    try:
        grant = engine.join_grant(room, visit.ref, host=visitor.host, at=now, until=until)
    except (EngineAway, EngineRefused):
        return Asked(answer=Answer.AWAY, visit=visit)
    if visitor.seat is not None:
        # Before she is in: what the engine tells of her is hers from the first event on, by the reference that it signs
        # and by the name it gives her. Her link may have been sent while another engine was set.
        names = [each for each in (visit.ref, grant.known_as) if each]
        known = [(engine.name, each, visitor.seat.patient_id) for each in names]
        add_identities(identities=known, by=visitor.by, at=visitor.at)
    enter(visit=visit, by=visitor.by, at=visitor.at)
    return Asked(answer=Answer.GRANTED, visit=visit, grant=grant)


def _let_in_since(visit: Visit) -> bool:
    """Somebody let her in by hand after the room was locked: that was meant for her."""
    latest = visit.session.locks.order_by("-id").values_list("at", flat=True).first()
    return latest is not None and visit.decided_at is not None and visit.decided_at >= latest
