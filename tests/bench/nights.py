"""What the engine's questions about measures and estimates cost with 100,000 patients and two years behind them.

Each is asked on the database that `tests.bench.pages --keep` left there, or on one of its own, and taken back: nothing stays
written. Of a part that is asked every few seconds the cost of one pass in which hardly anything is due; of one that is asked at
night the largest program by itself, and all of them. Printed and never asserted.

    python -m tests.bench.nights --keep FOLDER
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import psutil

from tests.bench.pages import history, platform

NIGHT = timedelta(hours=12)
"""From the evening the history ends in, to after the next three in the morning."""


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--keep", type=Path, help="where a run of the pages kept its database")
    options.add_argument("--patients", type=int, default=100_000)
    options.add_argument("--only", default="")
    asked = options.parse_args()
    with platform(asked.keep) as folder:
        history(folder / "years.json", asked.patients)
        measure_nights(asked.only)


def measure_nights(only: str = "") -> None:
    """One line a part."""
    from rejoin.followup.measures import sweep_concerns
    from rejoin.followup.patterns import sweep_patients
    from rejoin.insights.parameters import sweep_parameters
    from rejoin.insights.risk import sweep_risk
    from rejoin.insights.sweep import sweep_measures
    from tests.bench.years import NOW

    tonight = NOW + NIGHT
    print(f"{'part':<34} {'done':>6} {'wall, s':>9} {'CPU, s':>8} {'database, s':>12} {'peak, MB':>9}")
    parts: tuple[tuple[str, Callable[[], int]], ...] = (
        ("measures, settled", lambda: _until_settled(partial(sweep_measures, now=NOW))),
        ("measures, one pass more", lambda: sweep_measures(now=NOW)),
        ("concerns, one pass", lambda: sweep_concerns(now=NOW)),
        ("patterns of 100 patients", lambda: sweep_patients(now=tonight)),
        ("risk, the largest program", lambda: sweep_risk(now=tonight)),
        ("risk, all programs", lambda: _until_settled(partial(sweep_risk, now=tonight))),
        ("parameters, the largest program", lambda: sweep_parameters(now=tonight)),
        ("parameters, all programs", lambda: _until_settled(partial(sweep_parameters, now=tonight))),
    )
    from django.db import transaction

    with transaction.atomic():
        for name, part in parts:
            if only in name:
                _tell(name, part)
        transaction.set_rollback(True)


def _until_settled(part: Callable[[], int]) -> int:
    done = 0
    while did := part():
        done += did
    return done


def _tell(name: str, part: Callable[[], int]) -> None:
    from django.db import connection

    engine = psutil.Process(connection.connection.info.backend_pid)
    before, worked, at = sum(engine.cpu_times()[:2]), time.process_time(), time.perf_counter()
    done = part()
    wall, own = time.perf_counter() - at, time.process_time() - worked
    database = sum(engine.cpu_times()[:2]) - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:<34} {done:>6} {wall:>9.2f} {own:>8.2f} {database:>12.2f} {peak:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
