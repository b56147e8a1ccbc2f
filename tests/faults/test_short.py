"""A few hours of some three hundred seats in which whatever can be killed is killed, beside the same hours undisturbed."""

from collections.abc import Iterator

import pytest

from tests.faults.grounds import Ends, Shape, both_ends
from tests.faults.telling import differences, figures, own_failures

SHORT = Shape(
    seed=1,
    seats=300,
    first_hour=17,
    hours=2.25,
    scale=0.35,
    every=15,
    faults=26,
    fates=30,
    within_seconds=240,
)
FAULTS = 40


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    with both_ends(SHORT) as found:
        print(figures(found))
        yield found


def test_the_end_is_the_same_as_without_faults(ends: Ends) -> None:
    found = differences(ends)
    assert not found, "\n".join(found)


def test_nobody_is_lost_nothing_is_done_twice_and_nobody_is_texted_who_must_not_be(ends: Ends) -> None:
    assert ends.undisturbed["breaches"] == []
    assert ends.disturbed["breaches"] == []


def test_nothing_fails_that_no_fault_explains(ends: Ends) -> None:
    assert own_failures(ends.undisturbed) == {}
    assert own_failures(ends.disturbed) == {}


def test_much_went_wrong(ends: Ends) -> None:
    assert ends.faults >= FAULTS, figures(ends)
    killed = {kind for kind in ends.disturbed["counts"] if kind.endswith("killed")}
    assert killed >= {"worker killed", "web killed", "database killed"}
