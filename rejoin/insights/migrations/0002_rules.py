"""Facts are appended; she sees her own, and staff those of their patients; what is asked is said by who answers for the program."""

from django.db import migrations

from rejoin.common.schema import append_only, in_program, read_where, seen_by_patient, seen_where, web_may
from rejoin.insights import schema


class Migration(migrations.Migration):
    dependencies = [("insights", "0001_initial"), ("programs", "0010_minors")]
    operations = [
        *append_only(*schema.OF_PATIENTS, *schema.OF_PROGRAMS),
        *seen_by_patient(*schema.OF_PATIENTS),
        *[seen_where(each, in_program(), written=schema.SAID_BY) for each in schema.OF_PROGRAMS],
        *[read_where(each, schema.HER_PROGRAMS) for each in schema.OF_PROGRAMS],
        *web_may(**dict.fromkeys(schema.WEB_WRITES, "SELECT, INSERT")),
        *web_may(**dict.fromkeys(schema.WEB_READS, "SELECT")),
    ]
