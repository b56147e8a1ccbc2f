"""Which measures are open stands with them, kept by the database: whoever looks for them reads no year of closed ones.

A program's page reads the first weeks of those who began last, and no others.
"""

import django.db.models.deletion
from django.db import migrations, models

from rejoin.common.schema import close_functions, keep_columns
from rejoin.insights import schema


class Migration(migrations.Migration):
    dependencies = [("insights", "0009_postponed"), ("programs", "0010_minors")]
    operations = [
        migrations.RunSQL(
            "DROP TRIGGER append_only ON insights_due",
            "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON insights_due "
            "FOR EACH ROW EXECUTE FUNCTION rejoin_refuse_change()",
        ),
        migrations.AddField(
            model_name="due", name="open", field=models.BooleanField(db_default=True, default=True)
        ),
        migrations.RunSQL(schema.OPEN_DUES, schema.DROP_OPEN_DUES),
        keep_columns("insights_due", *schema.DUE_SAID),
        migrations.RemoveIndex(model_name="due", name="due_by_end"),
        migrations.AddIndex(
            model_name="due",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["until_at"], name="due_open_by_end"
            ),
        ),
        migrations.AlterField(
            model_name="due",
            name="program",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="programs.program",
            ),
        ),
        migrations.AddIndex(
            model_name="due",
            index=models.Index(fields=["program", "due_on", "patient"], name="due_by_program"),
        ),
        migrations.RunSQL(schema.FIRST_WEEKS, schema.DROP_FIRST_WEEKS),
        close_functions(),
    ]
