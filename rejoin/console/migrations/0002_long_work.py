"""Whoever looks at long work sees how far it is."""

from django.db import migrations

from rejoin.console.schema import live_on

SHOWN = ("state", "done", "total", "saying", "stop_asked_at")


class Migration(migrations.Migration):
    dependencies = [("console", "0001_live"), ("longwork", "0002_rules")]
    operations = [*live_on("longwork_work", "longwork", shown=SHOWN)]
