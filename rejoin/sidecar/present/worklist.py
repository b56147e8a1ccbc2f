"""Whom to turn to now: the steps of the open cases, by the clock.

A case makes one line however many of its steps wait, so that nobody is called twice; a case whose
first attempt is out of time is overdue even if the policy's ladder has nothing to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from rejoin.sidecar.present import words
from rejoin.sidecar.present.frame import Frame, Person, PhoneNumber, SessionName, find_text
from rejoin.sidecar.present.times import span_words
from rejoin.sidecar.report import Case, FirstAttempt, Report, Step

STALE_AFTER = timedelta(days=14)
STEPS_LEADING = 2
ROWS_BEFORE_FOLDING = 40
"""A first look at a year without recorded attempts must not bury this morning's calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One thing to do: what, by whom, how, and its own times."""

    name: str
    actor: str
    channels: str
    to: str
    """ "" for the patient herself."""
    state: str
    timing: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptClock:
    """The clock of the first attempt to make contact, in words."""

    state: str
    """met, pending or breached."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLine:
    """One case in one of the lists."""

    clock_at: datetime
    head: str
    """What the eye looks for first: "9 h 20 min overdue"."""
    detail: str
    person: Person
    phones: tuple[PhoneNumber, ...]
    phone_note: str
    """Why there is no number to call, where a call is asked for."""
    clock_there: str
    """The patient's own time of day, when the call is to be made, where it is another one."""
    odd_hour_there: str
    session: SessionName
    outcome: str
    steps: tuple[StepLine, ...]
    """What a person can do first; automatic steps last."""
    first_attempt: AttemptClock | None
    elevated: tuple[str, ...]
    """Why the case is on the elevated path; empty on the standard one."""
    tried: tuple[str, ...]
    other_open: int
    overdue: bool
    find: str

    @property
    def leading_steps(self) -> tuple[StepLine, ...]:
        """The few that stand open; a ladder run dry has many, and one call answers most of them."""
        return self.steps[:STEPS_LEADING]

    @property
    def further_steps(self) -> tuple[StepLine, ...]:
        return self.steps[STEPS_LEADING:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """The three lists, and the overdue cases that are too old to lead."""

    overdue: tuple[WorkLine, ...]
    stale: tuple[WorkLine, ...]
    due: tuple[WorkLine, ...]
    today: tuple[WorkLine, ...]

    @property
    def elevated_now(self) -> tuple[WorkLine, ...]:
        return tuple(line for line in (*self.overdue, *self.due) if line.elevated)


def present_worklist(report: Report, frame: Frame) -> Worklist:
    """Every open case, each list by its clock."""
    writer = _Writer.of(report, frame)
    cases = [one for one in report["cases"] if one["state"] == "open"]
    overdue = [writer.line(one, _waiting(one)) for one in cases if _is_overdue(one)]
    due = [writer.line(one, _waiting(one)) for one in cases if not _is_overdue(one) and _waiting(one)]
    today = [writer.line(one, later) for one in cases if (later := _later_today(one, frame))]
    leading, stale = _fold_stale(_by_clock(overdue), frame.as_of)
    return Worklist(overdue=leading, stale=stale, due=_by_clock(due), today=_by_clock(today))


def _by_clock(lines: list[WorkLine]) -> tuple[WorkLine, ...]:
    return tuple(sorted(lines, key=lambda line: (line.clock_at, line.person.name)))


def _fold_stale(
    lines: tuple[WorkLine, ...], as_of: datetime
) -> tuple[tuple[WorkLine, ...], tuple[WorkLine, ...]]:
    """A long list leads with the last two weeks; nothing is ever left out."""
    if len(lines) <= ROWS_BEFORE_FOLDING:
        return lines, ()
    recent = tuple(line for line in lines if as_of - line.clock_at < STALE_AFTER)
    return recent, tuple(line for line in lines if as_of - line.clock_at >= STALE_AFTER)


def _waiting(case: Case) -> list[Step]:
    return [step for step in case["steps"] if step["state"] in ("overdue", "due")]


def _later_today(case: Case, frame: Frame) -> list[Step]:
    return [
        step
        for step in case["steps"]
        if step["state"] == "upcoming" and frame.day_of(step["due_at"]) <= frame.today
    ]


def _is_overdue(case: Case) -> bool:
    first = case["first_attempt"]
    unmade = first is not None and first["state"] == "breached" and first["at"] is None
    return unmade or any(step["state"] == "overdue" for step in case["steps"])


def _past_clock(case: Case, steps: list[Step]) -> datetime | None:
    """Since when the case is overdue: its earliest deadline gone by."""
    gone = [step["deadline"] or step["due_at"] for step in steps if step["state"] == "overdue"]
    first = case["first_attempt"]
    if first and first["state"] == "breached" and first["at"] is None:
        gone.append(first["by"])
    return min(gone, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """Writes a case as a line, knowing the seats and the patient's other cases."""

    frame: Frame
    outcomes: dict[tuple[str, str], str]
    open_cases: dict[str, int]

    @classmethod
    def of(cls, report: Report, frame: Frame) -> "_Writer":
        open_cases: dict[str, int] = {}
        for one in report["cases"]:
            if one["state"] == "open":
                open_cases[one["patient_id"]] = open_cases.get(one["patient_id"], 0) + 1
        outcomes = {(one["session_id"], one["patient_id"]): one["status"] for one in report["seats"]}
        return cls(frame=frame, outcomes=outcomes, open_cases=open_cases)

    def line(self, case: Case, steps: list[Step]) -> WorkLine:
        frame, patient_id = self.frame, case["patient_id"]
        person, session = frame.person(patient_id), frame.session_name(case["session_id"])
        clock_at, head, detail = self._clock(case, steps)
        calls = _asks_for_a_call(steps)
        call_at = clock_at if _is_later(steps) else frame.as_of
        return WorkLine(
            clock_at=clock_at,
            head=head,
            detail=detail,
            person=person,
            phones=frame.phones(patient_id) if calls == "patient" else (),
            phone_note=self._phone_note(calls, patient_id),
            clock_there=frame.clock_there(patient_id, call_at) if calls == "patient" else "",
            odd_hour_there=frame.odd_hour_there(patient_id, call_at) if calls == "patient" else "",
            session=session,
            outcome=self._outcome(case),
            steps=tuple(self._step(step) for step in sorted(steps, key=_people_first)),
            first_attempt=present_first_attempt(case["first_attempt"], frame),
            elevated=_why_elevated(case, frame),
            tried=tuple(self._tried(case)),
            other_open=self.open_cases.get(patient_id, 1) - 1,
            overdue=_is_overdue(case),
            find=find_text(person, session),
        )

    def _clock(self, case: Case, steps: list[Step]) -> tuple[datetime, str, str]:
        now = self.frame.as_of
        past = None if _is_later(steps) else _past_clock(case, steps)
        if past is not None:
            return past, f"{span_words(now - past)} overdue", f"since {self.frame.when(past)}"
        return self._clock_of_next(min(steps, key=_next_clock))

    def _clock_of_next(self, step: Step) -> tuple[datetime, str, str]:
        frame, now = self.frame, self.frame.as_of
        if step["state"] == "upcoming":
            left = f"in {span_words(step['due_at'] - now)}"
            return step["due_at"], frame.clock(step["due_at"]), left
        if step["deadline"]:
            left = f"{span_words(step['deadline'] - now)} left"
            return step["deadline"], left, f"until {frame.when(step['deadline'])}"
        ago = f"due {span_words(now - step['due_at'])} ago"
        return step["due_at"], ago, f"since {frame.when(step['due_at'])}, no deadline"

    def _outcome(self, case: Case) -> str:
        return words.status_words(self.outcomes.get((case["session_id"], case["patient_id"]), "missed")).label

    def _phone_note(self, calls: str, patient_id: str) -> str:
        if calls == "other":
            return "number: in the chart, not in this folder"
        if calls == "patient" and not self.frame.patient(patient_id)["phones"]:
            return "no phone number on the roster"
        return ""

    def _step(self, step: Step) -> StepLine:
        return StepLine(
            name=words.spaced(step["id"]),
            actor=actor_words(step["actor"]),
            channels=channels_words(step["channels"]),
            to="" if step["to"] == "patient" else words.spaced(step["to"]).lower(),
            state=words.plain(step["state"]),
            timing=self._timing(step),
            because=tuple(words.plain(one["text"]) for one in step["because"]),
        )

    def _timing(self, step: Step) -> str:
        """What follows the state: "since Mon 5 Oct 22:00, was due 19:00". The clock beside it
        already says when a step to come is due."""
        frame, due_at, deadline = self.frame, step["due_at"], step["deadline"]
        if step["state"] == "overdue" and deadline:
            return f"since {frame.when(deadline)}, was due {frame.clock_or_when(due_at, beside=deadline)}"
        until = f"deadline {frame.clock_or_when(deadline, beside=due_at)}" if deadline else ""
        if step["state"] == "upcoming":
            return until
        return ", ".join(part for part in (f"since {frame.when(due_at)}", until) if part)

    def _tried(self, case: Case) -> Iterator[str]:
        """What the case remembers; a first attempt that answers none of its steps is told as well."""
        first = case["first_attempt"]
        made_at = first["at"] if first else None
        if made_at and made_at not in [step["done_at"] for step in case["steps"]]:
            yield f"{self.frame.when(made_at)}: an attempt, not recorded for one of these steps"
        for step in case["steps"]:
            name = words.spaced(step["id"])
            if step["state"] == "done":
                when = f"{self.frame.when(step['done_at'])}: " if step["done_at"] else ""
                outcome = word_or(step["outcome"], "done")
                yield f"{when}{name}, {outcome}"
            elif step["state"] == "suppressed":
                why = words.listed([words.plain(one["text"]) for one in step["because"]])
                yield f"{name} held back{': ' + why if why else ''}"


def _people_first(step: Step) -> tuple[bool, datetime]:
    return step["actor"] == "system", step["due_at"]


def _is_later(steps: list[Step]) -> bool:
    return bool(steps) and all(step["state"] == "upcoming" for step in steps)


def _next_clock(step: Step) -> datetime:
    return step["deadline"] or step["due_at"]


def word_or(outcome: str | None, otherwise: str) -> str:
    return words.word(words.OUTCOMES, outcome) if outcome else otherwise


def _asks_for_a_call(steps: list[Step]) -> str:
    """Whose phone the waiting steps need: the patient's, somebody else's ("other"), or nobody's ("")."""
    recipients = {step["to"] for step in steps if "phone" in step["channels"]}
    if not recipients:
        return ""
    return "patient" if "patient" in recipients else "other"


def actor_words(actor: str) -> str:
    """ "by counselor", or "automatic"."""
    return "automatic" if actor == "system" else f"by {words.word(words.ACTORS, actor)}"


def channels_words(channels: list[str]) -> str:
    return words.listed([words.word(words.CHANNELS, one) for one in channels], last="or")


def present_first_attempt(first: FirstAttempt | None, frame: Frame) -> AttemptClock | None:
    """ "made Mon 5 Oct 18:22, in time", or how long is left, or how late."""
    if first is None:
        return None
    by, at = first["by"], first["at"]
    if first["state"] == "met":
        text = f"made {frame.when(at)}, in time" if at else "made in time"
    elif first["state"] == "pending":
        text = f"due by {frame.when(by)}, {span_words(by - frame.as_of)} left"
    elif at:
        text = f"made {frame.when(at)}, {span_words(at - by)} after its time"
    else:
        text = f"not made; its time ended {frame.when(by)}"
    return AttemptClock(state=words.plain(first["state"]), text=text)


def _why_elevated(case: Case, frame: Frame) -> tuple[str, ...]:
    if case["path"] != "elevated":
        return ()
    named = [one for one in case["because"] if "elevated" in one["rule"]] or case["because"]
    flags = [words.spaced(flag).lower() for flag in frame.patient(case["patient_id"])["flags"]]
    told = tuple(words.plain(one["text"]).replace("_", " ") for one in named)
    return told or tuple(f"flag {flag}" for flag in flags) or ("no reason is recorded",)
