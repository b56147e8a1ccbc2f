"""Whether a reply is read is the database's own note: nothing but a reading takes a reply from before its readers."""

from rejoin.common.schema import PROGRAMS, answered_for, near

READING = """
CREATE FUNCTION rejoin_keep_unread() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.unread <> OLD.unread
       AND NEW.unread = EXISTS (SELECT FROM outreach_replyreading WHERE reply_id = NEW.id) THEN
        RAISE EXCEPTION 'a_reply_is_read_by_a_reading: reply %', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_unread BEFORE UPDATE OF unread ON outreach_reply
    FOR EACH ROW EXECUTE FUNCTION rejoin_keep_unread();

CREATE FUNCTION rejoin_note_readings() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE outreach_reply SET unread = false WHERE unread AND id IN (SELECT reply_id FROM added);
    RETURN NULL;
END $$;
CREATE TRIGGER note_readings AFTER INSERT ON outreach_replyreading REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_note_readings();
"""
DROP_READING = """
DROP TRIGGER note_readings ON outreach_replyreading;
DROP FUNCTION rejoin_note_readings();
DROP TRIGGER keep_unread ON outreach_reply;
DROP FUNCTION rejoin_keep_unread();
"""
OWN_WORDS = near()
OWN_WORDS_WIDELY = answered_for("outreach_reply")
# Nobody's words are no patient's to see: a number that two share is not the other's.
OWN_REPLIES = f"""
{OWN_WORDS} OR (patient_id IS NULL AND cardinality({PROGRAMS}) > 0 AND (programs && {PROGRAMS} OR programs = '{{}}'))
"""
WEB_WRITES = {"outreach_calendarfeed": "INSERT, UPDATE", "outreach_ownquiet": "INSERT"}
"""What the web writes, for whoever lists it."""
MAY = {table: f"SELECT, {rights}" for table, rights in WEB_WRITES.items()}
