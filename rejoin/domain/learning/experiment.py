"""A fair comparison of two reminders. What is asked, of how many, and when it is read are written down before it starts.

Reading early and stopping when it looks good finds differences that are not there; so nothing is read before one day, which
is known from the start: when the last patient who could be given a wording has had her time, and two days more in which
her last sessions are settled. Full arms do not bring it
forward, and nobody moves it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from math import ceil, sqrt
from typing import Final

from scipy.stats import norm

from rejoin.domain.kernel import Refusal
from rejoin.domain.learning.shares import NINETY_FIVE, Share, share

LEAST_POWER: Final = 0.8
SETTLED_AFTER: Final = timedelta(days=2)
"""What came of the last sessions is decided and corrected by then."""


class Arm(StrEnum):
    USUAL = "usual"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Fixed before the start. `estimand` in words: whose share of what, over which time, under which reminder.

    `usual_share`: what is expected without the new reminder; `smallest_difference`: the smallest worth acting on.
    Patients are given a wording until `ends_at`, and each is followed for `within`. It is read once, from `read_from` on, when
    what came of their last sessions is settled.
    """

    name: str
    estimand: str
    usual_share: float
    smallest_difference: float
    power: float
    written_at: datetime
    starts_at: datetime
    ends_at: datetime
    within: timedelta

    @property
    def read_from(self) -> datetime:
        return self.ends_at + self.within + SETTLED_AFTER

    @property
    def per_arm(self) -> int:
        return patients_per_arm(self.usual_share, self.usual_share + self.smallest_difference, self.power)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One patient, in the arm she was given. `came` is None while it is not known. Which reminder she got does not matter here."""

    arm: Arm
    came: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """By intention to treat: everybody counts in the arm she was given. The difference is new minus usual, with 95%."""

    usual: Share
    new: Share
    difference: float
    low: float
    high: float
    unknown: int
    because: str


def write_design(design: Design) -> Design:
    """The design, or a Refusal that says what it lacks."""
    if not design.name.strip() or not design.estimand.strip():
        raise Refusal(
            "experiment.estimand", "Say in words what is compared: whose share of what, over which time."
        )
    if not design.written_at < design.starts_at < design.ends_at:
        raise Refusal("experiment.times", "It is written down before it starts, and starts before it ends.")
    other = design.usual_share + design.smallest_difference
    if not (0 < design.usual_share < 1 and 0 < other < 1 and design.smallest_difference):
        raise Refusal(
            "experiment.shares",
            "The usual share and the one hoped for lie between 0 and 1, and are not the same.",
        )
    if not LEAST_POWER <= design.power < 1:
        raise Refusal(
            "experiment.power",
            "A comparison that would miss the difference more than one time in five is not begun.",
        )
    return design


def patients_per_arm(usual: float, new: float, power: float) -> int:
    """For a two-sided test at 5% of two shares (Fleiss, Levin and Paik 2003, without continuity correction)."""
    middle = (usual + new) / 2
    at_rest = NINETY_FIVE * sqrt(2 * middle * (1 - middle))
    apart = float(norm.ppf(power)) * sqrt(usual * (1 - usual) + new * (1 - new))
    return ceil(((at_rest + apart) / (new - usual)) ** 2)


def assign(experiment: str, patient: str) -> Arm:
    """Always the same for the same two, even on another machine; nobody chooses."""
    drawn = sha256(f"{len(experiment)}:{experiment}:{patient}".encode()).digest()
    return Arm.NEW if drawn[0] & 1 else Arm.USUAL


def read_experiment(design: Design, outcomes: Iterable[Outcome], *, planned: int, now: datetime) -> Reading:
    """What came of it; a Refusal before its time, which tells nothing of the arms. `planned`: patients in each, as written."""
    refuse_early(design, now)
    arms: dict[Arm, list[bool | None]] = {Arm.USUAL: [], Arm.NEW: []}
    for outcome in outcomes:
        arms[outcome.arm].append(outcome.came)
    known = {arm: [came for came in members if came is not None] for arm, members in arms.items()}
    usual, new = (share(sum(known[arm]), len(known[arm])) for arm in Arm)
    difference, low, high = _difference(usual, new)
    return Reading(
        usual=usual,
        new=new,
        difference=difference,
        low=low,
        high=high,
        unknown=sum(len(arms[arm]) - len(known[arm]) for arm in Arm),
        because=_words(low, high, is_full=min(map(len, known.values())) >= planned),
    )


def refuse_early(design: Design, now: datetime) -> None:
    """Before `read_from`, whoever asks and whatever is known by then."""
    if now < design.read_from:
        raise Refusal(
            "experiment.early",
            "It is read once, when the last patients have had their days: whoever looks earlier finds differences that are "
            "not there. The day stands beside it.",
        )


def _difference(usual: Share, new: Share) -> tuple[float, float, float]:
    """Newcombe's interval (1998, method 10). Where an arm is empty nothing is known: 0, from -1 to 1."""
    if usual.value is None or new.value is None:
        return 0.0, -1.0, 1.0
    apart = new.value - usual.value
    low = apart - sqrt((new.value - new.low) ** 2 + (usual.high - usual.value) ** 2)
    high = apart + sqrt((new.high - new.value) ** 2 + (usual.value - usual.low) ** 2)
    return apart, low, high


def _words(low: float, high: float, *, is_full: bool) -> str:
    size = "as many as were planned" if is_full else "fewer than were planned"
    if low > 0:
        found = "more came with the new reminder than chance would explain"
    elif high < 0:
        found = "fewer came with the new reminder than chance would explain"
    else:
        found = "no difference was shown, which does not mean that there is none"
    return f"{found}; {size}"
