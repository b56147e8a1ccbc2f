"""Who is in the program and who leads its groups. Everybody is made up."""

from typing import NamedTuple


class Person(NamedTuple):
    name: str
    number: int
    groups: tuple[tuple[str, str, str], ...]
    """Group, first day, last day."""
    phone: bool = True
    zone: str = "America/New_York"
    state: str = "NY"
    flags: str = ""

    @property
    def id(self) -> str:
        return f"P{self.number:02}"

    @property
    def ref(self) -> str:
        return f"pt-{self.number:02}"

    @property
    def counselor(self) -> str:
        """Whoever leads the group she is in now."""
        return LED_BY[self.groups[-1][0]]

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.org"


EVE, DAY, AFT = "Evening", "Daytime", "Afternoon"
_EVE, _DAY, _AFT = (EVE, "2026-09-21", ""), (DAY, "2026-09-28", ""), (AFT, "2026-09-21", "")
PEOPLE = {
    person.name: person
    for person in (
        Person("Ada", 1, (_EVE,)),
        Person("Ben", 2, (_EVE,)),
        Person("Cleo", 3, (_EVE,)),
        Person("Dev", 4, (_EVE,)),
        Person("Eli", 5, (_EVE,), phone=False),
        Person("Fay", 6, (_EVE,), flags="cssrs_high"),
        Person("Gus", 7, (_DAY,)),
        Person("Hana", 8, (_DAY,)),
        Person("Ivo", 9, (_DAY,)),
        Person("Jo", 10, (_DAY,)),
        Person("Kai", 11, (_DAY,), zone="America/Denver", state="CO"),
        Person("Lea", 12, ((EVE, "2026-09-21", "2026-10-04"), (DAY, "2026-10-05", ""))),
        Person("Mia", 13, (_AFT,)),
        Person("Noa", 14, (_AFT,)),
        Person("Omar", 15, (_AFT,), zone="America/Los_Angeles", state="CA"),
        Person("Pia", 16, (_AFT,)),
        Person("Quin", 17, ((EVE, "2026-09-21", "2026-10-06"),)),
        Person("Rae", 18, ((AFT, "2026-10-05", ""),)),
    )
}
STAFF = (
    ("Rosa", "NY;NJ", "facilitator;counselor"),
    ("Sam", "NY;CO", "facilitator;counselor"),
    ("Tess", "NY;CA", "facilitator;counselor"),
    ("Uma", "NY", "coordinator;outreach_worker"),
    ("Vera", "NY", "supervisor;clinician"),
)
"""Name, where they may practise, what they do."""
LED_BY = {EVE: "Rosa", DAY: "Sam", AFT: "Tess"}
