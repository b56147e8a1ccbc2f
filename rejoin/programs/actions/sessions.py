"""The schedule: sessions made, moved, called off, and given to people to lead."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rejoin.audit.trail import action
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.domain.attendance import Held
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient, Staff
from rejoin.programs import intake
from rejoin.programs.intake import Breaks, NewLeader, NewSession, lie_inside, tell_of
from rejoin.programs.models import Group, Program, Session, SessionStaff
from rejoin.programs.seating import Pair, insert_seats, release_uncovered, seat_groups
from rejoin.programs.vocabulary import Role


@action("programs.schedule_session")
def schedule_session(
    *,
    program: Program,
    session: NewSession,
    patients: Collection[Patient] = (),
    leaders: Sequence[Staff] = (),
    by: Actor,
    at: datetime,
) -> Session:
    """One session, with its seats and whoever leads it; the first of `leaders` is its facilitator.

    With `patients` only they are expected; else its group is, as its places stand on that day. One that is for whoever
    is booked into it, and for nobody yet, says so itself (`NewSession.by_name`).
    """
    session = _fitted(program, session, by_name=bool(patients) or session.by_name)
    with refusing():
        made = intake.insert_sessions(program.pk, [session], by=by, at=at)[session.external_id]
        insert_seats([Pair(made, patient.pk) for patient in patients], booked=True)
        seat_groups([made])
        intake.insert_leaders(_as_leaders(made, leaders))
    return Session.objects.get(pk=made)


@action("programs.move_session")
def move_session(
    *,
    session: Session,
    starts_at: datetime,
    ends_at: datetime,
    breaks: Breaks | None = None,
    by: Actor,
    at: datetime,
) -> None:
    """New times, with its seats and its leaders, or not at all. Its breaks move along unless they are given."""
    _check_times(starts_at, ends_at)
    if breaks is None:
        breaks = shifted(session.breaks, starts_at - session.starts_at)
    _check_breaks(starts_at, ends_at, breaks)
    with refusing():
        intake.shift_session(session.pk, starts_at=starts_at, ends_at=ends_at, breaks=breaks)
        release_uncovered([session.pk], by=by, at=at)
        seat_groups([session.pk])
    tell_of("programs.move_session", session.pk, session.program_id, by=by, at=at)
    session.refresh_from_db()


@action("programs.cancel_session")
def cancel_session(*, session: Session, held: Held = Held.CANCELLED, by: Actor, at: datetime) -> None:
    """The program does not hold it, or an outage took it. It counts for nobody, and frees everybody in it."""
    if held is Held.SCHEDULED:
        raise Refusal("session.held", "A session is called off as cancelled or lost to an outage.")
    if Session.objects.filter(pk=session.pk, held=held.value).exists():
        raise Refusal("session.off", "This session is called off already.")
    with refusing():
        intake.call_off(session.pk, held, by=by, at=at)
    tell_of("programs.cancel_session", session.pk, session.program_id, by=by, at=at, reason=held.value)
    session.refresh_from_db()


@action("programs.reinstate_session")
def reinstate_session(*, session: Session, by: Actor, at: datetime) -> None:
    """It is held after all, if everybody in it is still free then."""
    if Session.objects.filter(pk=session.pk, held=Held.SCHEDULED.value).exists():
        raise Refusal("session.on", "This session was not called off.")
    with refusing():
        intake.call_off(session.pk, Held.SCHEDULED, by=by, at=at)
        seat_groups([session.pk])
    tell_of("programs.reinstate_session", session.pk, session.program_id, by=by, at=at)
    session.refresh_from_db()


@action("programs.set_leaders")
def set_leaders(*, session: Session, leaders: Sequence[Staff], by: Actor, at: datetime) -> None:
    """Who leads it: the first is its facilitator, the others cofacilitators. Whoever is not named no more does."""
    wanted = set(_as_leaders(session.pk, leaders))
    live = SessionStaff.objects.filter(session=session, released_at__isnull=True)
    have = {NewLeader(session.pk, each.staff_id, each.role): each.pk for each in live}
    with refusing():
        intake.release_leaders([key for each, key in have.items() if each not in wanted], by=by, at=at)
        intake.insert_leaders(wanted - set(have))
    tell_of("programs.set_leaders", session.pk, session.program_id, by=by, at=at)


def shifted(breaks: Sequence[Sequence[str]], by: timedelta) -> list[tuple[datetime, datetime]]:
    """Stored breaks, later by so much."""
    return [(datetime.fromisoformat(start) + by, datetime.fromisoformat(end) + by) for start, end in breaks]


def _fitted(program: Program, session: NewSession, *, by_name: bool) -> NewSession:
    """The session with its group's limits, checked."""
    if not session.external_id.strip():
        raise Refusal("session.nameless", "A session needs an identifier.")
    _check_times(session.starts_at, session.ends_at)
    _check_breaks(session.starts_at, session.ends_at, session.breaks)
    if session.group_id is None:
        if not by_name:
            raise Refusal("session.nobody", "A session is for a group, or names its patients.")
        return replace(session, by_name=True)
    group = Group.objects.filter(pk=session.group_id, program=program).first()
    if group is None:
        raise Refusal("session.group", "This group is another program's.")
    limit = session.seats_max if by_name or session.seats_max is not None else group.maximum
    return replace(session, by_name=by_name, seats_max=limit)


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise Refusal("session.times", "The times of a session are instants, with their offset.")


def _check_breaks(starts_at: datetime, ends_at: datetime, breaks: Breaks) -> None:
    if not lie_inside(breaks, starts_at, ends_at):
        raise Refusal("session.breaks", "Breaks lie inside the session, one after the other.")


def _as_leaders(session_id: int, staff: Sequence[Staff]) -> list[NewLeader]:
    roles = [Role.FACILITATOR, *[Role.COFACILITATOR] * len(staff)]
    return [NewLeader(session_id, each.pk, role.value) for each, role in zip(staff, roles, strict=False)]
