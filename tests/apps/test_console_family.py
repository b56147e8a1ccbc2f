"""On the chart: how old she is, what her guardian signed, and to whom nothing is told. In the program: which law counts."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client, override_settings
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import COMMAND
from rejoin.common.seeing import seen_by_patient
from rejoin.console.views import invitations
from rejoin.outreach.channels.port import NeverLeft
from rejoin.people.actions import close_to_family, record_birth_date
from rejoin.people.family_facts import BirthDate, FamilyClosing, GuardianWord
from rejoin.people.models import Contact, Patient
from rejoin.people.relatives import Tie
from rejoin.people.vocabulary import WhyClosed
from rejoin.programs.minors import StateConfirmation
from tests.apps.family_rows import FamilyRows
from tests.apps.scene import START, FakeChannel, Scene
from tests.apps.signing import PASSWORD, client_of
from tests.apps.test_console_patients import chart, put_right, send
from tests.apps.test_family_pages import NOW, WHO, House

pytestmark = pytest.mark.django_db(transaction=True)
RIGHT = {"about": "attendance", "granted": "yes", "source": "form"}
RULE = "NM-mental_health"


def at_home(scene: Scene) -> tuple[Patient, Contact]:
    ada = scene.admit("ada")
    return ada, Contact.objects.create(patient=ada, relation="guardian", name="Eli")


def say(client: Any, scene: Scene, **said: str) -> str:
    address = reverse("console:minors_said", args=[scene.program.slug, RULE])
    return str(client.post(address, said, follow=True).content.decode())


def test_the_chart_tells_whose_word_it_takes_and_nothing_is_open_before_both_have_given_it() -> None:
    scene = Scene()
    ada, eli = at_home(scene)
    client = client_of(scene.ben)
    page = chart(client, ada)
    assert "Her date of birth is not written down." in page
    assert "nothing by phone; nothing on a page of their own" in page
    assert "Ask her first." in page
    assert send(client, ada, "birth", born_on="2011-03-01").status_code == 303
    assert "Born on 1 Mar 2011: she is 15." in chart(client, ada)
    scene.consent(ada, "phone", contact=Contact.objects.create(patient=ada, relation="supporter", name="Fay"))
    said = {
        "whom": str(eli.pk),
        "purpose": "attendance",
        "channel": "phone",
        "granted": "yes",
        "source": "form",
    }
    assert send(client, ada, "consent", **said).status_code == 303
    assert "now her guardian may be asked to sign" in chart(client, ada)
    assert send(client, ada, "signed", guardian=str(eli.pk), whom=str(eli.pk), **RIGHT).status_code == 303
    assert "by phone that she missed a session; nothing on a page of their own" in chart(client, ada)
    assert send(client, ada, "closing", whom=str(eli.pk), what="endangers").status_code == 303
    assert "told nothing, whatever is signed" in chart(client, ada)
    clock.simulate(shown_at=START + timedelta(hours=1), rate=0)
    client = client_of(scene.ben)
    assert send(client, ada, "closing", whom=str(eli.pk), what="lift").status_code == 303
    assert "by phone that she missed a session" in chart(client, ada)


def test_of_an_age_nobody_knows_the_chart_says_who_is_called_all_the_same() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    fay = Contact.objects.create(patient=ada, relation="emergency_contact", name="Fay")
    scene.consent(ada, "phone", contact=fay, purpose="safety")
    client = client_of(scene.ben)
    page = chart(client, ada)
    assert "somebody who is no guardian of hers is called as she herself allowed" in page
    assert "by phone that somebody worries for her safety; nothing on a page of their own" in page
    send(client, ada, "birth", born_on="2011-03-01")
    page = chart(client, ada)
    assert "is called as she herself allowed" not in page
    assert "nothing by phone; nothing on a page of their own" in page


def test_somebody_around_her_is_invited_from_the_chart_and_it_says_how_far_that_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House("scheduling")
    channel, client = FakeChannel(), client_of(house.scene.ben)
    monkeypatch.setattr(invitations, "channels_in_force", lambda _: {"email": channel})
    with override_settings(BASE_URL="https://rejoin.example.org"):
        assert "Invite Grace to their own sign-in" in chart(client, house.ada)
        channel.does = [NeverLeft("gone")]
        answer = invited(client, house)
        assert answer.status_code == 422
        assert "No invitation went to Grace.</strong> The mail server does not answer" in text_of(answer)
        assert invited(client, house).status_code == 303
    (letter,) = channel.sent
    assert letter.to == "grace@example.org"
    page = chart(client, house.ada)
    assert "The invitation is sent." in page
    assert "Grace has not used the link yet." in page
    path = next(word for word in letter.body.split() if word.startswith("https://")).partition("example.org")[
        2
    ]
    Client().post(path, {"password1": PASSWORD, "password2": PASSWORD})
    assert "Grace has taken up a sign-in of their own." in chart(client, house.ada)
    house.says("scheduling", granted=False, at=START - timedelta(hours=1))
    assert "what was allowed has ended or was taken back" in chart(client, house.ada)
    close_to_family(contact=house.grace, why=WhyClosed.COURT, **NOW)
    assert "it is closed now, and the page is empty." in chart(client, house.ada)


def test_an_invitation_that_cannot_be_sent_says_why_beside_whom_it_is_about() -> None:
    house = House()
    client = client_of(house.scene.ben)
    assert "Invite Grace" not in chart(client, house.ada)
    house.says("scheduling")
    answer = invited(client, house)
    assert (answer.status_code, "Location" in answer) == (422, False)
    assert "No e-mail leaves from here" in text_of(answer)
    assert not Tie.objects.exists()
    assert client_of(house.scene.hire("dora", "director")).post(invite_of(house)).status_code == 404
    Contact.objects.filter(pk=house.grace.pk).update(email="")
    assert "There is no e-mail address of theirs on the chart" in chart(client, house.ada)


def test_the_chart_asks_for_a_birth_date_where_a_page_is_empty_for_want_of_it() -> None:
    house = House("scheduling")
    wanted = "Write down when she was born: until then nothing is shown there to anybody around her"
    client = client_of(house.scene.ben)
    assert wanted not in chart(client, house.ada)
    record_birth_date(patient=house.ada, born_on=None, **NOW)
    page = chart(client, house.ada)
    assert wanted in page
    assert "Invite Grace" not in page


def test_what_is_recorded_of_somebody_who_is_closed_is_said_not_to_count_yet() -> None:
    house = House()
    close_to_family(contact=house.grace, why=WhyClosed.COURT, **WHO)
    client = client_of(house.scene.ben)
    page = chart(client, house.ada)
    assert "Grace is closed: what is recorded here does not count before that is lifted" in page
    yes = {"purpose": "scheduling", "channel": "portal", "granted": "yes", "source": "form"}
    send(client, house.ada, "consent", whom=str(house.grace.pk), **yes)
    assert "does not count yet: this person is closed" in chart(client, house.ada)
    send(client, house.ada, "closing", whom=str(house.grace.pk), what="lift")
    send(client, house.ada, "consent", whom=str(house.grace.pk), **yes)
    assert "What she allows is recorded, and holds from now on." in chart(client, house.ada)


def invite_of(house: House) -> str:
    return reverse("console:patient_invite", args=[house.ada.ref, house.grace.pk])


def invited(client: Client, house: House) -> Any:
    return client.post(invite_of(house))


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_birth_date_is_in_no_event() -> None:
    scene = Scene()
    ada, _ = at_home(scene)
    send(client_of(scene.ben), ada, "birth", born_on="2011-03-01")
    event = Event.objects.get(verb="people.record_birth_date")
    assert (event.reason, event.subject) == ("", f"birth:{BirthDate.objects.get().pk}")


@pytest.mark.parametrize(
    ("form", "said", "fault"),
    [
        ("birth", {"born_on": "2026-10-09"}, "This day is still to come."),
        ("signed", {"source": "spoken"}, "counts once it is signed"),
        ("signed", {"granted": "no", "until": "2026-12-24"}, "A no has no last day"),
        ("signed", {"until": "2026-10-06"}, "This day is over already."),
        ("signed", {"whom": "99999"}, "Select a valid choice."),
        ("closing", {"what": "lift"}, "Nothing is closed to this person."),
        ("closing", {"what": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_meant_comes_back(form: str, said: dict[str, str], fault: str) -> None:
    scene = Scene()
    ada, eli = at_home(scene)
    right = (
        {"guardian": str(eli.pk), "whom": str(eli.pk), **RIGHT} if form == "signed" else {"whom": str(eli.pk)}
    )
    assert fault in put_right(send(client_of(scene.ben), ada, form, **{**right, **said}))
    assert not any(each.objects.exists() for each in (BirthDate, GuardianWord, FamilyClosing))


def test_only_a_guardian_can_be_chosen_as_one_who_signed() -> None:
    scene = Scene()
    ada, eli = at_home(scene)
    fay = Contact.objects.create(patient=ada, relation="supporter", name="Fay")
    said = {"guardian": str(fay.pk), "whom": str(eli.pk), **RIGHT}
    put_right(send(client_of(scene.ben), ada, "signed", **said))
    assert not GuardianWord.objects.exists()


@pytest.mark.parametrize("make", [FamilyRows.birth_date, FamilyRows.word])
def test_the_database_lets_no_patient_make_herself_older_or_sign_as_her_guardian(make: Any) -> None:
    scene = Scene()
    ada, _ = at_home(scene)
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_patient(ada.pk):
        make(FamilyRows(ada, scene.program))


def test_the_database_lets_her_close_and_not_lift_what_was_closed() -> None:
    scene = Scene()
    ada, _ = at_home(scene)
    rows = FamilyRows(ada, scene.program)
    with seen_by_patient(ada.pk):
        rows.closing()
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_patient(ada.pk):
        rows.closing(closes=False, why="")


def test_an_entry_counts_once_somebody_says_that_she_has_read_the_statute() -> None:
    scene = Scene()
    director = client_of(scene.hire("dora", "director"))
    page = director.get(reverse("console:minors_program", args=[scene.program.slug])).content.decode()
    assert "This is not legal advice." in page
    assert "NMSA 1978, 32A-6A-15" in page
    edition = {"edition": "2026-11-30"}
    assert "tick the box" in say(director, scene, **edition)
    assert "has changed since you opened the page" in say(director, scene, read="yes", edition="2020-01-01")
    assert "has changed since you opened the page" in say(director, scene, read="yes")
    assert not StateConfirmation.objects.exists()
    assert "It is confirmed for a year, in this program." in say(director, scene, read="yes", **edition)
    assert "Take it back" in say(director, scene, **edition)
    assert "both doors are closed again" in say(director, scene, says="withdraw")
    assert [each.confirmed for each in StateConfirmation.objects.order_by("pk")] == [True, False]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"checked_on": date(2020, 1, 1)}, "It has changed since it was confirmed."),
        ({"at": START - timedelta(days=400), "until_at": START - timedelta(days=35)}, "more than a year ago"),
        ({"confirmed": False}, "It was taken back."),
    ],
)
def test_a_confirmation_that_no_longer_holds_says_why(said: dict[str, Any], why: str) -> None:
    scene = Scene()
    ada, _ = at_home(scene)
    FamilyRows(ada, scene.program).confirmation(
        **{"at": START - timedelta(days=1), **said, "by": str(COMMAND)}
    )
    privacy = client_of(scene.hire("privacy", "privacy_officer"))
    page = privacy.get(reverse("console:minors_program", args=[scene.program.slug])).content.decode()
    assert why in page
    assert "Take it back" not in page


def test_what_is_no_entry_is_not_there() -> None:
    scene = Scene()
    director = client_of(scene.hire("dora", "director"))
    for rule in ("NM-housing", "NM"):
        assert (
            director.post(reverse("console:minors_said", args=[scene.program.slug, rule])).status_code == 404
        )
    address = reverse("console:minors_said", args=[scene.program.slug, "TX-mental_health"])
    page = director.post(address, {"says": "withdraw"}, follow=True).content.decode()
    assert "There is no entry for this state" in page
    with transaction.atomic():
        assert not StateConfirmation.objects.exists()
