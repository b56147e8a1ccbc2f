"""What the team says is appended and seen by the team; the database keeps up what is open, and whose it is."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    append_only,
    keep_columns,
    seen_by_program,
    seen_by_team,
    seen_through,
    seen_where,
    web_may,
)
from rejoin.followup import schema_team as team

OF_PATIENTS = (
    "followup_casenote",
    "followup_casenoteseen",
    "followup_emergencydisclosure",
    "followup_safetyrecord",
)


class Migration(migrations.Migration):
    dependencies = [("followup", "0003_team"), ("attendance", "0003_where_she_is")]
    operations = [
        RunSQL(
            "DROP TRIGGER append_only ON followup_review",
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON followup_review "
            "FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_change()",
        ),
        RunSQL(team.REVIEWS, team.DROP_REVIEWS),
        keep_columns("followup_review", *team.REVIEW_SAID),
        RunSQL(team.TASKS, team.DROP_TASKS),
        keep_columns("followup_task", *team.TASK_SAID),
        RunSQL(team.NOTES, team.DROP_NOTES),
        keep_columns("followup_casenote", *team.NOTE_SAID),
        *append_only(
            "followup_casenoteseen",
            "followup_emergencydisclosure",
            "followup_handoff",
            "followup_handoffread",
            "followup_safetyrecord",
            "followup_taskevent",
        ),
        *seen_by_team(*OF_PATIENTS),
        seen_where("followup_task", team.TASKS_NEAR, wide=team.TASKS_WIDELY),
        seen_through("followup_taskevent", "task_id", "followup_task"),
        *seen_by_program("followup_handoff"),
        seen_through("followup_handoffread", "hand_off_id", "followup_handoff"),
        *web_may(**team.WEB_WRITES),
        *web_may(**dict.fromkeys((*team.WEB_READS, *team.WEB_WRITES), "SELECT")),
    ]
