"""What she sets herself: an address for her own calendar, and hours in which nothing rings."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from rejoin.common.schema import append_only, keep_columns, seen_by_patient, web_may
from rejoin.outreach import schema


class Migration(migrations.Migration):
    dependencies = [("outreach", "0003_readings_by_time"), ("programs", "0009_changes_of_sessions")]
    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_by", models.CharField(blank=True, default="", max_length=50)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calendar_feeds",
                        to="people.patient",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(ended_at__isnull=True), fields=("patient",), name="one_live_calendar_feed"
                    ),
                    models.CheckConstraint(
                        condition=(Q(ended_by="") & Q(ended_at__isnull=True))
                        | (~Q(ended_by="") & Q(ended_at__isnull=False)),
                        name="calendar_feed_ended_by_somebody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnQuiet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("from_at", models.TimeField(blank=True, null=True)),
                ("until_at", models.TimeField(blank=True, null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_quiet",
                        to="people.patient",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "own quiet",
                "indexes": [models.Index(fields=["patient", "-id"], name="own_quiet_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(from_at__isnull=True, until_at__isnull=True)
                        | (
                            Q(from_at__isnull=False, until_at__isnull=False)
                            & ~Q(from_at=models.F("until_at"))
                        ),
                        name="own_quiet_has_two_ends",
                    )
                ],
            },
        ),
        *append_only("outreach_ownquiet"),
        *seen_by_patient("outreach_calendarfeed", "outreach_ownquiet"),
        keep_columns("outreach_calendarfeed", "ref", "patient_id", "made_at"),
        *web_may(**schema.MAY),
    ]
