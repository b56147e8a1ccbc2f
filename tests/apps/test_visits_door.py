"""A patient's way in: what she is asked, who lets her in, and what she is told where she cannot come in."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rejoin.attendance.models import CheckIn, SeatStatus
from rejoin.audit.models import Event
from rejoin.common.actors import patient_actor
from rejoin.followup.models import Step
from rejoin.people.models import Contact
from rejoin.rooms.engines.port import Connection
from rejoin.visits.actions import admit, is_locked, refuse
from rejoin.visits.likeness import looks_like
from rejoin.visits.links import join_path
from rejoin.visits.models import TelehealthConsent, Visit, VisitTurn
from tests.apps.scene import START, minutes
from tests.apps.signing import client_of
from tests.apps.visits_scene import CHECKED_IN, WS, Evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    return Evening(monkeypatch)


def base(evening: Evening) -> str:
    return f"/sessions/{evening.session.ref}/room/"


def let_in(evening: Evening) -> Visit:
    """ada checks in, and ben lets her in."""
    evening.check_in(evening.ada)
    visit = Visit.objects.get(patient=evening.ada)
    client_of(evening.scene.ben).post(f"{base(evening)}admit", {"visit": visit.pk})
    return visit


def grant(evening: Evening) -> Any:
    return Client().post(f"{evening.link(evening.ada)}grant")


def told(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_she_checks_in_is_let_in_and_is_granted_one_connection(evening: Evening) -> None:
    link, client = evening.link(evening.ada), Client()
    assert "Before you come in" in told(client.get(link))
    assert client.post(f"{link}grant").json()["state"] == "check-in"
    answer = client.post(f"{link}check-in", CHECKED_IN)
    assert (answer.status_code, answer["Location"]) == (303, link)
    assert client.post(f"{link}grant").status_code == 409
    assert "Your facilitator is not in the room yet." in told(client.get(link))
    host = client_of(evening.scene.ben)
    assert host.post(f"{base(evening)}grant").json()["host"] is True
    visit = Visit.objects.get(patient=evening.ada)
    assert host.post(f"{base(evening)}admit", {"visit": visit.pk}).status_code == 200
    assert "You can go in" in told(client.get(link))
    granted = client.post(f"{link}grant").json()
    assert granted["room"] == str(evening.room.name)
    assert granted["conn"].startswith(f"{granted['ref']}.")
    listed = client.get(f"{link}people").json()["people"]
    assert [each["name"] for each in listed] == ["ben of evening", "A."]
    turns = list(VisitTurn.objects.filter(visit=visit).order_by("pk").values_list("turn", flat=True))
    assert turns == ["asked", "admitted", "entered"]


def test_the_engine_learns_a_random_room_and_a_reference_and_nothing_else(evening: Evening) -> None:
    let_in(evening)
    assert grant(evening).status_code == 200
    given = re.split(
        r"\b(?:[a-z]+-)?[0-9a-f-]{16,}\b", repr(evening.engine.granted[-1])
    )  # chance may write any word
    for word in ("ada", "A.", "evening", "Blue"):
        assert word not in " ".join(given)


def test_only_the_rooms_page_may_use_a_camera_and_dial_the_engine(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rejoin.visits.headers.ws_origin", lambda: WS)
    visit = let_in(evening)
    link = evening.link(evening.ada)
    door, room = Client().get(link), Client().get(f"{link}in")
    assert "camera=()" in door["Permissions-Policy"]
    assert WS not in door["Content-Security-Policy"]
    assert "camera=(self)" in room["Permissions-Policy"]
    assert "microphone=(self)" in room["Permissions-Policy"]
    assert f"connect-src 'self' {WS}" in room["Content-Security-Policy"]
    assert "geolocation=()" in room["Permissions-Policy"]
    assert visit.display_name == "A."


def test_whoever_is_not_inside_hears_of_nobody(evening: Evening) -> None:
    client_of(evening.scene.ben).post(f"{base(evening)}grant")
    evening.check_in(evening.eve)
    link = evening.link(evening.eve)
    assert Client().get(f"{link}people").json()["people"] == []
    for what in ("hand", "caption", "name"):
        assert Client().post(f"{link}{what}", {"text": "hello", "name": "E."}).status_code == 422
    assert Client().post(f"{link}leave").status_code == 200  # from the door: she was never inside
    assert Visit.objects.values_list("state", "entered_at").get(patient=evening.eve) == ("waiting", None)


def in_the_room(evening: Evening) -> Visit:
    """ada, let in and connected."""
    visit = let_in(evening)
    grant(evening)
    evening.engine.here = {Connection(conn=f"{visit.ref}.1", ref=visit.ref)}
    return visit


def test_once_the_door_has_shut_nobody_is_listed_and_nothing_is_written(evening: Evening) -> None:
    in_the_room(evening)
    link = evening.link(evening.ada)
    assert len(Client().get(f"{link}people").json()["people"]) == 1
    evening.at(START + timedelta(days=1))
    assert Client().get(f"{link}people").json()["people"] == []
    assert Client().post(f"{link}caption", {"text": "hello"}).status_code == 422


@pytest.mark.parametrize("said", [{"state": "CA"}, {"driving": "yes"}])
def test_whoever_may_not_be_in_any_more_is_not_in_with_another_page(
    evening: Evening, said: dict[str, str]
) -> None:
    in_the_room(evening)
    evening.check_in(evening.ada, **said)
    assert evening.engine.here == set()
    link = evening.link(evening.ada)
    assert Client().get(f"{link}people").json()["people"] == []
    assert Client().post(f"{link}caption", {"text": "hello"}).status_code == 422


def test_nobody_is_muted_who_is_not_in(evening: Evening) -> None:
    evening.check_in(evening.ada)
    visit = Visit.objects.get(patient=evening.ada)
    answer = client_of(evening.scene.ben).post(f"{base(evening)}mute", {"visit": visit.pk})
    assert answer.status_code == 422


def test_leaving_with_one_of_two_devices_does_not_send_the_other_out(evening: Evening) -> None:
    in_the_room(evening)
    Client().post(f"{evening.link(evening.ada)}leave")
    evening.scene.watched(evening.session, (evening.ada, START, None))
    evening.at(START + minutes(20))
    assert grant(evening).status_code == 200


def test_a_flood_from_one_link_is_slowed(evening: Evening) -> None:
    in_the_room(evening)
    link = evening.link(evening.ada)
    answers = {Client().post(f"{link}hand", {"up": "on"}).status_code for _ in range(50)}
    assert answers == {200, 429}


@pytest.mark.parametrize("name", ["\u200b", "\u2800\u3164", "...", "\u202eada"])
def test_a_name_that_nobody_can_see_or_say_is_said_beside_it_and_nothing_is_written(
    evening: Evening, name: str
) -> None:
    answer = evening.check_in(evening.ada, name=name)
    assert answer.status_code == 422
    assert "Write what the others should see" in told(answer)
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("name", ["BEN OF EVENING", "bén  of-evening", "Веn of evening", "e.", "Ｅ", "Ε"])
def test_nobody_goes_by_the_name_of_whoever_leads_or_of_somebody_who_is_there(
    evening: Evening, name: str
) -> None:
    evening.scene.ben.__class__.objects.filter(pk=evening.scene.ben.pk).update(name="Ben of Evening")
    evening.check_in(evening.eve)
    answer = evening.check_in(evening.ada, name=name)
    assert answer.status_code == 422
    assert "Somebody else is called that here. Add an initial, or choose another." in told(answer)
    assert not CheckIn.objects.filter(patient=evening.ada).exists()
    assert not Visit.objects.filter(patient=evening.ada).exists()
    assert evening.check_in(evening.ada, name=f"{name} B").status_code == 303


@pytest.mark.parametrize(
    "name",
    [
        "Ben, LCSW",
        "Ben (host)",
        "Ben 2",
        "be n",
        "b\u0435\u0578",
        "\u0299\u025bn",
        "Zoe (Host)",
        "Facilitator",
    ],
)
def test_nobody_passes_for_whoever_leads_by_a_word_more_or_a_letter_drawn_alike(
    evening: Evening, name: str
) -> None:
    evening.scene.ben.__class__.objects.filter(pk=evening.scene.ben.pk).update(name="Ben")
    assert evening.check_in(evening.ada, name=name).status_code == 422
    assert not Visit.objects.filter(patient=evening.ada).exists()


@pytest.mark.parametrize("name", ["Ben K.", "Benita", "Hostetler"])
def test_somebody_with_the_leaders_first_name_adds_an_initial(evening: Evening, name: str) -> None:
    evening.scene.ben.__class__.objects.filter(pk=evening.scene.ben.pk).update(name="Ben")
    assert evening.check_in(evening.ada, name=name).status_code == 303


def test_names_that_look_alike_are_one_and_those_that_sound_otherwise_are_two() -> None:
    alike = [
        ("A|ice", "Alice"),
        ("S\u0251rah", "Sarah"),
        ("\u0410\u04cfice", "Alice"),
        ("Zo\u00eb", "zoe"),
        ("\u0578ina", "nina"),
    ]
    assert all(looks_like(one) == looks_like(other) for one, other in alike)
    assert looks_like("राम") != looks_like("रीम")
    assert looks_like("พ่อ") != looks_like("พอ")


def test_whoever_was_not_let_in_tries_no_names_and_keeps_none_from_anybody(evening: Evening) -> None:
    evening.check_in(evening.ada, name="Zoe")
    visit = Visit.objects.get()
    by: Any = {"by": evening.scene.as_ben(), "at": START}
    refuse(visit=visit, **by)
    answer = evening.check_in(evening.ada, name="Eve")
    assert (answer.status_code, answer["Location"]) == (303, evening.link(evening.ada))
    assert Client().get(f"{evening.link(evening.ada)}moved").status_code == 303
    assert (Visit.objects.get().display_name, Visit.objects.get().looks_like) == ("Zoe", "")
    assert evening.check_in(evening.eve, name="Zoe").status_code == 303
    admit(visit=Visit.objects.get(patient=evening.ada), **by)
    assert Visit.objects.get(patient=evening.ada).looks_like == ""
    Visit.objects.filter(patient=evening.eve).update(looks_like="")
    admit(visit=Visit.objects.get(patient=evening.ada), **by)
    assert Visit.objects.get(patient=evening.ada).looks_like == "zoe"


def test_whoever_tries_name_after_name_is_asked_to_wait(evening: Evening) -> None:
    evening.check_in(evening.eve, name="Zoe")
    for _ in range(5):
        assert "Somebody else is called that" in told(evening.check_in(evening.ada, name="Zoe"))
    free = evening.check_in(evening.ada, name="Nora")
    assert free.status_code == 422
    assert "That were many names." in told(free)
    let_in_by: Any = {"by": evening.scene.as_ben(), "at": START}
    admit(visit=Visit.objects.get(patient=evening.eve), **let_in_by)
    assert Client().post(f"{evening.link(evening.eve)}name", {"name": "Zoe B"}).status_code == 200


def test_from_inside_she_tries_no_more_names_either(evening: Evening) -> None:
    let_in(evening)
    evening.check_in(evening.eve)
    link = evening.link(evening.ada)
    told_of = [Client().post(f"{link}name", {"name": "e"}).json()["state"] for _ in range(6)]
    assert told_of == ["no_two_of_a_name_in_a_room"] * 5 + ["visit.names"]


def test_a_name_is_not_taken_over_from_inside_either_and_her_own_stays_hers(evening: Evening) -> None:
    let_in(evening)
    evening.check_in(evening.eve)
    taken = Client().post(f"{evening.link(evening.ada)}name", {"name": "e"})
    assert (taken.status_code, taken.json()["state"]) == (422, "no_two_of_a_name_in_a_room")
    assert Client().post(f"{evening.link(evening.ada)}name", {"name": "a"}).status_code == 200
    assert evening.check_in(evening.ada).status_code == 303


def test_a_patient_is_no_host(evening: Evening) -> None:
    let_in(evening)
    link = evening.link(evening.ada)
    for what in ("admit", "refuse", "remove", "mute", "lock", "nudge", "board"):
        assert Client().post(f"{link}{what}").status_code == 404


def test_what_is_missing_is_said_beside_it_and_nothing_is_written(evening: Evening) -> None:
    answer = Client().post(f"{evening.link(evening.ada)}check-in", {"driving": "no"})
    assert answer.status_code == 422
    for words in (
        "Write where you are: street and town.",
        "Choose the state you are in right now.",
        "Write the number of a phone that is with you",
        "Say whether you are somewhere private.",
        "This link is for one person.",
        "Sessions by video need your agreement.",
        "data-error-summary",
    ):
        assert words in told(answer)
    assert not CheckIn.objects.exists()
    assert not Visit.objects.exists()


def test_whoever_is_driving_parks_first_and_is_asked_nothing_else(evening: Evening) -> None:
    answer = Client().post(f"{evening.link(evening.ada)}check-in", {"driving": "yes"})
    assert (answer.status_code, "Please park first" in told(answer)) == (200, True)
    assert not Visit.objects.exists()


def test_whoever_drives_off_again_is_not_let_back_in_before_she_has_parked(evening: Evening) -> None:
    let_in(evening)
    Client().post(f"{evening.link(evening.ada)}check-in", {**CHECKED_IN, "driving": "yes"})
    assert grant(evening).json()["state"] == "check-in"
    evening.check_in(evening.ada)
    assert grant(evening).status_code == 200


def test_from_another_state_she_is_not_let_in_it_is_no_miss_and_somebody_calls(evening: Evening) -> None:
    evening.at(START + minutes(1))
    evening.check_in(evening.ada, state="CA")
    link = evening.link(evening.ada)
    page = told(Client().get(link))
    assert "California" in page
    assert "It does not count as missed" in page
    assert grant(evening).json()["state"] == "elsewhere"
    assert not Visit.objects.exists()
    scene = evening.scene
    scene.watched(evening.session)
    type(evening.room).objects.filter(pk=evening.room.pk).update(engine_seen_at=START + minutes(30))
    scene.run(START + minutes(30))
    status = SeatStatus.objects.get(seat=evening.seat(evening.ada))
    assert status.status == "not_admissible"
    calls = Step.objects.filter(case=scene.case(evening.ada), channels__contains=["phone"])
    assert calls.exclude(actor="system").exists()


def test_a_state_written_wrong_is_put_right(evening: Evening) -> None:
    evening.check_in(evening.ada, state="CA")
    link = evening.link(evening.ada)
    assert "Before you come in" in told(Client().get(f"{link}moved"))
    evening.check_in(evening.ada)
    assert grant(evening).json()["state"] == "waiting"


def test_the_place_of_another_day_is_offered_half_hidden_and_hers_to_confirm(evening: Evening) -> None:
    evening.check_in(evening.ada)
    later = evening.scene.session(evening.ada, starts_at=START + minutes(60 * 24))
    seat = later.seats.get()
    evening.at(START + minutes(60 * 24))
    link = join_path(seat, by=patient_actor(evening.ada.pk), at=START)
    page = told(Client().get(link))
    assert "The same place as on Wednesday 7 October" in page
    assert "Elm Street, Albany" not in page
    assert 'value="12' not in page
    sent = {**CHECKED_IN, "where": "same", "place": "", "state": ""}
    assert Client().post(f"{link}check-in", sent).status_code == 303
    said = CheckIn.objects.get(seat=seat)
    assert (said.place, said.state) == ("12 Elm Street, Albany", "NY")


def test_the_consent_is_asked_once(evening: Evening) -> None:
    assert "Sessions by video" in told(Client().get(evening.link(evening.ada)))
    evening.check_in(evening.ada)
    agreed = TelehealthConsent.objects.get()
    assert (agreed.patient, agreed.program, agreed.version) == (evening.ada, evening.scene.program, 1)
    page = told(Client().get(f"{evening.link(evening.ada)}moved"))
    assert "I agree to sessions by video" not in page
    evening.check_in(evening.ada)
    assert TelehealthConsent.objects.count() == 1
    chart = told(client_of(evening.scene.ben).get(f"/patients/{evening.ada.ref}/"))
    hers = chart.partition(">Sessions by video</h3>")[2].partition("</section>")[0]
    assert "to be seen by video in Evening, to version 1 of the words" in hers
    assert "said by the patient" in hers
    assert "Nothing is recorded." in hers
    other = told(client_of(evening.scene.ben).get(f"/patients/{evening.eve.ref}/"))
    assert "She has not been asked yet" in other


def test_the_emergency_contact_is_named_by_little_and_asked_after(evening: Evening) -> None:
    Contact.objects.create(
        patient=evening.ada, relation="emergency_contact", name="Eli Brown", phone="+15550177"
    )
    page = told(Client().get(evening.link(evening.ada)))
    assert "Is Eli (number ending in 77) still the one to call" in page
    assert "Brown" not in page
    evening.check_in(evening.ada, contact_right="no")
    assert CheckIn.objects.get().contact_right is False


def test_a_locked_room_takes_nobody_new_but_whoever_lost_her_line(evening: Evening) -> None:
    let_in(evening)
    assert grant(evening).status_code == 200
    evening.check_in(evening.eve)
    host = client_of(evening.scene.ben)
    evening.at(START + minutes(1))
    host.post(f"{base(evening)}lock", {"locked": "true"})
    evening.at(START + minutes(60))
    assert grant(evening).status_code == 423
    assert "closed to newcomers" in told(Client().get(evening.link(evening.ada)))
    evening.scene.watched(evening.session, (evening.ada, START, START + minutes(58)))
    assert grant(evening).status_code == 200
    theirs = Visit.objects.get(patient=evening.eve)
    host.post(f"{base(evening)}admit", {"visit": theirs.pk})
    assert Client().post(f"{evening.link(evening.eve)}grant").status_code == 200


@pytest.mark.parametrize("no", ["no", "false", "off", "0", ""])
def test_a_form_that_says_no_to_the_lock_opens_the_room(evening: Evening, no: str) -> None:
    host = client_of(evening.scene.ben)
    for word, locked in (("yes", True), (no, False)):
        assert host.post(f"{base(evening)}lock", {"locked": word}).status_code == 200
        assert is_locked(evening.session.pk) is locked


def test_somebody_let_in_before_the_lock_who_never_came_waits_outside(evening: Evening) -> None:
    let_in(evening)
    evening.at(START + minutes(1))
    host = client_of(evening.scene.ben)
    host.post(f"{base(evening)}lock", {"locked": "true"})
    assert grant(evening).json()["state"] == "locked"
    host.post(f"{base(evening)}lock", {"locked": ""})
    assert grant(evening).status_code == 200


def test_where_the_engine_is_away_she_is_told_to_stay(evening: Evening) -> None:
    let_in(evening)
    evening.engine.away = True
    answer = grant(evening)
    assert (answer.status_code, answer.json()["state"]) == (503, "away")


def test_after_she_left_for_a_while_she_is_asked_again_where_she_is(evening: Evening) -> None:
    let_in(evening)
    grant(evening)
    Client().post(f"{evening.link(evening.ada)}leave")
    evening.at(START + minutes(5))
    assert grant(evening).status_code == 200
    Client().post(f"{evening.link(evening.ada)}leave")
    evening.at(START + minutes(45))
    assert grant(evening).json()["state"] == "check-in"


def test_she_chooses_what_others_see_and_raises_her_hand(evening: Evening) -> None:
    let_in(evening)
    grant(evening)
    link = evening.link(evening.ada)
    Client().post(f"{link}name", {"name": "Ada B."}, content_type="application/json")
    Client().post(f"{link}hand", {"up": True}, content_type="application/json")
    (her,) = Client().get(f"{link}people").json()["people"]
    assert (her["name"], her["hand_up"]) == ("Ada B.", True)
    too_long = Client().post(f"{link}name", {"name": "x" * 41}, content_type="application/json")
    assert too_long.status_code == 422


def test_whose_microphone_is_off_is_told_to_whoever_is_inside(evening: Evening) -> None:
    in_the_room(evening)
    link = evening.link(evening.ada)

    def muted() -> list[bool]:
        return [each["muted"] for each in Client().get(f"{link}people").json()["people"]]

    assert muted() == [False]
    assert Client().post(f"{link}microphone", {"off": "yes"}).status_code == 200
    assert muted() == [True]
    grant(evening)
    assert muted() == [False]  # with each connection her page says it anew
    assert Client().post(f"{evening.link(evening.eve)}microphone", {"off": "yes"}).status_code == 422


def test_a_caption_is_passed_on_and_kept_nowhere(evening: Evening) -> None:
    let_in(evening)
    before = Event.objects.count()
    link = evening.link(evening.ada)
    said = Client().post(f"{link}caption", {"text": "Good evening"}, content_type="application/json")
    assert said.status_code == 200
    assert Event.objects.count() == before
    longest = {"text": "ñ" * 301}
    assert Client().post(f"{link}caption", longest, content_type="application/json").status_code == 422


def test_what_is_no_json_is_said(evening: Evening) -> None:
    let_in(evening)
    link = evening.link(evening.ada)
    for body in ("{", "[1]", "x" * 5000, "[" * 2000 + "]" * 2000):
        answer = Client().post(f"{link}hand", body, content_type="application/json")
        assert answer.status_code == 422


def test_muting_reaches_each_connection_of_hers_and_of_nobody_else(evening: Evening) -> None:
    visit = let_in(evening)
    grant(evening)
    evening.engine.here = {
        Connection(conn=f"{visit.ref}.1", ref=visit.ref),
        Connection(conn=f"{visit.ref}.2", ref=visit.ref),
        Connection(conn="other.1", ref="other"),
    }
    host = client_of(evening.scene.ben)
    assert host.post(f"{base(evening)}mute", {"visit": visit.pk}).json()["engine"] == "done"
    assert sorted(evening.engine.muted) == [f"{visit.ref}.1", f"{visit.ref}.2"]
    evening.engine.away = True
    assert host.post(f"{base(evening)}remove", {"visit": visit.pk}).json()["engine"] == "away"
    assert grant(evening).status_code == 403


def test_a_number_that_is_no_visits_is_nobodys(evening: Evening) -> None:
    for number in ("9" * 4000, "9" * 19, "-1", "x"):
        answer = client_of(evening.scene.ben).post(f"{base(evening)}admit", {"visit": number})
        assert answer.status_code == 404


def test_a_colleague_who_does_not_lead_finds_no_room(evening: Evening) -> None:
    other = evening.scene.hire("dan", "facilitator")
    assert client_of(other).get(base(evening)).status_code == 404
    assert client_of(evening.scene.coordinator).get(f"{base(evening)}in").status_code == 200


def test_nobody_of_the_staff_is_put_out(evening: Evening) -> None:
    host = client_of(evening.scene.ben)
    host.post(f"{base(evening)}grant")
    visit = Visit.objects.get(staff=evening.scene.ben)
    assert host.post(f"{base(evening)}remove", {"visit": visit.pk}).status_code == 422
    assert host.post(f"{base(evening)}refuse", {"visit": visit.pk}).status_code == 422


def test_not_now_is_said_kindly_and_can_be_taken_back(evening: Evening) -> None:
    evening.check_in(evening.ada)
    host = client_of(evening.scene.ben)
    visit = Visit.objects.get(patient=evening.ada)
    host.post(f"{base(evening)}refuse", {"visit": visit.pk})
    page = told(Client().get(evening.link(evening.ada)))
    assert "You are not in the room right now" in page
    assert grant(evening).json()["state"] == "refused"
    host.post(f"{base(evening)}admit", {"visit": visit.pk})
    assert grant(evening).status_code == 200


@pytest.mark.parametrize("number", ["", "0", "x", "99999999999999999999", "[1]", "-1"])
def test_a_visit_that_is_not_there_is_not_there_however_it_is_asked_for(
    evening: Evening, number: str
) -> None:
    answer = client_of(evening.scene.ben).post(f"{base(evening)}admit", {"visit": number})
    assert answer.status_code == (404 if number else 422)


def test_a_visit_of_another_session_is_none_of_hers(evening: Evening) -> None:
    visit = let_in(evening)
    later = evening.scene.session(evening.eve, starts_at=START + minutes(60 * 24))
    evening.at(START + minutes(60 * 24))
    host = client_of(evening.scene.ben)
    answer = host.post(f"/sessions/{later.ref}/room/remove", {"visit": visit.pk})
    assert answer.status_code == 404


def test_outside_of_its_time_nothing_is_taken(evening: Evening) -> None:
    link = evening.link(evening.ada)
    evening.at(START - minutes(60))
    client = Client()
    assert client.post(f"{link}check-in", CHECKED_IN)["Location"] == link
    assert client.get(f"{link}moved")["Location"] == link
    assert client.get(f"{link}in")["Location"] == link
    assert client.post(f"{link}grant").json()["state"] == "closed"
    assert not CheckIn.objects.exists()
