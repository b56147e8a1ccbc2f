"""The demonstration's own pages: there only where everything is invented, and what they show is what happened."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from rejoin.common.actors import IMPORT, staff_actor
from rejoin.demo.guide import read_guide
from rejoin.demo.homes import MARKER
from rejoin.demo.newcomer import ANNA, CAST, MISSED, NEWCOMERS_TOWN, NOT_PETES
from rejoin.demo.phones import latest_phones, phone_of
from rejoin.demo.scores import UNTOLD
from rejoin.demo.signing_in import open_accounts
from rejoin.demo.wishing import Standing, read_wish, write_standing
from rejoin.followup.actions import record_attempt
from rejoin.followup.models import Case
from rejoin.followup.vocabulary import AttemptOutcome
from rejoin.outreach.models import Message
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import CareTeamMember, StaffRole
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
CONTROL = "/demonstration/"


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    """A demonstration's home, and settings that are of one."""
    settings.DEMONSTRATION = True
    settings.ROOT_URLCONF = "tests.apps.demo_urls"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, home=tmp_path)
    (tmp_path / MARKER).touch()
    return tmp_path


def annas_scene() -> tuple[Scene, Patient]:
    """Anna, who is flagged, and a session of hers that begins at six; ben and the cast around her."""
    scene = Scene()
    anna = scene.admit(ANNA)
    scene.flag(anna, "high_risk")
    session = scene.session(anna, minutes=50)
    type(session).objects.filter(pk=session.pk).update(external_id=MISSED)
    scene.watched(session)
    for role, stand in CAST.items():
        if role != "patient":
            staff = Staff.objects.create(name=stand.name)
            StaffRole.objects.create(
                program=scene.program,
                staff=staff,
                role=role,
                from_at=START - timedelta(days=9),
                from_by=str(IMPORT),
            )
    return scene, anna


@pytest.mark.parametrize("missing", ["setting", "mark"])
def test_nothing_is_there_outside_a_demonstration(home: Path, settings: Settings, missing: str) -> None:
    if missing == "setting":
        settings.DEMONSTRATION = False
    else:
        (home / MARKER).unlink()
    annas_scene()
    client = Client()
    for address in (CONTROL, f"{CONTROL}as/coordinator/"):
        assert client.get(address).status_code == 404
    for address in ("pause", "speed", "jump", "hurry"):
        assert client.post(f"{CONTROL}{address}", {"on": "yes", "rate": "60"}).status_code == 404
    assert not (home / "wish.json").exists()


def test_the_addresses_are_not_even_there_without_the_setting(client: Client) -> None:
    assert client.get(CONTROL).status_code == 404


def test_opening_the_page_begins_the_story(home: Path, client: Client) -> None:
    annas_scene()
    assert not read_wish(home).watched
    answer = client.get(CONTROL)
    assert answer.status_code == 200
    assert read_wish(home).watched
    assert "no-store" in answer["Cache-Control"]


def test_the_clock_is_wished_for_by_buttons(home: Path, client: Client) -> None:
    assert client.post(f"{CONTROL}pause", {"on": "yes"}).status_code == 302
    assert read_wish(home).paused
    client.post(f"{CONTROL}speed", {"rate": "300"})
    assert (read_wish(home).rate, read_wish(home).paused) == (300, False)
    client.post(f"{CONTROL}jump")
    client.post(f"{CONTROL}jump")
    assert read_wish(home).jumps == 2
    client.post(f"{CONTROL}hurry", {"on": "no"})
    assert not read_wish(home).hurries
    assert client.get(f"{CONTROL}speed").status_code == 404
    assert client.post(f"{CONTROL}speed", {"rate": "1000000"}).status_code == 404
    answer = client.post(f"{CONTROL}pause", {"on": "no", "back": "//elsewhere.example/"})
    assert answer["Location"] == CONTROL


def test_steps_are_ticked_as_they_happen_and_lead_to_where_they_are_seen(home: Path, client: Client) -> None:
    scene, anna = annas_scene()
    scene.run(START - minutes(2))
    assert [each.at for each in read_guide().steps] == [None] * 8
    assert read_guide().steps[0].next
    scene.run(START + minutes(5))
    scene.run(START + minutes(15))
    guide = read_guide()
    assert [shown.at is not None for shown in guide.steps] == [True, True, True, True, *[False] * 4]
    assert guide.steps[4].next
    page = client.get(CONTROL).content.decode()
    case = Case.objects.get(patient=anna)
    assert f"/demonstration/as/counselor/?next=/cases/{case.ref}/" in page
    assert f"#phone-{anna.ref}" in page
    assert "4 of 8 have happened" in page
    scene.run(START + minutes(31))
    assert read_guide().steps[4].at == START + minutes(31)


def test_a_call_in_time_makes_the_escalation_needless(home: Path, client: Client) -> None:
    scene, anna = annas_scene()
    scene.run(START + minutes(5))
    scene.run(START + minutes(15))
    case = scene.case(anna)
    step = case.steps.get(rule="call_now")
    record_attempt(
        case=case,
        step=step,
        channel="phone",
        outcome=AttemptOutcome.CONTACT,
        by=scene.as_ben(),
        at=START + minutes(20),
    )
    scene.run(START + minutes(40))
    steps = read_guide().steps
    assert (steps[4].needless, steps[4].at) == (True, None)
    assert steps[5].at == START + minutes(20)
    assert "Not needed" in client.get(CONTROL).content.decode()


def test_what_a_patient_received_is_told_at_her_own_clock(home: Path, client: Client) -> None:
    scene, anna = annas_scene()
    Patient.objects.filter(pk=anna.pk).update(timezone="America/Chicago")
    assert latest_phones(6) == []
    empty = phone_of(anna.ref)
    assert empty is not None
    assert (empty.number, empty.bubbles) == ("+15550100", ())
    scene.run(START + minutes(5))
    (phone,) = latest_phones(6)
    assert (phone.name, phone.zone, phone.number) == (ANNA, "Chicago", "+15550100")
    assert [(each.clock, each.hers, each.channel) for each in phone.bubbles] == [("Wed 17:05", False, "Text")]
    assert phone.bubbles[0].text == Message.objects.get().body
    page = client.get(f"{CONTROL}phones/{anna.ref}/").content.decode()
    assert "Wed 17:05" in page
    assert "STOP" in page
    assert client.get(f"{CONTROL}phones/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_text_that_cannot_be_sent_is_refused_in_words(
    home: Path, client: Client, settings: Settings
) -> None:
    _, anna = annas_scene()
    settings.CHANNEL_SETTINGS = {"TWILIO_API_BASE": "http://127.0.0.1:1"}
    for words, said in (
        ("", "A text has 1 to 320 characters."),
        ("x" * 321, "A text has 1 to 320 characters."),
    ):
        answer = client.post(f"{CONTROL}phones/{anna.ref}/text", {"words": words}, follow=True)
        assert said in answer.content.decode()
    nobody = "00000000-0000-4000-8000-000000000000"
    answer = client.post(f"{CONTROL}phones/{nobody}/text", {"words": "hello"}, follow=True)
    assert "She has no number to write from." in answer.content.decode()


def test_everybody_can_be_signed_in_as_and_nobody_else(home: Path, client: Client) -> None:
    scene, _ = annas_scene()
    open_accounts(at=START)
    answer = client.get(f"{CONTROL}as/coordinator/", follow=True)
    assert answer.redirect_chain[-1][0] == "/worklist/"
    assert answer.status_code == 200
    assert "Mina" in answer.content.decode()
    answer = client.get(f"{CONTROL}as/patient/", follow=True)
    assert answer.redirect_chain[-1][0] == "/me/"
    answer = client.get(f"{CONTROL}as/counselor/?next=//elsewhere.example/")
    assert "next=/today/" in answer["Location"]
    for role in ("root", "billing"):
        assert client.get(f"{CONTROL}as/{role}/").status_code == 404
    assert scene.program.slug == "evening"


def test_it_says_where_to_look_for_what_a_missed_session_hides(home: Path, client: Client) -> None:
    scene, _ = annas_scene()
    page = client.get(CONTROL).content.decode()
    assert "/demonstration/as/supervisor/?next=/progress/%3Fprogram%3Dharbor" in page
    assert f"{UNTOLD}&#x27;s progress" not in page, "nobody is led to a chart that there is not"
    untold = scene.admit(UNTOLD, phone="+15550102")
    CareTeamMember.objects.filter(patient=untold).update(staff=Staff.objects.get(name="Pete"))
    open_accounts(at=START)
    page = client.get(CONTROL).content.decode()
    (way,) = re.findall(r'href="([^"]+)" target="_blank">Dina&#x27;s progress, as Pete', page)
    answer = client.get(way, follow=True)
    assert answer.redirect_chain[-1][0] == f"/patients/{untold.ref}/progress/"
    assert answer.status_code == 200


def test_a_glass_that_the_counselor_breaks_is_seen_by_the_privacy_officer(home: Path, client: Client) -> None:
    scene, _ = annas_scene()
    jun = scene.admit("jun", phone="+15550101")
    open_accounts(at=START)
    told = client.get(CONTROL).content.decode()
    assert "privacy officer" in told
    assert f"{NOT_PETES}&#x27;s chart as Pete" in told
    assert client.get(f"{CONTROL}as/counselor/", follow=True).status_code == 200
    patients = client.get("/patients/").content.decode()
    assert 'href="/break-glass/"' in patients
    sent = {"external_id": jun.external_id, "reason": "covering", "words": "Lola is ill tonight."}
    assert client.post("/break-glass/", sent, follow=True).redirect_chain[-1][0] == f"/patients/{jun.ref}/"
    answer = client.get(f"{CONTROL}as/privacy_officer/", follow=True)
    assert answer.redirect_chain[-1][0] == "/access/"
    page = answer.content.decode()
    assert "Lola is ill tonight." in page
    assert "Pete opened the chart of jun" in page


def test_the_patient_to_break_the_glass_over_is_in_petes_program_and_not_in_his_care() -> None:
    group = next(each for each in NEWCOMERS_TOWN.groups if NOT_PETES.startswith(each.name.lower()))
    assert (group.program, group.counselor != "Pete", "Pete" in group.leaders) == ("harbor", True, False)


def test_a_line_leads_to_its_page_as_somebody_who_may_see_it(home: Path, client: Client) -> None:
    scene, anna = annas_scene()
    StaffRole.objects.filter(staff=scene.coordinator).delete()
    open_accounts(at=START)
    scene.run(START + minutes(5))
    case = scene.case(anna)
    page = client.get(CONTROL).content.decode()
    assert f"/demonstration/see/case/{case.ref}/" in page
    answer = client.get(f"{CONTROL}see/case/{case.ref}/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/cases/{case.ref}/"
    assert "Mina" in answer.content.decode()
    again = client.get(f"{CONTROL}see/case/{case.ref}/")
    assert again["Location"] == f"/cases/{case.ref}/", "whoever is signed in and may see it stays who she is"
    assert client.get(f"{CONTROL}see/program/{case.ref}/").status_code == 404
    assert client.get(f"{CONTROL}see/case/{anna.ref}/").status_code == 404


def test_the_page_asks_as_many_questions_however_much_has_happened(
    home: Path, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    scene, _ = annas_scene()
    scene.run(START + minutes(5))
    client.get(CONTROL)
    with django_assert_max_num_queries(45) as few:
        client.get(CONTROL)
    before = len(few)
    others = [scene.admit(f"patient {number}", phone=f"+1555020{number}") for number in range(9)]
    session = scene.session(*others, starts_at=START + timedelta(hours=1), minutes=60)
    scene.watched(session)
    scene.run(session.starts_at + minutes(6))
    with django_assert_max_num_queries(45) as many:
        page = client.get(CONTROL).content.decode()
    assert page.count('class="handset"') == 6
    assert len(many) == before


def test_a_player_that_is_silent_is_told(home: Path, client: Client) -> None:
    annas_scene()
    assert "Nobody plays any more" in client.get(CONTROL).content.decode()
    write_standing(home, Standing(doing="hurries", next_at=START + timedelta(hours=9)))
    page = client.get(CONTROL).content.decode()
    assert "these hours pass quickly" in page
    client.post(f"{CONTROL}pause", {"on": "yes"})
    assert "Pausing" in client.get(CONTROL).content.decode()
    write_standing(home, Standing(doing="paused"))
    assert "Paused." in client.get(CONTROL).content.decode()


def test_without_scripts_the_page_asks_for_itself(home: Path, client: Client) -> None:
    annas_scene()
    assert '<noscript><meta http-equiv="refresh"' in client.get(CONTROL).content.decode()


def test_whoever_acted_is_told_by_name(home: Path, client: Client) -> None:
    scene, anna = annas_scene()
    scene.run(START + minutes(5))
    record_attempt(
        case=scene.case(anna),
        channel="phone",
        outcome=AttemptOutcome.VOICEMAIL,
        by=staff_actor(Staff.objects.get(name="Ruth").pk),
        at=START + minutes(5),
    )
    assert "Ruth calls: voicemail" in client.get(CONTROL).content.decode()
