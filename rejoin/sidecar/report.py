"""The shape of triage's answer: what `--json` prints and what the page and the tables show.

The fields of docs/contracts/triage.schema.json keep their names and meanings; fields are only added.
Instants are aware UTC datetimes, minutes are whole minutes, dates are ISO strings.
"""

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict


class Because(TypedDict):
    rule: str
    text: str
    cite: str | None


class CountsAs(TypedDict):
    attended: bool
    missed: bool
    hours_minutes: int | None


class Billing(TypedDict):
    """What a coder may do with the seat's day; never more than the attested evidence allows."""

    state: str
    """billable, pending_attestation, under_minimum, not_countable or no_rule."""
    day_minutes: int
    """Countable minutes of the patient's local day, attested or not."""
    required_minutes: int | None


class Seat(TypedDict):
    session_id: str
    patient_id: str
    status: str
    computed: str
    attested: str | None
    minutes: int | None
    first_join: datetime | None
    last_leave: datetime | None
    flags: list[str]
    intervals: list[list[datetime]]
    counts_as: CountsAs
    per_day_billable: bool
    because: list[Because]
    reason: str | None
    """Why the patient was not there or the session not held, as somebody gave it."""
    provisional: bool
    """The session is still running: the outcome may change."""
    billing: Billing


class Step(TypedDict):
    id: str
    actor: str
    to: str
    channels: list[str]
    due_at: datetime
    deadline: datetime | None
    state: str
    done_at: datetime | None
    outcome: str | None
    because: list[Because]


class FirstAttempt(TypedDict):
    by: datetime
    state: str
    at: datetime | None


class Case(TypedDict):
    patient_id: str
    session_id: str
    path: str
    opened_at: datetime
    state: Literal["open", "closed"]
    closed_at: datetime | None
    closed_reason: str | None
    """contact, joined, left_program or reversed; None while open."""
    steps: list[Step]
    first_attempt: FirstAttempt | None
    next: str | None
    because: list[Because]


class Trigger(TypedDict):
    patient_id: str
    id: str
    then: str
    decided_by: str
    fired_at: datetime
    sessions: list[str]
    state: str
    """open, cleared, failed, or closed when the patient has left the program."""
    because: list[Because]


class Week(TypedDict):
    patient_id: str
    week_of: str
    scheduled_minutes: int
    delivered_minutes: int
    countable_minutes: int
    below_minimum: bool
    cancelled_minutes: int
    unknown_sessions: int
    """Sessions of the week whose minutes nobody can know from what is here."""
    minimum_minutes: int | None
    complete: bool
    """False while sessions of the week are still to come."""


class Unmatched(TypedDict):
    file: str
    line: int
    display: str
    joined: datetime | None
    left: datetime | None
    plausible: int
    session_id: str | None


class Alert(TypedDict):
    kind: str
    session_id: str | None
    text: str
    file: NotRequired[str]
    patient_id: NotRequired[str]


class Requirement(TypedDict):
    patient_id: str
    id: str
    party: str
    needed: int | None
    done: int
    due_on: str | None
    state: str
    because: list[Because]


class PolicyName(TypedDict):
    id: str
    version: int


class Report(TypedDict):
    as_of: datetime
    policy: PolicyName
    seats: list[Seat]
    cases: list[Case]
    triggers: list[Trigger]
    week: list[Week]
    unmatched: list[Unmatched]
    alerts: list[Alert]
    requirements: list[Requirement]


class PatientCard(TypedDict):
    """What the page needs to name a patient. Not part of `--json`."""

    name: str
    phones: list[str]
    emails: list[str]
    timezone: str
    groups: list[str]
    flags: list[str]


class SessionCard(TypedDict):
    """What the page needs to draw a session. Not part of `--json`."""

    session_id: str
    group: str
    kind: str
    service: str
    module: str
    starts_at: datetime
    ends_at: datetime
    breaks: list[list[datetime]]
    facilitator: str
    status: str
    mode: str
    covered: bool


class Directory(TypedDict):
    patients: dict[str, PatientCard]
    sessions: dict[str, SessionCard]
    timezone: str
    folder: str


Json = dict[str, Any]
