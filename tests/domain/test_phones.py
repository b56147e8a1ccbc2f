"""One spelling for each phone number."""

import pytest

from rejoin.domain.kernel.phones import normal_phone


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("(202) 555-0101", "+12025550101"),
        ("202.555.0101 x3", "+12025550101"),
        ("+1 202 555 0101", "+12025550101"),
        ("+44 20 7946 0958", "+442079460958"),
        ("5550100 9988 7766 5544 33", "555010099887766554433"),  # too long for any country
        ("12", None),
        ("***-***-0101", None),
        ("ada", None),
        ("", None),
    ],
)
def test_two_ways_of_writing_a_number_are_one_and_what_is_none_is_none(text: str, spelt: str | None) -> None:
    assert normal_phone(text) == spelt
