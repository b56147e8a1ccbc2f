"""The sessions of a series: which it has, which are not made yet, and what becomes of them when it changes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Max

from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.domain.attendance import Held
from rejoin.domain.kernel import Refusal
from rejoin.programs import intake
from rejoin.programs.intake import NewLeader, NewSession, tell_of
from rejoin.programs.models import Program, Series, Session, SessionStaff
from rejoin.programs.recurrence import occurrences
from rejoin.programs.seating import (
    Clash,
    Pair,
    in_program_then,
    missing_seats,
    release_uncovered,
    seat_groups,
    seat_where_free,
)
from rejoin.programs.vocabulary import Role


@dataclass(slots=True, kw_only=True)
class Materialised:
    """What came of making sessions ahead. Clashes and refusals go to a person: nothing else stops for them."""

    sessions: list[int] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    """Patients without a seat, since they sit elsewhere then."""
    leaderless: list[NewLeader] = field(default_factory=list)
    """Who cannot lead, since they lead another session then."""
    full: list[int] = field(default_factory=list)
    """Sessions with fewer seats than their group has members."""
    refused: list[tuple[int, Refusal]] = field(default_factory=list)
    """Series of which no session could be made."""


def seat_left_out(program: Program, found: Materialised, *, since: datetime, until: datetime) -> list[Pair]:
    """Seat whoever a group's session to come expects and has no seat for; tell of those it cannot."""
    coming = Session.objects.filter(
        program=program, starts_at__gte=since, starts_at__lt=until, by_name=False, held=Held.SCHEDULED.value
    )
    left: dict[int, list[Pair]] = {}
    for pair in missing_seats(list(coming.values_list("pk", flat=True))):
        left.setdefault(pair.session_id, []).append(pair)
    seated: list[Pair] = []
    for session, pairs in left.items():
        try:
            with refusing():
                made, clashes = seat_where_free(pairs)
        except Refusal:
            found.full.append(session)
            continue
        seated += made
        found.clashes = sorted({*found.clashes, *clashes})
    return seated


def meetings_of(series: Series, *, since: datetime, until: datetime) -> Iterator[tuple[str, datetime]]:
    """The occurrences of a series: the identifier of each one's session, and its instant."""
    zone = ZoneInfo(series.timezone)
    found = occurrences(
        series.rule,
        first=first_of(series),
        zone=zone,
        skipped=frozenset(series.skipped),
        since=since,
        until=until,
    )
    for local, at in found:
        yield f"{series.external_id}-{local:%Y%m%d}", at


def make_ahead(series: Series, *, until: datetime, by: Actor, at: datetime) -> Materialised:
    """The sessions of one series that are not there yet: from its latest one on, or from now."""
    latest = Session.objects.filter(series=series).aggregate(at=Max("series_at"))["at"]
    since = min(at, latest) if latest else at
    known = set(
        Session.objects.filter(series=series, series_at__gte=since).values_list("series_at", flat=True)
    )
    new = [
        _session_at(series, external_id, starts_at)
        for external_id, starts_at in meetings_of(series, since=since, until=until)
        if starts_at not in known
    ]
    made = intake.insert_sessions(
        series.program_id, new, by=by, at=at, reason="series", then="ON CONFLICT DO NOTHING"
    )
    found = Materialised(sessions=sorted(made.values()))
    if made:
        found.clashes = _seat(series, found.sessions)
        found.leaderless = _lead(series, found.sessions)
    return found


def _session_at(series: Series, external_id: str, at: datetime) -> NewSession:
    group = series.group
    return NewSession(
        external_id=external_id,
        starts_at=at,
        ends_at=at + timedelta(minutes=series.minutes),
        group_id=series.group_id,
        breaks=_breaks_at(series, at),
        kind=series.kind,
        service=series.service,
        mode=series.mode,
        by_name=series.patient_id is not None,
        seats_min=group.minimum if group else 1,
        seats_max=group.maximum if group and series.patient_id is None else None,
        series_id=series.pk,
        series_at=at,
    )


def _seat(series: Series, session_ids: Sequence[int]) -> list[Clash]:
    """Seats for whoever is expected; whoever sits elsewhere then is left out and told."""
    if series.patient_id is None:
        return seat_where_free(missing_seats(session_ids))[1]
    named = in_program_then([Pair(each, series.patient_id) for each in session_ids])
    return seat_where_free(named, booked=True)[1]


def _lead(series: Series, session_ids: Sequence[int]) -> list[NewLeader]:
    wanted = [NewLeader(each, *leader) for each in session_ids for leader in leaders_of(series)]
    made = set(intake.insert_leaders(wanted, then="ON CONFLICT DO NOTHING"))
    return [each for each in wanted if (each.session_id, each.staff_id) not in made]


def leaders_of(series: Series) -> list[tuple[int, str]]:
    pairs = [(series.facilitator_id, Role.FACILITATOR), (series.cofacilitator_id, Role.COFACILITATOR)]
    return [(staff, role.value) for staff, role in pairs if staff is not None]


def follow_series(
    series: Series,
    coming: Sequence[Session],
    days: dict[int, str],
    led: list[tuple[int, str]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Sessions to come as the changed series has them."""
    if not coming:
        return
    until = max(occurrence_of(each) for each in coming) + timedelta(days=1)
    planned = dict(meetings_of(series, since=at, until=until))
    kept = [each for each in coming if days[each.pk] in planned]
    untouched = [each for each in kept if _untouched(each)]
    _relead(series, [each.pk for each in untouched], led, by=by, at=at)
    intake.let_go([each.pk for each in untouched])
    for each in kept:
        starts_at = planned[days[each.pk]]
        Session.objects.filter(pk=each.pk).update(series_at=starts_at)
        if each in untouched:
            _reset(series, each, starts_at, by=by, at=at)
    cancel_sessions([each for each in coming if days[each.pk] not in planned], by=by, at=at)
    moved = [each.pk for each in untouched]
    release_uncovered(moved, by=by, at=at)
    seat_groups(moved)


def _untouched(session: Session) -> bool:
    """Nobody moved it or called it off: it is where its series put it."""
    return session.starts_at == session.series_at and session.held == Held.SCHEDULED


def _reset(series: Series, session: Session, starts_at: datetime, *, by: Actor, at: datetime) -> None:
    ends_at = starts_at + timedelta(minutes=series.minutes)
    intake.shift_session(
        session.pk, starts_at=starts_at, ends_at=ends_at, breaks=_breaks_at(series, starts_at)
    )
    Session.objects.filter(pk=session.pk).update(service=series.service, mode=series.mode)
    if (starts_at, ends_at) != (session.starts_at, session.ends_at):
        tell_of("programs.move_session", session.pk, session.program_id, by=by, at=at, reason="series")


def _relead(
    series: Series, session_ids: list[int], led: list[tuple[int, str]], *, by: Actor, at: datetime
) -> None:
    """New leaders where the series' own were still leading."""
    wanted = leaders_of(series)
    if wanted == led:
        return
    live: dict[int, dict[tuple[int, str], int]] = {each: {} for each in session_ids}
    for leader in SessionStaff.objects.filter(session__in=session_ids, released_at__isnull=True):
        live[leader.session_id][leader.staff_id, leader.role] = leader.pk
    same = [each for each, leaders in live.items() if set(leaders) == set(led)]
    intake.release_leaders([key for each in same for key in live[each].values()], by=by, at=at)
    intake.insert_leaders(NewLeader(each, *leader) for each in same for leader in wanted)


def cancel_sessions(sessions: Iterable[Session], *, by: Actor, at: datetime) -> None:
    for each in sessions:
        if each.held == Held.SCHEDULED:
            intake.call_off(each.pk, Held.CANCELLED, by=by, at=at)
            tell_of("programs.cancel_session", each.pk, each.program_id, by=by, at=at, reason="series")


def first_of(series: Series) -> datetime:
    """The clock time of its first occurrence."""
    return series.first_at.astimezone(ZoneInfo(series.timezone)).replace(tzinfo=None, fold=0)


def occurrence_of(session: Session) -> datetime:
    """When its series has it, wherever it was moved since."""
    return session.series_at or session.starts_at


def day_of(series: Series, session: Session) -> str:
    """The identifier that the occurrence it stands for has."""
    at = occurrence_of(session)
    found = meetings_of(series, since=at, until=at + timedelta(seconds=1))
    return next((external_id for external_id, _ in found), session.external_id)


def _breaks_at(series: Series, at: datetime) -> list[tuple[datetime, datetime]]:
    return [(at + timedelta(minutes=start), at + timedelta(minutes=end)) for start, end in series.breaks]
