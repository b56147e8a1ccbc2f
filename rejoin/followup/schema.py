"""The database wakes a case when a fact that it depends on comes in, whoever wrote it."""

from rejoin.common.schema import GUARDED, WEB_ROLE, WIDE_ROLE, answered_for, in_program, near
from rejoin.programs.rights import NEAR_AHEAD, NEAR_BACK

WAKES = """
CREATE FUNCTION rejoin_wake_case() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE id IN (SELECT case_id FROM added);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_case AFTER INSERT ON followup_attempt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case();
CREATE TRIGGER wake_case AFTER INSERT ON followup_disposition REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case();
CREATE TRIGGER wake_case AFTER INSERT ON followup_promisedreturn REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case();

CREATE FUNCTION rejoin_wake_cases_of_patient() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

-- Her places: who has left is on no list, and who has not after all is on it again.
CREATE FUNCTION rejoin_wake_cases_of_place() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE (state <> 'closed' OR final_outcome = 'left_program') AND patient_id IN (SELECT patient_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_cases AFTER INSERT ON programs_enrolment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_place();
CREATE TRIGGER wake_cases_again AFTER UPDATE ON programs_enrolment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_place();

-- She was seen: whatever waits for her return hears of it at once. She was not, after all: so does what ended by it.
CREATE FUNCTION rejoin_wake_cases_of_seen() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE (state <> 'closed' OR final_outcome = 'left_program') AND patient_id IN (
        SELECT seat.patient_id FROM changed JOIN programs_seat AS seat ON seat.id = changed.seat_id
         WHERE changed.first_join IS NOT NULL);
    UPDATE followup_case AS "case" SET next_look_at = least("case".next_look_at, rejoin_now())
      FROM changed JOIN programs_seat AS seat ON seat.id = changed.seat_id
     WHERE "case".final_outcome = 'back' AND "case".patient_id = seat.patient_id AND changed.first_join IS NULL
       AND "case".stopped_at BETWEEN lower(seat.span) - interval '2 hours' AND upper(seat.span);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_cases AFTER INSERT ON rooms_seatevidence REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_seen();
CREATE TRIGGER wake_cases_again AFTER UPDATE ON rooms_seatevidence REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_seen();

-- Her words are read: the system may speak again.
CREATE FUNCTION rejoin_wake_cases_of_writer() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE state <> 'closed' AND patient_id IN (
        SELECT reply.patient_id FROM added JOIN outreach_reply AS reply ON reply.id = added.reply_id);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_cases AFTER INSERT ON outreach_replyreading REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_cases_of_writer();

-- A seat given back after the miss: she was not expected there. Given to her again: she was.
CREATE FUNCTION rejoin_wake_case_of_seat() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now())
     WHERE (state <> 'closed' OR final_outcome = 'reversed') AND seat_id IN (
        SELECT changed.id FROM changed JOIN before USING (id)
         WHERE (changed.released_at IS NULL) <> (before.released_at IS NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER wake_case_of_seat AFTER UPDATE ON programs_seat
    REFERENCING OLD TABLE AS before NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_case_of_seat();

-- A missed session that is moved takes the times of its ladder along.
CREATE FUNCTION rejoin_wake_cases_of_session() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now()) WHERE session_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER wake_cases AFTER UPDATE OF starts_at, ends_at, held ON programs_session
    FOR EACH ROW EXECUTE FUNCTION rejoin_wake_cases_of_session();

-- What a pattern is made of changes beside the outcomes: contacts, places, and which sessions were hers, and when.
CREATE FUNCTION rejoin_wake_patterns() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_patientwatch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE patient_id IN (SELECT patient_id FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_patterns AFTER INSERT ON programs_enrolment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_patterns();
CREATE TRIGGER wake_patterns_again AFTER UPDATE ON programs_enrolment REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_patterns();
CREATE FUNCTION rejoin_wake_patterns_by_contact() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_patientwatch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE patient_id IN (SELECT patient_id FROM added WHERE outcome = 'contact');
    RETURN NULL;
END $$;
CREATE TRIGGER wake_patterns AFTER INSERT ON followup_attempt REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_patterns_by_contact();
CREATE FUNCTION rejoin_wake_patterns_by_seat() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_patientwatch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE patient_id IN (SELECT changed.patient_id FROM changed
                            JOIN programs_session AS session ON session.id = changed.session_id
                           WHERE session.starts_at <= rejoin_now());
    RETURN NULL;
END $$;
CREATE TRIGGER wake_patterns AFTER INSERT ON programs_seat REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_patterns_by_seat();
CREATE TRIGGER wake_patterns_again AFTER UPDATE ON programs_seat REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_wake_patterns_by_seat();
CREATE FUNCTION rejoin_wake_patterns_by_session() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_patientwatch SET next_look_at = least(next_look_at, rejoin_now())
     WHERE least(OLD.starts_at, NEW.starts_at) <= rejoin_now()
       AND patient_id IN (SELECT patient_id FROM programs_seat WHERE session_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER wake_patterns AFTER UPDATE OF starts_at, ends_at, held ON programs_session
    FOR EACH ROW EXECUTE FUNCTION rejoin_wake_patterns_by_session();
"""
# However the case ended by itself, that she was not expected there ends it in another way.
WAKE_ENDED_CASE_OF_SEAT = """
CREATE OR REPLACE FUNCTION rejoin_wake_case_of_seat() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_case SET next_look_at = least(next_look_at, rejoin_now()) WHERE seat_id IN (
        SELECT changed.id FROM changed JOIN before USING (id)
         WHERE (changed.released_at IS NULL) <> (before.released_at IS NULL));
    RETURN NULL;
END $$;
"""
DROP_WAKES = """
DROP TRIGGER wake_cases ON programs_session;
DROP FUNCTION rejoin_wake_cases_of_session();
DROP TRIGGER wake_patterns ON programs_enrolment;
DROP TRIGGER wake_patterns_again ON programs_enrolment;
DROP TRIGGER wake_patterns ON followup_attempt;
DROP TRIGGER wake_patterns ON programs_seat;
DROP TRIGGER wake_patterns_again ON programs_seat;
DROP TRIGGER wake_patterns ON programs_session;
DROP FUNCTION rejoin_wake_patterns();
DROP FUNCTION rejoin_wake_patterns_by_contact();
DROP FUNCTION rejoin_wake_patterns_by_seat();
DROP FUNCTION rejoin_wake_patterns_by_session();
DROP TRIGGER wake_cases ON outreach_replyreading;
DROP FUNCTION rejoin_wake_cases_of_writer();
DROP TRIGGER wake_case_of_seat ON programs_seat;
DROP FUNCTION rejoin_wake_case_of_seat();
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
DROP TRIGGER wake_cases_again ON programs_enrolment;
DROP FUNCTION rejoin_wake_cases_of_place();
DROP FUNCTION rejoin_wake_case();
DROP FUNCTION rejoin_wake_cases_of_patient();
"""
# What somebody who asks on the web may write, each table for what staff or a patient do there. Row-level security
# says which rows. What is not named here is not written by the web, and no table to come is, until it is.
WEB_WRITES = {
    "attendance_checkin": "INSERT",
    "attendance_dayclose": "INSERT",
    "attendance_mark": "INSERT",
    "attendance_notice": "INSERT",
    "attendance_outcome": "INSERT",
    "attendance_seatstatus": "INSERT, UPDATE",
    "attendance_watch": "UPDATE",
    "audit_event": "INSERT",
    "followup_attempt": "INSERT",
    "followup_case": "INSERT, UPDATE",  # with an answer that asks for somebody at once
    "followup_caseevent": "INSERT",
    "followup_disposition": "INSERT",
    "followup_promisedreturn": "INSERT",
    "followup_review": "UPDATE",  # held while somebody decides; it refuses every change
    "followup_reviewevent": "INSERT",
    "followup_step": "INSERT, UPDATE",
    "outreach_message": "UPDATE",
    "outreach_messageevent": "INSERT",
    "outreach_replyreading": "INSERT",
    "people_address": "INSERT, UPDATE",
    "people_consent": "INSERT",
    "people_contact": "INSERT, UPDATE",
    "people_flag": "INSERT, UPDATE",
    "people_patient": "UPDATE",
    "programs_careteammember": "INSERT, UPDATE",
    "programs_enrolment": "INSERT, UPDATE",
    "programs_group": "INSERT, UPDATE",
    "programs_policyversion": "INSERT",
    "programs_seat": "INSERT, UPDATE",
    "programs_series": "INSERT, UPDATE",
    "programs_session": "INSERT, UPDATE",
    "programs_sessionstaff": "INSERT, UPDATE",
    "programs_staffrole": "INSERT, UPDATE",
    "rooms_identity": "INSERT",
    "rooms_revisit": "INSERT",
    "rooms_room": "INSERT",
    "rooms_stranger": "UPDATE",
}
# What it reads beside these. Accounts and who is signed in are asked before anybody is known, outside the door.
WEB_READS = (
    "common_simulatedclock",
    "followup_patientwatch",
    "followup_promiseoutcome",
    "outreach_pushsubscription",
    "outreach_reply",
    "outreach_vendordelivery",
    "people_licence",
    "people_staff",
    "programs_levelofcare",
    "programs_program",
    "programs_track",
    "rooms_heard",
    "rooms_mention",
    "rooms_rawevent",
    "rooms_seatevidence",
    "rooms_sessionevidence",
)
# Neither role deletes or truncates anything of the program's; the queue's own tables are the engine's.
GRANTS = f"""
GRANT USAGE ON SCHEMA public TO rejoin_engine, rejoin_web;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO rejoin_engine;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO rejoin_engine;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO rejoin_engine;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO rejoin_engine;
GRANT SELECT ON {", ".join((*WEB_READS, *WEB_WRITES))} TO rejoin_web;
""" + "\n".join(f"GRANT {rights} ON {table} TO rejoin_web;" for table, rights in WEB_WRITES.items())
# The trail: of her patients, and of her program where it is of no one patient. Whoever looks after the trail of a program
# reads all of it, and what is of neither. Whoever acts tells of it in her own name.
OWN_EVENTS = f"{near('patient_ref')} OR (patient_ref IS NULL AND {in_program('program_ref')})"
OWN_EVENTS_WIDELY = answered_for("audit_event", "patient_ref")
GUARDED_EVENTS = f"""
program_ref = ANY({GUARDED}) OR (program_ref IS NULL AND patient_ref IS NULL AND cardinality({GUARDED}) > 0)
OR (SELECT true FROM programs_guarded AS place WHERE place.patient_id = audit_event.patient_ref LIMIT 1)
"""  # noqa: S608 - tables of our own
TELLS = "by = (SELECT rejoin_asker())"

_BACK, _AHEAD = (f"interval '{each.days} days'" for each in (NEAR_BACK, NEAR_AHEAD))
# Whose patients somebody is near to: in programs where she has a role, of her care team, her cases, steps and tasks, the
# notes she was asked to read, the sessions she leads, and for some hours the glass she broke.
NEAR_BY = f"""
CREATE INDEX case_near ON followup_case (owner_id, closed_at);
CREATE INDEX step_near ON followup_step (owner_id, ended_at);
CREATE INDEX leader_near ON programs_sessionstaff (staff_id, lower(span)) WHERE released_at IS NULL;
CREATE FUNCTION rejoin_near_of(asker bigint, moment timestamptz) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hers CONSTANT bigint[] := rejoin_programs_of(asker, moment);
    wide CONSTANT bigint[] := rejoin_wide_of(asker, moment);
    ago CONSTANT timestamptz := moment - {_BACK};
BEGIN
    IF hers = '{{}}' THEN
        RETURN hers;
    END IF;
    RETURN ARRAY(
        SELECT patient_id FROM (
            SELECT patient_id FROM programs_careteammember
             WHERE staff_id = asker AND program_id = ANY(hers)
               AND from_at <= moment AND (ended_at IS NULL OR ended_at > moment)
            UNION
            SELECT patient_id FROM followup_case
             WHERE owner_id = asker AND program_id = ANY(hers) AND (closed_at IS NULL OR closed_at > ago)
            UNION
            SELECT step.patient_id FROM followup_step AS step
              JOIN followup_case AS "case" ON "case".id = step.case_id
             WHERE step.owner_id = asker AND "case".program_id = ANY(hers)
               AND (step.ended_at IS NULL OR step.ended_at > ago)
            UNION
            SELECT patient_id FROM followup_task
             WHERE owner_id = asker AND program_id = ANY(hers) AND (open OR at > ago)
            UNION
            SELECT note.patient_id FROM followup_casenote AS note
              JOIN followup_case AS "case" ON "case".id = note.case_id
             WHERE note.asks_id = asker AND "case".program_id = ANY(hers) AND (note.waits OR note.at > ago)
            UNION
            SELECT seat.patient_id FROM programs_sessionstaff AS leader
              JOIN programs_session AS session ON session.id = leader.session_id
              JOIN programs_seat AS seat ON seat.session_id = session.id
             WHERE leader.staff_id = asker AND leader.released_at IS NULL AND session.program_id = ANY(hers)
               AND lower(leader.span) > ago AND lower(leader.span) < moment + {_AHEAD} AND seat.released_at IS NULL
            UNION
            SELECT glass.patient_id FROM programs_brokenglass AS glass
              JOIN programs_enrolment AS place ON place.patient_id = glass.patient_id AND place.program_id = ANY(hers)
             WHERE glass.staff_id = asker AND glass.at <= moment AND glass.until_at > moment
        ) AS related
         WHERE patient_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM programs_enrolment AS place
             WHERE place.patient_id = related.patient_id AND place.program_id = ANY(wide)));
END $$;
"""  # noqa: S608 - spans of our own
DROP_NEAR_BY = """
DROP FUNCTION rejoin_near_of(bigint, timestamptz);
DROP INDEX leader_near;
DROP INDEX step_near;
DROP INDEX case_near;
"""
# The door: who asks, worked out once and kept for the transaction. Returns the role to ask as.
ASK = f"""
CREATE FUNCTION rejoin_ask(asker bigint, herself bigint) RETURNS text LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moment CONSTANT timestamptz := rejoin_now();
    wide CONSTANT bigint[] := rejoin_wide_of(asker, moment);
BEGIN
    PERFORM set_config('rejoin.staff', coalesce(asker::text, ''), true),
            set_config('rejoin.patient', coalesce(herself::text, ''), true),
            set_config('rejoin.programs', rejoin_programs_of(asker, moment)::text, true),
            set_config('rejoin.wide', wide::text, true),
            set_config('rejoin.everywhere', rejoin_is_everywhere(wide)::text, true),
            set_config('rejoin.guarded', rejoin_guarded_of(asker, moment)::text, true),
            set_config('rejoin.near', array_remove(rejoin_near_of(asker, moment) || herself, NULL)::text, true);
    RETURN CASE WHEN wide = '{{}}' THEN '{WEB_ROLE}' ELSE '{WIDE_ROLE}' END;
END $$;
"""
DROP_ASK = "DROP FUNCTION rejoin_ask(bigint, bigint)"
