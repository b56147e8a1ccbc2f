"""The address that her own calendar asks: one for each patient who wants it, renewed or ended by a tap, and worthless then.

It names nobody: a reference made at random, signed. Without our key nobody makes one of it, so what is kept is no secret.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.outreach.models import CalendarFeed
from rejoin.people.models import Patient

SALT: Final = "rejoin.outreach.calendar"
LONGEST: Final = 200


@action("outreach.open_calendar")
def open_calendar(*, patient: Patient, by: Actor, at: datetime) -> CalendarFeed:
    """From now on this address and no older one of hers tells when her appointments are."""
    _end(patient, by, at)
    with refusing():
        made = CalendarFeed.objects.create(patient=patient, made_at=at)
    record("outreach.open_calendar", f"calendar:{made.pk}", by=by, at=at, patient=patient.pk)
    return made


@action("outreach.close_calendar")
def close_calendar(*, patient: Patient, by: Actor, at: datetime) -> None:
    """Whoever has an address of hers finds nothing there any more."""
    if _end(patient, by, at):
        record("outreach.close_calendar", f"patient:{patient.pk}", by=by, at=at, patient=patient.pk)
    else:
        nothing_to_tell("outreach.close_calendar")


def _end(patient: Patient, by: Actor, at: datetime) -> int:
    live = CalendarFeed.objects.filter(patient=patient, ended_at=None)
    return int(live.update(ended_at=at, ended_by=str(by)))


def calendar_url(patient: Patient) -> str:
    """In full, behind her door; "": she has none."""
    live = CalendarFeed.objects.filter(patient=patient, ended_at=None).first()
    return f"{settings.BASE_URL}{reverse('calendar', args=[token_of(live.ref)])}" if live else ""


def token_of(ref: UUID) -> str:
    return _signer().sign(urlsafe_b64encode(ref.bytes).rstrip(b"=").decode())


def feed_of(token: str) -> CalendarFeed | None:
    """Whose address it is. Asked before anybody is known, outside of the door; None: not signed by us, or ended."""
    if len(token) > LONGEST:
        return None
    try:
        ref = UUID(bytes=urlsafe_b64decode(_signer().unsign(token) + "=="))
    except BadSignature:
        return None
    live: CalendarFeed | None = (
        CalendarFeed.objects.filter(ref=ref, ended_at=None).select_related("patient").first()
    )
    return live


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")
