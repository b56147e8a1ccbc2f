"""Plans of a whole program: each night, and when a session that people were to come to is called off.

A plan is found in a process of its own, that is ended if it does not end by itself. It becomes prices, which rank what is
offered from then on, and proposals for people; nothing that was offered or accepted moves by it.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import select
from rejoin.domain.kernel import local_day, local_midnight
from rejoin.domain.makeup.problem import Instance
from rejoin.makeups.actions.plans import Plan, keep_plan, propose_extras
from rejoin.makeups.models import PlanRun
from rejoin.makeups.world import World, worlds_of_program
from rejoin.planning.apart import plan_apart

log = logging.getLogger("rejoin.makeups")
SECONDS: Final = 60.0
WORKERS: Final = 2
AT_NIGHT: Final = timedelta(hours=3)
"""On the program's clock: nobody is offered anything then."""
FEWEST: Final = 10
"""With fewer open at once there is little to weigh: each is offered what suits it best. Ours."""
Planner = Callable[[Instance], Plan | None]
# Programs in which enough is open, when they were last planned, and whether something was called off since.
OPEN = """
SELECT program.id, program.timezone, latest.at, EXISTS (
           SELECT FROM makeups_offerturn AS turned JOIN makeups_offer AS offer ON offer.id = turned.offer_id
             JOIN makeups_choice AS choice ON choice.id = offer.choice_id
            WHERE choice.program_id = program.id AND turned.reason = 'session_off' AND turned.at > latest.at)
  FROM programs_program AS program
  LEFT JOIN LATERAL (SELECT run.at FROM makeups_planrun AS run WHERE run.program_id = program.id
                      ORDER BY run.id DESC LIMIT 1) AS latest ON true
 WHERE (SELECT count(*) FROM (
            SELECT FROM makeups_debt AS debt JOIN programs_seat AS seat ON seat.id = debt.seat_id
              JOIN programs_session AS session ON session.id = seat.session_id
             WHERE session.program_id = program.id AND session.starts_at > %(since)s AND session.starts_at <= %(now)s
             LIMIT %(fewest)s) AS open) >= %(fewest)s
 ORDER BY program.id
"""
TURN: Final = "SELECT pg_try_advisory_lock(hashtext('makeups.replan'), %s)"
LET_GO: Final = "SELECT pg_advisory_unlock(hashtext('makeups.replan'), %s)"


def programs_to_plan(now: datetime, *, fewest: int = FEWEST) -> list[int]:
    """Those not planned since the last night, or since something was called off."""
    rows = select(OPEN, {"since": now - timedelta(days=14), "now": now, "fewest": fewest})
    return [
        program
        for program, timezone, planned_at, called_off in rows
        if planned_at is None or called_off or planned_at < last_night(now, ZoneInfo(timezone))
    ]


def last_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The latest three o'clock in the morning there."""
    day = local_day(now - AT_NIGHT, zone)
    return local_midnight(day, zone) + AT_NIGHT


def replan_due(*, now: datetime, planner: Planner | None = None, fewest: int = FEWEST) -> int:
    """Plan what is due. One worker at a time a program; how many plans were kept."""
    kept = 0
    for program_id in programs_to_plan(now, fewest=fewest):
        with turn(program_id) as mine:
            if mine:
                kept += len(replan(program_id, planner=planner or in_a_process, by=ENGINE, at=now))
    return kept


@contextmanager
def turn(program_id: int) -> Iterator[bool]:
    """Whether it is ours to plan that program now: one at a time does."""
    ((mine,),) = select(TURN, [program_id])
    try:
        yield bool(mine)
    finally:
        if mine:
            select(LET_GO, [program_id])


def replan(program_id: int, *, planner: Planner, by: Actor, at: datetime) -> list[PlanRun]:
    """One plan for each version of the policy that something open falls under. Where no plan came, none is kept."""
    return keep_plans(find_plans(worlds_of_program(program_id, now=at), planner=planner), by=by, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlan:
    """What a planner made of one world, and in how long."""

    world: World
    plan: Plan
    seconds: float


def find_plans(worlds: Sequence[World], *, planner: Planner) -> list[FoundPlan]:
    """Nothing is written by it: it may take as long as it takes."""
    found = []
    for world in worlds:
        begun = time.monotonic()
        plan = planner(world.instance)
        if plan is None:
            log.warning("makeups.no_plan", extra={"row_id": world.program_id})
            continue
        found.append(FoundPlan(world=world, plan=plan, seconds=time.monotonic() - begun))
    return found


def keep_plans(found: Sequence[FoundPlan], *, by: Actor, at: datetime) -> list[PlanRun]:
    """Prices and proposals of each, and where many have nowhere to go, word of it."""
    runs = []
    for each in found:
        runs.append(keep_plan(world=each.world, plan=each.plan, seconds=each.seconds, by=by, at=at))
        placed = np.full(len(each.world.missed), -1, np.int32)
        for missed, slot in each.plan.slot_of.items():
            placed[missed] = slot
        propose_extras(world=each.world, placed=placed, by=by, at=at)
    return runs


def in_a_process(
    instance: Instance, *, seconds: float = SECONDS, meanwhile: Callable[[], None] = lambda: None
) -> Plan | None:
    return plan_apart(instance, seconds=seconds, workers=WORKERS, meanwhile=meanwhile)
