"""Whoever has left the program takes no seat in it by what she was offered before."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.makeups import schema

ANEW = schema.TAKE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("makeups", "0007_kept_apart_when_taken")]
    operations = [RunSQL(ANEW, RunSQL.noop)]
