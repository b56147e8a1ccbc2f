"""Signing in, in a real browser: by password and code, by passkey, by keyboard."""

import pytest

from tests.apps.scene import Scene
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]


def test_nobody_is_asked_to_sign_in_and_somebody_is_not(signed_in: SignedIn) -> None:
    scene = Scene()
    page = signed_in(None)
    page.goto("/today/")
    assert "/account/login/" in page.url
    page = signed_in(scene.coordinator)
    page.goto("/today/")
    assert page.url.endswith("/today/")


def test_the_next_test_finds_an_empty_database(signed_in: SignedIn) -> None:
    page = signed_in(Scene().coordinator)
    page.goto("/today/")
    assert page.url.endswith("/today/")
