from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.followup import schema


class Migration(migrations.Migration):
    dependencies = [("followup", "0007_steps_of_a_case")]
    operations = [RunSQL(schema.WAKE_ENDED_CASE_OF_SEAT, RunSQL.noop)]
