"""The curriculum: what a miss breaks, by when that matters, and what repairs it."""

from rejoin.domain.continuity.behind import Missing, Readiness, who_is_behind
from rejoin.domain.continuity.breaking import Broken, what_breaks
from rejoin.domain.continuity.curriculum import (
    Curriculum,
    Gate,
    Kind,
    Link,
    Part,
    Tie,
    Unit,
    Way,
    foundations_of,
    link_between,
    links_under,
)
from rejoin.domain.continuity.faults import Fault, faults_of, same_name
from rejoin.domain.continuity.gates import Entry, next_entry, part_begun_by
from rejoin.domain.continuity.placing import Placed, place_sessions, unit_called, units_by_name, units_in_turn
from rejoin.domain.continuity.repairs import Happened, Repair, Standing, What, standing_of

__all__ = [
    "Broken",
    "Curriculum",
    "Entry",
    "Fault",
    "Gate",
    "Happened",
    "Kind",
    "Link",
    "Missing",
    "Part",
    "Placed",
    "Readiness",
    "Repair",
    "Standing",
    "Tie",
    "Unit",
    "Way",
    "What",
    "faults_of",
    "foundations_of",
    "link_between",
    "links_under",
    "next_entry",
    "part_begun_by",
    "place_sessions",
    "same_name",
    "standing_of",
    "unit_called",
    "units_by_name",
    "units_in_turn",
    "what_breaks",
    "who_is_behind",
]
