"""What acts as the tables' owner is called by those who need it. PostgreSQL lets everybody, unless it is told."""

from django.db import migrations

from rejoin.common.schema import close_functions


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0006_sessions_to_attest"),
        ("console", "0004_access"),
        ("followup", "0007_steps_of_a_case"),
        ("longwork", "0002_rules"),
        ("outreach", "0002_rules"),
        ("people", "0003_found_again"),
        ("programs", "0007_colleagues"),
        ("rooms", "0002_rules"),
    ]
    operations = [close_functions()]
