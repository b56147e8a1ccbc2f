"""What was read of late is found without everything that was ever written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outreach", "0002_rules")]
    operations = [
        migrations.AddIndex(
            model_name="replyreading",
            index=models.Index(fields=["at"], name="reading_by_time"),
        ),
    ]
