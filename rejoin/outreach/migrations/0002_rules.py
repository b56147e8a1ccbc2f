"""What was sent and what came back is kept; rows are seen by their patients' own."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import append_only, keep_columns, seen_by_patient


class Migration(migrations.Migration):
    dependencies = [("outreach", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        *append_only("outreach_messageevent", "outreach_reply"),
        keep_columns("outreach_message", "key", "patient_id", "program_id", "about", "made_at"),
        keep_columns("outreach_vendordelivery", "vendor", "event_id", "kind", "received_at", "body"),
        *seen_by_patient("outreach_message", "outreach_reply", "outreach_pushsubscription"),
        RunSQL(
            "ALTER TABLE outreach_messageevent ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY engine_all ON outreach_messageevent TO rejoin_engine USING (true) WITH CHECK (true);"
            "CREATE POLICY web_own ON outreach_messageevent TO rejoin_web "
            "USING (message_id IN (SELECT id FROM outreach_message)) "
            "WITH CHECK (message_id IN (SELECT id FROM outreach_message));"
            "ALTER TABLE outreach_vendordelivery ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY engine_all ON outreach_vendordelivery TO rejoin_engine USING (true) WITH CHECK (true)",
            "DROP POLICY engine_all ON outreach_messageevent; DROP POLICY web_own ON outreach_messageevent;"
            "ALTER TABLE outreach_messageevent DISABLE ROW LEVEL SECURITY;"
            "DROP POLICY engine_all ON outreach_vendordelivery;"
            "ALTER TABLE outreach_vendordelivery DISABLE ROW LEVEL SECURITY",
        ),
    ]
