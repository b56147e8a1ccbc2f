"""Which missed sessions have something open still: of years of them a few, and a page that lists them reads those alone."""

from django.db import migrations, models
from django.db.migrations import RunSQL
from django.db.models import Q

from rejoin.makeups import schema

OF_BEFORE = """
UPDATE makeups_debt AS debt SET left_open = true
 WHERE EXISTS (SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = debt.seat_id AND entry.account <> 'billing'
                GROUP BY entry.account HAVING sum(entry.amount) > 0);
ANALYZE makeups_debt;
"""


class Migration(migrations.Migration):
    dependencies = [("makeups", "0009_the_rest_of_a_missed_session")]
    operations = [
        migrations.AddField("debt", "left_open", models.BooleanField(default=False, db_default=False)),
        RunSQL(schema.NOTES_LEFT_OPEN, schema.DROP_NOTES_LEFT_OPEN),
        RunSQL(OF_BEFORE, RunSQL.noop),
        migrations.AddIndex(
            "debt", models.Index(fields=["seat"], condition=Q(left_open=True), name="debt_left_open")
        ),
    ]
