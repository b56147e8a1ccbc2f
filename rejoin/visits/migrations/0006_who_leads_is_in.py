"""Whoever stands at the door is told whether somebody who leads is in."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import close_functions
from rejoin.visits import schema


class Migration(migrations.Migration):
    dependencies = [("rooms", "0004_rooms_move"), ("visits", "0005_since_when_she_stands")]
    operations = [RunSQL(schema.IS_LED, schema.DROP_IS_LED), close_functions()]
