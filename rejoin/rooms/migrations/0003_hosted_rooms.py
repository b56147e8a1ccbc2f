"""Rooms of our own, and who was in them when the engine was last asked."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import keep_columns, read_where, seen_by_session, web_may
from rejoin.programs.schema import her_session

OF_A_SESSION: Any = {"on_delete": django.db.models.deletion.CASCADE, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    dependencies: ClassVar = [("programs", "0007_colleagues"), ("rooms", "0002_rules")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="HostedRoom",
            fields=[
                (
                    "session",
                    models.OneToOneField(related_name="hosted_room", to="programs.session", **OF_A_SESSION),
                ),
                ("provider", models.CharField(max_length=20)),
                ("name", models.UUIDField(unique=True)),
                ("made_at", models.DateTimeField()),
                ("next_look_at", models.DateTimeField()),
                ("engine_seen_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "session",
                    models.OneToOneField(related_name="snapshot", to="programs.session", **OF_A_SESSION),
                ),
                ("at", models.DateTimeField()),
                ("here", models.JSONField(default=dict)),
                ("doubts", models.JSONField(default=dict)),
            ],
        ),
        migrations.AddIndex(
            model_name="hostedroom",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["next_look_at"],
                name="hosted_room_to_look_at",
            ),
        ),
        keep_columns("rooms_hostedroom", "session_id", "provider", "name", "made_at"),
        *seen_by_session("rooms_hostedroom", "rooms_snapshot"),
        read_where("rooms_hostedroom", her_session("rooms_hostedroom")),
        *web_may(rooms_hostedroom="SELECT", rooms_snapshot="SELECT"),
    ]
