"""Who a participant is: by what was signed, then by what is unique, and never by a name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rejoin.domain.kernel.phones import normal_phone
from rejoin.rooms.sightings import Sighting

# Words people write for a provider in identities.csv, and ours for it.
PROVIDERS = {
    "zoom": "zoom",
    "teams": "teams",
    "msteams": "teams",
    "microsoft teams": "teams",
    "microsoft_teams": "teams",
    "meet": "meet",
    "google meet": "meet",
    "google_meet": "meet",
    "bigbluebutton": "bigbluebutton",
    "bbb": "bigbluebutton",
    "jitsi": "jitsi",
    "livekit": "livekit",
    "janus": "janus",
    "daily": "daily",
    "daily.co": "daily",
}

STAFF_REF = re.compile(r"host-[0-9a-f]{32}")
"""Signed into the grants of staff for rooms of our own: they are nobody who has to be recognised."""


SEATLESS_REF = re.compile(r"(?:host|guest)-[0-9a-f]{32}")
"""The same, and that of a family's guest: no seat is theirs, and their being there is no word on whether a patient came."""


def normal_name(text: str) -> str:
    """A reference or alias as it is compared: case and runs of spaces do not matter."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Every way a participant may be recognised. An e-mail or number of two patients is nobody's."""

    refs: Mapping[tuple[str, str], str]
    aliases: Mapping[tuple[str, str], str]
    emails: Mapping[str, str | None]
    phones: Mapping[str, str | None]
    _known: dict[tuple[str, str | None, str | None, str | None, str, tuple[str, ...]], str | None] = field(
        default_factory=dict
    )

    def recognise(self, sighting: Sighting) -> str | None:
        """The patient this participant is, or None: a person has to look."""
        if sighting.rejected:
            return None
        if sighting.ref is not None:
            patient = self.refs.get((sighting.provider, sighting.ref))
            if patient is not None:
                return patient
        key = (
            sighting.provider,
            sighting.ref,
            sighting.email,
            sighting.phone,
            sighting.display,
            sighting.aliases,
        )
        if key not in self._known:
            self._known[key] = self._look_up(sighting)
        return self._known[key]

    def _look_up(self, sighting: Sighting) -> str | None:
        if sighting.email:
            patient = self.emails.get(normal_name(sighting.email))
            if patient is not None:
                return patient
        phone = normal_phone(sighting.phone) if sighting.phone else None
        if phone is not None:
            patient = self.phones.get(phone)
            if patient is not None:
                return patient
        return self._by_alias(sighting, phone)

    def _by_alias(self, sighting: Sighting, phone: str | None) -> str | None:
        """By what a person confirmed. Two confirmations that name different patients name nobody."""
        # A name is typed by whoever joins: it vouches for nobody where the room told a reference.
        shown = sighting.display if sighting.ref is None else None
        said = (sighting.ref, sighting.email, sighting.phone, phone, *sighting.aliases, shown)
        found = {
            self.aliases[key]
            for each in said
            if each and (key := (sighting.provider, normal_name(each))) in self.aliases
        }
        return found.pop() if len(found) == 1 else None


def make_register(
    *,
    identities: Iterable[tuple[str, str, str]],
    emails: Iterable[tuple[str, str]],
    phones: Iterable[tuple[str, str]],
) -> Register:
    """`identities`: provider, ref, patient. `emails`, `phones`: value, patient."""
    refs = {(provider, ref): patient for provider, ref, patient in identities}
    return Register(
        refs=refs,
        aliases={
            (provider, spelling): patient
            for (provider, ref), patient in refs.items()
            for spelling in _spellings(ref)
        },
        emails=_unique((normal_name(email), patient) for email, patient in emails),
        phones=_unique((phone, patient) for text, patient in phones if (phone := normal_phone(text))),
    )


def _spellings(ref: str) -> set[str]:
    """How a confirmed reference may be told: as it is written, and as the number it may be."""
    spellings = {normal_name(ref)}
    phone = None if any(character.isalpha() for character in ref) else normal_phone(ref)
    return spellings | {phone} if phone is not None else spellings


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str | None]:
    """Each value's only owner; None for a value that two patients share."""
    owners: dict[str, str | None] = {}
    for value, patient in pairs:
        owners[value] = patient if owners.get(value, patient) == patient else None
    return owners
