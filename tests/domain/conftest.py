"""How hard Hypothesis looks: quickly on every run, long with REJOIN_DEEP=1."""

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.builders.folder import FolderBuilder
from tests.domain.people import DEEP, MakeFolder

settings.register_profile(
    "domain",
    max_examples=1000 if DEEP else 60,
    deadline=timedelta(seconds=30) if DEEP else None,
    derandomize=not DEEP,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("domain")


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory: pytest.TempPathFactory) -> MakeFolder:
    """A folder of its own at every call, also inside one test's many examples."""
    root: Path = tmp_path_factory.mktemp("folders")
    numbers = count()

    def make(policy: str = "a-") -> FolderBuilder:
        return FolderBuilder(root / str(next(numbers)), policy=policy)

    return make
