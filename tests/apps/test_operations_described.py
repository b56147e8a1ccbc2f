"""The doors for other systems keep to their description, whatever is sent to them."""

import json
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection

from rejoin.operations.describing import FILE
from rejoin.rooms.models import RawEvent

pytestmark = pytest.mark.django_db(transaction=True)
SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", get_wsgi_application())


@SCHEMA.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_every_door_answers_as_it_is_described(case: Any) -> None:
    """No answer that is not described (500 is none), no body of another shape, nothing taken in that nobody signed.

    Two checks are left out: 503 is what an unwell platform is asked for, and is described; and what is refused is
    refused with 413 too, which the library does not count as a refusal.
    """
    case.call_and_validate(excluded_checks=[not_a_server_error, negative_data_rejection])
    assert not RawEvent.objects.exists()


def test_every_door_is_described() -> None:
    described = set(json.loads(FILE.read_text())["paths"])
    assert described == {
        "/health",
        "/health/live",
        "/openapi.json",
        "/hooks/rooms/{provider}",
        "/hooks/rooms/jitsi/events/{about}/{what}",
        "/hooks/sms/status",
        "/hooks/sms/inbound",
    }
    assert Client().get("/openapi.json").json()["openapi"] == "3.1.0"
