"""A review as people have it before them: what changed, what nobody knows, what they may decide, and what they decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.forms import BoundField

from rejoin.common.rows import select
from rejoin.console.present.progress import PageShown, ProgressShown
from rejoin.console.present.words import STATUSES, in_words, session_name
from rejoin.domain.attendance import Status
from rejoin.domain.progress import Verdict
from rejoin.followup import words
from rejoin.followup.models import Review
from rejoin.followup.review_options import Why, options_for, raised_because
from rejoin.followup.vocabulary import Decision

SESSIONS: Final = """
SELECT session.ref, coalesce("group".name, ''), session.kind, session.starts_at, status.status, "case".ref
  FROM programs_session AS session LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
  LEFT JOIN attendance_seatstatus AS status ON status.session_id = session.id AND status.patient_id = %s
  LEFT JOIN followup_case AS "case" ON "case".session_id = session.id AND "case".patient_id = %s
 WHERE session.id = ANY(%s) ORDER BY session.starts_at
"""
# A decision with the task that was made of it.
EVENTS: Final = """
SELECT event.at, event.turn, event.decision, event.words, event.follow_up_on, coalesce(staff.name, 'The system'),
       coalesce(owner.name, ''), task.due_at, coalesce(task.open, false)
  FROM followup_reviewevent AS event LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = event."by"
  LEFT JOIN LATERAL (SELECT made.owner_id, made.due_at, made.open FROM followup_task AS made
                      WHERE event.turn = 'decided' AND made.patient_id = event.patient_id AND made.review_id = event.review_id
                      ORDER BY made.id LIMIT 1) AS task ON true
  LEFT JOIN people_staff AS owner ON owner.id = task.owner_id
 WHERE event.review_id = %s ORDER BY event.id
"""
HEADINGS: Final[Mapping[Why | None, str]] = MappingProxyType(
    {
        Why.UNTOLD: "Because nobody can tell how she is doing",
        Why.WORSENED: "Because she is worse by a measure",
        Why.ABSENCE: "Because of how she has been coming",
        None: "Whatever it is",
    }
)


class ReviewedSession(NamedTuple):
    """One session of a pattern."""

    ref: Any
    name: str
    starts_at: datetime
    status: str
    case_ref: Any


class Turn(NamedTuple):
    """What became of a review. `owner` and `due_at`: of the task that was made of a decision; `is_open`: not done yet."""

    at: datetime
    turn: str
    decision: str
    words: str
    follow_up_on: date | None
    who: str
    owner: str
    due_at: datetime | None
    is_open: bool


class Option(NamedTuple):
    """One radio button, and what stands beside it."""

    button: Any
    label: str


class Group(NamedTuple):
    """Options that fit one reason: radio buttons, none of them chosen beforehand."""

    heading: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewShown:
    review: Review
    name: str
    zone: ZoneInfo
    asks: str
    because: tuple[str, ...]
    sessions: Sequence[ReviewedSession]
    turns: Sequence[Turn]
    decided_by: str
    """The role the policy wants to decide."""
    changed: Sequence[ProgressShown]
    """Measures by which something can be said."""
    unknown: Sequence[ProgressShown]
    """And those by which nobody can tell."""

    @property
    def decided(self) -> Turn | None:
        return next((each for each in self.turns if each.turn == "decided"), None)

    @property
    def measures(self) -> str:
        """By name, each once, those by which nobody can tell: she may be asked one of them. "" for none."""
        *others, last = dict.fromkeys(each.measure for each in self.unknown) or ("",)
        return f"{', '.join(others)} or {last}" if others else last

    @property
    def whys(self) -> tuple[Why, ...]:
        """Why it was raised; and that she is worse by a measure, where she is."""
        worse = any(each.verdict is Verdict.WORSENED for each in self.changed)
        return (raised_because(self.review.then), *((Why.WORSENED,) if worse else ()))


def present_review(review: Review, progress: PageShown) -> ReviewShown:
    """A pattern with the sessions it is made of, and what became of it. Two queries."""
    patient = review.patient
    found = select(SESSIONS, [patient.pk, patient.pk, review.sessions])
    return ReviewShown(
        review=review,
        name=patient.preferred_name or patient.name or patient.external_id,
        zone=ZoneInfo(review.program.timezone),
        asks=words.word(words.ASKED, review.then),
        because=words.reasons(words.told(review.because)),
        sessions=[
            ReviewedSession(
                ref, session_name(group, kind), at, STATUSES[Status(status)] if status else "", case
            )
            for ref, group, kind, at, status, case in found
        ],
        turns=[
            Turn(at, turn, words.DECISIONS.get(decision, decision), *rest)
            for at, turn, decision, *rest in select(EVENTS, [review.pk])
        ],
        decided_by=words.word(words.ROLES, review.decided_by_role) or in_words(review.decided_by_role),
        changed=[each for each in progress.parts if each.verdict is not Verdict.CANNOT_TELL],
        unknown=[each for each in progress.parts if each.verdict is Verdict.CANNOT_TELL],
    )


def present_options(whys: Sequence[Why], asked: BoundField, measures: str) -> list[Group]:
    """The radio buttons of `asked`, those alone that fit, by what they fit. `measures`: of which she may be asked, by name."""
    buttons = {str(each.data["value"]): each for each in asked}
    return [
        Group(HEADINGS[why], [Option(buttons[each.value], _label(each, measures)) for each in options])
        for why, options in options_for(whys)
    ]


def _label(decision: Decision, measures: str) -> str:
    said = words.DECISIONS[decision]
    return said.replace("the measure", measures) if measures else said
