"""The program whose room is a real one: six people, on real time, and a session that begins when somebody looks.

The video engine stamps what happens with the real clock, so that nothing here can be played faster. It is noon where
the program is at the moment it is brought in, whatever the hour: none of the next hours is quiet.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from rejoin.accounts.actions import open_account
from rejoin.common.actors import COMMAND, IMPORT
from rejoin.common.rows import execute
from rejoin.demo.folders import SESSIONS, SHIPPED, SHIPPED_DAYS, replaced, write_table
from rejoin.domain.attendance import Held
from rejoin.operations.importing import import_folder
from rejoin.people.models import Staff
from rejoin.programs.actions import add_program, schedule_session
from rejoin.programs.intake import NewSession
from rejoin.programs.models import Group, Program, Session
from rejoin.visits.words.states import STATES

BEN: Final = "ben"
"""Leads the group."""
MINA: Final = "mina"
"""Coordinates, and is asked to call."""
VISITED: Final = ("ada", "dora")
"""Whoever tries it out goes in as these."""
MISSING: Final = "eve"
"""Does not come."""
GROUP: Final = "Blue"
SLUG: Final = "noon"
NOON: Final = 12
BEGAN_BEFORE: Final = timedelta(minutes=3, seconds=30)
"""How long the session has run when the first one looks: a minute and a half is left until who is missing is written to."""
LASTS: Final = timedelta(minutes=90)
ALONE: Final = 7_345_210
"""Any number: two who look at once begin one session."""
NEW_YORK: Final = "timezone: America/New_York"


def zone_of_noon(at: datetime) -> str:
    """Where clocks show twelve then. POSIX has its signs the other way round."""
    west = at.astimezone(UTC).hour - NOON
    return f"Etc/GMT{west:+d}" if west else "Etc/GMT"


def bring_in(folder: Path, *, at: datetime) -> None:
    """The program and its people, imported as any other's; each may sign in."""
    zone = zone_of_noon(at)
    _write_folder(folder, zone, since=str((at - timedelta(days=30)).date()))
    program = add_program(
        slug=SLUG,
        name="Noon group",
        neutral_name="Noon House",
        call_back="212-555-0100",
        timezone=zone,
        part2=True,
        by=COMMAND,
        at=at,
    )
    import_folder(path=folder, program=program, by=IMPORT, at=at)
    for person in Staff.objects.order_by("pk"):
        open_account(person=person, email=f"{slugify(person.name)}@staff.example", by=COMMAND, at=at)


def session_now(*, at: datetime, began_before: timedelta = BEGAN_BEFORE) -> Session:
    """The session that runs; where none does, one that began a little ago, or when the one before it was over."""
    with transaction.atomic():
        execute("SELECT pg_advisory_xact_lock(%s)", [ALONE])
        running = Session.objects.filter(starts_at__lte=at, ends_at__gt=at, held=Held.SCHEDULED.value).first()
        if running:
            return running
        before = Session.objects.filter(held=Held.SCHEDULED.value).aggregate(Max("ends_at"))["ends_at__max"]
        return _begin(max(filter(None, (at - began_before, before))), at=at)


def _begin(starts_at: datetime, *, at: datetime) -> Session:
    group = Group.objects.select_related("program").get(name=GROUP)
    session = NewSession(
        external_id=f"{SLUG}-{starts_at:%Y%m%d%H%M%S}",
        starts_at=starts_at,
        ends_at=starts_at + LASTS,
        group_id=group.pk,
        service="group",
    )
    ben = Staff.objects.get(name=BEN)
    return schedule_session(program=group.program, session=session, leaders=[ben], by=COMMAND, at=at)


def the_program() -> Program:
    return Program.objects.get(slug=SLUG)


def _write_folder(folder: Path, zone: str, *, since: str) -> None:
    """As `rejoin import` reads it. The policy is the one that ships for evenings, at noon."""
    folder.mkdir(parents=True)
    (shipped,) = SHIPPED.glob("a-*.yaml")
    policy = replaced(shipped.read_text(encoding="utf-8"), NEW_YORK, f"timezone: {zone}")
    policy = replaced(policy, SHIPPED_DAYS, f"effective: {{from: {since}, until: null}}")
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    patients = (*VISITED, MISSING)
    write_table(
        folder / "roster.csv",
        [
            ("patient_id", "name", "email", "phone", "timezone", "state", "group", "from", "flags"),
            *(
                (f"N-{number}", name, "", f"212-555-01{number}", zone, "NY", GROUP, since, "")
                for number, name in enumerate(patients, 11)
            ),
        ],
    )
    write_table(folder / "sessions.csv", [SESSIONS])
    write_table(
        folder / "consents.csv",
        [
            ("patient_id", "channel", "granted", "at"),
            *((f"N-{number}", "sms", "true", f"{since}T10:00") for number, _ in enumerate(patients, 11)),
        ],
    )
    # Wherever somebody says she is while she tries it, ben may treat her there.
    states = "; ".join(code for code, _ in STATES)
    write_table(
        folder / "staff.csv",
        [
            ("name", "licensed_states", "roles"),
            (BEN, states, "facilitator; counselor; clinician"),
            (MINA, states, "coordinator; supervisor"),
        ],
    )
