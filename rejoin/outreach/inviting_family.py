"""Somebody around a patient is invited to a sign-in of their own: only where something may be shown to them now.

The letter names nobody and says nothing of health. It is written and sent at once, as a patient's (`inviting`).
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from rejoin.accounts.actions import invite, open_account
from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.domain.kernel import Refusal, local_day
from rejoin.outreach.channels.port import Channel
from rejoin.outreach.inviting import letter, line_for_links, offer
from rejoin.outreach.wording import find_forbidden
from rejoin.people.actions import tie_relative
from rejoin.people.family import shown_to
from rejoin.people.models import Contact, Patient
from rejoin.people.relatives import Relative, Tie
from rejoin.programs.models import Enrolment, Program

SUBJECT: Final = MappingProxyType(
    {"en": "{organisation}: a page for you", "es": "{organisation}: una página para usted"}
)
LETTER: Final = MappingProxyType(
    {
        "en": """\
You can have a page with us. Somebody agreed that you may.

If you like, choose a password for it here, once, within three days:

{link}

Questions? Call us at {phone}. If you would rather not get these e-mails, tell us there.

{organisation}
""",
        "es": """\
Puede tener una página con nosotros. Alguien dio su permiso.

Si quiere, elija aquí una contraseña, una sola vez, en los próximos tres días:

{link}

¿Preguntas? Llámenos al {phone}. Si prefiere no recibir estos correos, díganoslo allí.

{organisation}
""",
    }
)


@action("outreach.invite_relative")
def invite_relative(*, contact: Contact, program: Program, by: Actor, at: datetime) -> str:
    """The path of a link by which `contact` chooses a password, once, within three days.

    Whoever signs in around another patient already keeps that one account; the answer is the same, and tells of nobody.
    """
    patient = contact.patient
    places = Enrolment.objects.filter(patient=patient, program=program)
    if not places.live_on(local_day(at, ZoneInfo(program.timezone))).exists():
        raise Refusal("invitation.no_place", "She has no place in this program now: a page would be empty.")
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if not shown_to([(patient.pk, contact.pk)], at)[contact.pk]:
        raise Refusal(
            "invitation.closed",
            "Nothing may be shown to this person now. Her consent for a page of their own, and the law, come first.",
        )
    relative = _relative_of(contact)
    user = open_account(person=relative, email=contact.email, by=by, at=at)
    if not Tie.objects.filter(contact=contact).exists():
        tie_relative(contact=contact, relative=relative, by=by, at=at)
    path = invite(user=user, by=by, at=at)
    while find_forbidden(path):  # as of a patient's link
        path = invite(user=user, by=by, at=at)
    record(
        "outreach.invite_relative",
        f"contact:{contact.pk}",
        by=by,
        at=at,
        patient=patient.pk,
        program=program.pk,
    )
    return path


def send_to_relative(
    *, contact: Contact, program: Program, channels: Mapping[str, Channel], by: Actor, at: datetime
) -> None:
    """Invite by e-mail, to the address on the chart. Refused before there is a link, where it could not be sent."""
    channel = line_for_links(channels)
    path = invite_relative(contact=contact, program=program, by=by, at=at)
    words = letter(f"{settings.BASE_URL}{path}", contact.language, program, subjects=SUBJECT, bodies=LETTER)
    offer(channel, contact.email.strip(), words, contact.language, at)


def contact_by_email(patient: Patient, email: str) -> Contact:
    """The one around her by that address, as it is on her chart."""
    found = Contact.objects.filter(
        patient=patient, retired_at__isnull=True, email__iexact=email.strip()
    ).order_by("pk")
    whom: Contact | None = found.first() if email.strip() else None
    if whom is None:
        raise Refusal("invitation.no_contact", "Nobody around her has this e-mail address on her chart.")
    return whom


def _relative_of(contact: Contact) -> Relative:
    """The account's own row: the contact's, that of the same address around somebody else, or a new one."""
    tie = Tie.objects.select_related("relative").filter(contact=contact).first()
    if tie is not None:
        return tie.relative
    address = contact.email.strip().lower()
    if not address:
        raise Refusal("invitation.no_address", "There is no e-mail address on her chart to sign in with.")
    found = Relative.objects.filter(user__email=address).first()
    return found or Relative.objects.create(language=contact.language, timezone=contact.patient.timezone)
