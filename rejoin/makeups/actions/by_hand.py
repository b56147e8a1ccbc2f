"""One way back that somebody found together with her: offered alone, and kept for her."""

from datetime import datetime

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.offering import WORDS, near_misses
from rejoin.makeups.actions.offers import give_choice, is_booked, owed_for, withdraw_all
from rejoin.makeups.actions.waiting import option_in
from rejoin.makeups.caps import too_many
from rejoin.makeups.models import Offer
from rejoin.makeups.vocabulary import Withdrawn
from rejoin.makeups.world import World, world_of_patient
from rejoin.programs.models import Seat

Key = tuple[int | None, int | None, datetime]
"""A session, or an opening, and when it begins: as `Slot.key`."""


@action("makeups.offer_this")
def offer_this(*, seat: Seat, key: Key, by: Actor, at: datetime) -> Offer:
    """This one way back instead of those she had open; she says yes to it as to any other.

    `Refusal` with the rule where it may not stand for the missed session, or would be too many for her.
    """
    refuse_machines(by, what="chooses a way back for somebody")
    owed = owed_for(seat, at)
    if is_booked(seat):
        raise Refusal("makeup.booked", "This session has its make-up already.")
    withdraw_all(Offer.objects.filter(seat=seat).open_at(at), why=Withdrawn.RENEWED, by=by, at=at)
    world = world_of_patient(owed, program_id=seat.session.program_id, now=at, whole=True)
    row, place = world.row_of(seat.pk), _place(world, key)
    if row is None or place is None:
        raise Refusal("makeup.gone", "This time is not there any more. Look at what there is now.")
    found = option_in(world, row, place)
    made = give_choice(seat, world, found, by=by, at=at)
    if not made:
        raise Refusal("makeup.does_not_fit", _why_not(world, row, place, seat))
    record(
        "makeups.offer_this",
        f"offer:{made[0].pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=seat.session.program_id,
    )
    return made[0]


def _place(world: World, key: Key) -> int | None:
    return next((place for place, each in enumerate(world.slots) if each.key == key), None)


def _why_not(world: World, row: int, place: int, seat: Seat) -> str:
    slot = world.slots[place]
    capped = too_many(
        patient_id=seat.patient_id,
        zone=world.zones[seat.patient_id],
        policy=world.policy,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        missed=seat.pk,
    )
    if capped is not None:
        return f"This would be more than her plan allows: {capped.text}."
    near = near_misses(world.instance, world.index, world.book, row, most=len(world.slots))
    broken = next((each.because for each in near if each.slot == place), ("seats",))
    return f"This cannot stand for the session she missed ({'; '.join(WORDS[each] for each in broken)})."
