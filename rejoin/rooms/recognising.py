"""Who the participants of some rooms are, by what is on file of the references, addresses and numbers they show."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rejoin.common.rows import select
from rejoin.rooms.register import Register, make_register, normal_name, normal_phone
from rejoin.rooms.sightings import Sighting

Recognise = Callable[[Sighting], str | None]

IDENTITIES = """
SELECT provider, ref, patient_id::text FROM rooms_identity
 WHERE at <= %(now)s AND provider = ANY(%(providers)s) AND
       (ref = ANY(%(refs)s) OR normal = ANY(%(normals)s) OR (number <> '' AND number = ANY(%(numbers)s)))
"""
ADDRESSES = """
SELECT kind, value, patient_id::text, retired_at FROM people_address
 WHERE kind = 'email' AND normal = ANY(%s) OR kind = 'phone' AND normal = ANY(%s)
"""


class _Owned(NamedTuple):
    """An address and whose it is, or was until it was retired."""

    kind: str
    value: str
    patient: str
    retired_at: datetime | None


class _Shown:
    """Everything that some sightings show which somebody might be recognised by."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        self.providers: set[str] = set()
        self.refs: set[str] = set()
        self.emails: set[str] = set()
        self.numbers: set[str] = set()
        self.spelled: set[str] = set()
        for each in sightings:
            self._add(each)

    def _add(self, sighting: Sighting) -> None:
        self.providers.add(sighting.provider)
        if sighting.ref:
            self.refs.add(sighting.ref)
        if sighting.email:
            self.emails.add(sighting.email)
        number = normal_phone(sighting.phone) if sighting.phone else None
        if number:
            self.numbers.add(number)
        # A reference is looked up as it is; only what people type is compared by its spelling.
        self.spelled.update(filter(None, (sighting.ref, sighting.email, sighting.phone, *sighting.aliases)))
        if sighting.ref is None and sighting.display:
            self.spelled.add(sighting.display)


def recognise_by_file(sightings: Iterable[Sighting], *, now: datetime) -> Recognise:
    """How to tell who each of `sightings` is, by what is known at `now`."""
    shown = _Shown(sightings)
    identities = _identities(shown, now)
    addresses = _addresses(shown)
    if not any(each.retired_at for each in addresses):
        return _register(identities, addresses).recognise
    return _by_time(identities, addresses)


def _identities(shown: _Shown, now: datetime) -> list[tuple[str, str, str]]:
    normals = {normal_name(each) for each in shown.spelled}
    if not shown.refs and not normals and not shown.numbers:
        return []
    return select(
        IDENTITIES,
        {
            "now": now,
            "providers": list(shown.providers),
            "refs": _storable(shown.refs),
            "normals": _storable(normals),
            "numbers": _storable(shown.numbers),
        },
    )


def _addresses(shown: _Shown) -> list[_Owned]:
    if not shown.emails and not shown.numbers:
        return []
    emails = {normal_name(each) for each in shown.emails}
    return [_Owned(*row) for row in select(ADDRESSES, [_storable(emails), _storable(shown.numbers)])]


def _register(identities: Iterable[tuple[str, str, str]], addresses: Iterable[_Owned]) -> Register:
    return make_register(
        identities=identities,
        emails=[(each.value, each.patient) for each in addresses if each.kind == "email"],
        phones=[(each.value, each.patient) for each in addresses if each.kind == "phone"],
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


def _storable(texts: Iterable[str]) -> list[str]:
    """What can be in a column at all: no column holds a NUL, and nothing on file is this long."""
    return [each for each in texts if "\x00" not in each and len(each) <= 254]
