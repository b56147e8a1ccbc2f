"""A family's page is told which of the family sessions it shows have a room."""

from django.db import migrations

from rejoin.common.schema import close_functions
from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [("people", "0007_family_sign_ins")]
    operations = [migrations.RunSQL(schema.SHOWN_ROOMS, schema.NO_SHOWN_ROOMS), close_functions()]
