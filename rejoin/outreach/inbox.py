"""What vendors tell us, taken in raw and first, and read by a sweep: status reports and what patients wrote."""

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import ENGINE, Actor, patient_actor, vendor_actor
from rejoin.common.sweeping import backoff
from rejoin.common.wakes import LOOK, wake
from rejoin.outreach.channels.sms_codes import refusal_of
from rejoin.outreach.channels.sms_webhooks import Delivery, Malformed, read_inbound, read_status_report
from rejoin.outreach.keywords import Said, classify
from rejoin.outreach.models import Message, Reply, VendorDelivery
from rejoin.outreach.outbox import Letter, Move, move_messages, queue_messages
from rejoin.outreach.vocabulary import MessageState
from rejoin.outreach.wanted import Wanted, ask_about
from rejoin.people.actions import record_consent, record_stop
from rejoin.people.addresses import normal_address
from rejoin.people.models import Address, Consent, Patient
from rejoin.people.vocabulary import AddressKind, Purpose
from rejoin.programs.models import Enrolment

log = logging.getLogger("rejoin.inbox")
STATES = {
    Delivery.SENT: MessageState.SENT,
    Delivery.DELIVERED: MessageState.DELIVERED,
    Delivery.FAILED: MessageState.FAILED,
    Delivery.ON_ITS_WAY: MessageState.SENT,
}
SMS = "sms"
TWILIO = "twilio"
UNREADABLE = "unreadable"
"""A delivery that is not what a vendor sends: a person has to look at it."""
MOST_FAILURES = 1000
ANSWER_WITHIN = timedelta(hours=1)


@action("outreach.take_in")
def take_in(
    *, vendor: str, kind: str, params: Mapping[str, str], query: Mapping[str, str], by: Actor, at: datetime
) -> None:
    """Keep a signed delivery as it came. The same one again is the same row."""
    body = json.dumps({"params": dict(params), "query": dict(query)}, sort_keys=True).encode()
    delivery, new = VendorDelivery.objects.get_or_create(
        vendor=vendor,
        event_id=_event_id(kind, params, body),
        defaults={"kind": kind, "received_at": at, "body": body},
    )
    if new:
        record("outreach.take_in", f"delivery:{delivery.pk}", by=by, at=at, reason=kind)
        wake(LOOK)
    else:
        nothing_to_tell("outreach.take_in")


def read_deliveries(*, now: datetime, batch: int = 200) -> int:
    """Read one batch of deliveries. One that cannot be read is put aside and told; the rest go on.

    Each in a transaction of its own: readers who held many messages would wait for each other in a ring.
    """
    for read in range(batch):
        if not _read_next(now):
            return read
    return batch


def _read_next(now: datetime) -> bool:
    with transaction.atomic():
        delivery = (
            VendorDelivery.objects.select_for_update(skip_locked=True)
            .filter(Q(next_try_at=None) | Q(next_try_at__lte=now), read_at=None)
            .exclude(error=UNREADABLE)
            .order_by("id")
            .first()
        )
        if delivery is not None:
            _read_one(delivery, now)
    return delivery is not None


@action("outreach.read")
def read_delivery(*, delivery: VendorDelivery, by: Actor, at: datetime) -> None:
    """Turn one delivery into what it means: a message's next state, or somebody's words."""
    told = _told_by(delivery)
    if delivery.kind == "status":
        _read_status(told["params"], told["query"], at)
    else:
        _read_reply(delivery, told["params"], at)
    delivery.read_at, delivery.error = at, ""
    delivery.save(update_fields=["read_at", "error"])
    record("outreach.read", f"delivery:{delivery.pk}", by=by, at=at, reason=delivery.kind)


def answer_always() -> None:
    """Answers to what a patient wrote are wanted whatever became of a case."""
    ask_about("reply", lambda abouts, _now: dict.fromkeys(abouts, Wanted.YES))


def _read_one(delivery: VendorDelivery, now: datetime) -> None:
    try:
        read_delivery(delivery=delivery, by=ENGINE, at=now)
    except (OperationalError, InterfaceError):
        raise
    except Malformed:
        log.warning("inbox.delivery_unreadable", extra={"delivery_id": delivery.pk})
        _put_aside(delivery, UNREADABLE, now)
    except Exception:  # our own fault: it is kept, told, and tried until it is read, since it may be a STOP
        log.exception("inbox.delivery_failed", extra={"delivery_id": delivery.pk})
        _put_aside(delivery, "failed", now)


def _put_aside(delivery: VendorDelivery, error: str, now: datetime) -> None:
    VendorDelivery.objects.filter(pk=delivery.pk).update(
        tries=min(delivery.tries + 1, MOST_FAILURES), error=error, next_try_at=now + backoff(delivery.tries)
    )


def _told_by(delivery: VendorDelivery) -> dict[str, dict[str, str]]:
    try:
        told: dict[str, dict[str, str]] = json.loads(bytes(delivery.body))
    except ValueError:
        raise Malformed("body") from None
    if not isinstance(told, dict) or not all(
        isinstance(told.get(part), dict) for part in ("params", "query")
    ):
        raise Malformed("body")
    return told


def _event_id(kind: str, params: Mapping[str, str], body: bytes) -> str:
    sid = params.get("MessageSid") or params.get("SmsSid")
    if not sid:
        return f"{kind}:{hashlib.sha256(body).hexdigest()}"
    return f"{kind}:{sid}:{params.get('MessageStatus', '')}"[:160]


def _read_status(params: Mapping[str, str], query: Mapping[str, str], at: datetime) -> None:
    report = read_status_report(params, query)
    # Our key is ours alone; which of the vendor's ids is whose may have been a guess of a look-up's.
    named = Message.objects.filter(key=report.key) if report.key else Message.objects.none()
    message = named.first() or Message.objects.filter(vendor_id=report.vendor_id).first()
    state = STATES.get(report.status)
    if message is None or state is None:
        return
    error = ""
    if state is MessageState.FAILED:
        refusal = refusal_of(report.error or "")
        error = "stopped" if refusal.stopped else f"{refusal.why.value}:{refusal.code}"
        if refusal.stopped:
            _stop(message.patient, vendor_actor(TWILIO), at)
    move_messages([Move(message.pk, state, error, report.vendor_id)], by=vendor_actor(TWILIO), at=at)


def _read_reply(delivery: VendorDelivery, params: Mapping[str, str], at: datetime) -> None:
    """Keep what was written, do what its keyword asks, and leave the rest to a person.

    A number that two patients share is nobody's words; a STOP from it stops texts to both.
    """
    inbound = read_inbound(params)
    owners = _owners(inbound.from_number)
    meaning = classify(inbound.body)
    only = owners[0] if len(owners) == 1 else None
    reply, _ = Reply.objects.get_or_create(
        delivery=delivery,
        defaults={
            "patient": only,
            "channel": SMS,
            "meaning": meaning.value,
            "text": inbound.body,
            "at": at,
            "by": str(patient_actor(only.pk) if only else vendor_actor(TWILIO)),
        },
    )
    for patient in owners:
        if meaning is Said.STOP:
            _stop(patient, patient_actor(patient.pk), at)
    if only is not None and meaning is Said.START:
        _start(only, at)
    if only is not None and meaning in (Said.START, Said.HELP):
        _answer(reply, only, "help_answer" if meaning is Said.HELP else "start_confirmation", at)


def _owners(number: str) -> list[Patient]:
    normal = normal_address(AddressKind.PHONE.value, number)
    addresses = Address.objects.filter(kind=AddressKind.PHONE.value, normal=normal, retired_at=None)
    return list(Patient.objects.filter(pk__in=addresses.values("patient")).order_by("pk"))


def _stop(patient: Patient, by: Actor, at: datetime) -> None:
    record_stop(patient=patient, channel=SMS, by=by, at=at)


def _start(patient: Patient, at: datetime) -> None:
    """START takes a STOP back; it is no first consent."""
    if Consent.objects.filter(patient=patient, channel=SMS, contact=None, granted=True).exists():
        record_consent(
            patient=patient,
            channel=SMS,
            purpose=Purpose.MESSAGES,
            granted=True,
            source="reply",
            by=patient_actor(patient.pk),
            at=at,
        )


def _answer(reply: Reply, patient: Patient, template: str, at: datetime) -> None:
    """One answer to one text: who we are and how to stop, as the carriers ask."""
    place = Enrolment.objects.filter(patient=patient).order_by(F("ended_at").desc(nulls_first=True)).first()
    if place is None:
        return
    letter = Letter(
        key=f"reply:{reply.pk}:{template}:0",
        about=f"reply:{reply.pk}",
        patient_id=patient.pk,
        program_id=place.program_id,
        channel=SMS,
        template=template,
        language=patient.language,
        not_before=at,
        expires_at=at + ANSWER_WITHIN,
        quiet=None,
    )
    queue_messages([letter], by=ENGINE, at=at)
