"""What a group may ask of whoever comes to it: her age band, and her gender as she says."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0003_found_again")]
    operations = [
        migrations.AddField(
            "patient", "age_band", models.CharField(blank=True, db_default="", default="", max_length=12)
        ),
        migrations.AddField(
            "patient", "gender", models.CharField(blank=True, db_default="", default="", max_length=12)
        ),
        migrations.AddConstraint(
            "patient",
            models.CheckConstraint(
                condition=Q(age_band__in=["adolescent", "adult", "older_adult", ""]),
                name="patient_age_band_is_known",
            ),
        ),
        migrations.AddConstraint(
            "patient",
            models.CheckConstraint(
                condition=Q(gender__in=["woman", "man", "nonbinary", ""]), name="patient_gender_is_known"
            ),
        ),
    ]
