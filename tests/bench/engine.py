"""What the engine costs: many seats that start at once, beside a loop that takes one row at a time.

Synthetic. The database is the embedded one with its durable settings; the workers are two processes on
this machine's cores, as `rejoin work` would be. Figures are printed and never asserted.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

START = datetime(2026, 10, 7, 22, 0, tzinfo=UTC)
NOTICED = timedelta(minutes=5)
"""Policy A notices five minutes after the start."""
WORKERS = 2
SIZES = (1_000, 10_000, 50_000, 100_000)


def prepare() -> None:
    """A database of our own, migrated."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "rejoin.config.settings",
        "REJOIN_HOME": os.environ.get("REJOIN_HOME") or tempfile.mkdtemp(prefix="rejoin-bench-"),
    }
    import django

    django.setup()


class Workers:
    """Processes that have everything imported and wait for a word: then they work until nothing is due."""

    def __init__(self, count: int) -> None:
        self.running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.engine", "--worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(count)
        ]
        self._ask("warm")

    def go(self) -> tuple[float, float]:
        """Wall and CPU seconds of all workers until nothing is left."""
        begun = time.perf_counter()
        cpu = sum(self._ask("go"))
        return time.perf_counter() - begun, cpu

    def watch(self) -> None:
        for each in self.running:
            self._say(each, "loop")

    def stop(self) -> None:
        for each in self.running:
            each.terminate()
            each.wait()

    def _ask(self, word: str) -> list[float]:
        for each in self.running:
            self._say(each, word)
        return [float(each.stdout.readline()) for each in self.running if each.stdout]

    @staticmethod
    def _say(worker: "subprocess.Popen[str]", word: str) -> None:
        if worker.stdin:
            worker.stdin.write(word + "\n")
            worker.stdin.flush()


def serve_as_worker() -> None:
    """What a worker process does with the words it is told."""
    from rejoin.followup.engine import run_pass

    for line in sys.stdin:
        cpu = time.process_time()
        if line.strip() == "loop":
            while True:
                run_pass()
                time.sleep(0.25)
        while run_pass() and line.strip() == "go":
            pass
        print(time.process_time() - cpu, flush=True)


def burst(patients: int, *, seed: int, workers: Workers) -> tuple[int, float, float]:
    """Every session starts at the same instant: the harshest minute. Cases, wall and CPU seconds."""
    from rejoin.common import clock
    from rejoin.common.rows import select

    _populate(patients, seed=seed, spread=timedelta(0))
    clock.simulate(shown_at=START, rate=0)
    workers.go()
    before = select("SELECT count(*) FROM followup_case")[0][0]
    clock.simulate(shown_at=START + NOTICED, rate=0)
    wall, cpu = workers.go()
    return select("SELECT count(*) FROM followup_case")[0][0] - before, wall, cpu


def minute(patients: int, *, seed: int) -> tuple[int, float, float]:
    """Sessions start over one minute and the clock runs: absent seats, and how long after her threshold
    a patient waited for her case and her message, median and worst, as committed."""
    from rejoin.common import clock
    from rejoin.common.rows import select

    spread = timedelta(minutes=1)
    _populate(patients, seed=seed, spread=spread)
    clock.simulate(shown_at=START + spread, rate=0)
    workers = Workers(WORKERS)
    workers.go()
    known = select("SELECT count(*) FROM followup_case")[0][0]
    due = [row[0] for row in select(THRESHOLDS, [NOTICED, START])]
    clock.simulate(shown_at=START + NOTICED - timedelta(seconds=3), rate=1)
    workers.watch()
    lags: list[float] = []
    while len(lags) < len(due):
        ((shown, cases),) = select("SELECT rejoin_now(), (SELECT count(*) FROM followup_case)")
        fresh = cases - known - len(lags)
        lags += [(shown - each).total_seconds() for each in due[len(lags) : len(lags) + fresh]]
        time.sleep(0.02)
    workers.stop()
    return len(due), statistics.median(lags), max(lags)


def compare(*, seed: int, workers: Workers) -> tuple[float, float]:
    """Seats a second: sets, and one row at a time, in the same database and the same run."""
    from rejoin.common import clock
    from tests.bench.row_by_row import measure_row_by_row

    _populate(20_000, seed=seed, spread=timedelta(0))
    clock.simulate(shown_at=START, rate=0)
    workers.go()
    clock.simulate(shown_at=START + NOTICED, rate=0)
    single = measure_row_by_row(starts_at=START, now=START + NOTICED, rows=600)
    cases, wall, _ = burst(50_000, seed=seed, workers=workers)
    return cases / wall, single


THRESHOLDS = """
SELECT session.starts_at + %s FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
 WHERE session.starts_at >= %s AND seen.seat_id IS NULL ORDER BY 1
"""


def _populate(patients: int, *, seed: int, spread: timedelta) -> None:
    from rejoin.common import clock
    from tests.bench.populate import populate

    clock.simulate(shown_at=START - timedelta(minutes=10), rate=0)
    populate(patients=patients, starts_at=START, spread=spread, absent=0.15, past=2, seed=seed)


def report(sizes: Sequence[int], seeds: Sequence[int]) -> None:
    workers = Workers(WORKERS)
    print(f"the engine: {WORKERS} workers, embedded PostgreSQL, durable; synthetic seats, 15% absent")
    print("  all sessions start at one instant; from the threshold until all are decided and queued")
    for size in sizes:
        found = [burst(size, seed=seed, workers=workers) for seed in seeds]
        walls = [wall for _, wall, _ in found]
        cases = statistics.median(count for count, _, _ in found)
        each = statistics.median(wall / count for count, wall, _ in found)
        print(
            f"  {size:>7,} seats {cases:>7,.0f} absent: {statistics.median(walls):5.2f} s median, {max(walls):5.2f} s worst, "
            f"{each * 1e6:5.0f} us an absent seat, {statistics.median(cpu for *_, cpu in found):.2f} CPU s in the workers",
            flush=True,
        )
    rates = [compare(seed=seed, workers=workers) for seed in seeds]
    workers.stop()
    for sets, single in rates:
        print(
            f"  seats a second: {sets:,.0f} in sets, {single:,.0f} one row at a time: {sets / single:.1f} times",
            flush=True,
        )
    for seed in seeds[:1]:
        absent, median, worst = minute(50_000, seed=seed)
        print(f"  50,000 seats start within one minute, {absent:,} absent, clock running:")
        print(
            f"    case and message committed {median:.2f} s after the threshold (median), {worst:.2f} s (worst)"
        )


def main() -> None:
    prepare()
    if "--worker" in sys.argv:
        serve_as_worker()
        return
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    given = [int(each) for each in sys.argv[1:]]
    report(given or SIZES, seeds=(1, 2, 3))


if __name__ == "__main__":
    main()
