"""What was sent and what came back is kept; rows are seen by their patients' own."""

from django.db import migrations

from rejoin.common.schema import append_only, keep_columns, seen_by_engine, seen_by_patient, seen_through


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        *append_only("outreach_messageevent", "outreach_reply"),
        keep_columns("outreach_message", "key", "patient_id", "program_id", "about", "made_at"),
        keep_columns("outreach_vendordelivery", "vendor", "event_id", "kind", "received_at", "body"),
        *seen_by_patient("outreach_message", "outreach_reply", "outreach_pushsubscription"),
        seen_through("outreach_messageevent", "message_id", "outreach_message"),
        seen_through("outreach_replyreading", "reply_id", "outreach_reply"),
        *seen_by_engine("outreach_vendordelivery"),
    ]
