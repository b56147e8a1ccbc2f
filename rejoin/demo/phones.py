"""What patients hold in their hands: every message that left for them, and what they wrote back; and writing as one.

What is shown is what the platform says it sent, told at the patient's own clock. A text from here takes the way that
any text takes: the vendor tells our web of it in a webhook it has signed.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal

SHOWN: Final = 4
"""Of one patient's, beside others'."""
ALL: Final = 200
LONGEST: Final = 320
TIMEOUT_SECONDS: Final = 10
BUBBLES: Final = """
WITH said AS (
    SELECT message.patient_id, message.channel, message.body, message.state,
           (SELECT min(event.at) FROM outreach_messageevent AS event
             WHERE event.message_id = message.id AND event.state IN ('sending', 'sent', 'unknown')) AS at, false AS hers
      FROM outreach_message AS message WHERE message.state IN ('sent', 'delivered', 'unknown')
    UNION ALL
    SELECT reply.patient_id, reply.channel, reply.text, '', reply.at, true
      FROM outreach_reply AS reply WHERE reply.patient_id IS NOT NULL
), placed AS (
    SELECT said.*, row_number() OVER (PARTITION BY patient_id ORDER BY at DESC, hers DESC) AS place,
           max(at) OVER (PARTITION BY patient_id) AS last_at
      FROM said
), latest AS (
    SELECT patient_id FROM placed WHERE place = 1 AND (%(ref)s::uuid IS NULL OR patient_id =
           (SELECT id FROM people_patient WHERE ref = %(ref)s))
     ORDER BY last_at DESC, patient_id LIMIT %(phones)s
)
SELECT patient.ref, patient.name, patient.timezone,
       (SELECT value FROM people_address AS address
         WHERE address.patient_id = patient.id AND address.kind = 'phone' AND address.retired_at IS NULL
         ORDER BY address.rank, address.id LIMIT 1),
       placed.channel, placed.body, placed.state, placed.at, placed.hers, placed.last_at
  FROM placed JOIN latest USING (patient_id) JOIN people_patient AS patient ON patient.id = placed.patient_id
 WHERE placed.place <= %(bubbles)s ORDER BY placed.last_at DESC, patient.id, placed.place DESC
"""
PATIENT: Final = """
SELECT patient.name, patient.timezone, (SELECT normal FROM people_address AS address
         WHERE address.patient_id = patient.id AND address.kind = 'phone' AND address.retired_at IS NULL
         ORDER BY address.rank, address.id LIMIT 1)
  FROM people_patient AS patient WHERE patient.ref = %s
"""
CHANNELS: Final = {
    "sms": "Text",
    "email": "E-mail",
    "push": "Push notice",
    "secure_message": "Secure message",
}
ARRIVED: Final = {"delivered": "delivered", "sent": "sent", "unknown": "sent, perhaps"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message on her phone."""

    at: datetime
    clock: str
    """ "Wed 17:25", on her own clock."""
    text: str
    channel: str
    hers: bool
    """She wrote it."""
    arrived: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One patient's."""

    ref: UUID
    name: str
    number: str
    zone: str
    """The city whose clock hers is: "Chicago"."""
    bubbles: Sequence[Bubble]


def latest_phones(count: int) -> list[Phone]:
    """Of those patients to whom something was said last."""
    return _phones({"ref": None, "phones": count, "bubbles": SHOWN})


def phone_of(ref: UUID) -> Phone | None:
    """Everything on her phone; None: there is nobody of that reference."""
    found = _phones({"ref": ref, "phones": 1, "bubbles": ALL})
    if found:
        return found[0]
    rows = select(PATIENT, [ref])
    if not rows:
        return None
    ((name, zone, number),) = rows
    return Phone(ref=ref, name=name, number=number or "", zone=_city(zone), bubbles=())


def text_as(ref: UUID, words: str) -> None:
    """A text from her number to the program's."""
    rows = select(PATIENT, [ref])
    number = rows[0][2] if rows else None
    said = words.strip()
    if not number:
        raise Refusal("demonstration.nobody", "She has no number to write from.")
    if not said or len(said) > LONGEST:
        raise Refusal("demonstration.words", f"A text has 1 to {LONGEST} characters.")
    parts = urlsplit(settings.CHANNEL_SETTINGS["TWILIO_API_BASE"])
    with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)) as line:
        try:
            line.request("POST", "/_control/inbound", json.dumps({"from": number, "body": said}))
            line.getresponse().read()
        except (OSError, HTTPException):
            raise Refusal("demonstration.vendor", "The fake text vendor does not answer.") from None


def _phones(asked: dict[str, object]) -> list[Phone]:
    phones: dict[UUID, tuple[Sequence[Any], list[Bubble]]] = {}
    for row in select(BUBBLES, asked):
        ref, _, zone, _, channel, body, state, at, hers, _ = row
        bubble = Bubble(
            at=at,
            clock=f"{at.astimezone(ZoneInfo(zone)):%a %H:%M}",
            text=body,
            channel=CHANNELS.get(channel, channel),
            hers=hers,
            arrived=ARRIVED.get(state, ""),
        )
        phones.setdefault(ref, (row, []))[1].append(bubble)
    return [
        Phone(ref=row[0], name=row[1], number=row[3] or "", zone=_city(row[2]), bubbles=bubbles)
        for row, bubbles in phones.values()
    ]


def _city(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
