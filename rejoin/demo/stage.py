"""Where the cast acts: names become rows, and words become actions of people who work here."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

from rejoin.common.actors import Actor, patient_actor, staff_actor
from rejoin.followup.models import Case, Step
from rejoin.outreach.models import Message
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Seat, Session

TIMEOUT_SECONDS: Final = 10


@dataclass(slots=True)
class Stage:
    """Everybody by name, and everything since the story began."""

    began_at: datetime
    sms_vendor: str

    def patient(self, name: str) -> Patient:
        return Patient.objects.get(name=name)

    def staff(self, name: str) -> Staff:
        return Staff.objects.get(name=name)

    def as_staff(self, name: str) -> Actor:
        return staff_actor(self.staff(name).pk)

    def as_patient(self, name: str) -> Actor:
        return patient_actor(self.patient(name).pk)

    def session(self, external_id: str) -> Session:
        return Session.objects.get(external_id=external_id)

    def seat(self, name: str, session: str) -> Seat:
        seat: Seat = Seat.objects.live().get(patient__name=name, session__external_id=session)
        return seat

    def case(self, name: str, session: str = "") -> Case | None:
        """Her newest case since the story began, or that of one session."""
        cases = Case.objects.filter(patient__name=name, opened_at__gte=self.began_at)
        if session:
            cases = cases.filter(session__external_id=session)
        return cases.order_by("-opened_at").first()

    def step(self, name: str, rule: str) -> Step | None:
        """What her newest case has on somebody's list."""
        case = self.case(name)
        return case.steps.to_do().filter(rule__startswith=rule).first() if case else None

    def messages(self, name: str) -> list[Message]:
        """What she was to be sent about her newest case."""
        case = self.case(name)
        return list(Message.objects.filter(about=f"case:{case.pk}").order_by("pk")) if case else []

    def text_us(self, number: str, body: str) -> None:
        """A patient texts the number that texts come from: the vendor tells us."""
        parts = urlsplit(self.sms_vendor)
        with closing(HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)) as line:
            content: dict[str, Any] = {"from": number, "body": body}
            line.request("POST", "/_control/inbound", json.dumps(content))
            line.getresponse().read()
