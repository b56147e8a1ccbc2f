"""Her measures on her own page, and what staff see and write down of them."""

from datetime import time, timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.common import clock
from rejoin.domain.measures import Instrument, instrument_called
from rejoin.followup.models import Step
from rejoin.insights.actions import say_watch, schedule_measure
from rejoin.insights.models import Due, Ending, Sheet
from rejoin.insights.sweep import sweep_measures
from rejoin.people.models import Patient
from rejoin.programs.vocabulary import Role
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of, patient_client_of

pytestmark = pytest.mark.django_db(transaction=True)
PHQ9 = instrument_called("phq9", "9")
GAD7 = instrument_called("gad7", "7")
PCL5 = instrument_called("pcl5", "month")
ENDS = START + minutes(195)
MORNING = ENDS + timedelta(hours=13)
"""A quarter past ten in New York, the day after."""
CALM = {f"i{each}": "1" for each in range(1, 8)}
SAD = {f"i{each}": "1" for each in range(1, 9)} | {"i9": "0"}


class Missed:
    """She was missed, and what came with the session is open again."""

    def __init__(self, *asked: Instrument, watched: bool = True) -> None:
        self.scene = Scene()
        self.ada = self.scene.admit("ada")
        for each in asked:
            schedule_measure(
                program=self.scene.program,
                instrument=each,
                every_days=7,
                by=self.scene.as_ben(),
                at=START - timedelta(days=1),
            )
        if watched:
            say_watch(
                program=self.scene.program,
                role=Role.CLINICIAN,
                days=range(1, 8),
                opens=time(8),
                closes=time(20),
                within_minutes=30,
                by=self.scene.as_ben(),
                at=START - timedelta(days=1),
            )
        self.session = self.scene.session(self.ada)
        self.scene.watched(self.session)
        sweep_measures(now=START)
        self.scene.run(ENDS)
        sweep_measures(now=ENDS)
        clock.simulate(shown_at=MORNING, rate=0)
        self.client: Client = patient_client_of(self.ada)

    def due(self, instrument: Instrument) -> Due:
        return Due.objects.get(patient=self.ada, instrument=instrument.key)

    def address(self, instrument: Instrument) -> str:
        return reverse("portal:measure", args=[self.due(instrument).ref])

    def sees(self, address: str) -> str:
        return self.client.get(address).content.decode()

    def sends(self, instrument: Instrument, **sent: str) -> str:
        answer = self.client.post(self.address(instrument), sent, follow=True)
        return answer.content.decode()


def speaks_spanish(ada: Patient) -> None:
    Patient.objects.filter(pk=ada.pk).update(language="es")


def test_what_came_with_a_missed_session_is_on_today_and_in_her_list() -> None:
    missed = Missed(GAD7)
    assert "Worry and nerves" in missed.sees(reverse("portal:today"))
    listed = missed.sees(reverse("portal:measures"))
    assert "Worry and nerves" in listed
    assert "We missed you." in listed
    assert "Open until Saturday, October\u00a010" in listed


def test_she_answers_once_and_it_asks_no_more() -> None:
    missed = Missed(GAD7)
    assert "Feeling nervous, anxious or on edge" in missed.sees(missed.address(GAD7))
    assert "Your team has your answers." in missed.sends(GAD7, **CALM)
    missed.sends(GAD7, **CALM)
    assert Sheet.objects.count() == 1
    assert "Worry and nerves" not in missed.sees(reverse("portal:today"))


def test_what_is_left_is_named_in_place_and_no_answer_is_lost() -> None:
    missed = Missed(GAD7)
    answer = missed.client.post(missed.address(GAD7), {"i1": "2"})
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="i1_2" name="i1" value="2" checked' in page
    assert page.count("Please pick the one that fits best.") == 6
    assert not Sheet.objects.exists()


def test_she_may_rather_not() -> None:
    missed = Missed(GAD7)
    assert "We will not ask you this again now." in missed.sends(GAD7, decline="yes", words="Not today")
    assert Ending.objects.get().words == "Not today"


def test_whoever_speaks_spanish_reads_the_official_words_or_is_told_that_there_are_none() -> None:
    missed = Missed(GAD7, PCL5)
    speaks_spanish(missed.ada)
    page = missed.sees(missed.address(GAD7))
    assert "No ha sido capaz de parar o controlar su preocupación" in page
    page = missed.sees(missed.address(PCL5))
    assert "Solo tenemos estas palabras en inglés." in page
    assert '<legend lang="en">' in page


def test_an_answer_about_self_harm_brings_a_person_and_tells_her_what_comes_next() -> None:
    missed = Missed(PHQ9)
    page = missed.sends(PHQ9, **SAD | {"i9": "1"})
    for each in ("You are not alone with this.", "10:45", 'href="tel:988"', 'href="sms:988"'):
        assert each in page
    assert missed.scene.case(missed.ada).elevated
    step = Step.objects.get(rule=f"concern:{Sheet.objects.get().pk}")
    assert step.deadline == MORNING + minutes(30)


def test_such_an_answer_alone_is_enough() -> None:
    missed = Missed(PHQ9)
    assert "You are not alone with this." in missed.sends(PHQ9, i9="3")
    assert missed.scene.case(missed.ada).elevated


def test_where_nobody_looks_for_the_answer_it_is_asked_by_the_team_and_no_item_is_left_out() -> None:
    missed = Missed(PHQ9, watched=False)
    assert "How you have been feeling" not in missed.sees(reverse("portal:today"))
    listed = missed.sees(reverse("portal:measures"))
    assert "Your team asks you these in a session or by phone." in listed
    page = missed.sees(missed.address(PHQ9))
    assert "Your team asks you this" in page
    assert "Little interest" not in page
    missed.sends(PHQ9, **SAD)
    assert not Sheet.objects.exists()


def test_out_of_hours_it_is_not_asked_but_what_she_tells_is_never_thrown_away() -> None:
    missed = Missed(PHQ9)
    clock.simulate(shown_at=ENDS + timedelta(hours=5), rate=0)
    assert "Your team asks you this" in missed.sees(missed.address(PHQ9))
    assert "You are not alone with this." in missed.sends(PHQ9, **SAD | {"i9": "2"})
    assert missed.scene.case(missed.ada).elevated


def test_nobody_elses_measure_is_there() -> None:
    missed = Missed(GAD7)
    eve = missed.scene.admit("eve", phone="+15550101")
    other = patient_client_of(eve)
    assert other.get(missed.address(GAD7)).status_code == HTTPStatus.NOT_FOUND
    assert client_of(missed.scene.ben).get(missed.address(GAD7)).status_code == HTTPStatus.NOT_FOUND
