"""A browser of hers that may show notices: she turns it on in that browser, and off again. What it shows is neutral."""

from datetime import datetime
from typing import Final

from django.conf import settings

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.domain.kernel import Refusal
from rejoin.outreach.channels.push_web import PUSH_SERVICES, subscription_in
from rejoin.outreach.models import PushSubscription
from rejoin.people.models import Patient

LONGEST: Final = 4000
"""Characters of what a browser tells of itself."""


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
