"""A patient's progress in words, pictures and numbers: what is known, how surely, and what nobody can say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.chart import Chart, draw, key_of, letters
from rejoin.console.present.measures import ENDINGS, HOWS
from rejoin.console.present.words import counted
from rejoin.domain.kernel import local_day
from rejoin.domain.progress import Verdict
from rejoin.followup.vocabulary import LEAVE_THE_PLAN
from rejoin.followup.words import DECISIONS, word
from rejoin.insights.figures import Figure
from rejoin.insights.progress import Day, Progress, ask_first, progress_of
from rejoin.insights.vocabulary import How
from rejoin.people.models import Patient

VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = MappingProxyType(
    {
        Verdict.IMPROVED: ("Improved", "is-sage is-check"),
        Verdict.UNCHANGED: ("Unchanged", "is-sky is-bar"),
        Verdict.WORSENED: ("Worsened", "is-rose is-triangle"),
        Verdict.CANNOT_TELL: ("Cannot tell", "is-amber is-ring"),
    }
)
CHANGES: Final = """
SELECT (event.at AT TIME ZONE program.timezone)::date, event.decision
  FROM followup_reviewevent AS event JOIN followup_review AS review ON review.id = event.review_id
  JOIN programs_program AS program ON program.id = review.program_id
 WHERE event.patient_id = %s AND event.turn = 'decided' AND event.decision <> ALL(%s) ORDER BY event.at, event.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A number that is a definition and no finding: whose it is stands with it."""

    given: str
    source: str


_NEVER: Final = (
    "Asked, and never answered. Nothing is known of her by this measure: not how she is, and not whether anything "
    "changed. Without a first score no change can ever be told."
)
_SOURCE: Final = "from {} of hers and {}; what was not seen is taken to be somewhat worse"
Part = str | date | Figure | Given
Sentence = tuple[Part, ...]
"""Words without any digit, and beside them what holds numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapShown:
    letter: str
    from_on: date
    until_on: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    on: date
    what: str
    figure: Figure | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressShown:
    key: str
    name: str
    measure: str
    """What she is asked, of which `name` may be a part."""
    version: str
    asked_in: str
    """The program, where another one asks the same: else two parts of the page had one name."""
    verdict: Verdict
    """What is told apart by it; people read `word`."""
    word: str
    look: str
    sentences: tuple[Sentence, ...]
    charts: tuple[tuple[str, Chart], ...]
    described: str
    gaps: tuple[GapShown, ...]
    rows: tuple[RowShown, ...]
    basis: Sentence
    unvalidated: str
    versions: str
    """Where another version was asked as well: that nothing leads across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageShown:
    patient: Patient
    called: str
    zone: ZoneInfo
    parts: tuple[ProgressShown, ...]
    changes: tuple[tuple[date, str], ...]
    missed_on: tuple[date, ...]
    """The latest first: what the crosses are, for whoever does not see them."""
    ask: Sentence


def present_progress(asking: Asking, patient: Patient) -> PageShown:
    """Five queries, however many measures there are."""
    today = local_day(asking.at, asking.zone)
    found = progress_of(patient, today)
    changes = tuple(
        (row[0], word(DECISIONS, row[1])) for row in select(CHANGES, [patient.pk, sorted(LEAVE_THE_PLAN)])
    )
    called = {program.pk: program.name for program in asking.programs}
    return PageShown(
        patient=patient,
        called=patient.preferred_name or patient.name or patient.external_id,
        zone=asking.zone,
        parts=tuple(_part(each, found, [on for on, _ in changes], called) for each in found),
        changes=changes,
        missed_on=tuple(sorted({on for each in found for on in each.missed_on}, reverse=True)),
        ask=_ask(found),
    )


def _part(
    each: Progress, all_: Sequence[Progress], changes: Sequence[date], called: Mapping[int, str]
) -> ProgressShown:
    gaps = _gaps(each)
    spans = [(gap.from_on, gap.until_on) for gap in gaps]
    word_of, look = VERDICTS[each.verdict]
    sentences = _sentences(each)
    return ProgressShown(
        key=key_of(each),
        name=each.scale.name,
        measure=each.instrument.name,
        version=each.instrument.version,
        asked_in=_asked_in(each, all_, called),
        verdict=each.verdict,
        word="Never measured" if not each.dots else word_of,
        look=look,
        sentences=sentences,
        charts=tuple((kind, draw(each, spans, changes, kind)) for kind in ("wide", "narrow")),
        described=_described(each, gaps),
        gaps=gaps,
        rows=_rows(each, gaps),
        basis=_basis(each),
        unvalidated="" if each.instrument.validated else each.instrument.source,
        versions=_versions(each, all_),
    )


def _asked_in(each: Progress, all_: Sequence[Progress], called: Mapping[int, str]) -> str:
    """Where it is not hers to know what the other program is called, it is another one."""
    same = {
        one.program_id for one in all_ if one.instrument.name_and_version == each.instrument.name_and_version
    }
    return called.get(each.program_id, "another program") if len(same) > 1 else ""


def _gaps(each: Progress) -> tuple[GapShown, ...]:
    """Days that follow each other for the same reason are one gap; where something was answered meanwhile, it ends."""
    measured = {dot.on for dot in each.dots}
    told = sorted(each.gaps, key=lambda gap: gap.until_on)
    found: list[tuple[date, date, str]] = []
    for why, same in groupby(told, key=lambda gap: ENDINGS[gap.why]):
        for gap in same:
            start = max([gap.from_on, *(on + timedelta(days=1) for on in measured if on < gap.until_on)])
            follows = found and found[-1][2] == why and (start - found[-1][1]).days <= 1
            if follows and not any(found[-1][1] < on <= start for on in measured):
                found[-1] = (found[-1][0], gap.until_on, why)
            else:
                found.append((start, gap.until_on, why))
    return tuple(
        GapShown(letter=letter, from_on=start, until_on=end, why=why)
        for (start, end, why), letter in zip(found, letters(), strict=False)  # letters have no end
    )


def _sentences(each: Progress) -> tuple[Sentence, ...]:
    last = each.last
    if last is None:
        return ((_NEVER,),)
    said: list[Sentence] = []
    today = each.days[-1]
    if last.on < each.today:
        said.append(
            (
                "Not measured since ",
                last.on,
                ". Between then and now she may be between ",
                _range(each, today),
                "; " + _whether(each),
            )
        )
    if each.change is None:
        said.append(
            (
                "Measured once, on ",
                last.on,
                ". A change needs a second score.",
            )
        )
        return tuple(said)
    said.append(_changed(each))
    if each.tipping is not None and each.verdict is not Verdict.CANNOT_TELL:
        said.append(
            (
                "It hangs on what was not seen: if her unseen scores are worse than expected by ",
                _tips(each),
                ", the verdict would be another one.",
            )
        )
    return tuple(said)


def _whether(each: Progress) -> str:
    if each.verdict is Verdict.CANNOT_TELL:
        return "whether she is better or worse than at the first score, nobody can say."
    return "that is an estimate, with no score of hers since."


def _changed(each: Progress) -> Sentence:
    reliable: Part = Given(given=f"{each.held.reliable_change:.3g} points", source=each.held.source)
    change = _change(each)
    first = each.dots[0].on
    if each.verdict is Verdict.CANNOT_TELL:
        return (
            "Since the first score, on ",
            first,
            ", her level changed by ",
            change,
            ". More than chance begins at ",
            reliable,
            ", so this holds more than one answer.",
        )
    ends = {
        Verdict.IMPROVED: ": better by more than chance, which begins at ",
        Verdict.WORSENED: ": worse by more than chance, which begins at ",
        Verdict.UNCHANGED: ": no more than chance, which ends at ",
    }
    return (
        "Since the first score, on ",
        first,
        ", her level changed by ",
        change,
        ends[each.verdict],
        reliable,
        ".",
    )


def _change(each: Progress) -> Figure:
    middle, low, high = each.change or (0.0, 0.0, 0.0)
    return Figure(
        said=f"{_signed(middle)} points",
        unsure=f"90% interval {_signed(low)} to {_signed(high)}",
        source=_SOURCE.format(counted(len(each.dots), "score", "scores"), each.named),
    )


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")


def _tips(each: Progress) -> Figure:
    return Figure(
        said=f"{each.tipping or 0:.1f} points",
        unsure="how much worse they are is not in what was seen, so nobody can give an interval",
        source="tipping point of the verdict, by the same estimate",
    )


def _range(each: Progress, day: Day) -> Figure:
    return Figure(
        said=f"{day.low_unseen:.0f} and {day.high_unseen:.0f}",
        unsure=f"90% band, of {each.scale.lowest:g} to {each.scale.highest:g}",
        source=_SOURCE.format(counted(len(each.dots), "score", "scores"), each.named),
    )


def _basis(each: Progress) -> Sentence:
    return (
        "How far a level wanders between scores is ",
        Given(given=each.fitted.how, source="a local level model"),
        ". Her own scores here: ",
        Given(given=str(len(each.dots)), source="measures she answered"),
        ". What was not measured is taken to be somewhat worse: people tend to leave after worse scores. How much, nobody knows.",
    )


def _described(each: Progress, gaps: Sequence[GapShown]) -> str:
    """The picture for whoever does not see it. The numbers are in the table below it."""
    last = each.last
    if last is None:
        return f"{each.scale.name} over time: no score at all, and days that were asked for and not answered."
    tail = (
        f"The last score was on {last.on:%-d %B}; from there a dashed line runs on in a band that widens until today."
        if last.on < each.today
        else "The last score is of today."
    )
    return (
        f"{each.scale.name} over time: {counted(len(each.dots), 'score', 'scores')} as dots, "
        f"{counted(len(gaps), 'gap', 'gaps')} as hatched stretches, "
        f"{counted(len(each.missed_on), 'missed session', 'missed sessions')} as crosses below. {tail} "
        "Every number is in the table."
    )


def _rows(each: Progress, gaps: Sequence[GapShown]) -> tuple[RowShown, ...]:
    """The latest first: scores as they were answered, gaps with their reason, and today."""
    by_day = {day.on: day for day in each.days}
    rows = [
        RowShown(
            on=dot.on,
            what="Measured",
            figure=Figure(
                said=f"{dot.points:.3g} of {each.scale.highest:g}",
                unsure=f"level behind it {_span(by_day[dot.on])}",
                source=f"she answered {HOWS[How(dot.how)]}" if dot.how else "she answered",
            ),
            detail=dot.band,
        )
        for dot in each.dots
    ]
    rows += [RowShown(on=gap.until_on, what="Not measured", figure=None, detail=gap.why) for gap in gaps]
    if each.days and not each.days[-1].is_seen:
        rows.append(RowShown(on=each.today, what="Estimated", figure=_today(each), detail=_unscored(each)))
    return tuple(sorted(rows, key=lambda row: (row.on, row.what == "Measured"), reverse=True))


def _unscored(each: Progress) -> str:
    """Why today has no score: whether she was asked is known of what is open alone."""
    return "a measure is open, and not answered yet" if each.open_on else "no score of today"


def _today(each: Progress) -> Figure:
    day = each.days[-1]
    return Figure(
        said=f"about {day.mean:.1f}",
        unsure=f"90% band {day.low:.1f} to {day.high:.1f} if unseen by chance; {day.low_unseen:.1f} to "
        f"{day.high_unseen:.1f} if somewhat worse",
        source=f"estimated from {counted(len(each.dots), 'score', 'scores')} and {each.named}",
    )


def _span(day: Day) -> str:
    return f"{day.low:.1f} to {day.high:.1f}, 90% band"


def _versions(each: Progress, all_: Sequence[Progress]) -> str:
    others = {one.instrument.version for one in all_ if one.instrument.key == each.instrument.key}
    if len(others) < 2:
        return ""
    return (
        f"{each.instrument.name} was asked in more than one version. Their numbers do not mean the same: no line leads "
        "across, and from one to the other nobody can say what changed."
    )


def _ask(found: Sequence[Progress]) -> Sentence:
    first = ask_first(found)
    if first is None:
        return ()
    return (
        "The measure that would settle the most: ",
        Given(given=first.instrument, source="of the measures that are open today"),
        ". One score would settle it in ",
        Figure(
            said=f"about {100 * first.settles:.0f} of 100 such cases",
            unsure="a chance, which nobody has checked here",
            source="worked out from the bands of her pictures",
        ),
        ".",
    )
