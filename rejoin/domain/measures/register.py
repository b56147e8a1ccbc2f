"""Every measure there is here, by its key and its version."""

from typing import Final

from rejoin.domain.kernel import Refusal
from rejoin.domain.measures.danger import CSSRS
from rejoin.domain.measures.instrument import Instrument
from rejoin.domain.measures.mood import GAD7, PHQ9
from rejoin.domain.measures.ratings import BELONGING, CRAVING, GROUP_CLIMATE
from rejoin.domain.measures.trauma import PCL5
from rejoin.domain.measures.use import AUDIT_C, BAM, BAM_IOP

INSTRUMENTS: Final = (PHQ9, GAD7, PCL5, AUDIT_C, BAM, BAM_IOP, CSSRS, CRAVING, BELONGING, GROUP_CLIMATE)
_BY_NAME: Final = {each.name_and_version: each for each in INSTRUMENTS}


def instrument_called(key: str, version: str) -> Instrument:
    """That one in that version; nothing stands in for another."""
    found = _BY_NAME.get((key, version))
    if found is None:
        raise Refusal("measure.unknown", "There is no such measure.")
    return found
