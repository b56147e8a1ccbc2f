"""A patient's progress as a file: no number without its band, what it rests on, and where it comes from."""

import csv
import io
from collections.abc import Iterator

from rejoin.console.tables.cells import guarded
from rejoin.insights.progress import Progress

COLUMNS = (
    *("measure", "version", "day", "what", "score", "level_estimate", "low90", "high90"),
    *("low90_if_unseen_is_worse", "high90_if_unseen_is_worse", "scores", "source"),
)


def progress_file(found: tuple[Progress, ...]) -> bytes:
    """A row a day of each picture, and one for each gap, which holds no number at all."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in found:
        writer.writerows([guarded(str(cell)) for cell in row] for row in _rows(each))
    return written.getvalue().encode()


def _rows(each: Progress) -> Iterator[tuple[object, ...]]:
    named = (each.scale.name, each.instrument.version)
    score = {dot.on: dot.points for dot in each.dots}
    for day in each.days:
        bounds = (day.mean, day.low, day.high, day.low_unseen, day.high_unseen)
        yield (
            *(
                *named,
                day.on,
                "measured" if day.is_seen else "estimated",
                f"{score[day.on]:g}" if day.is_seen else "",
            ),
            *(f"{bound:.2f}" for bound in bounds),
            *(len(each.dots), "local level model, " + each.fitted.how),
        )
    for gap in each.gaps:
        yield (
            *named,
            gap.until_on,
            "not measured",
            *[""] * 6,
            len(each.dots),
            f"since {gap.from_on}: {gap.why}",
        )
