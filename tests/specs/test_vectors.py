"""Every policy test vector, on the policies the product ships."""

from pathlib import Path
from typing import Any

import pytest

from tests.specs.vectors import expected, load_vectors, observe


@pytest.mark.parametrize("vector", load_vectors(), ids=lambda vector: str(vector["vector"]))
def test_vector_comes_out_as_the_table_says(vector: dict[str, Any], tmp_path: Path) -> None:
    assert observe(vector, tmp_path / "folder") == expected(vector)
