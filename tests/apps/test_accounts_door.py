"""Nobody gets past the door of the console without having shown a second factor in this very session."""

import pytest
from django.urls import reverse

from tests.apps.scene import Scene
from tests.apps.signing import account_of, client_of, signed_in

pytestmark = pytest.mark.django_db


def test_who_has_shown_a_second_factor_is_let_in() -> None:
    assert client_of(Scene().ben).get(reverse("console:today")).status_code != 302


def test_a_password_alone_opens_nothing() -> None:
    answer = signed_in(account_of(Scene().ben), "password").get(reverse("console:today"))
    assert answer.status_code == 302
