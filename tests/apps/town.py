"""Programs made by the actions themselves: ada and her clinician ben in one, cleo in another."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rejoin.common.actors import COMMAND
from rejoin.people.actions import add_patient, add_staff
from rejoin.people.models import Patient, Staff
from rejoin.programs.actions import add_group, add_program, give_role, schedule_session
from rejoin.programs.intake import NewSession
from rejoin.programs.models import Group, Program, Session
from rejoin.programs.vocabulary import Role

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
"""08:00 in New York, a Monday."""
EVENING = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
"""18:00 in New York on that day."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WHO: Any = {"by": COMMAND, "at": NOW}


def a_program(slug: str = "evening") -> Program:
    return add_program(
        slug=slug,
        name=slug.title(),
        neutral_name="Harbor Office",
        call_back="555-0100",
        timezone="America/New_York",
        by=COMMAND,
        at=NOW,
    )


def a_group(program: Program, name: str = "Blue", **columns: Any) -> Group:
    return add_group(program=program, name=name, by=COMMAND, at=NOW, **columns)


def a_patient(name: str = "ada") -> Patient:
    return add_patient(external_id=name, name=name, timezone="America/New_York", by=COMMAND, at=NOW)


def a_clinician(program: Program, name: str = "ben", role: Role = Role.CLINICIAN) -> Staff:
    staff = add_staff(name=name, by=COMMAND, at=NOW)
    give_role(program=program, staff=staff, role=role, by=COMMAND, at=NOW)
    return staff


def a_session(
    program: Program,
    external_id: str = "S1",
    *,
    starts_at: datetime = EVENING,
    length: timedelta = 3 * HOUR,
    **columns: Any,
) -> Session:
    """A session; `patients`, `leaders` and `at` go to the action, the rest are its columns."""
    asked = {name: columns.pop(name) for name in ("patients", "leaders", "at") if name in columns}
    session = NewSession(external_id=external_id, starts_at=starts_at, ends_at=starts_at + length, **columns)
    return schedule_session(program=program, session=session, **{**WHO, **asked})
