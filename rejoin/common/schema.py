"""Pieces of migrations: what the database itself refuses, and who may see which rows."""

from django.db.migrations import RunSQL

ENGINE_ROLE = "rejoin_engine"
WEB_ROLE = "rejoin_web"

REFUSE_CHANGE = """
CREATE FUNCTION rejoin_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
    return [
        RunSQL(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY engine_all ON {table} TO {ENGINE_ROLE} USING (true) WITH CHECK (true);"
            f"CREATE POLICY web_own ON {table} TO {WEB_ROLE} "
            f"USING ({column} IN (SELECT rejoin_visible_patients())) "
            f"WITH CHECK ({column} IN (SELECT rejoin_visible_patients()))",
            f"DROP POLICY engine_all ON {table}; DROP POLICY web_own ON {table};"
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )
        for table in tables
    ]


def seen_by_program(*tables: str, column: str = "program_id") -> list[RunSQL]:
    """Row-level security for what belongs to a program and to no one patient."""
    return [
        RunSQL(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY engine_all ON {table} TO {ENGINE_ROLE} USING (true) WITH CHECK (true);"
            f"CREATE POLICY web_own ON {table} TO {WEB_ROLE} "
            f"USING ({column} IN (SELECT rejoin_visible_programs())) "
            f"WITH CHECK ({column} IN (SELECT rejoin_visible_programs()))",
            f"DROP POLICY engine_all ON {table}; DROP POLICY web_own ON {table};"
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        )
        for table in tables
    ]
