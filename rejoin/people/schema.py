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
