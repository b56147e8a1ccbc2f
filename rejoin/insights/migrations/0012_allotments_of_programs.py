"""Which arm a patient is in is for the staff of that comparison's program, and not for all who see her."""

from django.db import migrations

from rejoin.common.schema import PROGRAMS, answered_for, near
from rejoin.insights import risk_schema as schema

TABLE = "insights_experimentallotment"
SEEN = {"web_own": f"{near()} AND cardinality({PROGRAMS}) > 0", "web_wide": answered_for(TABLE)}


def alter(rule: str, condition: str) -> str:
    return f"ALTER POLICY {rule} ON {TABLE} USING ({condition}) WITH CHECK ({condition});"


class Migration(migrations.Migration):
    dependencies = [("insights", "0011_allotments")]
    operations = [
        migrations.RunSQL(
            "".join(alter(rule, f"({seen}) AND {schema.OF_ITS_PROGRAM}") for rule, seen in SEEN.items()),
            "".join(alter(rule, seen) for rule, seen in SEEN.items()),
        )
    ]
