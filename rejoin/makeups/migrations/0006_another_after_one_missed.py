"""Whoever was not at her make-up either may have another: the one she missed stands for nothing."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.makeups import schema

ANEW = schema.TAKE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("makeups", "0005_whole_days")]
    operations = [RunSQL(ANEW, RunSQL.noop)]
