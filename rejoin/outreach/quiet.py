"""Hours in which she wants no message that rings, as she sets them herself, beside those of her program's policy."""

from datetime import datetime, time, timedelta
from typing import Final

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, patient_actor
from rejoin.domain.kernel import Refusal
from rejoin.outreach.models import OwnQuiet
from rejoin.people.models import Patient

RINGING: Final = frozenset({"sms", "push", "voice_auto"})
LONGEST: Final = timedelta(hours=16)
"""Of a day's quiet: some of it has to be left, or a message waits until it is worth nothing. Ours."""
A_DAY: Final = timedelta(days=1)


@action("outreach.set_quiet")
def set_quiet(
    *, patient: Patient, from_at: time | None, until_at: time | None, by: Actor, at: datetime
) -> OwnQuiet:
    """From her next message on. Both None: the policy's hours alone."""
    if by != patient_actor(patient.pk):
        raise Refusal("quiet.not_hers", "Only she sets her own quiet hours.")
    if (from_at is None) != (until_at is None) or (from_at is not None and from_at == until_at):
        raise Refusal("quiet.half", "Quiet hours have a beginning and an end.")
    if from_at is not None and until_at is not None and _length(from_at, until_at) > LONGEST:
        raise Refusal("quiet.long", "Quiet hours are 16 hours of a day at most.")
    said = OwnQuiet.objects.create(patient=patient, from_at=from_at, until_at=until_at, at=at, by=str(by))
    record("outreach.set_quiet", f"quiet:{said.pk}", by=by, at=at, patient=patient.pk)
    return said


def quiet_of(patient: Patient) -> tuple[time, time] | None:
    """As she said last; None: the policy's hours alone."""
    last = OwnQuiet.objects.filter(patient=patient).order_by("-id").first()
    return (last.from_at, last.until_at) if last and last.from_at and last.until_at else None


def _length(from_at: time, until_at: time) -> timedelta:
    first, last = (timedelta(hours=each.hour, minutes=each.minute) for each in (from_at, until_at))
    return (last - first) % A_DAY
