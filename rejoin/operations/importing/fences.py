"""What somebody of the staff may not bring into her program by herself.

By a place she comes to see all that is a patient's, and by a role somebody comes to see all that is a program's. A
folder that she brought could give her another program's patients, or a colleague of another program hers, by a number
or a name that is the same by chance. That is for whoever has the machine's command line.
"""

from rejoin.common.rows import select
from rejoin.operations.importing.reading import Brought
from rejoin.operations.importing.tally import Tally
from rejoin.programs.vocabulary import Role

OTHERS_PATIENTS = """
SELECT external_id FROM people_patient AS patient WHERE external_id = ANY(%s)
   AND NOT EXISTS (SELECT FROM programs_enrolment WHERE patient_id = patient.id AND program_id = %s)
"""
OTHERS_STAFF = """
SELECT lower(name) FROM people_staff AS staff
 WHERE NOT EXISTS (SELECT FROM programs_staffrole WHERE staff_id = staff.id AND program_id = %(program)s)
   AND (user_id IS NOT NULL OR EXISTS (SELECT FROM programs_staffrole WHERE staff_id = staff.id))
"""
OFFICERS = """
SELECT staff.name FROM programs_staffrole AS role JOIN people_staff AS staff ON staff.id = role.staff_id
 WHERE role.program_id = %s AND role.role = 'privacy_officer' AND role.ended_at IS NULL
"""
BY_COMMAND = "whoever looks after Rejoin does that by the command line"


def keep_to_ones_own(brought: Brought, tally: Tally) -> None:
    """Complain of patients and colleagues of other programs, and of whoever would watch over the trail."""
    _keep_to_own_patients(brought, tally)
    _keep_to_own_staff(brought, tally)
    _keep_the_watch(brought, tally)


def _keep_to_own_patients(brought: Brought, tally: Tally) -> None:
    lines = {key[0]: note.line for key, note in reversed(brought.places.items())}
    rows = select(OTHERS_PATIENTS, [list(brought.folder.patients), tally.program.pk])
    for (patient,) in rows:
        message = f"is the number of a patient who has no place in this program: {BY_COMMAND}"
        tally.complain("roster.csv", lines.get(patient, 1), "patient_id", message)


def _keep_to_own_staff(brought: Brought, tally: Tally) -> None:
    elsewhere = {name.casefold() for (name,) in select(OTHERS_STAFF, {"program": tally.program.pk})}
    for key in sorted(elsewhere & brought.staff.keys()):
        file, line = brought.named[key]
        message = f"is the name of somebody who has no role in this program: {BY_COMMAND}"
        tally.complain(file, line, "name", message)


def _keep_the_watch(brought: Brought, tally: Tally) -> None:
    """Whoever brings records in does not choose who looks over her shoulder."""
    officers = {name.casefold() for (name,) in select(OFFICERS, [tally.program.pk])}
    for key, roles in brought.roles.items():
        if Role.PRIVACY_OFFICER in roles and key not in officers:
            file, line = brought.named[key]
            message = f"privacy_officer is not given from a folder that somebody uploads: {BY_COMMAND}"
            tally.complain(file, line, "roles", message)
