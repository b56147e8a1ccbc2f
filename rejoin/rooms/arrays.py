"""Long lists of numbers as parameters: written as the database reads them, many times as fast as the driver does."""

from collections.abc import Iterable


def as_array(numbers: Iterable[int]) -> str:
    """Numbers for `ANY(%s::bigint[])`."""
    return "{" + ",".join(map(str, numbers)) + "}"
