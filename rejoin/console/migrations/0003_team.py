"""Whoever looks at a case, at tasks or at a hand-off sees what colleagues write."""

from django.db import migrations

from rejoin.console import schema
from rejoin.console.schema import live_on

TEAM = ("case", "tasks", "huddle")


class Migration(migrations.Migration):
    dependencies = [("console", "0002_long_work"), ("followup", "0006_seats_within")]
    operations = [
        *live_on("followup_casenote", *TEAM, of=schema.OF_CASE, shown=("waits",)),
        *live_on("followup_casenoteseen", *TEAM, of=schema.OF_NOTE),
        *live_on("followup_task", *TEAM, shown=("owner_id", "open")),
        *live_on("followup_taskevent", *TEAM, of=schema.OF_TASK),
        *live_on("followup_handoff", "tasks", "huddle"),
        *live_on("followup_handoffread", "tasks", "huddle", of=schema.OF_HAND_OFF),
        *live_on("followup_safetyrecord", *TEAM, "worklist", "overdue", of=schema.OF_CASE),
        *live_on("followup_emergencydisclosure", "case", "access"),
    ]
