"""A patient is allotted to an arm of a comparison once, and it stands so: what is learnt of her later takes her out of none."""

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import append_only, seen_by_team, web_may
from rejoin.insights import risk_schema as schema


class Migration(migrations.Migration):
    dependencies = [("insights", "0010_open_dues"), ("people", "0004_whom_groups_are_for")]
    operations = [
        migrations.CreateModel(
            name="ExperimentAllotment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("arm", models.CharField(max_length=8)),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allotments",
                        to="insights.experiment",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("experiment", "patient"), name="a_patient_is_allotted_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("arm__in", ["usual", "new"])), name="arm_is_known"
                    ),
                ],
            },
        ),
        *append_only(*schema.WEB_ALLOTS),
        *seen_by_team(*schema.WEB_ALLOTS),
        *web_may(**dict.fromkeys(schema.WEB_ALLOTS, "SELECT, INSERT")),
    ]
