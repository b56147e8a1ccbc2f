"""What the engine costs: many seats that start at once, against a loop that takes one row at a time.

Synthetic. The database is the embedded one with its durable settings, on this machine's cores.
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 10, 7, 22, 0, tzinfo=UTC)


def prepare() -> None:
    """A database of our own, migrated."""
    home = tempfile.mkdtemp(prefix="rejoin-bench-")
    os.environ |= {"DJANGO_SETTINGS_MODULE": "rejoin.config.settings", "REJOIN_HOME": home}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def burst(patients: int, *, seed: int, spread: timedelta) -> dict[str, float]:
    """All of `patients` start within `spread`; one pass at the threshold has to see to every absent one."""
    from rejoin.common import clock
    from rejoin.common.rows import select
    from tests.bench.populate import populate

    clock.simulate(shown_at=START - timedelta(minutes=1), rate=0)
    seats = populate(patients=patients, starts_at=START, spread=spread, absent=0.15, past=2, seed=seed)
    clock.simulate(shown_at=START + spread, rate=0)
    run_pass()  # the first look: nobody is missing yet
    clock.simulate(shown_at=START + spread + timedelta(minutes=15), rate=0)
    wall, cpu = time.perf_counter(), time.process_time()
    run_pass()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ((cases,),) = select("SELECT count(*) FROM followup_case")
    ((queued,),) = select("SELECT count(*) FROM outreach_message")
    return {"seats": seats, "cases": cases, "queued": queued, "wall": wall, "cpu": cpu}


def run_pass() -> None:
    """The parts that decide, each until it has nothing left; what each costs goes to standard error."""
    from rejoin.attendance.sweep import sweep_sessions
    from rejoin.common import clock
    from rejoin.followup.hearing import sweep_messages
    from rejoin.followup.patterns import sweep_patients
    from rejoin.followup.sweep import sweep_cases, sweep_statuses

    for part in (sweep_sessions, sweep_statuses, sweep_messages, sweep_cases, sweep_patients):
        begun, cpu, rows = time.perf_counter(), time.process_time(), 0
        while did := part(now=clock.now()):
            rows += did
        spent = time.perf_counter() - begun
        print(
            f"   {part.__name__}: {rows} rows, {spent:.2f} s, {time.process_time() - cpu:.2f} CPU s here",
            file=sys.stderr,
        )


if __name__ == "__main__":
    prepare()
    for size in [int(each) for each in sys.argv[1:]] or [50_000]:
        for seed in (1, 2, 3):
            print(
                size,
                {k: round(v, 2) for k, v in burst(size, seed=seed, spread=timedelta(0)).items()},
                flush=True,
            )
