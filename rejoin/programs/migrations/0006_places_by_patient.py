"""Whether a patient is hers to see is asked by the patient's places, however many programs whoever asks has."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("programs", "0005_crisis_line")]
    operations = [RunSQL(schema.VIEWS, RunSQL.noop)]
