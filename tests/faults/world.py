"""The program a day is run in: patients in several zones, groups of ten, everybody's roles and consents. Synthetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

from rejoin.common.actors import IMPORT
from rejoin.outreach.models import PushSubscription
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
from rejoin.rooms.models import Identity, Room
from rejoin.rooms.timetable import normal_room
from tests.apps.scene import LETTERS

MIDNIGHT = datetime(2026, 10, 7, 4, 0, tzinfo=UTC)
"""In New York, where the programs are; a Wednesday."""
SINCE = MIDNIGHT - timedelta(days=60)
SEATS_A_SESSION = 10
# Policy A sends texts, C notices; of B, D and E people do everything.
LETTERS_OF_GROUPS = "aaaaaaabcde"
MINUTES = {"a": 195, "b": 180, "c": 110, "d": 150, "e": 120}
ZONES = (
    *("America/New_York",) * 6,
    *("America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix", "Pacific/Honolulu"),
)
# The fake vendor's number that it refuses, as the real one does its own.
REFUSED_NUMBER = "+15005550001"
ROLES = ("coordinator", "supervisor", "clinician", "director")
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a day is: seats, hours from its first to its last session, and how much shorter sessions are."""

    seats: int
    seed: int
    first_hour: float
    hours: float
    scale: float = 1.0


class SeatRow(NamedTuple):
    """A seat with what the script needs to know of it."""

    seat: int
    session: int
    patient: int
    letter: str
    room: str
    ref: str
    phone: str
    leader: str
    starts_at: datetime
    ends_at: datetime
    elevated: bool


def build(size: Size) -> None:
    """Fill the empty database."""
    chance = Random(f"world:{size.seed}")
    programs = {letter: _program(letter) for letter in sorted(set(LETTERS_OF_GROUPS))}
    for letter, program in programs.items():
        _hire(program, letter)
    groups = _groups(size, programs, chance)
    _fill_groups(groups, chance)
    _seat_everybody()


def seats() -> list[SeatRow]:
    """Every seat of the day, in order."""
    phones = dict(Address.objects.filter(kind="phone").values_list("patient_id", "normal"))
    rooms = dict(Room.objects.values_list("session_id", "name"))
    refs = dict(Identity.objects.values_list("seat_id", "ref"))
    leaders = dict(SessionStaff.objects.values_list("session_id", "staff__name"))
    flagged = set(Flag.objects.values_list("patient_id", flat=True))
    rows = Seat.objects.select_related("session__program").order_by("pk")
    return [
        SeatRow(
            seat=each.pk,
            session=each.session_id,
            patient=each.patient_id,
            letter=each.session.program.slug,
            room=rooms[each.session_id],
            ref=refs[each.pk],
            phone=phones.get(each.patient_id, ""),
            leader=leaders[each.session_id],
            starts_at=each.session.starts_at,
            ends_at=each.session.ends_at,
            elevated=each.patient_id in flagged,
        )
        for each in rows
    ]


def _program(letter: str) -> Program:
    program = Program.objects.create(
        slug=letter,
        name=letter,
        neutral_name="Harbor Office",
        call_back="555-0100",
        timezone="America/New_York",
    )
    text = LETTERS[letter].read_text()
    version = next(int(line.split(":")[1]) for line in text.splitlines() if line.startswith("version:"))
    PolicyVersion.objects.create(
        program=program,
        version=version,
        effective=(date(2026, 1, 1), None),
        text=text,
        opens_on=["missed", "not_admitted", "not_admissible"],
        at=SINCE,
        by=str(IMPORT),
    )
    return program


def _hire(program: Program, letter: str) -> None:
    """One of each role; the clinician may sign a disposition."""
    for role in ROLES:
        staff = Staff.objects.create(name=f"{role} of {letter}")
        StaffRole.objects.create(program=program, staff=staff, role=role, from_at=SINCE, from_by=str(IMPORT))
        Licence.objects.create(staff=staff, state="NY", valid=(date(2026, 1, 1), None))


def _groups(size: Size, programs: dict[str, Program], chance: Random) -> list[Group]:
    """Groups with one session of the day or two, until there are seats enough."""
    groups: list[Group] = []
    sessions: list[Session] = []
    while len(sessions) * SEATS_A_SESSION < size.seats:
        letter = chance.choice(LETTERS_OF_GROUPS)
        number = len(groups)
        group = Group.objects.create(program=programs[letter], name=f"group {number}", maximum=14)
        groups.append(group)
        sessions += _sessions(group, letter, number, size, chance)
    Session.objects.bulk_create(sessions)
    _lead(groups, sessions)
    Room.objects.bulk_create(
        Room(session=each, name=f"room-{each.external_id}", normal=normal_room(f"room-{each.external_id}"))
        for each in sessions
    )
    return groups


def _sessions(group: Group, letter: str, number: int, size: Size, chance: Random) -> Iterable[Session]:
    length = timedelta(minutes=5 * round(MINUTES[letter] * size.scale / 5))
    opens = MIDNIGHT + timedelta(hours=size.first_hour)
    quarters = int((timedelta(hours=size.hours) - length) / QUARTER)
    first = chance.randint(0, max(quarters, 0))
    starts = [first]
    again = first + -(-(length + timedelta(minutes=30)) // QUARTER)
    if again <= quarters and chance.random() < 0.6:
        starts.append(chance.randint(again, quarters))
    for turn, quarter in enumerate(starts):
        at = opens + quarter * QUARTER
        yield Session(
            program=group.program,
            group=group,
            external_id=f"S{number}-{turn}",
            starts_at=at,
            ends_at=at + length,
            seats_max=None,
        )


def _lead(groups: Sequence[Group], sessions: Sequence[Session]) -> None:
    """Each group has a leader of its own."""
    staff = Staff.objects.bulk_create(Staff(name=f"leader of {each.name}") for each in groups)
    leader = {group.pk: each for group, each in zip(groups, staff, strict=True)}
    StaffRole.objects.bulk_create(
        StaffRole(
            program=group.program,
            staff=leader[group.pk],
            role="counselor",
            from_at=SINCE,
            from_by=str(IMPORT),
        )
        for group in groups
    )
    SessionStaff.objects.bulk_create(
        SessionStaff(session=each, staff=leader[each.group_id or 0]) for each in sessions
    )


def _fill_groups(groups: Sequence[Group], chance: Random) -> None:
    """Ten patients each, with their numbers, consents, flags, and whoever answers for them."""
    people = [(group, place) for group in groups for place in range(SEATS_A_SESSION)]
    patients = Patient.objects.bulk_create(
        Patient(
            external_id=f"P{number}",
            name=f"patient {number}",
            timezone=chance.choice(ZONES),
            state="NY",
            language="es" if chance.random() < 0.2 else "en",
        )
        for number in range(len(people))
    )
    whose = {patient.pk: group for patient, (group, _) in zip(patients, people, strict=True)}
    Enrolment.objects.bulk_create(
        Enrolment(patient=each, program=whose[each.pk].program, group=whose[each.pk], from_on=SINCE.date())
        for each in patients
    )
    leaders = dict(SessionStaff.objects.values_list("session__group_id", "staff_id"))
    CareTeamMember.objects.bulk_create(
        CareTeamMember(
            patient=each,
            program=whose[each.pk].program,
            staff_id=leaders[whose[each.pk].pk],
            role="counselor",
            from_at=SINCE,
            from_by=str(IMPORT),
        )
        for each in patients
    )
    _reach(patients, chance)


def _reach(patients: Sequence[Patient], chance: Random) -> None:
    """Most have a number of their own and agreed to texts; some share one, some have none, some never agreed."""
    addresses: list[Address] = []
    consents: list[Consent] = []
    flags: list[Flag] = []
    browsers: list[PushSubscription] = []
    for number, patient in enumerate(patients):
        drawn = chance.random()
        phone = f"+1555{number:07d}"
        if drawn < 0.01 and addresses:
            phone = addresses[-1].normal
        elif drawn < 0.02:
            phone = REFUSED_NUMBER
        if drawn < 0.95:
            addresses.append(Address(patient=patient, kind="phone", value=phone, normal=phone))
        consents += _said(patient, chance)
        if chance.random() < 0.05:
            flags.append(Flag(patient=patient, code="high_risk", raised_at=SINCE, raised_by="staff:1"))
        if chance.random() < 0.3:
            address = f"https://push.example/{number}"
            told = {"endpoint": address, "keys": {"p256dh": "a", "auth": "b"}}
            browsers.append(
                PushSubscription(patient=patient, endpoint=address, subscription=told, made_at=SINCE)
            )
    Address.objects.bulk_create(addresses)
    Consent.objects.bulk_create(consents)
    Flag.objects.bulk_create(flags)
    PushSubscription.objects.bulk_create(browsers)
    Contact.objects.bulk_create(
        Contact(patient=each, relation="guardian", name="guardian", phone="555-0101")
        for each in patients[::7]
    )


def _said(patient: Patient, chance: Random) -> Iterable[Consent]:
    drawn = chance.random()
    if drawn < 0.9:
        yield Consent(
            patient=patient, purpose="messages", channel="sms", granted=True, at=SINCE, by=str(IMPORT)
        )
    if drawn < 0.05:
        later = SINCE + timedelta(days=9)
        yield Consent(
            patient=patient, purpose="messages", channel="sms", granted=False, at=later, by=str(IMPORT)
        )


def _seat_everybody() -> None:
    """A seat in each session of her group, and a link of her own into its room."""
    members: dict[int, list[int]] = {}
    for group, patient in Enrolment.objects.order_by("pk").values_list("group_id", "patient_id"):
        members.setdefault(group or 0, []).append(patient)
    made = Seat.objects.bulk_create(
        Seat(session=session, patient_id=patient)
        for session in Session.objects.order_by("pk")
        for patient in members[session.group_id or 0]
    )
    Identity.objects.bulk_create(
        Identity(
            provider="livekit",
            ref=f"p-{each.pk:08x}",
            normal=f"p-{each.pk:08x}",
            patient_id=each.patient_id,
            seat=each,
            at=SINCE,
            by=str(IMPORT),
        )
        for each in made
    )
