"""What is free, and whether there is room, are looked up by key, whatever the tables were like when a plan was made."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.makeups import schema


class Migration(migrations.Migration):
    dependencies = [("makeups", "0010_left_open")]
    operations = [RunSQL(schema.BY_KEY, schema.NOT_BY_KEY)]
