"""Time made for make-ups: openings for one-to-ones, extra sessions, and who is not to meet whom."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.domain.kernel import Refusal, local_day
from rejoin.makeups.models import ExtraSession, KeptApart, Opening
from rejoin.people.models import Licence, Patient, Staff
from rejoin.programs.models import Program, Session


@action("makeups.open_time")
def open_time(
    *,
    program: Program,
    staff: Staff,
    starts_at: datetime,
    ends_at: datetime,
    minutes: int = 50,
    by: Actor,
    at: datetime,
) -> Opening:
    """A clinician's time for one-to-ones of `minutes` each, where she may practise by her licences of that day."""
    refuse_machines(by, what="gives somebody's time")
    if ends_at <= at:
        raise Refusal("opening.past", "This time is over.")
    day = local_day(starts_at, ZoneInfo(program.timezone))
    licences = Licence.objects.filter(staff=staff, valid__contains=day).values_list("state", flat=True)
    with refusing():
        opening = Opening.objects.create(
            program=program,
            staff=staff,
            starts_at=starts_at,
            ends_at=ends_at,
            minutes=minutes,
            states=sorted({each.upper() for each in licences}),
        )
    record("makeups.open_time", f"opening:{opening.pk}", by=by, at=at, program=program.pk)
    return opening


@action("makeups.close_opening")
def close_opening(*, opening: Opening, by: Actor, at: datetime) -> None:
    """No more one-to-ones are laid into it. Those that are booked stay."""
    closed = Opening.objects.filter(pk=opening.pk, closed_at=None).update(closed_at=at, closed_by=str(by))
    if not closed:
        raise Refusal("opening.closed", "This time is closed already.")
    opening.refresh_from_db()
    record("makeups.close_opening", f"opening:{opening.pk}", by=by, at=at, program=opening.program_id)


@action("makeups.mark_extra")
def mark_extra(*, session: Session, by: Actor, at: datetime) -> ExtraSession:
    """This session is held for people who missed another: it stands for any module in its track."""
    refuse_machines(by, what="makes a session an extra one")
    with refusing():
        extra = ExtraSession.objects.create(session=session, at=at, by=str(by))
    record("makeups.mark_extra", f"session:{session.pk}", by=by, at=at, program=session.program_id)
    return extra


@action("makeups.keep_apart")
def keep_apart(
    *,
    program: Program,
    one: Patient,
    other: Patient,
    apart: bool = True,
    words: str = "",
    by: Actor,
    at: datetime,
) -> KeptApart:
    """Two patients are not seated in one group by a make-up; with `apart` false they may be again."""
    refuse_machines(by, what="keeps two people apart")
    low, high = sorted((one, other), key=lambda each: each.pk)
    with refusing():
        said = KeptApart.objects.create(
            program=program, patient=low, other=high, apart=apart, words=words.strip(), at=at, by=str(by)
        )
    for each in (low, high):
        record(
            "makeups.keep_apart", f"keptapart:{said.pk}", by=by, at=at, patient=each.pk, program=program.pk
        )
    return said
