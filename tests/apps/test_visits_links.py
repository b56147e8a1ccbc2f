"""The link: whom it is for, when it holds, what it tells, and where it is put."""

import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from rejoin.common.actors import ENGINE, patient_actor
from rejoin.domain.attendance import Held
from rejoin.followup.ways import ways_of_cases, ways_of_nudges
from rejoin.outreach.wording import Letterhead, render
from rejoin.programs.models import Session
from rejoin.visits.links import identity_of, join_url
from tests.apps.scene import START, minutes
from tests.apps.visits_scene import Evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    return Evening(monkeypatch)


def page(evening: Evening, at: object) -> tuple[int, str]:
    link = evening.link(evening.ada)
    evening.at(at)  # type: ignore[arg-type]
    answer = Client().get(link)
    return answer.status_code, answer.content.decode()


def test_it_names_nobody_and_cannot_be_made_up(evening: Evening) -> None:
    link = evening.link(evening.ada)
    assert re.fullmatch(r"/join/p-[0-9a-f]{32}\.[\w-]{43}/", link)
    token = link.split("/")[2]
    assert identity_of(token) is not None
    for wrong in (token[:-1], f"{token}x", token.replace("p-", "q-"), "p-1.x", "x" * 500):
        assert identity_of(wrong) is None
        assert Client().get(f"/join/{wrong}/").status_code == 404


def test_two_patients_of_one_session_have_two_links_and_each_has_hers_again(evening: Evening) -> None:
    assert evening.link(evening.ada) == evening.link(evening.ada)
    assert evening.link(evening.ada) != evening.link(evening.eve)


@pytest.mark.parametrize(
    ("at", "status", "words"),
    [
        (START - timedelta(hours=25), 200, "This link works from"),
        (START - timedelta(hours=23), 200, "You can come in from"),
        (START - minutes(16), 200, "You can come in from"),
        (START - minutes(15), 200, "Before you come in"),
        (START + minutes(195 + 29), 200, "Before you come in"),
        (START + minutes(195 + 30), 410, "This session is over"),
        (START + timedelta(days=300), 410, "This session is over"),
    ],
)
def test_it_holds_around_its_session_and_says_when(
    evening: Evening, at: object, status: int, words: str
) -> None:
    answered, told = page(evening, at)
    assert (answered, words in told) == (status, True)


def test_it_says_when_by_her_own_clock(evening: Evening) -> None:
    type(evening.ada).objects.filter(pk=evening.ada.pk).update(timezone="America/Denver")
    _, told = page(evening, START - timedelta(hours=2))
    assert "Wednesday 7\u00a0October, 4\u00a0p.m." in told
    assert "3:45\u00a0p.m." in told


def test_a_session_that_is_called_off_and_a_seat_given_back_are_said_and_blame_nobody(
    evening: Evening,
) -> None:
    link = evening.link(evening.ada)
    seat = evening.seat(evening.ada)
    type(seat).objects.filter(pk=seat.pk).update(
        released_at=START, released_by="staff:1", occupies=False, release_reason="requested"
    )
    assert "does not take place for you" in Client().get(link).content.decode()
    Session.objects.filter(pk=evening.session.pk).update(
        held=Held.CANCELLED.value, unheld_at=START, unheld_by="staff:1"
    )
    answer = Client().get(evening.link(evening.eve))
    assert (answer.status_code, "You missed nothing" in answer.content.decode()) == (410, True)


def test_a_session_that_is_moved_takes_its_links_along(evening: Evening) -> None:
    link = evening.link(evening.ada)
    Session.objects.filter(pk=evening.session.pk).update(
        starts_at=START + timedelta(days=2), ends_at=START + timedelta(days=2, hours=1)
    )
    assert "Friday 9\u00a0October" in Client().get(link).content.decode()
    evening.at(START + timedelta(days=2))
    assert "Before you come in" in Client().get(link).content.decode()


def test_the_page_says_nothing_of_who_she_is_or_what_the_session_is(evening: Evening) -> None:
    _, told = page(evening, START - timedelta(hours=2))
    for word in ("ada", "Blue", "group", "Evening", "therap", "recover"):
        assert word not in told


def test_an_e_mail_about_the_session_carries_it_and_a_text_does_not(evening: Evening) -> None:
    seat = evening.seat(evening.ada)
    with override_settings(BASE_URL="https://in.example.org"):
        about = f"nudge:{seat.pk}"
        way = ways_of_nudges({about}, ENGINE, START)[about]
        assert way == join_url(seat, by=patient_actor(evening.ada.pk), at=START)
    head = Letterhead(organisation="Harbor Office", phone="555-0100", portal_url=way)
    mail = render("neutral_nudge", form="email", language="en", letterhead=head)
    assert way in mail.body


def test_where_it_leads_nowhere_any_more_no_message_carries_it(evening: Evening) -> None:
    seat = evening.seat(evening.ada)
    assert ways_of_nudges({f"nudge:{seat.pk}"}, ENGINE, START + timedelta(hours=5)) == {}


def test_whoever_was_missed_is_written_an_e_mail_with_her_way_in(evening: Evening) -> None:
    scene = evening.scene
    scene.watched(evening.session)
    type(evening.room).objects.filter(pk=evening.room.pk).update(engine_seen_at=START + minutes(6))
    scene.run(START + minutes(6), send=False)
    case = scene.case(evening.ada)
    about = f"case:{case.pk}"
    assert list(ways_of_cases({about, "case:987654"}, ENGINE, START + minutes(6))) == [about]
