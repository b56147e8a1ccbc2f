"""The database wakes a case when a fact that it depends on comes in, whoever wrote it."""

WAKES = """
CREATE FUNCTION rejoin_wake_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE state <> 'closed' AND id IN (SELECT case_id FROM added);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_case AFTER INSERT ON followup_attempt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case();
CREATE TRIGGER wake_case AFTER INSERT ON followup_disposition REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case();
CREATE TRIGGER wake_case AFTER INSERT ON followup_promisedreturn REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case();

CREATE FUNCTION rejoin_wake_cases_of_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE state <> 'closed' AND patient_id IN (SELECT patient_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_cases AFTER INSERT ON people_consent REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_patient();
CREATE TRIGGER wake_cases AFTER INSERT ON people_flag REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_patient();
CREATE TRIGGER wake_cases_again AFTER UPDATE ON people_flag REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_patient();
CREATE TRIGGER wake_cases AFTER UPDATE ON programs_enrolment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_patient();

-- She was seen: whatever waits for her return hears of it at once.
CREATE FUNCTION rejoin_wake_cases_of_seen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE state <> 'closed' AND patient_id IN (
        SELECT seat.patient_id FROM changed JOIN programs_seat AS seat ON seat.id = changed.seat_id
         WHERE changed.first_join IS NOT NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_cases AFTER INSERT ON rooms_seatevidence REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_seen();
CREATE TRIGGER wake_cases_again AFTER UPDATE ON rooms_seatevidence REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_seen();
"""
DROP_WAKES = """
DROP TRIGGER wake_cases ON rooms_seatevidence;
DROP TRIGGER wake_cases_again ON rooms_seatevidence;
DROP FUNCTION rejoin_wake_cases_of_seen();
DROP TRIGGER wake_case ON followup_attempt;
DROP TRIGGER wake_case ON followup_disposition;
DROP TRIGGER wake_case ON followup_promisedreturn;
DROP TRIGGER wake_cases ON people_consent;
DROP TRIGGER wake_cases ON people_flag;
DROP TRIGGER wake_cases_again ON people_flag;
DROP TRIGGER wake_cases ON programs_enrolment;
DROP FUNCTION rejoin_wake_case();
DROP FUNCTION rejoin_wake_cases_of_patient();
"""
# Neither role deletes or truncates anything of the program's; the queue's own tables are the engine's.
GRANTS = """
GRANT USAGE ON SCHEMA public TO rejoin_engine, rejoin_web;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO rejoin_engine, rejoin_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO rejoin_engine, rejoin_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO rejoin_engine, rejoin_web;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO rejoin_engine, rejoin_web;
"""
