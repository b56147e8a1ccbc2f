"""Somebody signed in, for tests of pages: `client_of(staff).get(reverse("console:today"))`.

What signing in itself takes is tested elsewhere (test_accounts_*.py); here it has happened already.
"""

import time

from django.contrib.auth import get_user_model
from django.test import Client

from rejoin.accounts.models import User
from rejoin.people.models import Patient, Staff


def client_of(staff: Staff) -> Client:
    """A browser in which somebody of the staff has just signed in with her second factor."""
    return signed_in(account_of(staff), "password", "mfa")


def patient_client_of(patient: Patient) -> Client:
    """A browser in which a patient has just signed in."""
    return signed_in(account_of(patient), "password")


def account_of(person: Staff | Patient) -> User:
    """Her account; made if she has none. The address is nobody's."""
    if person.user is None:
        kind = type(person).__name__.lower()
        person.user = get_user_model().objects.create(email=f"{kind}-{person.pk}@example.org")
        person.save(update_fields=["user"])
    return person.user


def signed_in(user: User, *methods: str) -> Client:
    """A browser in which `user` is signed in, having shown what `methods` says: "password", "mfa"."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": each, "at": time.time()} for each in methods]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
