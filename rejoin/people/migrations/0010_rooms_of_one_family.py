"""A family's page leads to rooms of its own patient alone."""

from django.db import migrations

from rejoin.common.schema import close_functions
from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [("people", "0009_whom_a_team_tries_to_reach")]
    operations = [migrations.RunSQL(schema.SHOWN_OWN_ROOMS, schema.NO_SHOWN_OWN_ROOMS), close_functions()]
