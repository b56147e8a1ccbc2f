"""Sessions with seats nobody has attested are found without asking of every such seat."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.attendance import schema


class Migration(migrations.Migration):
    dependencies = [("attendance", "0005_status_to_attest")]
    operations = [RunSQL(schema.TO_ATTEST, schema.DROP_TO_ATTEST)]
