"""Deliveries keep what they said; rows are seen by those whose patients they are of."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import append_only, keep_columns, seen_by_patient
from rejoin.rooms import schema


def _seen_through(table: str, column: str, other: str, key: str) -> RunSQL:
    """Seen by whoever sees the row of `other` that `column` points at."""
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"  # noqa: S608 - tables of our own
        f"CREATE POLICY engine_all ON {table} TO rejoin_engine USING (true) WITH CHECK (true);"
        f"CREATE POLICY web_own ON {table} TO rejoin_web USING ({column} IN (SELECT {key} FROM {other})) "
        f"WITH CHECK ({column} IN (SELECT {key} FROM {other}))",
        f"DROP POLICY engine_all ON {table}; DROP POLICY web_own ON {table};"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


def _engine_only(table: str) -> RunSQL:
    """No patient's: seen by the engine, and by whoever owns the table."""
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY engine_all ON {table} TO rejoin_engine USING (true) WITH CHECK (true)",
        f"DROP POLICY engine_all ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


class Migration(migrations.Migration):
    dependencies = [("rooms", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        *append_only("rooms_identity", "rooms_heard"),
        keep_columns(
            "rooms_rawevent", "provider", "event_id", "received_at", "received_by", "body", "program_id"
        ),
        *seen_by_patient("rooms_identity"),
        RunSQL(
            "ALTER TABLE rooms_rawevent ENABLE ROW LEVEL SECURITY;"
            "CREATE POLICY engine_all ON rooms_rawevent TO rejoin_engine USING (true) WITH CHECK (true)",
            "DROP POLICY engine_all ON rooms_rawevent;ALTER TABLE rooms_rawevent DISABLE ROW LEVEL SECURITY",
        ),
        _seen_through("rooms_heard", "session_id", "programs_session", "id"),
        _seen_through("rooms_room", "session_id", "programs_session", "id"),
        _seen_through("rooms_sessionevidence", "session_id", "programs_session", "id"),
        _seen_through("rooms_seatevidence", "seat_id", "programs_seat", "id"),
        _seen_through("rooms_stranger", "session_id", "programs_session", "id"),
        RunSQL(schema.REVISITS, schema.DROP_REVISITS),
        RunSQL(schema.QUEUE_GRANTS, RunSQL.noop),
    ]
