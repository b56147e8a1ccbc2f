"""What the team says, decides and records; which reviews are open."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("followup", "0002_rules"),
        ("people", "0001_initial"),
        ("programs", "0002_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("words", models.TextField()),
                ("waits", models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name="CaseNoteSeen",
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
                "verbose_name_plural": "case notes seen",
            },
        ),
        migrations.CreateModel(
            name="EmergencyDisclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("basis", models.CharField(max_length=20)),
                ("recipient", models.CharField(max_length=200)),
                ("affiliation", models.CharField(max_length=200)),
                ("nature", models.TextField()),
                ("told_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="HandOff",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("words", models.TextField()),
                ("to_role", models.CharField(blank=True, default="", max_length=20)),
            ],
        ),
        migrations.CreateModel(
            name="HandOffRead",
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
        ),
        migrations.CreateModel(
            name="SafetyRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("step", models.CharField(max_length=24)),
                ("result", models.CharField(max_length=24)),
                ("words", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("words", models.TextField()),
                ("due_at", models.DateTimeField()),
                ("open", models.BooleanField(db_default=True, default=True)),
            ],
        ),
        migrations.CreateModel(
            name="TaskEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=50)),
                ("turn", models.CharField(max_length=12)),
                ("words", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.AddField(
            model_name="review",
            name="open",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="reviewevent",
            name="words",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "stopped"])),
                fields=["program", "opened_at"],
                name="case_on_the_list",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["program", "-opened_at"], name="case_latest"),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["program", "due_at"], name="review_to_decide"
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["patient"], name="review_by_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["program", "-fired_at"], name="review_latest"),
        ),
        migrations.AddField(
            model_name="casenote",
            name="asks",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.staff",
            ),
        ),
        migrations.AddField(
            model_name="casenote",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"
            ),
        ),
        migrations.AddField(
            model_name="casenote",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="followup.case"
            ),
        ),
        migrations.AddField(
            model_name="casenote",
            name="patient",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.patient"),
        ),
        migrations.AddField(
            model_name="casenoteseen",
            name="note",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="seen", to="followup.casenote"
            ),
        ),
        migrations.AddField(
            model_name="casenoteseen",
            name="patient",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.patient"),
        ),
        migrations.AddField(
            model_name="casenoteseen",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"
            ),
        ),
        migrations.AddField(
            model_name="emergencydisclosure",
            name="case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disclosures",
                to="followup.case",
            ),
        ),
        migrations.AddField(
            model_name="emergencydisclosure",
            name="contact",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to="people.contact"
            ),
        ),
        migrations.AddField(
            model_name="emergencydisclosure",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="emergency_disclosures",
                to="people.patient",
            ),
        ),
        migrations.AddField(
            model_name="emergencydisclosure",
            name="program",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="programs.program"),
        ),
        migrations.AddField(
            model_name="handoff",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"
            ),
        ),
        migrations.AddField(
            model_name="handoff",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="hand_offs", to="programs.program"
            ),
        ),
        migrations.AddField(
            model_name="handoff",
            name="to_staff",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.staff",
            ),
        ),
        migrations.AddField(
            model_name="handoffread",
            name="hand_off",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="readings", to="followup.handoff"
            ),
        ),
        migrations.AddField(
            model_name="handoffread",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"
            ),
        ),
        migrations.AddField(
            model_name="safetyrecord",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="safety_records", to="followup.case"
            ),
        ),
        migrations.AddField(
            model_name="safetyrecord",
            name="patient",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.patient"),
        ),
        migrations.AddField(
            model_name="task",
            name="case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="followup.case",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="people.staff"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="patient",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="people.patient",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="programs.program"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="review",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tasks",
                to="followup.review",
            ),
        ),
        migrations.AddField(
            model_name="taskevent",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.staff",
            ),
        ),
        migrations.AddField(
            model_name="taskevent",
            name="task",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="followup.task"
            ),
        ),
        migrations.AddIndex(
            model_name="casenote",
            index=models.Index(
                condition=models.Q(("waits", True)), fields=["asks", "at"], name="note_to_acknowledge"
            ),
        ),
        migrations.AddConstraint(
            model_name="casenote",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="a_note_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="casenote",
            constraint=models.CheckConstraint(
                condition=models.Q(("waits", False), ("asks__isnull", False), _connector="OR"),
                name="a_note_waits_for_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="casenoteseen",
            constraint=models.UniqueConstraint(fields=("note", "staff"), name="a_note_is_acknowledged_once"),
        ),
        migrations.AddIndex(
            model_name="emergencydisclosure",
            index=models.Index(fields=["patient", "-told_at"], name="disclosure_by_patient"),
        ),
        migrations.AddConstraint(
            model_name="emergencydisclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("by__startswith", "staff:")), name="a_disclosure_is_a_persons"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencydisclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["medical_emergency", "serious_threat"])),
                name="disclosure_basis_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencydisclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recipient", ""), _negated=True),
                    models.Q(("affiliation", ""), _negated=True),
                    models.Q(("nature", ""), _negated=True),
                ),
                name="a_disclosure_names_whom_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencydisclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("told_at__lte", models.F("at"))),
                name="a_disclosure_is_written_down_after_it_is_made",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencydisclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("contact__isnull", True), ("basis", "serious_threat"), _connector="OR"),
                name="an_emergency_is_told_to_medical_personnel",
            ),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(fields=["program", "-at"], name="hand_off_by_program"),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="a_hand_off_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "to_role__in",
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
                            "",
                        ],
                    )
                ),
                name="hand_off_role_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("to_role", ""), ("to_staff__isnull", True), _connector="OR"),
                name="a_hand_off_has_one_addressee",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoffread",
            constraint=models.UniqueConstraint(fields=("hand_off", "staff"), name="a_hand_off_is_read_once"),
        ),
        migrations.AddConstraint(
            model_name="safetyrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(("by__startswith", "staff:")), name="a_safety_step_is_a_persons"
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "step__in",
                        [
                            "confirm_place",
                            "open_plan",
                            "call_patient",
                            "ask_directly",
                            "connect_crisis_line",
                            "inform_supervisor",
                            "call_contact",
                            "call_mobile_crisis",
                            "call_emergency",
                            "decide_welfare_check",
                            "request_welfare_check",
                            "record_welfare_check",
                            "write_disposition",
                            "huddle",
                        ],
                    )
                ),
                name="safety_step_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "result__in",
                        [
                            "done",
                            "not_done",
                            "known",
                            "not_known",
                            "reached_safe",
                            "reached_concern",
                            "not_reached",
                            "declined",
                            "requested",
                            "not_requested",
                            "found_safe",
                            "found_in_need",
                            "not_found",
                        ],
                    )
                ),
                name="safety_step_result_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["owner", "due_at"], name="task_by_owner"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["program", "due_at"], name="task_by_program"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="a_task_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("patient__isnull", False),
                    models.Q(("case__isnull", True), ("review__isnull", True)),
                    _connector="OR",
                ),
                name="a_task_of_a_case_is_of_its_patient",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("turn__in", ["given", "done", "withdrawn"])), name="task_turn_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="taskevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("owner__isnull", False), ("turn", "given")),
                    models.Q(models.Q(("turn", "given"), _negated=True), ("owner__isnull", True)),
                    _connector="OR",
                ),
                name="a_task_is_given_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("turn", "given"), _negated=True),
                fields=("task",),
                name="a_task_ends_once",
            ),
        ),
    ]
