"""All that there is for one missed session now: what fits beside the three that were offered, and why others do not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.makeup.offering import near_misses, options
from rejoin.makeups.reading import owed_in
from rejoin.makeups.vocabulary import MODES, SlotKind
from rejoin.makeups.world import NOTICE, Slot, World, policy_of, window_of, world_of_patient
from rejoin.programs.models import Seat

FITTING: Final = 60
NEARLY: Final = 200
"""So many that nearly fit are looked through; pages show the first of them."""
ONLY_FULL: Final = ("seats",)
NAMES: Final = """
SELECT 'group', id, name FROM programs_group WHERE id = ANY(%(groups)s)
 UNION ALL SELECT 'staff', id, name FROM people_staff WHERE id = ANY(%(staff)s)
"""
REFS: Final = "SELECT id, ref FROM programs_session WHERE id = ANY(%s)"

_Found = tuple[Slot, dict[str, int], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A place in time, and what it would be worth to her or why it is none. Both may be empty, never neither."""

    slot: Slot
    group: str
    leader: str
    session_ref: str
    """"" of a one-to-one."""
    repairs: tuple[str, ...]
    because: dict[str, int]
    """What it is worth by name, in points, of what fits."""
    broken: tuple[str, ...]
    """Keys of `offering.WORDS`, of what does not."""

    @property
    def is_one_to_one(self) -> bool:
        return self.slot.kind is SlotKind.INDIVIDUAL

    def may_be_waited_for(self, now: datetime) -> bool:
        return self.broken == ONLY_FULL and self.slot.starts_at > now + NOTICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Ways that fit, the best first, and those that nearly do, with fewest rules against them first."""

    fitting: tuple[Way, ...]
    nearly: tuple[Way, ...]


def what_there_is(seat: Seat, *, now: datetime) -> Around:
    """For a missed seat whose session is at hand. Nothing where nothing of it is open any more."""
    program_id = seat.session.program_id
    policy, _ = policy_of(program_id, seat.session.starts_at)
    own = owed_in(program_id, since=now - window_of(policy), now=now, patients=[seat.patient_id])
    owed = next((each for each in own if each.seat_id == seat.pk), None)
    if owed is None:
        return Around(fitting=(), nearly=())
    world = world_of_patient(owed, program_id=program_id, now=now, whole=True)
    row = world.row_of(seat.pk)
    if row is None:
        return Around(fitting=(), nearly=())
    book = world.book_besides(row)
    found = options(world.instance, world.index, book, row, most=FITTING, price=world.prices)
    near = near_misses(world.instance, world.index, book, row, most=NEARLY)
    fitting: list[_Found] = [(world.slots[each.slot], each.parts, ()) for each in found]
    nearly: list[_Found] = [(world.slots[each.slot], {}, each.because) for each in near]
    told = _named(world, [*fitting, *nearly])
    return Around(
        fitting=tuple(told[: len(fitting)]),
        nearly=tuple(each for each in told[len(fitting) :] if not each.is_one_to_one),
    )


def _named(world: World, given: list[_Found]) -> list[Way]:
    slots = [each[0] for each in given]
    asked = {
        "groups": [each.group_id for each in slots if each.group_id],
        "staff": [each.leader for each in slots if each.leader],
    }
    names = {(kind, number): name for kind, number, name in select(NAMES, asked)}
    refs = dict(select(REFS, [[each.session_id for each in slots if each.session_id]]))
    return [
        Way(
            slot=slot,
            group=names.get(("group", slot.group_id), ""),
            leader=names.get(("staff", slot.leader), ""),
            session_ref=str(refs.get(slot.session_id, "")),
            repairs=tuple(sorted(world.rules.modes[MODES[slot.kind]])),
            because=because,
            broken=broken,
        )
        for slot, because, broken in given
    ]
