"""A patient's own pages ask whether a case of hers is about a miss."""

from django.db import migrations

from rejoin.attendance import schema
from rejoin.common.schema import close_functions


class Migration(migrations.Migration):
    dependencies = [("attendance", "0007_mark_via")]
    operations = [migrations.RunSQL(schema.IS_A_MISS, schema.DROP_IS_A_MISS), close_functions()]
