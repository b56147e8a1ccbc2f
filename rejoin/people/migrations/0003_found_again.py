"""What a patient is called is kept in words, so that a long list can be looked through for a name."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [("people", "0002_found_by_name")]
    operations = [RunSQL(schema.FOUND_AGAIN, schema.DROP_FOUND_AGAIN)]
