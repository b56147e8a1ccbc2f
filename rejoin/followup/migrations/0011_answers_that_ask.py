"""An answer to a measure may ask for somebody at once; whoever writes it down opens the case with it."""

from django.db import migrations, models

from rejoin.common.schema import web_may


class Migration(migrations.Migration):
    dependencies = [("followup", "0010_times_asked_for"), ("insights", "0002_rules")]

    operations = [
        migrations.RemoveConstraint(model_name="step", name="step_origin_is_known"),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "origin__in",
                        [
                            "ladder",
                            "escalation",
                            "unknown_send",
                            "send_failed",
                            "reply",
                            "disposition",
                            "promise",
                            "apology",
                            "make_up",
                            "concern",
                        ],
                    )
                ),
                name="step_origin_is_known",
            ),
        ),
        *web_may(followup_case="INSERT", followup_step="INSERT"),
    ]
