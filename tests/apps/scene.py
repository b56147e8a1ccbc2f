"""A small program to stand on: ada and her clinician ben in one program, cleo in another."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

import rejoin
from rejoin.attendance.sweep import sweep_sessions
from rejoin.common import clock
from rejoin.common.actors import IMPORT, Actor, staff_actor
from rejoin.domain.attendance import Presence
from rejoin.followup.hearing import sweep_messages, take_replies
from rejoin.followup.models import Case
from rejoin.followup.nudging import sweep_nudges
from rejoin.followup.patterns import sweep_patients
from rejoin.followup.sweep import sweep_cases, sweep_statuses
from rejoin.outreach.channels.port import Accepted, Channel, Refused, Sendable
from rejoin.outreach.sending import send_due
from rejoin.people.family_facts import GuardianWord
from rejoin.people.models import Address, Consent, Contact, Flag, Licence, Patient, Staff
from rejoin.programs.models import (
    CareTeamMember,
    Enrolment,
    Group,
    PolicyVersion,
    Program,
    Seat,
    Session,
    SessionStaff,
    StaffRole,
)
from rejoin.rooms.models import SeatEvidence, SessionEvidence

START = datetime(2026, 10, 7, 22, 0, tzinfo=UTC)
"""18:00 in New York, a Wednesday."""
SHIPPED = Path(rejoin.__file__).parent / "policies"
LETTERS = {each.name[0]: each for each in sorted(SHIPPED.glob("[a-e]-*.yaml"))}


@dataclass
class FakeChannel:
    """Takes whatever it is given, or does what it is told to do instead."""

    sent: list[Sendable] = field(default_factory=list)
    does: list[Any] = field(default_factory=list)
    found: Accepted | None = None

    def send(self, sendable: Sendable, *, now: datetime) -> Accepted | Refused:
        step = self.does.pop(0) if self.does else None
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Refused):
            return step
        self.sent.append(sendable)
        return Accepted(vendor_id=f"SM{len(self.sent):032x}")

    def look_up(self, sendable: Sendable, **_: Any) -> Accepted | None:
        return self.found


class Scene:
    """One program with its people; sessions are added by the test."""

    def __init__(self, policy: str = "a", *, slug: str = "evening") -> None:
        clock.simulate(shown_at=START - timedelta(hours=1), rate=0)
        self.program = Program.objects.create(
            slug=slug,
            name="Evening",
            neutral_name="Harbor Office",
            call_back="555-0100",
            timezone="America/New_York",
        )
        self.policy = publish(self.program, LETTERS[policy].read_text())
        self.group = Group.objects.create(program=self.program, name="Blue")
        self.ben = self.hire("ben", "counselor", "clinician", "therapist")
        self.supervisor = self.hire("supervisor", "supervisor")
        self.coordinator = self.hire("coordinator", "coordinator")
        self.sms = FakeChannel()
        self.push = FakeChannel()

    def hire(self, name: str, *roles: str) -> Staff:
        staff = Staff.objects.create(name=f"{name} of {self.program.slug}")
        for role in roles:
            StaffRole.objects.create(
                program=self.program,
                staff=staff,
                role=role,
                from_at=START - timedelta(days=90),
                from_by=str(IMPORT),
            )
        Licence.objects.create(staff=staff, state="NY", valid=(date(2026, 1, 1), None))
        return staff

    def admit(
        self, name: str, *, sms: bool = True, phone: str = "+15550100", timezone: str = "America/New_York"
    ) -> Patient:
        patient = Patient.objects.create(
            external_id=f"{self.program.slug}-{name}", name=name, timezone=timezone
        )
        Enrolment.objects.create(
            patient=patient,
            program=self.program,
            group=self.group,
            from_on=(START - timedelta(days=60)).date(),
        )
        Address.objects.create(patient=patient, kind="phone", value=phone, normal=phone)
        CareTeamMember.objects.create(
            patient=patient,
            program=self.program,
            staff=self.ben,
            role="counselor",
            from_at=START - timedelta(days=60),
            from_by=str(IMPORT),
        )
        if sms:
            self.consent(patient, "sms")
        return patient

    def consent(
        self,
        patient: Patient,
        channel: str,
        *,
        granted: bool = True,
        at: datetime | None = None,
        contact: Contact | None = None,
        purpose: str = "messages",
    ) -> Consent:
        if contact is not None and contact.relation == "guardian":
            GuardianWord.objects.create(
                patient=patient,
                guardian=contact,
                contact=contact,
                purpose=purpose,
                granted=granted,
                at=at or START - timedelta(days=30),
                by=str(IMPORT),
            )
        return Consent.objects.create(
            patient=patient,
            contact=contact,
            purpose=purpose,
            channel=channel,
            granted=granted,
            at=at or START - timedelta(days=30),
            by=str(IMPORT),
        )

    def flag(self, patient: Patient, code: str) -> Flag:
        return Flag.objects.create(
            patient=patient, code=code, raised_at=START - timedelta(days=3), raised_by="staff:1"
        )

    def session(
        self, *patients: Patient, starts_at: datetime = START, minutes: int = 195, **fields: Any
    ) -> Session:
        session = Session.objects.create(
            program=self.program,
            group=self.group,
            external_id=f"S{Session.objects.count() + 1}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            **fields,
        )
        SessionStaff.objects.create(session=session, staff=self.ben)
        for patient in patients:
            Seat.objects.create(session=session, patient=patient)
        return session

    def watched(self, session: Session, *seen: tuple[Patient, datetime, datetime | None]) -> None:
        """What the room says: who was seen from when to when. Said again, it replaces what was said."""
        at = session.starts_at
        for patient, start, end in seen:
            seat = Seat.objects.filter(session=session, patient=patient).latest("pk")
            presence = msgspec.to_builtins([Presence(source="livekit-webhook", start=start, end=end)])
            SeatEvidence.objects.update_or_create(
                seat=seat, defaults={"first_join": start, "presence": presence, "worked_out_at": at}
            )
        SessionEvidence.objects.update_or_create(
            session=session, defaults={"watched": True, "sources": ["livekit-webhook"], "worked_out_at": at}
        )

    def run(self, at: datetime, *, send: bool = True) -> None:
        """Everything the engine does at `at`, until nothing is left to do."""
        clock.simulate(shown_at=at, rate=0)
        channels: dict[str, Channel] = {"sms": self.sms, "push": self.push}
        for _ in range(20):
            did = (
                sweep_sessions(now=at)
                + sweep_statuses(now=at)
                + sweep_nudges(now=at)
                + sweep_messages(now=at)
            )
            did += take_replies(by=IMPORT, at=at) + sweep_cases(now=at) + sweep_patients(now=at)
            did += send_due(now=at, channels=channels) if send else 0
            if not did:
                return
        raise AssertionError("the engine does not come to rest")

    def case(self, patient: Patient) -> Case:
        return Case.objects.filter(patient=patient).latest("opened_at")

    def as_ben(self) -> Actor:
        return staff_actor(self.ben.pk)


def publish(program: Program, text: str) -> PolicyVersion:
    """A policy as it stands, whatever the linter would say of the schedule."""
    version = next(int(line.split(":")[1]) for line in text.splitlines() if line.startswith("version:"))
    return PolicyVersion.objects.create(
        program=program,
        version=version,
        effective=(date(2026, 1, 1), None),
        text=text,
        opens_on=["missed", "not_admitted", "not_admissible"],
        at=START - timedelta(days=200),
        by=str(IMPORT),
    )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
