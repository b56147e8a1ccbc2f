"""Facts are appended; she sees her own, and staff those of their patients."""

from django.db import migrations

from rejoin.common.schema import (
    answered_for,
    append_only,
    in_program,
    read_where,
    seen_by_patient,
    seen_by_session,
    seen_where,
    web_may,
)
from rejoin.continuity import schema
from rejoin.programs.schema import her_session

HERS = ("continuity_catchup", "continuity_answer", "continuity_finished", "continuity_callasked")
BY_STAFF = ("continuity_signoff", "continuity_unitword")


class Migration(migrations.Migration):
    dependencies = [("continuity", "0001_initial"), ("programs", "0002_rules")]
    operations = [
        *append_only(*schema.WEB_WRITES),
        *seen_by_patient(*HERS),
        *[
            seen_where(
                each,
                "patient_id = ANY((SELECT rejoin_near())::bigint[])",
                written=schema.BY_STAFF,
                wide=answered_for(each),
            )
            for each in BY_STAFF
        ],
        seen_where("continuity_following", in_program(), written=schema.FOLLOWED_BY),
        read_where("continuity_following", schema.HER_PROGRAMS),
        *seen_by_session("continuity_sessionunit"),
        read_where("continuity_sessionunit", her_session("continuity_sessionunit")),
        *web_may(**dict.fromkeys(schema.WEB_WRITES, "SELECT, INSERT")),
    ]
