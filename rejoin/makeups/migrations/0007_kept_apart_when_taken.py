"""Two who are kept apart do not come into one group by accepting what both of them were shown."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.makeups import schema

ANEW = schema.TAKE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("makeups", "0006_another_after_one_missed")]
    operations = [RunSQL(ANEW, RunSQL.noop)]
