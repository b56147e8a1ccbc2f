"""What nobody would enter on purpose, and two who say different things of one participant."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.common.actors import IMPORT
from rejoin.followup.models import HandOff
from rejoin.programs.models import Program
from rejoin.rooms.models import Identity, Stranger
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
ABSURD = ["0001-01-01", "9999-12-31"]


def a_case() -> tuple[Scene, Client, str]:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(75))
    return scene, client_of(scene.ben), str(scene.case(ada).ref)


def test_a_day_at_the_end_of_the_calendar_is_asked_for_again_on_a_case() -> None:
    scene, client, ref = a_case()
    sent = {
        "case_task": {"words": "Call", "owner": str(scene.ben.pk)},
        "case_promise": {"seen": "0", "at": "23:59"},
        "case_attempt": {"seen": "0", "outcome": "no_answer", "channel": "phone", "at": "23:59"},
    }
    for day in ABSURD:
        for name, said in sent.items():
            answer = client.post(reverse(f"console:{name}", args=[ref]), {**said, "on": day})
            assert answer.status_code == 422, (name, day)
            assert "Write a day of this century." in answer.content.decode(), (name, day)


def test_a_trail_of_absurd_days_is_shown_with_what_is_wrong() -> None:
    client = client_of(Scene().hire("privacy", "privacy_officer"))
    for day in ABSURD:
        answer = client.get(reverse("console:access"), {"since": day, "until": day})
        assert answer.status_code == 200
        assert "Write a day of this century." in answer.content.decode()


def test_a_name_that_another_program_has_confirmed_is_refused_and_tells_nothing_of_whose_it_is() -> None:
    scene, other = Scene(), Scene(slug="morning")
    ada, cleo = scene.admit("ada"), other.admit("cleo", phone="+15550101")
    for where, patient, told in (
        (scene, ada, "Confirmed"),
        (other, cleo, "Somebody has already said that this is another patient."),
    ):
        stranger = Stranger.objects.create(
            session=where.session(patient),
            key="k",
            provider="zoom",
            display="Heron Smith",
            joined_at=START,
            seen_at=START,
        )
        answer = client_of(where.ben).post(
            reverse("console:unmatched_settle", args=[stranger.pk]),
            {"who": "patient", "external_id": patient.external_id, "back": reverse("console:unmatched")},
            follow=True,
        )
        assert answer.status_code == 200
        assert told in answer.content.decode()
    assert Identity.objects.get(normal="heron smith").patient == ada


def test_a_time_of_another_wall_is_named_and_asked_for_by_name() -> None:
    """She works in New York and in Los Angeles; whatever is not on her own wall says on which it is."""
    scene, client, ref = a_case()
    page = client.get(reverse("console:case", args=[ref])).content.decode()
    assert "18:00 EDT" not in page
    assert "New York time" not in page
    scene.program.name, scene.program.timezone = "Z", "America/Los_Angeles"
    scene.program.save()
    home = Program.objects.create(
        slug="home", name="A", neutral_name="Home", call_back="555-0101", timezone="America/New_York"
    )
    scene.ben.roles.create(program=home, role="counselor", from_at=START, from_by=str(IMPORT))
    page = client.get(reverse("console:case", args=[ref])).content.decode()
    assert "15:00 PDT" in page
    assert "Los Angeles time: the program is there." in page


def test_a_form_sent_twice_is_taken_once_and_what_was_refused_may_be_sent_again() -> None:
    scene = Scene()
    client = client_of(scene.ben)
    address = reverse("console:handoff")
    note = {"program": "evening", "to": "", "words": "ada calls at nine", "csrfmiddlewaretoken": "t" * 64}
    refused = {**note, "words": " "}

    def send(said: dict[str, str]) -> int:
        """As a browser does."""
        return client.post(
            address, urlencode(said), content_type="application/x-www-form-urlencoded"
        ).status_code

    assert [send(refused), send(refused)] == [422, 422]
    assert [send(note), send(note)] == [302, 302]
    assert HandOff.objects.count() == 1
    assert "You sent this twice" in client.get(address).content.decode()
    send({**note, "csrfmiddlewaretoken": "u" * 64})  # from the page as it was shown again
    assert HandOff.objects.count() == 2


def test_a_stale_tab_does_not_override_what_a_colleague_settled() -> None:
    scene = Scene()
    session = scene.session(scene.admit("ada"))
    stranger = Stranger.objects.create(
        session=session, key="k", provider="zoom", display="Blue Heron", joined_at=START, seen_at=START
    )
    address = reverse("console:unmatched_settle", kwargs={"stranger_id": stranger.pk})
    client_of(scene.coordinator).post(address, {"who": "guest"})
    client_of(scene.supervisor).post(address, {"who": "patient", "external_id": "evening-ada"})
    stranger.refresh_from_db()
    assert (stranger.settled_as, Identity.objects.count()) == ("guest", 0)


def test_everybody_comes_to_where_she_works() -> None:
    scene = Scene()
    found = {}
    for role in ("coordinator", "privacy_officer", "billing"):
        found[role] = client_of(scene.hire(f"new {role}", role)).get("/")["Location"]
    assert found == {"coordinator": "/today/", "privacy_officer": "/access/", "billing": "/policies/"}
