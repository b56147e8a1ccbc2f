"""The trail of what people did is found by time, by whoever did it and by what she did."""

from django.db import migrations, models
from django.db.models import Q

BY_PEOPLE = ~Q(by="system:engine")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.AddIndex("event", models.Index(fields=fields, condition=BY_PEOPLE, name=name))
        for fields, name in (
            (["at"], "audit_by_time"),
            (["by", "at"], "audit_by_actor"),
            (["verb", "at"], "audit_by_verb"),
        )
    ]
