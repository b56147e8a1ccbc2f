"""The trail is appended to and never edited."""

from django.db import migrations

from rejoin.common.schema import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("common", "0002_ground")]
    operations = append_only("audit_event")
