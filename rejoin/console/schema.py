"""What the database tells of itself while it is written to: which boards have to look again, and of which programs.

One word on one channel for each statement that changed something that a board shows: "today,session:1,2". It names
topics and programs, and nobody: whoever hears it asks for what is new by the same door as ever, and sees what she
may. What only the engine's own bookkeeping changed is not told.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.db.migrations import RunSQL

CHANNEL: Final = "rejoin_live"
TOPICS: Final = (
    *("today", "session", "worklist", "case", "cases", "words", "overdue", "huddle"),
    *("unmatched", "longwork", "access", "tasks"),
)
EVERYWHERE: Final = "*"
"""In the place of programs: all of them, or nobody can say which."""

TELL: Final = f"""
CREATE FUNCTION rejoin_tell_live(topics text, programs bigint[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- A notice has some 8,000 bytes at most: of very many programs it names none.
    IF cardinality(programs) > 400 THEN
        PERFORM pg_notify('{CHANNEL}', topics || ':{EVERYWHERE}');
    ELSIF cardinality(programs) > 0 THEN
        PERFORM pg_notify('{CHANNEL}', topics || ':' || array_to_string(programs, ',', '{EVERYWHERE}'));
    END IF;
END $$;
"""
DROP_TELL: Final = "DROP FUNCTION rejoin_tell_live(text, bigint[])"

ANY_COLUMN: Final = ("*",)


class Of(NamedTuple):
    """How the programs of written rows are found: by a column of theirs, in a query over `changed`."""

    column: str
    programs: str


OWN_PROGRAM: Final = Of("program_id", "SELECT program_id FROM changed")
OF_SESSION: Final = Of(
    "session_id",
    """
SELECT session.program_id FROM (SELECT DISTINCT session_id FROM changed) AS held
  JOIN programs_session AS session ON session.id = held.session_id
""",
)
OF_SEAT: Final = Of(
    "seat_id",
    """
SELECT session.program_id
  FROM (SELECT DISTINCT seat.session_id FROM changed JOIN programs_seat AS seat ON seat.id = changed.seat_id) AS held
  JOIN programs_session AS session ON session.id = held.session_id
""",
)
OF_OFFER: Final = Of(
    "offer_id",
    """
SELECT session.program_id
  FROM (SELECT DISTINCT offer.seat_id FROM changed JOIN makeups_offer AS offer ON offer.id = changed.offer_id) AS missed
  JOIN programs_seat AS seat ON seat.id = missed.seat_id JOIN programs_session AS session ON session.id = seat.session_id
""",
)
OF_CASE: Final = Of(
    "case_id",
    'SELECT "case".program_id FROM changed JOIN followup_case AS "case" ON "case".id = changed.case_id',
)
OF_PROMISE: Final = Of(
    "promise_id",
    """
SELECT "case".program_id FROM changed JOIN followup_promisedreturn AS promise ON promise.id = changed.promise_id
  JOIN followup_case AS "case" ON "case".id = promise.case_id
""",
)
OF_REVIEW: Final = Of(
    "review_id",
    "SELECT review.program_id FROM changed JOIN followup_review AS review ON review.id = changed.review_id",
)
OF_NOTE: Final = Of(
    "note_id",
    """
SELECT "case".program_id FROM changed JOIN followup_casenote AS note ON note.id = changed.note_id
  JOIN followup_case AS "case" ON "case".id = note.case_id
""",
)
OF_TASK: Final = Of(
    "task_id", "SELECT task.program_id FROM changed JOIN followup_task AS task ON task.id = changed.task_id"
)
OF_HAND_OFF: Final = Of(
    "hand_off_id",
    "SELECT said.program_id FROM changed JOIN followup_handoff AS said ON said.id = changed.hand_off_id",
)
# A patient is of each program in which she has or had a place.
OF_PATIENT: Final = Of(
    "patient_id",
    "SELECT place.program_id FROM changed JOIN programs_enrolment AS place ON place.patient_id = changed.patient_id",
)
OF_GLASS: Final = Of(
    "glass_id",
    """
SELECT place.program_id FROM changed JOIN programs_brokenglass AS glass ON glass.id = changed.glass_id
  JOIN programs_enrolment AS place ON place.patient_id = glass.patient_id
""",
)
# Of several, or of nobody knows which (NULL): a number that is nobody's is before the coordinators of all programs.
OF_READERS: Final = Of(
    "programs", "SELECT unnest(CASE WHEN programs = '{}' THEN '{NULL}' ELSE programs END) FROM changed"
)
OF_REPLY: Final = Of(
    "reply_id",
    """
SELECT unnest(CASE WHEN reply.programs = '{}' THEN '{NULL}' ELSE reply.programs END)
  FROM changed JOIN outreach_reply AS reply ON reply.id = changed.reply_id
""",
)


def live_on(
    table: str,
    *topics: str,
    of: Of = OWN_PROGRAM,
    shown: Sequence[str] = (),
    key: str = "id",
) -> list[RunSQL]:
    """Tell of `topics` when rows of `table` are written: one notice a statement, of the programs they are `of`.

    Of updates those are told that change a column in `shown` of the row of a `key`; `ANY_COLUMN` stands for all of
    them, and none for a table of facts.
    """
    unknown = set(topics) - set(TOPICS)
    if unknown:
        raise ValueError(f"no topics: {unknown}")
    told = ",".join(topics)
    plain = f"SELECT DISTINCT * FROM ({of.programs}) AS told"  # noqa: S608 - queries of our own
    found = [_tells(table, "INSERT", "NEW TABLE AS changed", plain, told)]
    if shown == ANY_COLUMN:
        found.append(_tells(table, "UPDATE", "NEW TABLE AS changed", plain, told))
    elif shown:
        compared = _compared(dict.fromkeys((key, of.column, *shown))) + plain
        found.append(_tells(table, "UPDATE", "OLD TABLE AS before NEW TABLE AS after", compared, told))
    return found


def _compared(columns: Iterable[str]) -> str:
    """As sets: a join of the two would be of every row with every other where the first update was of one row."""
    listed = ", ".join(columns)
    return f"WITH changed AS (SELECT {listed} FROM after EXCEPT SELECT {listed} FROM before) "  # noqa: S608 - as above


def _tells(table: str, when: str, rows: str, programs: str, told: str) -> RunSQL:
    """A trigger after the statement, with a function of its own: its plan is made once."""
    trigger = f"live_{when.lower()}"
    function = f"rejoin_{trigger}_{table}()"
    return RunSQL(
        f"""
CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM rejoin_tell_live('{told}', ARRAY({programs} ORDER BY 1));
    RETURN NULL;
END $$;
CREATE TRIGGER {trigger} AFTER {when} ON {table} REFERENCING {rows}
    FOR EACH STATEMENT EXECUTE FUNCTION {function};
""",
        f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {function};",
    )
