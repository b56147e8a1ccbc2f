"""What comes in while a session is looked at for the first time wakes it once more."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.attendance import schema


class Migration(migrations.Migration):
    dependencies = [("attendance", "0003_where_she_is")]
    operations = [RunSQL(schema.WAKES_THAT_WAIT, RunSQL.noop)]
