"""What a first visit to each of a patient's main pages costs her phone: bytes over the line, and when she can tap.

In Chromium, nothing kept from before, on Lighthouse's slow 4G (150 ms, 1.6 Mbit/s) and with a processor four times slower
than this machine's; several visits each, median and worst. Printed and never asserted; the bytes are, in
tests/journeys/test_portal.py. As the platform itself serves it, without anything before it that would compress more.

    python -m tests.bench.portal --times 7
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

VISITS = Path(__file__).parents[1] / "journeys" / "first_visits.py"
AS_TESTS = (
    "-q",
    "-s",
    "-o",
    "python_functions=bench_*",
    "-o",
    f"python_files={VISITS.name}",
    "-p",
    "no:cacheprovider",
)
"""It is run by the fixtures of the journeys."""


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--times", type=int, default=7)
    asked = options.parse_args()
    command = [sys.executable, "-m", "pytest", str(VISITS), *AS_TESTS]
    env = {**os.environ, "REJOIN_BENCH_TIMES": str(asked.times)}
    sys.exit(subprocess.run(command, env=env, check=False).returncode)


if __name__ == "__main__":
    main()
