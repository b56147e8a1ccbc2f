"""Rules that hold whoever writes: spans, seat counts, closed groups, and who sees which rows."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    append_only,
    read_where,
    seen_by_patient,
    seen_by_program,
    seen_by_session,
    seen_where,
)
from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_initial"), ("people", "0001_initial"), ("common", "0002_ground")]
    operations = [
        RunSQL(schema.FOLLOW_SESSION, schema.DROP_FOLLOW_SESSION),
        RunSQL(schema.COUNT_SEATS, schema.DROP_COUNT_SEATS),
        RunSQL(schema.HOLD_STAFF, schema.DROP_HOLD_STAFF),
        RunSQL(schema.CLOSED_GROUPS, schema.DROP_CLOSED_GROUPS),
        RunSQL(schema.VISIBLE, schema.DROP_VISIBLE),
        *append_only("people_consent", "programs_policyversion"),
        *seen_by_patient("people_patient", column="id"),
        *seen_by_patient(
            "people_address",
            "people_contact",
            "people_consent",
            "people_flag",
            "programs_seat",
        ),
        seen_where("programs_enrolment", schema.OWN_PATIENT, written=schema.OWN_PLACE),
        seen_where("programs_careteammember", schema.OWN_PATIENT, written=schema.OWN_PLACE),
        *seen_by_program("programs_program", column="id"),
        *seen_by_program(
            "programs_levelofcare",
            "programs_track",
            "programs_group",
            "programs_session",
            "programs_policyversion",
            "programs_staffrole",
        ),
        seen_where("programs_series", schema.OWN_PROGRAM, written=schema.OWN_SERIES),
        *seen_by_session("programs_sessionstaff"),
        read_where("programs_program", schema.HER_PROGRAM),
        read_where("programs_session", "id IN (SELECT session_id FROM programs_seat)"),
        read_where("programs_sessionstaff", "session_id IN (SELECT session_id FROM programs_seat)"),
        seen_where("accounts_user", schema.OWN_ACCOUNT),
    ]
