"""Every second it is asked whether an answer that asks for somebody is on nobody's list, or late there: of these steps alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followup", "0011_answers_that_ask")]
    operations = [
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("origin", "concern")), fields=["rule"], name="step_of_concern"
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("origin", "concern")),
                fields=["deadline"],
                name="step_of_open_concern",
            ),
        ),
    ]
