"""Who did something, as a person reads it: "staff:12" is ben."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from rejoin.common.actors import ActorKind
from rejoin.people.models import Staff

OTHERS: Final = MappingProxyType(
    {
        ActorKind.PATIENT.value: "the patient",
        ActorKind.SYSTEM.value: "the system",
        ActorKind.VENDOR.value: "another system",
    }
)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Names by actor, as they are written beside facts. Colleagues by name, all others by what they are. One query."""
    asked = {each for each in actors if each}
    staff = {
        int(each.partition(":")[2]): each for each in asked if each.startswith(f"{ActorKind.STAFF.value}:")
    }
    names = {each: OTHERS.get(each.partition(":")[0], "somebody") for each in asked}
    for number, name in Staff.objects.filter(pk__in=staff).values_list("pk", "name"):
        names[staff[number]] = name
    return names
