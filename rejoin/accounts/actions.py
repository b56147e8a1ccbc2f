"""What is written of accounts: who may sign in, by which link, and that somebody did, or tried."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone

from rejoin.accounts.models import SignInLink, User
from rejoin.accounts.vocabulary import Change, Factor, Purpose
from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, ActorKind, patient_actor, relative_actor, staff_actor
from rejoin.common.refusals import refusing
from rejoin.domain.kernel import Refusal

if TYPE_CHECKING:
    from rejoin.people.models import Patient, Staff
    from rejoin.people.relatives import Relative

INVITATION_LASTS: Final = timedelta(hours=72)
DEMONSTRATION_LASTS: Final = timedelta(hours=24)
SIGN_IN: Final = Actor(ActorKind.SYSTEM, "sign-in")
"""Whoever is at the door and is not known yet."""
account_closed: Final = Signal()
"""user, by, at: for what an account holds elsewhere, which must end with it."""
USELESS: Final = "This link does not work any more. Whoever sent it to you can make a new one."


def actor_of(user: User) -> Actor:
    """Whose account it is, as it is written beside what she does."""
    if hasattr(user, "staff"):
        return staff_actor(user.staff.pk)
    if hasattr(user, "relative"):
        return relative_actor(user.relative.pk)
    return patient_actor(user.patient.pk) if hasattr(user, "patient") else SIGN_IN


def account(user: User | None) -> str:
    """The account as the trail names it: never by its address."""
    return f"account:{user.pk}" if user else "account:unknown"


@action("accounts.open")
def open_account(*, person: "Staff | Patient | Relative", email: str, by: Actor, at: datetime) -> User:
    """Somebody may sign in from now on, by that address, as soon as she has a password.

    Who may already is left as she is; one who was kept out comes in again.
    """
    address = _address(email)
    user = person.user or User(email=address)
    if user.email != address:
        raise Refusal("account.other_address", "This person signs in with another address already.")
    with refusing():
        if user.pk is None:
            user.set_unusable_password()
            user.save()
            person.user = user
            person.save(update_fields=["user"])
        elif not user.is_active:
            user.is_active = True
            user.save(update_fields=["is_active"])
    record("accounts.open", account(user), by=by, at=at)
    return user


@action("accounts.close")
def close_account(*, user: User, by: Actor, at: datetime) -> None:
    """She signs in no more, and whatever she has open ends with its next request."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    _forget_links(user)
    record("accounts.close", account(user), by=by, at=at)
    account_closed.send(sender=User, user=user, by=by, at=at)


@action("accounts.invite")
def invite(*, user: User, by: Actor, at: datetime) -> str:
    """A link to choose a password with, once, within three days. Those she was given before are worth nothing now."""
    _forget_links(user)
    path = _link(user, Purpose.INVITATION, "accounts:invitation", INVITATION_LASTS, at)
    record("accounts.invite", account(user), by=by, at=at)
    return path


@action("accounts.forget_second_factor")
def forget_second_factor(*, user: User, by: Actor, at: datetime) -> None:
    """Her device is lost, and her recovery codes with it. The password goes too, and so does whatever she has open."""
    Authenticator.objects.filter(user=user).delete()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    record("accounts.forget_second_factor", account(user), by=by, at=at)


@action("accounts.take_up_invitation")
def take_up_invitation(*, link: SignInLink, password: str, by: Actor, at: datetime) -> User:
    """Her password from now on is this one; of two who use the link at once, one is refused."""
    now = timezone.now()
    live = SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now, user__is_active=True)
    if live.update(used_at=now) != 1:
        raise Refusal("link.useless", USELESS)
    user = link.user
    user.set_password(password)
    user.save(update_fields=["password"])
    # It was sent to her: whoever has the link reads what comes to the address.
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    record("accounts.take_up_invitation", account(user), by=by, at=at)
    return user


@action("accounts.demonstrate")
def demonstration_link(*, user: User, by: Actor, at: datetime) -> str:
    """The path of a link that signs in as `user` for a day, as often as it is followed. Only in a demonstration."""
    if not settings.DEMONSTRATION:
        raise Refusal("link.no_demonstration", "Links that sign in at once are for demonstrations.")
    path = _link(user, Purpose.DEMONSTRATION, "accounts:demonstration", DEMONSTRATION_LASTS, at)
    record("accounts.demonstrate", account(user), by=by, at=at)
    return path


def live_link(secret: str, purpose: Purpose) -> SignInLink:
    """The link with that secret, while it is worth something. Unknown, used and expired are the same refusal."""
    found = SignInLink.objects.select_related("user").filter(
        digest=_digest(secret),
        purpose=purpose.value,
        used_at=None,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )
    link = found.first() if purpose is Purpose.INVITATION or settings.DEMONSTRATION else None
    if link is None:
        raise Refusal("link.useless", USELESS)
    return link


@action("accounts.sign_in")
def note_sign_in(*, user: User, how: str, by: Actor, at: datetime) -> None:
    """`how`: what she showed: "password_totp", "webauthn", "demonstration"."""
    record("accounts.sign_in", account(user), by=by, at=at, reason=how)


@action("accounts.fail_to_sign_in")
def note_failed_sign_in(*, user: User | None, how: str, by: Actor, at: datetime) -> None:
    """`how`: what was wrong. None: nobody has that address; the address itself is written nowhere."""
    record("accounts.fail_to_sign_in", account(user), by=by, at=at, reason=how)


@action("accounts.sign_out")
def note_sign_out(*, user: User, by: Actor, at: datetime) -> None:
    record("accounts.sign_out", account(user), by=by, at=at)


@action("accounts.change_second_factor")
def note_second_factor(*, user: User, factor: Factor, change: Change, by: Actor, at: datetime) -> None:
    record("accounts.change_second_factor", account(user), by=by, at=at, reason=f"{factor}_{change}")


@action("accounts.change_password")
def note_password(*, user: User, change: Change, by: Actor, at: datetime) -> None:
    record("accounts.change_password", account(user), by=by, at=at, reason=change.value)


def _link(user: User, purpose: Purpose, name: str, lasts: timedelta, at: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        digest=_digest(secret),
        purpose=purpose.value,
        user=user,
        made_at=at,
        expires_at=timezone.now() + lasts,
    )
    return reverse(name, args=[secret])


def _forget_links(user: User) -> None:
    SignInLink.objects.filter(user=user, used_at=None, expires_at__gt=timezone.now()).update(
        expires_at=timezone.now()
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise Refusal("account.address", "This is no e-mail address.") from None
    return address
