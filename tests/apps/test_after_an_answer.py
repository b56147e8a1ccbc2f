"""What she answered about harming herself is between her and whoever calls her: it makes no miss of a session she came to."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.common import clock
from rejoin.followup.actions import record_attempt
from rejoin.followup.models import Case, CaseEvent
from rejoin.followup.vocabulary import AttemptOutcome, CaseTurn
from rejoin.insights.models import Due
from rejoin.portal.words.spanish import Spanish
from tests.apps.scene import START, minutes
from tests.apps.signing import patient_client_of
from tests.apps.test_family_pages import House, told
from tests.apps.test_measures import AFRAID, ENDS, PHQ9, answer, due_in, watched
from tests.apps.test_measures_pages import MORNING, SAD, Missed
from tests.apps.test_measures_pages import PHQ9 as ASKED

pytestmark = pytest.mark.django_db(transaction=True)
SAID = {**SAD, "i9": "3"}


class Came:
    """ada came, and a measure came with the session; grace may know of her, and has a page."""

    def __init__(self) -> None:
        self.house = House("attendance", "safety")
        self.scene, self.ada = self.house.scene, self.house.ada
        watched(self.scene)
        self.grace = self.house.signs_in()
        self.due: Due = due_in(self.scene, self.ada, PHQ9)
        self.scene.watched(self.due.seat.session, (self.ada, START, ENDS))
        self.scene.run(ENDS + minutes(30))

    def answers(self) -> None:
        answer(self.due, AFRAID, at=ENDS + minutes(31))
        clock.simulate(shown_at=ENDS + minutes(32), rate=0)

    def family_reads(self) -> str:
        return told(self.grace, self.house.page)


class NotReached:
    """ada was missed, and is tried for; grace may know of her safety."""

    def __init__(self) -> None:
        self.house = House("safety")
        self.scene, self.ada = self.house.scene, self.house.ada
        watched(self.scene)
        self.grace: Client = self.house.signs_in()
        self.due: Due = due_in(self.scene, self.ada, PHQ9)
        self.scene.watched(self.due.seat.session)
        self.scene.run(ENDS + minutes(30))

    @property
    def looking(self) -> bool:
        return "The team is trying to reach ada" in told(self.grace, self.house.page)


def test_whoever_came_is_not_told_that_she_was_missed_because_of_what_she_answered() -> None:
    came = Came()
    came.answers()
    client = patient_client_of(came.ada)
    for _ in range(2):  # at once, and when the engine has looked at it
        assert "We missed you" not in told(client, reverse("portal:today"))
        page = client.get(reverse("portal:missed", args=[came.scene.case(came.ada).ref]))
        assert (page.status_code, page["Location"]) == (303, reverse("portal:today"))
        came.scene.run(ENDS + minutes(33))


def test_after_a_miss_a_person_who_is_asked_to_call_comes_before_all_else() -> None:
    missed = Missed(ASKED)
    address = reverse("portal:missed", args=[missed.scene.case(missed.ada).ref])
    Case.objects.update(state="stopped")
    assert "so we stop calling" in missed.sees(address)
    missed.sends(ASKED, **SAID)
    said = missed.sees(address)
    assert "A person on your team is asked to call you by 10:45" in said
    assert "so we stop calling" not in said
    say, hour = Spanish(), timedelta(hours=1)
    zone: Any = MORNING.tzinfo
    assert "una persona de su equipo que le llame. " in say.asked_to_call(MORNING + hour, MORNING, zone)
    assert say.asked_to_call(MORNING, MORNING, zone).endswith("que le llame.")


def test_her_family_learns_nothing_of_what_she_answered() -> None:
    came = Came()
    before = came.family_reads()
    came.answers()
    assert Case.objects.filter(state="open").exists()
    assert "trying to reach" not in came.family_reads()
    assert came.family_reads().count("ada") == before.count("ada")


def test_her_family_is_told_of_the_search_while_there_is_one() -> None:
    missed = NotReached()
    assert missed.looking
    record_attempt(
        case=missed.scene.case(missed.ada),
        outcome=AttemptOutcome.CONTACT,
        channel="phone",
        by=missed.scene.as_ben(),
        at=ENDS + minutes(31),
    )
    missed.scene.run(ENDS + minutes(32))
    assert missed.scene.case(missed.ada).state == "stopped"
    assert not missed.looking


def test_an_answer_that_opens_a_case_again_is_no_search_to_her_family() -> None:
    missed = NotReached()
    Case.objects.update(
        state="closed", closed_at=ENDS + minutes(31), closed_by="staff:1", final_outcome="other"
    )
    assert not missed.looking
    answer(missed.due, AFRAID, at=ENDS + minutes(40))
    assert CaseEvent.objects.filter(turn=CaseTurn.REOPENED.value).exists()
    assert missed.scene.case(missed.ada).state == "open"
    assert not missed.looking
