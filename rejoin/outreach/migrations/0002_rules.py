"""What was sent and what came back is kept; rows are seen by their patients' own."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    append_only,
    keep_columns,
    seen_by_engine,
    seen_by_patient,
    seen_through,
    seen_where,
)
from rejoin.outreach import schema

SAID = ("at", "by", "patient_id", "delivery_id", "channel", "meaning", "text", "programs")


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        *append_only("outreach_messageevent"),
        keep_columns("outreach_reply", *SAID),
        RunSQL(schema.READING, schema.DROP_READING),
        keep_columns("outreach_message", "key", "patient_id", "program_id", "about", "made_at"),
        keep_columns("outreach_vendordelivery", "vendor", "event_id", "kind", "received_at", "body"),
        *seen_by_patient("outreach_message", "outreach_pushsubscription"),
        seen_where(
            "outreach_reply", schema.OWN_REPLIES, written=schema.OWN_WORDS, wide=schema.OWN_WORDS_WIDELY
        ),
        seen_through("outreach_messageevent", "message_id", "outreach_message"),
        seen_through("outreach_replyreading", "reply_id", "outreach_reply"),
        *seen_by_engine("outreach_vendordelivery"),
    ]
