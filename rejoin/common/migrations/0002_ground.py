"""The clock, the roles, and the refusal to change what is only ever appended."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import CLOCK, REFUSE_CHANGE, ROLES


class Migration(migrations.Migration):
    dependencies = [("common", "0001_initial")]
    operations = [
        BtreeGistExtension(),
        RunSQL(REFUSE_CHANGE, "DROP FUNCTION rejoin_refuse_change()"),
        RunSQL(CLOCK, "DROP FUNCTION rejoin_now()"),
        RunSQL(ROLES, RunSQL.noop),
    ]
