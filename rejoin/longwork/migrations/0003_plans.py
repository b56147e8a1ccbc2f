from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("longwork", "0002_rules")]
    operations = [
        migrations.RemoveConstraint(model_name="work", name="long_work_kind_is_known"),
        migrations.AddConstraint(
            model_name="work",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["import", "export", "replay", "plan", "what_if"])),
                name="long_work_kind_is_known",
            ),
        ),
    ]
