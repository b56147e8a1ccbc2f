"""What the database does by itself in a schedule: spans follow sessions, and seats are counted."""

FOLLOW_SESSION = """
CREATE FUNCTION rejoin_take_span() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT tstzrange(starts_at, ends_at), NEW.released_at IS NULL AND held = 'scheduled'
      INTO NEW.span, NEW.occupies FROM programs_session WHERE id = NEW.session_id;
    RETURN NEW;
END $$;
CREATE TRIGGER take_span BEFORE INSERT ON programs_seat
    FOR EACH ROW EXECUTE FUNCTION rejoin_take_span();
CREATE TRIGGER take_span BEFORE INSERT ON programs_sessionstaff
    FOR EACH ROW EXECUTE FUNCTION rejoin_take_span();

CREATE FUNCTION rejoin_move_with_session() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE programs_seat SET span = tstzrange(NEW.starts_at, NEW.ends_at),
        occupies = released_at IS NULL AND NEW.held = 'scheduled' WHERE session_id = NEW.id;
    UPDATE programs_sessionstaff SET span = tstzrange(NEW.starts_at, NEW.ends_at),
        occupies = released_at IS NULL AND NEW.held = 'scheduled' WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER move_with_session AFTER UPDATE OF starts_at, ends_at, held ON programs_session
    FOR EACH ROW EXECUTE FUNCTION rejoin_move_with_session();
"""
DROP_FOLLOW_SESSION = """
DROP TRIGGER move_with_session ON programs_session;
DROP TRIGGER take_span ON programs_seat;
DROP TRIGGER take_span ON programs_sessionstaff;
DROP FUNCTION rejoin_move_with_session();
DROP FUNCTION rejoin_take_span();
"""

COUNT_SEATS = """
CREATE FUNCTION rejoin_count_new_seats() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Always in the same order, so that two bookings cannot wait for each other.
    PERFORM 1 FROM programs_session WHERE id IN (SELECT session_id FROM added)
        ORDER BY id FOR NO KEY UPDATE;
    UPDATE programs_session AS session SET seats_taken = seats_taken + more.seats
      FROM (SELECT session_id, count(*) AS seats FROM added WHERE released_at IS NULL GROUP BY 1) AS more
     WHERE session.id = more.session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER count_new_seats AFTER INSERT ON programs_seat
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_count_new_seats();

CREATE FUNCTION rejoin_count_changed_seats() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE programs_session AS session SET seats_taken = seats_taken + change.seats
      FROM (SELECT now.session_id,
                   sum((now.released_at IS NULL)::int - (was.released_at IS NULL)::int) AS seats
              FROM changed AS now JOIN before AS was USING (id)
             WHERE (now.released_at IS NULL) <> (was.released_at IS NULL) GROUP BY 1) AS change
     WHERE session.id = change.session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER count_changed_seats AFTER UPDATE ON programs_seat
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_count_changed_seats();
"""
DROP_COUNT_SEATS = """
DROP TRIGGER count_new_seats ON programs_seat;
DROP TRIGGER count_changed_seats ON programs_seat;
DROP FUNCTION rejoin_count_new_seats();
DROP FUNCTION rejoin_count_changed_seats();
"""

# The web may not change who works here, and waits all the same for whoever gives them a session to lead.
HOLD_STAFF = """
CREATE FUNCTION rejoin_hold_staff(staff bigint[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM people_staff WHERE id = ANY(staff) ORDER BY id FOR NO KEY UPDATE;
END $$;
"""
DROP_HOLD_STAFF = "DROP FUNCTION rejoin_hold_staff(bigint[])"

CLOSED_GROUPS = """
CREATE FUNCTION rejoin_refuse_late_entry() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM programs_group WHERE id = NEW.group_id AND NOT is_open
               AND began_on IS NOT NULL AND NEW.from_on > began_on) THEN
        RAISE EXCEPTION 'a closed group takes nobody in once it has begun'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closed_group_has_begun';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_late_entry BEFORE INSERT ON programs_enrolment
    FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_late_entry();
"""
DROP_CLOSED_GROUPS = """
DROP TRIGGER refuse_late_entry ON programs_enrolment;
DROP FUNCTION rejoin_refuse_late_entry();
"""

VISIBLE = """
CREATE FUNCTION rejoin_visible_programs() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT program_id FROM programs_staffrole
     WHERE staff_id = nullif(current_setting('rejoin.staff', true), '')::bigint
       AND from_at <= rejoin_now() AND (ended_at IS NULL OR ended_at > rejoin_now())
$$;
CREATE FUNCTION rejoin_visible_patients() RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT patient_id FROM programs_enrolment
     WHERE program_id IN (SELECT rejoin_visible_programs())
    UNION
    SELECT nullif(current_setting('rejoin.patient', true), '')::bigint
     WHERE nullif(current_setting('rejoin.patient', true), '') IS NOT NULL
$$;
"""
DROP_VISIBLE = "DROP FUNCTION rejoin_visible_patients(); DROP FUNCTION rejoin_visible_programs();"

OWN_PATIENT = "patient_id IN (SELECT rejoin_visible_patients())"
OWN_PROGRAM = "program_id IN (SELECT rejoin_visible_programs())"
# By a place rows come to be seen: nobody gives one to another's patient, or in another's program.
OWN_PLACE = f"{OWN_PATIENT} AND {OWN_PROGRAM}"
# A patient reads of the programs in which she has or had a place.
HER_PROGRAM = """
id IN (SELECT program_id FROM programs_enrolment
        WHERE patient_id = nullif(current_setting('rejoin.patient', true), '')::bigint)
"""
OWN_SERIES = f"{OWN_PROGRAM} AND (patient_id IS NULL OR {OWN_PATIENT})"
# Patients' accounts as their rows; colleagues' to whoever works here.
OWN_ACCOUNT = """
id IN (SELECT user_id FROM people_patient)
OR (EXISTS (SELECT rejoin_visible_programs()) AND id IN (SELECT user_id FROM people_staff))
"""
