"""A guest of a family: she comes to the family's own session, is let in by whoever leads, and counts for nobody."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.attendance.models import CheckIn, SeatStatus
from rejoin.common import clock
from rejoin.common.actors import COMMAND, vendor_actor
from rejoin.domain.kernel import Refusal
from rejoin.people.actions import close_to_family
from rejoin.people.relatives import Tie
from rejoin.people.vocabulary import WhyClosed
from rejoin.programs.models import Seat, Session
from rejoin.rooms import hosting
from rejoin.rooms.actions import name_rooms, take_in
from rejoin.rooms.engines.port import Connection
from rejoin.rooms.fake import Visit as Sat
from rejoin.rooms.fake import events_of
from rejoin.rooms.inbox import deliver
from rejoin.rooms.models import Identity, SessionEvidence, Stranger
from rejoin.rooms.sweep import read_events
from rejoin.visits.actions import ask_in_as_guest
from rejoin.visits.inside import may_be_inside
from rejoin.visits.models import Visit
from tests.apps.scene import START, minutes
from tests.apps.signing import client_of, patient_client_of
from tests.apps.test_family_pages import NOW, House, told
from tests.apps.visits_scene import EngineInMemory

pytestmark = pytest.mark.django_db
ASKED = {"driving": "no", "alone": "yes", "name": "G."}
GIVEN_BACK: Any = {
    "released_at": START,
    "released_by": "staff:1",
    "release_reason": "requested",
    "occupies": False,
}


class Together:
    """ada's family session with ben, at START; grace is signed in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.engine = EngineInMemory()
        monkeypatch.setattr(hosting, "engine", lambda: self.engine)
        self.house = House("scheduling")
        self.session: Session = self.house.scene.session(self.house.ada)
        Session.objects.filter(pk=self.session.pk).update(kind="family", mode="video")
        self.session.refresh_from_db()
        hosting.host_session(session=self.session, provider="janus", by=COMMAND, at=START - minutes(15))
        self.grace = self.house.signs_in()
        self.at(START)

    def at(self, at: Any) -> None:
        clock.simulate(shown_at=at, rate=0)

    @property
    def base(self) -> str:
        ref = Tie.objects.get().ref
        return reverse("family:room", kwargs={"ref": ref, "session": self.session.ref})

    def host(self, what: str, **said: Any) -> Any:
        client = client_of(self.house.scene.ben)
        return client.post(reverse(f"console:room_{what}", kwargs={"ref": self.session.ref}), said)

    def board(self) -> str:
        client = client_of(self.house.scene.ben)
        return told(client, reverse("console:room_board", kwargs={"ref": self.session.ref}))

    def let_in(self) -> Visit:
        assert self.grace.post(f"{self.base}check-in", ASKED).status_code == 303
        visit = Visit.objects.get(contact=self.house.grace)
        assert self.host("admit", visit=visit.pk, shown="waiting").status_code == 200
        return visit


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Together:
    return Together(monkeypatch)


def test_from_fifteen_minutes_before_she_goes_in_by_her_page_and_is_let_in_by_whoever_leads(
    together: Together,
) -> None:
    together.at(START - minutes(16))
    assert together.base not in told(together.grace, together.house.page)
    together.at(START - minutes(15))
    assert together.base in told(together.grace, together.house.page)
    assert together.base in told(together.grace, "/family/")
    page = told(together.grace, together.base)
    assert "Before you come in" in page
    assert "Where are you right now" not in page
    assert together.grace.post(f"{together.base}grant").json()["state"] == "check-in"
    assert together.grace.post(f"{together.base}check-in", ASKED).status_code == 303
    assert together.grace.post(f"{together.base}grant").json()["state"] == "waiting"
    assert "family guest of ada: Grace" in together.board()
    visit = Visit.objects.get(contact=together.house.grace)
    assert together.host("admit", visit=visit.pk, shown="waiting").status_code == 200
    assert together.grace.get(f"{together.base}in").status_code == 200
    granted = together.grace.post(f"{together.base}grant").json()
    assert (granted["ref"], granted["host"]) == (visit.ref, False)
    assert [each["name"] for each in together.grace.get(f"{together.base}people").json()["people"]] == ["G."]
    assert not CheckIn.objects.exists()
    assert not Identity.objects.filter(ref=visit.ref).exists()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"driving": "yes"}, "Please park first"),
        ({"alone": "no"}, "Nobody else can see your screen or listen."),
        ({"name": ""}, "a letter is enough"),
        ({"name": "ben of evening"}, "Somebody else is called that here"),
    ],
)
def test_who_drives_is_overheard_or_goes_by_anothers_name_does_not_wait(
    together: Together, said: dict[str, str], shown: str
) -> None:
    answer = together.grace.post(f"{together.base}check-in", {**ASKED, **said})
    assert shown in answer.content.decode()
    assert not Visit.objects.exists()


def test_put_out_or_muted_as_anybody_else(together: Together) -> None:
    visit = together.let_in()
    together.grace.post(f"{together.base}grant")
    together.engine.here = {Connection(conn="c-1", ref=visit.ref)}
    assert together.host("mute", visit=visit.pk).json()["engine"] == "done"
    assert together.host("remove", visit=visit.pk, shown="admitted").json()["engine"] == "done"
    assert (together.engine.muted, together.engine.here) == (["c-1"], set())
    assert together.grace.post(f"{together.base}grant").json()["state"] == "removed"
    assert may_be_inside(together.session.pk, {visit.ref}) == set()


def test_what_is_taken_back_closes_the_door_at_the_next_request_and_puts_her_out(together: Together) -> None:
    visit = together.let_in()
    assert may_be_inside(together.session.pk, {visit.ref}) == {visit.ref}
    close_to_family(contact=together.house.grace, why=WhyClosed.COURT, **NOW)
    for path in ("", "in", "people"):
        assert together.grace.get(f"{together.base}{path}").status_code == 404
    for path in ("grant", "check-in", "hand", "here"):
        assert together.grace.post(f"{together.base}{path}", ASKED).status_code == 404
    assert may_be_inside(together.session.pk, {visit.ref}) == set()


def test_no_other_session_no_other_account_and_no_group_is_ever_opened(together: Together) -> None:
    base = together.base
    for client in (patient_client_of(together.house.ada), client_of(together.house.scene.ben)):
        assert client.get(base).status_code == 404
    assert Client().get(base)["Location"].startswith("/account/login/")
    other = together.house.scene.session(together.house.eve, starts_at=START + timedelta(days=1))
    Session.objects.filter(pk=other.pk).update(kind="family", mode="video")
    assert together.grace.get(base.replace(str(together.session.ref), str(other.ref))).status_code == 404
    for columns in ({"kind": "group"}, {"kind": "family", "mode": "phone"}):
        Session.objects.filter(pk=together.session.pk).update(**columns)
        assert together.grace.get(base).status_code == 404
        assert together.grace.post(f"{base}check-in", ASKED).status_code == 404
    assert not Visit.objects.exists()


def test_where_another_patient_has_a_seat_there_is_no_door_and_whoever_is_inside_leaves(
    together: Together,
) -> None:
    visit = together.let_in()
    assert together.grace.get(f"{together.base}people").status_code == 200
    assert together.base in told(together.grace, together.house.page)
    other = Seat.objects.create(session=together.session, patient=together.house.eve)
    for path in ("", "in", "people"):
        assert together.grace.get(f"{together.base}{path}").status_code == 404
    assert together.grace.post(f"{together.base}grant").status_code == 404
    assert together.base not in told(together.grace, together.house.page)
    assert may_be_inside(together.session.pk, {visit.ref}) == set()
    with pytest.raises(Refusal):
        ask_in_as_guest(
            session=together.session, contact=together.house.grace, display_name="G.", by=COMMAND, at=START
        )
    Seat.objects.filter(pk=other.pk).update(**GIVEN_BACK)
    assert together.grace.get(f"{together.base}people").status_code == 200
    assert may_be_inside(together.session.pk, {visit.ref}) == {visit.ref}


def test_when_her_patients_seat_is_given_back_a_guest_does_not_stay(together: Together) -> None:
    visit = together.let_in()
    Seat.objects.filter(session=together.session).update(**GIVEN_BACK)
    assert together.grace.get(together.base).status_code == 404
    assert may_be_inside(together.session.pk, {visit.ref}) == set()


def test_a_guest_alone_in_the_room_leaves_the_patient_absent(together: Together) -> None:
    visit = together.let_in()
    together.grace.post(f"{together.base}grant")
    name_rooms(names=[(together.session.pk, "blue")], by=COMMAND, at=START)
    sat = Sat(room="blue", ref=visit.ref, joined_at=START, left_at=START + minutes(90))
    events = [deliver("livekit", json.dumps(event.body).encode()) for event in events_of([sat])]
    take_in(provider="livekit", deliveries=events, by=vendor_actor("livekit"), at=START)
    while read_events(START + minutes(91)):
        pass
    assert SessionEvidence.objects.get(session=together.session).watched
    assert not Stranger.objects.exists()
    together.house.scene.run(START + minutes(95))
    told_of = SeatStatus.objects.filter(seat__session=together.session).values_list("status", flat=True)
    assert list(told_of) == ["missed"]
