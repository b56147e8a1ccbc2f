"""Parameters fitted over a program, night by night: kept for good, seen by its staff, written by the engine."""

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import append_only, seen_by_program, web_may
from rejoin.insights import parameters_schema as schema


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0007_not_known"),
        ("programs", "0010_minors"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProgressFit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("instrument", models.CharField(max_length=32)),
                ("version", models.CharField(max_length=32)),
                ("scale", models.CharField(max_length=32)),
                ("until_on", models.DateField()),
                ("model", models.CharField(max_length=40)),
                ("patients", models.PositiveIntegerField()),
                ("twice", models.PositiveIntegerField()),
                ("scores", models.PositiveIntegerField()),
                ("parameters", models.JSONField(blank=True, null=True)),
                ("how", models.TextField()),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="progress_fits",
                        to="programs.program",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["program", "instrument", "version", "scale", "-id"],
                        name="progress_fit_latest",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("program", "instrument", "version", "scale", "until_on", "model"),
                        name="progress_is_fitted_once_a_night",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("patients__lte", models.F("scores"))),
                        name="who_is_fitted_on_has_a_score",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("how", ""), _negated=True), name="a_fit_says_how"
                    ),
                ],
            },
        ),
        *append_only(*schema.FACTS),
        *seen_by_program(*schema.FACTS),
        *web_may(**dict.fromkeys(schema.WEB_READS, "SELECT")),
    ]
