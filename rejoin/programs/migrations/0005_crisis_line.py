"""A program has a crisis line of its own, if it names one."""

from django.db import migrations, models
from django.db.models import Q

TOLD = ("crisis_name", "crisis_number", "crisis_hours")


class Migration(migrations.Migration):
    dependencies = [("programs", "0004_her_groups")]
    operations = [
        *[
            migrations.AddField("program", name, models.CharField(blank=True, max_length=longest))
            for name, longest in zip(TOLD, (100, 40, 200), strict=True)
        ],
        migrations.AddConstraint(
            "program",
            models.CheckConstraint(
                condition=Q(crisis_name="", crisis_number="", crisis_hours="")
                | ~(Q(crisis_name="") | Q(crisis_number="") | Q(crisis_hours="")),
                name="crisis_line_is_told_in_full",
            ),
        ),
    ]
