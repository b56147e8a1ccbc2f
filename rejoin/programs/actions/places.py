"""Places: a patient in a group, or in the program itself. Her seats come with them and go with them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.domain.kernel import Refusal, local_day
from rejoin.people.models import Patient
from rejoin.programs import intake
from rejoin.programs.intake import NewPlace
from rejoin.programs.models import Enrolment, Group, Program, Seat, Session
from rejoin.programs.seating import hold_patients, release_seats, release_uncovered, seat_groups
from rejoin.programs.vocabulary import Ending, Release


@action("programs.enrol")
def enrol(
    *,
    patient: Patient,
    program: Program,
    group: Group | None = None,
    from_on: date | None = None,
    until_on: date | None = None,
    by: Actor,
    at: datetime,
) -> Enrolment:
    """Give her a place, from today or from `from_on`, and a seat in each of the group's sessions to come."""
    if group is not None and group.program_id != program.pk:
        raise Refusal("place.group", "This group is another program's.")
    place = NewPlace(patient.pk, group.pk if group else None, from_on or _today(program, at), until_on)
    hold_patients([patient.pk])
    with refusing():
        (made,) = intake.insert_places(program.pk, [place], by=by, at=at)
        if group is not None:
            _check_room(group, place)
            seat_groups(coming_sessions(group.pk, at), patients=[patient.pk])
    return Enrolment.objects.get(pk=made)


@action("programs.change_enrolment")
def change_enrolment(
    *, enrolment: Enrolment, from_on: date | None, until_on: date | None, by: Actor, at: datetime
) -> None:
    """A place has other days than was thought: a last day set, moved or taken back. Her seats follow."""
    if Enrolment.objects.filter(pk=enrolment.pk, ended_at__isnull=False).exists():
        raise Refusal("place.ended", "This place has ended already.")
    hold_patients([enrolment.patient_id])
    with refusing():
        Enrolment.objects.filter(pk=enrolment.pk).update(from_on=from_on, until_on=until_on)
        _follow(enrolment, by, at)
    _tell("programs.change_enrolment", enrolment, by, at)
    enrolment.refresh_from_db()


@action("programs.end_enrolment")
def end_enrolment(*, enrolment: Enrolment, ending: Ending, by: Actor, at: datetime) -> None:
    """She leaves the group or the program now, for a reason. Always said by a person; her seats to come are free."""
    refuse_machines(by, what="ends a patient's place")
    hold_patients([enrolment.patient_id])
    live = Enrolment.objects.select_related("program").filter(pk=enrolment.pk, ended_at__isnull=True).first()
    if live is None:
        raise Refusal("place.ended", "This place has ended already.")
    last = last_day(live, _today(live.program, at))
    with refusing():
        Enrolment.objects.filter(pk=live.pk).update(
            until_on=last, ended_at=at, ended_by=str(by), ending=ending.value
        )
        _follow(live, by, at)
        _leave_program(live, by, at)
    _tell("programs.end_enrolment", live, by, at, reason=ending.value)
    enrolment.refresh_from_db()


def last_day(place: Enrolment, day: date) -> date:
    """The last day of a place that ends on `day`: never after the one it had, nor before its first."""
    ends = min(place.until_on or day, day)
    return max(ends, place.from_on) if place.from_on else ends


def peak(places: Iterable[tuple[date | None, date | None]], within: tuple[date | None, date | None]) -> int:
    """How many places overlap at most on a day of `within`; ends are open where they are None."""
    begins, ends = within[0] or date.min, within[1] or date.max
    spans = [(from_on or date.min, until_on or date.max) for from_on, until_on in places]
    days = {begins, *(first for first, _ in spans if begins <= first <= ends)}
    return max(sum(first <= day <= last for first, last in spans) for day in days)


def coming_sessions(group_id: int, at: datetime) -> list[int]:
    """Sessions of the group that have not begun."""
    coming = Session.objects.filter(group_id=group_id, starts_at__gte=at, by_name=False)
    return list(coming.order_by("pk").values_list("pk", flat=True))


def _check_room(group: Group, place: NewPlace) -> None:
    """A group takes no more than fit, on any day. Held so that two that enrol at once are counted."""
    held = Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    if held.maximum is None:
        return
    live = Enrolment.objects.filter(group=held, ended_at__isnull=True)
    spans: Sequence[tuple[date | None, date | None]] = list(live.values_list("from_on", "until_on"))
    if peak(spans, (place.from_on, place.until_on)) > held.maximum:
        raise Refusal("group.full", f"The group is full: it takes {held.maximum}.")


def _follow(place: Enrolment, by: Actor, at: datetime) -> None:
    """Her seats in the group's sessions are those that the place covers now."""
    if place.group_id is None:
        return
    held = Seat.objects.live().filter(patient_id=place.patient_id, session__group_id=place.group_id)
    release_uncovered(list(held.values_list("session_id", flat=True)), by=by, at=at)
    seat_groups(coming_sessions(place.group_id, at), patients=[place.patient_id])


def _leave_program(place: Enrolment, by: Actor, at: datetime) -> None:
    """Without any other place in the program, the seats booked for her by name are given back too."""
    others = Enrolment.objects.filter(
        patient_id=place.patient_id, program_id=place.program_id, ended_at__isnull=True
    )
    if others.exists():
        return
    held = Seat.objects.live().filter(
        patient_id=place.patient_id, session__program_id=place.program_id, session__starts_at__gte=at
    )
    release_seats(list(held.values_list("pk", flat=True)), why=Release.LEFT, by=by, at=at)


def _today(program: Program, at: datetime) -> date:
    return local_day(at, ZoneInfo(program.timezone))


def _tell(verb: str, place: Enrolment, by: Actor, at: datetime, *, reason: str = "") -> None:
    record(
        verb,
        f"enrolment:{place.pk}",
        by=by,
        at=at,
        patient=place.patient_id,
        program=place.program_id,
        reason=reason,
    )
