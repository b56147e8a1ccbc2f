"""Her catch-up page: the material in her language, what she chose and wrote, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import QueryDict

from rejoin.continuity.access import asked_for_call, catch_up_on, last_word_on
from rejoin.continuity.actions import LONGEST, answers_of
from rejoin.continuity.material import Material, OpenCatchUp, needed_for, open_catch_up
from rejoin.curricula.texts import Choice, Feedback, Question, UnitText
from rejoin.portal.door import Herself
from rejoin.portal.words.catchup import English, words_in

ASKED_WITHIN: Final = timedelta(days=3)
"""So long a call she asked for is told as asked for, and not offered anew. Ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What she sent, as far as it can be kept."""

    given: Mapping[int, int | str] = field(default_factory=dict)
    asks_for_call: bool = False
    errors: Mapping[int, str] = field(default_factory=dict)
    """By the place of a question: what keeps it from being kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    name: str
    asks: str
    options: tuple[str, ...]
    """Empty: she writes."""
    chosen: int | None
    words: str
    feedback: Feedback | None
    error: str

    @property
    def chosen_words(self) -> str:
        return self.options[self.chosen] if self.chosen is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpShown:
    ref: UUID
    say: English
    text: UnitText
    when: str
    needed: str
    state: str
    """open, with_team, clear."""
    questions: tuple[QuestionShown, ...]
    wants: str
    """What her team asks for, in words; "" where it asks for nothing."""
    told: str
    """What they wrote to her with it, or when they signed it off."""
    call_asked: bool
    minutes: str

    @property
    def what_is_left(self) -> str:
        return self.say.too_long if any(not each.options for each in self.errors) else self.say.left

    @property
    def errors(self) -> list[QuestionShown]:
        return [each for each in self.questions if each.error]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    ref: UUID
    title: str
    why: str
    when: str
    needed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShown:
    say: English
    open: tuple[LineShown, ...]
    waiting: tuple[LineShown, ...]


def choices_in(text: UnitText) -> dict[int, Choice]:
    """Those that ask for a choice, by place."""
    return {place: each for place, each in enumerate(text.check) if isinstance(each, Choice)}


def read_sent(post: QueryDict, text: UnitText) -> Sent:
    """What can be read of a form; an option that there is none of is left out."""
    say = words_in(text.language)
    given: dict[int, int | str] = {}
    errors: dict[int, str] = {}
    for place, question in enumerate(text.check):
        value = post.get(f"q{place}", "")
        if isinstance(question, Choice):
            if value.isdecimal() and len(value) < 3 and int(value) < len(question.options):
                given[place] = int(value)
        else:
            given[place] = value.replace("\x00", "").strip()
            if len(value) > LONGEST:
                errors[place] = say.too_long
    return Sent(given=given, asks_for_call=post.get("call") == "yes", errors=errors)


def present_catch_up(
    herself: Herself, material: Material, *, sent: Sent | None = None, left: bool = False
) -> CatchUpShown:
    """`sent`: what could not be kept; `left`: she wanted to be done, and a question is open."""
    text, zone = material.text, herself.zone
    say = words_in(text.language)
    begun = catch_up_on(material)
    stands: Mapping[int, int | str] = sent.given if sent else answers_of(begun) if begun else {}
    word = last_word_on(begun) if begun else None
    return CatchUpShown(
        ref=material.missed.ref,
        say=say,
        text=text,
        when=say.missed_on(material.missed.session.starts_at, zone),
        needed=_needed(say, material, herself),
        state="open" if material.is_open else "with_team" if material.is_with_the_team else "clear",
        questions=tuple(
            _question(place, each, stands.get(place), say, sent, left)
            for place, each in enumerate(text.check)
        ),
        wants=say.wants.get(word.wants, "") if word and material.is_open else "",
        told=word.words if word and not material.is_with_the_team else "",
        call_asked=bool(begun and asked_for_call(begun, since=herself.at - ASKED_WITHIN)),
        minutes=say.minutes(text.exercise.minutes),
    )


def present_list(herself: Herself) -> ListShown:
    lines = open_catch_up(herself.patient, herself.at)
    say = words_in(herself.patient.language)
    return ListShown(
        say=say,
        open=tuple(_line(each, say, herself) for each in lines if not each.with_the_team),
        waiting=tuple(_line(each, say, herself) for each in lines if each.with_the_team),
    )


def _line(each: OpenCatchUp, say: English, herself: Herself) -> LineShown:
    needed = say.needed(each.needed_for, each.needed_by, herself.zone) if each.needed_by else say.no_hurry()
    return LineShown(
        ref=each.ref,
        title=each.title,
        why=each.why,
        when=say.missed_on(each.missed_at, herself.zone),
        needed=needed,
    )


def _needed(say: English, material: Material, herself: Herself) -> str:
    if not material.is_open:
        return ""
    by = material.broken.needed_by
    if by is None:
        return say.no_hurry()
    return say.needed(needed_for(material, material.text.language), by, herself.zone)


def _question(
    place: int, question: Question, answer: int | str | None, say: English, sent: Sent | None, left: bool
) -> QuestionShown:
    error = sent.errors.get(place, "") if sent else ""
    if isinstance(question, Choice):
        chosen = answer if isinstance(answer, int) and answer < len(question.options) else None
        return QuestionShown(
            name=f"q{place}",
            asks=question.asks,
            options=question.options,
            chosen=chosen,
            words="",
            feedback=question.feedback_to(chosen) if chosen is not None else None,
            error=say.left_one if left and chosen is None else "",
        )
    words = answer if isinstance(answer, str) else ""
    return QuestionShown(
        name=f"q{place}", asks=question.asks, options=(), chosen=None, words=words, feedback=None, error=error
    )
