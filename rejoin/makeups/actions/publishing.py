"""What a plan proposes becomes offers, when a person says so. Nothing that was offered, answered or booked moves by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from rejoin.audit.trail import action, record_all
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal, Word
from rejoin.domain.makeup.offering import options
from rejoin.makeups.actions.offers import LOOKED_AT, give_choice, has_room, offer_make_ups
from rejoin.makeups.actions.waiting import option_in
from rejoin.makeups.caps import too_many
from rejoin.makeups.models import Offer, PlanRun, Proposal
from rejoin.makeups.schema import NOT_IN_PART, STILL_STANDS
from rejoin.makeups.world import NOTICE, Slot, World, world_of_patient, worlds_of_program
from rejoin.people.naming import names_of
from rejoin.programs.models import Program, Seat
from rejoin.programs.seating import hold_patients

AT_ONCE: Final = 100
"""So many are published in one go: a request is over within seconds. Ours."""
# Since the plan was made somebody offered her times for it, or it has its make-up.
SINCE: Final = """
SELECT DISTINCT ON (choice.seat_id) choice.seat_id, choice.by FROM makeups_choice AS choice
 WHERE choice.seat_id = ANY(%(seats)s)
   AND (choice.at > %(planned)s OR choice.expires_at > %(now)s AND EXISTS (
        SELECT FROM makeups_offer AS offer WHERE offer.choice_id = choice.id AND offer.expires_at > %(now)s
           AND NOT EXISTS (SELECT FROM makeups_offerturn AS turned WHERE turned.offer_id = offer.id AND turned.turn <> 'offered')))
 ORDER BY choice.seat_id, choice.id DESC
"""
BOOKED: Final = f"""
SELECT DISTINCT booking.missed_id FROM makeups_booking AS booking JOIN programs_seat AS sits ON sits.id = booking.seat_id
 WHERE booking.missed_id = ANY(%s) AND {STILL_STANDS} AND {NOT_IN_PART}
"""  # noqa: S608 - our own words


CAPS: Final = ("day", "week")
"""Rules of the book that a clinician may let one pass: the seat is there, and it would be one too many."""


class Fate(Word):
    """What came of publishing one proposal."""

    OFFERED = "offered"
    SEAT_GONE = "seat_gone"
    """The seat went since, or she sits elsewhere by now. Nothing was offered."""
    ALREADY = "already"
    """She was offered times since the plan was made, by whoever it was."""
    BOOKED = "booked"
    NOT_OWED = "not_owed"
    """Nothing of it is open any more, or its time is over."""
    TOO_MANY = "too_many"
    """It would be more make-ups than her policy has in a day or week, or more hours than anybody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One proposal, and what came of it."""

    seat_id: int
    patient_id: int
    fate: Fate
    by: str = ""
    """Who offered her something already."""
    offers: tuple[Offer, ...] = ()


def latest_runs(program_id: int) -> list[PlanRun]:
    """The plans that were made at once, the last time: one for each version of the policy that something falls under."""
    last = PlanRun.objects.filter(program=program_id).order_by("-pk").first()
    if last is None:
        return []
    return list(PlanRun.objects.filter(program=program_id, at=last.at, by=last.by).order_by("pk"))


def offer_where_none_is_open(*, seat: Seat, by: Actor, at: datetime) -> list[Offer]:
    """Times for a missed session of which nothing is offered: `Refusal` where a colleague, or she, was quicker."""
    with transaction.atomic():
        hold_patients([seat.patient_id])
        open_ = Offer.objects.filter(seat=seat).open_at(at).order_by("-pk").first()
        if open_ is not None:
            name = names_of([open_.by])[open_.by]
            raise Refusal("makeup.offered", f"Times are offered by now, by {name}: they stay as they are.")
        return offer_make_ups(seat=seat, by=by, at=at)


@action("makeups.publish_plan")
def publish_plan(
    *, program: Program, seen: int, proposals: Collection[int], by: Actor, at: datetime
) -> list[Published]:
    """Offer each of these patients what the latest plan has for her, with others behind it.

    `seen` is the last of the plans that whoever publishes looked at: `Refusal` where there is a newer one. What was
    offered since is left as it is and told, so that two who publish at once are told of each other.
    """
    refuse_machines(by, what="publishes a plan")
    runs = latest_runs(program.pk)
    if not runs or runs[-1].pk != seen:
        raise Refusal("plan.newer", "There is a newer plan by now. Look at it, and publish that.")
    asked = Proposal.objects.filter(run__in=runs, pk__in=proposals).order_by("session_id", "opening_id", "pk")
    chosen = list(
        asked.select_related("seat__session")[: AT_ONCE + 1]
    )  # seats are asked for in this order by everybody
    if not chosen:
        raise Refusal("plan.nothing", "Choose at least one of the proposals.")
    if len(chosen) > AT_ONCE:
        raise Refusal("plan.many", f"Publish at most {AT_ONCE} at once.")
    hold_patients({each.patient_id for each in chosen})
    publishing = _Publishing.of(program.pk, chosen, runs[-1], by, at)
    told = [publishing.publish(each) for each in chosen]
    record_all(
        [
            ("makeups.publish_plan", f"proposal:{each.pk}", each.patient_id, program.pk, came.fate.value)
            for each, came in zip(chosen, told, strict=True)
        ],
        by=by,
        at=at,
    )
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class _Publishing:
    """What is known once these patients' rows are held: none of them is offered anything else meanwhile."""

    worlds: Sequence[World]
    since: Mapping[int, str]
    booked: frozenset[int]
    by: Actor
    at: datetime

    @classmethod
    def of(
        cls, program_id: int, chosen: Sequence[Proposal], run: PlanRun, by: Actor, at: datetime
    ) -> "_Publishing":
        seats = [each.seat_id for each in chosen]
        return cls(
            worlds=worlds_of_program(
                program_id, now=at, patients=sorted({each.patient_id for each in chosen})
            ),
            since=dict(select(SINCE, {"seats": seats, "planned": run.at, "now": at})),
            booked=frozenset(row[0] for row in select(BOOKED, [seats])),
            by=by,
            at=at,
        )

    def publish(self, proposal: Proposal) -> Published:
        fate, offers = self._tried(proposal)
        return Published(
            seat_id=proposal.seat_id,
            patient_id=proposal.patient_id,
            fate=fate,
            by=self.since.get(proposal.seat_id, "") if fate is Fate.ALREADY else "",
            offers=tuple(offers),
        )

    def _tried(self, proposal: Proposal) -> tuple[Fate, list[Offer]]:
        if proposal.seat_id in self.booked:
            return Fate.BOOKED, []
        if proposal.seat_id in self.since:
            return Fate.ALREADY, []
        for world in self.worlds:
            row = world.row_of(proposal.seat_id)
            if row is not None:
                return self._offered_in(world, row, proposal)
        return Fate.NOT_OWED, []

    def _offered_in(self, world: World, row: int, proposal: Proposal) -> tuple[Fate, list[Offer]]:
        """As the program's world has it; where a clinician lets this one pass the caps, else as it is without them."""
        fate, made = self._offered(world, row, proposal)
        if fate not in (Fate.SEAT_GONE, Fate.TOO_MANY) or not world.missed[row].more_allowed:
            return fate, made
        own = world_of_patient(world.missed[row], program_id=world.program_id, now=self.at)
        again = own.row_of(proposal.seat_id)
        if again is None:
            return fate, made
        fate, made = self._offered(own, again, proposal)
        place = _place_in(world, proposal)
        if fate is Fate.OFFERED and place is not None:
            world.book.put(row, place)  # for what is published after it
        return fate, made

    def _offered(self, world: World, row: int, proposal: Proposal) -> tuple[Fate, list[Offer]]:
        """The planned slot first, and what else suits her behind it."""
        place = _place_in(world, proposal)
        if place is None:
            return Fate.SEAT_GONE, []
        planned = option_in(world, row, place)
        if not planned and world.book.why_not(row, place) in CAPS:
            return Fate.TOO_MANY, []
        if not planned or not self._has_room(world.slots[place], proposal):
            return Fate.SEAT_GONE, []
        if self._is_too_many(world, world.slots[place], proposal):
            return Fate.TOO_MANY, []
        others = options(world.instance, world.index, world.book, row, most=LOOKED_AT, price=world.prices)
        found = [*planned, *(each for each in others if each.slot != place)]
        made = give_choice(proposal.seat, world, found, by=self.by, at=self.at)
        world.book.put(row, place)
        return Fate.OFFERED, made

    def _has_room(self, slot: Slot, proposal: Proposal) -> bool:
        return slot.starts_at > self.at + NOTICE and has_room(slot, besides=proposal.patient_id, at=self.at)

    def _is_too_many(self, world: World, slot: Slot, proposal: Proposal) -> bool:
        too_many_then = too_many(
            patient_id=proposal.patient_id,
            zone=world.zones[proposal.patient_id],
            policy=world.policy,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            missed=proposal.seat_id,
        )
        return too_many_then is not None


def _place_in(world: World, proposal: Proposal) -> int | None:
    key = (proposal.session_id, proposal.opening_id, proposal.starts_at)
    return next((place for place, each in enumerate(world.slots) if each.key == key), None)
