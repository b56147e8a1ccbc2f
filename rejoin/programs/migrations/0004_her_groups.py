"""A patient reads what her groups are called; a glass is broken over the patient who is named, whatever her row holds."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import read_where
from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("programs", "0003_whose_chart_she_sees")]
    operations = [
        read_where("programs_group", schema.HER_GROUP),
        RunSQL(schema.GLASS, RunSQL.noop),
    ]
