"""Steps carry their program, so that a list by the clock is read from an index of its own."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models
from django.db.migrations import RunSQL

from rejoin.followup import schema_team


class Migration(migrations.Migration):
    dependencies = [("followup", "0004_team_rules"), ("programs", "0002_rules")]
    operations = [
        migrations.AddField(
            model_name="step",
            name="program",
            field=models.ForeignKey(
                default=None,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="programs.program",
            ),
        ),
        RunSQL(schema_team.STEPS, schema_team.DROP_STEPS),
        RunSQL("SET CONSTRAINTS ALL IMMEDIATE", RunSQL.noop),
        migrations.AlterField(
            model_name="step",
            name="program",
            field=models.ForeignKey(
                default=None,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="programs.program",
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                models.F("program"),
                django.db.models.functions.comparison.Coalesce("deadline", "due_at"),
                condition=models.Q(("ended_at__isnull", True)),
                name="step_by_clock",
            ),
        ),
    ]
