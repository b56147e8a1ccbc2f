"""When she can come, what a clinician lets pass, and the words of whoever writes in a ledger: those are the staff's alone."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations import RunSQL
from django.db.models import Q

from rejoin.common.schema import append_only, seen_by_patient, seen_by_team, web_may
from rejoin.makeups import schema

KEPT = "INSERT INTO makeups_ledgerwords (at, by, entry_id, patient_id, words) SELECT at, by, id, patient_id, words FROM makeups_ledgerentry WHERE words <> ''"
PUT_BACK = """
ALTER TABLE makeups_ledgerentry DISABLE TRIGGER append_only;
UPDATE makeups_ledgerentry AS entry SET words = said.words FROM makeups_ledgerwords AS said WHERE said.entry_id = entry.id;
ALTER TABLE makeups_ledgerentry ENABLE TRIGGER append_only;
"""


def _of_patient() -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.patient"
    )


def _fact() -> list[tuple[str, Any]]:
    number = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
    return [("id", number), ("at", models.DateTimeField()), ("by", models.CharField(max_length=50))]


class Migration(migrations.Migration):
    dependencies = [("makeups", "0003_told_once"), ("people", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        migrations.CreateModel(
            "FreeTime",
            [
                *_fact(),
                ("from_on", models.DateField()),
                ("windows", models.JSONField(default=list)),
                ("prefers", models.CharField(blank=True, default="", max_length=12)),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="free_times",
                        to="people.patient",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["patient", "-id"], name="free_time_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(prefers__in=["morning", "afternoon", "evening", ""]),
                        name="part_of_day_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            "LedgerWords",
            [
                *_fact(),
                ("words", models.TextField()),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="said",
                        to="makeups.ledgerentry",
                    ),
                ),
                ("patient", _of_patient()),
            ],
            options={"verbose_name_plural": "ledger words"},
        ),
        RunSQL(KEPT, PUT_BACK),
        migrations.RemoveField("ledgerentry", "words"),
        migrations.CreateModel(
            "MoreAllowed",
            [
                *_fact(),
                ("reason", models.CharField(max_length=24)),
                ("words", models.TextField()),
                ("patient", _of_patient()),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="more_allowed",
                        to="programs.seat",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "more allowed",
                "indexes": [models.Index(fields=["seat", "-id"], name="more_allowed_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(reason__in=["clinical", "level_of_care"]),
                        name="more_is_allowed_for_a_known_reason",
                    ),
                    models.CheckConstraint(condition=~Q(words=""), name="more_is_allowed_with_words"),
                ],
            },
        ),
        *append_only("makeups_freetime", "makeups_ledgerwords", "makeups_moreallowed"),
        *seen_by_patient("makeups_freetime"),
        *seen_by_team("makeups_ledgerwords", "makeups_moreallowed"),
        *web_may(**dict.fromkeys(schema.SAID_WRITES, "SELECT, INSERT")),
    ]
