"""Every day of every patient: a thousand, a million, and statsmodels beside them. Printed and not asserted."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tools.validation.progress_speed import validate


def main() -> None:
    print("estimates of progress, synthetic series of 6 to 15 visits, one core")
    with tempfile.TemporaryDirectory() as folder:
        for mark in validate(Path(folder), quick=False):
            print("  " + mark.told())
        print((Path(folder) / "progress-speed.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
