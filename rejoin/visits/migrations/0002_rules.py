"""Facts are appended; a visit is seen by whoever sees its patient; who is in a room, by whoever is in it."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    answered_for,
    append_only,
    close_functions,
    keep_columns,
    read_where,
    seen_by_patient,
    seen_by_session,
    seen_where,
    web_may,
)
from rejoin.programs.schema import her_session
from rejoin.visits import schema


class Migration(migrations.Migration):
    dependencies = [
        ("visits", "0001_initial"),
        ("attendance", "0006_sessions_to_attest"),
        ("followup", "0002_rules"),
    ]
    operations = [
        *append_only("visits_visitturn", "visits_lock", "visits_telehealthconsent"),
        keep_columns("visits_visit", *schema.KEPT),
        *(
            seen_where(table, schema.near_or_led(table), wide=answered_for(table))
            for table in ("visits_visit", "visits_visitturn")
        ),
        *seen_by_patient("visits_telehealthconsent"),
        *seen_by_session("visits_lock"),
        read_where("visits_lock", her_session("visits_lock")),
        *web_may(**schema.MAY),
        RunSQL(schema.IN_ROOM, schema.DROP_IN_ROOM),
        close_functions(),
    ]
