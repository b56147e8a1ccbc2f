"""Taking in a folder: the sidecar's tables, checked as it checks them, and brought in whole or not at all.

Beside the sidecar's own columns: `state` and `counselor` of a patient, `ending` (and `ended_at`) of a place in
roster.csv; `roles` in staff.csv;
`maximum`, `also_expected` and `not_expected` in sessions.csv; `purpose`, `until`, `source` and `contact_name`
in consents.csv; and a table series.csv of sessions that recur (series_id, group, patient_id, kind, service,
mode, timezone, starts_on, start_time, minutes, breaks, rrule, skip, facilitator, cofacilitator, meeting_id).

The same folder twice changes nothing. What a row says otherwise than before is the action that fits: a moved
session is moved, a place that ended is ended. A blank cell says nothing, and nor does a row that is not there
any more: a place ends by its `until`, a session by its `status`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.rows import execute
from rejoin.domain.kernel import Problem
from rejoin.operations.importing import facts, people, schedule, team
from rejoin.operations.importing.family import bring_family
from rejoin.operations.importing.policies import bring_policy
from rejoin.operations.importing.reading import Brought, read
from rejoin.operations.importing.seating import Seating
from rejoin.operations.importing.series import bring_series
from rejoin.operations.importing.tally import Tally, say_nothing
from rejoin.programs.books import books_of
from rejoin.programs.models import Program
from rejoin.sheets.refused import BadInput

PARTS: Final = (
    *("The tables", "Patients", "Staff", "Groups and places", "Sessions", "Seats", "Roles"),
    *("Marks, notices and check-ins", "Series", "Policy"),
)
"""In the order in which they are brought in, as `begin` is told of them."""


def anything(brought: Brought, tally: Tally) -> None:
    """Whoever has the command line may bring in whatever a folder says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to. `notes` are rows that were read and had no effect."""

    did: MappingProxyType[str, int]
    """How often each action was done, by its verb; empty: the folder said nothing new."""
    notes: tuple[Problem, ...]


@action("operations.import_folder")
def import_folder(
    *,
    path: Path,
    program: Program,
    accept: Collection[str] = (),
    check: Callable[[Brought, Tally], None] = anything,
    begin: Callable[[str], None] = say_nothing,
    by: Actor,
    at: datetime,
) -> Imported:
    """Take in the folder, whole or not at all. BadInput lists every problem with its file, line and field.

    `accept`: codes of findings of the policy linter that whoever imports answers for. `check` complains of what
    whoever brings it may not bring. `begin` is told of each of PARTS, and may raise to take everything back.
    """
    begin(PARTS[0])
    book = books_of([program.pk]).get(program.pk)
    brought = read(path, zone=ZoneInfo(program.timezone), book=book.pages if book else None)
    tally = Tally(program=program, by=by, at=at, begin=begin)
    execute("SELECT FROM programs_program WHERE id = %s FOR NO KEY UPDATE", [program.pk])
    check(brought, tally)
    if not tally.problems:
        _bring(brought, tally, accept=accept)
    if tally.problems:
        raise BadInput(tally.problems)
    if tally.did:
        record("operations.import_folder", f"program:{program.pk}", by=by, at=at, program=program.pk)
    else:
        nothing_to_tell("operations.import_folder")
    return Imported(did=MappingProxyType(dict(tally.did)), notes=tuple(sorted(set(tally.notes))))


def _bring(brought: Brought, tally: Tally, *, accept: Collection[str]) -> None:
    """Everything in the order in which one thing stands on another."""
    tally.begin("Patients")
    keys = people.bring_patients(brought, tally)
    people.bring_addresses(brought, keys, tally)
    people.bring_flags(brought, keys, tally)
    people.bring_consents(brought, keys, tally)
    bring_family(brought.family, keys, tally)
    tally.begin("Staff")
    staff = people.bring_staff(brought, tally)
    tally.begin("Groups and places")
    groups = schedule.bring_groups(brought, tally)
    schedule.bring_places(brought, keys, groups, tally)
    tally.begin("Sessions")
    sessions = schedule.bring_sessions(brought, groups, tally)
    schedule.bring_leaders(brought, sessions, staff, tally)
    schedule.bring_rooms(brought, sessions, tally)
    tally.begin("Seats")
    Seating(brought, keys, sessions, tally).settle()
    if tally.problems:
        return
    tally.begin("Roles")
    team.bring_roles(brought, staff, tally)
    team.bring_counselors(brought, keys, staff, tally)
    tally.begin("Marks, notices and check-ins")
    facts.bring_identities(brought, keys, tally)
    facts.bring_facts(brought, keys, sessions, staff, tally)
    tally.begin("Series")
    bring_series(brought, keys, groups, staff, tally)
    tally.begin("Policy")
    bring_policy(brought.folder.path, tally, accept=accept)
