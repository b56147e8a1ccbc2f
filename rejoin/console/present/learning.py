"""What a program can learn from its own record, as figures that say how unsure they are and what they rest on."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.domain.kernel import local_day, local_midnight
from rejoin.domain.learning.rungs import NO_STUDY, NOT_CAUSAL
from rejoin.domain.learning.shares import ENOUGH_PATIENTS, SharedOut
from rejoin.followup.boards.learning import Learnt, learn
from rejoin.insights.figures import Figure, figure_of_patients
from rejoin.insights.risk_reading import Fitting, fitting_of
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

PERIODS: Final = (
    ("30", "The last 30 days"),
    ("90", "The last 90 days"),
    ("180", "Half a year"),
    ("365", "A year"),
)
USUAL: Final = "90"
ATTENDED: Final = "this program's attendance as decided and attested"
ATTEMPTS: Final = "attempts as they were written down, and this program's attendance"
MADE_UP: Final = "the ledger of missed sessions, and this program's attendance"
HEADING: Final = (
    *(
        "table",
        "what",
        "count",
        "of",
        "patients",
        "share",
        "low95",
        "high95",
        "too_recent",
        "left_before",
        "source",
        "from",
        "until",
    ),
)
WIDTH: Final = 220
MANY: Final = 1_000
"""Misses: a record of so many takes long to count, and does not change in what it says from one minute to the next."""
COUNTED_FOR: Final = timedelta(minutes=10)
"""After which it is counted anew. Ours."""
KEPT: Final = 64
_counted: dict[tuple[int, int, str], Learnt] = {}
"""What a process has counted lately, by who asked, program and days; of more than `KEPT` the oldest goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row: its words, its figure, and the picture of its interval on a line from 0 to 100."""

    what: str
    figure: Figure
    share: SharedOut
    beside: str = ""

    @property
    def x(self) -> tuple[int, int, int] | None:
        """Low, share and high, in the picture's units; None where too few patients stand behind it."""
        if self.share.bounds is None or self.share.value is None:
            return None
        low, high = self.share.bounds
        return round(WIDTH * low), round(WIDTH * self.share.value), round(WIDTH * high)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOf:
    key: str
    title: str
    said: str
    source: str
    apart: str
    """What its intervals allow for, and what they do not."""
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    program: Program
    programs: Sequence[Program]
    """For whose record she answers."""
    days: str
    since: date
    until: date
    counted_at: datetime | None
    """When, where it was not counted anew for this page."""
    tables: Sequence[TableOf]
    fitting: Fitting


def present_learning(asking: Asking, slug: str, days: str) -> Learning | None:
    """Of the program she chose, or of her first; None where she answers for none."""
    mine = [each for each in asking.programs if asking.may(Right.SUPERVISE, each.pk)]
    program = next((each for each in mine if each.slug == slug), mine[0] if mine else None)
    if program is None:
        return None
    span = days if days in dict(PERIODS) else USUAL
    zone = ZoneInfo(program.timezone)
    learnt = _learnt(asking, program, span, zone)
    return Learning(
        program=program,
        programs=mine,
        days=span,
        since=local_day(learnt.since, zone),
        until=local_day(learnt.until, zone),
        counted_at=learnt.until if learnt.until != asking.at else None,
        tables=tuple(_tables(learnt)),
        fitting=fitting_of(program.pk),
    )


def _learnt(asking: Asking, program: Program, span: str, zone: ZoneInfo) -> Learnt:
    """Counted anew; or what she was shown within the last minutes, where there is much to count."""
    key = (asking.staff.pk, program.pk, span)
    lately = _counted.pop(key, None)
    if lately is not None and lately.until <= asking.at < lately.until + COUNTED_FOR:
        _counted[key] = lately
        return lately
    made = learn([program.pk], since=_since(asking.at, int(span), zone), until=asking.at, now=asking.at)
    if any(each.share.of + each.too_recent >= MANY for each in made.returns):
        _counted[key] = made
        for oldest in list(_counted)[:-KEPT]:
            _counted.pop(oldest, None)
    return made


def _since(now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The midnight on the program's wall so many days ago."""
    return local_midnight(local_day(now, zone) - timedelta(days=days), zone)


def _tables(learnt: Learnt) -> Iterator[TableOf]:
    yield TableOf(
        key="returns",
        title="Back after a missed session",
        said="Of misses that are old enough, how many were followed by a session she came to. Misses that are too recent, "
        "and those of patients who left meanwhile, are in no share; they are counted beside it.",
        source=ATTENDED,
        apart=_apart("misses"),
        lines=[
            _line(
                f"Within {each.days} day{'' if each.days == 1 else 's'}",
                each.share,
                ATTENDED,
                f"{each.too_recent} too recent, {each.left_before} left before",
            )
            for each in learnt.returns
        ],
    )
    yield TableOf(
        key="contact",
        title="Contact within 72 hours, by rung of outreach",
        said=NOT_CAUSAL,
        source=ATTEMPTS,
        apart=_apart("attempts"),
        lines=[
            _line(each.rung, each.contact, ATTEMPTS, f"{each.too_recent} too recent")
            for each in learnt.yields
        ],
    )
    yield TableOf(
        key="came",
        title="Back in a session within 72 hours, by rung of outreach",
        said=NOT_CAUSAL,
        source=ATTEMPTS,
        apart=_apart("attempts"),
        lines=[
            _line(each.rung, each.returned, ATTEMPTS, f"{each.too_recent} too recent")
            for each in learnt.yields
        ],
    )
    yield TableOf(
        key="makeups",
        title="What make-ups came to",
        said=f"{NO_STUDY} {learnt.make_ups.open} are open still, and in no share.",
        source=MADE_UP,
        apart=_apart("missed sessions"),
        lines=[_line(end.value, share, MADE_UP) for end, share in learnt.make_ups.ends],
    )


def _apart(many: str) -> str:
    return (
        f"The interval allows for {many} of one patient being alike, so it is wider where few patients have many of them "
        f"(Korn and Graubard 1998); with fewer than {ENOUGH_PATIENTS} patients of like weight there is none. It does not allow "
        "for what kept a whole group away at once"
    )


def _line(what: str, shared: SharedOut, source: str, beside: str = "") -> Line:
    return Line(
        what=what[:1].upper() + what[1:],
        figure=figure_of_patients(shared, source),
        share=shared,
        beside=beside,
    )


def learning_file(shown: Learning) -> str:
    """The same as CSV: each share with its interval, its numbers and its source."""
    out = StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(HEADING)
    for table in shown.tables:
        for each in table.lines:
            share = each.share
            # No share without its interval, in a file as on the page: of too few patients it holds the counts alone.
            told = () if share.bounds is None or share.value is None else (share.value, *share.bounds)
            recent, left = _beside(each.beside)
            lines.writerow(
                [
                    *(
                        table.title,
                        each.what,
                        share.count,
                        share.of,
                        share.patients,
                        *([f"{part:.4f}" for part in told] or [""] * 3),
                    ),
                    *(
                        recent,
                        left,
                        f"{table.source}. {table.apart}",
                        shown.since.isoformat(),
                        shown.until.isoformat(),
                    ),
                ]
            )
    return out.getvalue()


def _beside(words: str) -> tuple[str, str]:
    counts = [each for each in words.replace(",", "").split() if each.isdecimal()]
    return (counts[0] if counts else "", counts[1] if len(counts) > 1 else "")
