"""Writes examples/week: one program week as its room exports and tables would tell it.

Everybody in it is made up. The same files come out every time; `--check` says whether the ones on
disk are these.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.example_week.folder import WEEK, differences, write  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when the files on disk differ"
    )
    parser.add_argument("--folder", type=Path, default=WEEK)
    options = parser.parse_args()
    if not options.check:
        write(options.folder)
    found = differences(options.folder)
    for each in found:
        print(each, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
