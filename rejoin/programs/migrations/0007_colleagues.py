"""Who works here is read by whoever does, and by patients of those they meet."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import seen_where
from rejoin.programs import schema


class Migration(migrations.Migration):
    dependencies = [("programs", "0006_places_by_patient")]
    operations = [
        RunSQL(schema.HER_STAFF, schema.DROP_HER_STAFF),
        seen_where("people_staff", schema.colleague("id"), written="false"),
        seen_where("people_licence", schema.colleague("staff_id"), written="false"),
    ]
