"""The policy's rules about presence and notice, as the decision reads them."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from rejoin.domain.kernel import Word


class OnCutoff(Word):
    NOT_ADMITTED = "not_admitted"
    ADMIT = "admit"
    ASK = "ask"


class EarlyLeave(Word):
    PARTIAL = "partial"
    MISSED = "missed"
    FLAG_ONLY = "flag_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What must be reached to have attended: minutes, or a share of the countable length."""

    minutes: int | None = None
    share: Fraction | None = None

    def needed(self, countable: timedelta) -> timedelta:
        """The presence needed in a session of `countable` length; never more than all of it.

        A three-hour credit cannot be asked of a fifty-minute individual session.
        """
        if self.share is not None:
            return countable * self.share.numerator / self.share.denominator
        return min(timedelta(minutes=self.minutes or 0), countable)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceRules:
    """Section `presence` of a policy. A rule that is None does not exist."""

    credit: Credit
    grace: timedelta = timedelta()
    late_cutoff: timedelta | None = None
    on_cutoff: OnCutoff = OnCutoff.NOT_ADMITTED
    reconnect: timedelta | None = None
    early_leave: timedelta | None = None
    early_leave_is: EarlyLeave = EarlyLeave.FLAG_ONLY
    breaks_count: bool = False
    cite: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcuseRules:
    """Section `excuse` of a policy. `notice` None: only the listed reasons excuse."""

    allowed: bool = False
    notice: timedelta | None = None
    reasons: frozenset[str] = frozenset()
    never_counts: frozenset[str] = frozenset()
    cite: str | None = None
