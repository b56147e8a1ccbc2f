"""Whom a group is for: an age band, a language, some alone. Empty: for everybody."""

from django.db import migrations, models
from django.db.models import Q


def _word(length: int) -> "models.CharField[str, str]":
    return models.CharField(blank=True, db_default="", default="", max_length=length)


class Migration(migrations.Migration):
    dependencies = [("programs", "0007_colleagues")]
    operations = [
        migrations.AddField("group", "age_band", _word(12)),
        migrations.AddField("group", "language", _word(2)),
        migrations.AddField("group", "gender_only", _word(12)),
        migrations.AddConstraint(
            "group",
            models.CheckConstraint(
                condition=Q(age_band__in=["adolescent", "adult", "older_adult", ""]),
                name="group_age_band_is_known",
            ),
        ),
        migrations.AddConstraint(
            "group",
            models.CheckConstraint(
                condition=Q(language__in=["en", "es", ""]), name="group_language_is_spoken_here"
            ),
        ),
        migrations.AddConstraint(
            "group",
            models.CheckConstraint(
                condition=Q(gender_only__in=["woman", "man", "nonbinary", ""]), name="group_gender_is_known"
            ),
        ),
    ]
