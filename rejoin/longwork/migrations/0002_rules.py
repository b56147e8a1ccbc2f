"""Work is its program's, its files are whoever asked's; asking wakes a worker."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import keep_columns, seen_by_program, seen_through, seen_where, web_may
from rejoin.longwork import schema

ASKED = ("ref", "kind", "program_id", "asked_by_id", "asked_at", "given")


class Migration(migrations.Migration):
    dependencies = [("longwork", "0001_initial"), ("followup", "0002_rules")]
    operations = [
        *seen_by_program("longwork_work"),
        schema.ASKS_HERSELF,
        seen_where("longwork_enclosure", schema.OWN_ENCLOSURE),
        seen_through("longwork_piece", "enclosure_id", "longwork_enclosure"),
        keep_columns("longwork_work", *ASKED),
        *web_may(
            longwork_work=schema.STOPS,
            longwork_enclosure="SELECT, INSERT",
            longwork_piece="SELECT, INSERT",
        ),
        RunSQL(schema.WAKE, schema.DROP_WAKE),
        schema.CASES_BY_POLICY,
    ]
