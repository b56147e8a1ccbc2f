"""She says that she cannot come, or why she did not: kept as a notice, answered by her program's policy, heard by a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from rejoin.attendance.actions import has_said_so, record_notice
from rejoin.common.actors import Actor
from rejoin.domain.attendance import Notice, SeatFacts, Session
from rejoin.domain.attendance.outcome import accepted_notice
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Policy
from rejoin.followup.hearing import take_replies
from rejoin.outreach.writing import SAME_WITHIN, write
from rejoin.people.her_own import flag_herself
from rejoin.portal.vocabulary import ALWAYS_ASKED, STAFF_READ, TELLS_A_PERSON, Why
from rejoin.portal.words import words_in
from rejoin.portal.words.dates import TIGHT
from rejoin.programs.books import books_of
from rejoin.programs.models import Seat
from rejoin.programs.seating import hold_patients

VIA: Final = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What her program's policy says of a session she cannot come to."""

    excuses: bool
    """There is a notice or a reason that it accepts."""
    notice_until: datetime | None
    """By when a notice does for any reason; None: no notice does by itself."""
    accepted: tuple[Why, ...]
    """Reasons it accepts whenever they are told."""
    never_counts: frozenset[str]
    makes_up: bool
    makeup_days: int | None
    has_fee: bool


def policy_for(program_id: int, starts_at: datetime) -> Policy | None:
    """The policy in force on the session's day; None where the program has none. Asked outside of her door."""
    book = books_of([program_id]).get(program_id)
    return book.in_force(local_day(starts_at, book.timezone)) if book else None


def rule_of(policy: Policy | None, starts_at: datetime) -> Rule | None:
    """That policy, as far as it speaks of her absence."""
    if policy is None:
        return None
    excuse, makeup = policy.excuse, policy.makeup
    return Rule(
        excuses=excuse.allowed,
        notice_until=starts_at - excuse.notice if excuse.allowed and excuse.notice is not None else None,
        accepted=tuple(each for each in Why if each and each in excuse.reasons) if excuse.allowed else (),
        never_counts=frozenset(excuse.never_counts),
        makes_up=makeup is not None,
        makeup_days=makeup.window // timedelta(days=1) if makeup and makeup.window else None,
        has_fee=policy.billing.no_show_fee is not None,
    )


def excuses(policy: Policy, session: Session, notices: Iterable[Notice]) -> bool:
    """Whether the policy accepts any of what she told: the outcome's own rule."""
    facts = SeatFacts(session=session, notices=tuple(notices))
    return accepted_notice(facts, rules=policy.excuse) is not None


def reasons_for(rule: Rule | None) -> tuple[Why, ...]:
    """What she can choose from: the usual, what her policy accepts, something else, nothing."""
    more = tuple(each for each in (rule.accepted if rule else ()) if each not in ALWAYS_ASKED)
    return (*ALWAYS_ASKED, *more, Why.OTHER, Why.UNSAID)


@transaction.atomic
def tell(*, seat: Seat, why: Why, words: str, policy: Policy | None, by: Actor, at: datetime) -> None:
    """Her notice; and where she wrote something, or feels bad, a person has it before her at once.

    What a second tap sends is the same notice.
    """
    hold_patients([seat.patient_id])
    if not has_said_so(seat=seat, reason=why.value, via=VIA, since=at - SAME_WITHIN):
        record_notice(seat=seat, received_at=at, reason=why.value, via=VIA, by=by, at=at)
    if words.strip() or why in TELLS_A_PERSON:
        reply = write(patient=seat.patient, text=_for_staff(seat, why, words), by=by, at=at)
        take_replies(replies=[reply.pk], by=by, at=at)
    if policy is not None and why in TELLS_A_PERSON and why.value in policy.outreach.elevated_when:
        flag_herself(patient=seat.patient, code=why.value, by=by, at=at)


def _for_staff(seat: Seat, why: Why, words: str) -> str:
    """What whoever reads it learns: of which session, on the program's wall clock, her reason, and her own words as they are."""
    starts_at, zone, say = seat.session.starts_at, ZoneInfo(seat.session.program.timezone), words_in("en")
    local = starts_at.astimezone(zone)
    when = f"{say.on(starts_at, zone)} {local.year}, {say.time(local)}".replace(TIGHT, " ")
    told = f"About the session of {when}, she says that she {STAFF_READ[why]}."
    return f"{told} {words.strip()}".strip()
