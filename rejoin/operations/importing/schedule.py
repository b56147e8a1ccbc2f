"""Groups, places, sessions and who leads them, as a folder has them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from rejoin.audit.trail import record_all
from rejoin.common.refusals import refusing
from rejoin.common.rows import select
from rejoin.domain.attendance import Held
from rejoin.domain.kernel import Refusal, local_midnight
from rejoin.operations.importing.reading import Brought, SessionNote
from rejoin.operations.importing.tally import Tally
from rejoin.programs import intake
from rejoin.programs.actions.places import peak
from rejoin.programs.intake import NewLeader, NewPlace, NewSession
from rejoin.programs.models import Enrolment, Group, Session
from rejoin.programs.vocabulary import Role
from rejoin.rooms.actions import name_rooms
from rejoin.rooms.models import Room
from rejoin.rooms.timetable import normal_room
from rejoin.sidecar.program import Place, Scheduled

PLACES = """
SELECT id, patient_id, group_id, from_on, until_on, ended_at IS NOT NULL FROM programs_enrolment
 WHERE program_id = %s AND patient_id = ANY(%s) ORDER BY from_on NULLS FIRST, id
"""
SESSIONS = """
SELECT id, external_id, group_id, starts_at, ends_at, breaks::text, kind, service, module, mode, held, by_name,
       seats_min, seats_max
  FROM programs_session WHERE program_id = %s AND external_id = ANY(%s)
"""
LEADERS = """
SELECT id, session_id, staff_id, role FROM programs_sessionstaff
 WHERE session_id = ANY(%s) AND released_at IS NULL
"""
Key = tuple[int, int | None]


class KeptPlace(NamedTuple):
    """A place as it stands in the database."""

    id: int
    patient_id: int
    group_id: int | None
    from_on: date | None
    until_on: date | None
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A session as it stands in the database."""

    id: int
    group_id: int | None
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...]
    kind: str
    service: str
    module: str
    mode: str
    held: str
    by_name: bool
    seats_min: int
    seats_max: int | None

    def moves_to(self, new: NewSession) -> bool:
        there = (new.starts_at, new.ends_at, tuple(new.breaks))
        return there != (self.starts_at, self.ends_at, self.breaks)


_breaks = msgspec.json.Decoder(tuple[tuple[datetime, datetime], ...])


def bring_groups(brought: Brought, tally: Tally) -> dict[str, Group]:
    """Groups that the folder names, by name. New ones are open, and nobody has set their limit."""
    folder = brought.folder
    names = {place.group for each in folder.patients.values() for place in each.places}
    names |= {each.session.group for each in folder.sessions.values()}
    names |= {each.group for each in brought.series.values()}
    program = tally.program.pk
    known = set(Group.objects.filter(program=program).values_list("name", flat=True))
    new = sorted(names - known - {""})
    intake.insert_groups(program, new, **tally.signed)
    tally.count("programs.add_group", new)
    return {group.name: group for group in Group.objects.filter(program=program)}


def bring_places(
    brought: Brought, keys: Mapping[str, int], groups: Mapping[str, Group], tally: Tally
) -> None:
    """Places of the roster: new ones, other days of those there are, and those that ended."""
    kept = _kept_places(keys, tally)
    new: list[tuple[NewPlace, int]] = []
    for patient in brought.folder.patients.values():
        by_group: dict[str, list[Place]] = defaultdict(list)
        for place in patient.places:
            by_group[place.group].append(place)
        for name, places in by_group.items():
            key = (keys[patient.id], groups[name].pk if name else None)
            lines = [brought.places[patient.id, name, each.from_on, each.until_on].line for each in places]
            new += _match(key, places, lines, kept[key], tally)
    _enrol(new, groups, tally)
    _end_places(brought, keys, groups, tally)


def _kept_places(keys: Mapping[str, int], tally: Tally) -> dict[Key, list[KeptPlace]]:
    """The places that patients have or had, by patient and group."""
    found: dict[Key, list[KeptPlace]] = defaultdict(list)
    for row in select(PLACES, [tally.program.pk, list(keys.values())]):
        found[row[1], row[2]].append(KeptPlace(*row))
    return found


def _match(
    key: Key, places: Sequence[Place], lines: Sequence[int], kept: list[KeptPlace], tally: Tally
) -> list[tuple[NewPlace, int]]:
    """What is new of one patient's places in one group. A place there already is known by its first day,
    or by its days overlapping: then it has other days than was thought."""
    left = [each for each in kept if not any(each.from_on == place.from_on for place in places)]
    new = []
    for place, line in zip(places, lines, strict=True):
        same = next((each for each in kept if each.from_on == place.from_on), None)
        found = same or next((each for each in left if not each.ended and _overlap(each, place)), None)
        if found is None:
            new.append((NewPlace(*key, place.from_on, place.until_on), line))
        elif not found.ended and (found.from_on, found.until_on) != (place.from_on, place.until_on):
            _change(found, place, line, tally)
        if found in left:
            left.remove(found)
    return new


def _overlap(kept: KeptPlace, place: Place) -> bool:
    first = max(kept.from_on or date.min, place.from_on or date.min)
    last = min(kept.until_on or date.max, place.until_on or date.max)
    return first < last


def _change(kept: KeptPlace, place: Place, line: int, tally: Tally) -> None:
    try:
        with refusing():
            Enrolment.objects.filter(pk=kept.id).update(from_on=place.from_on, until_on=place.until_on)
    except Refusal as refusal:
        tally.complain("roster.csv", line, "from", refusal.message)
    _tell("programs.change_enrolment", f"enrolment:{kept.id}", kept.patient_id, tally)


def _enrol(new: Sequence[tuple[NewPlace, int]], groups: Mapping[str, Group], tally: Tally) -> None:
    limited = {each.pk: each for each in groups.values() if each.maximum is not None or not each.is_open}
    places = [place for place, line in new if not _refused(place, line, limited, tally)]
    try:
        with refusing():
            intake.insert_places(tally.program.pk, places, **tally.signed)
    except Refusal as refusal:  # somebody enrols the same patient at this moment
        tally.complain("roster.csv", 1, "group", refusal.message)
    tally.count("programs.enrol", places)
    _check_limits(limited, new, tally)


def _refused(place: NewPlace, line: int, groups: Mapping[int, Group], tally: Tally) -> bool:
    group = groups.get(place.group_id or 0)
    late = (
        group is not None
        and not group.is_open
        and group.began_on is not None
        and place.from_on is not None
        and place.from_on > group.began_on
    )
    if late:
        tally.complain("roster.csv", line, "group", "is closed: it takes nobody in once it has begun")
    return late


def _check_limits(groups: Mapping[int, Group], new: Sequence[tuple[NewPlace, int]], tally: Tally) -> None:
    """A group with a limit takes no more than fit, on any day."""
    for place, line in new:
        group = groups.get(place.group_id or 0)
        if group is None or group.maximum is None:
            continue
        live = Enrolment.objects.filter(group=group, ended_at__isnull=True)
        spans = list(live.values_list("from_on", "until_on"))
        if peak(spans, (place.from_on, place.until_on)) > group.maximum:
            tally.complain("roster.csv", line, "group", f"is full: it takes {group.maximum}")


def _end_places(brought: Brought, keys: Mapping[str, int], groups: Mapping[str, Group], tally: Tally) -> None:
    """Places of which the roster says how they ended, once their last day is over."""
    zone = ZoneInfo(tally.program.timezone)
    for (patient, name, from_on, until_on), note in brought.places.items():
        if note.ending is None or until_on is None:
            continue
        ended_at = note.ended_at or local_midnight(until_on + timedelta(days=1), zone)
        if ended_at > tally.at:
            continue
        group = groups[name].pk if name else None
        live = Enrolment.objects.filter(
            patient=keys[patient], group=group, from_on=from_on, program=tally.program, ended_at__isnull=True
        )
        pk = live.values_list("pk", flat=True).first()
        if live.update(ended_at=ended_at, ended_by=str(tally.by), ending=note.ending.value):
            _tell("programs.end_enrolment", f"enrolment:{pk}", keys[patient], tally)


def bring_sessions(brought: Brought, groups: Mapping[str, Group], tally: Tally) -> dict[str, int]:
    """Sessions of the schedule: called off, moved, held after all, changed, and new. Keys by identifier."""
    wanted = {
        each.session.id: _as_new(each, brought.sessions[each.session.id], groups)
        for each in brought.folder.sessions.values()
    }
    kept = {row[1]: _as_kept(row) for row in select(SESSIONS, [tally.program.pk, list(wanted)])}
    both = [(kept[name], new, brought.sessions[name]) for name, new in wanted.items() if name in kept]
    _call_off(both, tally)
    _move(both, tally)
    _change_columns(both, tally)
    _reinstate(both, tally)
    added = [new for name, new in wanted.items() if name not in kept]
    made = intake.insert_sessions(tally.program.pk, added, **tally.signed)
    tally.count("programs.schedule_session", made)
    tally.new_sessions |= set(made.values())
    return {name: each.id for name, each in kept.items()} | made


def _as_new(scheduled: Scheduled, note: SessionNote, groups: Mapping[str, Group]) -> NewSession:
    session = scheduled.session
    group = groups[session.group] if session.group else None
    by_name = bool(scheduled.patient_ids)
    limit = group.maximum if group and not by_name else None
    return NewSession(
        external_id=session.id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        group_id=group.pk if group else None,
        breaks=tuple((each.start, each.end) for each in session.breaks),
        kind=session.kind,
        service=session.service,
        module=session.module,
        mode=session.mode.value,
        held=session.held.value,
        by_name=by_name,
        seats_min=scheduled.minimum,
        seats_max=note.maximum or limit,
    )


def _as_kept(row: Sequence[object]) -> Kept:
    names = list(Kept.__dataclass_fields__)
    values = dict(zip(names, [row[0], *row[2:]], strict=True))
    values["breaks"] = _breaks.decode(str(values["breaks"]))
    return Kept(**values)  # type: ignore[arg-type]


Both = Sequence[tuple[Kept, NewSession, SessionNote]]


def _call_off(both: Both, tally: Tally) -> None:
    for kept, new, note in both:
        if new.held not in (kept.held, Held.SCHEDULED.value):
            _hold(kept, new, note, "programs.cancel_session", tally)


def _reinstate(both: Both, tally: Tally) -> None:
    for kept, new, note in both:
        if new.held == Held.SCHEDULED != kept.held:
            _hold(kept, new, note, "programs.reinstate_session", tally)


def _hold(kept: Kept, new: NewSession, note: SessionNote, verb: str, tally: Tally) -> None:
    try:
        with refusing():
            intake.call_off(kept.id, Held(new.held), by=tally.by, at=tally.at)
    except Refusal as refusal:
        tally.complain("sessions.csv", note.line, "status", refusal.message)
    _tell(verb, f"session:{kept.id}", None, tally)


def _move(both: Both, tally: Tally) -> None:
    """New times. All that move let go of their people first, so that two may change places."""
    moved = [each for each in both if each[0].moves_to(each[1])]
    intake.let_go([kept.id for kept, *_ in moved])
    for kept, new, note in moved:
        try:
            with refusing():
                intake.shift_session(kept.id, starts_at=new.starts_at, ends_at=new.ends_at, breaks=new.breaks)
        except Refusal as refusal:
            tally.complain("sessions.csv", note.line, "starts_at", refusal.message)
        _tell("programs.move_session", f"session:{kept.id}", None, tally)


def _change_columns(both: Both, tally: Tally) -> None:
    names = ("group_id", "kind", "service", "module", "mode", "by_name", "seats_min")
    for kept, new, note in both:
        changes = {name: getattr(new, name) for name in names if getattr(kept, name) != getattr(new, name)}
        if note.maximum is not None and kept.seats_max != note.maximum:
            changes["seats_max"] = note.maximum
        if not changes:
            continue
        try:
            with refusing():
                Session.objects.filter(pk=kept.id).update(**changes)
        except Refusal as refusal:
            tally.complain("sessions.csv", note.line, "maximum", refusal.message)
        _tell("programs.change_session", f"session:{kept.id}", None, tally)


def bring_leaders(
    brought: Brought, sessions: Mapping[str, int], staff: Mapping[str, int], tally: Tally
) -> None:
    """Who leads each session: the first that is named is its facilitator. A blank cell says nothing."""
    wanted: dict[int, dict[NewLeader, int]] = {}
    for name, each in brought.folder.sessions.items():
        people = [part.strip().casefold() for part in each.session.facilitator.split(";") if part.strip()]
        if people:
            line = brought.sessions[name].line
            wanted[sessions[name]] = {
                NewLeader(sessions[name], staff[person], _role(place)): line
                for place, person in enumerate(dict.fromkeys(people))
            }
    live = {NewLeader(*row[1:]): row[0] for row in select(LEADERS, [list(wanted)])}
    gone = [(leader, pk) for leader, pk in live.items() if leader not in wanted[leader.session_id]]
    new = {
        leader: line for leaders in wanted.values() for leader, line in leaders.items() if leader not in live
    }
    intake.release_leaders([pk for _, pk in gone], by=tally.by, at=tally.at)
    made = set(intake.insert_leaders(new, then="ON CONFLICT DO NOTHING"))
    names = {pk: brought.staff[key] for key, pk in staff.items() if key in brought.staff}
    for leader, line in new.items():
        if (leader.session_id, leader.staff_id) not in made:
            message = f"{names[leader.staff_id]} would lead two sessions at once"
            tally.complain("sessions.csv", line, "facilitator", message)
    changed = sorted({leader.session_id for leader, _ in gone} | {leader.session_id for leader in new})
    _tell_all("programs.set_leaders", [f"session:{each}" for each in changed], tally)


def _role(place: int) -> str:
    return (Role.COFACILITATOR if place else Role.FACILITATOR).value


def bring_rooms(brought: Brought, sessions: Mapping[str, int], tally: Tally) -> None:
    """What sessions' rooms are called. Where a row names any, those it names no more are forgotten."""
    named = {sessions[name]: each.rooms for name, each in brought.folder.sessions.items() if each.rooms}
    pairs = [(session, name) for session, names in named.items() for name in names]
    wanted = {(session, normal_room(name)) for session, name in pairs}
    kept = select("SELECT id, session_id, normal FROM rooms_room WHERE session_id = ANY(%s)", [list(named)])
    gone = [pk for pk, session, normal in kept if (session, normal) not in wanted]
    if gone:
        Room.objects.filter(pk__in=gone).delete()
        tally.count("rooms.forget_room", gone)
    tally.count("rooms.name_rooms", name_rooms(names=pairs, by=tally.by, at=tally.at))


def _tell(verb: str, subject: str, patient: int | None, tally: Tally) -> None:
    _tell_all(verb, [subject], tally, patient=patient)


def _tell_all(verb: str, subjects: Sequence[str], tally: Tally, *, patient: int | None = None) -> None:
    events = [(verb, subject, patient, tally.program.pk, "import") for subject in subjects]
    record_all(events, by=tally.by, at=tally.at)
    tally.count(verb, subjects)
