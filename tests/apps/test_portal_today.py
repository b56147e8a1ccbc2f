"""A patient's first page: hers alone, and kind."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError
from django.test import Client
from django.urls import reverse

from rejoin.common.actors import COMMAND
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.makeups.actions import waive
from rejoin.makeups.links import makeup_path
from rejoin.makeups.models import Debt
from rejoin.makeups.vocabulary import WaiverReason
from rejoin.programs.actions import set_crisis_line
from rejoin.programs.models import Group, Session
from rejoin.rooms.actions import name_rooms
from tests.apps.makeups_scene import Owing
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of, patient_client_of
from tests.apps.visits_scene import Evening

pytestmark = pytest.mark.django_db
PAGE = "portal:today"


def test_she_sees_that_she_was_missed_and_how_to_reach_a_person() -> None:
    scene = Scene()
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    session = scene.session(ada, bea)
    scene.session(ada, starts_at=START + timedelta(days=1))
    scene.watched(session, (bea, START, None))
    scene.run(START + minutes(30))
    told = patient_client_of(ada).get(reverse(PAGE)).content.decode()
    assert "We missed you" in told
    assert "On now" in told
    assert "555-0100" in told
    assert "tel:988" in told
    assert "bea" not in told


def test_from_her_own_page_it_is_one_tap_to_the_times_at_which_she_can_make_up_for_it() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    waive(seat=hers, why=WaiverReason.CLINICAL, **owing.desk())
    ada, eve = (patient_client_of(each).get(reverse(PAGE)).content.decode() for each in owing.patients)
    assert makeup_path(Debt.objects.get(seat=mine).ref) in ada
    assert "/makeup/" not in eve


def test_who_came_is_not_told_that_she_was_missed() -> None:
    scene = Scene()
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    scene.watched(scene.session(ada, bea), (bea, START, None))
    scene.run(START + minutes(30))
    assert "We missed you" not in patient_client_of(bea).get(reverse(PAGE)).content.decode()


def test_a_patient_without_a_place_finds_a_page_and_no_error() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    ada.enrolments.all().update(ended_at=START, ended_by="staff:1", ending="completed")
    answer = patient_client_of(ada).get(reverse(PAGE))
    assert answer.status_code == 200
    assert "Nothing is planned" in answer.content.decode()


def test_staff_find_nothing_here_and_nobody_is_asked_to_sign_in() -> None:
    scene = Scene()
    assert client_of(scene.ben).get(reverse(PAGE)).status_code == 404
    assert Client().get(reverse(PAGE)).status_code == 302


def test_only_reading_is_answered() -> None:
    assert patient_client_of(Scene().admit("ada")).post(reverse(PAGE)).status_code == 404


def test_she_reads_what_her_groups_are_called_and_of_no_other() -> None:
    scene, other = Scene(), Scene(slug="morning")
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    guest, theirs = (Group.objects.create(program=scene.program, name=name) for name in ("Green", "Red"))
    as_a_guest, not_hers = scene.session(ada), scene.session(bea, starts_at=START + timedelta(days=1))
    Session.objects.filter(pk=as_a_guest.pk).update(group=guest)
    Session.objects.filter(pk=not_hers.pk).update(group=theirs)
    told = patient_client_of(ada).get(reverse(PAGE)).content.decode()
    assert "<strong>Green</strong>" in told
    with seen_by_patient(ada.pk):
        assert set(Group.objects.all()) == {scene.group, guest}
    with seen_by_patient(bea.pk):
        assert set(Group.objects.all()) == {scene.group, theirs}
    with seen_by_staff(other.supervisor.pk):
        assert set(Group.objects.all()) == {other.group}
    with seen_by_patient(ada.pk), pytest.raises(ProgrammingError, match="row-level security"):
        Group.objects.create(program_id=scene.program.pk, name="Hers")


def test_a_crisis_line_of_her_program_is_beside_the_national_one() -> None:
    scene, other = Scene(), Scene(slug="morning")
    ada = scene.admit("ada")
    who: Any = {"by": COMMAND, "at": START}
    line: Any = {"name": "County line", "number": "(212) 555-0147", "hours": "weekdays from 8 to 20"}
    set_crisis_line(program=scene.program, **line, **who)
    set_crisis_line(program=other.program, name="Another", number="212-555-0199", hours="always", **who)
    told = patient_client_of(ada).get(reverse(PAGE)).content.decode()
    assert '<a href="tel:2125550147">Call (212) 555-0147</a> County line, weekdays from 8 to 20' in told
    assert "tel:988" in told
    assert "555-0199" not in told
    set_crisis_line(program=scene.program, name="", number="", hours="", **who)
    told = patient_client_of(ada).get(reverse(PAGE)).content.decode()
    assert ("555-0147" in told, "tel:988" in told) == (False, True)


def test_she_joins_from_her_page_by_the_link_of_her_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = Evening(monkeypatch)
    client = patient_client_of(evening.ada)
    told = client.get(reverse(PAGE)).content.decode()
    assert "Join</button>" in told
    answer = client.post(reverse("portal:join", kwargs={"seat_id": evening.seat(evening.ada).pk}))
    assert answer["Location"] == evening.link(evening.ada)
    theirs = client.post(reverse("portal:join", kwargs={"seat_id": evening.seat(evening.eve).pk}))
    assert theirs.status_code == 404


def test_no_way_in_is_shown_to_a_room_of_somebody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    evening = Evening(monkeypatch)
    dora = evening.scene.admit("dora", phone="+15550109")
    session = evening.scene.session(dora, starts_at=START + timedelta(hours=6))
    name_rooms(names=[(session.pk, "82044119902")], by=COMMAND, at=START)
    told = patient_client_of(dora).get(reverse(PAGE)).content.decode()
    assert "Join</button>" not in told
