"""Boards are told when to look again. No table of the console's own: it has none."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.console import schema
from rejoin.console.schema import ANY_COLUMN, live_on

ROOM = ("today", "session")
CASE = ("worklist", "case", "cases", "overdue", "huddle")


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0002_rules"),
        ("followup", "0002_rules"),
        ("outreach", "0002_rules"),
        ("programs", "0002_rules"),
        ("rooms", "0002_rules"),
    ]
    operations = [
        RunSQL(schema.TELL, schema.DROP_TELL),
        # Who is here.
        *live_on(
            "programs_session",
            *ROOM,
            shown=("starts_at", "ends_at", "held", "group_id", "kind", "service", "module", "mode"),
        ),
        *live_on("programs_seat", *ROOM, programs=schema.OF_SESSION, shown=("released_at", "patient_id")),
        *live_on("programs_sessionstaff", *ROOM, programs=schema.OF_SESSION, shown=("released_at", "role")),
        *live_on("rooms_sessionevidence", *ROOM, programs=schema.OF_SESSION, shown=ANY_COLUMN),
        *live_on("rooms_seatevidence", *ROOM, programs=schema.OF_SEAT, shown=ANY_COLUMN),
        *live_on("rooms_stranger", *ROOM, "unmatched", programs=schema.OF_SESSION, shown=ANY_COLUMN),
        *live_on(
            "attendance_seatstatus",
            *ROOM,
            programs=schema.OF_SESSION,
            shown=("number", "status", "provisional", "attested"),
            key="seat_id",
        ),
        *live_on("attendance_mark", *ROOM, programs=schema.OF_SEAT),
        *live_on("attendance_notice", *ROOM, programs=schema.OF_SEAT),
        *live_on("attendance_checkin", *ROOM, programs=schema.OF_SEAT),
        *live_on("attendance_dayclose", *ROOM),
        # What there is to do.
        *live_on(
            "followup_case",
            *CASE,
            shown=(
                *("seat_id", "owner_id", "state", "stopping", "final_outcome", "elevated"),
                *("first_attempt_by", "first_attempt_at", "next_step", "next_due_at", "promised_at"),
            ),
        ),
        *live_on("followup_caseevent", *CASE, programs=schema.OF_CASE),
        *live_on(
            "followup_step", *CASE, programs=schema.OF_CASE, shown=("owner_id", "state", "due_at", "deadline")
        ),
        *live_on("followup_attempt", *CASE, programs=schema.OF_CASE),
        *live_on("followup_disposition", *CASE, programs=schema.OF_CASE),
        *live_on("followup_promisedreturn", *CASE, programs=schema.OF_CASE),
        *live_on("followup_promiseoutcome", *CASE, programs=schema.OF_PROMISE),
        *live_on("followup_review", "huddle", "overdue"),
        *live_on("followup_reviewevent", "huddle", "overdue", programs=schema.OF_REVIEW),
        # What goes out and comes back.
        *live_on("outreach_message", "case", shown=("state",)),
        *live_on(
            "outreach_reply", "words", "case", "worklist", programs=schema.OF_READERS, shown=("unread",)
        ),
        *live_on("outreach_replyreading", "words", "case", "worklist", programs=schema.OF_REPLY),
    ]
