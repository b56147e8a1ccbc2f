"""A patient is invited to her own page: by a link that is printed, or by e-mail where she allows that.

It is no message of the outbox: what stands there is kept, and seen by her team. This link is nowhere but in the letter
itself, which is written and sent at once by whoever asks for it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings

from rejoin.accounts.actions import invite, open_account
from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.domain.kernel import Refusal, local_day
from rejoin.domain.policy.document import Recipient
from rejoin.domain.policy.ladder import may_use
from rejoin.outreach.channels.choose import is_dry
from rejoin.outreach.channels.port import Accepted, AnswerLost, Channel, NeverLeft, Sendable
from rejoin.outreach.wording import Form, Letterhead, Rendered, find_faults, find_forbidden
from rejoin.people.consents import consents_of
from rejoin.people.models import Patient
from rejoin.people.vocabulary import AddressKind
from rejoin.programs.models import Enrolment, Program

WORTH_SENDING: Final = timedelta(minutes=10)
"""Sent at once or not at all: somebody waits for the answer."""
SUBJECT: Final = MappingProxyType(
    {"en": "{organisation}: a page of your own", "es": "{organisation}: una página propia"}
)
LETTER: Final = MappingProxyType(
    {
        "en": """\
You can have a page of your own with us: when we meet next, and how to reach a person.

If you like, choose a password for it here, once, within three days:

{link}

Questions? Call us at {phone}. If you would rather not get these e-mails, tell us there.

{organisation}
""",
        "es": """\
Puede tener con nosotros una página propia: cuándo nos vemos la próxima vez y cómo hablar con una persona.

Si quiere, elija aquí una contraseña, una sola vez, en los próximos tres días:

{link}

¿Preguntas? Llámenos al {phone}. Si prefiere no recibir estos correos, díganoslo allí.

{organisation}
""",
    }
)


@action("outreach.invite_patient")
def invite_patient(*, patient: Patient, program: Program, email: str, by: Actor, at: datetime) -> str:
    """The path of a link by which she chooses a password for her own page, once, within three days."""
    places = Enrolment.objects.filter(patient=patient, program=program)
    if not places.live_on(local_day(at, ZoneInfo(program.timezone))).exists():
        raise Refusal(
            "invitation.no_place", "She has no place in this program now: a page of hers would be empty."
        )
    user = open_account(person=patient, email=email, by=by, at=at)
    path = invite(user=user, by=by, at=at)
    while find_forbidden(
        path
    ):  # random letters: one in some ten thousand spells a word that no letter may hold
        path = invite(user=user, by=by, at=at)
    record(
        "outreach.invite_patient",
        f"patient:{patient.pk}",
        by=by,
        at=at,
        patient=patient.pk,
        program=program.pk,
    )
    return path


def email_on_file(patient: Patient) -> str:
    """The e-mail address of hers that is tried first."""
    live = patient.addresses.filter(kind=AddressKind.EMAIL.value, retired_at__isnull=True)
    first = live.order_by("rank", "pk").first()
    if first is None:
        raise Refusal(
            "invitation.no_address", "She has no e-mail address on file. Give one: she signs in with it."
        )
    return str(first.normal)


def send_invitation(
    *, patient: Patient, program: Program, channels: Mapping[str, Channel], by: Actor, at: datetime
) -> None:
    """Invite her by e-mail, to the address on file. Refused before there is a link, where it could not be sent."""
    to = email_on_file(patient)
    said = consents_of([patient.pk], at).get(patient.pk, ())
    # Silence, which a note of the outbox may take for a yes, is none here: the letter opens a door.
    asked = any(each.channel == "email" and not each.contact for each in said)
    if not asked or not may_use("email", to=Recipient.PATIENT, consents=said):
        raise Refusal("invitation.no_consent", "She has not said that she may be written to by e-mail.")
    channel = line_for_links(channels)
    path = invite_patient(patient=patient, program=program, email=to, by=by, at=at)
    words = letter(f"{settings.BASE_URL}{path}", patient.language, program)
    offer(channel, to, words, patient.language, at)


def letter(
    link: str,
    language: str,
    program: Program,
    *,
    subjects: Mapping[str, str] = SUBJECT,
    bodies: Mapping[str, str] = LETTER,
) -> Rendered:
    """What she reads. It says nothing of health, and names nobody."""
    head = Letterhead(organisation=program.neutral_name, phone=program.call_back, portal_url=link)
    spoken = language if language in bodies else "en"
    said = {"organisation": head.organisation.strip(), "phone": head.phone, "link": link}
    words = Rendered(subject=subjects[spoken].format(**said), body=bodies[spoken].format(**said))
    faults = find_faults(words, form=Form.EMAIL, letterhead=head)
    if faults:
        raise Refusal("unsafe_wording", f"The letter {'; '.join(faults)}: nothing was sent.")
    return words


def line_for_links(channels: Mapping[str, Channel]) -> Channel:
    """By which a letter with a link leaves, or why none does."""
    channel = channels.get("email")
    if channel is None or is_dry(channel):
        raise Refusal(
            "invitation.dry", "No e-mail leaves from here: it is not set up. Print the link instead."
        )
    if not settings.BASE_URL.startswith("https://"):
        raise Refusal(
            "invitation.open_line", "A link to sign in with is sent only where our address is https."
        )
    return channel


def offer(channel: Channel, to: str, words: Rendered, language: str, at: datetime) -> None:
    """Send it now, or say why not."""
    sendable = Sendable(
        key=f"invitation-{uuid4()}",
        to=to,
        subject=words.subject,
        body=words.body,
        language=language,
        valid_until=at + WORTH_SENDING,
    )
    try:
        answer = channel.send(sendable, now=at)
    except NeverLeft:
        raise Refusal(
            "invitation.no_line", "The mail server does not answer: nothing was sent. Try again."
        ) from None
    except AnswerLost:
        message = "The mail server broke off: it may have gone out. Ask her; invited again, the first link is worth nothing."
        raise Refusal("invitation.unsure", message) from None
    if not isinstance(answer, Accepted):
        raise Refusal("invitation.refused", f"The mail server refused it ({answer.code}): nothing was sent.")
