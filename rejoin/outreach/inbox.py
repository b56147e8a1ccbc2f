"""What vendors tell us, taken in raw and first, and read by a sweep: status reports and what patients wrote."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import ENGINE, Actor, patient_actor, vendor_actor
from rejoin.common.sweeping import backoff
from rejoin.common.wakes import LOOK, wake
from rejoin.outreach.channels.sms_codes import refusal_of
from rejoin.outreach.channels.sms_webhooks import Delivery, Malformed, read_inbound, read_status_report
from rejoin.outreach.keywords import Said, classify, is_bare
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
LONGEST_EVENT_ID = 160
A_MOMENT = timedelta(seconds=1)
SAME_INSTANT = timedelta(microseconds=1)
"""Between two keywords of hers that came in at one instant: the later one holds."""
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
        _read_status(delivery, told["params"], told["query"], at)
    else:
        _read_reply(delivery, told["params"], at)
    delivery.read_at, delivery.error = at, ""
    delivery.save(update_fields=["read_at", "error"])
    record("outreach.read", f"delivery:{delivery.pk}", by=by, at=at, reason=delivery.kind)


class TooEarly(Exception):
    """A START after words of the same sender that nobody could read yet: a STOP may be among them."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__("too early")
        self.until = until


def answer_always() -> None:
    """Answers to what a patient wrote are wanted whatever became of a case."""
    ask_about("reply", lambda abouts, _now: dict.fromkeys(abouts, Wanted.YES))


def _read_one(delivery: VendorDelivery, now: datetime) -> None:
    try:
        read_delivery(delivery=delivery, by=ENGINE, at=now)
    except (OperationalError, InterfaceError):
        raise
    except TooEarly as early:
        _let_wait(delivery, max(early.until or now, now + A_MOMENT))
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


def _let_wait(delivery: VendorDelivery, until: datetime) -> None:
    VendorDelivery.objects.filter(pk=delivery.pk).update(next_try_at=until)


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
    """What the vendor calls it; a digest where that is nothing, or nothing that can be kept as text."""
    sid = params.get("MessageSid") or params.get("SmsSid")
    name = f"{kind}:{sid}:{params.get('MessageStatus', '')}"
    if sid and name.isascii() and name.isprintable() and len(name) <= LONGEST_EVENT_ID:
        return name
    return f"{kind}:{hashlib.sha256(body).hexdigest()}"


def _read_status(
    delivery: VendorDelivery, params: Mapping[str, str], query: Mapping[str, str], at: datetime
) -> None:
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
            _stop(message.patient, vendor_actor(TWILIO), delivery.received_at)
    move_messages([Move(message.pk, state, error, report.vendor_id)], by=vendor_actor(TWILIO), at=at)


def _read_reply(delivery: VendorDelivery, params: Mapping[str, str], at: datetime) -> None:
    """Keep what was written, do what its keyword asks, and leave the rest to a person.

    A number that two patients share is nobody's words; a STOP from it stops texts to both.
    """
    inbound = read_inbound(params)
    owners = _owners(inbound.from_number)
    meaning = classify(inbound.body)
    if meaning is Said.START:
        _refuse_before_its_turn(delivery, inbound.from_number)
    only = owners[0] if len(owners) == 1 else None
    obeyed = _obey(meaning, owners, delivery)
    reply, _ = Reply.objects.get_or_create(
        delivery=delivery,
        defaults={
            "patient": only,
            "channel": SMS,
            "meaning": meaning.value,
            "text": inbound.body,
            "programs": _programs_of(owners),
            "unread": not (obeyed and is_bare(inbound.body)),
            "at": delivery.received_at,
            "by": str(patient_actor(only.pk) if only else vendor_actor(TWILIO)),
        },
    )
    if only is not None and meaning in (Said.START, Said.HELP):
        _answer(reply, only, "help_answer" if meaning is Said.HELP else "start_confirmation", at)


def _refuse_before_its_turn(delivery: VendorDelivery, number: str) -> None:
    """What she allows is not read before all she wrote earlier. A STOP waits for nothing."""
    earlier = VendorDelivery.objects.filter(kind=delivery.kind, read_at=None, pk__lt=delivery.pk)
    sender = normal_address(AddressKind.PHONE.value, number)
    for each in earlier.exclude(error=UNREADABLE).order_by("-pk"):
        if _sender(each) == sender:
            raise TooEarly(each.next_try_at)


def _sender(delivery: VendorDelivery) -> str | None:
    try:
        number = _told_by(delivery)["params"].get("From")
    except Malformed:
        return None
    return normal_address(AddressKind.PHONE.value, number) if isinstance(number, str) else None


def _obey(meaning: Said, owners: Sequence[Patient], delivery: VendorDelivery) -> bool:
    """Do what a keyword asks. False where something is left for a person."""
    if meaning is Said.STOP:
        for each in owners:
            _stop(each, patient_actor(each.pk), _said_at(delivery, each, meaning))
        return bool(owners)
    if len(owners) != 1:
        return False
    if meaning is Said.START:
        return _start(owners[0], _said_at(delivery, owners[0], meaning))
    return meaning is Said.HELP and Enrolment.objects.filter(patient=owners[0]).exists()


def _said_at(delivery: VendorDelivery, patient: Patient, meaning: Said) -> datetime:
    """When she asked for it: as it came in. Of two keywords of one instant the later one holds, in doubt STOP."""
    at = delivery.received_at
    keywords = (Said.STOP.value, Said.START.value)
    beside = Reply.objects.filter(patient=patient, at=at, meaning__in=keywords)
    if meaning is Said.START and beside.filter(meaning=Said.STOP.value, delivery__gt=delivery.pk).exists():
        return at
    return at + SAME_INSTANT * beside.filter(delivery__lt=delivery.pk).count()


def _programs_of(patients: Sequence[Patient]) -> list[int]:
    """Whose coordinators read what these write: where each has a place, else wherever she had one."""
    found: set[int] = set()
    for each in patients:
        places = Enrolment.objects.filter(patient=each)
        now = places.filter(ended_at=None).values_list("program", flat=True)
        found |= set(now) or set(places.values_list("program", flat=True))
    return sorted(found)


def _owners(number: str) -> list[Patient]:
    normal = normal_address(AddressKind.PHONE.value, number)
    addresses = Address.objects.filter(kind=AddressKind.PHONE.value, normal=normal, retired_at=None)
    return list(Patient.objects.filter(pk__in=addresses.values("patient")).order_by("pk"))


def _stop(patient: Patient, by: Actor, at: datetime) -> None:
    record_stop(patient=patient, channel=SMS, by=by, at=at)


def _start(patient: Patient, at: datetime) -> bool:
    """START takes a STOP back; it is no first consent. Whether there was one."""
    granted = Consent.objects.filter(patient=patient, channel=SMS, contact=None, granted=True)
    if not granted.exists():
        return False
    record_consent(
        patient=patient,
        channel=SMS,
        purpose=Purpose.MESSAGES,
        granted=True,
        source="reply",
        by=patient_actor(patient.pk),
        at=at,
    )
    return True


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
