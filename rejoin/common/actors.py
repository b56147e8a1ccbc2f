"""Who acts. Every write names one, and there is no write without."""

from dataclasses import dataclass

from rejoin.domain.kernel import Word


class ActorKind(Word):
    STAFF = "staff"
    PATIENT = "patient"
    RELATIVE = "relative"
    """Somebody of a patient's family, who signs in herself."""
    SYSTEM = "system"
    VENDOR = "vendor"
    """Somebody else's system: a room, a message vendor."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts, as it is written beside a fact: "staff:12"."""

    kind: ActorKind
    id: str

    def __post_init__(self) -> None:
        if not self.id or ":" in self.id or len(self.id) > 40:
            raise ValueError(f"not the id of an actor: {self.id!r}")

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}"

    @property
    def staff_id(self) -> int | None:
        return int(self.id) if self.kind is ActorKind.STAFF else None


def staff_actor(staff_id: int) -> Actor:
    return Actor(ActorKind.STAFF, str(staff_id))


def patient_actor(patient_id: int) -> Actor:
    return Actor(ActorKind.PATIENT, str(patient_id))


def relative_actor(relative_id: int) -> Actor:
    return Actor(ActorKind.RELATIVE, str(relative_id))


def vendor_actor(name: str) -> Actor:
    return Actor(ActorKind.VENDOR, name)


ENGINE = Actor(ActorKind.SYSTEM, "engine")
"""The sweeps: they notice, raise and send; they decide nothing a person must."""
IMPORT = Actor(ActorKind.SYSTEM, "import")
COMMAND = Actor(ActorKind.SYSTEM, "command")
"""Whoever has the machine's command line."""
