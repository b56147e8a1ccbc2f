"""Facts are appended; who sees which rows; how a seat is taken; which ledgers are to be kept anew."""

from django.db import migrations
from django.db.migrations import RunSQL

from rejoin.common.schema import (
    answered_for,
    append_only,
    close_functions,
    in_program,
    keep_columns,
    seen_by_patient,
    seen_by_program,
    seen_by_session,
    seen_by_team,
    seen_where,
    web_may,
)
from rejoin.makeups import schema


class Migration(migrations.Migration):
    dependencies = [("makeups", "0001_initial"), ("followup", "0002_rules"), ("visits", "0002_rules")]
    operations = [
        *append_only(
            "makeups_extrasession",
            "makeups_keptapart",
            "makeups_choice",
            "makeups_offer",
            "makeups_offerturn",
            "makeups_booking",
            "makeups_waiting",
            "makeups_ledgerentry",
            "makeups_planrun",
            "makeups_seatprice",
            "makeups_proposal",
            "makeups_extraproposal",
        ),
        keep_columns(
            "makeups_opening", "ref", "program_id", "staff_id", "starts_at", "ends_at", "minutes", "states"
        ),
        keep_columns("makeups_debt", "seat_id", "ref", "patient_id"),
        *seen_by_program("makeups_planrun", "makeups_seatprice", "makeups_extraproposal"),
        seen_where("makeups_opening", in_program()),
        *seen_by_session("makeups_extrasession"),
        seen_where("makeups_keptapart", schema.TWO, wide=schema.EITHER_ANSWERED),
        *seen_by_patient(
            "makeups_choice",
            "makeups_offer",
            "makeups_offerturn",
            "makeups_booking",
            "makeups_waiting",
            "makeups_debt",
        ),
        seen_where(
            "makeups_ledgerentry",
            "patient_id = ANY((SELECT rejoin_near())::bigint[])",
            written=schema.HERS_BY_STAFF,
            wide=answered_for("makeups_ledgerentry"),
        ),
        *seen_by_team("makeups_proposal"),
        *web_may(**schema.WEB_WRITES),
        *web_may(**dict.fromkeys((*schema.WEB_READS, *schema.WEB_WRITES), "SELECT")),
        RunSQL(
            schema.SLOTS + schema.BUSY + schema.KEPT_FROM + schema.PRICES + schema.ROOM_FOR + schema.TAKE,
            schema.DROPS,
        ),
        RunSQL(schema.BY_CONTENT, schema.DROP_BY_CONTENT),
        RunSQL(schema.WAKES, schema.DROP_WAKES),
        close_functions(),
    ]
