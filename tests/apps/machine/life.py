"""A program's life as Hypothesis makes it up: every public action, in any order, under a clock that jumps."""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rejoin.attendance.actions import attest_session, close_day, record_check_in, record_mark, record_notice
from rejoin.common import clock
from rejoin.common.actors import ENGINE, patient_actor, vendor_actor
from rejoin.common.rows import select
from rejoin.domain.attendance import Held, Status
from rejoin.domain.kernel import Refusal, local_day
from rejoin.followup.actions import (
    close_case,
    decide_review,
    give_case,
    record_attempt,
    record_disposition,
    record_promise,
    see_to_step,
    settle_unknown,
)
from rejoin.followup.engine import PARTS
from rejoin.followup.models import Case, Review, Step
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome, SafetyResult
from rejoin.outreach.inbox import TWILIO, take_in
from rejoin.outreach.models import Message, PushSubscription
from rejoin.outreach.sending import claim_messages, give_up_waiting, look_up_unsure, send_due
from rejoin.people.actions import (
    add_address,
    end_flag,
    raise_flag,
    record_consent,
    retire_address,
)
from rejoin.people.models import Address, Flag
from rejoin.people.vocabulary import AddressKind, Purpose
from rejoin.programs.actions import (
    NewSession,
    book_seat,
    cancel_session,
    change_enrolment,
    end_enrolment,
    enrol,
    move_session,
    reinstate_session,
    release_seat,
    schedule_session,
)
from rejoin.programs.models import Enrolment, Seat, Session
from rejoin.programs.vocabulary import Ending, Release
from rejoin.rooms.models import SeatEvidence, SessionEvidence
from tests.apps.machine.promises import (
    AT_REST,
    NEVER,
    Facts,
    asks_again,
    broken,
    difference,
    sent_twice,
    standing,
    wrongly_told,
)
from tests.apps.machine.vendor import Fate, Taken, Vendor
from tests.apps.scene import START, Scene, minutes

ZONES = ("America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo")
LENGTHS = st.sampled_from([timedelta(seconds=1), *map(minutes, (1, 5, 10, 16, 31, 61, 240, 900, 1440, 4000))])
NUMBERS = st.integers(0, 7)
"""Picks one of whatever there is; which, when there are fewer, is the remainder."""
FATES = st.lists(st.sampled_from(Fate), max_size=3)
SMS_STATES = ("sent", "delivered", "undelivered", "failed", "queued")
TEXTS = ("STOP", "START", "HELP", "on my way", "leave me alone please", "¿Quién es?")
SETTLES = 60


class Life(RuleBasedStateMachine):
    """One program with two patients."""

    def __init__(self) -> None:
        super().__init__()
        self.held = transaction.atomic()
        self.held.__enter__()
        self.now = START - minutes(30)
        self.sms, self.push = Vendor(channel="sms"), Vendor(channel="push")
        self.facts = Facts()
        self.told = 0
        self.numbers = count(1)
        self.steps: set[int] = set()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.settle()
        finally:
            transaction.set_rollback(True)
            self.held.__exit__(None, None, None)

    # The beginning

    @initialize(
        policy=st.sampled_from("aaaabcde"),
        zone=st.sampled_from(ZONES),
        flagged=st.booleans(),
        watched=st.sampled_from([True, True, True, False]),
        minute=st.sampled_from([-30, 0, 6, 6, 20, 40, 200]),
    )
    def begins(self, policy: str, zone: str, flagged: bool, watched: bool, minute: int) -> None:
        self.scene = Scene(policy)
        self.ada = self.scene.admit("ada")
        self.eve = self.scene.admit("eve", phone="+15550101", timezone=zone)
        self.by = self.scene.as_ben()
        if flagged:
            self.scene.flag(self.ada, "high_risk")
        PushSubscription.objects.create(
            patient=self.ada, endpoint="https://push.example/1", subscription={}, made_at=START
        )
        self.guardian = self.ada.contacts.create(relation="guardian", name="Gwen", phone="+15550109")
        self.guardian.signed.create(
            patient=self.ada,
            contact=self.guardian,
            purpose="attendance",
            granted=True,
            at=START - timedelta(days=1),
            by="staff:1",
        )
        for day in range(3):
            session = self.scene.session(self.ada, self.eve, starts_at=START + timedelta(days=day))
            if watched:
                self.scene.watched(session)
        self.go_to(START + minutes(minute))

    # The clock and the engine

    @rule(by=LENGTHS, fates=FATES)
    def time_passes(self, by: timedelta, fates: list[Fate]) -> None:
        """The workers look all the while; what the vendor does is anybody's guess."""
        self.go_to(self.now + by)
        self.settle(fates)

    @rule(late=st.sampled_from([timedelta(), timedelta(seconds=1), minutes(2)]), fates=FATES)
    def time_passes_until_something_is_due(self, late: timedelta, fates: list[Fate]) -> None:
        (soonest,) = select(NEXT, {"now": self.now})[0]
        if soonest is not None:
            self.go_to(max(soonest + late, self.now))
        self.settle(fates)

    @rule(by=LENGTHS)
    def time_passes_and_nobody_looks(self, by: timedelta) -> None:
        self.go_to(self.now + by)

    @rule(part=st.sampled_from([name for name, _ in PARTS if name != "rooms.read"]))
    def a_worker_looks(self, part: str) -> None:
        dict(PARTS)[part](self.now)

    @rule()
    def everything_is_worked_out_anew(self) -> None:
        self.settle()
        before = standing()
        asks_again(self.now)
        self.settle()
        assert not (found := difference(before, standing())), found

    # Messages and their vendor

    @rule(fates=FATES)
    def messages_are_sent(self, fates: list[Fate]) -> None:
        self.sms.fates, self.push.fates = list(fates), list(reversed(fates))
        send_due(now=self.now, channels=self.channels)

    @rule(called=st.booleans())
    def a_worker_dies_while_sending(self, called: bool) -> None:
        claimed, _ = claim_messages(10, set(self.channels), by=ENGINE, at=self.now)
        for each in claimed if called else ():
            with suppress(Exception):  # whatever it answered, nobody is left to write it down
                self.channels[each.channel].send(each.sendable, now=self.now)

    @rule(tells=st.booleans())
    def lost_answers_are_asked_after(self, tells: bool) -> None:
        self.sms.tells = tells
        with override_settings(LOST_AFTER_SECONDS=0):
            give_up_waiting(by=ENGINE, at=self.now)
            look_up_unsure(now=self.now, channels={"sms": self.sms})

    @precondition(lambda self: self.sms.taken)
    @rule(which=NUMBERS, state=st.sampled_from(SMS_STATES), key=st.booleans())
    def the_vendor_reports(self, which: int, state: str, key: bool) -> None:
        taken = self.sms.taken[which % len(self.sms.taken)]
        params = {"MessageSid": taken.vendor_id, "MessageStatus": state}
        if state in ("undelivered", "failed"):
            params["ErrorCode"] = "30005"
        self.hook("status", params, {"key": taken.key} if key else {})

    @rule(text=st.sampled_from(TEXTS), eve=st.booleans())
    def she_writes(self, text: str, eve: bool) -> None:
        sid = f"SM{next(self.numbers):031x}f"
        params = {"MessageSid": sid, "From": "+15550101" if eve else "+15550100", "Body": text}
        self.hook("inbound", params, {})

    # The room

    @rule(which=NUMBERS, seen=st.booleans(), ago=st.sampled_from([0, 1, 4, 12, 60]))
    def the_room_tells(self, which: int, seen: bool, ago: int) -> None:
        """Somebody was seen, or nobody was while it was watching. What it said before may be taken back."""
        seat = self.pick(Seat, which)
        if seat.session.starts_at - minutes(15) > self.now:
            return
        session = seat.session
        first = max(session.starts_at - minutes(2), min(self.now, session.ends_at) - minutes(ago))
        if seen and first < session.ends_at:
            left = None if self.now < session.ends_at else session.ends_at
            self.scene.watched(session, (seat.patient, first, left))
        else:
            SeatEvidence.objects.filter(seat=seat).update(
                first_join=None, presence=[], worked_out_at=self.now
            )
            self.scene.watched(session)

    @rule(which=NUMBERS)
    def the_room_was_not_watched_after_all(self, which: int) -> None:
        session = self.pick(Session, which)
        SessionEvidence.objects.filter(session=session).update(watched=False, sources=[])

    # What people say of attendance

    @rule(which=NUMBERS, status=st.sampled_from(Status))
    def a_seat_is_marked(self, which: int, status: Status) -> None:
        self.act(record_mark, seat=self.pick(Seat, which), status=status)

    @rule(which=NUMBERS, close=st.booleans())
    def a_session_is_attested(self, which: int, close: bool) -> None:
        session = self.pick(Session, which)
        self.act(attest_session, session=session)
        if close:
            self.act(close_day, program=self.scene.program, day=local_day(session.starts_at, NEW_YORK))

    @rule(
        which=NUMBERS,
        ago=st.sampled_from([0, 10, 600, 3000]),
        reason=st.sampled_from(["", "illness", "tech"]),
    )
    def she_gives_notice(self, which: int, ago: int, reason: str) -> None:
        seat, received_at = self.pick(Seat, which), self.now - minutes(ago)
        self.act(record_notice, seat=seat, received_at=received_at, reason=reason)

    @rule(which=NUMBERS, state=st.sampled_from(["NY", "NJ"]))
    def she_checks_in(self, which: int, state: str) -> None:
        self.act(record_check_in, seat=self.pick(Seat, which), state=state)

    # What people do on cases

    @precondition(lambda self: Case.objects.exists())
    @rule(
        which=NUMBERS,
        place=NUMBERS,
        outcome=st.sampled_from(AttemptOutcome),
        channel=st.sampled_from(["phone", "phone", "secure_message"]),
        ago=st.sampled_from([0, 0, 5, 90]),
        guardian=st.booleans(),
    )
    def somebody_tries(
        self, which: int, place: int, outcome: AttemptOutcome, channel: str, ago: int, guardian: bool
    ) -> None:
        case = self.pick(Case, which)
        steps = list(Step.objects.filter(case=case).order_by("id"))
        self.act(
            record_attempt,
            case=case,
            step=steps[place % len(steps)] if steps and place else None,
            channel=channel,
            outcome=outcome,
            made_at=self.now - minutes(ago),
            contact=self.guardian if guardian else None,
        )

    @precondition(lambda self: Case.objects.exists())
    @rule(which=NUMBERS, ahead=st.sampled_from([30, 200, 1440]))
    def she_promises_to_be_back(self, which: int, ahead: int) -> None:
        self.act(record_promise, case=self.pick(Case, which), promised_at=self.now + minutes(ahead))

    @precondition(lambda self: Case.objects.exists())
    @rule(which=NUMBERS, result=st.sampled_from(SafetyResult), other=st.booleans())
    def a_clinician_says_how_she_is(self, which: int, result: SafetyResult, other: bool) -> None:
        clinician = self.scene.coordinator if other else self.scene.ben
        self.act(record_disposition, case=self.pick(Case, which), clinician=clinician, result=result)

    @precondition(lambda self: Case.objects.exists())
    @rule(which=NUMBERS, outcome=st.sampled_from(FinalOutcome), machine=st.booleans())
    def a_case_is_closed(self, which: int, outcome: FinalOutcome, machine: bool) -> None:
        by = ENGINE if machine else self.by
        self.act(close_case, case=self.pick(Case, which), outcome=outcome, by=by)

    @precondition(lambda self: Case.objects.exists())
    @rule(which=NUMBERS)
    def a_case_is_given_away(self, which: int) -> None:
        self.act(give_case, case=self.pick(Case, which), owner=self.scene.supervisor)

    @precondition(lambda self: Step.objects.to_do().exists())
    @rule(which=NUMBERS)
    def a_step_is_seen_to(self, which: int) -> None:
        self.act(see_to_step, step=self.pick_open_step(which))

    @precondition(lambda self: Step.objects.to_do().filter(origin="unknown_send").exists())
    @rule(which=NUMBERS)
    def somebody_finds_out_whether_it_went(self, which: int) -> None:
        step = self.pick_open_step(which, origin="unknown_send")
        begins = f"case:{step.case_id}:{step.rule.removeprefix('unknown_send:')}:"
        unsure = Message.objects.filter(key__startswith=begins, state="unknown").values_list("key", flat=True)
        went = any(each.key in set(unsure) for each in self.went_out())
        self.act(settle_unknown, step=step, went_out=went)

    @precondition(lambda self: Review.objects.exists())
    @rule(which=NUMBERS, machine=st.booleans())
    def a_review_is_decided(self, which: int, machine: bool) -> None:
        by = ENGINE if machine else self.by
        self.act(decide_review, review=self.pick(Review, which), decision="contract", words="agreed", by=by)

    # What she allows, and what is known of her

    @rule(
        eve=st.booleans(),
        channel=st.sampled_from(["sms", "sms", "push", "phone"]),
        granted=st.booleans(),
        days=st.sampled_from([None, 1]),
    )
    def she_says_what_she_allows(self, eve: bool, channel: str, granted: bool, days: int | None) -> None:
        patient = self.eve if eve else self.ada
        until = self.now + timedelta(days=days) if days else None
        by = patient_actor(patient.pk)
        self.act(record_consent, patient=patient, channel=channel, granted=granted, until_at=until, by=by)

    @rule(granted=st.booleans())
    def her_guardian_may_be_told(self, granted: bool) -> None:
        self.act(
            record_consent,
            patient=self.ada,
            contact=self.guardian,
            purpose=Purpose.ATTENDANCE,
            channel="phone",
            granted=granted,
        )

    @rule(eve=st.booleans(), ends=st.booleans())
    def what_staff_must_know_of_her_changes(self, eve: bool, ends: bool) -> None:
        patient = self.eve if eve else self.ada
        if ends:
            self.act(end_flag, flag=Flag.objects.filter(patient=patient).order_by("pk").last())
        else:
            self.act(raise_flag, patient=patient, code="high_risk")

    @rule(which=NUMBERS, digit=st.integers(0, 2))
    def her_number_changes(self, which: int, digit: int) -> None:
        address = self.pick(Address, which)
        self.act(retire_address, address=address)
        number = f"+1555010{digit}"
        self.act(add_address, patient=address.patient, kind=AddressKind.PHONE, value=number)

    # The schedule and who belongs in it

    @rule(ahead=st.sampled_from([-60, 5, 60, 600, 1500]), long=st.sampled_from([50, 195]))
    def a_session_is_scheduled(self, ahead: int, long: int) -> None:
        starts_at = self.now + minutes(ahead)
        session = NewSession(
            external_id=f"N{next(self.numbers)}",
            starts_at=starts_at,
            ends_at=starts_at + minutes(long),
            group_id=self.scene.group.pk,
        )
        self.act(schedule_session, program=self.scene.program, session=session)

    @rule(which=NUMBERS, later=st.sampled_from([-120, -10, 20, 300]))
    def a_session_is_moved(self, which: int, later: int) -> None:
        session = self.pick(Session, which)
        starts_at, ends_at = session.starts_at + minutes(later), session.ends_at + minutes(later)
        self.act(move_session, session=session, starts_at=starts_at, ends_at=ends_at)

    @rule(which=NUMBERS, held=st.sampled_from(Held))
    def a_session_is_held_or_not(self, which: int, held: Held) -> None:
        session = self.pick(Session, which)
        if held is Held.SCHEDULED:
            self.act(reinstate_session, session=session)
        else:
            self.act(cancel_session, session=session, held=held)

    @rule(which=NUMBERS, eve=st.booleans(), reason=st.sampled_from([None, *Release]))
    def a_seat_is_booked_or_given_back(self, which: int, eve: bool, reason: Release | None) -> None:
        if reason is None:
            patient = self.eve if eve else self.ada
            self.act(book_seat, session=self.pick(Session, which), patient=patient)
        else:
            self.act(release_seat, seat=self.pick(Seat, which), reason=reason)

    @rule(eve=st.booleans(), group=st.booleans(), ends=st.sampled_from([None, 0, 2]))
    def she_is_enrolled(self, eve: bool, group: bool, ends: int | None) -> None:
        self.act(
            enrol,
            patient=self.eve if eve else self.ada,
            program=self.scene.program,
            group=self.scene.group if group else None,
            until_on=None if ends is None else self.now.date() + timedelta(days=ends),
        )

    @rule(which=NUMBERS, ending=st.sampled_from(Ending), machine=st.booleans())
    def her_place_ends(self, which: int, ending: Ending, machine: bool) -> None:
        by = ENGINE if machine else self.by
        self.act(end_enrolment, enrolment=self.pick(Enrolment, which), ending=ending, by=by)

    @rule(which=NUMBERS, days=st.sampled_from([None, -1, 0, 1]))
    def the_last_day_of_her_place_changes(self, which: int, days: int | None) -> None:
        place = self.pick(Enrolment, which)
        until = None if days is None else self.now.date() + timedelta(days=days)
        self.act(change_enrolment, enrolment=place, from_on=place.from_on, until_on=until)

    # What holds after every step

    @invariant()
    def promises_hold(self) -> None:
        assert not (found := broken(NEVER)), found
        assert not (found := self.facts.changed()), found
        self.no_step_is_lost()
        self.nobody_is_told_what_she_should_not_be()

    def no_step_is_lost(self) -> None:
        there = set(Step.objects.values_list("id", flat=True))
        assert there >= self.steps
        self.steps = there

    def nobody_is_told_what_she_should_not_be(self) -> None:
        went_out = self.went_out()
        fresh, self.told = went_out[self.told :], len(went_out)
        assert not (found := wrongly_told(fresh)), found
        assert not (found := sent_twice(went_out)), found

    # Helpers of the rules

    @property
    def channels(self) -> dict[str, Vendor]:
        return {"sms": self.sms, "push": self.push}

    def went_out(self) -> list[Taken]:
        return sorted([*self.sms.taken, *self.push.taken], key=lambda each: each.really_at)

    def go_to(self, at: datetime) -> None:
        self.now = at
        clock.simulate(shown_at=at, rate=0)

    def act(self, action: Callable[..., Any], **given: Any) -> None:
        """Does it, as ben unless it says otherwise. A refusal is an answer."""
        if given.get("flag", self) is None:
            return
        with suppress(Refusal):
            action(**{"by": self.by, "at": self.now, **given})

    def hook(self, kind: str, params: dict[str, str], query: dict[str, str]) -> None:
        take_in(vendor=TWILIO, kind=kind, params=params, query=query, by=vendor_actor(TWILIO), at=self.now)

    def pick(self, model: Any, which: int) -> Any:
        rows = list(model.objects.order_by("pk"))
        return rows[which % len(rows)]

    def pick_open_step(self, which: int, **only: str) -> Step:
        rows = list(Step.objects.to_do().filter(**only).order_by("pk"))
        return rows[which % len(rows)]

    def settle(self, fates: list[Fate] | None = None) -> None:
        """Every worker looks until none has anything left to do."""
        self.sms.fates, self.push.fates = list(fates or ()), list(reversed(fates or ()))
        for _ in range(SETTLES):
            did = sum(part(self.now) for name, part in PARTS if name != "rooms.read")
            did += send_due(now=self.now, channels=self.channels)
            self.nobody_is_told_what_she_should_not_be()
            if not did:
                break
        else:
            raise AssertionError("the engine does not come to rest")
        assert not (found := broken(AT_REST)), found


NEW_YORK = ZoneInfo("America/New_York")
NEXT = """
SELECT min(at) FROM (
    SELECT next_look_at FROM attendance_watch UNION ALL SELECT next_look_at FROM followup_case
    UNION ALL SELECT next_look_at FROM followup_patientwatch
    UNION ALL SELECT not_before FROM outreach_message WHERE state = 'queued'
) AS due(at) WHERE at > %(now)s
"""
