"""A day is billed by all that she had on it: news of one of her seats is news for what the others owe."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import close_functions
from rejoin.makeups import schema


class Migration(migrations.Migration):
    dependencies = [("makeups", "0004_said_by_staff")]
    operations = [RunSQL(schema.WAKES_OF_A_DAY, schema.DROP_WAKES_OF_A_DAY), close_functions()]
