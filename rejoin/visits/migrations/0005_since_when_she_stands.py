"""Since when somebody stands at the door this time: an old page that wakes up has not stood there all evening."""

from django.db import migrations, models

from rejoin.common.schema import web_may


class Migration(migrations.Migration):
    dependencies = [("visits", "0004_names_and_the_door")]
    operations = [
        migrations.AddField("visit", "stands_since", models.DateTimeField(blank=True, null=True)),
        *web_may(visits_visit="UPDATE (stands_since)"),
    ]
