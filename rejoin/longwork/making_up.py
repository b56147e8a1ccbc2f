"""Plans of make-ups that somebody asked for: one to be kept, or what extra sessions would change."""

from functools import partial
from typing import Final

import msgspec
from django.db import transaction

from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.running import Job
from rejoin.longwork.vocabulary import Part
from rejoin.makeups import replanning
from rejoin.makeups.whatif import Way, WhatIf, WouldCome, what_if
from rejoin.makeups.world import worlds_of_program

WHAT_IF_SECONDS: Final = 20.0
"""Of each plan: somebody waits for several of them. How good they are is told beside."""
NAME: Final = "who-would-come.json"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[WouldCome]).decode


def plan(job: Job) -> None:
    """Plan the program's make-ups now, and keep it: prices, proposals, and where an extra session might be held."""
    work = job.work
    job.progress.say("Reading what is owed and what there is")
    with replanning.turn(work.program_id) as mine:
        if not mine:
            raise Refusal("plan.turn", "Somebody's plan is being made right now. Look again in a minute.")
        at = clock.now()
        worlds = worlds_of_program(work.program_id, now=at)
        job.progress.say("Looking for the best plan")
        planner = partial(replanning.in_a_process, meanwhile=job.progress.check)
        found = replanning.find_plans(worlds, planner=planner)
        if worlds and not found:
            raise Refusal("plan.none", "No plan came in time, so the one before stands. Try again.")
        with transaction.atomic():
            runs = replanning.keep_plans(found, by=staff_actor(work.asked_by_id), at=at)
            counts = {"missed": sum(run.missed for run in runs), "placed": sum(run.placed for run in runs)}
            job.end(counts)


def try_extras(job: Job) -> None:
    """What extra sessions would change. Nothing of the program is written; who would come is whoever asked's alone."""
    ways = ways_of(job)
    words = ["What there is", "The first way", "The second way"]
    told = what_if(
        job.work.program,
        ways,
        planner=partial(replanning.in_a_process, seconds=WHAT_IF_SECONDS, meanwhile=job.progress.check),
        by=staff_actor(job.work.asked_by_id),
        at=clock.now(),
        tell=lambda done: job.progress.say(words[done], done=done, total=len(ways) + 1),
    )
    with transaction.atomic():
        job.end(_numbers(told), [as_file(told.come)])


def ways_of(job: Job) -> list[Way]:
    return msgspec.convert(job.given["ways"], list[Way])


def as_file(come: tuple[WouldCome, ...]) -> NewFile:
    return NewFile(part=Part.LINES, name=NAME, media_type="application/json", body=_encode(come))


def from_file(body: bytes) -> list[WouldCome]:
    return _decode(body)


def _numbers(told: WhatIf) -> dict[str, object]:
    numbers: dict[str, object] = msgspec.to_builtins(msgspec.structs.replace(told, come=()))
    return numbers
