"""A patient's seats of some days are found without reading years of them."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.followup import schema_team


class Migration(migrations.Migration):
    dependencies = [("followup", "0005_steps_by_program")]
    operations = [RunSQL(schema_team.SEATS_WITHIN, schema_team.DROP_SEATS_WITHIN)]
