"""What stands under deploy/, by what whoever puts it up counts on."""

from configparser import ConfigParser
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[2] / "deploy" / "systemd").rglob("*.*"))


@pytest.mark.parametrize("unit", [each for each in UNITS if each.is_file()], ids=lambda each: each.name)
def test_what_fails_at_once_is_started_again_however_often_it_did(unit: Path) -> None:
    """Left to itself systemd gives up after five starts within ten seconds, until somebody comes."""
    told = ConfigParser(strict=False, interpolation=None)
    told.read(unit)
    assert (told["Service"]["Restart"], told["Unit"]["StartLimitIntervalSec"]) == ("always", "0")


def test_every_unit_is_looked_at() -> None:
    assert sum(each.is_file() for each in UNITS) == 4
