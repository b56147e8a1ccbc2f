"""Her measures on her own page, and what staff see and write down of them."""

from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.attendance.models import SeatStatus
from rejoin.common import clock
from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import Instrument, instrument_called
from rejoin.followup.measures import take_measure
from rejoin.followup.models import Step
from rejoin.insights.actions import say_watch, schedule_measure
from rejoin.insights.models import Due, Ending, Sheet
from rejoin.insights.reading import lines_of
from rejoin.insights.sweep import sweep_measures
from rejoin.outreach.models import Reply
from rejoin.outreach.vocabulary import READ_WITHIN
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
    assert "Open until 9:15\u00a0p.m. on Saturday 10\u00a0October." in listed


def test_who_came_late_after_all_may_answer_and_is_told_of_no_miss() -> None:
    missed = Missed(GAD7)
    SeatStatus.objects.filter(patient=missed.ada).update(status="attended")
    for page in (missed.sees(reverse("portal:measures")), missed.sees(missed.address(GAD7))):
        assert "Worry and nerves" in page
        assert "We missed you" not in page


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


@pytest.mark.parametrize("closed", [False, True])
def test_what_she_writes_with_it_is_before_a_person_at_once_as_any_message_is(closed: bool) -> None:
    missed = Missed(PHQ9)
    if closed:
        missed.sends(PHQ9, decline="yes", words="  ")
        assert not Reply.objects.exists()
    for _ in range(2):
        missed.sends(PHQ9, decline="yes", words="I do not want to live any more")
    reply = Reply.objects.get()
    assert "I do not want to live any more" in reply.text
    step = Step.objects.get(rule=f"reply:{reply.pk}")
    assert (step.origin, step.deadline) == ("reply", MORNING + READ_WITHIN)
    page = client_of(missed.scene.ben).get(reverse("console:case", args=[missed.scene.case(missed.ada).ref]))
    assert "I do not want to live any more" in page.content.decode()


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


def after_its_time(missed: Missed) -> datetime:
    until = missed.due(PHQ9).reopening.until_at + minutes(1)
    clock.simulate(shown_at=until, rate=0)
    return until


@pytest.mark.parametrize("swept", [False, True])
def test_what_she_tells_after_the_time_is_over_is_heard_and_the_gap_stays_told(swept: bool) -> None:
    missed = Missed(PHQ9)
    until = after_its_time(missed)
    if swept:
        sweep_measures(now=until)
    page = missed.sends(PHQ9, **SAD | {"i9": "3"})
    assert "You are not alone with this." in page
    assert 'href="tel:988"' in page
    assert Step.objects.get(origin="concern").rule == f"concern:{Sheet.objects.get().pk}"
    assert missed.scene.case(missed.ada).elevated
    assert Ending.objects.get().how == ("missed_session" if swept else "answered")
    (line,) = lines_of(missed.ada)
    assert (line.is_gap, [each.id for each in line.concerns]) == (False, ["9"])
    assert sweep_measures(now=until + minutes(1)) == 0


@pytest.mark.parametrize("how", ["withdrawn", "declined"])
def test_what_she_tells_after_it_was_taken_back_or_declined_is_heard(how: str) -> None:
    missed = Missed(PHQ9)
    at = [missed.ada.ref, missed.due(PHQ9).ref]
    client_of(missed.scene.ben).post(
        reverse("console:patient_measure_close", args=at), {"how": how, "words": "Asked elsewhere"}
    )
    assert "You are not alone with this." in missed.sends(PHQ9, **SAD | {"i9": "1"})
    assert missed.scene.case(missed.ada).elevated


def test_what_she_tells_after_she_has_answered_is_kept_in_her_words_and_heard() -> None:
    missed = Missed(PHQ9)
    assert "Your team has your answers." in missed.sends(PHQ9, **SAD)
    assert not missed.scene.case(missed.ada).elevated
    for _ in range(2):  # and sent twice it is there once
        page = missed.sends(PHQ9, **SAD | {"i9": "3"})
        assert "You are not alone with this." in page
        assert 'href="tel:988"' in page
    reply = Reply.objects.get()
    assert "Nearly every day" in reply.text
    step = Step.objects.get(origin="concern")
    assert (step.actor, step.owner, step.deadline) == ("clinician", missed.scene.ben, MORNING + minutes(30))
    assert missed.scene.case(missed.ada).elevated
    assert Step.objects.filter(rule=f"reply:{reply.pk}", ended_at=None).exists()


def test_her_messages_show_her_own_words_and_not_what_stands_before_them_for_staff() -> None:
    missed = Missed(PHQ9, GAD7)
    missed.sends(PHQ9, **SAD)
    missed.sends(PHQ9, **SAD | {"i9": "3"})
    missed.sends(GAD7, decline="yes", words="I am tired")
    page = missed.sees(reverse("portal:messages"))
    assert "You answered questions about how you are." in page
    assert "I am tired" in page
    for each in ("Nearly every day", "she says", "PHQ-9", "GAD-7"):
        assert each not in page


def test_a_graver_answer_after_one_that_was_heard_is_heard_too() -> None:
    missed = Missed(PHQ9)
    missed.sends(PHQ9, **SAD | {"i9": "1"})
    missed.sends(PHQ9, **SAD | {"i9": "1"})
    assert Step.objects.filter(origin="concern").count() == 1
    assert not Reply.objects.exists()
    missed.sends(PHQ9, **SAD | {"i9": "3"})
    assert Step.objects.filter(origin="concern").count() == 2


def test_ben_writes_down_such_an_answer_though_it_was_answered_and_it_is_raised() -> None:
    missed = Missed(PHQ9)
    missed.sends(PHQ9, **SAD)
    page = (
        client_of(missed.scene.ben)
        .post(
            reverse("console:patient_measure_answer", args=[missed.ada.ref, missed.due(PHQ9).ref]),
            SAD | {"i9": "2", "how": "phone"},
            follow=True,
        )
        .content.decode()
    )
    assert "Her case is elevated" in page
    assert Step.objects.filter(origin="concern").count() == 1


def test_whoever_is_quicker_both_hear_that_it_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    missed = Missed(PHQ9, GAD7)

    def twice(**given: Any) -> None:
        take_measure(**given)
        take_measure(**given)

    monkeypatch.setattr("rejoin.portal.views.measures.take_measure", twice)
    assert "You are not alone with this." in missed.sends(PHQ9, **SAD | {"i9": "3"})
    assert "Your team has your answers." in missed.sends(GAD7, **CALM)
    assert Step.objects.filter(origin="concern").count() == 1


def test_a_measure_that_ended_meanwhile_says_so_on_its_own_page(monkeypatch: pytest.MonkeyPatch) -> None:
    missed = Missed(GAD7)

    def too_late(**_: Any) -> None:
        raise Refusal("measure.ended", "This was answered or closed already.")

    monkeypatch.setattr("rejoin.portal.views.measures.take_measure", too_late)
    answer = missed.client.post(missed.address(GAD7), CALM)
    assert answer["Location"] == missed.address(GAD7)


@pytest.mark.parametrize(
    ("language", "said", "call"),
    [
        ("en", "nobody on your team sees this before 8\u00a0a.m. today", "asked to call by"),
        ("es", "Vuelven a mirar hoy a las 8\u00a0a.\u00a0m.", "a más tardar"),
    ],
)
def test_at_night_no_hour_is_promised_and_the_crisis_line_comes_first(
    language: str, said: str, call: str
) -> None:
    missed = Missed(PHQ9)
    Patient.objects.filter(pk=missed.ada.pk).update(language=language)
    night = ENDS + timedelta(hours=6)
    clock.simulate(shown_at=night, rate=0)
    page = missed.sends(PHQ9, **SAD | {"i9": "3"})
    assert said in page
    assert call not in page
    assert page.index('href="tel:988"') < page.index(said)
    assert Step.objects.get(origin="concern").deadline == night + minutes(30)  # the staff's clock runs


def test_no_hour_is_promised_after_the_watch_has_closed() -> None:
    missed = Missed(PHQ9)
    evening = datetime.combine(
        MORNING.date(), time(23, 45), tzinfo=UTC
    )  # a quarter to eight, and it closes at eight
    clock.simulate(shown_at=evening, rate=0)
    page = missed.sends(PHQ9, **SAD | {"i9": "1"})
    assert "A person on your team is asked to call you." in page
    assert "asked to call by" not in page
    assert "It may be that nobody" not in page


def test_where_nobody_watches_no_hour_is_promised() -> None:
    missed = Missed(PHQ9, watched=False)
    page = missed.sends(PHQ9, **SAD | {"i9": "1"})
    assert "We cannot say when somebody on your team sees this." in page
    assert "asked to call by" not in page


def test_in_spanish_it_is_the_other_person_who_calls() -> None:
    missed = Missed(PHQ9)
    speaks_spanish(missed.ada)
    page = missed.sends(PHQ9, **SAD | {"i9": "3"})
    assert "Esa persona tiene que llamarle a usted a más tardar hoy a las 10:45" in page


def test_nobody_elses_measure_is_there() -> None:
    missed = Missed(GAD7)
    eve = missed.scene.admit("eve", phone="+15550101")
    other = patient_client_of(eve)
    assert other.get(missed.address(GAD7)).status_code == HTTPStatus.NOT_FOUND
    assert client_of(missed.scene.ben).get(missed.address(GAD7)).status_code == HTTPStatus.NOT_FOUND


def test_ben_reads_what_she_answered_with_its_band_and_whose_band_it_is() -> None:
    missed = Missed(GAD7, PHQ9)
    missed.sends(GAD7, **CALM)
    page = client_of(missed.scene.ben).get(reverse("console:patient_measures", args=[missed.ada.ref]))
    shown = page.content.decode()
    assert "GAD-7: 7 of 21, mild" in shown
    assert "Spitzer, Kroenke, Williams and Löwe 2006: cut-offs 5, 10, 15" in shown
    assert "again, since the session was missed" in shown


def test_ben_writes_down_by_phone_what_she_says_and_her_case_is_elevated_at_once() -> None:
    missed = Missed(PHQ9, watched=False)
    ben = client_of(missed.scene.ben)
    at = [missed.ada.ref, missed.due(PHQ9).ref]
    left = ben.post(reverse("console:patient_measure_answer", args=at), {"i1": "1", "how": "phone"})
    assert left.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Sheet.objects.exists()
    page = ben.post(
        reverse("console:patient_measure_answer", args=at), SAD | {"i9": "1", "how": "phone"}, follow=True
    ).content.decode()
    assert "Her case is elevated" in page
    assert "PHQ-9: 9 of 27, mild" in page
    assert page.count("Asks for a clinician") == 2
    assert missed.scene.case(missed.ada).elevated
    worklist = ben.get(reverse("console:worklist")).content.decode()
    assert "an answer of hers asks for a clinician now" in worklist.lower()


def test_ben_asks_the_screener_with_its_notice_and_takes_one_back_with_a_reason() -> None:
    missed = Missed(GAD7)
    ben = client_of(missed.scene.ben)
    seat = missed.session.seats.get().pk
    page = ben.post(
        reverse("console:patient_measures_ask", args=[missed.ada.ref]),
        {"instrument": "cssrs:screener-recent", "seat": seat},
        follow=True,
    ).content.decode()
    assert "© 2008 The Research Foundation for Mental Hygiene, Inc." in page
    at = [missed.ada.ref, missed.due(GAD7).ref]
    sent = {"how": "withdrawn", "words": "Asked elsewhere"}
    shown = ben.post(reverse("console:patient_measure_close", args=at), sent, follow=True).content.decode()
    assert "Not measured" in shown
    assert "Asked elsewhere" in shown


def test_ben_types_what_was_on_paper_after_its_time_and_reads_that_there_was_a_gap() -> None:
    missed = Missed(GAD7)
    until = missed.due(GAD7).reopening.until_at
    sweep_measures(now=until)
    clock.simulate(shown_at=until + timedelta(days=1), rate=0)
    ben = client_of(missed.scene.ben)
    at = [missed.ada.ref, missed.due(GAD7).ref]
    page = ben.get(reverse("console:patient_measure", args=at)).content.decode()
    assert "Not measured." in page
    assert "They may still be written down" in page
    assert "It is not answered" not in page
    sent = CALM | {"how": "session", "on": "2026-10-09"}
    page = ben.post(reverse("console:patient_measure_answer", args=at), sent, follow=True).content.decode()
    assert "Her answers are written down." in page
    assert "before that: not measured" in page


def test_the_supervisor_says_what_is_asked_and_who_looks() -> None:
    scene = Scene()
    supervisor = client_of(scene.supervisor)
    name = [scene.program.slug]
    sent = {"instrument": "phq9", "version": "9", "every_days": "14"}
    supervisor.post(reverse("console:measures_schedule", args=name), sent)
    hours = {"role": "clinician", "days": ["1", "2"], "opens": "08:00", "closes": "18:00"}
    supervisor.post(reverse("console:measures_watch", args=name), hours | {"within_minutes": "30"})
    page = supervisor.get(reverse("console:measures")).content.decode()
    assert "With the first session of every 14 days" in page
    assert "clinician, Mon, Tue, from 08:00 to 18:00" in page
    assert '<option value="clinician" selected>Clinician</option>' in page
    wrong = supervisor.post(reverse("console:measures_watch", args=name), {"role": "janitor"}, follow=True)
    assert "nothing has changed" in wrong.content.decode()


def test_ben_reads_it_to_her_in_her_language_where_it_has_official_words() -> None:
    missed = Missed(GAD7)
    speaks_spanish(missed.ada)
    ben = client_of(missed.scene.ben)
    at = [missed.ada.ref, missed.due(GAD7).ref]
    assert (
        "Ha tenido dificultad para relajarse"
        in ben.get(reverse("console:patient_measure", args=at)).content.decode()
    )
    ben.post(reverse("console:patient_measure_answer", args=at), CALM | {"how": "phone", "on": "2026-10-08"})
    sheet = Sheet.objects.get()
    assert (sheet.language, sheet.answered_at) == ("es", MORNING)
