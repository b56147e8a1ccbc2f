"""Deliveries keep what they said; rows are seen by those whose patients they are of."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    append_only,
    keep_columns,
    read_where,
    seen_by_engine,
    seen_by_patient,
    seen_by_session,
    seen_through,
)
from rejoin.programs.schema import her_session
from rejoin.rooms import schema


class Migration(migrations.Migration):
    dependencies = [("rooms", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        *append_only("rooms_identity", "rooms_heard"),
        keep_columns(
            "rooms_rawevent", "provider", "event_id", "received_at", "received_by", "body", "program_id"
        ),
        *seen_by_patient("rooms_identity"),
        *seen_by_engine("rooms_rawevent", "rooms_mention"),
        *seen_by_session(
            "rooms_heard", "rooms_room", "rooms_sessionevidence", "rooms_stranger", "rooms_revisit"
        ),
        read_where("rooms_room", her_session("rooms_room")),
        seen_through("rooms_seatevidence", "seat_id", "programs_seat"),
        RunSQL(schema.REVISITS, schema.DROP_REVISITS),
        RunSQL(schema.QUEUE_GRANTS, RunSQL.noop),
    ]
