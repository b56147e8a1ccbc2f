"""Programs and groups, and who works in them."""

import re
from datetime import date, datetime

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines, refusing, zone_called
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient, Staff
from rejoin.people.vocabulary import AgeBand, Gender, Language
from rejoin.programs.models import CareTeamMember, Group, Program, StaffRole, Track
from rejoin.programs.vocabulary import Role

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
NUMBER = re.compile(r"[+(]?[0-9][0-9 ().\-]{1,24}[0-9]")
"""A number as people read it; lines for a county may have three digits."""
NATIONAL = frozenset({"988", "911"})


@action("programs.add_program")
def add_program(  # noqa: PLR0913 - the columns of a program
    *,
    slug: str,
    name: str,
    neutral_name: str,
    call_back: str,
    timezone: str,
    part2: bool = True,
    by: Actor,
    at: datetime,
) -> Program:
    """A program, in one zone. `neutral_name` and `call_back` are what messages say of it."""
    if not SLUG.fullmatch(slug) or len(slug) > 64:
        raise Refusal("program.slug", "The short name is made of small letters, digits and dashes.")
    if not (name.strip() and neutral_name.strip() and call_back.strip()):
        raise Refusal("program.nameless", "A program has a name, a neutral name, and a number to call back.")
    zone_called(timezone)
    with refusing():
        program = Program.objects.create(
            slug=slug,
            name=name.strip(),
            neutral_name=neutral_name.strip(),
            call_back=call_back.strip(),
            timezone=timezone,
            part2=part2,
        )
    record("programs.add_program", f"program:{program.pk}", by=by, at=at, program=program.pk)
    return program


@action("programs.set_crisis_line")
def set_crisis_line(*, program: Program, name: str, number: str, hours: str, by: Actor, at: datetime) -> None:
    """A crisis line where its patients live, shown beside 988, which always stays. All three empty: there is none."""
    said = [" ".join(each.split()) for each in (name, number, hours)]
    if any(said) and not NUMBER.fullmatch(said[1]):
        raise Refusal("crisis_line.number", "The number is digits as people read them, like 212-555-0100.")
    if said[1] in NATIONAL:
        raise Refusal(
            "crisis_line.national", f"{said[1]} is always shown: name a line of your own beside it."
        )
    with refusing():
        Program.objects.filter(pk=program.pk).update(
            crisis_name=said[0], crisis_number=said[1], crisis_hours=said[2]
        )
    program.refresh_from_db()
    record("programs.set_crisis_line", f"program:{program.pk}", by=by, at=at, program=program.pk)


@action("programs.add_group")
def add_group(  # noqa: PLR0913 - the columns of a group
    *,
    program: Program,
    name: str,
    track: Track | None = None,
    is_open: bool = True,
    began_on: date | None = None,
    minimum: int = 2,
    maximum: int | None = 12,
    by: Actor,
    at: datetime,
) -> Group:
    """A group of the program. `maximum` None: nobody has set a limit."""
    if not name.strip():
        raise Refusal("group.nameless", "A group needs a name.")
    if track is not None and track.program_id != program.pk:
        raise Refusal("group.track", "This track is another program's.")
    with refusing():
        group = Group.objects.create(
            program=program,
            name=name.strip(),
            track=track,
            is_open=is_open,
            began_on=began_on,
            minimum=minimum,
            maximum=maximum,
        )
    record("programs.add_group", f"group:{group.pk}", by=by, at=at, program=program.pk)
    return group


@action("programs.say_whom_it_is_for")
def say_whom_it_is_for(
    *,
    group: Group,
    age_band: AgeBand | None = None,
    language: Language | None = None,
    gender_only: Gender | None = None,
    by: Actor,
    at: datetime,
) -> Group:
    """Whom a group is for when somebody comes to make up for a session; None: for everybody. Members stay members."""
    refuse_machines(by, what="says whom a group is for")
    group.age_band, group.language, group.gender_only = (
        each.value if each else "" for each in (age_band, language, gender_only)
    )
    group.save(update_fields=["age_band", "language", "gender_only"])
    record("programs.say_whom_it_is_for", f"group:{group.pk}", by=by, at=at, program=group.program_id)
    return group


@action("programs.give_role")
def give_role(*, program: Program, staff: Staff, role: Role, by: Actor, at: datetime) -> StaffRole:
    """What somebody may do in the program from now on."""
    refuse_machines(by, what="gives somebody a role")
    with refusing():
        given = StaffRole.objects.create(
            program=program, staff=staff, role=role.value, from_at=at, from_by=str(by)
        )
    record("programs.give_role", f"staff:{staff.pk}", by=by, at=at, program=program.pk, reason=role.value)
    return given


@action("programs.end_role")
def end_role(*, role: StaffRole, by: Actor, at: datetime) -> None:
    """What somebody may not do any more."""
    refuse_machines(by, what="ends a role")
    live = StaffRole.objects.filter(pk=role.pk, ended_at__isnull=True)
    if not live.update(ended_at=at, ended_by=str(by)):
        raise Refusal("role.ended", "This role has ended already.")
    record(
        "programs.end_role",
        f"staff:{role.staff_id}",
        by=by,
        at=at,
        program=role.program_id,
        reason=role.role,
    )


@action("programs.assign_care_team")
def assign_care_team(
    *, patient: Patient, program: Program, staff: Staff, role: Role, by: Actor, at: datetime
) -> CareTeamMember:
    """Whose patient she is, in one role. Whoever had it before has it no more."""
    CareTeamMember.objects.filter(
        patient=patient, program=program, role=role.value, ended_at__isnull=True
    ).update(ended_at=at, ended_by=str(by))
    with refusing():
        member = CareTeamMember.objects.create(
            patient=patient, program=program, staff=staff, role=role.value, from_at=at, from_by=str(by)
        )
    _tell_of_member("programs.assign_care_team", member, by, at)
    return member


@action("programs.end_care_team")
def end_care_team(*, member: CareTeamMember, by: Actor, at: datetime) -> None:
    """She is this person's patient no more, and nobody else's yet."""
    live = CareTeamMember.objects.filter(pk=member.pk, ended_at__isnull=True)
    if not live.update(ended_at=at, ended_by=str(by)):
        raise Refusal("care_team.ended", "This place in the care team has ended already.")
    _tell_of_member("programs.end_care_team", member, by, at)


def _tell_of_member(verb: str, member: CareTeamMember, by: Actor, at: datetime) -> None:
    record(
        verb,
        f"staff:{member.staff_id}",
        by=by,
        at=at,
        patient=member.patient_id,
        program=member.program_id,
        reason=member.role,
    )
