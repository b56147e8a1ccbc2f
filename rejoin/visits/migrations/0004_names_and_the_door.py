"""No two of one name in a room; who is muted; whoever goes from the door, or is let in, wakes whoever decides on her seat."""

from django.db import migrations, models
from django.db.migrations import RunSQL

from rejoin.common.schema import close_functions, web_may
from rejoin.visits import schema


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0006_sessions_to_attest"),
        ("programs", "0007_colleagues"),
        ("visits", "0003_still_at_the_door"),
    ]
    operations = [
        migrations.AddField(
            "visit", "looks_like", models.CharField(blank=True, default="", db_default="", max_length=200)
        ),
        migrations.AddField("visit", "muted", models.BooleanField(default=False, db_default=False)),
        migrations.AddConstraint(
            "visit",
            models.UniqueConstraint(
                fields=["session", "looks_like"],
                condition=models.Q(seat__isnull=False) & ~models.Q(looks_like=""),
                name="no_two_of_a_name_in_a_room",
            ),
        ),
        *web_may(visits_visit="UPDATE (looks_like, muted)"),
        RunSQL(schema.DROP_IN_ROOM, schema.IN_ROOM),
        RunSQL(schema.HEARD_IN_ROOM, schema.DROP_IN_ROOM),
        RunSQL(schema.IS_CALLED, schema.DROP_IS_CALLED),
        RunSQL(schema.WAKE, schema.DROP_WAKE),
        close_functions(),
    ]
