"""Boards look again when somebody comes to a door, goes from it, or is let in."""

from django.db import migrations

from rejoin.common.schema import close_functions
from rejoin.console import schema
from rejoin.console.schema import live_on


class Migration(migrations.Migration):
    dependencies = [("console", "0005_closed_functions"), ("visits", "0004_names_and_the_door")]
    operations = [
        *live_on(
            "visits_visit", "today", "session", of=schema.OF_SESSION, shown=("state", "asked_at", "left_at")
        ),
        close_functions(),
    ]
