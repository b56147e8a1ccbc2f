"""Nobody gets past the door of the console without having shown a second factor in this very session."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.apps.processes import REPOSITORY, environment
from tests.apps.scene import Scene
from tests.apps.signing import account_of, client_of, signed_in

pytestmark = pytest.mark.django_db


def test_who_has_shown_a_second_factor_is_let_in() -> None:
    assert client_of(Scene().ben).get(reverse("console:today")).status_code == 200


def test_a_password_alone_opens_nothing() -> None:
    answer = signed_in(account_of(Scene().ben), "password").get(reverse("console:today"))
    assert answer["Location"].startswith(reverse("accounts:second_factor"))


def test_nobody_is_asked_who_she_is_and_brought_back() -> None:
    wanted = f"{reverse('console:worklist')}?q=late"
    answer = Client().get(wanted)
    assert answer["Location"] == f"{reverse('account_login')}?next=%2Fworklist%2F%3Fq%3Dlate"
    assert Client().post(reverse("console:words"))["Location"] == f"{reverse('account_login')}?next=%2F"


def test_where_we_are_encrypted_cookies_are_ours_alone(tmp_path: Path) -> None:
    names = ("SESSION", "CSRF")
    told = [
        f"'{each}_COOKIE_{which}'" for each in names for which in ("NAME", "SECURE", "HTTPONLY", "SAMESITE")
    ]
    asks = (
        f"from django.conf import settings; print([getattr(settings, each) for each in ({', '.join(told)})])"
    )
    more = {
        "REJOIN_BASE_URL": "https://rejoin.example.org",
        "DJANGO_SETTINGS_MODULE": "rejoin.config.settings",
    }
    env = environment(tmp_path, database="host=/nowhere dbname=none", **more)
    said = subprocess.run(
        [sys.executable, "-c", asks], check=True, env=env, cwd=REPOSITORY, capture_output=True, text=True
    )
    assert said.stdout.strip() == str(["__Host-session", True, True, "Lax", "__Host-csrf", True, True, "Lax"])
