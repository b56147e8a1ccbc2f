"""Whom one can be in the demonstration: the town's staff and one patient, each with an account."""

from dataclasses import dataclass

from rejoin.accounts.models import User
from rejoin.demo.newcomer import ANNA, ROLES
from rejoin.people.models import Patient, Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Somebody to sign in as, and the link that does it."""

    role: str
    name: str
    link: str


def let_everybody_in(base_url: str) -> tuple[SignIn, ...]:
    """An account for each of the staff and for Anna; links for those who show what a role sees."""
    for person in (*Staff.objects.filter(user=None), *Patient.objects.filter(name=ANNA, user=None)):
        person.user = User.objects.create(email=f"{person.name.lower()}@harbor.example")
        person.save(update_fields=["user"])
    return tuple(
        SignIn(role=role, name=name, link=f"{base_url}/")
        for role, name in (*ROLES.items(), ("patient", ANNA))
    )
