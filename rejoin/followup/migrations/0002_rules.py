"""Facts are appended; cases wake by themselves; roles may do what they need and no more."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import append_only, read_where, seen_by_patient, seen_where
from rejoin.followup import schema

FACTS = (
    "followup_caseevent",
    "followup_attempt",
    "followup_disposition",
    "followup_promisedreturn",
    "followup_promiseoutcome",
    "followup_review",
    "followup_reviewevent",
)


class Migration(migrations.Migration):
    dependencies = [
        ("followup", "0001_initial"),
        ("attendance", "0002_rules"),
        ("outreach", "0002_rules"),
        ("audit", "0002_append_only"),
    ]
    operations = [
        RunSQL(schema.WAKES, schema.DROP_WAKES),
        *append_only(*FACTS, "outreach_replyreading"),
        *seen_by_patient(*FACTS, "followup_case", "followup_step", "followup_patientwatch"),
        seen_where(
            "audit_event",
            schema.OWN_EVENTS,
            written=schema.TELLS,
            wide=schema.OWN_EVENTS_WIDELY,
            wide_written=schema.TELLS,
        ),
        read_where("audit_event", schema.GUARDED_EVENTS),
        RunSQL(schema.NEAR_BY, schema.DROP_NEAR_BY),
        RunSQL(schema.ASK, schema.DROP_ASK),
        RunSQL(schema.GRANTS, RunSQL.noop),
    ]
