"""Commands about the staff: who does what in a program, and who may sign in."""

from typing import TYPE_CHECKING

import click

from rejoin.cli.programs import program_called
from rejoin.cli.refusing import platform
from rejoin.domain.kernel import Refusal

if TYPE_CHECKING:
    from rejoin.people.models import Staff
    from rejoin.programs.models import Program, StaffRole
    from rejoin.programs.vocabulary import Role


@click.group()
def staff() -> None:
    """Whoever works in programs."""


@staff.command()
@click.argument("slug", metavar="PROGRAM")
@click.argument("name")
@click.argument("word", metavar="ROLE")
@click.option("--end", is_flag=True, help="Take the role away.")
def role(slug: str, name: str, word: str, end: bool) -> None:
    """Give NAME the ROLE in PROGRAM: counselor, coordinator, supervisor, clinician, ...

    NAME is somebody whom an import brought in, in staff.csv or as a facilitator.
    """
    with platform():
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND
        from rejoin.programs.actions import end_role, give_role

        program, person, given = program_called(slug), _staff_called(name), _role_called(word)
        if end:
            end_role(role=_live_role(program, person, given), by=COMMAND, at=clock.now())
        else:
            give_role(program=program, staff=person, role=given, by=COMMAND, at=clock.now())
    done = "is no longer" if end else "is now"
    click.echo(f"{person.name} {done} {given.value} in {slug}.", err=True)


@staff.command()
@click.argument("slug", metavar="PROGRAM")
@click.argument("name")
@click.argument("email")
@click.option(
    "--lost", is_flag=True, help="Phone and recovery codes are gone: the second step is set up anew."
)
def invite(slug: str, name: str, email: str, lost: bool) -> None:
    """Let NAME of PROGRAM sign in with EMAIL: prints a link to send, which works once and for three days.

    Invited again, somebody chooses a new password. What was sent before is worth nothing then.
    """
    with platform():
        from django.conf import settings

        from rejoin.accounts import actions
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND

        program, person = program_called(slug), _staff_called(name)
        _require_role(program, person)
        at = clock.now()
        user = actions.open_account(person=person, email=email, by=COMMAND, at=at)
        if lost:
            actions.forget_second_factor(user=user, by=COMMAND, at=at)
        path = actions.invite(user=user, by=COMMAND, at=at)
        click.echo(f"{settings.BASE_URL}{path}")
    click.echo(
        f"Send this to {person.name}, and to nobody else. It works once, until three days from now.", err=True
    )


@staff.command()
@click.argument("name")
def close(name: str) -> None:
    """Keep NAME out from now on, whatever is open. `rejoin staff invite` lets somebody in again."""
    with platform():
        from rejoin.accounts.actions import close_account
        from rejoin.common import clock
        from rejoin.common.actors import COMMAND

        person = _staff_called(name)
        if person.user is None:
            raise Refusal("account.none", f"{person.name} was never invited.")
        close_account(user=person.user, by=COMMAND, at=clock.now())
    click.echo(f"{person.name} signs in no more.", err=True)


def _require_role(program: "Program", person: "Staff") -> None:
    from rejoin.programs.models import StaffRole

    if not StaffRole.objects.filter(program=program, staff=person, ended_at__isnull=True).exists():
        message = (
            f"{person.name} does nothing in {program.slug} yet: rejoin staff role {program.slug} NAME ROLE."
        )
        raise Refusal("role.none", message)


def _staff_called(name: str) -> "Staff":
    from rejoin.people.models import Staff

    found = Staff.objects.filter(name__iexact=name.strip()).first()
    if found is None:
        message = f"Nobody on the staff is called {name}. Name them in staff.csv, and import it."
        raise Refusal("staff.unknown", message)
    return found


def _role_called(word: str) -> "Role":
    from rejoin.programs.vocabulary import Role

    try:
        return Role(word.strip().lower())
    except ValueError:
        known = ", ".join(sorted(each.value for each in Role))
        raise Refusal("role.unknown", f"There is no role {word}. There are: {known}.") from None


def _live_role(program: "Program", person: "Staff", role: "Role") -> "StaffRole":
    from rejoin.programs.models import StaffRole

    live = StaffRole.objects.filter(program=program, staff=person, role=role.value, ended_at__isnull=True)
    found = live.first()
    if found is None:
        raise Refusal("role.not_held", f"{person.name} is no {role.value} in {program.slug}.")
    return found
