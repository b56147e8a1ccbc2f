"""Birth dates, what guardians signed, and whom nothing is told. Facts are appended; the staff write them."""

import datetime as dt

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import answered_for, append_only, seen_where, web_may
from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_whom_groups_are_for"),
        ("programs", "0008_whom_groups_are_for"),
    ]

    operations = [
        migrations.CreateModel(
            name="BirthDate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("born_on", models.DateField(blank=True, null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="birth_dates",
                        to="people.patient",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["patient", "-at"], name="birth_date_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("born_on__isnull", True),
                            ("born_on__gte", dt.date(1900, 1, 1)),
                            _connector="OR",
                        ),
                        name="birth_is_of_this_age",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FamilyClosing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("closes", models.BooleanField()),
                ("why", models.CharField(blank=True, default="", max_length=20)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closings",
                        to="people.contact",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="family_closings",
                        to="people.patient",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["patient", "-at"], name="family_closing_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("why__in", ["endangers", "she_asks", "court", "judgement", ""])),
                        name="family_closing_reason_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closes", True), models.Q(("why", ""), _negated=True)),
                            models.Q(("closes", False), ("why", "")),
                            _connector="OR",
                        ),
                        name="family_is_closed_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GuardianWord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("purpose", models.CharField(max_length=20)),
                ("granted", models.BooleanField()),
                ("until_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=20)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.contact"
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signed",
                        to="people.contact",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardian_words",
                        to="people.patient",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["patient", "-at"], name="guardian_word_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purpose__in", ["attendance", "safety", "scheduling", "billing"])
                        ),
                        name="guardian_word_purpose_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until_at__isnull", True), ("until_at__gt", models.F("at")), _connector="OR"
                        ),
                        name="guardian_word_expires_after_it_is_given",
                    ),
                ],
            },
        ),
        *append_only(*schema.FAMILY_WRITES),
        *[
            seen_where(table, schema.HERS, written=written, wide=answered_for(table))
            for table, written in schema.FAMILY_WRITTEN.items()
        ],
        *web_may(**dict.fromkeys(schema.FAMILY_WRITES, "SELECT, INSERT")),
    ]
