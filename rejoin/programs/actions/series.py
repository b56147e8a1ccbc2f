"""Sessions that recur: a series says when, and its sessions are made for some weeks ahead."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing, zone_called
from rejoin.domain.attendance import Held, Mode
from rejoin.domain.kernel import Refusal, local_day, local_midnight
from rejoin.people.models import Patient, Staff
from rejoin.programs.ahead import (
    Materialised,
    cancel_sessions,
    day_of,
    first_of,
    follow_series,
    leaders_of,
    make_ahead,
    seat_left_out,
)
from rejoin.programs.intake import lie_inside
from rejoin.programs.models import Group, Program, Series, Session
from rejoin.programs.recurrence import check_rule
from rejoin.programs.vocabulary import Kind

Minutes = Sequence[tuple[int, int]]
LONGEST_ID = 55
"""Room is left for the day that each session's identifier ends with."""
SOON = timedelta(days=366)


class SeriesColumns(TypedDict, total=False):
    """What may be changed of a series. `first` is a clock time in its zone."""

    service: str
    mode: str
    first: datetime
    rule: str
    minutes: int
    breaks: Minutes
    skipped: Collection[date]
    facilitator: Staff | None
    cofacilitator: Staff | None
    room: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSeries:
    """What a series is added with: for a group, or for one patient. `first` is a clock time in its zone."""

    external_id: str
    first: datetime
    rule: str
    minutes: int
    group: Group | None = None
    patient: Patient | None = None
    timezone: str = ""
    """"" is the program's."""
    kind: str = Kind.GROUP.value
    service: str = ""
    mode: str = Mode.VIDEO.value
    breaks: Minutes = ()
    skipped: Collection[date] = ()
    facilitator: Staff | None = None
    cofacilitator: Staff | None = None
    room: str = ""


@action("programs.add_series")
def add_series(*, program: Program, series: NewSeries, by: Actor, at: datetime) -> Series:
    """A session that recurs on the wall clock of a zone. Its sessions are made by `materialise`."""
    _check_owner(program, series)
    zone = zone_called(series.timezone or program.timezone)
    rule = check_rule(series.rule, first=series.first, zone=zone)
    _check_breaks(series.breaks, series.minutes)
    with refusing():
        made = Series.objects.create(
            program=program,
            group=series.group,
            patient=series.patient,
            external_id=series.external_id.strip(),
            kind=series.kind,
            service=series.service,
            mode=series.mode,
            timezone=zone.key,
            first_at=series.first.replace(tzinfo=zone).astimezone(UTC),
            rule=rule,
            minutes=series.minutes,
            breaks=[list(each) for each in series.breaks],
            skipped=sorted(series.skipped),
            facilitator=series.facilitator,
            cofacilitator=series.cofacilitator,
            room=series.room,
        )
    _tell("programs.add_series", made, by, at)
    return made


@action("programs.change_series")
def change_series(
    *, series: Series, by: Actor, at: datetime, **columns: Unpack[SeriesColumns]
) -> Materialised:
    """Its sessions to come follow: they keep their day where the rule still has it, and are cancelled where not.

    A session that somebody moved or called off stays as it is. Days that the rule adds are made at once,
    as far ahead as its sessions went.
    """
    _hold(series, ended="This series has ended.")
    coming = list(Session.objects.filter(series=series, series_at__gte=at).order_by("series_at"))
    days = {each.pk: day_of(series, each) for each in coming}
    led = leaders_of(series)
    _set_columns(series, columns)
    with refusing():
        series.save()
        follow_series(series, coming, days, led, by=by, at=at)
    made = Materialised()
    if coming:
        made = make_ahead(series, until=coming[-1].ends_at, by=by, at=at)
    _tell("programs.change_series", series, by, at)
    return made


@action("programs.end_series")
def end_series(*, series: Series, last_day: date | None = None, by: Actor, at: datetime) -> None:
    """No session after its last day, which is today unless it is said. Those made already are cancelled."""
    _hold(series, ended="This series has ended already.")
    zone = ZoneInfo(series.timezone)
    after = local_midnight((last_day or local_day(at, zone)) + timedelta(days=1), zone)
    if after - at > SOON:
        raise Refusal("series.far", "A series can be ended up to a year ahead.")
    with refusing():
        make_ahead(series, until=after, by=by, at=at)
        Series.objects.filter(pk=series.pk).update(ended_at=at, ended_by=str(by))
        late = Session.objects.filter(series=series, starts_at__gte=max(after, at), held=Held.SCHEDULED.value)
        cancel_sessions(list(late), by=by, at=at)
    _tell("programs.end_series", series, by, at)
    series.refresh_from_db()


@action("programs.materialise")
def materialise(
    *, program: Program, until: date, only: Collection[int] | None = None, by: Actor, at: datetime
) -> Materialised:
    """Make the sessions that the program's series have up to `until`, itself included, and are not there yet.

    Of all its series, or of `only` some. Asked again it adds nothing. Whoever has a place on that day is seated; one who sits elsewhere then is told,
    each time until she is free, and seated then.
    """
    found = Materialised()
    end = local_midnight(until + timedelta(days=1), ZoneInfo(program.timezone))
    live = Series.objects.filter(program=program, ended_at__isnull=True).select_related("group")
    for series in (live if only is None else live.filter(pk__in=only)).order_by("pk"):
        try:
            with refusing():
                made = make_ahead(series, until=end, by=by, at=at)
        except Refusal as refusal:
            found.refused.append((series.pk, refusal))
            continue
        found.sessions += made.sessions
        found.clashes += made.clashes
        found.leaderless += made.leaderless
    seated = seat_left_out(program, found, since=at, until=end)
    if found.sessions or seated:
        record("programs.materialise", f"program:{program.pk}", by=by, at=at, program=program.pk)
    else:
        nothing_to_tell("programs.materialise")
    return found


def _hold(series: Series, *, ended: str) -> None:
    """Nobody makes its sessions meanwhile; those made in the same moment are there by now, and follow too."""
    live = Series.objects.select_for_update(no_key=True).filter(pk=series.pk, ended_at__isnull=True)
    if not list(live.values_list("pk")):
        raise Refusal("series.ended", ended)


def _set_columns(series: Series, columns: SeriesColumns) -> None:
    zone = ZoneInfo(series.timezone)
    first = columns.get("first", first_of(series))
    rule = check_rule(columns.get("rule", series.rule), first=first, zone=zone)
    minutes = columns.get("minutes", series.minutes)
    breaks = columns.get("breaks", [(start, end) for start, end in series.breaks])
    _check_breaks(breaks, minutes)
    series.first_at = first.replace(tzinfo=zone).astimezone(UTC)
    series.rule, series.minutes, series.breaks = rule, minutes, [list(each) for each in breaks]
    series.skipped = sorted(columns.get("skipped", series.skipped))
    for name in ("service", "mode", "facilitator", "cofacilitator", "room"):
        if name in columns:
            setattr(series, name, columns[name])


def _check_owner(program: Program, series: NewSeries) -> None:
    if not 1 <= len(series.external_id.strip()) <= LONGEST_ID:
        raise Refusal("series.id", f"A series needs an identifier of at most {LONGEST_ID} characters.")
    if series.group is not None and series.group.program_id != program.pk:
        raise Refusal("series.group", "This group is another program's.")
    if series.kind == Kind.INDIVIDUAL and series.patient is None:
        raise Refusal("series.patient", "An individual session names its patient.")


def _check_breaks(breaks: Minutes, minutes: int) -> None:
    if not lie_inside(breaks, 0, minutes):
        raise Refusal("series.breaks", "Breaks are minutes from the start, inside the session, in order.")


def _tell(verb: str, series: Series, by: Actor, at: datetime) -> None:
    record(verb, f"series:{series.pk}", by=by, at=at, patient=series.patient_id, program=series.program_id)
