"""Pieces of migrations: what the database itself refuses, and who may see which rows."""

from django.db.migrations import RunSQL

ENGINE_ROLE = "rejoin_engine"
WEB_ROLE = "rejoin_web"

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
    EXECUTE format('GRANT {ENGINE_ROLE}, {WEB_ROLE} TO %I', current_user);
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


def seen_by_patient(*tables: str, column: str = "patient_id") -> list[RunSQL]:
    """Row-level security: whoever acts on the web sees the rows of patients that are hers to see."""
    return [seen_where(table, f"{column} IN (SELECT rejoin_visible_patients())") for table in tables]


def seen_by_program(*tables: str, column: str = "program_id") -> list[RunSQL]:
    """Row-level security for what belongs to a program and to no one patient."""
    return [seen_where(table, f"{column} IN (SELECT rejoin_visible_programs())") for table in tables]


def seen_by_session(*tables: str) -> list[RunSQL]:
    """For what is of a whole session: the staff of its program, and none of the patients in it."""
    own = "SELECT id FROM programs_session WHERE program_id IN (SELECT rejoin_visible_programs())"
    return [seen_where(table, f"session_id IN ({own})") for table in tables]


def seen_through(table: str, column: str, other: str) -> RunSQL:
    """Seen by whoever sees the row of `other` that `column` points at."""
    return seen_where(table, f"{column} IN (SELECT id FROM {other})")  # noqa: S608 - tables of our own


def seen_by_engine(*tables: str) -> list[RunSQL]:
    """No patient's, or everybody's: seen by the engine, and by nobody on the web."""
    return [seen_where(table, "false") for table in tables]


def seen_where(table: str, condition: str, *, written: str = "") -> RunSQL:
    """Row-level security: the engine sees all, the web where `condition` holds.

    What the web writes has to be so as well, or as `written` says instead.
    """
    return RunSQL(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY engine_all ON {table} TO {ENGINE_ROLE} USING (true) WITH CHECK (true);"
        f"CREATE POLICY web_own ON {table} TO {WEB_ROLE} USING ({condition}) WITH CHECK ({written or condition})",
        f"DROP POLICY engine_all ON {table}; DROP POLICY web_own ON {table};"
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
