"""How a patient is found by name among a hundred thousand: each word of it by its first letters, accents aside. Who writes of her family."""

from rejoin.common.schema import PROGRAMS, near

# What row-level security lets through is asked after the index, so the index is asked by a function of the tables'
# owner. It gives numbers alone: whose rows are seen is decided where they are read.
FOUND = r"""
CREATE FUNCTION rejoin_folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(lower(said), 'áàâäãåéèêëíìîïóòôöõúùûüñçýÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇÝ',
                                  'aaaaaaeeeeiiiiooooouuuuncyaaaaaaeeeeiiiiooooouuuuncy')
$$;
CREATE FUNCTION rejoin_words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(regexp_split_to_array(public.rejoin_folded(said), '[\s!-/:-@\[-`{-~]+'), '')
$$;
CREATE INDEX patient_by_words ON people_patient
    USING gin (array_to_tsvector(rejoin_words(name || ' ' || preferred_name || ' ' || external_id)));
CREATE INDEX patient_by_name ON people_patient
    (rejoin_folded(coalesce(nullif(preferred_name, ''), nullif(name, ''), external_id)), id);
CREATE FUNCTION rejoin_patients_called(said text) RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM people_patient
     WHERE array_to_tsvector(rejoin_words(name || ' ' || preferred_name || ' ' || external_id))
           @@ (SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery FROM unnest(rejoin_words(said)) AS word)
$$;
"""
DROP_FOUND = """
DROP FUNCTION rejoin_patients_called(text);
DROP INDEX patient_by_name;
DROP INDEX patient_by_words;
DROP FUNCTION rejoin_words(text);
DROP FUNCTION rejoin_folded(text);
"""
# The words of each patient are kept with her: worked out anew for every row that is looked at, they cost more than all
# the rest of a search. `most`: whoever is called as very many are is looked for among the rows of a list instead.
FOUND_AGAIN = r"""
CREATE FUNCTION rejoin_sought(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery FROM unnest(public.rejoin_words(said)) AS word
$$;
DROP FUNCTION rejoin_patients_called(text);
DROP INDEX patient_by_words;
ALTER TABLE people_patient ADD COLUMN called tsvector
    GENERATED ALWAYS AS (array_to_tsvector(rejoin_words(name || ' ' || preferred_name || ' ' || external_id))) STORED;
CREATE INDEX patient_by_words ON people_patient USING gin (called);
CREATE FUNCTION rejoin_patients_called(said text, most int) RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM people_patient WHERE called @@ rejoin_sought(said) LIMIT most
$$;
"""
DROP_FOUND_AGAIN = r"""
DROP FUNCTION rejoin_patients_called(text, int);
ALTER TABLE people_patient DROP COLUMN called;
DROP FUNCTION rejoin_sought(text);
CREATE INDEX patient_by_words ON people_patient
    USING gin (array_to_tsvector(rejoin_words(name || ' ' || preferred_name || ' ' || external_id)));
CREATE FUNCTION rejoin_patients_called(said text) RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM people_patient
     WHERE array_to_tsvector(rejoin_words(name || ' ' || preferred_name || ' ' || external_id))
           @@ (SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery FROM unnest(rejoin_words(said)) AS word)
$$;
"""

# Whose word it takes hangs on how old she is and on what her guardian signed: neither is hers to write. Her own no is.
HERS = near()
BY_STAFF = f"{HERS} AND cardinality({PROGRAMS}) > 0"
FAMILY_WRITTEN = {
    "people_birthdate": BY_STAFF,
    "people_guardianword": BY_STAFF,
    "people_familyclosing": f"{HERS} AND (cardinality({PROGRAMS}) > 0 OR closes)",
}
FAMILY_WRITES = dict.fromkeys(FAMILY_WRITTEN, "INSERT")


# A family's page is a wall of its own: whoever asks for it sees no row of any table. The door (`common/seeing.py`) leaves
# the numbers of patients whom she may see now, by what it is about, and these three functions tell of them what a
# consent covers, column by column. There is no word of a patient's among them, and nobody else of her group.
def _shown_patients(looking: str) -> str:
    """Whom she is called to see, and whether her team is `looking` for that patient."""
    return f"""
CREATE OR REPLACE FUNCTION rejoin_shown_patients() RETURNS TABLE (
    patient_id bigint, called text, neutral_name text, call_back text,
    crisis_name text, crisis_number text, crisis_hours text, looking boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT patient.id, coalesce(nullif(patient.preferred_name, ''), patient.name),
           program.neutral_name, program.call_back, program.crisis_name, program.crisis_number, program.crisis_hours,
           patient.id = ANY(rejoin_shown('safety')) AND EXISTS ({looking})
      FROM people_patient AS patient
      JOIN programs_enrolment AS place ON place.patient_id = patient.id AND place.ended_at IS NULL
      JOIN programs_program AS program ON program.id = place.program_id
     WHERE patient.id = ANY(rejoin_shown('scheduling') || rejoin_shown('attendance') || rejoin_shown('safety'))
     ORDER BY patient.id, place.id
$$;
"""  # noqa: S608 - our own words


def _shown_ahead(room: str = "") -> str:
    """Her sessions ahead; `room`: one more column, where there is one, named by that."""
    column, named = (", room uuid", f",\n           {room}") if room else ("", "")
    return f"""
CREATE OR REPLACE FUNCTION rejoin_shown_ahead(moment timestamptz, until timestamptz) RETURNS TABLE (
    patient_id bigint, starts_at timestamptz, ends_at timestamptz, kind text, mode text{column})
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT seat.patient_id, session.starts_at, session.ends_at, session.kind, session.mode{named}
      FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
     WHERE seat.patient_id = ANY(rejoin_shown('scheduling')) AND seat.released_at IS NULL
       AND session.held = 'scheduled' AND session.ends_at > moment AND session.starts_at < until
     ORDER BY session.starts_at, session.id
$$;
"""  # noqa: S608 - our own words


_LOOKING_AT_FIRST = """
               SELECT FROM followup_case AS own WHERE own.patient_id = patient.id
                  AND own.program_id = program.id AND own.closed_at IS NULL"""
_SHOWN_ABOUT = """
CREATE FUNCTION rejoin_shown(about text) RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('rejoin.shown_' || about, true), ''), '{}')::bigint[]
$$;
"""
_SHOWN_CAME = """
CREATE FUNCTION rejoin_shown_came(since timestamptz, moment timestamptz) RETURNS TABLE (
    patient_id bigint, starts_at timestamptz, ends_at timestamptz, kind text, status text, made_up boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT seat.patient_id, session.starts_at, session.ends_at, session.kind, status.status,
           EXISTS (SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = seat.id AND entry.what = 'made_up')
      FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
      JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
     WHERE seat.patient_id = ANY(rejoin_shown('attendance')) AND seat.released_at IS NULL
       AND session.ends_at <= moment AND session.starts_at > since
     ORDER BY session.starts_at DESC, session.id
$$;
"""
SHOWN = _SHOWN_ABOUT + _shown_patients(_LOOKING_AT_FIRST) + _shown_ahead() + _SHOWN_CAME
# The same, with which of her family sessions have a room. A column more is another function.
_DROP_AHEAD = "DROP FUNCTION rejoin_shown_ahead(timestamptz, timestamptz);"
_FAMILY_ROOM = "CASE WHEN session.kind = 'family' AND session.mode = 'video' THEN session.ref END"
SHOWN_ROOMS = _DROP_AHEAD + _shown_ahead(_FAMILY_ROOM)
NO_SHOWN_ROOMS = _DROP_AHEAD + _shown_ahead()
# The same: a session in which another patient has a seat as well has no room for a family.
_OWN_ROOM = """CASE WHEN session.kind = 'family' AND session.mode = 'video' AND NOT EXISTS (
               SELECT FROM programs_seat AS held WHERE held.session_id = session.id
                  AND held.patient_id <> seat.patient_id AND held.released_at IS NULL)
           THEN session.ref END"""
SHOWN_OWN_ROOMS = _shown_ahead(_OWN_ROOM)
NO_SHOWN_OWN_ROOMS = _shown_ahead(_FAMILY_ROOM)
# That her team tries to reach her is told where she was missed, and while it tries; never because of what she answered: of
# a case that an answer opened, or opened again, a family learns nothing.
SHOWN_LOOKING = _shown_patients("""
               SELECT FROM followup_case AS own
                 JOIN programs_seat AS seat ON seat.id = own.seat_id AND seat.released_at IS NULL
                 JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
                 JOIN programs_policyversion AS policy ON policy.id = status.policy_id
                WHERE own.patient_id = patient.id AND own.program_id = program.id AND own.state = 'open'
                  AND status.status = ANY(policy.opens_on)
                  AND NOT EXISTS (
                      SELECT FROM followup_caseevent AS answered
                       WHERE answered.case_id = own.id AND answered.turn = 'concern' AND answered.at = (
                             SELECT max(reopened.at) FROM followup_caseevent AS reopened
                              WHERE reopened.case_id = own.id AND reopened.turn = 'reopened'))""")
NO_SHOWN_LOOKING = _shown_patients(_LOOKING_AT_FIRST)
# How far somebody around a patient has come with a sign-in of her own. Told is what became of it since she was invited around
# this patient, to staff who see her chart: nothing of whom else the account stands around.
SIGN_INS = """
CREATE FUNCTION rejoin_family_sign_ins(held bigint) RETURNS TABLE (contact_id bigint, invited_at timestamptz, taken_up boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT tie.contact_id, tie.at, EXISTS (
               SELECT FROM accounts_signinlink AS link
                WHERE link.user_id = person.user_id AND link.made_at >= tie.at AND link.used_at IS NOT NULL)
      FROM people_tie AS tie JOIN people_relative AS person ON person.id = tie.relative_id
     WHERE tie.patient_id = held AND rejoin_staff() IS NOT NULL
       AND (held = ANY(rejoin_near()) OR rejoin_everywhere() OR EXISTS (
            SELECT FROM programs_enrolment AS place
             WHERE place.patient_id = held AND place.program_id = ANY(rejoin_wide())))
$$;
"""
DROP_SIGN_INS = "DROP FUNCTION rejoin_family_sign_ins(bigint)"
DROP_SHOWN = """
DROP FUNCTION rejoin_shown_came(timestamptz, timestamptz);
DROP FUNCTION rejoin_shown_ahead(timestamptz, timestamptz);
DROP FUNCTION rejoin_shown_patients();
DROP FUNCTION rejoin_shown(text);
"""
