"""What a list of groups asks of each: who is in it now, and when it meets next. Neither reads what was years ago."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0010_minors")]
    operations = [
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["group"], name="enrolment_of_group"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["group", "starts_at"], name="session_of_group"),
        ),
    ]
