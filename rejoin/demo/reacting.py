"""What the town's staff do about the days after the story: most of what is on their lists, and not always in time.

Nobody scripts it. What is on a list is read from the tables; whether, when and how somebody sees to it is drawn by
chance with a seed. The rest stays for whoever watches: what a person has done meanwhile is left as she did it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from rejoin.common.actors import staff_actor
from rejoin.common.rows import select
from rejoin.demo.answering import answer, can_answer
from rejoin.demo.days import ZONE, minutes
from rejoin.demo.deeds import TextsUs
from rejoin.demo.going_on import SEED
from rejoin.demo.scores import UNTOLD, is_played
from rejoin.demo.stage import Stage
from rejoin.demo.story import Beat
from rejoin.followup.actions import (
    decide_review,
    record_attempt,
    record_disposition,
    record_promise,
    see_to_step,
    settle_unknown,
)
from rejoin.followup.hearing import read_reply
from rejoin.followup.models import Review, Step
from rejoin.followup.vocabulary import AttemptOutcome, Origin, SafetyResult
from rejoin.insights.models import Due
from rejoin.insights.vocabulary import How
from rejoin.outreach.models import Reply
from rejoin.people.models import Contact, Staff
from rejoin.programs.vocabulary import Role
from rejoin.rooms.actions import settle_stranger
from rejoin.rooms.models import Stranger
from rejoin.rooms.vocabulary import SettledAs

IN_TIME, LATE = 0.62, 0.84
"""Of what is on a list: shares seen to in time, and in time or after the deadline; the rest by nobody here."""
ANSWERS, VOICEMAIL = 0.5, 0.75
"""Of calls: shares, one on top of the other; the rest ring out. Invented; no program's figures."""
PROMISES: Final = 0.4
"""Of those who were reached."""
TEXTS_BACK: Final = 0.2
"""Of those who got a text."""
ANSWERS_THERE, ANSWERS_LATER = 0.85, 0.5
"""Of measures: shares answered in their session, and after one that was missed. Invented, as above."""
WRITTEN: Final = ("secure_message", "letter")
WORDS: Final = {
    "en": ("Sorry, my bus is late", "Can I come tomorrow instead?", "On my way", "I am not well today"),
    "es": ("Voy tarde, perdón", "Hoy no me siento bien", "Ya voy en camino"),
}
OPENS_AT, SHUTS_AT = timedelta(hours=8, minutes=30), timedelta(hours=21, minutes=30)
"""When the town's staff are at work, on the programs' wall clock."""

# Whoever the step is for; where it is nobody's, somebody who holds the role.
SOMEBODY: Final = """
coalesce({owner}, (SELECT held.staff_id FROM programs_staffrole AS held
                    WHERE held.program_id = {program} AND held.role = {role} AND held.ended_at IS NULL
                    ORDER BY held.id LIMIT 1))
"""
STEPS: Final = f"""
SELECT step.id, step.due_at, step.deadline,
       {SOMEBODY.format(owner="step.owner_id", program='"case".program_id', role="step.actor")}
  FROM followup_step AS step JOIN followup_case AS "case" ON "case".id = step.case_id
 WHERE step.ended_at IS NULL AND step.actor <> 'system' ORDER BY step.id
"""  # noqa: S608 - our own columns
REVIEWS: Final = f"""
SELECT it.id, it.at, it.due_at, {SOMEBODY.format(owner="NULL", program="it.program_id", role="it.decided_by_role")}
  FROM followup_review AS it
 WHERE NOT EXISTS (SELECT FROM followup_reviewevent AS event WHERE event.review_id = it.id)
   AND it."then" <> 'plan_review'
"""  # noqa: S608 - as above
REPLIES: Final = f"""
SELECT it.id, it.at, NULL::timestamptz, {SOMEBODY.format(owner="NULL", program="it.programs[1]", role="'coordinator'")}
  FROM outreach_reply AS it
 WHERE it.unread AND NOT EXISTS (SELECT FROM followup_step AS step WHERE step.rule = 'reply:' || it.id AND step.ended_at IS NULL)
"""  # noqa: S608 - as above
STRANGERS: Final = f"""
SELECT it.id, it.seen_at, NULL::timestamptz, {SOMEBODY.format(owner="NULL", program="session.program_id", role="'coordinator'")}
  FROM rooms_stranger AS it JOIN programs_session AS session ON session.id = it.session_id
 WHERE NOT it.gone AND it.settled_at IS NULL
"""  # noqa: S608 - as above
TEXTED: Final = """
SELECT message.id, message.state_at, patient.language, patient.name FROM outreach_message AS message
  JOIN people_patient AS patient ON patient.id = message.patient_id
 WHERE message.channel = 'sms' AND message.about LIKE 'case:%%' AND message.state IN ('sent', 'delivered')
   AND message.state_at > %s
"""
MEASURES: Final = """
SELECT due.id, coalesce(again.at, due.at), again.id IS NOT NULL, patient.name, due.instrument
  FROM insights_due AS due JOIN people_patient AS patient ON patient.id = due.patient_id
  LEFT JOIN insights_reopening AS again ON again.due_id = due.id
 WHERE due.open AND coalesce(again.at, due.at) > %s ORDER BY due.id
"""
NEXT_SESSION: Final = """
SELECT min(session.starts_at) FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
 WHERE seat.patient_id = %s AND session.program_id = %s AND seat.released_at IS NULL
   AND session.held = 'scheduled' AND session.starts_at > %s
"""


@dataclass(slots=True, kw_only=True)
class Reactions:
    """What somebody will do about what is on the lists; each thing is thought about once."""

    since: datetime
    _known: set[str] = field(default_factory=set)

    def new(self) -> list[Beat]:
        """Deeds to come about what has turned up since the last time."""
        kinds: tuple[tuple[str, str, Callable[[int, int], Any]], ...] = (
            ("step", STEPS, TakesUp),
            ("review", REVIEWS, Decides),
            ("reply", REPLIES, Reads),
            ("stranger", STRANGERS, Settles),
        )
        beats = [beat for kind, sql, deed in kinds for beat in self._about(kind, select(sql), deed)]
        return [*beats, *self._answers(), *self._measures()]

    def _about(
        self, kind: str, rows: Sequence[Sequence[Any]], deed: Callable[[int, int], Any]
    ) -> Iterator[Beat]:
        for number, due_at, deadline, staff in rows:
            key = f"{kind}:{number}:{due_at.isoformat()}"
            if staff is None or key in self._known:
                continue
            self._known.add(key)
            at = when_seen_to(key, max(due_at, self.since), deadline)
            if at is not None:
                yield Beat(at, deed(number, staff))

    def _answers(self) -> Iterator[Beat]:
        for number, at, language, patient in select(TEXTED, [self.since]):
            key = f"text:{number}"
            if key in self._known:
                continue
            self._known.add(key)
            chance = _chance(key)
            if chance.random() < TEXTS_BACK:
                yield Beat(
                    at + minutes(chance.uniform(2, 12)), TextsUs(patient, chance.choice(WORDS[language]))
                )

    def _measures(self) -> Iterator[Beat]:
        """Most are answered in the session that they come with, and some after one that was missed."""
        for number, at, again, patient, measure in select(MEASURES, [self.since]):
            key = f"measure:{number}:{again}"
            if key in self._known or patient == UNTOLD or not is_played(patient, measure):
                continue
            self._known.add(key)
            chance = _chance(f"{patient}:{measure}:{at:%Y-%m-%d}:{again}")
            if chance.random() < (ANSWERS_LATER if again else ANSWERS_THERE):
                after = minutes(chance.uniform(90, 3600) if again else chance.uniform(15, 120))
                yield Beat(at_work(at + after) if again else at + after, AnswersDue(number, again))


@dataclass(frozen=True, slots=True)
class AnswersDue:
    """A patient answers a measure on her own page, in the session it came with or after one she missed."""

    due: int
    again: bool

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - a deed's shape
        due = self._found()
        return due is not None and hasattr(due, "reopening") == self.again and can_answer(due, How.PORTAL)

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - as above
        due = self._found()
        if due is None:
            raise LookupError(f"measure {self.due} is not open")
        answer(due, at=at)

    def _found(self) -> Due | None:
        dues = Due.objects.filter(pk=self.due, open=True)
        return dues.select_related("patient", "program", "seat", "reopening").first()


@dataclass(frozen=True, slots=True)
class TakesUp:
    """Somebody sees to a step on a list, as it asks for."""

    step: int
    staff: int

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - a deed's shape
        return Step.objects.filter(pk=self.step).to_do().exists()

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - as above
        step = Step.objects.select_related("case__program").get(pk=self.step)
        by, chance = staff_actor(self.staff), _chance(f"does:{self.step}")
        if step.origin == Origin.UNKNOWN_SEND.value:
            settle_unknown(step=step, went_out=True, by=by, at=at)
        elif step.origin == Origin.DISPOSITION.value or step.actor == Role.CLINICIAN.value:
            clinician = Staff.objects.get(pk=self.staff)
            record_disposition(case=step.case, clinician=clinician, result=SafetyResult.SAFE, by=by, at=at)
        elif step.origin == Origin.LADDER.value:
            _call(step, self.staff, chance, at)
        else:
            see_to_step(step=step, by=by, at=at)


@dataclass(frozen=True, slots=True)
class Decides:
    """Whoever may decides what to do about a pattern."""

    review: int
    staff: int

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - as above
        return Review.objects.open().filter(pk=self.review).exists()

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - as above
        review = Review.objects.get(pk=self.review)
        decide_review(
            review=review,
            decision="We meet with her and ask what is in the way",
            by=staff_actor(self.staff),
            at=at,
        )


@dataclass(frozen=True, slots=True)
class Reads:
    """A coordinator reads what a patient wrote who has no open case."""

    reply: int
    staff: int

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - as above
        return Reply.objects.waiting().filter(pk=self.reply).exists()

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - as above
        read_reply(reply=Reply.objects.get(pk=self.reply), by=staff_actor(self.staff), at=at)


@dataclass(frozen=True, slots=True)
class Settles:
    """Somebody finds out who an unmatched participant was."""

    stranger: int
    staff: int

    def is_ready(self, stage: Stage) -> bool:  # noqa: ARG002 - as above
        return Stranger.objects.filter(pk=self.stranger, gone=False, settled_at__isnull=True).exists()

    def do(self, stage: Stage, at: datetime) -> None:  # noqa: ARG002 - as above
        stranger = Stranger.objects.get(pk=self.stranger)
        settle_stranger(stranger=stranger, as_=SettledAs.PATIENT, by=staff_actor(self.staff), at=at)


def _call(step: Step, staff: int, chance: Random, at: datetime) -> None:
    """A rung of the ladder is taken: a call, or a written word, and what came of it."""
    case, by, channel = step.case, staff_actor(staff), (step.channels or ["phone"])[0]
    drawn, contact = chance.random(), None
    if step.to != "patient":
        contact = Contact.objects.filter(patient=case.patient_id, relation=step.to).first()
    outcome = AttemptOutcome.CONTACT if drawn < ANSWERS else AttemptOutcome.NO_ANSWER
    if channel in WRITTEN:
        outcome = AttemptOutcome.MESSAGE_SENT
    elif ANSWERS <= drawn < VOICEMAIL:
        outcome = AttemptOutcome.VOICEMAIL
    record_attempt(case=case, step=step, channel=channel, outcome=outcome, contact=contact, by=by, at=at)
    if outcome is AttemptOutcome.CONTACT and contact is None and chance.random() < PROMISES:
        ((back_at,),) = select(NEXT_SESSION, [case.patient_id, case.program_id, at])
        if back_at is not None:
            record_promise(case=case, promised_at=back_at, by=by, at=at)


def when_seen_to(key: str, due_at: datetime, deadline: datetime | None) -> datetime | None:
    """When somebody sees to it; None: nobody here does."""
    chance = _chance(key)
    drawn, soon = chance.random(), due_at + minutes(chance.uniform(4, 35))
    if drawn < IN_TIME:
        return at_work(min(soon, deadline - minutes(1)) if deadline and deadline > due_at else soon)
    if drawn < LATE:
        return at_work((deadline or due_at + minutes(60)) + minutes(chance.uniform(10, 45)))
    return None


def at_work(at: datetime) -> datetime:
    """The same instant while somebody is at work; else some minutes into their next day."""
    local = at.astimezone(ZONE)
    clock = timedelta(hours=local.hour, minutes=local.minute)
    if OPENS_AT <= clock < SHUTS_AT:
        return at
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    day = midnight + timedelta(days=clock >= SHUTS_AT)
    return day + OPENS_AT + minutes(2 + local.minute % 30)


def _chance(key: str) -> Random:
    return Random(f"{SEED}:{key}")  # noqa: S311 - a little variety
