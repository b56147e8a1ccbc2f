"""Rules that hold whoever writes: spans, seat counts, closed groups, and who sees which rows."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import append_only, seen_by_patient, seen_by_program
from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial"), ("people", "0001_initial"), ("common", "0002_ground")]
    operations = [
        RunSQL(schema.FOLLOW_SESSION, schema.DROP_FOLLOW_SESSION),
        RunSQL(schema.COUNT_SEATS, schema.DROP_COUNT_SEATS),
        RunSQL(schema.CLOSED_GROUPS, schema.DROP_CLOSED_GROUPS),
        RunSQL(schema.VISIBLE, schema.DROP_VISIBLE),
        *append_only("people_consent", "programs_policyversion"),
        *seen_by_patient("people_patient", column="id"),
        *seen_by_patient(
            "people_address",
            "people_contact",
            "people_consent",
            "people_flag",
            "programs_enrolment",
            "programs_careteammember",
            "programs_seat",
        ),
        *seen_by_program("programs_program", column="id"),
        *seen_by_program(
            "programs_group",
            "programs_series",
            "programs_session",
            "programs_policyversion",
            "programs_staffrole",
        ),
        RunSQL(
            "CREATE POLICY web_own_seats ON programs_session FOR SELECT TO rejoin_web "
            "USING (id IN (SELECT session_id FROM programs_seat))",
            "DROP POLICY web_own_seats ON programs_session",
        ),
    ]
