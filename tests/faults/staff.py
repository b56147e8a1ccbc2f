"""What staff do in the day, through the product's own actions. When the database is lost in the middle of one,
whoever did it looks whether it is there, and does it again if it is not: as a person before a screen would."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from rejoin.attendance.actions import attest_session, record_mark, record_notice
from rejoin.attendance.models import Mark, Notice
from rejoin.common import clock
from rejoin.common.actors import Actor, staff_actor
from rejoin.domain.attendance import Held, Status
from rejoin.domain.kernel import Refusal
from rejoin.followup.actions import (
    close_case,
    give_case,
    record_attempt,
    record_disposition,
    record_promise,
    see_to_step,
)
from rejoin.followup.models import Attempt, Case, Disposition, PromisedReturn, Step
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome, Origin, SafetyResult
from rejoin.operations.opening import wait_for_database
from rejoin.people.actions import raise_flag
from rejoin.people.models import Flag, Patient, Staff
from rejoin.programs.actions import book_seat, cancel_session, end_enrolment, move_session, release_seat
from rejoin.programs.models import Enrolment, Seat, Session
from rejoin.programs.vocabulary import Ending, Release
from tests.faults.script import Act

MOST_TRIES = 40
NOTHING = "nothing to do"


class Desk:
    """Everybody who sits before a screen."""

    def __init__(self) -> None:
        self.tried_again = 0

    def do(self, act: Act) -> str:
        """What came of it: "done", a refusal's code, or that there was nothing to do."""
        for _ in range(MOST_TRIES):
            try:
                return self._do(act)
            except (OperationalError, InterfaceError):
                self.tried_again += 1
                connection.close()
                wait_for_database(given_up=lambda: False)
                time.sleep(0.05)
        raise TimeoutError(f"{act.kind} could not be done")

    def _do(self, act: Act) -> str:
        is_done, do = ACTS[act.kind]
        if is_done(act):
            return "done"
        try:
            return "done" if do(act) else NOTHING
        except Refusal as refusal:
            return refusal.code


def _coordinator(program_id: int) -> Actor:
    return staff_actor(_holder(program_id, "coordinator").pk)


def _holder(program_id: int, role: str) -> Staff:
    return Staff.objects.get(roles__program_id=program_id, roles__role=role)


def _seat(act: Act) -> Seat:
    seat: Seat = Seat.objects.select_related("session").get(pk=act.subject)
    return seat


def _case(act: Act) -> Case | None:
    return Case.objects.filter(seat_id=act.subject).first()


def _notice(act: Act) -> bool:
    seat = _seat(act)
    at = clock.now()
    record_notice(
        seat=seat,
        received_at=at,
        reason=act.more[0],
        via="phone",
        by=_coordinator(seat.session.program_id),
        at=at,
    )
    return True


def _mark(act: Act) -> bool:
    seat = _seat(act)
    record_mark(
        seat=seat, status=Status(act.more[0]), by=_coordinator(seat.session.program_id), at=clock.now()
    )
    return True


def _attest(act: Act) -> bool:
    session = Session.objects.get(pk=act.subject)
    attest_session(session=session, by=_coordinator(session.program_id), at=clock.now())
    return True


def _try(act: Act) -> bool:
    """The first step of the case that a person may try to reach her by; without one, the coordinator's own try."""
    case = _case(act)
    if case is None:
        return False
    steps = Step.objects.filter(case=case, to="patient", ended_at=None).exclude(
        actor__in=("system", "clinician")
    )
    step = steps.filter(origin=Origin.LADDER.value).order_by("due_at", "rule").first()
    record_attempt(
        case=case,
        channel="phone",
        outcome=AttemptOutcome(act.more[0]),
        step=step,
        by=_coordinator(case.program_id),
        at=clock.now(),
    )
    return True


def _tried(act: Act) -> bool:
    return Attempt.objects.filter(
        case__seat_id=act.subject, by__startswith="staff:", outcome=act.more[0]
    ).exists()


def _promise(act: Act) -> bool:
    case = _case(act)
    if case is None:
        return False
    back_at = datetime.fromisoformat(act.more[0])
    record_promise(case=case, promised_at=back_at, by=_coordinator(case.program_id), at=clock.now())
    return True


def _dispose(act: Act) -> bool:
    case = _case(act)
    if case is None:
        return False
    clinician = _holder(case.program_id, "clinician")
    record_disposition(
        case=case,
        clinician=clinician,
        result=SafetyResult(act.more[0]),
        by=staff_actor(clinician.pk),
        at=clock.now(),
    )
    return True


def _close(act: Act) -> bool:
    case = _case(act)
    if case is None:
        return False
    close_case(case=case, outcome=FinalOutcome(act.more[0]), by=_coordinator(case.program_id), at=clock.now())
    return True


def _give(act: Act) -> bool:
    case = _case(act)
    if case is None:
        return False
    owner = _holder(case.program_id, "director")
    give_case(case=case, owner=owner, by=_coordinator(case.program_id), at=clock.now())
    return True


def _flag(act: Act) -> bool:
    program = Enrolment.objects.filter(patient_id=act.subject).values_list("program_id", flat=True)[0]
    patient = Patient.objects.get(pk=act.subject)
    raise_flag(patient=patient, code=act.more[0], by=_coordinator(program), at=clock.now())
    return True


def _leave(act: Act) -> bool:
    place = Enrolment.objects.get(patient_id=act.subject)
    end_enrolment(enrolment=place, ending=Ending.WITHDREW, by=_coordinator(place.program_id), at=clock.now())
    return True


def _release(act: Act) -> bool:
    seat = _seat(act)
    release_seat(
        seat=seat, reason=Release.REQUESTED, by=_coordinator(seat.session.program_id), at=clock.now()
    )
    return True


def _read(act: Act) -> bool:
    """Everything she wrote that nobody has read."""
    steps = list(
        Step.objects.filter(patient_id=act.subject, origin=Origin.REPLY.value, ended_at=None).order_by("pk")
    )
    for step in steps:
        see_to_step(step=step, by=_coordinator(step.case.program_id), at=clock.now())
    return True


def _book(act: Act) -> bool:
    session = Session.objects.get(pk=act.more[0])
    patient = Patient.objects.get(pk=act.subject)
    book_seat(session=session, patient=patient, by=_coordinator(session.program_id), at=clock.now())
    return True


def _cancel(act: Act) -> bool:
    session = Session.objects.get(pk=act.subject)
    cancel_session(session=session, by=_coordinator(session.program_id), at=clock.now())
    return True


def _move(act: Act) -> bool:
    session = Session.objects.get(pk=act.subject)
    later = timedelta(minutes=act.more[0])
    move_session(
        session=session,
        starts_at=session.starts_at + later,
        ends_at=session.ends_at + later,
        by=_coordinator(session.program_id),
        at=clock.now(),
    )
    return True


def _has_moved(act: Act) -> bool:
    told = f"session:{act.subject}"
    from rejoin.audit.models import Event

    return Event.objects.filter(verb="programs.move_session", subject=told).exists()


Ask = Callable[[Act], bool]
ACTS: dict[str, tuple[Ask, Ask]] = {
    "notice": (
        lambda act: Notice.objects.filter(seat_id=act.subject, reason=act.more[0]).exists(),
        _notice,
    ),
    "mark": (
        lambda act: Mark.objects.filter(seat_id=act.subject, status=act.more[0], reason="").exists(),
        _mark,
    ),
    "attest": (lambda act: False, _attest),  # doing it twice attests nothing twice
    "try": (_tried, _try),
    "promise": (lambda act: PromisedReturn.objects.filter(case__seat_id=act.subject).exists(), _promise),
    "dispose": (lambda act: Disposition.objects.filter(case__seat_id=act.subject).exists(), _dispose),
    "close": (
        lambda act: Case.objects.filter(seat_id=act.subject, closed_by__startswith="staff:").exists(),
        _close,
    ),
    "give": (
        lambda act: Case.objects.filter(seat_id=act.subject, owner__roles__role="director").exists(),
        _give,
    ),
    "flag": (lambda act: Flag.objects.filter(patient_id=act.subject, code=act.more[0]).exists(), _flag),
    "leave": (
        lambda act: Enrolment.objects.filter(patient_id=act.subject, ended_at__isnull=False).exists(),
        _leave,
    ),
    "release": (
        lambda act: Seat.objects.filter(pk=act.subject, released_at__isnull=False).exists(),
        _release,
    ),
    "read": (lambda act: False, _read),  # each that was read is off the list
    "book": (
        lambda act: Seat.objects.filter(
            session_id=act.more[0], patient_id=act.subject, released_at=None
        ).exists(),
        _book,
    ),
    "cancel": (
        lambda act: Session.objects.filter(pk=act.subject).exclude(held=Held.SCHEDULED.value).exists(),
        _cancel,
    ),
    "move": (_has_moved, _move),
}
"""By kind: whether it is there already, and how it is done."""


def come_of(desk: Desk, acts: list[Act], results: dict[str, Any]) -> None:
    """Do them one after the other; what came of each goes into `results`."""
    for act in acts:
        results[f"{act.kind}:{act.subject}:{act.more}"] = desk.do(act)
    connection.close()
