"""What plans of make-ups cost, and how near to the best they are. Synthetic instances from seeds, printed, never asserted.

For each size several seeds: the gap, wall clock, CPU seconds and memory of the command's own answer, with the checker's
verdict on every plan. Then candidates by themselves, and offers for one patient among all slots, in process. How the
price of a seat changes whom it goes to is measured by `tests.bench.offered`.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from rejoin.domain.makeup.book import facts_of
from rejoin.domain.makeup.eligible import eligible, index_of
from rejoin.domain.makeup.offering import options
from rejoin.domain.makeup.solving import book_of_taken
from rejoin.planning.reading import read_instance
from tests.builders.planning import write_instance

COMMAND = Path(sys.executable).with_name("rejoin")
BARS = {
    100: "proven optimal, 1 s",
    1_000: "gap 0.1%, 5 s",
    10_000: "gap 0.1%, 30 s, 1 GB",
    100_000: "gap 0.5%, 240 s, 4 GB",
}
QUICK = {10_000: 10}
"""Once more with this many seconds: a gap of 1% is the bar."""
ASKED = 3_000


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="*", default=[*BARS])
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument(
        "--large-seeds", type=int, default=2, help="of the size of 100,000, which takes minutes"
    )
    given = asked.parse_args(arguments)
    for size in given.sizes:
        seeds = range(1, 1 + (given.large_seeds if size >= 100_000 else given.seeds))
        with tempfile.TemporaryDirectory(prefix="rejoin-plans-") as scratch:
            folders = [write_instance(Path(scratch) / str(seed), size=size, seed=seed) for seed in seeds]
            report(size, [solved(folder) for folder in folders], BARS.get(size, "no bar"))
            if size in QUICK:
                report(
                    size, [solved(folder, QUICK[size]) for folder in folders], f"gap 1% in {QUICK[size]} s"
                )
            in_process(folders[0])


def solved(folder: Path, seconds: float = 240) -> dict[str, Any]:
    """The command's answer, and whether the checker finds anything in its plan."""
    out = folder / "PLAN.csv"
    words = ["makeup", "solve", folder, "--out", out, "--time-limit", seconds, "--workers", 2, "--json"]
    began = time.perf_counter()
    ended = subprocess.run([COMMAND, *map(str, words)], capture_output=True, check=True)
    answer: dict[str, Any] = msgspec.json.decode(ended.stdout)
    answer["command_s"] = time.perf_counter() - began
    checked = subprocess.run(
        [COMMAND, "makeup", "check", folder, out, "--json"], capture_output=True, check=False
    )
    verdict = msgspec.json.decode(checked.stdout)
    answer["broken"] = len(verdict["violations"]) + (verdict["objective"] != answer["objective"])
    return answer


def report(size: int, answers: Sequence[dict[str, Any]], bar: str) -> None:
    def both(name: str, scale: float = 1) -> str:
        values = [each[name] * scale for each in answers]
        return f"{statistics.median(values):.3f}/{max(values):.3f}"

    print(
        f"{size:>7,} missed, {len(answers)} seeds (bar: {bar}); median/worst: gap {both('gap', 100)}%, wall {both('wall_s')} s "
        f"(command {both('command_s')} s), CPU {both('cpu_s')} s, memory {both('peak_rss_mb')} MB; "
        f"recovered {statistics.mean(each['recovered'] for each in answers) / size:.1%}; "
        f"broken rules or other worth by the checker: {sum(each['broken'] for each in answers)}",
        flush=True,
    )


def in_process(folder: Path) -> None:
    """Candidates, and offers for one patient, each in a process of its own: memory is that process's."""
    for measure in (candidates, offers):
        context = get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=measure, args=(folder, theirs))
        process.start()
        print(f"        {ours.recv()}", flush=True)
        process.join()


def candidates(folder: Path, line: Connection) -> None:
    instance = read_instance(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    order = np.argsort(instance.missed.patient, kind="stable").astype(np.int32)
    pairs = eligible(instance, index_of(instance), order)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line.send(
        f"candidates: {len(pairs):,} pairs in {wall:.2f} s (CPU {cpu:.2f}); {after / 1024:.0f} MB in all, "
        f"{before / 1024:.0f} of them before"
    )


def offers(folder: Path, line: Connection) -> None:
    instance = read_instance(folder)
    index, book = index_of(instance), book_of_taken(instance, facts_of(instance))
    price = np.zeros(len(instance.slots.ids))
    chance = np.random.default_rng(1)
    took, found = [], 0
    for missed in chance.integers(0, len(instance.missed.ids), ASKED).tolist():
        began = time.perf_counter()
        found += len(options(instance, index, book, missed, most=3, price=price))
        took.append((time.perf_counter() - began) * 1000)
    p50, p95, p99 = np.percentile(took, [50, 95, 99])
    line.send(
        f"three offers among {len(instance.slots.ids):,} slots (bar p99 5 ms): p50 {p50:.2f}, p95 {p95:.2f}, p99 {p99:.2f}, "
        f"worst {max(took):.2f} ms; {found / ASKED:.2f} offers each"
    )


if __name__ == "__main__":
    main()
