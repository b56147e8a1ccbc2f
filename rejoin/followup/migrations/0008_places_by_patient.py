"""Whether a patient is hers to see is asked by the patient's places, however many programs whoever asks has."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("followup", "0007_steps_of_a_case"), ("programs", "0003_whose_chart_she_sees")]
    operations = [RunSQL(schema.VIEWS, RunSQL.noop)]
