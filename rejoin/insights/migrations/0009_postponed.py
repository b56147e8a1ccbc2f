"""A program's night that fails by itself is pushed forward: the engine's own markers."""

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import seen_by_engine
from rejoin.insights import nights_schema as schema


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0008_progress_fit"),
        ("programs", "0010_minors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Postponed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("work", models.CharField(max_length=12)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, default="", max_length=200)),
                ("next_try_at", models.DateTimeField()),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="programs.program",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "postponed",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("work__in", ["risk", "parameters"])),
                        name="nightly_work_is_known",
                    ),
                    models.UniqueConstraint(fields=("program", "work"), name="a_night_is_postponed_once"),
                ],
            },
        ),
        *seen_by_engine(*schema.MARKERS),
    ]
