"""`make bench`: what triage costs, measured and not asserted. These are synthetic programs.

Prints wall clock, CPU seconds of all processes and their peak memory (proportional set size, so that
pages shared by a fork count once), for growing programs and several seeds, and the time to recompute
one live session of fifteen.
"""

import argparse
import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from rejoin.domain.policy import follow_seat
from rejoin.sidecar.triage import Answer, decide_patients, open_world
from rejoin.sidecar.world import World, patient_facts
from tests.bench.program import write_program
from tests.builders.folder import FolderBuilder

AT = "2026-09-01T00:00Z"
COMMAND = Path(sys.executable).with_name("rejoin")
LIVE_ROUNDS = 3_000


@dataclass(frozen=True)
class Cost:
    """One run of the command."""

    seats: int
    events: int
    wall: float
    cpu: float
    peak_mb: float
    report_mb: float


def measure_triage(seats: int, seed: int) -> Cost:
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as scratch:
        folder = Path(scratch) / "program"
        written = write_program(folder, seats=seats, seed=seed)
        out = Path(scratch) / "report.json"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        with out.open("wb") as file:
            running = subprocess.Popen(
                [str(COMMAND), "triage", str(folder), "--at", AT, "--json"], stdout=file
            )
            peak = watch_memory(running)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if running.returncode:
            raise SystemExit(f"the command ended with {running.returncode}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Cost(written.seats, written.events, wall, cpu, peak, out.stat().st_size / 1e6)


def watch_memory(running: "subprocess.Popen[bytes]") -> float:
    """The peak of what the command and its children hold together, in megabytes."""
    peak = 0.0
    root = psutil.Process(running.pid)
    while running.poll() is None:
        held = 0
        for process in (root, *_children(root)):
            try:
                held += process.memory_full_info().pss
            except psutil.Error:
                continue
        peak = max(peak, held / 1e6)
        # Reading the memory map holds up whoever is being measured: seldom is enough.
        time.sleep(2 if peak > 200 else 0.1)
    return peak


def _children(root: psutil.Process) -> list[psutil.Process]:
    try:
        return list(root.children(recursive=True))
    except psutil.Error:
        return []


def measure_live(seed: int) -> tuple[list[float], list[float]]:
    """Milliseconds for each time a live session is decided anew: (its seats and cases, all of its patients)."""
    with tempfile.TemporaryDirectory(prefix="rejoin-bench-") as scratch:
        builder = FolderBuilder(Path(scratch) / "live", policy="a-")
        for number in range(15):
            builder.patient(f"P{number}")
        builder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15", breaks="19:30-19:45")
        for number in range(12):
            minute = (number * 7 + seed) % 20
            builder.present("S1", f"P{number}", f"2026-10-05T18:{minute:02d}", "2026-10-05T18:50")
            builder.present("S1", f"P{number}", "2026-10-05T18:55", None, device="b")
        world, _ = open_world(builder.write(), now=datetime(2026, 10, 5, 23, 5, tzinfo=UTC))
        seats = [_recompute_seats(world) for _ in range(LIVE_ROUNDS)]
        return seats, [_recompute_patients(world) for _ in range(LIVE_ROUNDS)]


def _recompute_seats(world: World) -> float:
    """What a room event asks for: the session's outcomes, minutes and cases."""
    start = time.perf_counter()
    for patient_id in world.seats:
        facts = patient_facts(world, patient_id)
        follow_seat(facts, facts.seats[0], book=world.folder.book, now=world.now)
    return (time.perf_counter() - start) * 1000


def _recompute_patients(world: World) -> float:
    """The same with everything else about the fifteen: weeks, billing, triggers, and the report's shape."""
    start = time.perf_counter()
    decide_patients(world, world.seats, into=Answer())
    return (time.perf_counter() - start) * 1000


def report_costs(sizes: Sequence[int], seeds: Sequence[int]) -> None:
    print("triage of a folder, command line to JSON (synthetic programs)")
    print(
        f"{'seats':>10} {'events':>10} {'seed':>4} {'wall s':>8} {'CPU s':>8} {'us/seat':>8} {'peak MB':>8} {'JSON MB':>8}"
    )
    for seats in sizes:
        costs = []
        for seed in seeds:
            cost = measure_triage(seats, seed)
            costs.append(cost)
            per_seat = cost.cpu / cost.seats * 1e6
            print(
                f"{cost.seats:>10,} {cost.events:>10,} {seed:>4} {cost.wall:>8.2f} {cost.cpu:>8.2f} "
                f"{per_seat:>8.1f} {cost.peak_mb:>8.0f} {cost.report_mb:>8.0f}",
                flush=True,
            )
        if len(costs) > 1:
            walls = [cost.wall for cost in costs]
            print(f"{'':>10} median wall {statistics.median(walls):.2f} s, worst {max(walls):.2f} s")


def report_live(seeds: Sequence[int]) -> None:
    print("\none live session of 15 recomputed, milliseconds")
    for seed in seeds:
        gc.collect()
        for what, measured in zip(
            ("seats and cases", "all of its patients"), measure_live(seed), strict=True
        ):
            times = sorted(measured)
            p99 = times[int(len(times) * 0.99)]
            told = f"median {statistics.median(times):.3f}, p99 {p99:.3f}, worst {times[-1]:.3f}"
            print(f"seed {seed}, {what:20}: {told}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    chosen = parser.parse_args()
    report_live(chosen.seeds)
    report_costs(chosen.sizes, chosen.seeds)


if __name__ == "__main__":
    main()
