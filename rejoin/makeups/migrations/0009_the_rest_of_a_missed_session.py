"""After a make-up that left something open she may have another for the rest."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.makeups import schema

ANEW = schema.TAKE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("makeups", "0008_in_the_program_when_taken")]
    operations = [RunSQL(ANEW, RunSQL.noop)]
