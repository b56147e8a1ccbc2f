"""Fake vendors in threads of the test's own process, and a patient's message to send through them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from rejoin.fakes.mail_sink import running_mail_sink
from rejoin.fakes.push_service import PushService
from rejoin.fakes.serving import Setting, running
from rejoin.fakes.sms_vendor import SmsVendor

HANGS_FOR = 60.0
"""Longer than any channel waits in a test; what hangs is let go when its fake ends."""


@pytest.fixture(autouse=True)
def _django_has_settings() -> None:
    """Django's mail asks for settings; those of the platform, where they are there, are as good."""
    if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
        settings.configure(USE_I18N=False, USE_TZ=True, TIME_ZONE="UTC")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def vendor(ledger: Path) -> Iterator[SmsVendor]:
    with running(SmsVendor(Setting(ledger=ledger, hangs_for=HANGS_FOR))) as server:
        assert isinstance(server, SmsVendor)
        yield server


@pytest.fixture
def push_service(ledger: Path) -> Iterator[PushService]:
    with running(PushService(Setting(ledger=ledger, hangs_for=HANGS_FOR))) as server:
        assert isinstance(server, PushService)
        yield server


@pytest.fixture
def mail_port(ledger: Path) -> Iterator[int]:
    with running_mail_sink(Setting(ledger=ledger, hangs_for=HANGS_FOR)) as port:
        yield port
