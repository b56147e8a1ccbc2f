"""Somebody looks after privacy; a glass may be broken; places are found by their patient."""

from datetime import timedelta

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models
from django.db.migrations import RunSQL

from rejoin.common.schema import append_only, seen_where, web_may
from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_found_by_name"),
        ("programs", "0002_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="BrokenGlass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("reason", models.CharField(max_length=20)),
                ("words", models.TextField()),
                ("until_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "broken glasses",
            },
        ),
        migrations.CreateModel(
            name="BrokenGlassSeen",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
            ],
            options={
                "verbose_name_plural": "broken glasses seen",
            },
        ),
        migrations.RemoveConstraint(
            model_name="careteammember",
            name="care_team_role_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="staffrole",
            name="role_is_known",
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["patient", "program"], name="enrolment_by_patient"),
        ),
        migrations.AddConstraint(
            model_name="careteammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "cofacilitator",
                            "counselor",
                            "therapist",
                            "coordinator",
                            "outreach_worker",
                            "supervisor",
                            "clinician",
                            "facilitator",
                            "director",
                            "billing",
                            "team",
                            "privacy_officer",
                        ],
                    )
                ),
                name="care_team_role_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="staffrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "cofacilitator",
                            "counselor",
                            "therapist",
                            "coordinator",
                            "outreach_worker",
                            "supervisor",
                            "clinician",
                            "facilitator",
                            "director",
                            "billing",
                            "team",
                            "privacy_officer",
                        ],
                    )
                ),
                name="role_is_known",
            ),
        ),
        migrations.AddField(
            model_name="brokenglass",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="broken_glasses",
                to="people.patient",
            ),
        ),
        migrations.AddField(
            model_name="brokenglass",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="broken_glasses", to="people.staff"
            ),
        ),
        migrations.AddField(
            model_name="brokenglassseen",
            name="glass",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="seen", to="programs.brokenglass"
            ),
        ),
        migrations.AddIndex(
            model_name="brokenglass",
            index=models.Index(fields=["staff", "until_at"], name="glass_by_staff"),
        ),
        migrations.AddIndex(
            model_name="brokenglass",
            index=models.Index(fields=["at"], name="glass_by_time"),
        ),
        migrations.AddConstraint(
            model_name="brokenglass",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["danger", "covering", "asked", "other"])),
                name="glass_is_broken_for_a_known_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="brokenglass",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="glass_is_broken_with_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="brokenglass",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until_at__gt", models.F("at")),
                    (
                        "until_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("at"), "+", models.Value(timedelta(seconds=14400))
                        ),
                    ),
                ),
                name="glass_is_broken_for_some_hours",
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="patient",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="people.patient",
            ),
        ),
        *append_only("programs_brokenglass", "programs_brokenglassseen"),
        seen_where("programs_brokenglass", schema.OWN_GLASS, written="false"),
        seen_where(
            "programs_brokenglassseen",
            "(SELECT true FROM programs_brokenglass AS glass WHERE glass.id = glass_id)",
            written=schema.LOOKS_AT_GLASS,
        ),
        *web_may(programs_brokenglass="SELECT", programs_brokenglassseen="SELECT, INSERT"),
        RunSQL(schema.GLASS, schema.DROP_GLASS),
        RunSQL(schema.GUARDED_NAMES, schema.DROP_GUARDED_NAMES),
    ]
