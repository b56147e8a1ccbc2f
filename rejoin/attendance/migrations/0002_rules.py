"""Facts are appended; sessions are watched by the database itself; rows are seen by their patients' own."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.attendance import schema
from rejoin.common.schema import (
    WIDE,
    append_only,
    in_program,
    seen_by_patient,
    seen_by_session,
    seen_where,
)


class Migration(migrations.Migration):
    dependencies = [("attendance", "0001_initial"), ("rooms", "0002_rules")]
    operations = [
        RunSQL(schema.WATCHES, schema.DROP_WATCHES),
        *append_only(
            "attendance_mark",
            "attendance_notice",
            "attendance_checkin",
            "attendance_outcome",
            "attendance_dayclose",
        ),
        *seen_by_patient(
            "attendance_mark",
            "attendance_notice",
            "attendance_checkin",
            "attendance_outcome",
            "attendance_seatstatus",
        ),
        # Of all of them it is said that they are attested: by somebody who sees all of them.
        seen_where("attendance_dayclose", in_program(), written=f"program_id = ANY({WIDE})"),
        *seen_by_session("attendance_watch"),
    ]
