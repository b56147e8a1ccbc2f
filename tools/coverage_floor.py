"""Holds branch coverage to its floors: 100% on the domain, 90% elsewhere."""

import io
import sys
from pathlib import Path

from coverage import Coverage

EVERYWHERE = 90.0
# The pure core in full; settings of vendors that no test has, and what a demonstration says when it fails, less.
OTHERWISE = {"domain": 100.0, "config": 80.0, "demo": 85.0}
FLOORS = {
    f"rejoin/{each.parent.name}/*": OTHERWISE.get(each.parent.name, EVERYWHERE)
    for each in sorted(Path("rejoin").glob("*/__init__.py"))
}


def main() -> int:
    coverage = Coverage()
    coverage.combine(keep=True) if not coverage.get_data().measured_files() else None
    coverage.load()
    low = 0
    for where, floor in FLOORS.items():
        share = coverage.report(include=[where], file=io.StringIO())
        print(f"branch coverage of {where}: {share:.1f}% (floor {floor:.0f}%)")
        if share < floor:
            low += 1
            coverage.report(include=[where], show_missing=True, skip_covered=True)
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
