"""That a team tries to reach her is told of a miss alone."""

from django.db import migrations

from rejoin.common.schema import close_functions
from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_family_rooms"),
        ("attendance", "0008_what_is_a_miss"),
        ("followup", "0011_answers_that_ask"),
    ]
    operations = [migrations.RunSQL(schema.SHOWN_LOOKING, schema.NO_SHOWN_LOOKING), close_functions()]
