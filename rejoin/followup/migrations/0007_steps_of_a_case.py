"""What is still to do of one case is found without all that is to do."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("followup", "0006_seats_within"), ("people", "0003_found_again")]
    operations = [
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["case"], name="step_of_case"
            ),
        ),
    ]
