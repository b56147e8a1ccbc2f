"""Make-ups of a program on the console: who is owed what, seats that are left, the plan and its publishing, what if."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.longwork import running
from rejoin.longwork.models import Work
from rejoin.makeups import replanning
from rejoin.makeups.actions import accept_offer, none_of_these, publish_plan, wait_for
from rejoin.makeups.actions.publishing import Fate
from rejoin.makeups.models import (
    Choice,
    Debt,
    ExtraProposal,
    ExtraSession,
    Offer,
    OfferTurn,
    Opening,
    PlanRun,
    Proposal,
)
from rejoin.people.models import Staff
from rejoin.programs.actions import cancel_session
from rejoin.programs.models import Seat, Session
from tests.apps.makeups_rows import MakeupRows
from tests.apps.makeups_scene import DAY, NEXT_DAY, FakePlan, Owing
from tests.apps.scene import LETTERS, Scene
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
QUERIES = {"makeups": 27, "makeups_seats": 24, "makeups_plan": 24, "makeups_what_if": 24}
"""At most; the frame of a page has its own."""


class Desk:
    """Three missed an evening; the green group has two seats; the coordinator plans, ben follows up."""

    def __init__(self, *names: str, seats: int = 2, policy: str = "a") -> None:
        self.owing = Owing(scene=Scene(policy), names=names or ("ada", "eve", "bob"))
        self.seats = self.owing.missed
        self.green = self.owing.other_group(seats_max=seats)
        clock.simulate(shown_at=NEXT_DAY, rate=0)
        self.scene = self.owing.scene
        self.pages: dict[int, Client] = {}

    def page(self, who: Staff | None = None) -> Any:
        staff = who or self.scene.coordinator
        if staff.pk not in self.pages:
            self.pages[staff.pk] = client_of(staff)
        return self.pages[staff.pk]

    def get(self, name: str, *args: Any, who: Staff | None = None, **query: str) -> Any:
        return self.page(who).get(reverse(f"console:{name}", args=args), query)

    def send(self, name: str, *args: Any, who: Staff | None = None, **sent: Any) -> Any:
        return self.post(name, sent, *args, who=who)

    def post(self, name: str, sent: Mapping[str, Any], *args: Any, who: Staff | None = None) -> Any:
        return self.page(who).post(reverse(f"console:{name}", args=args), sent, follow=True)

    def plan(self) -> PlanRun:
        runs = replanning.replan(
            self.scene.program.pk,
            planner=FakePlan.of,
            by=self.by(self.scene.coordinator),
            at=NEXT_DAY - timedelta(minutes=1),
        )
        return runs[-1]

    def by(self, who: Staff) -> Any:
        return staff_actor(who.pk)

    def publish(self, run: PlanRun, who: Staff | None = None) -> Any:
        return publish_plan(
            program=self.scene.program,
            seen=run.pk,
            proposals=[each.pk for each in Proposal.objects.filter(run=run)],
            by=self.by(who or self.scene.coordinator),
            at=NEXT_DAY,
        )

    def ask_what_if(self, **more: Any) -> Any:
        row = {"way": "0", "content": "|", "on": "2026-10-09", "at": "18:00", "minutes": "60", "seats": "3"}
        row |= {"leader": str(self.scene.ben.pk), **more}
        sent = {f"s0-{key}": value for key, value in row.items()}
        return self.post("makeups_what_if", {"program": "evening", **sent})

    def work(self, planner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(replanning, "in_a_process", lambda instance, **_: planner(instance))
        assert running.run_next()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def giving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same, where the policy gives something back for an extra session."""
    text = LETTERS["a"].read_text().replace("modes: {", "modes: {extra_group: [content, count, hours], ")
    (tmp_path / "policy.yaml").write_text(text)
    monkeypatch.setitem(LETTERS, "giving", tmp_path / "policy.yaml")
    return Desk(policy="giving")


def told(answer: Any) -> str:
    """The words of a page's middle."""
    middle = answer.content.decode().split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", middle))


# Who is owed what


def test_the_board_tells_what_is_open_and_until_when(desk: Desk) -> None:
    page = told(desk.get("makeups"))
    assert "3 missed sessions" in page
    assert re.search(r"ada .* Content, count, 3 h 15 min; day not billed .* Nothing yet", page)
    assert page.count("Offer times") == 3


def test_each_state_is_told_and_found_by_its_name(desk: Desk) -> None:
    ada, eve, bob = desk.seats
    accept_offer(offer=desk.owing.offers(ada)[0], **desk.owing.desk())
    none_of_these(choice=desk.owing.offers(eve)[0].choice, **desk.owing.desk())
    wait_for(seat=bob, session=desk.green, **desk.owing.desk())
    for state, who, words in (
        ("booked", "ada", "Booked for Fri 9 Oct"),
        ("person", "eve", "Asked for a person"),
        ("waits", "bob", "Waits for a seat"),
    ):
        page = told(desk.get("makeups", state=state)).split("Session")[-1]
        assert words in page
        assert [name for name in ("ada", "eve", "bob") if f" {name} " in page] == [who]
    assert "0 missed sessions" in told(desk.get("makeups", state="nothing"))
    desk.owing.offers(bob)
    assert "offered until" in told(desk.get("makeups", state="offered"))


def test_times_are_offered_by_one_tap(desk: Desk) -> None:
    debt = Debt.objects.get(seat=desk.seats[0])
    page = told(desk.send("makeups_offer", debt.ref))
    assert "Offered to ada: Fri 9 Oct" in page
    assert "They are on her page, and she has until 16:00" in page
    assert Offer.objects.filter(seat=debt.seat_id).count() == 1
    assert Choice.objects.get().by == f"staff:{desk.scene.coordinator.pk}"


def test_a_board_that_is_older_than_an_offer_puts_no_other_in_its_place(desk: Desk) -> None:
    debt = Debt.objects.get(seat=desk.seats[0])
    desk.send("makeups_offer", debt.ref)
    again = told(desk.send("makeups_offer", debt.ref, who=desk.scene.supervisor))
    assert "Times are offered by now, by coordinator of evening: they stay as they are." in again
    assert not OfferTurn.objects.exclude(turn="offered").exists()
    desk.send("makeups_offer", debt.ref, instead="yes")
    assert OfferTurn.objects.filter(turn="withdrawn", reason="renewed").count() == 1


def test_where_nothing_fits_it_is_said_what_can_be_done() -> None:
    desk = Desk("ada")
    cancel_session(session=desk.green, **desk.owing.desk())
    page = told(desk.send("makeups_offer", Debt.objects.get(seat=desk.seats[0]).ref))
    assert "Nothing fits for ada right now" in page


def test_what_is_open_is_taken_out_as_values_and_that_is_on_record(desk: Desk) -> None:
    answer = desk.get("makeups", format="csv")
    assert "Content, count" in answer.content.decode()
    assert "Offer times" not in answer.content.decode()
    assert Event.objects.filter(subject__contains="owed").exists()


def test_who_sees_only_her_own_patients_sees_only_what_they_are_owed(desk: Desk) -> None:
    stranger = desk.scene.hire("mia", "facilitator")
    assert "Nothing is open" in told(desk.get("makeups", who=stranger))
    for name in ("makeups_seats", "makeups_plan", "makeups_what_if"):
        assert desk.get(name, who=stranger).status_code == 404
    assert desk.send("makeups_offer", Debt.objects.earliest("pk").ref, who=stranger).status_code == 404


@pytest.mark.parametrize(("name", "most"), QUERIES.items())
def test_a_page_asks_as_often_however_much_there_is(name: str, most: int) -> None:
    def asked(desk: Desk) -> int:
        desk.plan()
        desk.owing.hour()
        clock.simulate(shown_at=NEXT_DAY, rate=0)
        assert desk.get(name).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(name).status_code == 200
        return len(queries)

    few = Desk("ada")
    count = asked(few)
    assert count <= most
    few.owing.other_group(days=3)
    few.owing.hour(days=3)
    for number in range(5):
        more = few.scene.admit(f"p{number}", sms=False)
        rows = MakeupRows(few.scene, Seat.objects.create(session=few.seats[0].session, patient=more))
        rows.debt()
        rows.entry()
    assert asked(few) == count


# Seats


def test_seats_are_told_with_what_holds_them_and_what_they_are_worth(desk: Desk) -> None:
    desk.plan()
    desk.owing.offers(desk.seats[0])
    page = told(desk.get("makeups_seats"))
    assert re.search(r"Green .* noor of evening 1 of 2 1 0 In demand", page)


def test_time_is_opened_for_one_to_ones_and_closed_again(desk: Desk) -> None:
    sent = {
        "program": "evening",
        "leader": desk.scene.ben.pk,
        "on": "2026-10-09",
        "from_at": "10:00",
        "to_at": "09:00",
        "minutes": "50",
    }
    assert "It ends after it begins" in told(desk.post("makeups_open", sent))
    page = told(desk.post("makeups_open", {**sent, "to_at": "12:00"}))
    assert "The time is open" in page
    assert re.search(r"ben of evening Fri 9 Oct 10:00 Fri 9 Oct 12:00 50", page)
    opening = Opening.objects.get()
    assert "The time is closed" in told(desk.send("makeups_close", opening.ref))
    assert "closed already" in told(desk.send("makeups_close", opening.ref))


def test_a_session_is_marked_as_an_extra_one(desk: Desk) -> None:
    assert "Marked as an extra session" in told(desk.send("makeups_mark", desk.green.ref))
    assert ExtraSession.objects.get().session == desk.green
    assert "Extra" in told(desk.get("makeups_seats", extra="1"))


# The plan


def test_the_plan_tells_how_good_it_is_and_what_of_it_is_not_offered(desk: Desk) -> None:
    assert "There is no plan yet" in told(desk.get("makeups_plan"))
    desk.plan()
    page = told(desk.get("makeups_plan"))
    assert "asked for by coordinator of evening" in page
    assert "2 of 3" in page
    assert "No plan could do more than 25.0% better." in page
    assert page.count("Green") == 2


def test_a_plan_is_asked_for_once_and_made_by_a_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Waiting" in told(desk.send("makeups_plan_again", program="evening"))
    again = told(desk.send("makeups_plan_again", program="evening", who=desk.scene.supervisor))
    assert "A plan is being made already" in again
    desk.work(FakePlan.of, monkeypatch)
    work = Work.objects.get()
    assert (work.state, work.told) == ("done", {"missed": 3, "placed": 2})
    assert PlanRun.objects.get().by == f"staff:{desk.scene.coordinator.pk}"
    assert "2 of 3 missed sessions" in told(desk.get("makeups_work", work.ref))


def test_a_plan_that_does_not_come_leaves_the_one_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    run = desk.plan()
    desk.send("makeups_plan_again", program="evening")
    desk.work(lambda _: None, monkeypatch)
    assert "No plan came in time" in told(desk.get("makeups_work", Work.objects.get().ref))
    assert list(PlanRun.objects.all()) == [run]


def test_a_plan_is_stopped_before_anybody_begins(desk: Desk) -> None:
    desk.send("makeups_plan_again", program="evening")
    work = Work.objects.get()
    assert "Stopped" in told(desk.send("makeups_stop", work.ref))
    assert "already" in told(desk.send("makeups_stop", work.ref))
    assert running.run_next()
    assert not PlanRun.objects.exists()


# Publishing


def test_what_is_ticked_is_offered_the_planned_time_first(desk: Desk) -> None:
    desk.owing.hour(length=180)
    clock.simulate(shown_at=NEXT_DAY, rate=0)
    run = desk.plan()
    first = Proposal.objects.filter(run=run).order_by("-worth", "pk")[0]
    page = told(
        desk.send("makeups_publish", program="evening", seen=run.pk, proposal=[first.pk], which="ticked")
    )
    assert "Offered: 1 patient has the planned time first" in page
    offers = list(Offer.objects.order_by("rank"))
    assert {each.patient_id for each in offers} == {first.patient_id}
    assert offers[0].starts_at == first.starts_at
    assert [each.rank for each in offers] == [0, 1, 2]
    assert Event.objects.get(verb="makeups.publish_plan").reason == "offered"
    assert "2 patients" not in told(desk.get("makeups_plan"))


def test_whoever_publishes_second_is_told_by_whom_it_was_offered(desk: Desk) -> None:
    run = desk.plan()
    assert [each.fate for each in desk.publish(run)] == [Fate.OFFERED, Fate.OFFERED]
    before = Offer.objects.count()
    shown = [each.pk for each in Proposal.objects.filter(run=run)]
    page = told(
        desk.send(
            "makeups_publish",
            program="evening",
            seen=run.pk,
            shown=shown,
            which="all",
            who=desk.scene.supervisor,
        )
    )
    assert "ada, eve: coordinator of evening has offered times since the plan was made" in page
    assert Offer.objects.count() == before
    assert not OfferTurn.objects.exclude(turn="offered").exists()


def test_a_page_that_is_older_than_the_plan_publishes_nothing(desk: Desk) -> None:
    old = desk.plan()
    new = replanning.replan(
        desk.scene.program.pk, planner=FakePlan.of, by=desk.by(desk.scene.ben), at=NEXT_DAY
    )
    assert new
    shown = [each.pk for each in Proposal.objects.filter(run=old)]
    page = told(desk.send("makeups_publish", program="evening", seen=old.pk, shown=shown, which="all"))
    assert "There is a newer plan by now" in page
    assert not Offer.objects.exists()
    with pytest.raises(Refusal, match="at least one"):
        publish_plan(
            program=desk.scene.program, seen=new[-1].pk, proposals=[], by=desk.by(desk.scene.ben), at=NEXT_DAY
        )


def test_whose_seat_went_since_is_told_and_nothing_is_offered_to_her(desk: Desk) -> None:
    run = desk.plan()
    last = Proposal.objects.filter(run=run).order_by("-pk")[0]
    others = [seat for seat in desk.seats if seat.pk != last.seat_id]
    for seat in others:  # one of them has no place in the plan, and takes the seat that was meant for another
        accept_offer(offer=desk.owing.offers(seat)[0], **desk.owing.desk())
    page = told(
        desk.send(
            "makeups_publish",
            program="evening",
            seen=run.pk,
            shown=[each.pk for each in Proposal.objects.filter(run=run)],
            which="all",
        )
    )
    called = last.patient.name or last.patient.external_id
    assert f"The seat went since the plan was made, and nothing was offered to {called}" in page
    assert "the make-up is booked already" in page
    assert not Offer.objects.filter(seat=last.seat_id).exists()


# What if


def test_an_extra_session_is_tried_and_nothing_of_it_is_there_afterwards(
    giving: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Session.objects.count()
    assert "Waiting" in told(giving.ask_what_if())
    assert "nobody has" not in told(giving.get("makeups_what_if"))
    giving.work(FakePlan.of, monkeypatch)
    work = Work.objects.get()
    assert (work.state, work.error) == ("done", "")
    page = told(giving.get("makeups_work", work.ref))
    assert "As it is, 2 of 3 missed sessions" in page
    assert "1 more" in page
    assert "1 h, 1 h for each that is gained" in page
    assert "would come, and has nowhere to go now" in page
    assert Session.objects.count() == sessions
    assert not ExtraSession.objects.exists()
    assert not PlanRun.objects.exists()
    other = told(giving.get("makeups_work", work.ref, who=giving.scene.supervisor))
    assert "Who would come is for coordinator of evening alone" in other


def test_two_ways_stand_beside_each_other_and_one_of_them_is_scheduled(
    giving: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ExtraProposal.objects.create(
        program=giving.scene.program, owed=3, until_at=NEXT_DAY + 4 * DAY, at=NEXT_DAY, by="system:engine"
    )
    assert "3 have nowhere to go" in told(giving.get("makeups_what_if"))
    second = {
        "s1-way": "1",
        "s1-content": "|",
        "s1-on": "2026-10-10",
        "s1-at": "10:00",
        "s1-minutes": "45",
        "s1-seats": "1",
    }
    second |= {"s1-leader": str(giving.scene.ben.pk), "program": "evening"}
    first = {
        "s0-way": "0",
        "s0-content": "|",
        "s0-on": "2026-10-09",
        "s0-at": "18:00",
        "s0-minutes": "60",
        "s0-seats": "3",
    }
    giving.post("makeups_what_if", {**first, "s0-leader": str(giving.scene.ben.pk), **second})
    giving.work(FakePlan.of, monkeypatch)
    work = Work.objects.get()
    page = told(giving.get("makeups_work", work.ref))
    assert "Way A: 1 more" in page
    assert "Way B: 1 more" in page
    for way in ("", "abc", "-1", "+1", "01", "2"):
        assert "Choose one of the ways" in told(giving.send("makeups_schedule", work.ref, way=way))
    assert not ExtraSession.objects.exists()
    page = told(giving.send("makeups_schedule", work.ref, way="1"))
    assert "Scheduled as extra sessions" in page
    extra = ExtraSession.objects.get().session
    assert (extra.seats_max, extra.ends_at - extra.starts_at) == (1, timedelta(minutes=45))
    assert ExtraProposal.objects.latest("pk").session == extra
    assert "scheduled already" in told(giving.send("makeups_schedule", work.ref, way="1"))
    assert ExtraSession.objects.count() == 1
    assert "Choose one of the ways" in told(giving.send("makeups_schedule", work.ref, way="5"))


def test_what_could_not_be_held_is_refused_while_it_is_tried(
    giving: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    noor = giving.owing.noor
    giving.ask_what_if(leader=str(noor.pk), on="2026-10-09", at="19:00")
    giving.work(FakePlan.of, monkeypatch)
    work = Work.objects.get()
    assert work.state == "failed"
    assert work.error
    assert "It came to nothing" in told(giving.get("makeups_work", work.ref))


def test_where_the_policy_gives_nothing_back_for_an_extra_session_that_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ask_what_if()
    desk.work(FakePlan.of, monkeypatch)
    assert "gives nothing back for an extra session" in told(desk.get("makeups_work", Work.objects.get().ref))


def test_what_is_wrong_with_a_session_is_said_beside_it(desk: Desk) -> None:
    answer = desk.ask_what_if(on="2026-10-01", seats="0")
    assert answer.status_code == 422
    assert "Session 1, Seats" in told(answer)
    answer = desk.ask_what_if(on="2026-10-01")
    assert "Session 1, Day: It begins later than now." in told(answer)
    assert not Work.objects.exists()


def test_a_proposal_of_an_extra_session_is_set_aside_once(desk: Desk) -> None:
    made = ExtraProposal.objects.create(
        program=desk.scene.program, owed=3, until_at=NEXT_DAY + DAY, at=NEXT_DAY, by="system:engine"
    )
    assert "Set aside." in told(desk.send("makeups_set_aside", made.pk))
    assert "decided on this already" in told(desk.send("makeups_set_aside", made.pk))
    assert "3 have nowhere to go" not in told(desk.get("makeups_what_if"))


def test_a_program_that_is_not_hers_is_not_there(desk: Desk) -> None:
    Scene(slug="morning")
    for name in ("makeups", "makeups_seats", "makeups_plan", "makeups_what_if"):
        assert desk.get(name, program="morning").status_code == 404
    assert desk.send("makeups_publish", program="morning").status_code == 404
