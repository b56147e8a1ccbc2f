"""`rejoin patient invite`: a patient's way to her own page, printed or sent where she allows it."""

from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from rejoin.accounts.models import SignInLink, User
from rejoin.audit.models import Event
from rejoin.cli import main
from rejoin.common.actors import COMMAND
from rejoin.domain.kernel import Refusal
from rejoin.outreach.channels.port import AnswerLost, Channel, NeverLeft, Refused
from rejoin.outreach.inviting import letter, send_invitation
from rejoin.outreach.models import Message
from rejoin.people.models import Address, Patient
from rejoin.programs.models import Enrolment
from tests.apps.scene import START, FakeChannel, Scene
from tests.apps.signing import PASSWORD

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"
MAIL = {
    "REJOIN_DRY_RUN": "off",
    "EMAIL_URL": "smtp://mail.example:25",
    "REJOIN_EMAIL_FROM": "Harbor Office <office@mail.example>",
}


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def ada(scene: Scene) -> Patient:
    ada = scene.admit("ada")
    Address.objects.create(patient=ada, kind="email", value="Ada@example.org", normal="ada@example.org")
    return ada


def invite(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["patient", "invite", *arguments], catch_exceptions=False)


def by_mail(scene: Scene, patient: Patient, channel: Channel | None) -> None:
    channels = {"email": channel} if channel else {}
    send_invitation(patient=patient, program=scene.program, channels=channels, by=COMMAND, at=START)


def test_a_link_is_printed_alone_and_leads_to_her_own_page(ada: Patient) -> None:
    invited = invite("evening", "evening-ada")
    assert (invited.exit_code, invited.stdout.count("\n")) == (0, 1)
    assert "Give this to her, and to nobody else" in invited.stderr
    assert "ada" not in invited.stderr
    path, client = invited.stdout.strip().removeprefix(BASE), Client()
    assert client.post(path, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert User.objects.get().email == "ada@example.org"
    assert client.get("/me/").status_code == 200
    assert Client().get(path).status_code == 404  # it works once
    assert Event.objects.get(verb="outreach.invite_patient").patient_ref == ada.pk


def test_invited_again_what_she_was_given_before_is_worth_nothing(ada: Patient) -> None:
    first, second = (
        invite("evening", "evening-ada", "Ada.New@example.org").stdout.strip().removeprefix(BASE)
        for _ in range(2)
    )
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    assert User.objects.get().email == "ada.new@example.org"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere", "evening-ada"), "There is no program nowhere"),
        (("evening", "evening-bea"), "evening has no patient by this identifier"),
        (("morning", "evening-ada"), "morning has no patient by this identifier"),
        (("evening", "evening-ada", "ada"), "This is no e-mail address"),
        (("evening", "evening-eve"), "She has no e-mail address on file"),
        (("evening", "evening-zoe", "zoe@example.org"), "She has no place in this program now"),
        (("evening", "evening-ada", "--send"), "She has not said that she may be written to by e-mail"),
        (("evening", "evening-ada", "a@example.org", "--send"), "leave EMAIL out"),
    ],
)
def test_who_cannot_be_invited_is_told_why_and_nothing_is_made(
    scene: Scene, ada: Patient, arguments: tuple[str, ...], words: str
) -> None:
    Scene(slug="morning")
    scene.admit("eve", phone="+15550101")
    zoe = scene.admit("zoe", phone="+15550102")
    Enrolment.objects.filter(patient=zoe).update(until_on=date(2026, 9, 1))
    refused = invite(*arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert words in refused.stderr
    assert not User.objects.exists()


def test_a_letter_goes_to_the_address_on_file_and_its_link_is_nowhere_else(
    scene: Scene, ada: Patient, settings: Settings
) -> None:
    settings.BASE_URL = "https://page.example.org"
    scene.consent(ada, "email")
    mail = FakeChannel()
    by_mail(scene, ada, mail)
    (sent,) = mail.sent
    assert (sent.to, sent.subject) == ("ada@example.org", "Harbor Office: a page of your own")
    assert "555-0100" in sent.body
    (path,) = (
        line.removeprefix(settings.BASE_URL) for line in sent.body.splitlines() if line.startswith("https://")
    )
    assert Client().get(path).status_code == 200
    assert not Message.objects.exists()


def test_the_command_sends_it_by_the_mail_server_that_is_set_up(
    scene: Scene, ada: Patient, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    settings.BASE_URL, settings.CHANNEL_SETTINGS = "https://page.example.org", MAIL
    scene.consent(ada, "email")
    sent = invite("evening", "evening-ada", "--send")
    assert (sent.exit_code, sent.stdout) == (0, "")
    assert "Sent. The link works once" in sent.stderr
    assert [each.to for each in mailoutbox] == [["ada@example.org"]]


def test_nothing_is_made_where_it_could_not_be_sent(scene: Scene, ada: Patient, settings: Settings) -> None:
    def refused(channel: Channel | None) -> str:
        with pytest.raises(Refusal) as no:
            by_mail(scene, ada, channel)
        assert not User.objects.exists()
        assert not SignInLink.objects.exists()
        return no.value.code

    mail = FakeChannel()
    assert refused(mail) == "invitation.no_consent"
    scene.consent(ada, "email")
    assert refused(None) == "invitation.dry"
    assert refused(mail) == "invitation.open_line"
    settings.BASE_URL = "https://page.example.org"
    scene.consent(ada, "email", granted=False, at=START - timedelta(days=1))
    assert refused(mail) == "invitation.no_consent"
    ada.addresses.filter(kind="email").update(retired_at=START, retired_by="staff:1")
    assert refused(mail) == "invitation.no_address"
    assert mail.sent == []


@pytest.mark.parametrize(
    ("does", "code"),
    [
        (NeverLeft(), "invitation.no_line"),
        (AnswerLost(), "invitation.unsure"),
        (Refused(code="550", permanent=True), "invitation.refused"),
    ],
)
def test_what_the_mail_server_does_not_take_is_told(
    scene: Scene, ada: Patient, settings: Settings, does: Any, code: str
) -> None:
    settings.BASE_URL = "https://page.example.org"
    scene.consent(ada, "email")
    with pytest.raises(Refusal) as no:
        by_mail(scene, ada, FakeChannel(does=[does]))
    assert no.value.code == code


def test_the_letter_is_written_in_her_language_and_refused_where_the_program_s_name_tells(
    scene: Scene,
) -> None:
    link = "https://page.example.org/account/invitation/x"
    assert "elija aquí una contraseña" in letter(link, "es", scene.program).body
    assert "choose a password for it here" in letter(link, "fr", scene.program).body
    scene.program.neutral_name = "Recovery Clinic"
    with pytest.raises(Refusal) as no:
        letter(link, "en", scene.program)
    assert no.value.code == "unsafe_wording"
