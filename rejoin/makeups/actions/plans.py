"""What a plan came to: kept beside what nobody can exceed, as prices and proposals. Nothing that stands is moved by it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

import numpy as np

from rejoin.audit.trail import action, nothing_to_tell, record
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refuse_machines
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.eligible import value_of
from rejoin.domain.makeup.problem import Ints
from rejoin.makeups.models import ExtraProposal, PlanRun, Proposal, SeatPrice
from rejoin.makeups.vocabulary import ExtraTurn
from rejoin.makeups.world import World, window_of
from rejoin.programs.models import Session

MANY: Final = 3
"""So many who owe the same and have nowhere to go with it are worth a session of their own. Ours."""
NOUGHT: Final = 0.5
"""Prices under half a point say nothing."""


class Plan(Protocol):
    """What a planner answers (`rejoin.planning.crew`)."""

    @property
    def slot_of(self) -> Mapping[int, int]:
        """By missed session, both by their places in the instance; what stood before is in it."""

    @property
    def price(self) -> np.ndarray:
        """By slot, in points."""

    @property
    def objective(self) -> float: ...
    @property
    def bound(self) -> float: ...
    @property
    def method(self) -> str: ...


@action("makeups.keep_plan")
def keep_plan(*, world: World, plan: Plan, seconds: float = 0.0, by: Actor, at: datetime) -> PlanRun:
    """Keep a plan: what it reached, what seats cost, and what it would offer to whoever has nothing yet."""
    taken = set(world.instance.taken_missed.tolist())
    placed = sorted(plan.slot_of.items())
    run = PlanRun.objects.create(
        program_id=world.program_id,
        policy_version=world.policy.version,
        method=plan.method[:40],
        missed=len(world.missed),
        slots=len(world.slots),
        placed=len(placed),
        objective=round(plan.objective),
        bound=plan.bound,
        gap=max(0.0, (plan.bound - plan.objective) / plan.bound) if plan.bound > 0 else 0.0,
        seconds=seconds,
        at=at,
        by=str(by),
    )
    who = (at, str(by), run.pk)
    insert_rows(
        SeatPrice,
        ("at", "by", "run", "program", "session", "opening", "starts_at", "price"),
        [
            (*who, world.program_id, *world.slots[slot].key, float(price))
            for slot, price in enumerate(plan.price)
            if price >= NOUGHT
        ],
    )
    new = [each for each in placed if each[0] not in taken]
    worth = value_of(
        world.instance,
        np.array([row for row, _ in new], np.int32),
        np.array([slot for _, slot in new], np.int32),
    )
    insert_rows(
        Proposal,
        ("at", "by", "run", "seat", "patient", "session", "opening", "starts_at", "worth"),
        [
            (
                *who,
                world.missed[row].seat_id,
                world.missed[row].patient_id,
                *world.slots[slot].key,
                int(value),
            )
            for (row, slot), value in zip(new, worth, strict=True)
        ],
    )
    record("makeups.keep_plan", f"plan:{run.pk}", by=by, at=at, program=world.program_id)
    return run


@action("makeups.propose_extras")
def propose_extras(*, world: World, placed: Ints, by: Actor, at: datetime) -> list[ExtraProposal]:
    """Where many owe the same and a plan found no seat for them, somebody is told. No session is made by itself."""
    left = [each for each, slot in zip(world.missed, placed, strict=True) if slot < 0]
    wanted = Counter((each.service, each.module) for each in left)
    open_ = {
        (each.service, each.module): each
        for each in ExtraProposal.objects.filter(program=world.program_id)
        .order_by("service", "module", "-pk")
        .distinct("service", "module")
        if each.turn == ExtraTurn.PROPOSED.value and each.until_at > at
    }
    made = []
    for (service, module), count in sorted(wanted.items()):
        if count < MANY or (service, module) in open_:
            continue
        until = min(
            each.starts_at for each in left if (each.service, each.module) == (service, module)
        ) + window_of(world.policy)
        made.append(_propose(world.program_id, service, module, count, until, by, at))
    if not made:
        nothing_to_tell("makeups.propose_extras")
    return made


def _propose(
    program_id: int, service: str, module: str, owed: int, until_at: datetime, by: Actor, at: datetime
) -> ExtraProposal:
    made = ExtraProposal.objects.create(
        program_id=program_id,
        service=service,
        module=module,
        owed=owed,
        until_at=until_at,
        at=at,
        by=str(by),
    )
    record("makeups.propose_extras", f"extra:{made.pk}", by=by, at=at, program=program_id)
    return made


@action("makeups.decide_extra")
def decide_extra(
    *, proposal: ExtraProposal, turn: ExtraTurn, session: Session | None = None, by: Actor, at: datetime
) -> ExtraProposal:
    """Somebody takes it up, with the session she scheduled for it, or sets it aside."""
    refuse_machines(by, what="decides on an extra session")
    if turn is ExtraTurn.PROPOSED or (turn is ExtraTurn.TAKEN_UP) != (session is not None):
        raise Refusal("extra.turn", "It is taken up with a session, or set aside.")
    same = ExtraProposal.objects.filter(
        program=proposal.program_id, service=proposal.service, module=proposal.module
    )
    if same.latest("pk").turn != ExtraTurn.PROPOSED.value:
        raise Refusal("extra.decided", "Somebody has decided on this already.")
    decided = ExtraProposal.objects.create(
        program_id=proposal.program_id,
        service=proposal.service,
        module=proposal.module,
        owed=proposal.owed,
        until_at=proposal.until_at,
        turn=turn.value,
        session=session,
        at=at,
        by=str(by),
    )
    record(
        "makeups.decide_extra",
        f"extra:{decided.pk}",
        by=by,
        at=at,
        program=proposal.program_id,
        reason=turn.value,
    )
    return decided
