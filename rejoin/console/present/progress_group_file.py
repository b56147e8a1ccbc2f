"""A group's progress as a file: no mean without its bounds, how many are behind it, and where it comes from."""

import csv
import io
from collections.abc import Iterator

from rejoin.console.present.progress_group import WHY
from rejoin.console.tables.cells import guarded
from rejoin.domain.progress import Together
from rejoin.insights.progress_group import OfGroup

COLUMNS = (
    *("measure", "version", "week_of", "last_day", "members", "measured", "not_measured", "open"),
    *("mean_level_estimate", "low90", "high90", "low90_if_unseen_is_worse", "high90_if_unseen_is_worse"),
    *("members_behind", "why_none", "source"),
)


def progress_group_file(found: tuple[OfGroup, ...]) -> bytes:
    """A row a week of each picture. Of fewer than five members it counts nothing."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in found:
        writer.writerows([guarded(str(cell)) for cell in row] for row in _rows(each))
    return written.getvalue().encode()


def _rows(each: OfGroup) -> Iterator[tuple[object, ...]]:
    for week in each.weeks:
        yield (
            *(each.scale.name, each.instrument.version, week.begins_on, week.until_on),
            *((week.members, week.measured, week.unmeasured, week.open) if week.is_counted else ("",) * 4),
            *_level(week.level),
            WHY[week.untold] if week.untold else "",
            "counted from the measures that came due"
            + (f"; local level model, {each.fitted.how}" if week.level else ""),
        )


def _level(level: Together | None) -> tuple[object, ...]:
    if level is None:
        return ("",) * 6
    bounds = (level.mean, level.low, level.high, level.low_unseen, level.high_unseen)
    return (*(f"{bound:g}" for bound in bounds), level.people)
