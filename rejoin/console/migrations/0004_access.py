"""Whoever looks after privacy sees a glass when it is broken."""

from django.db import migrations

from rejoin.console import schema
from rejoin.console.schema import live_on


class Migration(migrations.Migration):
    dependencies = [("console", "0003_team"), ("programs", "0003_whose_chart_she_sees")]
    operations = [
        *live_on("programs_brokenglass", "access", of=schema.OF_PATIENT),
        *live_on("programs_brokenglassseen", "access", of=schema.OF_GLASS),
    ]
