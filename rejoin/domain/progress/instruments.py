"""What is asked, how far it reaches, which way is better, and from when on a change is more than chance.

Scores of two versions, or of two instruments, are never put on one line. BAM has no valid total: its three scores are three
instruments here, and those of its continuous form (BAM-R) are three others.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One score. `reliable_change` in points; None where nobody published one: it is then taken from the noise."""

    key: str
    name: str
    lowest: float
    highest: float
    reliable_change: float | None
    source: str
    higher_is_worse: bool = True

    @property
    def worse(self) -> int:
        """+1 where more points are worse, -1 where fewer are."""
        return 1 if self.higher_is_worse else -1


NO_PUBLISHED: Final = (
    "none published that we know of: 1.96 times the noise of a difference, as estimated here"
)

INSTRUMENTS: Final = {
    each.key: each
    for each in (
        Instrument(
            key="phq9",
            name="PHQ-9",
            lowest=0,
            highest=27,
            reliable_change=6,
            source="NHS Talking Therapies: a reliable change is 6 points or more",
        ),
        Instrument(
            key="gad7",
            name="GAD-7",
            lowest=0,
            highest=21,
            reliable_change=4,
            source="NHS Talking Therapies: a reliable change is 4 points or more",
        ),
        Instrument(
            key="pcl5",
            name="PCL-5",
            lowest=0,
            highest=80,
            reliable_change=15,
            source="National Center for PTSD, newer guidance: 15 points or more (older: 5 reliable, 10 meaningful)",
        ),
        Instrument(
            key="audit_c", name="AUDIT-C", lowest=0, highest=12, reliable_change=None, source=NO_PUBLISHED
        ),
        Instrument(
            key="bam_use", name="BAM, use", lowest=0, highest=12, reliable_change=None, source=NO_PUBLISHED
        ),
        Instrument(
            key="bam_risk", name="BAM, risk", lowest=0, highest=24, reliable_change=None, source=NO_PUBLISHED
        ),
        Instrument(
            key="bam_protective",
            name="BAM, protective",
            lowest=0,
            highest=24,
            reliable_change=None,
            source=NO_PUBLISHED,
            higher_is_worse=False,
        ),
        Instrument(
            key="bam_r_use",
            name="BAM-R, use",
            lowest=0,
            highest=90,
            reliable_change=None,
            source=NO_PUBLISHED,
        ),
        Instrument(
            key="bam_r_risk",
            name="BAM-R, risk",
            lowest=0,
            highest=180,
            reliable_change=None,
            source=NO_PUBLISHED,
        ),
        Instrument(
            key="bam_r_protective",
            name="BAM-R, protective",
            lowest=0,
            highest=180,
            reliable_change=None,
            source=NO_PUBLISHED,
            higher_is_worse=False,
        ),
    )
}

UNNAMED: Final = Instrument(
    key="",
    name="not named",
    lowest=-1e9,
    highest=1e9,
    reliable_change=None,
    source=NO_PUBLISHED,
)
"""A score that nobody named: more is taken to be worse, and a reliable change is worked out from its noise."""

_TOTALS: Final = ("bam", "bamr")


def find_instrument(named: str) -> Instrument | None:
    """By its name in any spelling: PHQ-9, phq_9 and phq9 are one. None where we do not know it."""
    bare = _bare(named)
    return next((each for each in INSTRUMENTS.values() if _bare(each.key) == bare), None)


def why_unknown(named: str) -> str:
    """What to tell whoever named it."""
    if _bare(named) in _TOTALS:
        return "has no valid total: name one of its scores, such as bam_use, bam_risk or bam_protective"
    return f"{named!r} is not an instrument we know; there are {', '.join(INSTRUMENTS)}"


def _bare(named: str) -> str:
    return re.sub(r"[^a-z0-9]", "", named.lower())
