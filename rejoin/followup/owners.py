"""Whose step it is: the role a policy names, found for this patient and this session."""

from collections.abc import Collection, Mapping

from rejoin.common.rows import select
from rejoin.programs.vocabulary import Role

CARE_TEAM = """
SELECT patient_id, program_id, role, staff_id FROM programs_careteammember
 WHERE patient_id = ANY(%s) AND ended_at IS NULL
"""
LEADERS = """
SELECT session_id, role, staff_id FROM programs_sessionstaff
 WHERE session_id = ANY(%s) AND released_at IS NULL ORDER BY id DESC
"""
# A role that one person holds is that person's; one that several hold is a list they share.
ROLES = """
SELECT program_id, role, min(staff_id) FROM programs_staffrole
 WHERE program_id = ANY(%s) AND ended_at IS NULL GROUP BY 1, 2 HAVING count(*) = 1
"""


class Owners:
    """Who holds which role, looked up for many cases at once."""

    def __init__(
        self, patients: Collection[int], sessions: Collection[int], programs: Collection[int]
    ) -> None:
        self.care_team: Mapping[tuple[int, int, str], int] = {
            (patient, program, role): staff
            for patient, program, role, staff in select(CARE_TEAM, [list(patients)])
        }
        self.leaders: Mapping[tuple[int, str], int] = {
            (session, role): staff for session, role, staff in select(LEADERS, [list(sessions)])
        }
        self.roles: Mapping[tuple[int, str], int] = {
            (program, role): staff for program, role, staff in select(ROLES, [list(programs)])
        }

    def of(self, role: str, *, patient: int, session: int, program: int) -> int | None:
        """The member of staff, or None: nobody alone, and the step stands on the list of the role."""
        if role == Role.COFACILITATOR.value:
            leads = self.leaders.get((session, role)) or self.leaders.get((session, Role.FACILITATOR.value))
            if leads is not None:
                return leads
        known = self.care_team.get((patient, program, role))
        return known if known is not None else self.roles.get((program, role))

    def of_case(self, *, patient: int, session: int, program: int) -> int | None:
        """Who answers for a case: her counselor or therapist, else a coordinator who is alone in it."""
        for role in (Role.COUNSELOR, Role.THERAPIST):
            found = self.care_team.get((patient, program, role.value))
            if found is not None:
                return found
        return self.of(Role.COORDINATOR.value, patient=patient, session=session, program=program)
