"""What the database does by itself in a schedule: spans follow sessions, and seats are counted; who asks, as rows know her."""

from collections.abc import Iterable

from rejoin.common.schema import (
    GUARDED,
    PROGRAMS,
    WEB_ROLE,
    WIDE,
    WIDE_ROLE,
    answered_for,
    of_session,
)
from rejoin.programs import rights

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


def _words(roles: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in roles)


# What the door left in the settings of the transaction (`followup/schema.py`); nobody asks: nothing.
ASKED = """
CREATE FUNCTION rejoin_staff() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('rejoin.staff', true), '')::bigint
$$;
CREATE FUNCTION rejoin_patient() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('rejoin.patient', true), '')::bigint
$$;
CREATE FUNCTION rejoin_asker() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce('staff:' || rejoin_staff(), 'patient:' || rejoin_patient())
$$;
CREATE FUNCTION rejoin_programs() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('rejoin.programs', true), ''), '{}')::bigint[]
$$;
CREATE FUNCTION rejoin_wide() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('rejoin.wide', true), ''), '{}')::bigint[]
$$;
CREATE FUNCTION rejoin_everywhere() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('rejoin.everywhere', true), '') = 'true'
$$;
CREATE FUNCTION rejoin_near() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('rejoin.near', true), ''), '{}')::bigint[]
$$;
CREATE FUNCTION rejoin_guarded() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('rejoin.guarded', true), ''), '{}')::bigint[]
$$;
"""
DROP_ASKED = """
DROP FUNCTION rejoin_guarded();
DROP FUNCTION rejoin_near();
DROP FUNCTION rejoin_everywhere();
DROP FUNCTION rejoin_wide();
DROP FUNCTION rejoin_programs();
DROP FUNCTION rejoin_asker();
DROP FUNCTION rejoin_patient();
DROP FUNCTION rejoin_staff();
"""

# A patient has a place or two, whoever asks may have forty programs: "+ 0" has her places looked up, and not each program
# for her among its patients. It is asked of every row there is to see.
VIEWS = f"""
CREATE OR REPLACE VIEW programs_answeredfor AS
    SELECT patient_id FROM programs_enrolment WHERE program_id + 0 = ANY({WIDE});
CREATE OR REPLACE VIEW programs_guarded AS
    SELECT patient_id FROM programs_enrolment WHERE program_id + 0 = ANY({GUARDED});
"""  # noqa: S608 - our own words
# The views are the tables' owner's, since the rule of places would else ask itself. They show numbers of patients that
# are hers to see, or whose trail is, and no more.
VISIBLE = f"""
CREATE FUNCTION rejoin_programs_of(asker bigint, moment timestamptz) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT program_id), '{{}}') FROM programs_staffrole
     WHERE staff_id = asker AND from_at <= moment AND (ended_at IS NULL OR ended_at > moment)
$$;
CREATE FUNCTION rejoin_wide_of(asker bigint, moment timestamptz) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT program_id), '{{}}') FROM programs_staffrole
     WHERE staff_id = asker AND from_at <= moment AND (ended_at IS NULL OR ended_at > moment)
       AND role IN ({_words(rights.WIDE)})
$$;
CREATE FUNCTION rejoin_guarded_of(asker bigint, moment timestamptz) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT program_id), '{{}}') FROM programs_staffrole
     WHERE staff_id = asker AND from_at <= moment AND (ended_at IS NULL OR ended_at > moment)
       AND role IN ({_words(rights.GUARDING)})
$$;
CREATE FUNCTION rejoin_is_everywhere(wide bigint[]) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT wide <> '{{}}' AND NOT EXISTS (SELECT FROM programs_program WHERE id <> ALL(wide))
$$;
{VIEWS}GRANT SELECT ON programs_answeredfor TO {WIDE_ROLE};
GRANT SELECT ON programs_guarded TO {WEB_ROLE};
"""  # noqa: S608 - our own words
DROP_VISIBLE = """
DROP VIEW programs_guarded;
DROP VIEW programs_answeredfor;
DROP FUNCTION rejoin_guarded_of(bigint, timestamptz);
DROP FUNCTION rejoin_is_everywhere(bigint[]);
DROP FUNCTION rejoin_wide_of(bigint, timestamptz);
DROP FUNCTION rejoin_programs_of(bigint, timestamptz);
"""

OWN_PLACES = f"program_id = ANY({WIDE}) OR {answered_for('programs_enrolment')}"
# By a place, a role, a session to lead or a place in a care team rows come to be seen: those who answer for the program's
# patients give them, and never to another's patient. They see all of a group, too: whether it is full, who gets a seat.
ANSWERS_FOR_IT = f"program_id = ANY({WIDE})"
GIVES_PLACE = f"{answered_for('programs_enrolment')} AND {ANSWERS_FOR_IT}"
GIVES_CARE = f"{answered_for('programs_careteammember')} AND {ANSWERS_FOR_IT}"
GIVES_SESSIONS = of_session("programs_sessionstaff", WIDE)
PLANS_SERIES = f"{ANSWERS_FOR_IT} AND (patient_id IS NULL OR {answered_for('programs_series')})"
# A patient reads of the programs in which she has or had a place, and of the sessions she has or had a seat in.
HER_PROGRAM = """
id IN (SELECT program_id FROM programs_enrolment WHERE patient_id = (SELECT rejoin_patient()))
"""
# And of the groups that these are of: by what her sessions are called, and where she belongs.
HER_GROUP = """
id IN (SELECT group_id FROM programs_enrolment WHERE patient_id = (SELECT rejoin_patient())
       UNION ALL
       SELECT session.group_id FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
        WHERE seat.patient_id = (SELECT rejoin_patient()))
"""


def her_session(table: str, column: str = "session_id") -> str:
    """The row is of a session in which the patient who asks has or had a seat."""
    return (
        "(SELECT true FROM programs_seat AS seat "  # noqa: S608 - tables of our own
        f"WHERE seat.session_id = {table}.{column} AND seat.patient_id = (SELECT rejoin_patient()) LIMIT 1)"
    )


# Patients' accounts as their rows; colleagues' to whoever works here.
OWN_ACCOUNT = f"""
(SELECT true FROM people_patient AS patient WHERE patient.user_id = accounts_user.id LIMIT 1)
OR (cardinality({PROGRAMS}) > 0 AND (SELECT true FROM people_staff AS staff WHERE staff.user_id = accounts_user.id LIMIT 1))
"""  # noqa: S608 - tables of our own

# Colleagues' names are on whatever they did, and where they may practise says who may sign: whoever works here reads both,
# of everybody who does or did. A patient, of those who lead her sessions or are of her care team.
HER_STAFF = """
CREATE FUNCTION rejoin_her_staff() RETURNS bigint[] LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(
        SELECT staff_id FROM programs_careteammember WHERE patient_id = rejoin_patient()
         UNION
        SELECT leader.staff_id FROM programs_seat AS seat
          JOIN programs_sessionstaff AS leader ON leader.session_id = seat.session_id
         WHERE seat.patient_id = rejoin_patient())
$$;
"""
DROP_HER_STAFF = "DROP FUNCTION rejoin_her_staff()"


def colleague(column: str) -> str:
    """The row is of a colleague's, of whoever asks, or of somebody whom the patient who asks meets."""
    return (
        f"cardinality({PROGRAMS}) > 0 OR {column} = (SELECT rejoin_staff()) "
        f"OR {column} = ANY((SELECT rejoin_her_staff())::bigint[])"
    )


# The glass. It is broken by this function alone, which decides whether it may be, and writes it down whatever it decides:
# the web may not write it otherwise, and finds nothing out by it of patients who are none of her programs'.
GLASS = """
CREATE OR REPLACE FUNCTION rejoin_break_glass(
    asker bigint, called text, why text, said text, moment timestamptz, until_ timestamptz, request_ text,
    OUT number bigint, OUT answer text) LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hers CONSTANT bigint[] := rejoin_programs_of(asker, moment);
    found CONSTANT bigint := (SELECT id FROM people_patient WHERE external_id = rejoin_break_glass.called);
    here CONSTANT bigint := (SELECT min(program_id) FROM programs_enrolment
                              WHERE patient_id = found AND program_id = ANY(hers));
BEGIN
    IF coalesce(rejoin_asker(), 'staff:' || asker) <> 'staff:' || asker THEN
        RAISE EXCEPTION 'whoever breaks a glass does so herself' USING ERRCODE = 'insufficient_privilege';
    END IF;
    answer := CASE WHEN here IS NULL THEN 'refused'
                   WHEN found = ANY(rejoin_near_of(asker, moment)) OR EXISTS (
                        SELECT FROM programs_enrolment
                         WHERE patient_id = found AND program_id = ANY(rejoin_wide_of(asker, moment))) THEN 'open'
                   ELSE 'broken' END;
    IF answer = 'broken' THEN
        INSERT INTO programs_brokenglass (at, by, staff_id, patient_id, reason, words, until_at)
        VALUES (moment, 'staff:' || asker, asker, found, why, said, until_) RETURNING id INTO number;
        IF rejoin_staff() = asker THEN  -- from here on, in this transaction too
            PERFORM set_config('rejoin.near', (rejoin_near() || found)::text, true);
        END IF;
    END IF;
    -- Refused: told in each of her programs, and to those who look after the patient's, if there is one.
    INSERT INTO audit_event (at, by, verb, subject, patient_ref, program_ref, reason, request)
    SELECT moment, 'staff:' || asker, 'programs.break_glass', coalesce('glass:' || number, 'staff:' || asker),
           told.patient, told.program, CASE answer WHEN 'broken' THEN why ELSE answer END, request_
      FROM (SELECT found AS patient, here AS program WHERE here IS NOT NULL
            UNION ALL SELECT NULL, unnest(hers) WHERE here IS NULL
            UNION ALL SELECT found, NULL WHERE here IS NULL AND found IS NOT NULL
            UNION ALL SELECT NULL, NULL WHERE here IS NULL AND hers = '{}') AS told(patient, program);
END $$;
"""
DROP_GLASS = "DROP FUNCTION rejoin_break_glass(bigint, text, text, text, timestamptz, timestamptz, text)"
# Seen by whoever broke it and by those who look after the patient's trail; looked at by these, and by nobody for herself.
GUARDED_GLASS = "(SELECT true FROM programs_guarded AS place WHERE place.patient_id = programs_brokenglass.patient_id LIMIT 1)"
OWN_GLASS = f"(staff_id = (SELECT rejoin_staff()) AND cardinality({PROGRAMS}) > 0) OR {GUARDED_GLASS}"
LOOKS_AT_GLASS = """
by = (SELECT rejoin_asker()) AND EXISTS (
    SELECT FROM programs_brokenglass AS glass JOIN programs_guarded AS place USING (patient_id)
     WHERE glass.id = glass_id AND glass.staff_id <> (SELECT rejoin_staff()))
"""
# Names for a trail, to whoever looks after it: of patients whose charts she does not see. Numbers that are none of hers
# come to nothing.
GUARDED_NAMES = """
CREATE FUNCTION rejoin_guarded_patients(numbers bigint[]) RETURNS TABLE (id bigint, ref uuid, name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT patient.id, patient.ref, coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id)
      FROM people_patient AS patient
     WHERE patient.id = ANY(numbers) AND EXISTS (SELECT FROM programs_guarded AS place WHERE place.patient_id = patient.id)
$$;
CREATE FUNCTION rejoin_guarded_called(identifier text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT patient.id FROM people_patient AS patient
     WHERE patient.external_id = identifier
       AND EXISTS (SELECT FROM programs_guarded AS place WHERE place.patient_id = patient.id)
$$;
"""
DROP_GUARDED_NAMES = (
    "DROP FUNCTION rejoin_guarded_called(text); DROP FUNCTION rejoin_guarded_patients(bigint[])"
)
COUNT_CHANGES = """
CREATE FUNCTION rejoin_count_changes() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.changes := OLD.changes + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER count_changes BEFORE UPDATE ON programs_session FOR EACH ROW
    WHEN ((OLD.starts_at, OLD.ends_at, OLD.held) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.held))
    EXECUTE FUNCTION rejoin_count_changes();
"""
DROP_COUNT_CHANGES = """
DROP TRIGGER count_changes ON programs_session;
DROP FUNCTION rejoin_count_changes();
"""

# A director's word, or a privacy officer's.
CONFIRMED_BY = f"{ANSWERS_FOR_IT} OR program_id = ANY({GUARDED})"
OF_HER_PROGRAM = HER_PROGRAM.replace("id IN", "program_id IN", 1)
