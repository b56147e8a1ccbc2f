"""How often a session was moved or called off is counted where it is changed, whoever changes it."""

from django.db import migrations, models

from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("programs", "0008_whom_groups_are_for")]
    operations = [
        migrations.AddField("session", "changes", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.RunSQL(schema.COUNT_CHANGES, schema.DROP_COUNT_CHANGES),
    ]
