"""A small curriculum, its sessions and what happened, in a line each."""

from datetime import UTC, datetime, timedelta

from rejoin.domain.attendance import Held, Session
from rejoin.domain.continuity import Curriculum, Gate, Happened, Kind, Part, Unit, What

MONDAY = datetime(2026, 10, 5, 22, tzinfo=UTC)


def unit(
    id: str,  # noqa: A002
    kind: Kind = Kind.SEQUENCED,
    *,
    needs: tuple[str, ...] = (),
    homework_from: tuple[str, ...] = (),
    also_called: tuple[str, ...] = (),
) -> Unit:
    return Unit(
        id=id,
        module=id.capitalize(),
        kind=kind,
        minutes=60,
        needs=needs,
        homework_from=homework_from,
        also_called=also_called,
    )


def course(*units: Unit, parts: tuple[Part, ...] | None = None, gate: Gate = Gate.PART_START) -> Curriculum:
    whole = (Part(id="all", units=tuple(each.id for each in units), opens=True),)
    return Curriculum(
        id="course",
        version=1,
        track="substance_use",
        gate=gate,
        units=units,
        parts=whole if parts is None else parts,
    )


NOTICING = unit("noticing", Kind.FOUNDATION, also_called=("Darse cuenta",))
WAVES = unit("waves")
PLANS = unit("plans", needs=("waves",), homework_from=("waves",))
LIMITS = unit("limits", homework_from=("noticing",))
ASKING = unit("asking", needs=("limits",))
REST = unit("rest", Kind.OPEN)
COURSE = course(
    *(NOTICING, WAVES, PLANS, LIMITS, ASKING, REST),
    parts=(
        Part(id="moments", units=("noticing", "waves", "plans"), opens=True),
        Part(id="people", units=("noticing", "limits", "asking"), opens=True),
        Part(id="rest", units=("rest",)),
    ),
)
"""Two parts that begin with the same foundation, and one open unit."""


def session(day: int, module: str, held: Held = Held.SCHEDULED) -> Session:
    """The session of the evening `day` days after the first Monday."""
    at = MONDAY + timedelta(days=day)
    return Session(id=f"s{day:02}", starts_at=at, ends_at=at + timedelta(hours=1), module=module, held=held)


def run(*modules: str) -> list[Session]:
    """A session a day."""
    return [session(day, module) for day, module in enumerate(modules)]


def happened(unit_id: str, what: What, day: int = 0) -> Happened:
    return Happened(unit=unit_id, what=what, at=MONDAY + timedelta(days=day))
