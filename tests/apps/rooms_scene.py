"""Sessions with rooms to report on: ada and her group, and the same evidence worked out in one go."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rejoin.common import clock
from rejoin.common.actors import COMMAND, ENGINE, Actor, staff_actor, vendor_actor
from rejoin.domain.attendance import Presence
from rejoin.domain.attendance import Session as DomainSession
from rejoin.people.models import Address, Patient, Staff
from rejoin.programs.models import Program, Seat, Session
from rejoin.rooms.actions import add_identities, name_rooms, take_in
from rejoin.rooms.evidence import Evidence
from rejoin.rooms.exports import read_room_bytes
from rejoin.rooms.inbox import Delivery, deliver, payload_of
from rejoin.rooms.models import Identity, RawEvent, SeatEvidence, SessionEvidence, presence_of
from rejoin.rooms.placing import Placer
from rejoin.rooms.register import make_register
from rejoin.rooms.sightings import Context
from rejoin.rooms.sweep import read_events
from rejoin.rooms.timetable import Timetable

EVENING = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
"""18:00 in New York, a Monday."""
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WHO: Any = {"by": COMMAND, "at": EVENING - 48 * HOUR}


class Rooms:
    """One program; sessions, patients and what their rooms tell are added by the test."""

    def __init__(self) -> None:
        self.program = Program.objects.create(
            slug="evening",
            name="Evening",
            neutral_name="Harbor",
            call_back="555-0100",
            timezone="America/New_York",
        )
        self.ben = Staff.objects.create(name="ben")
        self.desk = staff_actor(self.ben.pk)

    def room_actor(self) -> Actor:
        return vendor_actor("livekit")

    def patient(self, name: str, **addresses: str) -> Patient:
        made = Patient.objects.create(external_id=name, name=name, timezone="America/New_York")
        for kind, value in addresses.items():
            Address.objects.create(patient=made, kind=kind, value=value, normal=value.casefold())
        return made

    def session(
        self,
        *patients: Patient,
        starts_at: datetime = EVENING,
        length: timedelta = 3 * HOUR,
        room: str | Sequence[str] = "blue",
        name: str = "",
    ) -> Session:
        made = Session.objects.create(
            program=self.program,
            external_id=name or f"S{Session.objects.count() + 1}",
            starts_at=starts_at,
            ends_at=starts_at + length,
            seats_max=None,
        )
        for patient in patients:
            Seat.objects.create(session=made, patient=patient, booked=True)
        names = [room] if isinstance(room, str) else room
        name_rooms(names=[(made.pk, each) for each in names if each], **WHO)
        return made

    def link(self, patient: Patient, ref: str | None = None, provider: str = "livekit") -> str:
        """Her reference in a join link."""
        told = ref or f"pt-{patient.external_id}"
        add_identities(identities=[(provider, told, patient.pk)], **WHO)
        return told

    def hear(self, *events: Any, provider: str = "livekit", at: datetime = EVENING) -> int:
        """Take webhooks in; nobody reads them yet."""
        bodies = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in events]
        return take_in(
            provider=provider,
            deliveries=[deliver(provider, body) for body in bodies],
            by=vendor_actor(provider),
            at=at,
        )

    def hear_numbered(self, *bodies: bytes, provider: str = "livekit", at: datetime = EVENING) -> int:
        """Take bodies in, each as an event of its own whatever it says."""
        first = RawEvent.objects.count()
        deliveries = [Delivery(event_id=f"n{first + place}", body=body) for place, body in enumerate(bodies)]
        return take_in(provider=provider, deliveries=deliveries, by=ENGINE, at=at)


def read_all(now: datetime, limit: int = 500) -> int:
    """Until nothing is left to do."""
    done = 0
    while read := read_events(now, limit):
        done += read
    return done


def seen(session: Session, patient: Patient) -> tuple[Presence, ...]:
    """Her connections, as they are kept."""
    row = SeatEvidence.objects.filter(seat__session=session, seat__patient=patient).first()
    return presence_of(row) if row else ()


def spans(session: Session, patient: Patient) -> list[tuple[datetime | None, datetime | None]]:
    return sorted(((each.start, each.end) for each in seen(session, patient)), key=str)


def kept() -> dict[str, Any]:
    """All evidence there is, without the instants at which it was worked out."""
    seats = {
        (row.seat.session_id, row.seat.patient_id): (sorted(presence_of(row), key=str), row.waited)
        for row in SeatEvidence.objects.select_related("seat")
        if row.presence or row.waited
    }
    sessions = {
        row.session_id: (row.watched, sorted(row.sources), row.stale)
        for row in SessionEvidence.objects.all()
        if row.watched or row.sources
    }
    return {"seats": seats, "sessions": sessions}


def in_one_go(now: datetime, files: Iterable[bytes] = (), zone: str = "America/New_York") -> dict[str, Any]:
    """The same evidence the sidecar's way: all that was ever delivered, at once, as logs and files of a folder."""
    logs: dict[str, list[bytes]] = {}
    for event in RawEvent.objects.filter(is_file=False, state__in=("read", "unplaced")).order_by("id"):
        logs.setdefault(event.provider, []).append(
            payload_of(event.provider, bytes(event.body)).replace(b"\n", b" ").replace(b"\r", b" ")
        )
    told = [b"\n".join(lines) for lines in logs.values()]
    told += [
        bytes(event.body) for event in RawEvent.objects.filter(is_file=True, state__in=("read", "unplaced"))
    ]
    placer = _placer(now)
    context = Context(zone=ZoneInfo(zone))
    for number, raw in enumerate((*told, *files)):
        placer.place(read_room_bytes(raw, name=f"rooms/{number}", context=context))
    placer.evidence.settle()
    return _told(placer.evidence)


def _placer(now: datetime) -> Placer:
    sessions = list(Session.objects.prefetch_related("rooms", "seats"))
    expected = {
        str(each.pk): {str(seat.patient_id) for seat in each.seats.all() if seat.released_at is None}
        for each in sessions
    }
    timetable = Timetable(
        (
            DomainSession(id=str(each.pk), starts_at=each.starts_at, ends_at=each.ends_at),
            [room.name for room in each.rooms.all()],
        )
        for each in sessions
    )
    addresses = list(Address.objects.all())
    register = make_register(
        identities=[(each.provider, each.ref, str(each.patient_id)) for each in Identity.objects.all()],
        emails=[(each.value, str(each.patient_id)) for each in addresses if each.kind == "email"],
        phones=[(each.value, str(each.patient_id)) for each in addresses if each.kind == "phone"],
    )
    return Placer(timetable, recognise=register.recognise, expected=expected.__getitem__, now=now)


def _told(evidence: Evidence) -> dict[str, Any]:
    held = set(Seat.objects.live().values_list("session_id", "patient_id"))
    seats = {
        key: (
            sorted(evidence.presence.get((str(key[0]), str(key[1])), []), key=str),
            (str(key[0]), str(key[1])) in evidence.waited,
        )
        for key in held
    }
    sessions = {
        int(each): (True, sorted(evidence.sources.get(each, ())), each in evidence.stale)
        for each in evidence.watched
    }
    return {"seats": {key: told for key, told in seats.items() if told[0] or told[1]}, "sessions": sessions}


def simulate(at: datetime) -> None:
    """The program's clock stands at an instant."""
    clock.simulate(shown_at=at, rate=0)
