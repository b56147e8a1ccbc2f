"""Somebody signed in, for tests of pages: `client_of(staff).get(reverse("console:today"))`.

What signing in itself takes is tested elsewhere (test_accounts_*.py); here it has happened already.
"""

import time
from typing import Any

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from rejoin.accounts.models import User
from rejoin.people.models import Patient, Staff
from rejoin.people.relatives import Relative

PASSWORD = "quiet otter crosses nine bridges"


def client_of(staff: Staff) -> Client:
    """A browser in which somebody of the staff has just signed in with her second factor."""
    return signed_in(account_of(staff), "password", "mfa")


def patient_client_of(patient: Patient) -> Client:
    """A browser in which a patient has just signed in."""
    return signed_in(account_of(patient), "password")


def account_of(person: Staff | Patient | Relative, *, password: str = "") -> User:
    """Her account; made if she has none. The address is nobody's."""
    if person.user is None:
        kind = type(person).__name__.lower()
        person.user = User.objects.create(email=f"{kind}-{person.pk}@example.org")
        person.save(update_fields=["user"])
    if password:
        person.user.set_password(password)
        person.user.save()
    return person.user


def signed_in(user: User, *methods: str) -> Client:
    """A browser in which `user` is signed in, having shown what `methods` says: "password", "mfa"."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": each, "at": time.time()} for each in methods]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    UserSession.objects.create(user=user, session_key=session.session_key, ip="127.0.0.1", user_agent="test")
    return client


def enter_password(user: User, password: str = PASSWORD, **more: str) -> tuple[Client, Any]:
    """A browser after the first step of signing in, and the answer to it."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": user.email, "password": password, **more})
    return client, answer


def set_up_app(user: User) -> str:
    """An authenticator app is set up; its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def codes_of(secret: str) -> list[str]:
    """What the app shows half a minute ago, now, and in half a minute: any of them is good."""
    return [format_hotp_value(hotp_value(secret, each)) for each in yield_hotp_counters_from_time()]
