import os
import pytest
from hypothesis import HealthCheck, Phase, settings, seed
from hypothesis.stateful import run_state_machine_as_test
from tests.apps.machine.life import Life

@pytest.mark.django_db
def test_explore() -> None:
    n = int(os.environ.get("N", "30")); steps = int(os.environ.get("STEPS", "40"))
    phases = [Phase.generate, Phase.shrink] if os.environ.get("SHRINK") else [Phase.generate]
    Life._hypothesis_internal_use_seed = int(os.environ.get("SEED", "0"))
    run_state_machine_as_test(Life, settings=settings(max_examples=n, stateful_step_count=steps, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=phases, report_multiple_bugs=False))
