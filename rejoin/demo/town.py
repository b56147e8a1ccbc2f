"""Who there is: five programs, one for each policy that ships, with their groups, patients and staff.

Everybody is invented. First names only, numbers that are set aside for fiction (555-01xx), addresses at
domains that nobody can own (RFC 2606).
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from rejoin.demo.days import THURSDAY, WEDNESDAY
from rejoin.demo.scores import MISSED_IN_THE_WEEKS_BEFORE

NEW_YORK: Final = "America/New_York"
CHICAGO: Final = "America/Chicago"
DENVER: Final = "America/Denver"
STATES: Final = {NEW_YORK: "NY", CHICAGO: "IL", DENVER: "CO"}
AREA_CODES: Final = {NEW_YORK: "212", CHICAGO: "312", DENVER: "303"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, its policy's letter, and who holds which role in it."""

    slug: str
    name: str
    neutral_name: str
    call_back: str
    policy: str
    part2: bool
    roles: dict[str, tuple[str, ...]]
    """Staff by role."""
    counselor_role: str = "counselor"
    """What the person is called whose patient somebody is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Patients who meet, when, and who leads them."""

    name: str
    program: str
    patients: tuple[str, ...]
    leaders: tuple[str, ...]
    counselor: str
    meets: tuple[tuple[date, str], ...]
    """Day and time of every session there was and will be."""
    minutes: int
    service: str
    breaks: str = ""
    mode: str = "video"
    texts: bool = False
    """Whether its patients have agreed to texts."""

    @property
    def room(self) -> str:
        return f"{self.name.lower()}-room"

    @property
    def since(self) -> date:
        """Its patients came a week before it met first."""
        return min(day for day, _ in self.meets) - timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneToOne:
    """A session for one patient."""

    patient: str
    staff: str
    program: str
    clock: str
    day: date = THURSDAY
    minutes: int = 50

    @property
    def room(self) -> str:
        return f"one-to-one-{self.staff.lower()}-{self.patient.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A group, or one patient and whoever she meets, that goes on meeting on some days of every week."""

    days: str
    """As RFC 5545 has them: "MO,WE,TH"."""
    first: date
    clock: str
    group: str = ""
    alone: OneToOne | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Somebody around a patient, and whether she, or whoever may, has agreed that they are told."""

    patient: str
    name: str
    relation: str
    agreed: bool = True
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Everything that is brought in before the story begins."""

    programs: tuple[Program, ...]
    groups: tuple[Group, ...]
    one_to_ones: tuple[OneToOne, ...]
    around: tuple[Around, ...]
    spanish: frozenset[str]
    zones: dict[str, str]
    """Patients who live elsewhere than in New York."""
    flags: dict[str, str]
    missed_before: frozenset[tuple[str, date]] = field(default_factory=frozenset)
    """Who missed which day in the weeks before."""
    licences: dict[str, tuple[str, ...]] = field(default_factory=dict)
    weekly: tuple[Weekly, ...] = ()
    """What goes on after the story's own sessions; none where the story is all there is."""

    def group_of(self, patient: str) -> Group:
        return next(each for each in self.groups if patient in each.patients)

    def id_of(self, patient: str) -> str:
        """The program's own identifier for her: "blue-01"."""
        group = self.group_of(patient)
        return f"{group.name.lower()}-{group.patients.index(patient) + 1:02d}"

    def phone_of(self, patient: str) -> str:
        """Every patient has one of the numbers that are set aside for fiction."""
        zone = self.zone_of(patient)
        place = [each for each in self.patients if self.zone_of(each) == zone].index(patient)
        return f"+1{AREA_CODES[zone]}55501{place + 10:02d}"

    def program(self, slug: str) -> Program:
        return next(each for each in self.programs if each.slug == slug)

    def zone_of(self, patient: str) -> str:
        return self.zones.get(patient, NEW_YORK)

    @property
    def patients(self) -> list[str]:
        return [patient for group in self.groups for patient in group.patients]


def _september(*days: int) -> list[date]:
    return [date(2026, 9, day) for day in days]


def _october(*days: int) -> list[date]:
    return [date(2026, 10, day) for day in days]


def _evenings() -> list[date]:
    """Mondays, Wednesdays and Thursdays of six weeks, up to the demo's own Wednesday."""
    monday = date(2026, 8, 24)
    days = [monday + timedelta(weeks=week, days=day) for week in range(7) for day in (0, 2, 3)]
    return [day for day in days if day <= WEDNESDAY]


def _at(clock: str, days: list[date]) -> tuple[tuple[date, str], ...]:
    return tuple((day, clock) for day in days)


HARBOR: Final = Program(
    slug="harbor",
    name="Harbor evenings",
    neutral_name="Harbor Office",
    call_back="212-555-0100",
    policy="a",
    part2=True,
    roles={
        "coordinator": ("Mina",),
        "supervisor": ("Ruth",),
        "clinician": ("Hana",),
        "counselor": ("Pete", "Lola"),
        "facilitator": ("Rosa", "Sam"),
        "director": ("Abe",),
        "privacy_officer": ("Noor",),
    },
)
RIVER: Final = Program(
    slug="river",
    name="River days",
    neutral_name="River Office",
    call_back="212-555-0101",
    policy="b",
    part2=True,
    roles={
        "coordinator": ("Mina",),
        "supervisor": ("Ruth",),
        "clinician": ("Hana",),
        "counselor": ("Bess",),
        "outreach_worker": ("Ned",),
        "facilitator": ("Kurt", "Liv"),
        "director": ("Abe",),
        "privacy_officer": ("Noor",),
    },
)
MEADOW: Final = Program(
    slug="meadow",
    name="Meadow youth",
    neutral_name="Meadow House",
    call_back="212-555-0102",
    policy="c",
    part2=False,
    roles={
        "coordinator": ("Dot",),
        "supervisor": ("Gwen",),
        "clinician": ("Ines",),
        "counselor": ("Saul",),
        "facilitator": ("Judy", "Vic"),
        "director": ("Abe",),
        "privacy_officer": ("Noor",),
    },
)
GARDEN: Final = Program(
    slug="garden",
    name="Garden mornings",
    neutral_name="Garden Office",
    call_back="212-555-0103",
    policy="d",
    part2=False,
    roles={
        "coordinator": ("Dot",),
        "supervisor": ("Gwen",),
        "clinician": ("Hana",),
        "counselor": ("Bess",),
        "facilitator": ("Fred",),
        "director": ("Abe",),
        "privacy_officer": ("Noor",),
    },
)
CEDAR: Final = Program(
    slug="cedar",
    name="Cedar skills",
    neutral_name="Cedar Office",
    call_back="212-555-0104",
    policy="e",
    part2=False,
    counselor_role="therapist",
    roles={
        "coordinator": ("Dot",),
        "supervisor": ("Gwen",),
        "clinician": ("Ines",),
        "therapist": ("Tom",),
        "team": ("Tom", "Gwen"),
        "facilitator": ("Una",),
        "director": ("Abe",),
        "privacy_officer": ("Noor",),
    },
)

_EVENINGS: Final = tuple(_evenings())
_YOUTH_DAYS: Final = (*_september(29), *_october(1, 6), WEDNESDAY)

TOWN: Final = Town(
    programs=(HARBOR, RIVER, MEADOW, GARDEN, CEDAR),
    groups=(
        Group(
            name="Blue",
            program="harbor",
            patients=("Lucia", "Omar", "Tess", "Ravi", "Anna", "Bela", "Carl", "Dina", "Emil", "Faye"),
            leaders=("Rosa", "Pete"),
            counselor="Pete",
            meets=_at("18:00", list(_EVENINGS)),
            minutes=200,
            breaks="19:30-19:45",
            service="evening",
            texts=True,
        ),
        Group(
            name="Green",
            program="harbor",
            patients=("Jun", "Marisol", "Kofi", "Dev", "Gita", "Hugo", "Iris", "Joel", "Kira", "Liam"),
            leaders=("Sam", "Lola"),
            counselor="Lola",
            meets=_at("18:00", list(_EVENINGS)),
            minutes=200,
            breaks="19:30-19:45",
            service="evening",
            texts=True,
        ),
        Group(
            name="North",
            program="river",
            patients=("Nadia", "Theo", "Priya", "Mats", "Nora", "Oleg", "Pia", "Quin"),
            leaders=("Kurt",),
            counselor="Bess",
            meets=(
                *_at("18:30", [*_september(28, 30), *_october(2, 5), WEDNESDAY]),
                *_at("11:00", [THURSDAY]),
            ),
            minutes=190,
            service="day",
        ),
        Group(
            name="South",
            program="river",
            patients=("Remy", "Suki", "Tara", "Ugo", "Vera", "Wim", "Xenia"),
            leaders=("Liv",),
            counselor="Bess",
            meets=(
                *_at("15:30", [*_september(29), *_october(1, 6), WEDNESDAY]),
                *_at("09:00", [THURSDAY]),
            ),
            minutes=190,
            service="day",
        ),
        Group(
            name="Maple",
            program="meadow",
            patients=("Milo", "Wren", "Yara", "Zeke", "Alba", "Bo"),
            leaders=("Judy",),
            counselor="Saul",
            meets=_at("16:00", list(_YOUTH_DAYS)),
            minutes=130,
            service="youth",
        ),
        Group(
            name="Birch",
            program="meadow",
            patients=("Coco", "Dara", "Enzo", "Fern", "Gil", "Hope"),
            leaders=("Vic",),
            counselor="Saul",
            meets=_at("16:30", list(_YOUTH_DAYS)),
            minutes=130,
            service="youth",
        ),
        Group(
            name="Garden",
            program="garden",
            patients=("Walter", "Edith", "Irma", "Jack", "Karl", "Lena"),
            leaders=("Fred",),
            counselor="Bess",
            meets=_at("09:30", [*_september(28, 30), *_october(2, 5), THURSDAY]),
            minutes=180,
            service="morning",
            mode="in_person",
        ),
        Group(
            name="Cedar",
            program="cedar",
            patients=("Sol", "Ivy", "Max", "Nina", "Otis", "Pam", "Ruby"),
            leaders=("Una",),
            counselor="Tom",
            meets=_at("19:00", [*_september(28, 30), *_october(5), WEDNESDAY]),
            minutes=120,
            service="skills",
        ),
    ),
    one_to_ones=(
        OneToOne(patient="Tess", staff="Pete", program="harbor", clock="09:00"),
        OneToOne(patient="Omar", staff="Pete", program="harbor", clock="10:00"),
        OneToOne(patient="Ravi", staff="Pete", program="harbor", clock="11:00"),
        OneToOne(patient="Kofi", staff="Lola", program="harbor", clock="11:00"),
        OneToOne(patient="Sol", staff="Tom", program="cedar", clock="10:30"),
    ),
    around=(
        Around(patient="Milo", name="Marta", relation="guardian"),
        Around(patient="Wren", name="Paul", relation="guardian", agreed=False),
        Around(patient="Yara", name="Amal", relation="guardian"),
        Around(patient="Zeke", name="Ann", relation="guardian"),
        Around(patient="Alba", name="Carmen", relation="guardian", language="es"),
        Around(patient="Bo", name="Hal", relation="guardian"),
        Around(patient="Coco", name="Rene", relation="guardian"),
        Around(patient="Dara", name="Nell", relation="guardian"),
        Around(patient="Enzo", name="Gina", relation="guardian"),
        Around(patient="Fern", name="Roy", relation="guardian"),
        Around(patient="Gil", name="Pilar", relation="guardian", language="es"),
        Around(patient="Hope", name="June", relation="guardian"),
        Around(patient="Milo", name="Tia", relation="emergency_contact"),
        Around(patient="Alba", name="Luz", relation="emergency_contact", language="es"),
        Around(patient="Hope", name="Art", relation="emergency_contact"),
    ),
    spanish=frozenset({"Lucia", "Marisol", "Alba", "Gil", "Xenia"}),
    zones={
        **dict.fromkeys(("Lucia", "Bela", "Hugo", "Theo", "Nora", "Ugo", "Zeke", "Otis"), CHICAGO),
        **dict.fromkeys(("Emil", "Kira", "Quin", "Max"), DENVER),
    },
    flags={"Ravi": "high_risk", "Edith": "lives_alone"},
    missed_before=frozenset(
        {
            *MISSED_IN_THE_WEEKS_BEFORE,
            ("Carl", date(2026, 9, 30)),
            ("Gita", date(2026, 10, 1)),
            ("Oleg", date(2026, 9, 30)),
            ("Zeke", date(2026, 10, 1)),
            ("Jack", date(2026, 9, 30)),
            ("Ivy", date(2026, 9, 30)),
        }
    ),
    licences={
        **dict.fromkeys(("Rosa", "Sam", "Pete", "Lola", "Hana", "Ruth"), ("NY", "IL", "CO")),
        **dict.fromkeys(("Kurt", "Liv", "Bess"), ("NY", "IL", "CO")),
        **dict.fromkeys(("Judy", "Vic", "Saul", "Ines", "Gwen"), ("NY", "IL")),
        **dict.fromkeys(("Una", "Tom"), ("NY", "IL", "CO")),
        "Fred": ("NY",),
    },
)
