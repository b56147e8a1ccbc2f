"""Runs every test, on two cores, and holds branch coverage to its floors: 100% on the domain, 90% elsewhere.

What is measured lies in a folder of this run alone: another run in the same checkout would throw it away. Each of the
processes that ran tests has to have handed in its part. Modules that somebody wrote while the tests ran are named where
a floor is missed: their lines were counted as those of another text.

Tests that wait for browsers, servers and clocks share their machine with strangers. One or two of them that failed are
run once more, by themselves, and named at the end whatever comes of it: one that fails alone too is red, and so is any
third one. What is pure has no second run: it has nothing to wait for.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from coverage import Coverage

EVERYWHERE = 90.0
# The pure core in full; settings of vendors that no test has, and what a demonstration says when it fails, less.
OTHERWISE = {"domain": 100.0, "config": 80.0, "demo": 85.0}
FLOORS = {
    f"rejoin/{each.parent.name}/*": OTHERWISE.get(each.parent.name, EVERYWHERE)
    for each in sorted(Path("rejoin").glob("*/__init__.py"))
}
PROCESSES = 2
# Files in their own order, each by one process: a browser, a server and a database of a folder are started once in each.
SHARED_OUT = ("-n", str(PROCESSES), "--dist", "loadfile", "--no-loadscope-reorder")
MEASURED = ("--cov=rejoin", "--cov-branch", "--cov-report=")
AGAIN_AT_MOST = 2
PURE = ("tests/domain/", "tests/specs/")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rejoin-covered-") as folder:
        measured, began = Path(folder) / "measured", time.time()
        tests = [sys.executable, "-m", "pytest", "-o", f"cache_dir={folder}/cache"]
        asked = [*SHARED_OUT, *MEASURED, *sys.argv[1:]]
        ended = subprocess.run(tests + asked, env=os.environ | {"COVERAGE_FILE": str(measured)}, check=False)
        unsteady = failed_in(Path(folder) / "cache")
        if ended.returncode and not (
            ended.returncode == 1 and may_go_again(unsteady) and passed_alone(tests, unsteady)
        ):
            return ended.returncode
        missing = who_is_missing(measured)
        for each in missing:
            print(f"coverage cannot be told: nothing came from process {each}")
        low = count_low(measured)
        for path in written_since(began) if low else ():
            print(f"{path} was written while the tests ran: its lines are not those that were measured")
        for test in unsteady:
            print(f"UNSTEADY: {test} failed among the others and passed by itself")
        return 1 if missing or low else 0


def failed_in(cache: Path) -> list[str]:
    """The tests, by their names, that failed in the run which kept its memory here."""
    kept = cache / "v/cache/lastfailed"
    return sorted(json.loads(kept.read_text())) if kept.exists() else []


def may_go_again(failed: list[str]) -> bool:
    return 0 < len(failed) <= AGAIN_AT_MOST and not any(each.startswith(PURE) for each in failed)


def passed_alone(tests: list[str], failed: list[str]) -> bool:
    print(f"once more, each by itself: {', '.join(failed)}", flush=True)
    return all(subprocess.run([*tests, each], check=False).returncode == 0 for each in failed)


def who_is_missing(measured: Path) -> list[str]:
    """Processes that ran tests and handed nothing in; each signs its part (`context` in pyproject.toml)."""
    coverage = Coverage(data_file=measured)
    coverage.load()
    handed_in = coverage.get_data().measured_contexts()
    return [name for number in range(PROCESSES) if (name := f"gw{number}") not in handed_in]


def written_since(began: float) -> list[Path]:
    return sorted(each for each in Path("rejoin").rglob("*.py") if each.stat().st_mtime > began)


def count_low(measured: Path) -> int:
    """How many areas are under their floor. Prints each, and the lines that no test took of those that are."""
    coverage = Coverage(data_file=measured)
    coverage.load()
    low = 0
    for where, floor in FLOORS.items():
        share = coverage.report(include=[where], file=io.StringIO())
        print(f"branch coverage of {where}: {share:.1f}% (floor {floor:.0f}%)")
        if share < floor:
            low += 1
            coverage.report(include=[where], show_missing=True, skip_covered=True)
    return low


if __name__ == "__main__":
    sys.exit(main())
