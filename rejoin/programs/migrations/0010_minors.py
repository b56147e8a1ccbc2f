"""Which entries of the law of minors' consent a program has confirmed."""

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import append_only, in_program, read_where, seen_where, web_may
from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [
        ("programs", "0009_changes_of_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="StateConfirmation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("state", models.CharField(max_length=2)),
                ("service", models.CharField(max_length=20)),
                ("checked_on", models.DateField()),
                ("confirmed", models.BooleanField()),
                ("until_at", models.DateTimeField(blank=True, null=True)),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="state_confirmations",
                        to="programs.program",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["program", "-at"], name="state_confirmation_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("service__in", ["mental_health", "substance_use"])),
                        name="confirmation_service_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_at__isnull", True), ("until_at__gt", models.F("at")), _connector="OR"
                        ),
                        name="confirmation_ends_after_it_is_given",
                    ),
                ],
            },
        ),
        *append_only("programs_stateconfirmation"),
        seen_where("programs_stateconfirmation", in_program(), written=schema.CONFIRMED_BY),
        read_where("programs_stateconfirmation", schema.OF_HER_PROGRAM),
        *web_may(programs_stateconfirmation="SELECT, INSERT"),
    ]
