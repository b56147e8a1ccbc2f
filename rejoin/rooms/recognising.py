"""Who the participants of some rooms are, by what is on file of the references, addresses and numbers they show."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rejoin.common.bulk import as_json, given
from rejoin.common.rows import select
from rejoin.domain.kernel.phones import normal_phone
from rejoin.rooms.register import Register, make_register, normal_name
from rejoin.rooms.sightings import Sighting

Recognise = Callable[[Sighting], str | None]

# A reference is found by its spelling too: the register then compares it as it is.
IDENTITIES = f"""
SELECT known.provider, known.ref, known.patient_id::text
  FROM {given({"provider": "text", "spelled": "text"}, name="shown")}
  JOIN rooms_identity AS known ON known.provider = shown.provider AND known.normal = shown.spelled AND known.at <= %s
 UNION
SELECT known.provider, known.ref, known.patient_id::text
  FROM {given({"provider": "text", "number": "text"}, name="shown")}
  JOIN rooms_identity AS known ON known.provider = shown.provider AND known.number = shown.number
   AND known.number <> '' AND known.at <= %s
"""  # noqa: S608 - columns of our own
ADDRESSES = f"""
SELECT kind, value, patient_id::text, retired_at
  FROM {given({"kind": "text", "normal": "text"}, name="shown")} JOIN people_address USING (kind, normal)
"""  # noqa: S608 - as above


class _Owned(NamedTuple):
    """An address and whose it is, or was until it was retired."""

    kind: str
    value: str
    patient: str
    retired_at: datetime | None


class _Shown:
    """Everything that some sightings show which somebody might be recognised by, as it is compared."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        self.spelled: set[tuple[str, str]] = set()
        self.numbers: set[tuple[str, str]] = set()
        self.addresses: set[tuple[str, str]] = set()
        for each in sightings:
            self._add(each)

    def _add(self, sighting: Sighting) -> None:
        provider = sighting.provider
        if sighting.ref is not None:
            self.spelled.add((provider, normal_name(sighting.ref)))
        elif sighting.display:
            # A name is typed by whoever joins: it is looked up only where the room told no reference.
            self.spelled.add((provider, normal_name(sighting.display)))
        if sighting.email:
            email = normal_name(sighting.email)
            self.addresses.add(("email", email))
            self.spelled.add((provider, email))
        if sighting.phone:
            self._add_number(provider, sighting.phone)
        self.spelled.update((provider, normal_name(each)) for each in sighting.aliases)

    def _add_number(self, provider: str, told: str) -> None:
        self.spelled.add((provider, normal_name(told)))
        number = normal_phone(told)
        if number is not None:
            self.addresses.add(("phone", number))
            self.numbers.add((provider, number))
            self.spelled.add((provider, number))


def recognise_by_file(sightings: Iterable[Sighting], *, now: datetime) -> Recognise:
    """How to tell who each of `sightings` is, by what is known at `now`."""
    shown = _Shown(sightings)
    identities = _identities(shown, now)
    addresses = _addresses(shown)
    if not any(each.retired_at for each in addresses):
        return _register(identities, addresses).recognise
    return _by_time(identities, addresses)


def _identities(shown: _Shown, now: datetime) -> list[tuple[str, str, str]]:
    if not shown.spelled:
        return []
    spelled = as_json(("provider", "spelled"), _storable(shown.spelled))
    numbers = as_json(("provider", "number"), _storable(shown.numbers))
    return [(row[0], row[1], row[2]) for row in select(IDENTITIES, [spelled, now, numbers, now])]


def _addresses(shown: _Shown) -> list[_Owned]:
    if not shown.addresses:
        return []
    return [
        _Owned(*row) for row in select(ADDRESSES, [as_json(("kind", "normal"), _storable(shown.addresses))])
    ]


def _register(identities: Iterable[tuple[str, str, str]], addresses: Iterable[_Owned]) -> Register:
    listed = list(addresses)
    return make_register(
        identities=identities,
        emails=[(each.value, each.patient) for each in listed if each.kind == "email"],
        phones=[(each.value, each.patient) for each in listed if each.kind == "phone"],
    )


def _by_time(identities: Sequence[tuple[str, str, str]], addresses: Sequence[_Owned]) -> Recognise:
    """An address that was retired still tells who came by it before; a number may be somebody else's since."""
    registers: dict[frozenset[_Owned], Register] = {}

    def recognise(sighting: Sighting) -> str | None:
        at = sighting.joined_at or sighting.left_at
        held = frozenset(
            each for each in addresses if each.retired_at is None or (at is not None and at < each.retired_at)
        )
        if held not in registers:
            registers[held] = _register(identities, held)
        return registers[held].recognise(sighting)

    return recognise


def _storable(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """What can be in a column at all: no column holds a NUL, and nothing on file is this long."""
    return (each for each in pairs if "\x00" not in each[1] and len(each[1]) <= 254)
