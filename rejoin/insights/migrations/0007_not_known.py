"""A gap may have the reason that nobody knows whether she came."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insights", "0006_risk_rules")]

    operations = [
        migrations.RemoveConstraint(model_name="ending", name="measure_ending_is_known"),
        migrations.AddConstraint(
            model_name="ending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "how__in",
                        [
                            "answered",
                            "missed_session",
                            "not_answered",
                            "declined",
                            "withdrawn",
                            "not_offered",
                            "not_held",
                            "not_known",
                        ],
                    )
                ),
                name="measure_ending_is_known",
            ),
        ),
    ]
