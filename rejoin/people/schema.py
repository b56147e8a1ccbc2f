"""How a patient is found by name among a hundred thousand: each word of it by its first letters, accents aside."""

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
