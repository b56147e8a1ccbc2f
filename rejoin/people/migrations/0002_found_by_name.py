"""Patients are found by the first letters of what they are called."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [RunSQL(schema.FOUND, schema.DROP_FOUND)]
