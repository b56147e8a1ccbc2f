"""Who does what in a program, and whose patients are whose, as a folder has it. What people said here since, stays."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from rejoin.audit.trail import record_all
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import select
from rejoin.operations.importing.reading import Brought
from rejoin.operations.importing.tally import Tally
from rejoin.people.models import Staff
from rejoin.programs.actions import end_role, give_role
from rejoin.programs.models import CareTeamMember, StaffRole
from rejoin.programs.vocabulary import Role

COUNSELORS = """
SELECT DISTINCT ON (patient_id) patient_id, id, staff_id, from_by, ended_by FROM programs_careteammember
 WHERE program_id = %s AND patient_id = ANY(%s) AND role = 'counselor' ORDER BY patient_id, id DESC
"""


class KeptCounselor(NamedTuple):
    """The latest there was."""

    id: int
    staff_id: int
    from_by: str
    ended_by: str
    """Who ended it; "" while it lasts."""


def bring_roles(brought: Brought, staff: Mapping[str, int], tally: Tally) -> None:
    """Roles of staff.csv. One that a row names no more ends if an import gave it.

    Where staff.csv has no such column, whoever leads or is a counselor gets the role of that.
    """
    held: dict[int, list[StaffRole]] = defaultdict(list)
    for each in StaffRole.objects.filter(program=tally.program).order_by("pk"):
        held[each.staff_id].append(each)
    wanted = {staff[key]: roles for key, roles in brought.roles.items()}
    for pk, roles in wanted.items():
        for role in held[pk]:
            if role.ended_at is None and role.role not in roles and role.from_by == str(tally.by):
                end_role(role=role, by=tally.by, at=tally.at)
                tally.count("programs.end_role", 1)
    if "roles" not in brought.columns.get("staff.csv", ()):
        wanted = _by_what_they_do(brought, staff, held)
    people = Staff.objects.in_bulk(list(wanted))
    for pk, roles in wanted.items():
        for name in sorted(roles - _had(held[pk], tally)):
            give_role(program=tally.program, staff=people[pk], role=Role(name), by=tally.by, at=tally.at)
            tally.count("programs.give_role", 1)


def _by_what_they_do(
    brought: Brought, staff: Mapping[str, int], held: Mapping[int, list[StaffRole]]
) -> dict[int, frozenset[Role]]:
    """Whoever leads and has no role at all is a facilitator; whoever the roster names, a counselor."""
    found: dict[int, set[Role]] = defaultdict(set)
    for key in brought.leaders:
        if not held.get(staff[key]):
            found[staff[key]].add(Role.FACILITATOR)
    for key, _ in brought.counselors.values():
        found[staff[key]].add(Role.COUNSELOR)
    return {pk: frozenset(roles) for pk, roles in found.items()}


def _had(held: list[StaffRole], tally: Tally) -> set[str]:
    """Roles somebody has, and those that a person took away: an import does not give them again."""
    return {each.role for each in held if each.ended_at is None or each.ended_by != str(tally.by)}


def bring_counselors(
    brought: Brought, keys: Mapping[str, int], staff: Mapping[str, int], tally: Tally
) -> None:
    """Counselors of the roster: new ones, and another where an import gave the one before."""
    named = {keys[patient]: (staff[key], line) for patient, (key, line) in brought.counselors.items()}
    kept = {row[0]: KeptCounselor(*row[1:]) for row in select(COUNSELORS, [tally.program.pk, list(named)])}
    new: dict[int, int] = {}
    for patient, (person, line) in named.items():
        there = kept.get(patient)
        if there is not None and there.staff_id == person and _stays(there, tally):
            continue
        if there is not None and not there.ended_by and there.from_by != str(tally.by):
            message = "is another than somebody chose here: what was chosen stays"
            tally.note("roster.csv", line, "counselor", message)
            continue
        new[patient] = person
    replaced = [kept[patient].id for patient in new if patient in kept and not kept[patient].ended_by]
    CareTeamMember.objects.filter(pk__in=replaced).update(ended_at=tally.at, ended_by=str(tally.by))
    _insert(new, tally)


def _stays(kept: KeptCounselor, tally: Tally) -> bool:
    """It lasts, or a person ended it."""
    return not kept.ended_by or kept.ended_by != str(tally.by)


def _insert(new: Mapping[int, int], tally: Tally) -> None:
    columns = ("patient", "program", "staff", "role", "from_at", "from_by", "ended_by")
    counselor, by = Role.COUNSELOR.value, str(tally.by)
    program = tally.program.pk
    rows = [(patient, program, person, counselor, tally.at, by, "") for patient, person in new.items()]
    insert_rows(CareTeamMember, columns, rows)
    events = [
        ("programs.assign_care_team", f"staff:{person}", patient, program, counselor)
        for patient, person in new.items()
    ]
    record_all(events, by=tally.by, at=tally.at)
    tally.count("programs.assign_care_team", new)
