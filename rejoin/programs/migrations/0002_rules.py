"""Rules that hold whoever writes: spans, seat counts, closed groups, and who sees which rows."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    answered_for,
    append_only,
    in_program,
    near,
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
        RunSQL(schema.ASKED, schema.DROP_ASKED),
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
        seen_where(
            "programs_enrolment",
            near(),
            written="false",
            wide=schema.OWN_PLACES,
            wide_written=schema.GIVES_PLACE,
        ),
        seen_where(
            "programs_careteammember",
            near(),
            written="false",
            wide=answered_for("programs_careteammember"),
            wide_written=schema.GIVES_CARE,
        ),
        *seen_by_program("programs_program", column="id"),
        *seen_by_program(
            "programs_levelofcare",
            "programs_track",
        ),
        *[
            seen_where(each, in_program(), written=schema.ANSWERS_FOR_IT)
            for each in ("programs_group", "programs_session", "programs_policyversion", "programs_staffrole")
        ],
        seen_where(
            "programs_series",
            in_program(),
            written="false",
            wide=in_program(),
            wide_written=schema.PLANS_SERIES,
        ),
        *seen_by_session("programs_sessionstaff", written=schema.GIVES_SESSIONS),
        read_where("programs_program", schema.HER_PROGRAM),
        read_where("programs_session", schema.her_session("programs_session", "id")),
        read_where("programs_sessionstaff", schema.her_session("programs_sessionstaff")),
        seen_where("accounts_user", schema.OWN_ACCOUNT),
    ]
