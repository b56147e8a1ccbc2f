"""A day of ten thousand seats under five hundred faults. REJOIN_FAULTS_SEED draws another day and other faults."""

import os
from collections.abc import Iterator

import pytest

from tests.faults.grounds import Ends, Shape, both_ends
from tests.faults.telling import differences, figures, own_failures

pytestmark = pytest.mark.deep
SEED = int(os.environ.get("REJOIN_FAULTS_SEED", "1"))
FULL = Shape(
    seed=SEED,
    seats=10_000,
    first_hour=8,
    hours=14,
    scale=1,
    every=5,
    faults=330,
    fates=260,
    within_seconds=5400,
)
FAULTS = 500


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    with both_ends(FULL) as found:
        print(f"\nseed {SEED}\n{figures(found)}")
        yield found


def test_a_day_of_ten_thousand_seats_ends_the_same_as_without_faults(ends: Ends) -> None:
    found = differences(ends)
    assert not found, "\n".join(found)


def test_no_case_is_lost_no_step_done_twice_no_quiet_hour_or_consent_broken_nobody_booked_twice(
    ends: Ends,
) -> None:
    assert ends.undisturbed["breaches"] == []
    assert ends.disturbed["breaches"] == []


def test_nothing_fails_that_no_fault_explains(ends: Ends) -> None:
    assert own_failures(ends.undisturbed) == {}
    assert own_failures(ends.disturbed) == {}


def test_five_hundred_faults_were_met(ends: Ends) -> None:
    assert ends.faults >= FAULTS
