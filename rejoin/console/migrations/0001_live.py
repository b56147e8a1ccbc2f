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
        ("followup", "0005_steps_by_program"),
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
        *live_on("programs_seat", *ROOM, of=schema.OF_SESSION, shown=("released_at", "patient_id")),
        *live_on("programs_sessionstaff", *ROOM, of=schema.OF_SESSION, shown=("released_at", "role")),
        *live_on("rooms_sessionevidence", *ROOM, of=schema.OF_SESSION, shown=ANY_COLUMN),
        *live_on("rooms_seatevidence", *ROOM, of=schema.OF_SEAT, shown=ANY_COLUMN),
        *live_on("rooms_stranger", *ROOM, "unmatched", of=schema.OF_SESSION, shown=ANY_COLUMN),
        *live_on(
            "attendance_seatstatus",
            *ROOM,
            of=schema.OF_SESSION,
            shown=("number", "status", "provisional", "attested"),
            key="seat_id",
        ),
        *live_on("attendance_mark", *ROOM, of=schema.OF_SEAT),
        *live_on("attendance_notice", *ROOM, of=schema.OF_SEAT),
        *live_on("attendance_checkin", *ROOM, of=schema.OF_SEAT),
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
        *live_on("followup_caseevent", *CASE, of=schema.OF_CASE),
        *live_on("followup_step", *CASE, shown=("owner_id", "state", "due_at", "deadline")),
        *live_on("followup_attempt", *CASE, of=schema.OF_CASE),
        *live_on("followup_disposition", *CASE, of=schema.OF_CASE),
        *live_on("followup_promisedreturn", *CASE, of=schema.OF_CASE),
        *live_on("followup_promiseoutcome", *CASE, of=schema.OF_PROMISE),
        *live_on("followup_review", "huddle", "overdue"),
        *live_on("followup_reviewevent", "huddle", "overdue", of=schema.OF_REVIEW),
        # What goes out and comes back.
        *live_on("outreach_message", "case", shown=("state",)),
        *live_on("outreach_reply", "words", "case", "worklist", of=schema.OF_READERS, shown=("unread",)),
        *live_on("outreach_replyreading", "words", "case", "worklist", of=schema.OF_REPLY),
    ]
