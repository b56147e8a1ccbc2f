"""One run of a day, as a program: `python -m tests.faults.run --home FOLDER --seats N --seed N [--faults N --fates N]`.

`--prepare` makes the folder: the database with the program in it. A run wants a copy of such a folder of its
own, and writes `ending.json` into it: the end, what must not have been, and figures.
"""

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from tests.faults.crew import Crew, Place


def main() -> None:
    given = _options().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    place = Place(home=given.home)
    environment = place.environment()
    os.environ.clear()  # the shell's own settings may reach real people
    os.environ.update(environment)
    from rejoin.operations.opening import open_platform

    open_platform()
    if given.prepare:
        _prepare(given)
    else:
        _run(place, given)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--home", type=Path, required=True)
    options.add_argument("--prepare", action="store_true")
    options.add_argument("--seats", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first-hour", type=float, default=16)
    options.add_argument("--hours", type=float, default=5)
    options.add_argument("--scale", type=float, default=0.5)
    options.add_argument("--every", type=int, default=10, help="minutes of a step")
    options.add_argument("--faults", type=int, default=0, help="of processes and clocks")
    options.add_argument("--fates", type=int, default=0, help="of texts at the vendor")
    return options


def _size(given: argparse.Namespace) -> Any:
    from tests.faults.world import Size

    return Size(
        seats=given.seats, seed=given.seed, first_hour=given.first_hour, hours=given.hours, scale=given.scale
    )


def _prepare(given: argparse.Namespace) -> None:
    from django.conf import settings

    from rejoin.common import clock
    from rejoin.operations.opening import bring_up_to_date
    from tests.faults.world import MIDNIGHT, build

    bring_up_to_date()
    host = str(settings.DATABASES["default"]["HOST"])
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET track_commit_timestamp = on")  # in force when the server next starts
    clock.simulate(shown_at=MIDNIGHT, rate=0)
    build(_size(given))


def _run(place: Place, given: argparse.Namespace) -> None:
    from tests.faults.checks import find_breaches
    from tests.faults.day import Day
    from tests.faults.ending import tell_ending
    from tests.faults.mischief import Mischief, draw_plan
    from tests.faults.script import write_script
    from tests.faults.times import ProgramClock
    from tests.faults.world import seats

    script = write_script(_size(given), seats(), every=timedelta(minutes=given.every))
    clock = ProgramClock()
    clock.show(script.steps[0].at - timedelta(minutes=1))
    began = time.monotonic()
    crew = Crew(place)
    mischief = None
    try:
        if given.faults or given.fates:
            busy = [number for number, step in enumerate(script.steps) if step.inputs]
            plan = draw_plan(seed=given.seed, steps=busy, count=given.faults, fates=given.fates)
            mischief = Mischief(crew, clock, plan, seed=given.seed)
        day = Day(crew, clock, script, seed=given.seed, mischief=mischief)
        day.run(lambda line: print(line, flush=True))
    finally:
        cpu = crew.end()
    told = {
        "ending": tell_ending(script.racers)
        | {"staff": sorted(f"{act} {came}" for act, came in day.results.items())},
        "breaches": find_breaches(place.ledger, clock),
        "counts": _counts(day, mischief, place),
        "logged": _logged(crew),
        "figures": asdict(day.figures)
        | {
            "wall": round(time.monotonic() - began, 1),
            "cpu": round(cpu + _own_cpu(), 1),
            "told_again": day.told.again,
        }
        | {"faults_amid_work": mischief.amid_work if mischief else 0}
        | {"room_webhooks_told_again": day.rooms.told_again, "staff_tried_again": day.desk.tried_again},
    }
    (place.home / "ending.json").write_text(json.dumps(told, default=str))


def _counts(day: Any, mischief: Any, place: Place) -> dict[str, int]:
    """The faults that really happened, by kind: an order to the vendor counts once a text met it."""
    from rejoin.fakes.ledger import Ledger

    counts: Counter[str] = Counter(mischief.counts if mischief else {})
    ledger = Ledger(place.ledger)
    ordered = {str(each.seq): each.detail for each in ledger.entries("ordered")}
    counts.update(f"vendor: {ordered[each.detail]}" for each in ledger.entries("used"))
    counts.update({f"webhooks {kind}": many for kind, many in day.figures.mishaps.items() if many})
    return dict(sorted(counts.items()))


def _logged(crew: Crew) -> dict[str, int]:
    return dict(Counter(str(line.get("event", line.get("message", "")))[:80] for line in crew.log_lines()))


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
