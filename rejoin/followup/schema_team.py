"""What the database keeps up by itself for the team: whether a review is open, who has a task, which note waits."""

from rejoin.common.schema import answered_for, in_program, near

# A review is open until it is decided or withdrawn, and again once it is renewed. Nobody says so but its events.
REVIEWS = """
CREATE FUNCTION rejoin_is_review_open(number bigint) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce((SELECT turn = 'renewed' FROM followup_reviewevent WHERE review_id = number
                      ORDER BY id DESC LIMIT 1), true)
$$;
CREATE FUNCTION rejoin_keep_review_open() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.open <> OLD.open AND NEW.open <> rejoin_is_review_open(NEW.id) THEN
        RAISE EXCEPTION 'append_only: whether review % is open is told by its events', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_open BEFORE UPDATE OF open ON followup_review
    FOR EACH ROW EXECUTE FUNCTION rejoin_keep_review_open();

CREATE FUNCTION rejoin_note_review_turns() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_review AS review SET open = rejoin_is_review_open(review.id)
     WHERE review.id IN (SELECT review_id FROM added) AND review.open <> rejoin_is_review_open(review.id);
    RETURN NULL;
END $$;
CREATE TRIGGER note_turns AFTER INSERT ON followup_reviewevent REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_note_review_turns();
UPDATE followup_review SET open = false WHERE NOT rejoin_is_review_open(id);
"""
DROP_REVIEWS = """
DROP TRIGGER note_turns ON followup_reviewevent;
DROP TRIGGER keep_open ON followup_review;
DROP FUNCTION rejoin_note_review_turns();
DROP FUNCTION rejoin_keep_review_open();
DROP FUNCTION rejoin_is_review_open(bigint);
"""
REVIEW_SAID = (
    *("at", "by", "patient_id", "program_id", "policy_id", "trigger", "fired_at", "sessions", '"then"'),
    *("decided_by_role", "due_at", "because"),
)

TASKS = """
CREATE FUNCTION rejoin_note_task_turns() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_task AS task SET owner_id = coalesce(added.owner_id, task.owner_id),
           open = task.open AND added.turn = 'given'
      FROM added WHERE task.id = added.task_id
       AND (added.turn <> 'given' OR added.owner_id <> task.owner_id);
    RETURN NULL;
END $$;
CREATE TRIGGER note_turns AFTER INSERT ON followup_taskevent REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_note_task_turns();
"""
DROP_TASKS = """
DROP TRIGGER note_turns ON followup_taskevent;
DROP FUNCTION rejoin_note_task_turns();
"""
TASK_SAID = ("at", "by", "program_id", "patient_id", "case_id", "review_id", "words", "due_at")

NOTES = """
CREATE FUNCTION rejoin_note_acknowledged() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followup_casenote AS note SET waits = false
      FROM added WHERE note.id = added.note_id AND note.waits AND note.asks_id = added.staff_id;
    RETURN NULL;
END $$;
CREATE TRIGGER note_seen AFTER INSERT ON followup_casenoteseen REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION rejoin_note_acknowledged();
"""
DROP_NOTES = """
DROP TRIGGER note_seen ON followup_casenoteseen;
DROP FUNCTION rejoin_note_acknowledged();
"""
NOTE_SAID = ("at", "by", "case_id", "patient_id", "author_id", "words", "asks_id")

STEPS = """
CREATE FUNCTION rejoin_take_program() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT program_id INTO NEW.program_id FROM followup_case WHERE id = NEW.case_id;
    RETURN NEW;
END $$;
CREATE TRIGGER take_program BEFORE INSERT ON followup_step
    FOR EACH ROW EXECUTE FUNCTION rejoin_take_program();
UPDATE followup_step AS step SET program_id = "case".program_id FROM followup_case AS "case" WHERE "case".id = step.case_id;
"""
DROP_STEPS = """
DROP TRIGGER take_program ON followup_step;
DROP FUNCTION rejoin_take_program();
"""

# Row-level security is asked before a span is, so an index of spans is asked by a function of the tables' owner. It gives
# numbers alone: whose seats are seen is decided where they are read.
SEATS_WITHIN = """
CREATE FUNCTION rejoin_seats_within(patient bigint, during tstzrange) RETURNS SETOF bigint LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM programs_seat WHERE occupies AND patient_id = patient AND span && during
$$;
"""
DROP_SEATS_WITHIN = "DROP FUNCTION rejoin_seats_within(bigint, tstzrange)"

# Among the team alone: a patient reads neither what they say to each other nor what they do for her safety here.
# Their tasks are their program's, and of a patient where they see her.
TASKS_NEAR = f"{in_program()} AND (patient_id IS NULL OR {near()})"
TASKS_WIDELY = f"{in_program()} AND {answered_for('followup_task')}"
# What the web writes and reads of the team's, beside what `schema.WEB_WRITES` and `schema.WEB_READS` list.
WEB_WRITES = {
    "followup_casenote": "INSERT",
    "followup_casenoteseen": "INSERT",
    "followup_emergencydisclosure": "INSERT",
    "followup_handoff": "INSERT",
    "followup_handoffread": "INSERT",
    "followup_safetyrecord": "INSERT",
    "followup_task": "INSERT",
    "followup_taskevent": "INSERT",
}
WEB_READS = ("common_heartbeat",)  # a silent engine stands on the supervisor's board
# A nudge is asked for on the web; a worker says what came of it.
HAND_NUDGES = {"followup_handnudge": "INSERT"}
