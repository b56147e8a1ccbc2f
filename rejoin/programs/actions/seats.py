"""Seats booked for one patient, and seats given back."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.domain.attendance import Held
from rejoin.domain.kernel import Refusal, local_day
from rejoin.people.models import Patient
from rejoin.programs.models import Enrolment, Seat, Session
from rejoin.programs.seating import Pair, insert_seats, release_seats
from rejoin.programs.vocabulary import Release


@action("programs.book_seat")
def book_seat(*, session: Session, patient: Patient, by: Actor, at: datetime) -> Seat:
    """A seat in one session that has not ended, for a patient of its program."""
    current = Session.objects.select_related("program").get(pk=session.pk)
    if current.held != Held.SCHEDULED:
        raise Refusal("seat.not_held", "This session is not held.")
    if current.ends_at <= at:
        raise Refusal("seat.over", "This session is over.")
    day = local_day(current.starts_at, ZoneInfo(current.program.timezone))
    if not Enrolment.objects.filter(patient=patient, program=current.program).live_on(day).exists():
        raise Refusal("seat.not_enrolled", "The patient has no place in this program on that day.")
    with refusing():
        ((made, _, _),) = insert_seats([Pair(current.pk, patient.pk)], booked=True)
    record("programs.book_seat", f"seat:{made}", by=by, at=at, patient=patient.pk, program=current.program_id)
    return Seat.objects.get(pk=made)


@action("programs.release_seat")
def release_seat(*, seat: Seat, reason: Release, by: Actor, at: datetime) -> None:
    """Give a seat back. She is not expected in the session any more, and may be booked elsewhere."""
    with refusing():
        if not release_seats([seat.pk], why=reason, by=by, at=at):
            raise Refusal("seat.released", "This seat was given back already.")
    seat.refresh_from_db()
