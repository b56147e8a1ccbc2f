"""A browser of hers that may show notices: she turns it on in that browser, and off again. What it shows is neutral."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common import clock
from rejoin.common.actors import Actor, patient_actor
from rejoin.domain.kernel import Refusal
from rejoin.outreach.calendars import close_calendar
from rejoin.outreach.channels.push_web import PUSH_SERVICES, subscription_in
from rejoin.outreach.models import PushSubscription
from rejoin.people.models import Patient

LONGEST: Final = 4000
"""Characters of what a browser tells of itself."""
HERE: Final = "push_here"
"""In her session: the address of this browser, where it shows her notices. With the session they end."""


def public_key() -> str:
    """What a browser asks for before it lets anybody send to it; "": no notices leave from here."""
    return str(settings.CHANNEL_SETTINGS.get("REJOIN_VAPID_PUBLIC_KEY", ""))


@action("outreach.subscribe")
def subscribe(*, patient: Patient, told: str, by: Actor, at: datetime) -> PushSubscription:
    """From now on this browser shows her notices. One that showed somebody else's shows hers alone."""
    services = tuple(settings.CHANNEL_SETTINGS.get("REJOIN_PUSH_SERVICES", "").split()) or PUSH_SERVICES
    subscription = subscription_in(told, services=services) if len(told) <= LONGEST else None
    if subscription is None:
        raise Refusal("push.unknown", "This browser cannot show notices from us.")
    kept, _ = PushSubscription.objects.update_or_create(
        endpoint=subscription["endpoint"],
        defaults={"patient": patient, "subscription": subscription, "made_at": at, "gone_at": None},
    )
    record("outreach.subscribe", f"push:{kept.pk}", by=by, at=at, patient=patient.pk)
    return kept


@action("outreach.unsubscribe")
def unsubscribe(*, patient: Patient, endpoint: str, by: Actor, at: datetime) -> None:
    """This browser of hers shows no more."""
    live = PushSubscription.objects.filter(patient=patient, endpoint=endpoint, gone_at=None)
    if live.update(gone_at=at):
        record("outreach.unsubscribe", f"patient:{patient.pk}", by=by, at=at, patient=patient.pk)
    else:
        nothing_to_tell("outreach.unsubscribe")


def is_shown_here(request: HttpRequest, patient: Patient, endpoint: str) -> bool:
    """Whether this browser shows her notices, and nobody else's: what a browser says of itself outlives whoever used it."""
    live = PushSubscription.objects.filter(patient=patient, endpoint=endpoint, gone_at=None).exists()
    request.session[HERE] = endpoint if live else ""
    return live


def on_sign_out(request: HttpRequest, user: Any, **_: Any) -> None:
    """Django's own signal, before the session is forgotten: whoever has the phone next is shown nothing of hers."""
    endpoint, patient = request.session.get(HERE, ""), getattr(user, "patient", None)
    if endpoint and patient is not None:
        unsubscribe(patient=patient, endpoint=endpoint, by=patient_actor(patient.pk), at=clock.now())


def on_account_closed(user: Any, by: Actor, at: datetime, **_: Any) -> None:
    """Whoever signs in no more cannot turn off by herself what goes out by her browsers and her calendar."""
    patient = getattr(user, "patient", None)
    if patient is None:
        return
    live = PushSubscription.objects.filter(patient=patient, gone_at=None)
    for endpoint in list(live.values_list("endpoint", flat=True)):
        unsubscribe(patient=patient, endpoint=endpoint, by=by, at=at)
    close_calendar(patient=patient, by=by, at=at)
