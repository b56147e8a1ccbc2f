"""The database keeps a watch on every session, and wakes it when a fact about it comes in."""

WATCHES = """
CREATE FUNCTION rejoin_watch_new_sessions() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO attendance_watch (session_id, next_look_at, failures, error)
        SELECT id, starts_at, 0, '' FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER watch_new_sessions AFTER INSERT ON programs_session
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_watch_new_sessions();

CREATE FUNCTION rejoin_watch_moved_session() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Called off: to be told at once. Moved: looked at now, and then by its new times.
    UPDATE attendance_watch SET next_look_at = rejoin_now() WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER watch_moved_session AFTER UPDATE OF starts_at, ends_at, held ON programs_session
    FOR EACH ROW EXECUTE FUNCTION rejoin_watch_moved_session();

-- A fact about a seat: whatever was decided is decided anew.
CREATE FUNCTION rejoin_wake_session_of_seat() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE session_id IN (SELECT seat.session_id FROM added JOIN programs_seat AS seat ON seat.id = added.seat_id);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_session AFTER INSERT ON attendance_mark REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_session_of_seat();
CREATE TRIGGER wake_session AFTER INSERT ON attendance_notice REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_session_of_seat();
CREATE TRIGGER wake_session AFTER INSERT ON attendance_checkin REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_session_of_seat();

-- What a room says matters once somebody has looked at the session; before that its first look is set.
CREATE FUNCTION rejoin_wake_session_heard_of() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE looked_at IS NOT NULL AND session_id IN (SELECT session_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_session_heard_of AFTER INSERT ON rooms_sessionevidence REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_session_heard_of();
CREATE TRIGGER wake_session_heard_of_again AFTER UPDATE ON rooms_sessionevidence REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_session_heard_of();

-- A seat that comes or goes in a session already looked at.
CREATE FUNCTION rejoin_wake_session_seated() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE looked_at IS NOT NULL AND session_id IN (SELECT session_id FROM added);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_session_seated AFTER INSERT ON programs_seat REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_session_seated();

-- A program's first policy: its sessions that nobody could decide are looked at.
CREATE FUNCTION rejoin_wake_sessions_by_policy() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch SET next_look_at = rejoin_now()
     WHERE next_look_at IS NULL AND looked_at IS NULL AND session_id IN (
        SELECT session.id FROM programs_session AS session JOIN added ON added.program_id = session.program_id);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_sessions AFTER INSERT ON programs_policyversion REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_sessions_by_policy();
"""
# In the place of the two that said "WHERE looked_at IS NOT NULL": of a first look that is not committed yet they saw
# nothing, and what came in meanwhile woke nobody until the session's end. Now whoever brings a fact waits for that
# look, or it waits for her; sessions that begin far from now are left alone.
WAKES_THAT_WAIT = """
CREATE OR REPLACE FUNCTION rejoin_wake_session_heard_of() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch
       SET next_look_at = CASE WHEN looked_at IS NULL THEN next_look_at ELSE least(next_look_at, rejoin_now()) END
     WHERE (looked_at IS NOT NULL OR next_look_at <= rejoin_now() + interval '1 hour')
       AND session_id IN (SELECT session_id FROM changed);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION rejoin_wake_session_seated() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE attendance_watch
       SET next_look_at = CASE WHEN looked_at IS NULL THEN next_look_at ELSE least(next_look_at, rejoin_now()) END
     WHERE (looked_at IS NOT NULL OR next_look_at <= rejoin_now() + interval '1 hour')
       AND session_id IN (SELECT session_id FROM added);
    RETURN NULL;
END $$;
"""
DROP_WATCHES = """
DROP TRIGGER watch_new_sessions ON programs_session;
DROP TRIGGER watch_moved_session ON programs_session;
DROP TRIGGER wake_session ON attendance_mark;
DROP TRIGGER wake_session ON attendance_notice;
DROP TRIGGER wake_session ON attendance_checkin;
DROP TRIGGER wake_session_heard_of ON rooms_sessionevidence;
DROP TRIGGER wake_session_heard_of_again ON rooms_sessionevidence;
DROP TRIGGER wake_session_seated ON programs_seat;
DROP TRIGGER wake_sessions ON programs_policyversion;
DROP FUNCTION rejoin_wake_sessions_by_policy();
DROP FUNCTION rejoin_watch_new_sessions();
DROP FUNCTION rejoin_watch_moved_session();
DROP FUNCTION rejoin_wake_session_of_seat();
DROP FUNCTION rejoin_wake_session_heard_of();
DROP FUNCTION rejoin_wake_session_seated();
"""

# Row-level security asks of every open seat there is whether she may see it, before anything else is asked of it: so the
# sessions are found by a function of the tables' owner, from an index of open seats alone. It gives numbers; which of them
# she sees, and whether a seat of hers is open there, is decided where they are read.
TO_ATTEST = """
CREATE FUNCTION rejoin_sessions_to_attest(within tstzrange) RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT session.id FROM (SELECT DISTINCT session_id FROM attendance_seatstatus
                             WHERE NOT attested AND NOT provisional AND status <> 'cancelled') AS waits
     CROSS JOIN LATERAL (SELECT id, ends_at FROM programs_session WHERE id = waits.session_id OFFSET 0) AS session
     WHERE session.ends_at <@ within
$$;
"""
DROP_TO_ATTEST = "DROP FUNCTION rejoin_sessions_to_attest(tstzrange)"

# Whether a seat of hers is a miss by the policy it was decided under, which is not hers to read. A case is opened by other
# things too: by what she answers. To herself alone, and yes or no.
IS_A_MISS = """
CREATE FUNCTION rejoin_is_a_miss(held bigint) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM attendance_seatstatus AS status
          JOIN programs_seat AS seat ON seat.id = status.seat_id AND seat.released_at IS NULL
          JOIN programs_policyversion AS policy ON policy.id = status.policy_id
         WHERE status.seat_id = held AND status.status = ANY(policy.opens_on)
           AND (rejoin_asker() IS NULL OR seat.patient_id = rejoin_patient()))
$$;
"""
DROP_IS_A_MISS = "DROP FUNCTION rejoin_is_a_miss(bigint)"
