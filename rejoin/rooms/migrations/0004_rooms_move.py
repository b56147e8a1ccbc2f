"""A session's room of our own may be made anew in another engine: of its row only whose it is stays for ever."""

from django.db import migrations
from django.db.migrations import RunSQL

DROP = "DROP TRIGGER keep_columns ON rooms_hostedroom;"
KEEP = """
CREATE TRIGGER keep_columns BEFORE UPDATE OF {columns} ON rooms_hostedroom
    FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("rooms", "0003_hosted_rooms")]
    operations = [
        RunSQL(
            DROP + KEEP.format(columns="session_id"),
            DROP + KEEP.format(columns="session_id, provider, name, made_at"),
        )
    ]
