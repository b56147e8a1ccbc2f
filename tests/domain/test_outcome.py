"""What becomes of a seat: the contract's order of rules, one at a time and all together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import (
    AtTheDoor,
    CheckIn,
    Credit,
    DoorEnd,
    EarlyLeave,
    ExcuseRules,
    Flag,
    Held,
    Mark,
    Notice,
    OnCutoff,
    Outcome,
    Presence,
    PresenceRules,
    SeatFacts,
    Status,
    decide_outcome,
)
from rejoin.domain.kernel import Interval
from tests.domain.people import LONG_AFTER, NO_EXCUSE, START, but, evening, minute, rules, seat, seen

BREAK = evening(breaks=[(90, 105)])
EXCUSES = ExcuseRules(
    allowed=True,
    notice=timedelta(hours=24),
    reasons=frozenset({"illness"}),
    never_counts=frozenset({"hospitalised"}),
)


def decide(
    facts: SeatFacts,
    *,
    presence: PresenceRules | None = None,
    excuse: ExcuseRules = NO_EXCUSE,
    now: datetime = LONG_AFTER,
) -> Outcome:
    return decide_outcome(facts, presence_rules=presence or rules(), excuse_rules=excuse, now=now)


def why(outcome: Outcome) -> list[str]:
    return [each.rule for each in outcome.because]


def notice(hours_before: float, reason: str = "") -> Notice:
    return Notice(received_at=START - timedelta(hours=hours_before), reason=reason)


def test_ada_stays_to_the_end_and_has_attended() -> None:
    outcome = decide(seat(seen(0, 195), session=BREAK))
    assert (outcome.status, outcome.minutes, outcome.flags) == (Status.ATTENDED, 180, frozenset())
    assert why(outcome) == ["presence.credit"]
    assert outcome.because[0].text == "180 of 180 minutes"


def test_the_credit_is_reached_at_the_exact_second() -> None:
    assert decide(seat(seen(0, 180))).status is Status.ATTENDED
    short = decide(seat(seen(0, 180 - 1 / 60)))
    assert (short.status, short.minutes) == (Status.PARTIAL, 179)


def test_seconds_are_floored_to_minutes_once_at_the_end() -> None:
    halves = [seen(number, number + 0.5) for number in range(4)]
    assert decide(seat(*halves)).minutes == 2


def test_a_credit_of_three_hours_is_not_asked_of_fifty_minutes() -> None:
    assert decide(seat(seen(0, 50), session=evening(minutes=50))).status is Status.ATTENDED


def test_a_share_is_of_the_countable_length() -> None:
    share = rules(credit=Credit(share=Fraction(3, 4)))
    assert decide(seat(seen(0, 150), session=BREAK), presence=share).status is Status.ATTENDED
    assert decide(seat(seen(0, 149), session=BREAK), presence=share).status is Status.PARTIAL
    whole = but(share, breaks_count=True)
    assert decide(seat(seen(0, 146), session=BREAK), presence=whole).status is Status.PARTIAL
    assert decide(seat(seen(0, 147), session=BREAK), presence=whole).status is Status.ATTENDED


def test_being_late_within_the_grace_is_not_flagged_and_a_second_later_is() -> None:
    grace = rules(grace=timedelta(minutes=5))
    assert Flag.LATE not in decide(seat(seen(5, 195)), presence=grace).flags
    assert Flag.LATE in decide(seat(seen(5 + 1 / 60, 195)), presence=grace).flags


CUTOFF = rules(late_cutoff=timedelta(minutes=15), credit=Credit(minutes=100))


def test_the_door_closes_a_second_after_the_cutoff() -> None:
    assert decide(seat(seen(15, 195)), presence=CUTOFF).status is Status.ATTENDED
    late = decide(seat(seen(15 + 1 / 60, 195)), presence=CUTOFF)
    assert late.status is Status.NOT_ADMITTED
    assert why(late) == ["presence.late_cutoff"]
    assert late.because[0].text == "first join 15.0 min after the start, cut-off 15 min"


@pytest.mark.parametrize(
    ("on_cutoff", "said"),
    [(OnCutoff.ADMIT, ": admitted"), (OnCutoff.ASK, ": the facilitator's mark decides")],
)
def test_past_the_cutoff_a_policy_may_admit_or_ask(on_cutoff: OnCutoff, said: str) -> None:
    late = decide(seat(seen(21, 195)), presence=but(CUTOFF, on_cutoff=on_cutoff))
    assert late.status is Status.ATTENDED
    assert Flag.LATE in late.flags
    assert why(late) == ["presence.on_cutoff", "presence.credit"]
    assert late.because[0].text.endswith(said)


def test_whoever_was_admitted_once_may_always_rejoin() -> None:
    outcome = decide(seat(seen(10, 12), seen(60, 195)), presence=CUTOFF)
    assert outcome.status is Status.ATTENDED


def test_a_join_nobody_saw_is_never_late() -> None:
    outcome = decide(seat(seen(None, 100), seen(120, 195)), presence=CUTOFF)
    assert outcome.status is not Status.NOT_ADMITTED
    assert Flag.LATE not in outcome.flags


@pytest.mark.parametrize(
    ("early_leave_is", "status"),
    [
        (EarlyLeave.PARTIAL, Status.PARTIAL),
        (EarlyLeave.MISSED, Status.MISSED),
        (EarlyLeave.FLAG_ONLY, Status.ATTENDED),
    ],
)
def test_leaving_early_is_what_the_policy_says(early_leave_is: EarlyLeave, status: Status) -> None:
    early = rules(
        credit=Credit(minutes=100), early_leave=timedelta(minutes=15), early_leave_is=early_leave_is
    )
    just = decide(seat(seen(0, 180)), presence=early)
    assert (just.status, Flag.LEFT_EARLY in just.flags) == (Status.ATTENDED, False)
    left = decide(seat(seen(0, 179.5)), presence=early)
    assert (left.status, Flag.LEFT_EARLY in left.flags) == (status, True)


def test_nobody_has_left_early_while_she_is_still_in_the_room() -> None:
    early = rules(early_leave=timedelta(minutes=15), early_leave_is=EarlyLeave.MISSED)
    live = decide(seat(seen(0, None)), presence=early, now=minute(60))
    assert (live.status, live.provisional, live.flags) == (Status.PARTIAL, True, frozenset())
    gone = decide(seat(seen(0, 20)), presence=early, now=minute(60))
    assert gone.status is Status.MISSED


def test_a_short_gap_is_a_reconnect_and_never_counted() -> None:
    reconnect = rules(reconnect=timedelta(minutes=10))
    outcome = decide(seat(seen(0, 60), seen(70, 195)), presence=reconnect)
    assert (outcome.minutes, outcome.flags) == (185, frozenset({Flag.RECONNECTED}))
    assert outcome.status is Status.ATTENDED
    longer = decide(seat(seen(0, 60), seen(71, 195)), presence=reconnect)
    assert longer.flags == frozenset()
    assert decide(seat(seen(0, 60), seen(61, 195))).flags == frozenset()
    assert decide(seat(seen(0, 195)), presence=reconnect).flags == frozenset()


def test_flags_of_the_connection_are_kept() -> None:
    outcome = decide(
        seat(
            seen(0, 195, conn="a", dial_in=True),
            seen(5, 90, conn="b", delivered_late=True, end_reported=False),
        )
    )
    assert outcome.flags == {Flag.TWO_DEVICES, Flag.DIAL_IN, Flag.LATE_SOURCE, Flag.UNCERTAIN_END}


def test_two_sources_that_clearly_disagree_are_a_conflict() -> None:
    both: dict[str, Any] = {"covering_sources": frozenset({"log", "export"})}
    agree = seat(seen(0, 195), seen(0, 192, source="export"), **both)
    assert Flag.CONFLICT not in decide(agree).flags
    disagree = seat(seen(0, 195), seen(0, 191, source="export"), **both)
    assert Flag.CONFLICT in decide(disagree).flags
    silent = seat(seen(0, 195), **both)
    assert Flag.CONFLICT in decide(silent).flags
    timeless = seat(seen(0, 195), seen(None, None, source="export"), **both)
    assert Flag.CONFLICT not in decide(timeless).flags
    nothing = seat(seen(None, None), seen(None, None, source="export"), **both)
    assert Flag.CONFLICT not in decide(nothing).flags


def test_a_row_without_times_is_partial_of_unknown_minutes() -> None:
    outcome = decide(seat(seen(None, None)))
    assert (outcome.status, outcome.minutes, outcome.present) == (Status.PARTIAL, None, True)
    assert "no source says when" in outcome.because[0].text


def test_unwatched_is_unrecorded_and_not_absent() -> None:
    outcome = decide(seat(covered=False))
    assert (outcome.status, outcome.minutes) == (Status.UNRECORDED, None)
    noticed = decide(seat(covered=False, notices=(notice(48),)), excuse=EXCUSES)
    assert noticed.status is Status.UNRECORDED


def test_watched_and_not_seen_is_missed() -> None:
    outcome = decide(seat())
    assert (outcome.status, outcome.minutes, why(outcome)) == (Status.MISSED, 0, ["presence"])
    assert decide(seat(), now=minute(20)).because[0].text == "not seen in the room so far"


def test_the_waiting_room_is_not_presence_and_is_told() -> None:
    assert why(decide(seat(waited=True))) == ["presence", "house.waiting_room"]


@pytest.mark.parametrize("held", [Held.CANCELLED, Held.OUTAGE])
def test_a_session_not_held_is_cancelled_whatever_else_is_known(held: Held) -> None:
    facts = seat(
        seen(0, 195),
        session=evening(held=held),
        mark=Mark(status=Status.MISSED, at=minute(200)),
        notices=(notice(48),),
    )
    outcome = decide(facts, excuse=EXCUSES)
    assert (outcome.status, outcome.attested) == (Status.CANCELLED, Status.MISSED)
    assert outcome.reason == ("platform_outage" if held is Held.OUTAGE else "program_cancelled")
    assert (outcome.flags, outcome.minutes, outcome.provisional) == (frozenset(), None, False)


def test_the_facilitators_mark_is_the_record_and_both_are_shown() -> None:
    mark = Mark(status=Status.ATTENDED, at=minute(200), by="ben")
    outcome = decide(seat(mark=mark))
    assert (outcome.status, outcome.computed, outcome.attested) == (
        Status.ATTENDED,
        Status.MISSED,
        Status.ATTENDED,
    )
    assert outcome.flags == {Flag.CONFLICT}
    assert outcome.because[0].text == "marked attended by ben; the room says missed"
    reverse = decide(seat(seen(0, 195), mark=Mark(status=Status.EXCUSED, at=minute(200), reason="illness")))
    assert (reverse.status, reverse.reason) == (Status.EXCUSED, "illness")
    assert reverse.flags == {Flag.CONFLICT}
    assert reverse.because[0].text == "marked excused; the room says attended"
    agreed = decide(seat(seen(0, 195), mark=but(mark, by="")))
    assert (agreed.flags, agreed.because[0].text) == (frozenset(), "marked attended")


def test_a_mark_settles_an_unrecorded_session() -> None:
    outcome = decide(seat(covered=False, mark=Mark(status=Status.ATTENDED, at=minute(200))))
    assert (outcome.status, outcome.computed) == (Status.ATTENDED, Status.UNRECORDED)


def test_out_of_licence_is_not_admissible_and_still_not_absent() -> None:
    away = CheckIn(state="OH", at=START, licensed_states=frozenset({"NY", "NJ"}))
    assert decide(seat(seen(0, 195), check_in=away)).status is Status.NOT_ADMISSIBLE
    home = but(away, state="NJ")
    assert decide(seat(seen(0, 195), check_in=home)).status is Status.ATTENDED
    nobody_knows = but(away, licensed_states=None)
    assert decide(seat(seen(0, 195), check_in=nobody_knows)).status is Status.ATTENDED


def test_notice_in_good_time_excuses_and_a_minute_late_does_not() -> None:
    in_time = decide(seat(notices=(notice(24),)), excuse=EXCUSES)
    assert (in_time.status, in_time.because[0].text, in_time.noticed_before) == (
        Status.EXCUSED,
        "notice 24 h before",
        True,
    )
    late = decide(seat(notices=(notice(23.99),)), excuse=EXCUSES)
    assert (late.status, late.because[-1].text, late.noticed_before) == (
        Status.MISSED,
        "notice 24 h before, 24 h needed",
        True,
    )
    after = decide(seat(notices=(notice(-1),)), excuse=EXCUSES)
    assert (after.because[-1].text, after.noticed_before) == ("the notice came after the start", False)
    short = decide(seat(notices=(notice(0.5),)), excuse=but(EXCUSES, notice=None))
    assert short.because[-1].text == "the policy accepts listed reasons only"
    minutes = decide(seat(notices=(notice(0.5),)), excuse=EXCUSES)
    assert minutes.because[-1].text == "notice 30 min before, 24 h needed"


def test_no_notice_period_means_any_time_before_the_start() -> None:
    any_time = but(EXCUSES, notice=timedelta())
    assert decide(seat(notices=(notice(0.01),)), excuse=any_time).status is Status.EXCUSED
    assert decide(seat(notices=(notice(0),)), excuse=any_time).status is Status.MISSED


def test_a_listed_reason_is_accepted_whatever_the_notice() -> None:
    outcome = decide(seat(notices=(notice(-2, "illness"),)), excuse=EXCUSES)
    assert (outcome.status, outcome.reason, why(outcome)) == (Status.EXCUSED, "illness", ["excuse.reasons"])
    other = decide(seat(notices=(notice(1, "travel"),)), excuse=EXCUSES)
    assert (other.status, other.reason) == (Status.MISSED, "travel")


def test_a_policy_without_excuses_accepts_none() -> None:
    outcome = decide(seat(notices=(notice(72, "illness"),)))
    assert (outcome.status, why(outcome)) == (Status.MISSED, ["presence", "excuse.allowed"])


def test_whoever_gave_notice_and_came_is_judged_by_presence() -> None:
    assert decide(seat(seen(0, 195), notices=(notice(48),)), excuse=EXCUSES).status is Status.ATTENDED


def test_a_reason_that_never_counts_may_come_from_a_notice_or_a_mark() -> None:
    assert decide(seat(notices=(notice(1, "hospitalised"),)), excuse=EXCUSES).never_counts
    marked = seat(mark=Mark(status=Status.MISSED, at=minute(200), reason="hospitalised"))
    assert decide(marked, excuse=EXCUSES).never_counts
    assert not decide(seat(notices=(notice(48, "illness"),)), excuse=EXCUSES).never_counts


def test_the_latest_reason_given_is_shown() -> None:
    told = seat(notices=(notice(5, "car"), notice(4), notice(3, "childcare"), notice(2)))
    assert decide(told).reason == "childcare"
    assert decide(seat(notices=(notice(5),))).reason is None


@dataclass(frozen=True)
class Night:
    """One seat as a small, separate reading of the contract sees it."""

    facts: SeatFacts
    presence: PresenceRules
    excuse: ExcuseRules
    now: datetime


MARKS = st.sampled_from([status for status in Status if status is not Status.UNRECORDED])


@st.composite
def nights(draw: st.DrawFn) -> Night:
    joins = draw(st.lists(st.tuples(st.integers(-20, 70), st.integers(0, 70)), max_size=3))
    told = [seen(start, start + length) for start, length in joins]
    if draw(st.integers(0, 7)) == 0:
        told.append(seen(None, None))
    session = evening(
        minutes=60,
        breaks=draw(st.sampled_from([[], [(20, 30)]])),
        held=draw(st.sampled_from([Held.SCHEDULED] * 5 + [Held.CANCELLED, Held.OUTAGE])),
    )
    mark = draw(st.none() | st.none() | MARKS.map(lambda status: Mark(status=status, at=minute(90))))
    check_in = draw(st.sampled_from([None, None, "NY", "OH"]))
    notices = draw(
        st.lists(
            st.tuples(st.integers(-90, 90), st.sampled_from(["", "illness", "travel"])).map(
                lambda told: Notice(received_at=minute(told[0]), reason=told[1])
            ),
            max_size=2,
        )
    )
    limits = st.none() | st.integers(0, 40).map(lambda minutes: timedelta(minutes=minutes))
    return Night(
        facts=SeatFacts(
            session=session,
            presence=tuple(told),
            covered=bool(told) or draw(st.booleans()),
            mark=mark,
            check_in=None
            if check_in is None
            else CheckIn(state=check_in, at=START, licensed_states=frozenset({"NY"})),
            notices=tuple(sorted(notices, key=lambda each: each.received_at)),
        ),
        presence=PresenceRules(
            credit=draw(
                st.integers(1, 80).map(lambda minutes: Credit(minutes=minutes))
                | st.integers(1, 4).map(lambda part: Credit(share=Fraction(part, 4)))
            ),
            late_cutoff=draw(limits),
            on_cutoff=draw(st.sampled_from(OnCutoff)),
            early_leave=draw(limits),
            early_leave_is=draw(st.sampled_from(EarlyLeave)),
            breaks_count=draw(st.booleans()),
        ),
        excuse=ExcuseRules(
            allowed=draw(st.booleans()),
            notice=draw(limits),
            reasons=draw(st.sampled_from([frozenset(), frozenset({"illness"})])),
        ),
        now=minute(draw(st.sampled_from([60, 75, 500]))),
    )


def status_by_the_contract(night: Night) -> Status:
    """Cancelled, outage, mark, unrecorded, licence, excused, and then presence: written from the contract."""
    facts = night.facts
    if facts.session.held in (Held.CANCELLED, Held.OUTAGE):
        return Status.CANCELLED
    if facts.mark:
        return facts.mark.status
    length = int((facts.session.ends_at - START).total_seconds()) // 60
    pauses: set[int] = set()
    for pause in facts.session.breaks:
        pauses |= set(_minutes_of(pause))
    there: set[int] = set()
    for each in facts.presence:
        if each.start is not None and each.end is not None:
            there |= set(_minutes_of(Interval(each.start, each.end))) & set(range(length))
    somehow = any(each.start is None for each in facts.presence)
    if not facts.covered:
        return Status.UNRECORDED
    if facts.check_in is not None and facts.check_in.state == "OH":
        return Status.NOT_ADMISSIBLE
    if not there and not somehow:
        return Status.EXCUSED if _excused(night) else Status.MISSED
    return _status_from_minutes(night, there, pauses, length, somehow=somehow)


def _minutes_of(span: Interval) -> range:
    return range(
        int((span.start - START).total_seconds()) // 60, int((span.end - START).total_seconds()) // 60
    )


def _excused(night: Night) -> bool:
    rules = night.excuse
    for each in night.facts.notices:
        ahead = START - each.received_at
        if rules.allowed and (each.reason in rules.reasons and each.reason != ""):
            return True
        if rules.allowed and rules.notice is not None and ahead > timedelta() and ahead >= rules.notice:
            return True
    return False


def _status_from_minutes(
    night: Night, there: set[int], pauses: set[int], length: int, *, somehow: bool
) -> Status:
    rules, joins = night.presence, _touching(night.facts.presence, length)
    forever = timedelta.max
    late = timedelta(minutes=min((start for start, _ in joins), default=0))
    early = timedelta(minutes=length - max((end for _, end in joins), default=length))
    door_closes = rules.on_cutoff is OnCutoff.NOT_ADMITTED and not somehow
    if door_closes and late > (forever if rules.late_cutoff is None else rules.late_cutoff):
        return Status.NOT_ADMITTED
    judged = rules.early_leave_is is not EarlyLeave.FLAG_ONLY
    if judged and early > (forever if rules.early_leave is None else rules.early_leave):
        return Status.PARTIAL if rules.early_leave_is is EarlyLeave.PARTIAL else Status.MISSED
    if not there:
        return Status.PARTIAL
    countable = set(range(length)) if rules.breaks_count else set(range(length)) - pauses
    if rules.credit.share is not None:
        needed = Fraction(len(countable)) * rules.credit.share
    else:
        needed = Fraction(min(rules.credit.minutes or 0, len(countable)))
    return Status.ATTENDED if len(there & countable) >= needed else Status.PARTIAL


def _touching(presence: tuple[Presence, ...], length: int) -> list[tuple[int, int]]:
    spans = []
    for each in presence:
        if each.start is not None and each.end is not None:
            told = _minutes_of(Interval(each.start, each.end))
            if told.start < told.stop and told.start < length and told.stop > 0:
                spans.append((told.start, told.stop))
    # Whoever stays on from before counts with the whole of the unbroken stay.
    grown = True
    everything = [_minutes_of(Interval(each.start, each.end)) for each in presence if each.start and each.end]
    while grown:
        grown = False
        for told in everything:
            joined = any(told.start <= end and told.stop >= start for start, end in spans)
            if told.start < told.stop and joined and (told.start, told.stop) not in spans:
                spans.append((told.start, told.stop))
                grown = True
    return spans


@given(nights())
def test_the_status_follows_the_contracts_order_of_rules(night: Night) -> None:
    outcome = decide(night.facts, presence=night.presence, excuse=night.excuse, now=night.now)
    known = [each for each in night.facts.presence if each.end is None or each.end <= night.now]
    seen_so_far = but(night, facts=but(night.facts, presence=tuple(known)))
    if len(known) == len(night.facts.presence):
        assert outcome.status is status_by_the_contract(seen_so_far)
    unmarked = but(night.facts, mark=None)
    assert (
        outcome.computed
        is decide(unmarked, presence=night.presence, excuse=night.excuse, now=night.now).status
    )


@given(nights(), st.randoms(use_true_random=False))
def test_an_outcome_does_not_depend_on_the_order_of_its_evidence(night: Night, random: object) -> None:
    told = [*night.facts.presence, *night.facts.presence[:1]]
    random.shuffle(told)  # type: ignore[attr-defined]  # a random.Random
    again = but(night.facts, presence=tuple(told))
    first = decide(night.facts, presence=night.presence, excuse=night.excuse, now=night.now)
    second = decide(again, presence=night.presence, excuse=night.excuse, now=night.now)
    assert first == second
    assert second == decide(again, presence=night.presence, excuse=night.excuse, now=night.now)


@given(nights())
def test_every_outcome_says_why(night: Night) -> None:
    outcome = decide(night.facts, presence=night.presence, excuse=night.excuse, now=night.now)
    assert outcome.because
    assert all(each.rule and each.text for each in outcome.because)


def door(asked: float, seen_: float, ended: float | None = None) -> AtTheDoor:
    return AtTheDoor(
        asked_at=minute(asked), seen_at=minute(seen_), ended_at=None if ended is None else minute(ended)
    )


def test_who_stood_at_the_door_to_the_end_missed_nothing_and_it_is_for_a_person_to_say() -> None:
    outcome = decide(seat(door=door(2, 192)))
    assert (outcome.status, why(outcome)) == (Status.UNRECORDED, ["house.door"])
    assert decide(seat(door=door(2, 192)), now=minute(60)).status is Status.MISSED


@pytest.mark.parametrize("at", [door(2, 100), door(2, 192, 190), door(196, 196)])
def test_who_was_not_at_the_door_any_more_missed_it_and_that_she_came_to_it_is_told(at: AtTheDoor) -> None:
    outcome = decide(seat(door=at))
    assert (outcome.status, why(outcome)) == (Status.MISSED, ["presence", "house.door"])


@pytest.mark.parametrize(
    ("since", "told", "status"),
    [
        (4, None, Status.UNRECORDED),
        (4, Status.UNRECORDED, Status.UNRECORDED),
        (5, None, Status.MISSED),  # she came when she was missed already
        (4, Status.MISSED, Status.MISSED),  # and that she was has been told: a person takes it back
    ],
)
def test_only_who_stood_there_from_before_she_was_missed_on_is_no_miss(
    since: float, told: Status | None, status: Status
) -> None:
    facts = seat(door=door(since, 192), told=told, noticed_at=minute(5))
    assert decide(facts).status is status


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (DoorEnd.TURNED_AWAY, "was not let in by whoever leads"),
        (DoorEnd.WENT, "went again"),
        (DoorEnd.LET_IN, "was let in, and was not seen inside"),
    ],
)
def test_how_her_standing_at_the_door_ended_is_said_with_the_miss(how: DoorEnd, said: str) -> None:
    at = but(door(2, 192, 190), ended_how=how)
    assert said in decide(seat(door=at)).because[-1].text


def test_who_stood_at_the_door_and_was_seen_inside_is_decided_by_her_minutes() -> None:
    assert decide(seat(seen(30, 195), door=door(2, 30, 30))).status is not Status.UNRECORDED


@pytest.mark.parametrize(
    ("at", "by", "told"),
    [
        (door(2, 29), 30, (2, 30)),  # she stands there now
        (door(2, 20), 30, (2, 20)),  # and was last seen so long ago
        (door(2, 29, 25), 30, (2, 25)),  # and was let in, or went
        (door(2, 20, 29), 30, (2, 25)),  # silent before somebody decided
        (door(2, 200), 195, (2, 195)),
        (door(40, 41), 30, None),
    ],
)
def test_from_when_to_when_she_stood_there(
    at: AtTheDoor, by: float, told: tuple[float, float] | None
) -> None:
    expected = Interval(minute(told[0]), minute(told[1])) if told else None
    assert at.stood(minute(by)) == expected
