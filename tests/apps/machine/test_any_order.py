"""Whatever happens in whatever order, the engine keeps its promises."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.apps.machine.life import Life

DEEP = bool(os.environ.get("REJOIN_DEEP"))
SHORT = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
LONG = settings(SHORT, max_examples=1500, stateful_step_count=60, derandomize=False)


@pytest.mark.django_db
def test_the_engine_keeps_its_promises_in_any_order() -> None:
    run_state_machine_as_test(Life, settings=SHORT)


@pytest.mark.deep
@pytest.mark.django_db
def test_the_engine_keeps_its_promises_through_long_and_many_lives() -> None:
    run_state_machine_as_test(Life, settings=LONG)
