"""What a patient writes on her own page: before a person at once, as a text of hers is."""

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.wakes import LOOK, wake
from rejoin.domain.kernel import Refusal
from rejoin.outreach.keywords import Said
from rejoin.outreach.models import Reply, VendorDelivery
from rejoin.people.models import Patient
from rejoin.programs.models import Enrolment
from rejoin.programs.seating import hold_patients

PORTAL: Final = "portal"
LONGEST: Final = 2000
"""Characters of one message. Ours."""
SAME_WITHIN: Final = timedelta(minutes=1)
"""The same words within it came by a second tap. Ours."""


@action("outreach.write")
def write(*, patient: Patient, text: str, by: Actor, at: datetime) -> Reply:
    """Keep her words, and put them before the coordinators of her programs. No keyword in them is obeyed.

    The same words within a minute, and not read yet, are one message: the one that is kept already.
    """
    words = text.strip().replace("\x00", "")
    if not words:
        raise Refusal("words.empty", "There is nothing to send yet.")
    if len(words) > LONGEST:
        raise Refusal("words.long", f"A message has {LONGEST} characters at most.")
    hold_patients([patient.pk])
    last = Reply.objects.filter(patient=patient, channel=PORTAL).order_by("-id").first()
    if last is not None and last.unread and last.text == words and last.at > at - SAME_WITHIN:
        nothing_to_tell("outreach.write")
        return last
    delivery = VendorDelivery.objects.create(
        vendor=PORTAL,
        event_id=f"portal:{uuid4()}",
        kind="written",
        received_at=at,
        body=json.dumps({"patient": patient.pk}).encode(),
        read_at=at,
    )
    reply = Reply.objects.create(
        delivery=delivery,
        patient=patient,
        channel=PORTAL,
        meaning=Said.REPLY.value,
        text=words,
        programs=_programs_of(patient),
        at=at,
        by=str(by),
    )
    record("outreach.write", f"reply:{reply.pk}", by=by, at=at, patient=patient.pk)
    wake(LOOK)
    return reply


def _programs_of(patient: Patient) -> list[int]:
    """Where she has a place, else wherever she had one."""
    places = Enrolment.objects.filter(patient=patient)
    now = set(places.filter(ended_at=None).values_list("program", flat=True))
    return sorted(now or set(places.values_list("program", flat=True)))
