"""Her team sees on her chart how far somebody around her came with a sign-in of their own."""

from django.db import migrations

from rejoin.common.schema import close_functions
from rejoin.people import schema


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_sign_in"),
        ("people", "0006_family_sign_in"),
        ("programs", "0010_minors"),
    ]
    operations = [migrations.RunSQL(schema.SIGN_INS, schema.DROP_SIGN_INS), close_functions()]
