"""What a patient says of herself that staff must know when she is missing."""

from datetime import datetime

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor, patient_actor
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Flag, Patient


@action("people.flag_herself")
def flag_herself(*, patient: Patient, code: str, by: Actor, at: datetime) -> Flag:
    """She says what her program's policy follows up on. A person ends it, as any other flag; one that stands is left."""
    if by != patient_actor(patient.pk):
        raise Refusal("flag.not_hers", "Only she says this of herself.")
    flag, new = Flag.objects.get_or_create(
        patient=patient, code=code, ended_at=None, defaults={"raised_at": at, "raised_by": str(by)}
    )
    if new:
        record("people.flag_herself", f"flag:{flag.pk}", by=by, at=at, patient=patient.pk, reason=code)
    else:
        nothing_to_tell("people.flag_herself")
    return flag
