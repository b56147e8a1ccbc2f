"""What happens to accounts is told: the trail every time, and its owner where somebody else may have done it.

allauth says what happened by signals; nothing here decides anything but what follows for the session.
"""

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.http import HttpRequest

from rejoin.accounts import actions, sessions
from rejoin.accounts.factors import MAIN
from rejoin.accounts.letters import Letter, send_letter
from rejoin.accounts.models import User
from rejoin.accounts.vocabulary import Change, Factor
from rejoin.common import clock


def of_failed_password(email: str) -> None:
    """Known or not: one look for the account, and one event."""
    of_failed_sign_in(User.objects.filter(email=email.lower()).first(), "password")


def of_failed_sign_in(user: User | None, how: str) -> None:
    actions.note_failed_sign_in(user=user, how=how, by=actions.SIGN_IN, at=clock.now())


def on_begin(request: HttpRequest, user: User, **_: Any) -> None:
    """Django's own signal: the session is hers from now on."""
    sessions.begin(request.session, user, time.time())


def on_sign_in(request: HttpRequest, user: User, **_: Any) -> None:
    shown = [
        str(each.get("type") or each.get("method")) for each in get_authentication_records(request, user)
    ]
    sessions.forget_ended()
    at = clock.now()
    actions.note_sign_in(user=user, how="_".join(dict.fromkeys(shown))[:60], by=actions.actor_of(user), at=at)


def on_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:  # noqa: ARG001 - a signal's shape
    if user is not None:
        actions.note_sign_out(user=user, by=actions.actor_of(user), at=clock.now())


def on_step(request: HttpRequest, user: User, **step: Any) -> None:  # noqa: ARG001
    """Somebody who is signed in has shown once more who she is."""
    if step.get("reauthenticated"):
        sessions.renew_key(request)


def on_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """Whoever sets a second factor up has shown it. With the first one, what was open without any ends."""
    _note(user, authenticator, Change.ADDED)
    if authenticator.type not in MAIN:
        return
    is_first = Authenticator.objects.filter(user=user, type__in=MAIN).count() == 1
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    sessions.renew_key(request)
    if is_first:
        end_other_sessions(request, user)
    send_letter(Letter.SECOND_FACTOR, user)


def on_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ARG001
    _note(user, authenticator, Change.REMOVED)
    send_letter(Letter.SECOND_FACTOR, user)


def on_factor_renewed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ARG001
    _note(user, authenticator, Change.RENEWED)
    send_letter(Letter.SECOND_FACTOR, user)


def on_factor_failed(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:  # noqa: ARG001
    of_failed_sign_in(user, str(authenticator.type))


def on_password_changed(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001
    _note_password(user, Change.CHANGED)


def on_password_reset(request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001
    _note_password(user, Change.RESET)


def _note(user: User, authenticator: Authenticator, change: Change) -> None:
    factor = Factor(authenticator.type)
    by = actions.actor_of(user)
    actions.note_second_factor(user=user, factor=factor, change=change, by=by, at=clock.now())


def _note_password(user: User, change: Change) -> None:
    actions.note_password(user=user, change=change, by=actions.actor_of(user), at=clock.now())
    send_letter(Letter.PASSWORD, user)
