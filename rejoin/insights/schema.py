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

# Of a program's patients who were first asked last, up to a day: what they were asked in their first days, with their answers,
# and the share of sessions they came to in their first four weeks. To whoever answers for all of them, who sees each of these
# rows: row by row it is found out so often that a page waits for it. Looked for backwards, in stretches that get longer.
FIRST_WEEKS = """
CREATE FUNCTION rejoin_first_weeks(place bigint, until date, most int, days int)
    RETURNS TABLE (instrument text, version text, patient_id bigint, sheet_id bigint, day int, answers text, share float8)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    whom bigint[] := '{}';
    firsts date[] := '{}';
    upto date := until;
    stretch int := 21;
    zone CONSTANT text := (SELECT timezone FROM programs_program AS program WHERE program.id = place);
    earliest CONSTANT date := (SELECT min(due.due_on) FROM insights_due AS due WHERE due.program_id = place);
    more_whom bigint[];
    more_firsts date[];
BEGIN
    IF current_setting('role') NOT IN ('none', 'rejoin_engine') AND NOT place = ANY(rejoin_wide()) THEN
        RETURN;
    END IF;
    WHILE cardinality(whom) < most AND upto >= earliest LOOP
        SELECT array_agg(began.id), array_agg(began.first) INTO more_whom, more_firsts
          FROM (SELECT due.patient_id AS id, min(due.due_on) AS first FROM insights_due AS due
                 WHERE due.program_id = place AND due.due_on <= upto AND due.due_on > upto - stretch GROUP BY 1) AS began
         WHERE (SELECT true FROM insights_due AS before
                 WHERE before.patient_id = began.id AND before.program_id = place AND before.due_on <= upto - stretch LIMIT 1) IS NULL;
        whom := whom || coalesce(more_whom, '{}');
        firsts := firsts || coalesce(more_firsts, '{}');
        upto := upto - stretch;
        stretch := stretch * 2;
    END LOOP;
    RETURN QUERY
    SELECT due.instrument::text, due.version::text, due.patient_id, sheet.id, due.due_on - began.first, told.answers::text, came.share
      FROM (SELECT each.id, each.first FROM unnest(whom, firsts) AS each(id, first) ORDER BY each.first DESC, each.id LIMIT most) AS began
      CROSS JOIN LATERAL (
           SELECT avg((status.status IN ('attended', 'partial'))::int)::float8 AS share FROM attendance_seatstatus AS status
             JOIN programs_session AS session ON session.id = status.session_id
            WHERE status.patient_id = began.id AND session.program_id = place AND status.status IN ('attended', 'partial', 'missed')
              AND session.starts_at < (began.first + 29)::timestamp AT TIME ZONE zone) AS came
      CROSS JOIN LATERAL (  -- patient by patient: "OFFSET 0" keeps the planner from reading all that the program was ever asked
           SELECT * FROM insights_due AS asked
            WHERE asked.patient_id = began.id AND asked.program_id = place AND asked.due_on <= began.first + days OFFSET 0) AS due
      LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
      LEFT JOIN LATERAL (SELECT json_object_agg(each.item, each.value) AS answers FROM insights_itemanswer AS each
                          WHERE each.sheet_id = sheet.id) AS told ON true
     ORDER BY due.patient_id, due.due_on, due.id;
END $$;
"""
DROP_FIRST_WEEKS = "DROP FUNCTION rejoin_first_weeks(bigint, date, int, int);"
