"""Boards look again when something comes of an offer, of a seat that is waited for, or of what is owed."""

from django.db import migrations

from rejoin.common.schema import close_functions
from rejoin.console import schema
from rejoin.console.schema import live_on


class Migration(migrations.Migration):
    dependencies = [("console", "0006_at_the_door"), ("makeups", "0004_said_by_staff")]
    operations = [
        *live_on("makeups_offerturn", "case", "today", "session", of=schema.OF_OFFER),
        *live_on("makeups_waiting", "case", of=schema.OF_SEAT),
        *live_on("makeups_ledgerentry", "case", "session", of=schema.OF_SEAT),
        *live_on("makeups_moreallowed", "case", of=schema.OF_SEAT),
        close_functions(),
    ]
