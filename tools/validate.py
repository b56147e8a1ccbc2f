"""Reruns what the model cards quote, and writes its tables to docs/validation/ (`make validate`).

    python -m tools.validate [part ...] [--quick]

Data that we may ship is in the repository or made by code; data that we may only measure ourselves against is read from
`../shared/data`, or from where REJOIN_VALIDATION_DATA says. Where it is not there, that is said, and its table is left alone.
"""

import os
import sys
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tools.validation.marks import Mark

PARTS = (
    "progress_one_step",
    "progress_missing",
    "progress_speed",
    "risk",
)
"""Modules of tools/validation. Each has `validate(out: Path, *, quick: bool) -> list[Mark]`."""


def main(asked: list[str]) -> int:
    """Exit code 1 where a mark is missed that the model card does not own to, or met that it does; 2 where a part is not known."""
    quick = "--quick" in asked
    chosen = [each for each in asked if each != "--quick"] or list(PARTS)
    unknown = [each for each in chosen if each not in PARTS]
    if unknown:
        print(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    out = Path("docs/validation")
    out.mkdir(parents=True, exist_ok=True)
    marks: list[Mark] = []
    for part in chosen:
        print(f"== {part}", flush=True)
        for mark in import_module(f"tools.validation.{part}").validate(out, quick=quick):
            print(mark.told(), flush=True)
            marks.append(mark)
    missed = [mark for mark in marks if mark.is_met is False]
    print(
        f"{len(marks)} marks, {len(missed)} missed, {sum(bool(mark.known) for mark in missed)} of them as the model card says"
    )
    return 1 if any(mark.is_news for mark in marks) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
