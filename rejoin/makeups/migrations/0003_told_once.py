"""Whether she was led to her ways back: nobody is twice."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("makeups", "0002_rules")]
    operations = [
        migrations.AddField(
            "debt",
            "untold",
            models.BooleanField(default=True, db_default=True),
        ),
        migrations.AddIndex(
            "debt", models.Index(fields=["seat"], condition=Q(untold=True), name="debt_untold")
        ),
    ]
