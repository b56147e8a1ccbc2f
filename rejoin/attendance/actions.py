"""What people say of attendance. A mark is the record; whatever it corrects stays."""

from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from rejoin.attendance.models import CheckIn, DayClose, Mark, Notice, Outcome, SeatStatus
from rejoin.attendance.sweep import hold_sessions, look_at_sessions
from rejoin.audit.trail import action, record, record_all
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.common.seeing import sees_all_of
from rejoin.domain.attendance import Held, Status
from rejoin.domain.kernel import Refusal, local_day, local_midnight
from rejoin.domain.kernel.phones import normal_phone
from rejoin.people.models import Licence, Patient
from rejoin.programs.models import Program, Seat, Session, SessionStaff


@action("attendance.mark")
def record_mark(
    *, seat: Seat, status: Status, reason: str = "", via: str = "", by: Actor, at: datetime
) -> Mark:
    """Attest one seat. An earlier mark is corrected by this one, and kept. `via`: "phone", where no room saw her."""
    if status is Status.UNRECORDED:
        raise Refusal("mark.unrecorded", "Unrecorded means that nobody knows: mark what you saw.")
    if seat.session.starts_at > at and status not in (Status.EXCUSED, Status.CANCELLED):
        raise Refusal("mark.early", "This session has not begun: nothing of it can be attested yet.")
    hold_sessions([seat.session_id])
    earlier = Mark.objects.filter(seat=seat).order_by("-id").first()
    mark = Mark.objects.create(
        seat=seat,
        patient_id=seat.patient_id,
        status=status.value,
        reason=reason,
        via=via,
        corrects=earlier,
        at=at,
        by=str(by),
    )
    _tell("attendance.mark", seat, by=by, at=at, reason="corrects" if earlier else "")
    look_at_sessions([seat.session_id], by=by, at=at)
    return mark


@action("attendance.attest")
def attest_session(*, session: Session, by: Actor, at: datetime) -> int:
    """Attest every seat of a session that is over as the room tells it. Returns how many are left.

    Seats nobody knows about are left: those have to be marked one by one.
    """
    if session.ends_at > at:
        raise Refusal("attest.early", "This session is still running.")
    hold_sessions([session.pk])
    look_at_sessions([session.pk], by=by, at=at)
    open_seats = list(SeatStatus.objects.filter(session=session).to_attest().select_related("seat"))
    known = [each for each in open_seats if each.status != Status.UNRECORDED]
    for each in known:
        Mark.objects.create(
            seat=each.seat,
            patient_id=each.patient_id,
            status=each.status,
            at=at,
            by=str(by),
            corrects=_mark_of(each),
        )
    record_all(
        [
            ("attendance.attest", f"session:{session.pk}", None, session.program_id, ""),
            *[
                ("attendance.attest", f"seat:{each.seat_id}", each.patient_id, session.program_id, "")
                for each in known
            ],
        ],
        by=by,
        at=at,
    )
    look_at_sessions([session.pk], by=by, at=at)
    return len(open_seats) - len(known)


@action("attendance.notice")
def record_notice(
    *, seat: Seat, received_at: datetime, reason: str = "", via: str = "", by: Actor, at: datetime
) -> Notice:
    """She said that she cannot come, or afterwards why she did not: for the patient or by her."""
    if received_at > at:
        raise Refusal("notice.future", "A notice cannot have come in after now.")
    notice = Notice.objects.create(
        seat=seat,
        patient_id=seat.patient_id,
        received_at=received_at,
        reason=reason,
        via=via,
        at=at,
        by=str(by),
    )
    _tell("attendance.notice", seat, by=by, at=at)
    return notice


def has_said_so(*, seat: Seat, reason: str, via: str, since: datetime) -> bool:
    """Whether what she said last of a seat is this very notice, and not long ago."""
    last = Notice.objects.filter(seat=seat).order_by("-id").first()
    return last is not None and (last.reason, last.via) == (reason, via) and last.received_at > since


class Whereabouts(TypedDict, total=False):
    """What she is asked about where she is; what was not asked is left out."""

    place: str
    """The address, or what emergency services need to find her."""
    call_back: str
    alone: bool | None
    driving: bool | None
    contact_right: bool | None


@action("attendance.check_in")
def record_check_in(
    *, seat: Seat, state: str, by: Actor, at: datetime, **where: Unpack[Whereabouts]
) -> CheckIn:
    """Where she says she is; beside it, where those who lead may practise on the program's day."""
    _refuse_odd_place(where)
    today = local_day(at, ZoneInfo(seat.session.program.timezone))
    with refusing():
        check_in = CheckIn.objects.create(
            seat=seat,
            patient_id=seat.patient_id,
            state=state.upper(),
            licensed=licensed_states(seat.session, on=today),
            at=at,
            by=str(by),
            **where,
        )
    _tell("attendance.check_in", seat, by=by, at=at)
    return check_in


@action("attendance.whereabouts")
def record_whereabouts(
    *, patient: Patient, state: str = "", by: Actor, at: datetime, **where: Unpack[Whereabouts]
) -> CheckIn:
    """Where she says she is, outside a session: in a call, or on her own page. It admits her to nothing."""
    _refuse_odd_place(where)
    with refusing():
        check_in = CheckIn.objects.create(
            patient=patient, state=state.strip().upper(), at=at, by=str(by), **where
        )
    record("attendance.whereabouts", f"patient:{patient.pk}", by=by, at=at, patient=patient.pk)
    return check_in


@action("attendance.close_day")
def close_day(*, program: Program, day: date, by: Actor, at: datetime) -> DayClose:
    """Close a program's day once it is over there. Nothing of it may be running, unrecorded or unattested.

    That it was closed then stays so, whatever comes in later. A session that is added to it keeps the day open
    again (`what_blocks`), and what is said or decided of its seats afterwards is told by `changed_since_close`.
    """
    _, ends = _span_of(program, day)
    if ends > at:
        raise Refusal("day.not_over", "This day is not over yet where the program is.")
    if not sees_all_of(program.pk):
        raise Refusal("day.not_all_seen", "A day is closed by somebody who sees all patients of the program.")
    left = what_blocks(program, day=day, at=at)
    if left:
        raise Refusal("day.open", f"{len(left)} seats of this day are unrecorded or not attested yet.")
    if DayClose.objects.filter(program=program, day=day).exists():
        raise Refusal("day.closed", "This day is closed already.")
    record("attendance.close_day", f"program:{program.pk}", by=by, at=at, program=program.pk)
    return DayClose.objects.create(program=program, day=day, at=at, by=str(by))


def what_blocks(program: Program, *, day: date, at: datetime) -> list[int]:
    """Seats that keep a day open: of sessions not over, without an outcome, unrecorded or not attested."""
    begins, ends = _span_of(program, day)
    settled = SeatStatus.objects.filter(
        Q(attested=True) | Q(status=Status.CANCELLED.value), seat=OuterRef("pk"), provisional=False
    )
    seats = Seat.objects.live().filter(
        session__program=program, session__starts_at__gte=begins, session__starts_at__lt=ends
    )
    return list(
        seats.exclude(Exists(settled), session__ends_at__lte=at).values_list("pk", flat=True)
    ) or _not_over(program, begins, ends, at)


def changed_since_close(program: Program, *, day: date) -> list[int]:
    """Seats of a closed day that were marked, or whose outcome was decided, after somebody closed it."""
    close = DayClose.objects.filter(program=program, day=day).first()
    if close is None:
        return []
    begins, ends = _span_of(program, day)
    marked = Mark.objects.filter(seat=OuterRef("pk"), at__gt=close.at)
    decided = Outcome.objects.filter(seat=OuterRef("pk"), at__gt=close.at)
    seats = Seat.objects.filter(
        Exists(marked) | Exists(decided),
        session__program=program,
        session__starts_at__gte=begins,
        session__starts_at__lt=ends,
    )
    return list(seats.order_by("pk").values_list("pk", flat=True))


def licensed_states(session: Session, *, on: date) -> list[str] | None:
    """Where somebody leading `session` may practise; None when no licence of theirs is on file."""
    leaders = SessionStaff.objects.filter(session=session, released_at__isnull=True).values("staff")
    known = Licence.objects.filter(staff__in=leaders)
    if not known.exists():
        return None
    return sorted(set(known.filter(valid__contains=on).values_list("state", flat=True)))


def _refuse_odd_place(where: Whereabouts) -> None:
    call_back = where.get("call_back", "")
    if call_back and normal_phone(call_back) is None:
        raise Refusal("check_in.call_back", "This is not a phone number.")


def _span_of(program: Program, day: date) -> tuple[datetime, datetime]:
    """The day's first instant on the program's clock, and the next day's."""
    zone = ZoneInfo(program.timezone)
    return local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)


def _not_over(program: Program, begins: datetime, ends: datetime, at: datetime) -> list[int]:
    running = Session.objects.filter(
        program=program, starts_at__gte=begins, starts_at__lt=ends, ends_at__gt=at, held=Held.SCHEDULED.value
    )
    return list(Seat.objects.live().filter(session__in=running).values_list("pk", flat=True))


def _mark_of(status: SeatStatus) -> Mark | None:
    return Mark.objects.filter(seat_id=status.seat_id).order_by("-id").first()


def _tell(verb: str, seat: Seat, *, by: Actor, at: datetime, reason: str = "") -> None:
    record(
        verb,
        f"seat:{seat.pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=seat.session.program_id,
        reason=reason,
    )
