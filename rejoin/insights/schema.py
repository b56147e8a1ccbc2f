"""Who sees what of measures, and who writes it."""

from rejoin.programs.schema import ANSWERS_FOR_IT, OF_HER_PROGRAM

OF_PATIENTS = (
    "insights_due",
    "insights_reopening",
    "insights_sheet",
    "insights_itemanswer",
    "insights_ending",
)
OF_PROGRAMS = ("insights_schedule", "insights_watch")
WEB_WRITES = dict.fromkeys(
    (
        "insights_due",
        "insights_ending",
        "insights_itemanswer",
        "insights_schedule",
        "insights_sheet",
        "insights_watch",
    ),
    "INSERT",
)
WEB_READS = ("insights_reopening",)
SAID_BY = ANSWERS_FOR_IT
"""What is asked, and who watches, is said by those who answer for the whole program."""
HER_PROGRAMS = OF_HER_PROGRAM

# A measure is open until it has an ending. Nobody says so but that.
OPEN_DUES = """
UPDATE insights_due AS due SET open = false WHERE EXISTS (SELECT FROM insights_ending AS ending WHERE ending.due_id = due.id);
CREATE FUNCTION rejoin_keep_due_open() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.open = EXISTS (SELECT FROM insights_ending WHERE due_id = NEW.id) THEN
        RAISE EXCEPTION 'append_only: whether measure % is open is told by its ending', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_open BEFORE UPDATE OF open ON insights_due
    FOR EACH ROW EXECUTE FUNCTION rejoin_keep_due_open();
CREATE FUNCTION rejoin_note_due_ended() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE insights_due SET open = false WHERE id IN (SELECT due_id FROM added) AND open;
    RETURN NULL;
END $$;
CREATE TRIGGER note_ending AFTER INSERT ON insights_ending REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_note_due_ended();
"""
DROP_OPEN_DUES = """
DROP TRIGGER note_ending ON insights_ending;
DROP TRIGGER keep_open ON insights_due;
DROP FUNCTION rejoin_note_due_ended();
DROP FUNCTION rejoin_keep_due_open();
"""
DUE_SAID = (
    *("at", "by", "ref", "patient_id", "program_id", "seat_id", "instrument", "version", "due_on"),
    *("recall_days", "until_at"),
)
