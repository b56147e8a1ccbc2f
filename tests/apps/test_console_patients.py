"""The list of patients and one patient's chart, as somebody of the staff opens them."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.attendance.models import CheckIn, Notice
from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.console.present.patients_coming import TO
from rejoin.makeups.models import FreeTime
from rejoin.outreach.models import Reply, ReplyReading, VendorDelivery
from rejoin.people.actions import record_consent
from rejoin.people.models import Consent, Contact, Flag, Patient, Staff
from rejoin.people.staleness import reach_version
from rejoin.people.vocabulary import Purpose
from rejoin.programs.models import CareTeamMember, Enrolment, Group, Program, Seat, StaffRole
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of, patient_client_of

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "console:patients"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def get(client: Client, name: str, query: str = "", **named: Any) -> str:
    answer = client.get(reverse(name, kwargs=named or None) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def chart(client: Client, patient: Patient) -> str:
    return get(client, "console:patient", ref=patient.ref)


def send(client: Client, patient: Patient, form: str, /, **said: str) -> HttpResponse:
    address = reverse(f"console:patient_{form}", kwargs={"ref": patient.ref})
    return client.post(address, said)  # type: ignore[return-value]


def put_right(answer: HttpResponse) -> str:
    """The page of a form that came back."""
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "data-error-summary" in page
    assert "aria-describedby" in page
    return page


# The list.


def test_the_list_shows_who_is_here_with_group_counselor_attendance_case_and_what_comes_next(
    scene: Scene,
) -> None:
    ada = scene.admit("ada")
    missed = scene.session(ada)
    scene.session(ada, starts_at=START + timedelta(days=2))
    scene.watched(missed)
    scene.run(START + minutes(300))
    page = get(client_of(scene.coordinator), LIST)
    assert f'<a href="{reverse("console:patient", args=[ada.ref])}">ada</a>' in page
    assert "evening-ada" in page
    assert "Evening: Blue" in page
    assert "ben of evening" in page
    assert 'aria-label="1 missed"' in page
    assert f'<a href="{reverse("console:case", args=[scene.case(ada).ref])}">open</a>' in page
    assert "Fri 9 Oct 18:00" in page
    assert "1 patient</p>" in page


def test_whoever_has_left_is_not_in_the_list_unless_asked_for(scene: Scene) -> None:
    scene.admit("ada")
    bea = scene.admit("bea")
    Enrolment.objects.filter(patient=bea).update(until_on=date(2026, 10, 6))
    client = client_of(scene.coordinator)
    assert named(get(client, LIST)) == {"ada"}
    assert named(get(client, LIST, "?place=left")) == {"bea"}
    assert named(get(client, LIST, "?place=")) == {"ada", "bea"}


def named(page: str) -> set[str]:
    """The patients on a page of the list."""
    rows = page.partition("<tbody data-rows>")[2].split("<tr")[1:]
    return {row.partition("</a></th>")[0].rpartition(">")[2] for row in rows}


def test_the_list_is_narrowed_by_name_group_counselor_case_and_whose_they_are(scene: Scene) -> None:
    ada, bea = scene.admit("ada"), scene.admit("bea")
    Patient.objects.filter(pk=ada.pk).update(name="Ada Íñigo", preferred_name="")
    green = Group.objects.create(program=scene.program, name="Green")
    Enrolment.objects.filter(patient=bea).update(group=green)
    CareTeamMember.objects.filter(patient=bea).update(ended_at=START - timedelta(days=1), ended_by="staff:1")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(10))
    client, ben = client_of(scene.coordinator), client_of(scene.ben)
    both, only_ada, only_bea = {"Ada Íñigo", "bea"}, {"Ada Íñigo"}, {"bea"}
    assert named(get(client, LIST)) == both
    for query in (
        "?q=ad",
        "?q=inig",
        "?q=ini+ad",
        "?q=evening-ada",
        "?group=BL",
        "?counselor=ben",
        "?case=yes",
    ):
        assert named(get(client, LIST, query)) == only_ada, query
    for query in ("?q=be", "?group=gr", "?whose=nobodys", "?case=no"):
        assert named(get(client, LIST, query)) == only_bea, query
    for query in ("?q=da", "?q=!!", "?q=%25", "?group=ue", "?counselor=cleo", "?whose=mine"):
        assert "Nothing fits what you asked for." in get(client, LIST, query), query
    assert named(get(ben, LIST, "?whose=mine")) == only_ada


def test_a_program_narrows_the_list_where_somebody_works_in_two(scene: Scene) -> None:
    other = Scene(slug="morning")
    scene.admit("ada")
    other.admit("zoe")
    StaffRole.objects.create(
        program=other.program,
        staff=scene.coordinator,
        role="coordinator",
        from_at=START - timedelta(days=9),
        from_by="system:import",
    )
    client = client_of(scene.coordinator)
    assert named(get(client, LIST)) == {"ada", "zoe"}
    assert named(get(client, LIST, "?program=morning")) == {"zoe"}
    assert "Choose one of the list." in get(client, LIST, "?program=nowhere")
    assert named(get(client_of(other.ben), LIST)) == {"zoe"}


def test_the_list_asks_the_same_number_of_questions_for_ten_patients_and_for_fifty(scene: Scene) -> None:
    client = client_of(scene.coordinator)

    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            get(client, LIST)
        return len(seen)

    add(scene, 10)
    questions()
    ten = questions()
    add(scene, 40)
    assert questions() == ten


def add(scene: Scene, count: int) -> None:
    for number in range(Patient.objects.count(), Patient.objects.count() + count):
        scene.session(scene.admit(f"p{number:02d}"), starts_at=START + timedelta(days=1 + number))


def test_the_list_is_taken_out_as_a_file_with_words_for_the_last_two_weeks(scene: Scene) -> None:
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(300))
    answer = client_of(scene.coordinator).get(reverse(LIST) + "?format=csv")
    assert answer.content.decode().splitlines() == [
        "Patient,Identifier,Group,Counselor,Last two weeks,Case,Next session",
        "ada,evening-ada,Evening: Blue,ben of evening,1 missed,open,",
    ]
    assert Event.objects.filter(verb="console.export", subject="list:patients").count() == 1


def test_whoever_has_no_part_in_care_sees_no_list(scene: Scene) -> None:
    clerk = scene.hire("clerk", "billing")
    assert client_of(clerk).get(reverse(LIST)).status_code == 404


# The chart.


def test_the_chart_tells_sessions_with_words_hours_by_week_and_what_is_owed(scene: Scene) -> None:
    ada = scene.admit("ada")
    first = scene.session(ada, starts_at=START - timedelta(days=2))
    scene.watched(first, (ada, first.starts_at, first.ends_at))
    second = scene.session(ada)
    scene.watched(second)
    scene.session(ada, starts_at=START + timedelta(days=1))
    scene.run(START + minutes(300))
    page = chart(client_of(scene.coordinator), ada)
    assert "2 sessions</span>" in page
    assert 'outcome-attended">1 attended</span>' in page
    assert 'outcome-missed">1 missed</span>' in page
    assert (
        f'href="{reverse("console:session", args=[first.ref])}" title="5 Oct: Mon 5 Oct 18:00, Blue: attended, 195 min'
        in page
    )
    assert "Blue: missed, not attested" in page
    assert "Blue: to come" in page
    assert ">5 Oct 2026</th>" in page
    assert "Minimum" in page
    assert "Since 8 Aug 2026" in page


def test_what_nobody_knows_is_told_as_not_known_and_makes_no_week_complete(scene: Scene) -> None:
    ada = scene.admit("ada")
    scene.session(ada, starts_at=START - timedelta(days=2))
    scene.run(START)
    page = chart(client_of(scene.coordinator), ada)
    assert "1 unrecorded</span>" in page
    assert "1 session not known" in page


def test_an_earlier_stay_is_told_apart(scene: Scene) -> None:
    ada = scene.admit("ada")
    Enrolment.objects.filter(patient=ada).update(from_on=date(2026, 3, 1), until_on=date(2026, 4, 1))
    Enrolment.objects.create(patient=ada, program=scene.program, group=scene.group, from_on=date(2026, 10, 1))
    scene.session(ada, starts_at=START - timedelta(days=200))
    scene.session(ada, starts_at=START - timedelta(days=1))
    page = chart(client_of(scene.coordinator), ada)
    assert "Since 1 Oct 2026" in page
    assert "Earlier stays: 1 session" in page


def test_what_a_policy_asks_of_a_stay_is_told_with_how_far_it_has_come() -> None:
    scene = Scene("c")
    ada = scene.admit("ada")
    scene.session(ada, starts_at=START - timedelta(days=1))
    page = chart(client_of(scene.coordinator), ada)
    assert "Owed over the stay" in page
    assert "Parent groups" in page
    assert "0 of 6 attended" in page
    assert 'class="tag is-ring">Open</span>' in page


def test_a_session_that_runs_one_that_is_called_off_and_one_nobody_has_decided_are_told_apart(
    scene: Scene,
) -> None:
    ada = scene.admit("ada")
    scene.session(ada, starts_at=START - timedelta(days=3))
    called_off_at = START - timedelta(days=5)
    scene.session(
        ada,
        starts_at=START - timedelta(days=1),
        held="cancelled",
        unheld_at=called_off_at,
        unheld_by="staff:1",
    )
    client = client_of(scene.coordinator)
    page = chart(client, ada)
    assert "Blue: not decided yet" in page
    assert "Blue: called off" in page
    scene.watched(scene.session(ada))
    scene.run(START + minutes(10))
    assert "Blue: missed, still running" in chart(client_of(scene.coordinator), ada)


def test_a_stay_that_is_over_and_one_with_a_last_day_say_so(scene: Scene) -> None:
    ada, bea = scene.admit("ada"), scene.admit("bea")
    Enrolment.objects.filter(patient=ada).update(until_on=date(2026, 10, 6))
    Enrolment.objects.filter(patient=bea).update(until_on=date(2026, 11, 6))
    client = client_of(scene.coordinator)
    assert "From 8 Aug 2026 to 6 Oct 2026" in chart(client, ada)
    assert "Since 8 Aug 2026 until 6 Nov 2026" in chart(client, bea)


def test_weeks_that_are_enough_and_weeks_without_a_minimum_are_told(scene: Scene) -> None:
    ada = scene.admit("ada")
    for back in (9, 8, 7):
        session = scene.session(ada, starts_at=START - timedelta(days=back))
        scene.watched(session, (ada, session.starts_at, session.ends_at))
    scene.session(ada)
    scene.session(ada, starts_at=START + timedelta(days=1))
    scene.session(ada, starts_at=START + timedelta(days=2))
    scene.run(START - minutes(1))
    page = chart(client_of(scene.coordinator), ada)
    assert 'is-sage is-check">Enough</span>' in page
    assert 'is-ring">Running</span>' in page


def test_a_patient_without_sessions_or_of_a_program_without_a_policy_has_a_chart(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    assert "No session yet." in chart(client, ada)
    new = Program.objects.create(
        slug="new", name="New", neutral_name="X", call_back="1", timezone="America/Chicago"
    )
    StaffRole.objects.create(
        program=new,
        staff=scene.coordinator,
        role="team",
        from_at=START - timedelta(days=9),
        from_by="system:import",
    )
    Enrolment.objects.create(patient=ada, program=new)
    page = chart(client, ada)
    assert "This program has published no policy" in page
    assert "Since before anybody wrote it down" in page
    Enrolment.objects.filter(program=new).delete()
    Enrolment.objects.filter(patient=ada).update(until_on=date(2026, 10, 6), from_on=None)
    assert "Not here now" in chart(client, ada)


def test_every_look_at_a_chart_is_on_the_trail(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    for _ in range(2):
        chart(client, ada)
    (event, _) = Event.objects.filter(verb="people.read_chart", patient_ref=ada.pk)
    assert event.by == f"staff:{scene.coordinator.pk}"


def test_a_chart_of_another_program_is_as_one_that_is_not_there(scene: Scene) -> None:
    other = Scene(slug="elsewhere")
    zoe = other.admit("zoe")
    ada = scene.admit("ada")
    Contact.objects.create(patient=zoe, relation="guardian", name="Zoe's mother")
    flag = scene.flag(zoe, "high_risk")
    client = client_of(scene.coordinator)
    missing = client.get(reverse("console:patient", kwargs={"ref": "00000000-0000-4000-8000-000000000000"}))
    hers = client.get(reverse("console:patient", kwargs={"ref": zoe.ref}))
    assert hers.status_code == missing.status_code == 404
    assert hers.content.decode() == missing.content.decode()  # as text: where they differ is told by the line
    for name in ("notice", "flag", "address", "contact", "consent", "location", "hours", "whom"):
        assert send(client, zoe, name).status_code == 404
    ends = reverse("console:patient_end_flag", kwargs={"ref": zoe.ref, "flag_id": flag.pk})
    through_ada = reverse("console:patient_end_flag", kwargs={"ref": ada.ref, "flag_id": flag.pk})
    assert client.post(ends).status_code == client.post(through_ada).status_code == 404
    assert not Event.objects.filter(patient_ref=zoe.pk).exists()


def test_the_chart_asks_the_same_number_of_questions_however_long_the_history(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)

    def questions() -> int:
        with CaptureQueriesContext(connection) as seen:
            chart(client, ada)
        return len(seen)

    more(scene, ada, 3)
    questions()
    few = questions()
    more(scene, ada, 20)
    assert questions() == few


def more(scene: Scene, ada: Patient, count: int) -> None:
    for number in range(Seat.objects.count(), Seat.objects.count() + count):
        session = scene.session(ada, starts_at=START - timedelta(days=50 - number))
        scene.watched(session)
        contact = Contact.objects.create(patient=ada, relation="supporter", name=f"n{number}")
        scene.consent(ada, "phone", contact=contact, purpose="safety")
        scene.flag(ada, f"flag{number}")
    scene.run(START)


# What people write down.


def test_a_notice_of_a_session_to_come_is_written_down_with_its_reason(scene: Scene) -> None:
    ada = scene.admit("ada")
    seat = Seat.objects.get(session=scene.session(ada))
    client = client_of(scene.coordinator)
    assert "Wed 7 Oct 18:00, Blue" in chart(client, ada) or "18:00, Blue" in chart(client, ada)
    answer = send(
        client, ada, "notice", seat=str(seat.pk), reason="illness", via="phone", on="2026-10-07", at="16:30"
    )
    assert answer.status_code == 303
    assert answer["Location"] == reverse("console:patient", kwargs={"ref": ada.ref}) + "#notices"
    notice = Notice.objects.get()
    assert (notice.seat, notice.reason, notice.via) == (seat, "illness", "phone")
    assert notice.received_at == START - timedelta(hours=1, minutes=30)
    page = chart(client, ada)
    assert "The notice is written down." in page
    assert "Blue</span>: illness" in page
    assert "written down by coordinator of evening" in page


def test_a_notice_of_the_minute_that_runs_came_now(scene: Scene) -> None:
    ada = scene.admit("ada")
    seat = Seat.objects.get(session=scene.session(ada))
    clock.simulate(shown_at=START - timedelta(seconds=30), rate=0)
    client = client_of(scene.coordinator)
    send(client, ada, "notice", seat=str(seat.pk), reason="", via="sms", on="2026-10-07", at="18:00")
    assert Notice.objects.get().received_at == START - timedelta(seconds=30)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"on": "2026-10-08"}, "This is still to come: write down when she said it."),
        ({"on": "1400-01-01"}, "Write a day of this century."),
        ({"on": "soon"}, "Enter a valid date."),
        ({"at": "25:00"}, "Enter a valid time."),
        ({"seat": "999999"}, "Select a valid choice."),
        ({"seat": ""}, "This field is required."),
        ({"reason": "sloth"}, "Select a valid choice."),
    ],
)
def test_a_notice_that_cannot_be_meant_comes_back_with_what_was_entered(
    scene: Scene, said: dict[str, str], fault: str
) -> None:
    ada = scene.admit("ada")
    seat = Seat.objects.get(session=scene.session(ada))
    right = {"seat": str(seat.pk), "reason": "work", "via": "phone", "on": "2026-10-07", "at": "16:30"}
    page = put_right(send(client_of(scene.coordinator), ada, "notice", **{**right, **said}))
    assert fault in page
    assert 'id="notice-form" open' in page
    assert Notice.objects.count() == 0


def test_a_session_of_somebody_else_takes_no_notice(scene: Scene) -> None:
    ada, bea = scene.admit("ada"), scene.admit("bea")
    seat = Seat.objects.get(session=scene.session(bea))
    answer = send(
        client_of(scene.coordinator),
        ada,
        "notice",
        seat=str(seat.pk),
        via="phone",
        on="2026-10-07",
        at="16:30",
    )
    put_right(answer)
    assert Notice.objects.count() == 0


def test_a_flag_is_raised_and_ended(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    assert send(client, ada, "flag", code="high_risk").status_code == 303
    assert send(client, ada, "flag", code="another", other="Lost  her home").status_code == 303
    assert set(Flag.objects.values_list("code", flat=True)) == {"high_risk", "lost_her_home"}
    page = chart(client, ada)
    assert "High risk" in page
    assert 'value="high_risk"' not in page  # it is raised already
    flag = Flag.objects.get(code="high_risk")
    address = reverse("console:patient_end_flag", kwargs={"ref": ada.ref, "flag_id": flag.pk})
    assert client.post(address).status_code == 303
    flag.refresh_from_db()
    assert flag.ended_by == f"staff:{scene.coordinator.pk}"
    client.post(address)
    assert "This flag has ended already." in chart(client, ada)
    assert "Say what staff must know." in put_right(send(client, ada, "flag", code="another"))


def test_a_flag_that_is_raised_already_is_refused_in_place(scene: Scene) -> None:
    ada = scene.admit("ada")
    scene.flag(ada, "lost_her_home")
    page = put_right(send(client_of(scene.coordinator), ada, "flag", code="another", other="lost her home"))
    assert "This flag is already raised." in page


def test_a_contact_is_added_and_told_nothing_before_she_allows_it(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    answer = send(
        client,
        ada,
        "contact",
        relation="emergency_contact",
        name="eve",
        phone="212-555-0147",
        email="",
        language="es",
    )
    assert answer.status_code == 303
    contact = Contact.objects.get()
    page = chart(client, ada)
    assert "May not be told" in page
    assert "212-555-0147" not in page
    said = {
        "whom": str(contact.pk),
        "purpose": "safety",
        "channel": "phone",
        "granted": "yes",
        "source": "form",
    }
    assert send(client, ada, "consent", **said, until="2026-12-24").status_code == 303
    consent = Consent.objects.get(contact=contact)
    assert consent.until_at == START + timedelta(
        days=78, hours=7
    )  # the midnight after the last day, in New York
    page = chart(client, ada)
    assert "212-555-0147" in page
    assert "That somebody worries for her safety, by phone" in page
    assert "Until Thu 24 Dec 2026" in page


# How she and those around her are reached.


def as_seen(page: str) -> str:
    """What the forms of a chart say they were made of."""
    (seen,) = set(re.findall(r'name="as_seen" value="([^"]*)"', page))
    return str(seen)


def test_a_number_is_added_whichever_way_it_is_written_and_retired(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    seen = as_seen(chart(client, ada))
    sent = {"kind": "phone", "value": " (212) 555-0147 ", "as_seen": seen}
    answer = send(client, ada, "address", **sent)
    assert (answer.status_code, answer["Location"].rpartition("#")[2]) == (303, "addresses")
    added = ada.addresses.get(normal="+12125550147")
    assert (added.value, added.rank) == ("(212) 555-0147", 1)
    retire = reverse("console:patient_retire_address", kwargs={"ref": ada.ref, "address_id": added.pk})
    page = chart(client, ada)
    assert retire in page
    assert client.post(retire).status_code == 303
    added.refresh_from_db()
    assert added.retired_by == str(staff_actor(scene.coordinator.pk))
    page = chart(client, ada)
    assert retire not in page
    assert f"said by {scene.coordinator.name}" in page
    assert "This address is retired already." in client.post(retire, follow=True).content.decode()
    told = Event.objects.filter(patient_ref=ada.pk, subject=f"address:{added.pk}").order_by("pk")
    assert list(told.values_list("verb", flat=True)) == ["people.add_address", "people.retire_address"]


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("phone", "call me", "This is not a phone number."),
        ("email", "nowhere", "This is not an e-mail address."),
        ("phone", "+1 555 0100", "The patient already has this address."),
        ("phone", "", "This field is required."),
        ("pigeon", "+12125550147", "Select a valid choice."),
    ],
)
def test_an_address_that_leads_nowhere_or_is_hers_already_comes_back(
    scene: Scene, kind: str, value: str, fault: str
) -> None:
    ada = scene.admit("ada")
    page = put_right(send(client_of(scene.coordinator), ada, "address", kind=kind, value=value))
    assert fault in page
    assert f'value="{value}"' in page or not value
    assert ada.addresses.count() == 1


def test_somebody_around_her_is_taken_off_and_told_nothing_any_more(scene: Scene) -> None:
    ada = scene.admit("ada")
    eve = Contact.objects.create(patient=ada, relation="supporter", name="eve", phone="212-555-0147")
    scene.consent(ada, "phone", contact=eve, purpose="safety")
    client = client_of(scene.coordinator)
    assert "212-555-0147" in chart(client, ada)
    retire = reverse("console:patient_retire_contact", kwargs={"ref": ada.ref, "contact_id": eve.pk})
    assert client.post(retire).status_code == 303
    page = chart(client, ada)
    assert "<bdi>eve</bdi>" not in page
    assert "This contact is retired already." in client.post(retire, follow=True).content.decode()
    assert Event.objects.filter(verb="people.retire_contact", subject=f"contact:{eve.pk}").count() == 1


def test_what_somebody_may_be_told_is_changed_from_beside_her_name(scene: Scene) -> None:
    ada = scene.admit("ada")
    eve = Contact.objects.create(patient=ada, relation="supporter", name="eve", phone="212-555-0147")
    client = client_of(scene.coordinator)
    way = f"{reverse('console:patient', kwargs={'ref': ada.ref})}?whom={eve.pk}"
    assert f'href="{way}#consent-whom"' in chart(client, ada)
    page = client.get(way).content.decode()
    assert 'id="consent-form" open' in page
    assert f'<option value="{eve.pk}" selected>' in page
    assert 'id="consent-form" open' not in get(client, "console:patient", "?whom=somebody", ref=ada.ref)


def test_whoever_comes_second_is_told_and_loses_no_word(scene: Scene) -> None:
    ada = scene.admit("ada")
    eve = Contact.objects.create(patient=ada, relation="supporter", name="eve")
    first, second = client_of(scene.coordinator), client_of(scene.supervisor)
    page = chart(second, ada)
    asked = {"whom": str(eve.pk), "purpose": "safety", "channel": "phone", "source": "form"}
    assert send(first, ada, "consent", **asked, granted="no", as_seen=as_seen(page)).status_code == 303
    late = {
        "consent": {**asked, "granted": "yes"},
        "address": {"kind": "email", "value": "ada@example.org"},
        "contact": {
            "relation": "guardian",
            "name": "Dora",
            "phone": "212-555-0147",
            "email": "",
            "language": "en",
        },
    }
    for form, said in late.items():
        answer = send(second, ada, form, **said, as_seen=as_seen(page))
        assert answer.status_code == 409
        page_again = answer.content.decode()
        assert "since you opened this page" in page_again
        assert said.get("value", said.get("name", "checked")) in page_again
    assert not Consent.objects.filter(contact=eve, granted=True).exists()
    assert (ada.addresses.count(), ada.contacts.count()) == (1, 1)
    for form, said in late.items():
        assert send(second, ada, form, **said, as_seen=reach_version(ada.pk)).status_code == 303
    assert Consent.objects.filter(contact=eve, granted=True).exists()
    assert (ada.addresses.count(), ada.contacts.count()) == (2, 2)


def test_a_form_that_came_back_because_of_somebody_else_goes_through_as_it_stands(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    old = as_seen(chart(client, ada))
    scene.consent(ada, "email")
    answer = send(client, ada, "address", kind="email", value="ada@example.org", as_seen=old)
    seen = as_seen(answer.content.decode())
    assert seen == reach_version(ada.pk)
    assert (
        send(client, ada, "address", kind="email", value="ada@example.org", as_seen=seen).status_code == 303
    )


@pytest.mark.parametrize("of", ["address", "contact"])
def test_what_is_another_patients_is_retired_through_nobody_else(scene: Scene, of: str) -> None:
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    ids = {
        "address": bea.addresses.get().pk,
        "contact": Contact.objects.create(patient=bea, relation="court").pk,
    }
    client = client_of(scene.coordinator)
    for number in (ids[of], 2**63):
        where = reverse(f"console:patient_retire_{of}", kwargs={"ref": ada.ref, f"{of}_id": number})
        assert client.post(where).status_code == 404
    assert not bea.addresses.filter(retired_at__isnull=False).exists()
    assert not bea.contacts.filter(retired_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"phone": "call me"}, "This is not a phone number."),
        ({"email": "nowhere"}, "This is not an e-mail address."),
        ({"phone": ""}, "Give a phone number or an e-mail address."),
        ({"name": ""}, "This field is required."),
        ({"relation": "friend"}, "Select a valid choice."),
    ],
)
def test_a_contact_nobody_could_reach_comes_back(scene: Scene, said: dict[str, str], fault: str) -> None:
    ada = scene.admit("ada")
    right = {"relation": "guardian", "name": "eve", "phone": "212-555-0147", "email": "", "language": "en"}
    assert fault in put_right(send(client_of(scene.coordinator), ada, "contact", **{**right, **said}))
    assert Contact.objects.count() == 0


def test_what_she_allows_is_told_with_all_that_was_ever_said(scene: Scene) -> None:
    ada = scene.admit("ada")  # she agreed to texts a month ago
    eve = Contact.objects.create(patient=ada, relation="guardian", name="eve", phone="+12125550147")
    record_consent(
        patient=ada,
        channel="phone",
        granted=True,
        contact=eve,
        purpose=Purpose.ATTENDANCE,
        until_at=START - timedelta(days=2),
        by=scene.as_ben(),
        at=START - timedelta(days=20),
    )
    client = client_of(scene.coordinator)
    page = chart(client, ada)
    assert "Messages to herself, by text message" in page
    assert "Ran out" in page
    said = {"whom": "herself", "purpose": "messages", "channel": "sms", "granted": "no", "source": "spoken"}
    assert send(client, ada, "consent", **said).status_code == 303
    page = chart(client, ada)
    assert "Not allowed: messages to herself, by text message, said to somebody of the team" in page
    assert "Allowed: messages to herself, by text message" in page


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"purpose": "safety"}, "Of herself only messages are asked."),
        ({"whom": "eve"}, "Messages to herself go to nobody else."),
        ({"granted": "no", "until": "2026-12-24"}, "A no has no last day: leave this empty."),
        ({"until": "2026-10-06"}, "This day is over already."),
        ({"until": "9999-12-31"}, "Write a day of this century."),
        ({"channel": "pigeon"}, "Select a valid choice."),
        ({"whom": "99999"}, "Select a valid choice."),
    ],
)
def test_a_consent_that_cannot_be_meant_comes_back(scene: Scene, said: dict[str, str], fault: str) -> None:
    ada = scene.admit("ada", sms=False)
    eve = Contact.objects.create(patient=ada, relation="guardian", name="eve")
    right = {"whom": "herself", "purpose": "messages", "channel": "sms", "granted": "yes", "source": "form"}
    sent = {**right, **said}
    sent["whom"] = str(eve.pk) if sent["whom"] == "eve" else sent["whom"]
    assert fault in put_right(send(client_of(scene.coordinator), ada, "consent", **sent))
    assert Consent.objects.count() == 0


def test_where_she_is_today_is_of_today_alone(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    assert "Nobody knows." in chart(client, ada)
    said = {
        "place": "12 Elm Street",
        "state": "ny",
        "call_back": "212-555-0147",
        "alone": "yes",
        "driving": "no",
    }
    assert send(client, ada, "location", **said).status_code == 303
    check_in = CheckIn.objects.get()
    assert (check_in.place, check_in.state, check_in.alone, check_in.driving, check_in.contact_right) == (
        "12 Elm Street",
        "NY",
        True,
        False,
        None,
    )
    assert "12 Elm Street (NY)" in chart(client, ada)
    clock.simulate(shown_at=START + timedelta(days=1), rate=0)
    page = chart(client_of(scene.coordinator), ada)
    assert "Nobody knows." in page
    assert "On 7 Oct 2026 she was at 12 Elm Street." in page


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"place": ""}, "This field is required."),
        ({"state": "1!"}, "A state is written with two letters, such as NY."),
        ({"call_back": "none"}, "This is not a phone number."),
        ({"alone": "maybe"}, "Select a valid choice."),
    ],
)
def test_a_place_that_says_nothing_comes_back(scene: Scene, said: dict[str, str], fault: str) -> None:
    ada = scene.admit("ada")
    assert fault in put_right(
        send(client_of(scene.coordinator), ada, "location", **{"place": "home", **said})
    )
    assert CheckIn.objects.count() == 0


def test_whoever_looks_without_caring_writes_nothing(scene: Scene) -> None:
    ada = scene.admit("ada")
    scene.flag(ada, "high_risk")
    director = scene.hire("director", "director")
    client = client_of(director)
    page = chart(client, ada)
    assert "<form" not in page.partition('id="main"')[2]
    for name in ("notice", "flag", "address", "contact", "consent", "location", "hours", "whom"):
        assert send(client, ada, name).status_code == 404
    assert client.get(reverse("console:patient_flag", kwargs={"ref": ada.ref})).status_code == 404


def test_whoever_cares_elsewhere_writes_nothing_here(scene: Scene) -> None:
    other = Scene(slug="morning")
    ada = scene.admit("ada")
    flag = scene.flag(ada, "high_risk")
    director = scene.hire("director", "director")
    StaffRole.objects.create(
        program=other.program,
        staff=director,
        role="coordinator",
        from_at=START - timedelta(days=9),
        from_by="system:import",
    )
    client = client_of(director)
    assert "<form" not in chart(client, ada).partition('id="main"')[2]
    for name in ("notice", "flag", "address", "contact", "consent", "location", "hours", "whom"):
        assert send(client, ada, name).status_code == 404
    ends = reverse("console:patient_end_flag", kwargs={"ref": ada.ref, "flag_id": flag.pk})
    assert client.post(ends).status_code == 404


def test_her_words_are_on_the_chart_with_whether_anybody_has_read_them(scene: Scene) -> None:
    ada = scene.admit("ada")
    for number, words in enumerate(("I am late, <b>sorry</b>", "Here now")):
        delivery = VendorDelivery.objects.create(
            vendor="twilio", event_id=f"SM{number}", kind="inbound", received_at=START, body=b""
        )
        Reply.objects.create(
            patient=ada,
            delivery=delivery,
            channel="sms",
            meaning="reply",
            text=words,
            programs=[scene.program.pk],
            at=START - minutes(number),
            by="vendor:twilio",
        )
    ReplyReading.objects.create(reply=Reply.objects.latest("pk"), at=START, by=str(scene.as_ben()))
    page = chart(client_of(scene.coordinator), ada)
    assert "I am late, &lt;b&gt;sorry&lt;/b&gt;" in page
    assert "Nobody has read it yet" in page
    assert "Read by ben of evening" in page


def test_messages_words_and_tasks_are_on_the_chart(scene: Scene) -> None:
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(10))
    page = chart(client_of(scene.coordinator), ada)
    assert "Text message" in page
    assert f'href="{reverse("console:case", args=[scene.case(ada).ref])}"' in page
    assert "Session in progress" not in page


# The first address.


def test_the_first_address_leads_everybody_to_where_she_belongs(scene: Scene) -> None:
    ada = scene.admit("ada")
    home = reverse("console:home")
    assert client_of(scene.ben).get(home)["Location"] == reverse("console:today")
    assert patient_client_of(ada).get(home)["Location"] == reverse("portal:today")
    assert Client().get(home)["Location"].startswith(reverse("account_login"))
    assert client_of(scene.ben).post(home).status_code == 404
    nobody = client_of(scene.ben)
    Staff.objects.filter(pk=scene.ben.pk).update(user=None)
    assert nobody.get(home).status_code == 404


# When she can come, and what groups ask.


def test_when_she_can_come_is_written_on_her_own_clock_and_shown(scene: Scene) -> None:
    ada = scene.admit("ada", timezone="America/Los_Angeles")
    client = client_of(scene.coordinator)
    assert "Nobody has asked her" in chart(client, ada)
    said = {"monday": "9-12, 5:30 pm to 9pm", "friday": "8-10", "prefers": "evening", "from_on": "2026-10-07"}
    assert send(client, ada, "hours", **said).status_code == 303
    kept = FreeTime.objects.get()
    assert kept.windows == [[0, 540, 720], [0, 1050, 1260], [4, 480, 600]]
    assert (kept.by, kept.prefers) == (f"staff:{scene.coordinator.pk}", "evening")
    page = chart(client, ada)
    assert f"<dt>Monday</dt><dd>9:00{TO}12:00, 17:30{TO}21:00</dd>" in page
    assert "In the evening" in page
    assert "in Los Angeles time" in page
    assert 'value="9:00-12:00, 17:30-21:00"' in page
    assert send(client, ada, "hours", from_on="2026-11-02").status_code == 303
    page = chart(client, ada)
    assert f"<dt>Friday</dt><dd>8:00{TO}10:00</dd>" in page
    assert "From 2 Nov 2026 she can come whenever she is awake." in page


@pytest.mark.parametrize(
    ("monday", "why"),
    [
        ("21-18", "21:00-18:00 ends before it begins."),
        ("9-12, 11-13", "9:00-12:00 and 11:00-13:00 overlap."),
        ("evenings", "evenings is not a time like 17:30-21:00."),
    ],
)
def test_times_that_overlap_or_run_backwards_are_put_right_at_their_day(
    scene: Scene, monday: str, why: str
) -> None:
    ada = scene.admit("ada")
    page = put_right(
        send(client_of(scene.coordinator), ada, "hours", monday=monday, from_on="2026-10-07", friday="8-10")
    )
    field = page.partition('id="hours-monday-error"')[2]
    assert why in field.partition("</")[0] or why in page.partition('href="#hours-monday"')[2][:200]
    assert f'value="{monday}"' in page
    assert 'value="8-10"' in page
    assert not FreeTime.objects.exists()


def test_what_groups_ask_is_kept_as_she_says_it(scene: Scene) -> None:
    ada = scene.admit("ada")
    client = client_of(scene.coordinator)
    assert "offered to whoever is known to be of them" in chart(client, ada)
    assert send(client, ada, "whom", age_band="adult", gender="woman", language="es").status_code == 303
    ada.refresh_from_db()
    assert (ada.age_band, ada.gender, ada.language) == ("adult", "woman", "es")
    page = chart(client, ada)
    assert "<dt>Age</dt><dd>Adult</dd>" in page
    assert "offered to whoever" not in page
    put_right(send(client, ada, "whom", age_band="toddler", language="es"))
