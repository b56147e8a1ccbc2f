from django.db import migrations, models

from rejoin.common.schema import web_may


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_rules")]
    operations = [
        migrations.AddField("visit", "seen_at", models.DateTimeField(blank=True, null=True)),
        *web_may(visits_visit="UPDATE (seen_at)"),
    ]
