"""Her measures: which are open, and one of them with what she has chosen so far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse

from rejoin.common.rows import select
from rejoin.domain.makeup.ledger import WAS_THERE
from rejoin.domain.measures import Instrument, Item, instrument_called
from rejoin.insights.models import Due
from rejoin.insights.reading import Line, lines_of
from rejoin.insights.vocabulary import Ending
from rejoin.insights.watching import Watching, watching_of
from rejoin.portal.door import Herself
from rejoin.portal.words.measures import English, words_in
from rejoin.programs.models import Program

LOOKED_AT: Final = 100
CALLED_BY: Final = """
SELECT deadline FROM followup_step
 WHERE patient_id = %s AND (rule = 'concern:' || %s OR rule LIKE 'concern:' || %s || ':again:%%') AND ended_at IS NULL
 ORDER BY deadline DESC LIMIT 1
"""
AGAIN: Final = (
    "SELECT FROM followup_step WHERE patient_id = %s AND rule LIKE 'concern:' || %s || ':again:%%' LIMIT 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMeasure:
    title: str
    href: str
    until: str
    missed: str
    """That it came with a session she was missed in, in words; "" where she was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    say: English
    open: tuple[OpenMeasure, ...]
    with_team: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionShown:
    value: int
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemShown:
    name: str
    asks: str
    options: tuple[OptionShown, ...]
    hint: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureShown:
    say: English
    ref: UUID
    title: str
    name: str
    state: str
    """open, heard, thanks, declined, closed, with_team."""
    until: str
    missed: str
    call_by: str
    """By when somebody is asked to call: said while somebody is there to be asked, and not a word more."""
    nobody_yet: str
    """That nobody may look yet, where nobody does now; then the crisis line is what comes first."""
    language: str
    """Of the measure's own words."""
    lead: str
    notice: str
    items: tuple[ItemShown, ...]

    @property
    def is_translated(self) -> bool:
        return self.language == self.say.language

    @property
    def errors(self) -> list[ItemShown]:
        return [each for each in self.items if each.error]


def is_offered(instrument: Instrument, program: Program, at: datetime) -> bool:
    """Whether she may have it on her page now: what asks about self-harm only while somebody looks for the answer."""
    if not instrument.may_be_sent:
        return False
    return not instrument.is_about_safety or watching_of(program, at).on_duty


def open_measures(herself: Herself) -> ListShown:
    """Behind her door."""
    say = words_in(herself.patient.language)
    lines = [each for each in lines_of(herself.patient, most=LOOKED_AT) if each.is_open(herself.at)]
    programs = Program.objects.in_bulk({each.program_id for each in lines})
    offered = [each for each in lines if is_offered(each.instrument, programs[each.program_id], herself.at)]
    return ListShown(
        say=say,
        open=tuple(_open(each, say, herself) for each in offered),
        with_team=tuple(say.titles[each.instrument.key] for each in lines if each not in offered),
    )


def present_measure(
    herself: Herself,
    due: Due,
    *,
    answers: Mapping[str, int] | None = None,
    left: frozenset[str] = frozenset(),
) -> MeasureShown:
    """`answers`: what she has chosen so far; `left`: items she has not answered. Behind her door."""
    say = words_in(herself.patient.language)
    instrument = instrument_called(due.instrument, due.version)
    language = instrument.language_for(herself.patient.language)
    until = due.reopening.until_at if hasattr(due, "reopening") else due.until_at
    watching = watching_of(due.program, herself.at)
    return MeasureShown(
        say=say,
        ref=due.ref,
        title=say.titles[instrument.key],
        name=instrument.name,
        state=_state(herself, due, instrument, until),
        until=say.until(until, herself.zone),
        missed=say.missed_on(due.seat.session.starts_at, herself.zone) if _was_missed(due) else "",
        call_by=_call_by(herself, due, watching, say),
        nobody_yet="" if watching.on_duty else say.nobody_before(watching.opens_at, herself.at, herself.zone),
        language=language,
        lead=instrument.lead.get(language, ""),
        notice=instrument.notice,
        items=tuple(_item(each, answers or {}, left, language, say) for each in instrument.items),
    )


def _open(line: Line, say: English, herself: Herself) -> OpenMeasure:
    return OpenMeasure(
        title=say.titles[line.instrument.key],
        href=reverse("portal:measure", args=[line.ref]),
        until=say.until(line.until_at, herself.zone),
        missed=say.missed_on(line.session_at, herself.zone) if line.open_again else "",
    )


def _state(herself: Herself, due: Due, instrument: Instrument, until: datetime) -> str:
    if hasattr(due, "sheet"):
        return "heard" if _is_heard(herself, due) else "thanks"
    if hasattr(due, "ending"):
        return "declined" if due.ending.how == Ending.DECLINED else "closed"
    if until <= herself.at:
        return "closed"
    return "open" if is_offered(instrument, due.program, herself.at) else "with_team"


def _was_missed(due: Due) -> bool:
    """Who came late after all was in it, and is told of no miss."""
    status = getattr(due.seat, "status", None)
    return hasattr(due, "reopening") and (status is None or status.status not in WAS_THERE)


def _is_heard(herself: Herself, due: Due) -> bool:
    """An answer of hers asked for somebody: one that was kept, or one she sent after those."""
    return due.sheet.is_concern or bool(select(AGAIN, [herself.patient.pk, due.sheet.pk]))


def _call_by(herself: Herself, due: Due, watching: Watching, say: English) -> str:
    """No hour at which nobody is there is promised to her; what the staff's clock says stays theirs."""
    if not hasattr(due, "sheet") or watching.closes_at is None:
        return ""
    found = select(CALLED_BY, [herself.patient.pk, due.sheet.pk, due.sheet.pk])
    kept = found and herself.at < found[0][0] <= watching.closes_at
    return "" if not kept else say.call_by(found[0][0], herself.at, herself.zone)


def _item(
    item: Item, answers: Mapping[str, int], left: frozenset[str], language: str, say: English
) -> ItemShown:
    return ItemShown(
        name=f"i{item.id}",
        asks=item.said_in(language),
        options=tuple(
            OptionShown(
                value=each.value, words=each.said_in(language), chosen=answers.get(item.id) == each.value
            )
            for each in item.options
        ),
        hint=say.only_if if item.only_if else "",
        error=say.left_one if item.id in left else "",
    )
