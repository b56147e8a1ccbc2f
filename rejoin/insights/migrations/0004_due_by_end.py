from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insights", "0003_role_held")]
    operations = [
        migrations.AddIndex(model_name="due", index=models.Index(fields=["until_at"], name="due_by_end"))
    ]
