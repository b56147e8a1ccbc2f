"""Who sees what of curricula and catching up, and who writes it."""

from rejoin.common.schema import PROGRAMS, near
from rejoin.programs.schema import ANSWERS_FOR_IT

WEB_WRITES = dict.fromkeys(
    (
        "continuity_following",
        "continuity_sessionunit",
        "continuity_catchup",
        "continuity_answer",
        "continuity_finished",
        "continuity_callasked",
        "continuity_signoff",
        "continuity_unitword",
    ),
    "INSERT",
)
FOLLOWED_BY = ANSWERS_FOR_IT
"""Which curriculum is followed is said by those who answer for the whole program."""
HER_PROGRAMS = """
program_id IN (SELECT own.program_id FROM programs_enrolment AS own WHERE own.patient_id = (SELECT rejoin_patient()))
"""
BY_STAFF = f"{near()} AND cardinality({PROGRAMS}) > 0"
"""She reads it; the staff write it."""
