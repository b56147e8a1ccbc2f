"""Presence and notice in, an outcome out, and why."""

from datetime import datetime, timedelta
from typing import NamedTuple

from rejoin.domain.attendance.facts import (
    AtTheDoor,
    CheckIn,
    DoorEnd,
    Flag,
    Held,
    Notice,
    Outcome,
    SeatFacts,
    Status,
)
from rejoin.domain.attendance.presence import Measured, countable_length, gaps, measure, on_two_devices
from rejoin.domain.attendance.rules import EarlyLeave, ExcuseRules, OnCutoff, PresenceRules
from rejoin.domain.kernel import Reason

# Two sources may round a minute each way before we say that they disagree.
SOURCES_AGREE_WITHIN = timedelta(minutes=3)
PLATFORM_OUTAGE = "platform_outage"
PROGRAM_CANCELLED = "program_cancelled"
NO_TIME = timedelta()
HOW_IT_ENDED = {
    DoorEnd.TURNED_AWAY: "came to the door, and was not let in by whoever leads",
    DoorEnd.LET_IN: "came to the door and was let in, and was not seen inside",
    DoorEnd.WENT: "came to the door, and went again",
    None: "came to the door, and is not known to have stood there from before she was missed to the end",
}
"""What is said of whoever came to the door and is missed nevertheless."""
NO_FLAGS: frozenset[Flag] = frozenset()
WAS_THERE = (Status.ATTENDED, Status.PARTIAL)
WAS_NOT_THERE = (Status.MISSED, Status.EXCUSED)


class _Verdict(NamedTuple):
    """A status, the rules that gave it, and the reason of an accepted absence."""

    status: Status
    because: tuple[Reason, ...]
    reason: str | None = None


class _Seat(NamedTuple):
    """One seat measured against the rules once, for all the questions that follow."""

    facts: SeatFacts
    measured: Measured
    rules: PresenceRules
    late_by: timedelta
    left_early_by: timedelta
    needed: timedelta
    now: datetime

    @property
    def early(self) -> bool:
        return self.rules.early_leave is not None and self.left_early_by > self.rules.early_leave


def decide_outcome(
    facts: SeatFacts, *, presence_rules: PresenceRules, excuse_rules: ExcuseRules, now: datetime
) -> Outcome:
    """What became of one seat, from what was known at `now`. Facts dated after it must be left out.

    Who stands at the door to the end is nobody's miss. The order is the contract's: cancelled, the facilitator's mark, nobody watching (unrecorded),
    out of licence, an accepted notice without presence, and then presence against the policy.
    """
    session = facts.session
    seat = _measure_seat(facts, presence_rules, now)
    measured = seat.measured
    computed = _compute(seat, excuse_rules)
    verdict = _apply_mark(facts, computed)
    nothing_known = computed.status in (Status.CANCELLED, Status.UNRECORDED)
    return Outcome(
        status=verdict.status,
        computed=computed.status,
        attested=facts.mark.status if facts.mark else None,
        attested_at=facts.mark.at if facts.mark else None,
        minutes=None if nothing_known or measured.seconds is None else measured.seconds // 60,
        first_join=measured.first_join,
        last_leave=measured.last_leave,
        flags=NO_FLAGS if nothing_known else _flags(seat, computed.status),
        intervals=measured.intervals,
        because=verdict.because,
        present=measured.present,
        noticed_before=bool(facts.notices)
        and any(notice.received_at < session.starts_at for notice in facts.notices),
        reason=None if verdict.status in WAS_THERE else verdict.reason or _given_reason(facts),
        never_counts=_never_counts(facts, excuse_rules),
        provisional=session.starts_at <= now < session.ends_at and session.held is Held.SCHEDULED,
    )


def accepted_notice(facts: SeatFacts, *, rules: ExcuseRules) -> tuple[Notice, Reason] | None:
    """The earliest notice that excuses the absence, and the rule that accepts it."""
    if not rules.allowed:
        return None
    for notice in sorted(facts.notices, key=lambda each: each.received_at):
        ahead = facts.session.starts_at - notice.received_at
        if rules.notice is not None and ahead >= rules.notice and ahead > timedelta():
            return notice, Reason(
                rule="excuse.notice", text=f"notice {_ahead(ahead)} before", cite=rules.cite
            )
        if notice.reason and notice.reason in rules.reasons:
            text = f"reason {notice.reason} is accepted whatever the notice"
            return notice, Reason(rule="excuse.reasons", text=text, cite=rules.cite)
    return None


def out_of_licence(check_in: CheckIn | None) -> bool:
    """Whether she checked in from a state where nobody leading the session may practise."""
    if check_in is None or check_in.licensed_states is None:
        return False
    return check_in.state not in check_in.licensed_states


def _measure_seat(facts: SeatFacts, rules: PresenceRules, now: datetime) -> _Seat:
    session = facts.session
    measured = measure(facts.presence, session=session, breaks_count=rules.breaks_count, now=now)
    return _Seat(
        facts=facts,
        measured=measured,
        rules=rules,
        late_by=_late_by(facts, measured),
        left_early_by=_left_early_by(facts, measured, now),
        needed=rules.credit.needed(countable_length(session, breaks_count=rules.breaks_count)),
        now=now,
    )


def _compute(seat: _Seat, excuse: ExcuseRules) -> _Verdict:
    """The outcome as it is without a mark."""
    facts, measured = seat.facts, seat.measured
    if facts.session.held is not Held.SCHEDULED:
        return _cancelled(facts.session.held)
    if not facts.covered and not measured.present:
        text = "nothing that was watching the room, and no mark: unrecorded is not absent"
        return _Verdict(Status.UNRECORDED, (Reason(rule="house.unrecorded", text=text),))
    if facts.check_in is not None and out_of_licence(facts.check_in):
        text = f"checked in from {facts.check_in.state}, where the facilitator holds no licence"
        return _Verdict(Status.NOT_ADMISSIBLE, (Reason(rule="house.licence", text=text),))
    if measured.present:
        return _from_presence(seat)
    return _from_absence(facts, excuse, seat.now)


def _cancelled(held: Held) -> _Verdict:
    if held is Held.OUTAGE:
        reason = Reason(rule="session.status", text="platform_outage: the session could not be held")
        return _Verdict(Status.CANCELLED, (reason,), PLATFORM_OUTAGE)
    reason = Reason(rule="session.status", text="cancelled by the program: nobody missed it")
    return _Verdict(Status.CANCELLED, (reason,), PROGRAM_CANCELLED)


def _from_absence(facts: SeatFacts, rules: ExcuseRules, now: datetime) -> _Verdict:
    accepted = accepted_notice(facts, rules=rules)
    if accepted:
        notice, why = accepted
        return _Verdict(Status.EXCUSED, (why,), notice.reason or None)
    if facts.door is not None and now >= facts.session.ends_at and _stood_to_the_end(facts, facts.door):
        text = "stood at the door to the end and did not get in: no miss of hers, and for whoever led to say"
        return _Verdict(Status.UNRECORDED, (Reason(rule="house.door", text=text),))
    reasons = [Reason(rule="presence", text="not seen in the room" + _so_far(facts, now))]
    if facts.waited:
        text = "seen in the waiting room, which is not presence: was the door opened?"
        reasons.append(Reason(rule="house.waiting_room", text=text))
    if facts.door is not None:
        reasons.append(Reason(rule="house.door", text=HOW_IT_ENDED[facts.door.ended_how]))
    if facts.notices:
        reasons.append(_refused_notice(facts, rules))
    return _Verdict(Status.MISSED, tuple(reasons))


def _stood_to_the_end(facts: SeatFacts, door: AtTheDoor) -> bool:
    """From before she was missed on. A miss that was told is taken back by a person, who knows more than the door does."""
    in_time = facts.noticed_at is None or door.asked_at < facts.noticed_at
    return in_time and facts.told is not Status.MISSED and door.stands(facts.session.ends_at)


def _refused_notice(facts: SeatFacts, rules: ExcuseRules) -> Reason:
    if not rules.allowed:
        return Reason(rule="excuse.allowed", text="the policy has no excused absence", cite=rules.cite)
    ahead = facts.session.starts_at - min(notice.received_at for notice in facts.notices)
    if ahead <= timedelta():
        text = "the notice came after the start"
    elif rules.notice is None:
        text = "the policy accepts listed reasons only"
    else:
        text = f"notice {_ahead(ahead)} before, {_ahead(rules.notice)} needed"
    return Reason(rule="excuse.notice", text=text, cite=rules.cite)


def _from_presence(seat: _Seat) -> _Verdict:
    rules = seat.rules
    if rules.late_cutoff is None or seat.late_by <= rules.late_cutoff:
        return _from_minutes(seat, ())
    text = f"first join {_minutes(seat.late_by)} after the start, cut-off {_minutes(rules.late_cutoff)}"
    if rules.on_cutoff is OnCutoff.NOT_ADMITTED:
        return _Verdict(
            Status.NOT_ADMITTED, (Reason(rule="presence.late_cutoff", text=text, cite=rules.cite),)
        )
    text += ": the facilitator's mark decides" if rules.on_cutoff is OnCutoff.ASK else ": admitted"
    return _from_minutes(seat, (Reason(rule="presence.on_cutoff", text=text, cite=rules.cite),))


def _from_minutes(seat: _Seat, before: tuple[Reason, ...]) -> _Verdict:
    rules, seconds = seat.rules, seat.measured.seconds
    if seconds is None:
        text = f"was there, but no source says when: minutes not known, {_minutes(seat.needed)} needed"
    else:
        text = f"{seconds // 60} of {_minutes(seat.needed, unit='')} minutes"
    credit = Reason(rule="presence.credit", text=text, cite=rules.cite)
    if seat.early and rules.early_leave_is is not EarlyLeave.FLAG_ONLY:
        text = f"left {_minutes(seat.left_early_by)} before the end, counted as {rules.early_leave_is.value}"
        why = Reason(rule="presence.early_leave", text=text, cite=rules.cite)
        return _Verdict(Status(rules.early_leave_is.value), (*before, why, credit))
    reached = seconds is not None and timedelta(seconds=seconds) >= seat.needed
    return _Verdict(Status.ATTENDED if reached else Status.PARTIAL, (*before, credit))


def _apply_mark(facts: SeatFacts, computed: _Verdict) -> _Verdict:
    """A facilitator's mark is the record. Only a session that was not held is stronger."""
    mark = facts.mark
    if mark is None or computed.status is Status.CANCELLED:
        return computed
    text = f"marked {mark.status.value}" + (f" by {mark.by}" if mark.by else "")
    text += "" if mark.status is computed.status else f"; the room says {computed.status.value}"
    attested = Reason(rule="house.attestation", text=text)
    return _Verdict(mark.status, (attested, *computed.because), mark.reason or computed.reason)


def _flags(seat: _Seat, computed: Status) -> frozenset[Flag]:
    """What a reader should know besides the outcome."""
    facts = seat.facts
    found: set[Flag] = set()
    if facts.mark is not None and _contradicts(facts.mark.status, computed):
        found.add(Flag.CONFLICT)
    if seat.measured.present:
        found.update(_clock_flags(seat, computed), _source_flags(seat))
    return frozenset(found) if found else NO_FLAGS


def _clock_flags(seat: _Seat, computed: Status) -> list[Flag]:
    found: list[Flag] = []
    if seat.late_by > seat.rules.grace:
        found.append(Flag.LATE)
    if seat.early and computed is not Status.NOT_ADMITTED:
        found.append(Flag.LEFT_EARLY)
    if _reconnected(seat.measured, seat.rules):
        found.append(Flag.RECONNECTED)
    if seat.measured.end_uncertain:
        found.append(Flag.UNCERTAIN_END)
    return found


def _source_flags(seat: _Seat) -> list[Flag]:
    facts = seat.facts
    found: list[Flag] = []
    if seat.measured.overlapping and on_two_devices(facts.presence, session=facts.session, now=seat.now):
        found.append(Flag.TWO_DEVICES)
    if len(facts.covering_sources) > 1 and _sources_disagree(facts, seat.rules, seat.now):
        found.append(Flag.CONFLICT)
    for each in facts.presence:
        if each.dial_in:
            found.append(Flag.DIAL_IN)
        if each.delivered_late:
            found.append(Flag.LATE_SOURCE)
    return found


def _late_by(facts: SeatFacts, measured: Measured) -> timedelta:
    """How long after the start she first joined. A join nobody saw is never called late."""
    if measured.first_join is None or measured.start_unknown:
        return NO_TIME
    return max(measured.first_join - facts.session.starts_at, NO_TIME)


def _left_early_by(facts: SeatFacts, measured: Measured, now: datetime) -> timedelta:
    if measured.last_leave is None or measured.still_here:
        return NO_TIME
    return max(min(facts.session.ends_at, now) - measured.last_leave, NO_TIME)


def _reconnected(measured: Measured, rules: PresenceRules) -> bool:
    if rules.reconnect is None or len(measured.intervals) < 2:
        return False
    return any(gap.end - gap.start <= rules.reconnect for gap in gaps(measured.intervals))


def _sources_disagree(facts: SeatFacts, rules: PresenceRules, now: datetime) -> bool:
    """Whether two sources that watched the session tell of clearly different presence."""
    seconds = []
    for source in facts.covering_sources:
        own = [each for each in facts.presence if each.source == source]
        measured = measure(own, session=facts.session, breaks_count=rules.breaks_count, now=now)
        if measured.seconds is not None:
            seconds.append(measured.seconds)
    return bool(seconds) and timedelta(seconds=max(seconds) - min(seconds)) > SOURCES_AGREE_WITHIN


def _contradicts(marked: Status, computed: Status) -> bool:
    return (marked in WAS_THERE and computed in WAS_NOT_THERE) or (
        marked in WAS_NOT_THERE and computed in WAS_THERE
    )


def _given_reason(facts: SeatFacts) -> str | None:
    """The latest reason anybody gave for an absence."""
    if not facts.notices:
        return None
    return next((each.reason for each in reversed(facts.notices) if each.reason), None)


def _never_counts(facts: SeatFacts, rules: ExcuseRules) -> bool:
    if not facts.notices and facts.mark is None:
        return False
    given = {notice.reason for notice in facts.notices}
    if facts.mark is not None:
        given.add(facts.mark.reason)
    return bool(given & rules.never_counts)


def _so_far(facts: SeatFacts, now: datetime) -> str:
    return " so far" if now < facts.session.ends_at else ""


def _minutes(length: timedelta, *, unit: str = " min") -> str:
    whole, odd = divmod(length.days * 86_400 + length.seconds, 60)
    return f"{whole}.{odd // 6}{unit}" if odd else f"{whole}{unit}"


def _ahead(length: timedelta) -> str:
    hours = length.total_seconds() / 3600
    return f"{hours:.0f} h" if hours >= 1 else _minutes(length)
