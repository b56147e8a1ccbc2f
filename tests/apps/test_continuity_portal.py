"""Her catch-up page: read in her language, kept as she goes, done, and looked at."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.common import clock
from rejoin.continuity.actions import LONGEST, answers_of, give_back, sign_off
from rejoin.continuity.models import CallAsked, CatchUp, Finished
from rejoin.continuity.vocabulary import Wants
from rejoin.curricula.readability import HIGHEST_GRADE, LOWEST_EASE, english_grade, spanish_ease
from rejoin.outreach.models import Reply
from rejoin.portal.words.catchup import SPOKEN, English, Spanish, words_in
from tests.apps.continuity_scene import Following, choices_of
from tests.apps.makeups_scene import NEXT_DAY
from tests.apps.signing import client_of, patient_client_of

pytestmark = pytest.mark.django_db
QUERIES = {"catch_up": 24, "catch_ups": 16}
"""At most."""


class AtHome:
    """Ada, signed in, noon of the day after."""

    def __init__(self, followed: Following | None = None) -> None:
        self.followed = followed or Following()
        clock.simulate(shown_at=NEXT_DAY, rate=0)
        self.client = patient_client_of(self.followed.ada)
        self.path = reverse("portal:catch_up", args=[self.followed.ref()])

    def sees(self, path: str = "") -> str:
        answer = self.client.get(path or self.path)
        assert answer.status_code == 200
        return text_of(answer)

    def sends(self, **sent: Any) -> str:
        answer = self.client.post(self.path, sent)
        assert answer.status_code == 303
        return text_of(self.client.get(answer["Location"].partition("#")[0]))

    def right(self) -> dict[str, Any]:
        return {f"q{place}": each.right for place, each in choices_of(self.followed.material()).items()}

    @property
    def words(self) -> str:
        """The name of the question to think about."""
        return f"q{len(self.followed.material().text.check) - 1}"


def text_of(answer: Any) -> str:
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


@pytest.fixture
def home() -> AtHome:
    return AtHome()


def test_she_reads_what_was_covered_and_by_when_it_matters_and_nothing_is_kept_by_it(home: AtHome) -> None:
    text = home.followed.material().text
    page = home.sees()
    for each in (text.title, text.covered[0], text.exercise.title, text.homework, text.call):
        assert each in page
    assert "It helps to have it before Wednesday 14" in page
    assert not CatchUp.objects.exists()
    listed = home.sees(reverse("portal:catch_ups"))
    assert (text.title in listed, "Take your time" in listed) == (True, True)


def test_all_of_it_is_in_spanish_for_whoever_speaks_it(home: AtHome) -> None:
    home.followed.ada.language = "es"
    home.followed.ada.save()
    page = home.sees()
    assert home.followed.material().text.language == "es"
    assert home.followed.material().text.covered[0] in page
    assert "Ayuda tenerlo antes del miércoles 14" in page
    assert "Ya terminé" in page


def test_what_she_saves_is_there_again_with_a_gentle_word_to_each_choice(home: AtHome) -> None:
    (place, choice), *_ = choices_of(home.followed.material()).items()
    wrong = (choice.right + 1) % len(choice.options)
    page = home.sends(**{f"q{place}": wrong, home.words: "The bus <b>home</b>"}, save="yes")
    assert "Saved. Come back whenever you like." in page
    assert choice.gently in page
    assert "The bus &lt;b&gt;home&lt;/b&gt;" in page
    assert choice.well in home.sends(**{f"q{place}": choice.right})
    assert not Finished.objects.exists()


def test_done_with_a_question_left_keeps_all_and_says_what_is_left(home: AtHome) -> None:
    page = home.sends(**{home.words: "My way home"}, done="yes")
    assert "Please choose an answer. A guess is fine." in page
    assert "My way home" in page
    assert not Finished.objects.exists()


def test_done_tells_her_what_happens_next_and_today_asks_for_it_no_more(home: AtHome) -> None:
    title = home.followed.material().text.title
    assert title in home.sees(reverse("portal:today"))
    page = home.sends(**home.right(), done="yes")
    assert "Thank you. Your team has it now." in page
    assert "Somebody on your team reads what you wrote" in page
    assert "I am done" not in page
    assert title not in home.sees(reverse("portal:today"))
    assert title in home.sees(reverse("portal:catch_ups"))


def test_given_back_it_says_what_her_team_would_like_and_signed_off_that_she_is_caught_up(
    home: AtHome,
) -> None:
    home.sends(**home.right(), done="yes")
    begun, desk = CatchUp.objects.get(), home.followed.desk()
    give_back(catch_up=begun, wants=Wants.TALK, words="I call you tonight.", **desk)
    page = home.sees()
    assert "Your team would like to talk about this with you." in page
    assert "I call you tonight." in page
    home.sends(**home.right(), done="yes")
    sign_off(catch_up=begun, words="Well thought through.", **desk)
    page = home.sees()
    assert ("You are all caught up" in page, "Well thought through." in page) == (True, True)
    assert "You are all caught up" in home.sees(reverse("portal:catch_ups"))


def test_a_call_she_asks_for_is_before_a_person_as_what_she_writes_is(home: AtHome) -> None:
    page = home.sends(call="yes", save="yes")
    assert "You asked for a call. Your team knows." in page
    reply = Reply.objects.get()
    assert (reply.patient_id, reply.unread) == (home.followed.ada.pk, True)
    assert CallAsked.objects.count() == 1


def test_a_second_tap_on_done_leads_back_to_what_is_so_and_asks_for_no_second_call(home: AtHome) -> None:
    sent = {**home.right(), home.words: "my way home"}
    home.sends(**sent, call="yes", done="yes")
    page = home.sends(**sent, call="yes", done="yes")
    assert "Somebody on your team reads what you wrote" in page
    assert "That did not work" not in page
    assert (Reply.objects.count(), Finished.objects.count()) == (1, 1)


def test_what_is_too_long_is_not_cut_and_not_lost(home: AtHome) -> None:
    words = "a" * (LONGEST + 1)
    answer = home.client.post(home.path, {home.words: words, "done": "yes"})
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "This is too long to keep" in text_of(answer)


def test_what_is_no_option_is_left_out(home: AtHome) -> None:
    home.sends(q0="99", q1="x", save="yes")
    assert answers_of(CatchUp.objects.get()) == {}


def test_nobody_else_finds_it(home: AtHome) -> None:
    bob = patient_client_of(home.followed.present[0])
    missing = reverse("portal:catch_up", args=[uuid4()])
    for client, path in (
        (bob, home.path),
        (home.client, missing),
        (client_of(home.followed.scene.ben), home.path),
    ):
        assert client.get(path).status_code == 404
        assert client.post(path, {"save": "yes"}).status_code == 404
    assert Client().get(home.path).status_code == 302
    assert not CatchUp.objects.exists()


@pytest.mark.parametrize("name", QUERIES)
def test_a_page_asks_as_often_however_much_she_missed(name: str) -> None:
    def asked(home: AtHome) -> int:
        path = home.path if name == "catch_up" else reverse("portal:catch_ups")
        home.client.get(path)
        with CaptureQueriesContext(connection) as captured:
            home.client.get(path)
        return len(captured)

    home = AtHome()
    once = asked(home)
    home.followed.held("cravings", NEXT_DAY.replace(day=5), home.followed.present[0])
    home.followed.held("sleep", NEXT_DAY.replace(day=6), home.followed.present[0])
    home.followed.run(NEXT_DAY)
    assert asked(home) == once <= QUERIES[name]


def test_every_word_is_there_in_both_languages_and_english_is_plain() -> None:
    said = {name for name in vars(English) if not name.startswith("_")}
    assert said <= {name for name in vars(Spanish) if not name.startswith("_")}
    assert {words_in(each).language for each in (*SPOKEN, "fr")} == {"en", "es"}
    sentences = [each for each in vars(English).values() if isinstance(each, str) and each.endswith(".")]
    assert english_grade(" ".join(sentences)) <= HIGHEST_GRADE
    sentences = [each for each in vars(Spanish).values() if isinstance(each, str) and each.endswith(".")]
    assert spanish_ease(" ".join(sentences)) >= LOWEST_EASE
