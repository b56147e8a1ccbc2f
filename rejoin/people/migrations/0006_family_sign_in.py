"""Who of a family signs in, around whom, and what a page of theirs is told: nothing but by functions that name columns."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from rejoin.common.schema import append_only, close_functions, seen_by_engine
from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0005_family"),
        ("programs", "0010_minors"),
        ("attendance", "0007_mark_via"),
        ("followup", "0002_rules"),
        ("makeups", "0002_rules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Relative",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(default="en", max_length=2)),
                ("timezone", models.CharField(max_length=64)),
                (
                    "user",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relative",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["en", "es"])), name="relative_language_is_known"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tie",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tie", to="people.contact"
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ties", to="people.patient"
                    ),
                ),
                (
                    "relative",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ties", to="people.relative"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("relative", "patient"), name="one_tie_to_a_patient")
                ],
            },
        ),
        *append_only("people_tie"),
        *seen_by_engine("people_relative", "people_tie"),
        migrations.RunSQL(schema.SHOWN, schema.DROP_SHOWN),
        close_functions(),
    ]
