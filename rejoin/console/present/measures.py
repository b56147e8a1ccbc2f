"""A patient's measures as staff read them: what was answered, with its source; what was not, and why; what is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.forms.measures import DAYS
from rejoin.domain.kernel import local_day
from rejoin.domain.measures import INSTRUMENTS, Instrument, Item, Score, triage
from rejoin.followup.words import ROLES, word
from rejoin.insights.actions import WRITTEN_DOWN_WITHIN
from rejoin.insights.models import Due, Schedule, Watch
from rejoin.insights.reading import Line, lines_of
from rejoin.insights.vocabulary import CLOSED_BY_TIME, Ending, How
from rejoin.people.models import Patient
from rejoin.programs.models import Program
from rejoin.programs.rights import Right

ENDINGS: Final[Mapping[Ending, str]] = MappingProxyType(
    {
        Ending.MISSED_SESSION: "the session was missed, and it was not answered in the 72 hours after",
        Ending.NOT_ANSWERED: "she came, and it was not answered",
        Ending.DECLINED: "she would rather not",
        Ending.WITHDRAWN: "taken back by the staff",
        Ending.NOT_OFFERED: "the session was missed, and nobody could ask it outside of one",
        Ending.NOT_HELD: "the session did not take place, or she was not expected",
        Ending.NOT_KNOWN: "it is not known whether she came, and it was not answered",
    }
)
HOWS: Final[Mapping[How, str]] = MappingProxyType(
    {How.PORTAL: "on her page", How.SESSION: "in a session", How.PHONE: "by phone"}
)
SHOWN: Final = 60
RECENT: Final = """
SELECT seat.id, session.starts_at, coalesce("group".name, session.kind)
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
 WHERE seat.patient_id = %s AND seat.released_at IS NULL AND session.held = 'scheduled' AND session.starts_at <= %s
   AND session.program_id = ANY(%s)
 ORDER BY session.starts_at DESC LIMIT 6
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreShown:
    name: str
    points: str
    """ "12 of 27"; why there is none, where there is none."""
    band: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerShown:
    asks: str
    said: str
    concern: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    ref: UUID
    name: str
    version: str
    due_on: date
    is_open: bool
    open_again: bool
    until_at: datetime
    answered_at: datetime | None
    how: str
    scores: tuple[ScoreShown, ...]
    flags: tuple[str, ...]
    gap: str
    was_gap: str
    """The gap that was written down before the answers were."""
    is_late: bool
    """Its time is over, and what was given in time may still be written down."""
    words: str
    unmeasured: tuple[date, date]
    answers: tuple[AnswerShown, ...]
    unvalidated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresShown:
    patient: Patient
    called: str
    zone: ZoneInfo
    lines: tuple[LineShown, ...]
    may_write: bool
    sessions: tuple[tuple[int, datetime, str], ...]
    instruments: tuple[Instrument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAsked:
    id: str
    asks: str
    only_if: str
    """The item that has to ask for it; "" where it is always asked."""
    options: tuple[tuple[int, str, bool], ...]
    """Value, words, chosen."""
    is_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OneShown:
    patient: Patient
    called: str
    zone: ZoneInfo
    line: LineShown
    instrument: Instrument
    may_write: bool
    language: str
    """In which it is read to her: hers where there are official words, else English."""
    lead: str
    items: tuple[ItemAsked, ...]

    @property
    def missing(self) -> list[ItemAsked]:
        return [each for each in self.items if each.is_left]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramShown:
    program: Program
    asked: tuple[tuple[Instrument, int], ...]
    """Every measure there is, with every how many days it is asked; 0: it is not."""
    watch: Watch | None

    @property
    def role(self) -> str:
        """Who looks, in words; "" where nobody does."""
        return word(ROLES, self.watch.role) if self.watch and self.watch.role else ""

    @property
    def days(self) -> str:
        return ", ".join(name for number, name in DAYS if self.watch and int(number) in self.watch.days)

    @property
    def choices(self) -> tuple[tuple[str, str, bool], ...]:
        """Days of the week, with whether somebody looks then."""
        return tuple(
            (number, name, bool(self.watch and int(number) in self.watch.days)) for number, name in DAYS
        )


def present_measures(asking: Asking, patient: Patient) -> MeasuresShown:
    """Five queries, however many there are."""
    own = asking.programs_with(Right.CARE)
    return MeasuresShown(
        patient=patient,
        called=patient.preferred_name or patient.name or patient.external_id,
        zone=asking.zone,
        lines=tuple(_line(each, asking) for each in lines_of(patient, most=SHOWN)),
        may_write=bool(own),
        sessions=tuple((*row,) for row in select(RECENT, [patient.pk, asking.at, own])),
        instruments=INSTRUMENTS,
    )


def present_one(
    asking: Asking,
    patient: Patient,
    due: Due,
    *,
    chosen: Mapping[str, int] | None = None,
    missing: frozenset[str] = frozenset(),
) -> OneShown:
    """`chosen` and `missing`: of a form that could not be kept."""
    line = next(each for each in lines_of(patient) if each.ref == due.ref)
    language = line.instrument.language_for(patient.language)
    return OneShown(
        patient=patient,
        called=patient.preferred_name or patient.name or patient.external_id,
        zone=asking.zone,
        line=_line(line, asking),
        instrument=line.instrument,
        may_write=asking.may(Right.CARE, due.program_id),
        language=language,
        lead=line.instrument.lead.get(language, ""),
        items=tuple(_asked(each, language, chosen or {}, missing) for each in line.instrument.items),
    )


def present_programs(program: Program | None) -> tuple[ProgramShown, ...]:
    """Which measures it asks, and who looks for answers that ask for somebody; none, where there is no program. Two queries."""
    if program is None:
        return ()
    said: dict[str, Schedule] = {}
    for each in Schedule.objects.filter(program=program).order_by("pk"):
        said[each.instrument] = each  # one version at a time
    asked = {(each.instrument, each.version): each.every_days for each in said.values()}
    return (
        ProgramShown(
            program=program,
            asked=tuple((each, asked.get(each.name_and_version, 0)) for each in INSTRUMENTS),
            watch=Watch.objects.filter(program=program).order_by("-pk").first(),
        ),
    )


def _asked(item: Item, language: str, chosen: Mapping[str, int], missing: frozenset[str]) -> ItemAsked:
    return ItemAsked(
        id=item.id,
        asks=item.said_in(language),
        only_if=item.only_if[0] if item.only_if else "",
        options=tuple(
            (each.value, each.said_in(language), chosen.get(item.id) == each.value) for each in item.options
        ),
        is_left=item.id in missing,
    )


def _line(line: Line, asking: Asking) -> LineShown:
    answers = tuple(
        AnswerShown(
            asks=item.said_in("en"),
            said=next(option.said_in("en") for option in item.options if option.value == value),
            concern=item in line.concerns,
        )
        for item, value in ((line.instrument.item(each), value) for each, value in line.answers)
    )
    return LineShown(
        ref=line.ref,
        name=line.instrument.name,
        version=line.instrument.version,
        due_on=line.due_on,
        is_open=line.is_open(asking.at),
        open_again=line.open_again,
        until_at=line.until_at,
        answered_at=line.answered_at,
        how=HOWS[line.how] if line.how else "",
        scores=(*(_score(each) for each in line.scores), *_triage(line)),
        flags=tuple(f"{each.asks}: {each.said}" for each in answers if each.concern),
        gap=ENDINGS[line.ending] if line.ending and line.is_gap else "",
        was_gap=ENDINGS[line.was_gap] if line.was_gap else "",
        is_late=(line.ending is None or line.ending in CLOSED_BY_TIME)
        and line.until_at <= asking.at < line.until_at + WRITTEN_DOWN_WITHIN,
        words=line.words,
        unmeasured=line.unmeasured,
        answers=answers,
        unvalidated="" if line.instrument.validated else line.instrument.source,
    )


def _score(score: Score) -> ScoreShown:
    scale = score.scale
    if score.points is None:
        items = ", ".join(score.missing)
        points = f"no score: item {items} not answered" if items else "no score: too little is answered"
        return ScoreShown(name=scale.name, points=points, band="", source=scale.missing)
    return ScoreShown(
        name=scale.name,
        points=f"{score.points:.3g} of {scale.highest:g}",
        band=score.band,
        source=scale.bands_source,
    )


def _triage(line: Line) -> tuple[ScoreShown, ...]:
    if line.instrument.key != "cssrs" or not line.answers:
        return ()
    found = triage(dict(line.answers))
    if found is None:
        return (ScoreShown(name="Triage", points="a question is open", band="", source=""),)
    return (ScoreShown(name="Triage", points=found.level.value, band="", source=found.source),)


def answered_at(asking: Asking, on: date | None) -> datetime:
    """When answers were given: now, or on an earlier day at noon on her program's wall."""
    if on is None or on == local_day(asking.at, asking.zone):
        return asking.at
    return datetime(on.year, on.month, on.day, 12, tzinfo=asking.zone)
