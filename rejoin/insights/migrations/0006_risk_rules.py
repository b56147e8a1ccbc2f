"""What was estimated is the team's, by patient; what is compared is the program's, and said by who answers for it."""

from django.db import migrations

from rejoin.common.schema import (
    append_only,
    in_program,
    seen_by_program,
    seen_by_team,
    seen_through,
    seen_where,
    web_may,
)
from rejoin.insights import risk_schema as schema


class Migration(migrations.Migration):
    dependencies = [("insights", "0005_risk"), ("programs", "0010_minors")]
    operations = [
        *append_only(*schema.FACTS),
        *seen_by_program("insights_riskrun"),
        *seen_by_team("insights_riskestimate"),
        seen_where("insights_experiment", in_program(), written=schema.SAID_BY),
        *[seen_through(each, "experiment_id", "insights_experiment") for each in schema.OF_EXPERIMENTS],
        *web_may(**dict.fromkeys(schema.WEB_WRITES, "SELECT, INSERT")),
        *web_may(**dict.fromkeys(schema.WEB_READS, "SELECT")),
    ]
