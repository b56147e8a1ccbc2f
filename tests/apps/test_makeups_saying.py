"""When she can come, as she says herself; and that a clinician lets one make-up be more than the caps allow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import ProgrammingError, transaction

from rejoin.common.actors import ENGINE, patient_actor, staff_actor
from rejoin.common.rows import select
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.eligible import eligible, index_of
from rejoin.domain.makeup.problem import Instance
from rejoin.makeups import replanning
from rejoin.makeups.actions import (
    accept_offer,
    allow_more,
    offer_make_ups,
    publish_plan,
    record_free_time,
    waive,
)
from rejoin.makeups.actions.answering import Word
from rejoin.makeups.actions.publishing import Fate
from rejoin.makeups.free_time import Stated, Window, as_text, free_hours, read_windows
from rejoin.makeups.models import FreeTime, MoreAllowed, Offer, PlanRun, Proposal
from rejoin.makeups.vocabulary import MoreReason, PartOfDay, WaiverReason
from rejoin.people.models import Staff
from tests.apps.makeups_scene import NEXT_DAY, FakePlan, Owing
from tests.apps.scene import START, Scene

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = 4
FIRST = date(2026, 10, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ""),
        ("17:30-21", "17:30-21:00"),
        ("6 pm to 9 PM, 9-12", "9:00-12:00, 18:00-21:00"),
        ("6-9pm", "18:00-21:00"),
        ("12am-24", "0:00-24:00"),
        ("8.15 – 12pm,", "20:15-12:00"),
        ("9-12, 12-13", "9:00-12:00, 12:00-13:00"),
    ],
)
def test_times_of_a_day_are_read_as_people_write_them(text: str, read: str) -> None:
    if read.startswith("20:15"):
        with pytest.raises(Refusal, match="ends before it begins"):
            read_windows(0, text)
    else:
        assert as_text(read_windows(0, text)) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("evenings", "free_time.unread"),
        ("13pm-14", "free_time.unread"),
        ("18-25", "free_time.clock"),
        ("18:75-20", "free_time.clock"),
        ("21-18", "free_time.reversed"),
        ("9-9", "free_time.reversed"),
        ("9-12, 11:30-13", "free_time.overlap"),
        ("9-12, 9-12", "free_time.overlap"),
    ],
)
def test_times_that_are_none_or_overlap_are_refused(text: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_windows(0, text)
    assert refused.value.code == why


def test_what_she_said_holds_from_its_day_on_and_the_last_word_of_those_that_have_begun() -> None:
    """Clocks go back there on the first of November, a Sunday."""
    said = [
        Stated(1, FIRST, [Window(6, 60, 180), Window(6, 180, 200)], ""),
        Stated(1, date(2026, 11, 8), [Window(6, 540, 600)], ""),
        Stated(1, date(2026, 11, 15), [], ""),
    ]
    hours = free_hours(NEW_YORK, at("2026-11-01T12:00"), at("2026-11-15T18:00"), said)
    assert [each for each in hours if each[0].weekday() == 6 and each[0] < at("2026-11-15T00:00")] == [
        (at("2026-11-01T05:00"), at("2026-11-01T08:20")),
        (at("2026-11-08T14:00"), at("2026-11-08T15:00")),
    ]
    assert hours[-1] == (at("2026-11-15T13:00"), at("2026-11-16T02:00")), "whenever she is awake"


def test_an_hour_that_no_clock_shows_is_no_time_of_hers() -> None:
    said = [Stated(1, FIRST, [Window(6, 120, 180)], "")]
    assert free_hours(NEW_YORK, at("2027-03-14T12:00"), at("2027-03-14T13:00"), said) == []


@pytest.mark.django_db
def test_only_what_lies_in_her_stated_times_is_offered_and_what_she_prefers_comes_first() -> None:
    owing = Owing()
    ada = owing.missed[0].patient
    evening, late_morning = owing.other_group(), owing.hour()
    desk = owing.desk()
    record_free_time(patient=ada, windows=[Window(FRIDAY, 17 * 60, 22 * 60)], from_on=FIRST, **desk)
    assert [each.session for each in owing.offers()] == [evening]
    record_free_time(patient=ada, windows=[Window(FRIDAY, 10 * 60, 12 * 60)], from_on=FIRST, **desk)
    assert [each.opening for each in owing.offers()] == [late_morning]
    record_free_time(patient=ada, windows=[], prefers=PartOfDay.MORNING, from_on=FIRST, **desk)
    offers = owing.offers()
    assert len(offers) == 2
    assert {each.part_of_day: each.because.get("preferred", 0) for each in offers} == {
        "morning": 18,
        "evening": 4,
    }


@pytest.mark.django_db
def test_she_says_it_herself_or_somebody_of_the_staff_and_no_machine() -> None:
    owing = Owing()
    ada = owing.patients[0]
    said = record_free_time(patient=ada, windows=[], by=patient_actor(ada.pk), at=START)
    assert said.from_on == date(2026, 10, 7)
    with pytest.raises(Refusal, match="Only a person"):
        record_free_time(patient=ada, windows=[], by=ENGINE, at=START)
    with pytest.raises(Refusal, match="overlap"):
        record_free_time(patient=ada, windows=[Window(0, 60, 120), Window(0, 90, 180)], **owing.desk())
    with pytest.raises(Refusal, match="24:00"):
        record_free_time(patient=ada, windows=[Window(7, 60, 120)], **owing.desk())
    assert FreeTime.objects.count() == 1


class Full(Owing):
    """She missed two of the blue group's evenings in one week, and her program lets her make up for one."""

    def __init__(self) -> None:
        super().__init__(scene=Scene())
        self.first, self.second = self._evenings()

    def _evenings(self) -> tuple[Any, Any]:
        sessions = [
            self.scene.session(*self.patients, seats_max=None, starts_at=START - timedelta(days=days))
            for days in (2, 0)
        ]
        for session in sessions:
            self.scene.watched(session)
            self.run(session.ends_at + timedelta(hours=1))
        self.run(NEXT_DAY)
        return tuple(session.seats.get() for session in sessions)  # type: ignore[return-value]

    def allow(self, staff: Staff | None = None, **said: Any) -> MoreAllowed:
        who = staff or self.scene.supervisor
        given = {"why": MoreReason.CLINICAL, "words": "Her plan is reviewed on Monday", **said}
        return allow_more(seat=self.second, staff=who, by=staff_actor(who.pk), at=NEXT_DAY, **given)


@pytest.mark.django_db
def test_a_clinician_lets_one_make_up_pass_the_programs_cap_and_one_alone() -> None:
    full = Full()
    full.other_group(minutes=120)
    full.other_group(days=3, minutes=120)
    full.desk()
    (first, *_) = full.offers(full.first)
    assert accept_offer(offer=first, **full.desk()).word is Word.TAKEN
    assert full.offers(full.second) == [], "one a week, says the policy"
    full.allow()
    (other, *_) = full.offers(full.second)
    taken = accept_offer(offer=other, **full.desk())
    assert taken.word is Word.TAKEN
    assert taken.booking is not None
    full.other_group(days=4, minutes=120)
    assert select(
        "SELECT count(*) FROM makeups_moreallowed AS more WHERE NOT EXISTS ("
        "SELECT FROM makeups_booking AS used WHERE used.missed_id = more.seat_id AND used.at >= more.at)",
        [],
    ) == [(0,)], "it is used up"


@pytest.mark.django_db
@pytest.mark.parametrize(("why", "offered"), [(MoreReason.CLINICAL, 0), (MoreReason.LEVEL_OF_CARE, 1)])
def test_only_another_level_of_care_passes_the_ceiling_of_hours(why: MoreReason, offered: int) -> None:
    full = Full()
    for days in (1, 2, 3, 4):
        for hours in (-8, -4):
            full.scene.session(
                *full.patients, starts_at=START + timedelta(days=days, hours=hours), minutes=160, service="x"
            )
    full.other_group(days=3, minutes=120)
    full.allow(why=why)
    assert len(offer_make_ups(seat=full.second, **full.desk())) == offered


def published(full: Full, run: PlanRun) -> Fate:
    """What comes of publishing what the plan has for the second evening."""
    (told,) = publish_plan(
        program=full.scene.program,
        seen=run.pk,
        proposals=[Proposal.objects.get(run=run, seat=full.second).pk],
        **full.desk(),
    )
    return told.fate


def planned(full: Full) -> PlanRun:
    """A plan with a time for the second evening alone."""

    def planner(instance: Instance) -> FakePlan:
        row = int(np.argmax(instance.missed.start))
        fits = eligible(instance, index_of(instance), np.array([row], np.int32)).slot
        slot = int(fits[np.argmax(instance.slots.start[fits])])
        return FakePlan(slot_of={row: slot}, price=np.zeros(len(instance.slots.ids)))

    before = NEXT_DAY - timedelta(minutes=1)
    return replanning.replan(full.scene.program.pk, planner=planner, **full.desk(before))[-1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("why", "fate"), [(MoreReason.CLINICAL, Fate.TOO_MANY), (MoreReason.LEVEL_OF_CARE, Fate.OFFERED)]
)
def test_what_passes_the_ceiling_of_hours_may_be_published(why: MoreReason, fate: Fate) -> None:
    full = Full()
    for days in (1, 2, 3, 4):
        for hours in (-8, -4):
            full.scene.session(
                *full.patients, starts_at=START + timedelta(days=days, hours=hours), minutes=160, service="x"
            )
    full.other_group(days=3, minutes=120)
    run = planned(full)
    full.allow(why=why)
    assert published(full, run) is fate


@pytest.mark.django_db
@pytest.mark.parametrize(("allowed", "offered"), [(False, 0), (True, 1)])
def test_what_a_clinician_let_pass_the_programs_cap_may_be_published(allowed: bool, offered: int) -> None:
    full = Full()
    full.other_group(minutes=120)
    full.other_group(days=3, minutes=120)
    run = planned(full)
    (first, *_) = full.offers(full.first)
    assert accept_offer(offer=first, **full.desk()).word is Word.TAKEN
    if allowed:
        full.allow()
    assert published(full, run) is (Fate.OFFERED if allowed else Fate.TOO_MANY)
    assert Offer.objects.filter(seat=full.second).count() == offered


@pytest.mark.django_db
def test_it_is_said_by_a_clinician_or_a_supervisor_herself_in_a_sentence_and_of_something_open() -> None:
    full = Full()
    with pytest.raises(Refusal, match="clinician or a supervisor"):
        full.allow(full.scene.coordinator)
    with pytest.raises(Refusal, match="signs it herself"):
        allow_more(
            seat=full.second,
            staff=full.scene.supervisor,
            why=MoreReason.CLINICAL,
            words="x",
            **full.desk(),
        )
    with pytest.raises(Refusal, match="Only a person"):
        allow_more(
            seat=full.second,
            staff=full.scene.supervisor,
            why=MoreReason.CLINICAL,
            words="x",
            by=ENGINE,
            at=NEXT_DAY,
        )
    with pytest.raises(Refusal, match="in a sentence"):
        full.allow(words=" ")
    waive(seat=full.second, why=WaiverReason.CLINICAL, **full.desk())
    with pytest.raises(Refusal, match="Nothing of this is open"):
        full.allow(full.scene.ben)
    assert not MoreAllowed.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_why_somebody_let_it_go_is_the_staffs_to_read_and_not_hers() -> None:
    owing = Owing()
    (seat,) = owing.missed
    waive(seat=seat, why=WaiverReason.OTHER, words="She was in hospital", **owing.desk())
    words = "SELECT count(*) FROM makeups_ledgerwords WHERE words LIKE '%%hospital%%'"
    entries = "SELECT count(*) FROM makeups_ledgerentry WHERE what = 'waived'"
    ada = owing.patients[0]
    with seen_by_patient(ada.pk):
        assert (select(words, []), select(entries, [])) == ([(0,)], [(4,)])
        with pytest.raises(ProgrammingError), transaction.atomic():
            select("SELECT words FROM makeups_ledgerentry", [])
    with seen_by_staff(owing.scene.ben.pk):
        assert select(words, []) == [(4,)]
