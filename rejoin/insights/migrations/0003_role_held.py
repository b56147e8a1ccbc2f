"""Whether anybody holds a role now: asked behind a patient's door, where who works here is not seen."""

from django.db import migrations

from rejoin.common.schema import close_functions

ROLE_HELD = """
CREATE FUNCTION rejoin_role_held(program bigint, wanted text, moment timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM programs_staffrole
                    WHERE program_id = program AND role = wanted AND from_at <= moment
                      AND (ended_at IS NULL OR ended_at > moment))
       AND EXISTS (SELECT FROM programs_policyversion WHERE program_id = program)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("insights", "0002_rules"), ("programs", "0010_minors")]
    operations = [
        migrations.RunSQL(ROLE_HELD, "DROP FUNCTION rejoin_role_held(bigint, text, timestamptz)"),
        close_functions(),
    ]
