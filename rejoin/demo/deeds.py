"""What the cast does. Each deed waits until it can be done, and is done by the action that staff would use."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from rejoin.attendance.actions import attest_session, record_mark, record_notice
from rejoin.attendance.models import SeatStatus
from rejoin.demo.stage import Stage
from rejoin.domain.attendance import Held, Status
from rejoin.fakes.ledger import order_fates
from rejoin.followup.actions import (
    record_attempt,
    record_disposition,
    record_promise,
    see_to_step,
    settle_unknown,
)
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult
from rejoin.outreach.vocabulary import MessageState
from rejoin.people.models import Consent, Contact
from rejoin.programs.actions import cancel_session, end_enrolment
from rejoin.programs.models import Enrolment
from rejoin.programs.vocabulary import Ending


class Deed(Protocol):
    """One thing that happens in the story."""

    def is_ready(self, stage: Stage) -> bool:
        """Whether it can be done now; until then the clock waits."""

    def do(self, stage: Stage, at: datetime) -> None:
        """Do it, at this instant of program time."""


class Waits:
    """A deed of nobody's: the clock waits for the engine, and nothing is done."""

    def do(self, stage: Stage, at: datetime) -> None:
        """Nothing: what was waited for has happened."""


@dataclass(frozen=True, slots=True)
class Noticed(Waits):
    """The engine has opened a case for each, and whatever message it asked for is on its way or done with."""

    patients: tuple[str, ...]
    session: str = ""

    def is_ready(self, stage: Stage) -> bool:
        return all(self._is_noticed(stage, name) for name in self.patients)

    def _is_noticed(self, stage: Stage, name: str) -> bool:
        moving = (MessageState.QUEUED, MessageState.SENDING)
        case = stage.case(name, self.session)
        return case is not None and all(each.state not in moving for each in stage.messages(name))


@dataclass(frozen=True, slots=True)
class Closed(Waits):
    """The engine has closed their cases, with this outcome."""

    patients: tuple[str, ...]
    outcome: str

    def is_ready(self, stage: Stage) -> bool:
        cases = [stage.case(name) for name in self.patients]
        return all(case is not None and case.final_outcome == self.outcome for case in cases)


@dataclass(frozen=True, slots=True)
class OnTheList(Waits):
    """The engine has put this on somebody's list."""

    patient: str
    rule: str

    def is_ready(self, stage: Stage) -> bool:
        return stage.step(self.patient, self.rule) is not None


@dataclass(frozen=True, slots=True)
class Sent(Waits):
    """So many messages about her case have left, and none is in doubt."""

    patient: str
    count: int

    def is_ready(self, stage: Stage) -> bool:
        left = [
            each.state in (MessageState.SENT, MessageState.DELIVERED) for each in stage.messages(self.patient)
        ]
        return len(left) >= self.count and all(left)


@dataclass(frozen=True, slots=True)
class Unsure(Waits):
    """Nobody knows what became of her latest message."""

    patient: str

    def is_ready(self, stage: Stage) -> bool:
        return any(each.state == MessageState.UNKNOWN for each in stage.messages(self.patient))


@dataclass(frozen=True, slots=True)
class Stopped(Waits):
    """She has taken her consent to texts back."""

    patient: str

    def is_ready(self, stage: Stage) -> bool:
        said = Consent.objects.filter(patient=stage.patient(self.patient), channel="sms", granted=False)
        return said.exists()


@dataclass(frozen=True, slots=True)
class Recorded(Waits):
    """Every seat of a session stands like this."""

    session: str
    status: Status

    def is_ready(self, stage: Stage) -> bool:
        session = stage.session(self.session)
        found = SeatStatus.objects.filter(session=session).values_list("status", flat=True)
        return bool(found) and len(found) == session.seats_taken and set(found) == {self.status.value}


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody takes a step of the ladder, and writes down what came of it."""

    by: str
    patient: str
    step: str
    outcome: AttemptOutcome
    channel: str = "phone"
    to: str = ""
    """The name of whoever around her is called instead."""

    def is_ready(self, stage: Stage) -> bool:
        return stage.step(self.patient, self.step) is not None

    def do(self, stage: Stage, at: datetime) -> None:
        case, step = stage.case(self.patient), stage.step(self.patient, self.step)
        if case is None or step is None:
            raise LookupError(f"no step {self.step} for {self.patient}")
        contact = Contact.objects.get(patient=case.patient_id, name=self.to) if self.to else None
        record_attempt(
            case=case,
            step=step,
            channel=self.channel,
            outcome=self.outcome,
            contact=contact,
            by=stage.as_staff(self.by),
            at=at,
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """She said when she will be back."""

    by: str
    patient: str
    until: datetime

    def is_ready(self, stage: Stage) -> bool:
        return stage.case(self.patient) is not None

    def do(self, stage: Stage, at: datetime) -> None:
        case = stage.case(self.patient)
        if case is None:
            raise LookupError(f"no case of {self.patient}")
        record_promise(case=case, promised_at=self.until, by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class Dispose:
    """A clinician has spoken with her after an elevated miss."""

    by: str
    patient: str
    result: SafetyResult
    instrument: str

    def is_ready(self, stage: Stage) -> bool:
        case = stage.case(self.patient)
        return case is not None and case.elevated

    def do(self, stage: Stage, at: datetime) -> None:
        case = stage.case(self.patient)
        if case is None:
            raise LookupError(f"no case of {self.patient}")
        record_disposition(
            case=case,
            clinician=stage.staff(self.by),
            result=self.result,
            instrument=self.instrument,
            by=stage.as_staff(self.by),
            at=at,
        )


@dataclass(frozen=True, slots=True)
class Says:
    """A patient texts us: after our text has reached her, or of her own accord."""

    patient: str
    body: str

    def is_ready(self, stage: Stage) -> bool:
        return any(
            each.state in (MessageState.SENT, MessageState.DELIVERED) for each in stage.messages(self.patient)
        )

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - the vendor has no program clock
        number = stage.patient(self.patient).addresses.get(kind="phone").normal
        stage.text_us(number, self.body)


@dataclass(frozen=True, slots=True)
class TextsUs:
    """A patient texts back."""

    patient: str
    body: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - she can at any time
        return True

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - the vendor has no program clock
        stage.text_us(stage.patient(self.patient).addresses.filter(kind="phone")[0].normal, self.body)


@dataclass(frozen=True, slots=True)
class SeesTo:
    """Somebody is done with a step that is no call: a reply read, an apology made."""

    by: str
    patient: str
    rule: str

    def is_ready(self, stage: Stage) -> bool:
        return stage.step(self.patient, self.rule) is not None

    def do(self, stage: Stage, at: datetime) -> None:
        step = stage.step(self.patient, self.rule)
        if step is None:
            raise LookupError(f"no step {self.rule} for {self.patient}")
        see_to_step(step=step, by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class FindsOut:
    """Somebody has asked the vendor what became of a message."""

    by: str
    patient: str
    went_out: bool

    def is_ready(self, stage: Stage) -> bool:
        return stage.step(self.patient, "unknown_send:") is not None

    def do(self, stage: Stage, at: datetime) -> None:
        step = stage.step(self.patient, "unknown_send:")
        if step is None:
            raise LookupError(f"nothing is unknown about {self.patient}")
        settle_unknown(step=step, went_out=self.went_out, by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class CannotCome:
    """A patient says beforehand that she cannot come."""

    patient: str
    session: str
    reason: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - she can say so at any time
        return True

    def do(self, stage: Stage, at: datetime) -> None:
        seat = stage.seat(self.patient, self.session)
        by = stage.as_patient(self.patient)
        record_notice(seat=seat, received_at=at, reason=self.reason, via="portal", by=by, at=at)


@dataclass(frozen=True, slots=True)
class Marks:
    """A facilitator says what became of a seat."""

    by: str
    session: str
    patients: tuple[str, ...]
    status: Status

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - what she saw she can say at once
        return True

    def do(self, stage: Stage, at: datetime) -> None:
        for name in self.patients:
            seat = stage.seat(name, self.session)
            record_mark(seat=seat, status=self.status, by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class Attests:
    """A facilitator attests a whole session as the room tells it."""

    by: str
    session: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - once it is over
        return True

    def do(self, stage: Stage, at: datetime) -> None:
        attest_session(session=stage.session(self.session), by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class CallsOff:
    """The program does not hold a session, or the platform was down."""

    by: str
    session: str
    held: Held

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - a person decides
        return True

    def do(self, stage: Stage, at: datetime) -> None:
        cancel_session(session=stage.session(self.session), held=self.held, by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class Transfers:
    """Somebody leaves for another program."""

    by: str
    patient: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - as above
        return True

    def do(self, stage: Stage, at: datetime) -> None:
        for place in Enrolment.objects.filter(patient__name=self.patient, ended_at__isnull=True):
            end_enrolment(enrolment=place, ending=Ending.TRANSFERRED, by=stage.as_staff(self.by), at=at)


@dataclass(frozen=True, slots=True)
class VendorWill:
    """What becomes of the next message at a vendor, whosever it is."""

    ledger: Path
    fate: str

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - vendors do as they please
        return True

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - as above
        order_fates(self.ledger, self.fate)
