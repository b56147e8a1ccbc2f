"""With a place among all the number of those who share it: else many who are level with each other read as ranked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insights", "0012_allotments_of_programs")]
    operations = [
        migrations.AddField(
            model_name="riskestimate", name="level", field=models.PositiveIntegerField(blank=True, null=True)
        )
    ]
