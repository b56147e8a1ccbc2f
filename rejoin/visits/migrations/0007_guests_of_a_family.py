"""Somebody of a patient's family comes to a family session as a guest: without a seat, and without a patient's row."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("people", "0008_family_rooms"), ("visits", "0006_who_leads_is_in")]
    operations = [
        migrations.AddField(
            "visit",
            "contact",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="visits",
                to="people.contact",
            ),
        ),
        migrations.RemoveConstraint("visit", "a_visit_is_a_patients_or_of_the_staff"),
        migrations.AddConstraint(
            "visit",
            models.CheckConstraint(
                condition=Q(
                    seat__isnull=False, patient__isnull=False, staff__isnull=True, contact__isnull=True
                )
                | Q(seat__isnull=True, patient__isnull=True, staff__isnull=False, contact__isnull=True)
                | Q(seat__isnull=True, patient__isnull=True, staff__isnull=True, contact__isnull=False),
                name="a_visit_is_a_patients_or_of_the_staff",
            ),
        ),
        migrations.AddConstraint(
            "visit",
            models.UniqueConstraint(fields=["session", "contact"], name="one_visit_of_a_guest_a_session"),
        ),
        migrations.RemoveConstraint("visit", "no_two_of_a_name_in_a_room"),
        migrations.AddConstraint(
            "visit",
            models.UniqueConstraint(
                fields=["session", "looks_like"],
                condition=Q(staff__isnull=True) & ~Q(looks_like=""),
                name="no_two_of_a_name_in_a_room",
            ),
        ),
    ]
