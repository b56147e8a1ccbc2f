"""Pieces of migrations: what the database itself refuses, and who may see which rows."""

from django.db.migrations import RunSQL

ENGINE_ROLE = "rejoin_engine"
WEB_ROLE = "rejoin_web"
"""Whoever asks on the web: a patient, or staff who see their own patients."""
WIDE_ROLE = "rejoin_web_wide"
"""The same, of staff who also answer for all patients of a program. It may do what the other may, and sees more."""

REFUSE_CHANGE = """
CREATE FUNCTION rejoin_refuse_change() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'append_only: % is never % in %', TG_TABLE_NAME, lower(TG_OP) || 'd', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

CLOCK = """
CREATE FUNCTION rejoin_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(
        (SELECT shown_at + (clock_timestamp() - real_at) * rate FROM common_simulatedclock),
        clock_timestamp())
$$;
"""

ROLES = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ENGINE_ROLE}') THEN
        CREATE ROLE {ENGINE_ROLE} NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB_ROLE}') THEN
        CREATE ROLE {WEB_ROLE} NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WIDE_ROLE}') THEN
        CREATE ROLE {WIDE_ROLE} NOLOGIN;
        GRANT {WEB_ROLE} TO {WIDE_ROLE};
    END IF;
    EXECUTE format('GRANT {ENGINE_ROLE}, {WEB_ROLE}, {WIDE_ROLE} TO %I', current_user);
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this server is being migrated at the same moment
END $$;
"""  # noqa: S608 - our own names


def append_only(*tables: str) -> list[RunSQL]:
    """Refuse every update and delete of rows in `tables`."""
    return [
        RunSQL(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_change()",
            f"DROP TRIGGER append_only ON {table}",
        )
        for table in tables
    ]


def keep_columns(table: str, *columns: str) -> RunSQL:
    """Refuse updates of `columns` and every delete: the rest of the row is a work marker."""
    listed = ", ".join(columns)
    return RunSQL(
        f"CREATE TRIGGER keep_columns BEFORE UPDATE OF {listed} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_change();"
        f"CREATE TRIGGER keep_rows BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_change()",
        f"DROP TRIGGER keep_columns ON {table}; DROP TRIGGER keep_rows ON {table}",
    )


# Who asks is worked out once for a transaction, at the door (`common/seeing.py`), and kept in settings of it. A
# sub-select without a reference to the row is asked once for a query, and its answer can go into an index.
NEAR = "(SELECT rejoin_near())::bigint[]"
"""Patients she sees by a relationship; for a patient herself."""
PROGRAMS = "(SELECT rejoin_programs())::bigint[]"
"""In which she has any role; none of a patient's."""
WIDE = "(SELECT rejoin_wide())::bigint[]"
"""For whose patients she answers, each of them."""
GUARDED = "(SELECT rejoin_guarded())::bigint[]"
"""Whose trail she looks after."""


def near(column: str = "patient_id") -> str:
    """The row's patient is one she sees by a relationship."""
    return f"{column} = ANY({NEAR})"


def in_program(column: str = "program_id") -> str:
    """The row's program is one she has a role in."""
    return f"{column} = ANY({PROGRAMS})"


def answered_for(table: str, column: str = "patient_id") -> str:
    """The row's patient has or had a place in a program whose patients she answers for; in any, if these are all.

    Asked row by row, by an index: a microsecond. As a set it would be made anew for every table of a query, of
    all patients, and cost what a page may cost; a scalar sub-select cannot be made one.
    """
    place = (
        f"SELECT true FROM programs_answeredfor AS place WHERE place.patient_id = {table}.{column} LIMIT 1"  # noqa: S608 - tables of our own
    )
    return f"((SELECT rejoin_everywhere()) AND {table}.{column} IS NOT NULL OR ({place}))"


def seen_by_patient(*tables: str, column: str = "patient_id") -> list[RunSQL]:
    """Row-level security: whoever acts on the web sees the rows of patients that are hers to see."""
    return [seen_where(table, near(column), wide=answered_for(table, column)) for table in tables]


def seen_by_team(*tables: str) -> list[RunSQL]:
    """What the staff who see a patient keep among themselves: she reads none of it."""
    staff = f"cardinality({PROGRAMS}) > 0"
    return [seen_where(table, f"{near()} AND {staff}", wide=answered_for(table)) for table in tables]


def seen_by_program(*tables: str, column: str = "program_id") -> list[RunSQL]:
    """Row-level security for what belongs to a program and to no one patient."""
    return [seen_where(table, in_program(column)) for table in tables]


def seen_by_session(*tables: str, written: str = "") -> list[RunSQL]:
    """For what is of a whole session: the staff of its program, and none of the patients in it."""
    return [seen_where(table, of_session(table, PROGRAMS), written=written) for table in tables]


def of_session(table: str, programs: str) -> str:
    """The row's session is one of `programs`."""
    own = f"SELECT own.program_id FROM programs_session AS own WHERE own.id = {table}.session_id"  # noqa: S608 - tables of our own
    return f"({own}) = ANY({programs})"


def seen_through(table: str, column: str, other: str) -> RunSQL:
    """Seen by whoever sees the row of `other` that `column` points at."""
    return seen_where(table, f"(SELECT true FROM {other} AS above WHERE above.id = {table}.{column})")  # noqa: S608 - as above


def seen_by_engine(*tables: str) -> list[RunSQL]:
    """No patient's, or everybody's: seen by the engine, and by nobody on the web."""
    return [seen_where(table, "false") for table in tables]


def seen_where(
    table: str, condition: str, *, written: str = "", wide: str = "", wide_written: str = ""
) -> RunSQL:
    """Row-level security: the engine sees all, the web where `condition` holds.

    Staff who answer for all patients of a program see beside these the rows where `wide` holds. What the web writes
    has to be so as well, or as `written` and `wide_written` say instead.
    """
    more = (
        f"CREATE POLICY web_wide ON {table} TO {WIDE_ROLE} USING ({wide}) WITH CHECK ({wide_written or wide});"
        if wide
        else ""
    )
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY engine_all ON {table} TO {ENGINE_ROLE} USING (true) WITH CHECK (true);"
        f"CREATE POLICY web_own ON {table} TO {WEB_ROLE} USING ({condition}) WITH CHECK ({written or condition});"
        f"{more}",
        f"DROP POLICY engine_all ON {table}; DROP POLICY web_own ON {table};"
        f"DROP POLICY IF EXISTS web_wide ON {table};"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


def read_where(table: str, condition: str) -> RunSQL:
    """Beside what the web sees and writes: what it only reads."""
    return RunSQL(
        f"CREATE POLICY web_read ON {table} FOR SELECT TO {WEB_ROLE} USING ({condition})",
        f"DROP POLICY web_read ON {table}",
    )


def web_may(**rights: str) -> list[RunSQL]:
    """What the web's role may do with a table that came after the first grants: web_may(audit_glass="SELECT, INSERT")."""
    return [
        RunSQL(f"GRANT {allowed} ON {table} TO {WEB_ROLE}", RunSQL.noop) for table, allowed in rights.items()
    ]


WEB_CALLS = {
    "rejoin_break_glass": "decides by itself whether the glass may be broken, and writes it down",
    "rejoin_family_sign_ins": "whether somebody around a patient of hers took up a sign-in",
    "rejoin_first_weeks": "scores of patients of a program, to whoever answers for all of them",
    "rejoin_guarded_called": "numbers of patients whose trail whoever asks looks after",
    "rejoin_guarded_patients": "names of the same",
    "rejoin_her_staff": "for policies: who leads a patient's sessions or is of her care team",
    "rejoin_hold_staff": "waits for colleagues' rows, and shows none",
    "rejoin_in_room": "names chosen for a room, to whoever is in it",
    "rejoin_is_called": "whether a name is taken in a room, to whoever has a seat there",
    "rejoin_is_a_miss": "whether a seat of hers is a miss by her program's policy, to her alone",
    "rejoin_is_led": "whether somebody who leads is in a room, to whoever has a seat there",
    "rejoin_is_everywhere": "whether these are all programs there are",
    "rejoin_kept_from": "groups and sessions that are not for a patient of hers, and not because of whom",
    "rejoin_makeup_busy": "when an opening of a program of hers is not free",
    "rejoin_makeup_slots": "what a program of hers holds, and how many more may come to it",
    "rejoin_near_of": "doors of pages ask what policies ask",
    "rejoin_patients_called": "numbers alone, whose rows are seen elsewhere",
    "rejoin_role_held": "whether anybody holds a role: yes or no",
    "rejoin_room_for": "whether one more may come: yes or no",
    "rejoin_seat_prices": "of a program of hers, by session",
    "rejoin_seats_within": "as above",
    "rejoin_sessions_to_attest": "as above",
    "rejoin_shown_ahead": "days of patients whom a family's door has named, to that door",
    "rejoin_shown_came": "whether the same came",
    "rejoin_shown_patients": "what the same are called, and how their programs are reached",
    "rejoin_take_offer": "gives whoever an offer was made to the seat of that offer, or says that it is gone",
    "rejoin_wide_of": "as rejoin_near_of",
}
"""Functions that act as the tables' owner and that the web calls, each with why that tells nobody anything."""


def close_functions() -> RunSQL:
    """What acts as the tables' owner is called by nobody but the engine, and by the web where `WEB_CALLS` names it.

    PostgreSQL lets everybody call a function that is new. A migration that makes one, or makes one anew, closes it.
    Triggers need no right of whoever writes.
    """
    named = ", ".join(f"'{each}'" for each in WEB_CALLS)
    return RunSQL(
        f"""
DO $$ DECLARE called record; BEGIN
    FOR called IN SELECT oid::regprocedure AS it, proname IN ({named}) AS by_web FROM pg_proc
                   WHERE prosecdef AND pronamespace = 'public'::regnamespace AND starts_with(proname, 'rejoin_') LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', called.it);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {ENGINE_ROLE}', called.it);
        IF called.by_web THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {WEB_ROLE}', called.it);
        END IF;
    END LOOP;
END $$;
""",  # noqa: S608 - our own names
        RunSQL.noop,
    )
