"""The policy document as the decisions read it: one program, one version, every rule with its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import ExcuseRules, Mode, PresenceRules, Status
from rejoin.domain.kernel import Word, local_day

# Channels a ladder may use. The first four reach a patient with nobody on the other end.
AUTOMATED_CHANNELS = ("sms", "push", "email", "voice_auto")
HUMAN_CHANNELS = ("phone", "secure_message", "letter", "portal", "in_person", "video")
CHANNELS = AUTOMATED_CHANNELS + HUMAN_CHANNELS
SYSTEM = "system"


class Count(Word):
    """What a trigger counts."""

    MISSED = "missed"
    MISSED_WITHOUT_NOTICE = "missed_without_notice"
    ANY_ABSENCE = "any_absence"
    LATE = "late"
    MISSED_WITHOUT_CONTACT = "missed_without_contact"


class StopOn(Word):
    JOINED = "joined"
    CONTACT = "contact"


class Recipient(Word):
    PATIENT = "patient"
    GUARDIAN = "guardian"
    EMERGENCY_CONTACT = "emergency_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """The local dates on which a version is in force; `until` is its last day, None: open."""

    from_on: date
    until_on: date | None = None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRules:
    """Section `hours`. Hours are decimals; `week_starts_on` is 0 for Monday."""

    min_per_week: Decimal | None = None
    max_per_week: Decimal | None = None
    week_starts_on: int = 0
    average_over: timedelta | None = None
    countable_modes: frozenset[Mode] = frozenset(Mode)
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Patient-local hours in which the listed channels wait. May cross midnight."""

    from_at: time
    until_at: time
    applies_to: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterOffset:
    """A step due so long after the start or the end of the missed session."""

    offset: timedelta
    from_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBusinessDay:
    """A step due at a local time on the n-th business day after the session's date."""

    days: int
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRule:
    """One rung of an outreach ladder."""

    id: str
    actor: str
    channels: tuple[str, ...]
    due: AfterOffset | OnBusinessDay
    deadline: timedelta | None = None
    to: Recipient = Recipient.PATIENT
    template: str | None = None
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachRules:
    """Section `outreach`."""

    standard: tuple[StepRule, ...]
    elevated: tuple[StepRule, ...] = ()
    elevated_when: frozenset[str] = frozenset()
    open_on: frozenset[Status] = frozenset({Status.MISSED, Status.NOT_ADMITTED, Status.NOT_ADMISSIBLE})
    first_attempt_within: timedelta | None = None
    quiet_hours: QuietHours | None = None
    stop_on: frozenset[StopOn] = frozenset(StopOn)
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which sessions a rule looks at. Empty: all of them."""

    kinds: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeastWithin:
    at_least: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeastOfLast:
    at_least: int
    of_last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Consecutive:
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsecutiveWeeks:
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBelow:
    share: Fraction
    of_last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoServiceFor:
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    trigger_id: str


When = (
    AtLeastWithin | AtLeastOfLast | Consecutive | ConsecutiveWeeks | ShareBelow | NoServiceFor | Total | Fails
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clears:
    """A contract: so many attended of the next so many scheduled sessions."""

    attended: int
    of_next: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRule:
    """A pattern that raises a decision for a person. It never decides."""

    id: str
    count: Count
    scope: Scope
    when: When
    then: str
    decided_by: str
    clears: Clears | None = None
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRule:
    """Something owed over the whole stay: sessions of a kind, or every absence made up."""

    id: str
    party: str = "patient"
    scope: Scope = Scope()
    attend: int | None = None
    within: timedelta | None = None
    makeups: str | None = None
    before: str | None = None
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeupRules:
    """Section `makeup`. `modes` says what each way of making up closes."""

    window: timedelta | None = None
    before_dependent: str | None = None
    max_per_week: int | None = None
    max_per_day: int | None = None
    modes: Mapping[str, frozenset[str]]
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingRules:
    """Section `billing`. Evidence for a coder, never a claim."""

    code: str | None = None
    per_day_minutes: int | None = None
    under: str | None = None
    no_show_fee: str | None = None
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A whole policy document, checked."""

    id: str
    version: int
    effective: Effective
    timezone: ZoneInfo
    presence: PresenceRules
    outreach: OutreachRules
    part2: bool = True
    hours: HoursRules = HoursRules()
    excuse: ExcuseRules = field(default_factory=ExcuseRules)
    triggers: tuple[TriggerRule, ...] = ()
    requirements: tuple[RequirementRule, ...] = ()
    makeup: MakeupRules | None = None
    billing: BillingRules = BillingRules()
    overlays: tuple[str, ...] = ()
    """Names of the overlays already laid over this policy."""
    holidays: frozenset[date] = frozenset()

    def local_day(self, at: datetime) -> date:
        return local_day(at, self.timezone)
