"""Commands about patients: who may open her own page."""

from typing import TYPE_CHECKING

import click

from rejoin.cli.programs import program_called
from rejoin.cli.refusing import platform
from rejoin.domain.kernel import Refusal

if TYPE_CHECKING:
    from rejoin.people.models import Patient
    from rejoin.programs.models import Program


@click.group()
def patient() -> None:
    """Patients, and their own pages."""


@patient.command()
@click.argument("slug", metavar="PROGRAM")
@click.argument("identifier", metavar="PATIENT")
@click.argument("email", required=False)
@click.option("--send", is_flag=True, help="By e-mail to the address on file, where she allows e-mail.")
def invite(slug: str, identifier: str, email: str | None, send: bool) -> None:
    """Invite PATIENT of PROGRAM to her own page: prints a link to give to her, which works once and for three days.

    PATIENT is the program's identifier of her. She signs in with EMAIL, or with the address that is on file. Invited
    again, she chooses a new password; what she was given before is worth nothing then.
    """
    if send and email:
        raise click.UsageError("--send goes to the address on file, and to no other: leave EMAIL out")
    with platform():
        from django.conf import settings

        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.outreach.channels.choose import channels_in_force
        from rejoin.outreach.inviting import email_on_file, invite_patient, send_invitation

        program = program_called(slug)
        who, at = _patient_called(program, identifier), clock.now()
        if send:
            channels = channels_in_force(settings.CHANNEL_SETTINGS)
            send_invitation(patient=who, program=program, channels=channels, by=COMMAND, at=at)
        else:
            address = email or email_on_file(who)
            path = invite_patient(patient=who, program=program, email=address, by=COMMAND, at=at)
            click.echo(f"{settings.BASE_URL}{path}")
    told = "Sent. The link" if send else "Give this to her, and to nobody else. It"
    click.echo(f"{told} works once, until three days from now.", err=True)


@patient.command("invite-family")
@click.argument("slug", metavar="PROGRAM")
@click.argument("identifier", metavar="PATIENT")
@click.argument("email")
@click.option("--send", is_flag=True, help="By e-mail to that address; else the link is printed.")
def invite_family(slug: str, identifier: str, email: str, send: bool) -> None:
    """Invite somebody around PATIENT, whose EMAIL is on her chart, to a sign-in of their own.

    It shows what her consent and the law allow at each page, and is refused where that is nothing now.
    """
    with platform():
        from django.conf import settings

        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.outreach.channels.choose import channels_in_force
        from rejoin.outreach.inviting_family import contact_by_email, invite_relative, send_to_relative

        program = program_called(slug)
        whom, at = contact_by_email(_patient_called(program, identifier), email), clock.now()
        if send:
            channels = channels_in_force(settings.CHANNEL_SETTINGS)
            send_to_relative(contact=whom, program=program, channels=channels, by=COMMAND, at=at)
        else:
            path = invite_relative(contact=whom, program=program, by=COMMAND, at=at)
            click.echo(f"{settings.BASE_URL}{path}")
    told = "Sent. The link" if send else "Give this to them, and to nobody else. It"
    click.echo(f"{told} works once, until three days from now.", err=True)


def _patient_called(program: "Program", identifier: str) -> "Patient":
    """Of the program, or nobody: one of another program is as one that is not there."""
    from rejoin.people.models import Patient

    found: Patient | None = Patient.objects.filter(
        external_id=identifier.strip(), enrolments__program=program
    ).first()
    if found is None:
        raise Refusal("patient.unknown", f"{program.slug} has no patient by this identifier.")
    return found
