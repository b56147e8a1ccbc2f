"""Seats that come free, sessions called off, people kept apart, plans kept, debts let go, and a person who is asked."""

from datetime import timedelta
from typing import Any

import pytest

from rejoin.attendance.actions import record_whereabouts
from rejoin.common.actors import ENGINE, staff_actor
from rejoin.common.seeing import seen_by_staff
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.ledger import Account
from rejoin.followup.makeups import sweep_make_up_requests
from rejoin.followup.models import Step
from rejoin.followup.ways import ways_of_cases
from rejoin.makeups import replanning
from rejoin.makeups.actions import (
    Word,
    accept_offer,
    back_fill,
    catch_up,
    close_opening,
    decide_extra,
    keep_apart,
    keep_plan,
    mark_extra,
    none_of_these,
    offer_make_ups,
    propose_extras,
    stop_waiting,
    wait_for,
    waive,
    withdraw_offer,
)
from rejoin.makeups.boards import owed_board, owed_of_seats
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.links import makeup_path
from rejoin.makeups.models import Booking, Debt, Offer, PlanRun, Proposal, SeatPrice, Waiting
from rejoin.makeups.querysets import latest_turn
from rejoin.makeups.sweep import sweep_offers
from rejoin.makeups.vocabulary import ExtraTurn, Turn, WaiverReason, Withdrawn
from rejoin.makeups.world import worlds_of_program
from rejoin.outreach.wording import Letterhead, render
from rejoin.people.models import Licence
from rejoin.programs.actions import cancel_session, release_seat
from rejoin.programs.models import CareTeamMember, Seat
from rejoin.programs.vocabulary import Release
from tests.apps.makeups_scene import DAY, NEXT_DAY, FakePlan, Owing, nowhere
from tests.apps.scene import START

pytestmark = pytest.mark.django_db
ENGINES: Any = {"by": ENGINE, "at": NEXT_DAY}


def test_a_seat_that_comes_free_goes_to_whoever_waits() -> None:
    owing = Owing()
    seat = owing.missed[0]
    eve = owing.scene.admit("eve", sms=False)
    green = owing.other_group(eve, seats_max=1)
    assert owing.offers() == []
    wait_for(seat=seat, session=green, **owing.desk())
    assert sweep_offers(now=NEXT_DAY) == 0
    release_seat(seat=Seat.objects.get(patient=eve), reason=Release.REQUESTED, **owing.desk())
    assert sweep_offers(now=NEXT_DAY) == 1
    offer = Offer.objects.get()
    assert (offer.session, offer.held) == (green, True)
    assert Waiting.objects.latest("pk").turn == "offered"
    assert accept_offer(offer=offer, **owing.desk()).word is Word.TAKEN


def test_beside_what_she_was_shown_one_seat_that_she_waited_for_is_kept_and_no_second() -> None:
    owing = Owing()
    seat = owing.missed[0]
    eve, bob = owing.scene.admit("eve", sms=False), owing.scene.admit("bob", sms=False, phone="+15550208")
    first, second = owing.other_group(eve, seats_max=1), owing.other_group(bob, days=3, seats_max=1)
    owing.other_group(days=4)
    (shown,) = owing.offers()
    for full in (first, second):
        wait_for(seat=seat, session=full, **owing.desk())
    for full, sits in ((first, eve), (second, bob)):
        release_seat(
            seat=Seat.objects.get(patient=sits, session=full), reason=Release.REQUESTED, **owing.desk()
        )
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 1
    kept = Offer.objects.open_at(NEXT_DAY).filter(held=True)
    assert [each.session for each in kept.order_by("pk")] == [shown.session, first]
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 0
    assert accept_offer(offer=kept.latest("pk"), **owing.desk()).word is Word.TAKEN
    assert not Offer.objects.open_at(NEXT_DAY).exists()
    assert Waiting.objects.filter(session=second).latest("pk").turn == "left"


def test_whoever_waited_in_vain_is_told() -> None:
    owing = Owing()
    seat = owing.missed[0]
    green = owing.other_group(owing.scene.admit("eve", sms=False), seats_max=1)
    wait_for(seat=seat, session=green, **owing.desk())
    assert back_fill(by=ENGINE, at=green.starts_at) == 1
    assert Waiting.objects.latest("pk").turn == "gone"
    with pytest.raises(Refusal, match="does not wait"):
        stop_waiting(seat=seat, session=green, **owing.desk())


def test_a_free_seat_that_cannot_stand_for_hers_is_not_waited_for_any_longer() -> None:
    owing = Owing()
    seat = owing.missed[0]
    other = owing.other_group(module="something else")
    wait_for(seat=seat, session=other, **owing.desk())
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 1
    assert Waiting.objects.latest("pk").turn == "gone"


def test_whoever_has_a_time_by_now_waits_no_more() -> None:
    owing = Owing()
    seat = owing.missed[0]
    full = owing.other_group(owing.scene.admit("eve", sms=False), seats_max=1)
    owing.other_group(days=3)
    wait_for(seat=seat, session=full, **owing.desk())
    accept_offer(offer=owing.offers()[0], **owing.desk())
    assert Waiting.objects.latest("pk").turn == "left"
    with pytest.raises(Refusal, match="has its make-up already"):
        wait_for(seat=seat, session=full, **owing.desk())


def test_who_waits_longest_has_the_seat_and_the_next_goes_on_waiting() -> None:
    owing = Owing(names=("ada", "eve"))
    bob = owing.scene.admit("bob", sms=False)
    owing.scene.group.enrolment_set.filter(patient=bob).update(group=None)
    mine, hers = owing.missed
    green = owing.other_group(bob, seats_max=1)
    for seat in (hers, mine):
        wait_for(seat=seat, session=green, **owing.desk())
    release_seat(seat=Seat.objects.get(patient=bob, session=green), reason=Release.REQUESTED, **owing.desk())
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 1
    assert Offer.objects.get().seat == hers
    assert back_fill(by=ENGINE, at=NEXT_DAY) == 0


def test_a_counselor_who_sees_her_own_patients_offers_them_what_there_is_for_all() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    dana = owing.scene.hire("dana", "counselor")
    CareTeamMember.objects.create(
        patient=owing.patients[0],
        program=owing.scene.program,
        staff=dana,
        role="therapist",
        from_at=START - DAY,
        from_by="staff:1",
    )
    owing.other_group(seats_max=1)
    hour = owing.hour(length=50)
    owing.offers(hers)  # the one seat is kept for her
    with seen_by_staff(dana.pk):
        (offer,) = offer_make_ups(seat=mine, by=staff_actor(dana.pk), at=NEXT_DAY)
        assert offer.opening == hour
        assert accept_offer(offer=offer, by=staff_actor(dana.pk), at=NEXT_DAY).word is Word.TAKEN


def test_the_way_back_may_stand_in_a_message() -> None:
    owing = Owing()
    link = f"https://rejoin.example{makeup_path(Debt.objects.get(seat=owing.missed[0]).ref)}"
    letterhead = Letterhead(organisation="Harbor Office", phone="555-0100", portal_url=link)
    assert link in render("checking_in", form="email", language="en", letterhead=letterhead).body


def test_nobody_waits_twice_or_for_what_begins_too_soon() -> None:
    owing = Owing()
    seat, green = owing.missed[0], owing.other_group()
    wait_for(seat=seat, session=green, **owing.desk())
    with pytest.raises(Refusal, match="waits for it already"):
        wait_for(seat=seat, session=green, **owing.desk())
    with pytest.raises(Refusal, match="too soon"):
        wait_for(seat=seat, session=green, **owing.desk(green.starts_at))


def test_a_make_up_that_is_called_off_leaves_the_debt_open() -> None:
    owing = Owing()
    seat = owing.missed[0]
    green = owing.other_group()
    offer = owing.offers()[0]
    accept_offer(offer=offer, **owing.desk())
    cancel_session(session=green, **owing.desk())
    assert sweep_offers(now=NEXT_DAY) == 1
    assert latest_turn(offer.pk) == Turn.WITHDRAWN
    assert open_amounts(seat.pk)[Account.CONTENT] == 1
    owing.other_group(days=3)
    assert [each.starts_at for each in owing.offers()] == [START + 3 * DAY]


def test_a_seat_that_is_needed_is_taken_back_with_its_reason() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    offer = owing.offers()[0]
    accept_offer(offer=offer, **owing.desk())
    withdraw_offer(offer=offer, why=Withdrawn.SEAT_NEEDED, **owing.desk())
    assert not Booking.objects.filter(seat__occupies=True).exists()
    assert offer.turns.latest("pk").reason == "seat_needed"
    with pytest.raises(Refusal, match="over already"):
        withdraw_offer(offer=offer, why=Withdrawn.SEAT_NEEDED, **owing.desk())


def test_a_one_to_one_nobody_comes_to_gives_her_clinician_the_time_back() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    owing.hour(length=50)
    (offer,) = owing.offers(mine)
    booking = accept_offer(offer=offer, **owing.desk()).booking
    assert booking is not None
    assert owing.offers(hers) == []
    release_seat(seat=booking.seat, reason=Release.REQUESTED, **owing.desk())
    assert sweep_offers(now=NEXT_DAY) == 1
    assert sweep_offers(now=NEXT_DAY) == 0
    assert len(owing.offers(hers)) == 1


def test_two_who_are_kept_apart_are_not_seated_together() -> None:
    owing = Owing()
    assert owing.missed
    eve = owing.scene.admit("eve", sms=False)
    owing.other_group(eve)
    asked: Any = {"program": owing.scene.program, "one": eve, "other": owing.patients[0]}
    keep_apart(words="They were a couple", **asked, **owing.desk())
    assert owing.offers() == []
    keep_apart(apart=False, **asked, **owing.desk())
    assert len(owing.offers()) == 1


def test_a_group_that_is_not_licensed_where_she_is_now_is_not_offered() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    record_whereabouts(patient=owing.patients[0], state="NJ", **owing.desk(NEXT_DAY - timedelta(hours=1)))
    assert owing.offers() == []
    Licence.objects.create(staff=owing.noor, state="NJ", valid=("2026-01-01", None))
    assert len(owing.offers()) == 1


def test_an_hour_that_is_held_or_closed_is_offered_to_nobody_else() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    hour = owing.hour(length=50)
    (held,) = owing.offers(mine)
    assert held.held
    assert owing.offers(hers) == []
    withdraw_offer(offer=held, why=Withdrawn.SEAT_NEEDED, **owing.desk())
    assert len(owing.offers(hers)) == 1
    close_opening(opening=hour, **owing.desk())
    assert owing.offers(mine) == []
    with pytest.raises(Refusal, match="closed already"):
        close_opening(opening=hour, **owing.desk())


def test_a_session_held_for_make_ups_stands_for_any_module_of_its_track() -> None:
    owing = Owing(names=("ada", "eve"))
    assert owing.missed
    extra = owing.other_group(module="other")
    assert owing.offers() == []
    mark_extra(session=extra, **owing.desk())
    assert owing.offers() == []  # this policy has no such mode


def test_the_policys_cap_of_a_week_holds_when_she_accepts() -> None:
    owing = Owing(names=("ada",))
    assert owing.missed
    ada = owing.patients[0]
    second = owing.scene.session(ada, starts_at=START + timedelta(hours=5), minutes=60)
    owing.scene.watched(second)
    owing.run(NEXT_DAY)
    owing.other_group()
    other = owing.shown(second.seats.get(), owing.other_group(days=3))
    accept_offer(offer=owing.offers()[0], **owing.desk())
    with pytest.raises(Refusal, match="make-ups that week already"):
        accept_offer(offer=other, **owing.desk())


def test_a_week_of_nineteen_hours_holds_no_more() -> None:
    """Vector 13."""
    owing = Owing()
    assert owing.missed
    ada = owing.patients[0]
    owing.other_group()
    (offer,) = owing.offers()
    for day in (1, 2, 3):
        owing.scene.session(ada, starts_at=START + day * DAY - timedelta(hours=8), minutes=6 * 60)
    with pytest.raises(Refusal, match="21 hours of 19"):
        accept_offer(offer=offer, **owing.desk())
    assert owing.offers() == []


def test_a_debt_is_waived_by_a_person_and_for_a_reason() -> None:
    owing = Owing()
    seat = owing.missed[0]
    with pytest.raises(Refusal, match="Only a person"):
        waive(seat=seat, why=WaiverReason.CLINICAL, **ENGINES)
    with pytest.raises(Refusal, match="in a sentence"):
        waive(seat=seat, why=WaiverReason.OTHER, **owing.desk())
    waive(seat=seat, why=WaiverReason.PROGRAM_FAULT, words="Our line was down", **owing.desk())
    assert set(open_amounts(seat.pk).values()) == {0}
    owing.run(NEXT_DAY)
    assert set(open_amounts(seat.pk).values()) == {0}
    with pytest.raises(Refusal, match="Nothing of this is open"):
        waive(seat=seat, why=WaiverReason.CLINICAL, **owing.desk())
    with pytest.raises(Refusal, match="Nothing is owed"):
        owing.offers()


def test_what_she_caught_up_on_closes_content_and_leaves_her_hours() -> None:
    owing = Owing()
    seat = owing.missed[0]
    catch_up(seat=seat, **owing.desk())
    assert open_amounts(seat.pk)[Account.CONTENT] == 0
    assert open_amounts(seat.pk)[Account.HOURS] == 195


def test_a_miss_that_was_none_owes_nothing_after_all() -> None:
    owing = Owing()
    seat = owing.missed[0]
    owing.scene.watched(seat.session, (owing.patients[0], START, seat.session.ends_at))
    Debt.objects.filter(seat=seat).update(next_look_at=NEXT_DAY)
    owing.run(NEXT_DAY + timedelta(hours=1))
    assert set(open_amounts(seat.pk).values()) == {0}


def test_none_of_these_is_on_a_persons_list_once() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    none_of_these(choice=owing.offers()[0].choice, **owing.desk())
    assert sweep_make_up_requests(now=NEXT_DAY) == 1
    assert sweep_make_up_requests(now=NEXT_DAY) == 0
    step = Step.objects.get(origin="make_up")
    assert (step.owner, step.deadline) == (owing.scene.coordinator, NEXT_DAY + DAY)


def test_a_message_about_a_session_that_is_over_leads_to_the_times_it_can_be_made_up() -> None:
    owing = Owing()
    seat = owing.missed[0]
    about = f"case:{owing.scene.case(owing.patients[0]).pk}"
    ways = ways_of_cases({about}, ENGINE, NEXT_DAY)
    assert ways[about].endswith(makeup_path(Debt.objects.get(seat=seat).ref))
    waive(seat=seat, why=WaiverReason.CLINICAL, **owing.desk())
    assert ways_of_cases({about}, ENGINE, NEXT_DAY) == {}


def test_a_plan_is_kept_as_prices_and_proposals_and_moves_nothing() -> None:
    owing = Owing(names=("ada", "eve", "bob"))
    assert owing.missed
    owing.other_group(seats_max=2)
    first = owing.offers()[0]
    accept_offer(offer=first, **owing.desk())
    (world,) = worlds_of_program(owing.scene.program.pk, now=NEXT_DAY)
    plan = FakePlan.of(world.instance)
    run = keep_plan(world=world, plan=plan, **ENGINES)
    assert (run.missed, run.placed, round(run.gap, 2)) == (3, 2, 0.2)
    assert [each.patient for each in Proposal.objects.all()] == [owing.patients[1]]
    assert SeatPrice.objects.get().price == 7
    assert latest_turn(first.pk) == Turn.ACCEPTED
    assert Offer.objects.count() == 1
    (offer,) = offer_make_ups(seat=owing.missed[1], **owing.desk())
    assert (offer.price, offer.held) == (7, True)


def test_where_a_seat_costs_nothing_none_is_held() -> None:
    owing = Owing()
    assert owing.missed
    owing.other_group()
    owing.hour()
    (world,) = worlds_of_program(owing.scene.program.pk, now=NEXT_DAY)
    plan = FakePlan.of(world.instance)
    plan.price[[each.session_id is not None for each in world.slots]] = 0
    keep_plan(world=world, plan=plan, **ENGINES)
    assert [(each.price, each.held) for each in owing.offers()] == [(0, False), (7, False)]


def test_many_who_owe_the_same_are_put_before_a_person_once() -> None:
    owing = Owing(names=("ada", "eve", "bob"))
    assert owing.missed
    (world,) = worlds_of_program(owing.scene.program.pk, now=NEXT_DAY)
    (proposal,) = propose_extras(world=world, placed=nowhere(3), **ENGINES)
    assert proposal.owed == 3
    assert propose_extras(world=world, placed=nowhere(3), **ENGINES) == []
    with pytest.raises(Refusal, match="taken up with a session"):
        decide_extra(proposal=proposal, turn=ExtraTurn.TAKEN_UP, **owing.desk())
    decide_extra(proposal=proposal, turn=ExtraTurn.SET_ASIDE, **owing.desk())
    with pytest.raises(Refusal, match="decided on this already"):
        decide_extra(proposal=proposal, turn=ExtraTurn.SET_ASIDE, **owing.desk())


def test_the_board_tells_who_is_owed_what_and_what_came_of_it() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    green = owing.other_group()
    accept_offer(offer=owing.offers(mine)[0], **owing.desk())
    rows = owed_board(program_id=owing.scene.program.pk, now=NEXT_DAY)
    assert [(each.seat_id, each.minutes, each.booked_at) for each in rows] == [
        (mine.pk, 195, green.starts_at),
        (hers.pk, 195, None),
    ]
    assert owed_of_seats([hers.pk], now=NEXT_DAY)[hers.pk].asked_for_a_person is None
    assert not PlanRun.objects.exists()


def test_at_night_a_program_is_planned_once_and_again_when_a_session_is_called_off() -> None:
    owing = Owing(names=("ada", "eve", "bob"))
    assert owing.missed
    green = owing.other_group(seats_max=2)
    asked: Any = {"planner": FakePlan.of, "fewest": 2}
    assert replanning.replan_due(now=NEXT_DAY, **asked) == 1
    assert replanning.replan_due(now=NEXT_DAY, **asked) == 0
    assert replanning.replan_due(now=NEXT_DAY + DAY / 2, **asked) == 0
    accept_offer(offer=owing.offers()[0], **owing.desk())
    cancel_session(session=green, **owing.desk(NEXT_DAY + timedelta(hours=1)))
    sweep_offers(now=NEXT_DAY + timedelta(hours=1))
    assert replanning.replan_due(now=NEXT_DAY + timedelta(hours=2), **asked) == 1
    assert replanning.replan_due(now=NEXT_DAY + DAY, **asked) == 1
    assert replanning.programs_to_plan(NEXT_DAY + 2 * DAY) == []


def test_where_no_plan_comes_none_is_kept() -> None:
    owing = Owing()
    assert owing.missed
    assert replanning.replan_due(now=NEXT_DAY, planner=lambda _: None, fewest=1) == 0
    assert not PlanRun.objects.exists()


def test_the_planner_of_the_product_finds_a_plan_for_what_there_is() -> None:
    owing = Owing(names=("ada", "eve"))
    assert owing.missed
    owing.other_group(seats_max=1)
    assert replanning.replan_due(now=NEXT_DAY, fewest=1) == 1
    run = PlanRun.objects.get()
    assert (run.missed, run.placed) == (2, 1)
    assert run.objective <= run.bound
    assert Proposal.objects.count() == 1
