"""Links, attempts that are counted, and nothing of signing in for the web's role: it is asked before anybody is known."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower

from rejoin.common.schema import seen_by_engine

# Counts of attempts are worth minutes: a machine that stopped may forget them, and none of them costs a write-ahead.
COUNTS = """
CREATE UNLOGGED TABLE accounts_counted (
    key text PRIMARY KEY,
    value text NOT NULL,
    expires_at timestamptz
);
CREATE INDEX counted_by_expiry ON accounts_counted (expires_at);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("common", "0002_ground"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(email=Lower("email")), name="account_address_is_in_lower_case"
            ),
        ),
        migrations.CreateModel(
            name="SignInLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("purpose", models.CharField(max_length=20)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(purpose__in=["invitation", "demonstration"]),
                        name="link_purpose_is_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(used_at__isnull=True) | Q(used_at__lt=F("expires_at")),
                        name="link_is_used_before_it_expires",
                    ),
                ]
            },
        ),
        migrations.RunSQL(COUNTS, "DROP TABLE accounts_counted"),
        *seen_by_engine(
            "accounts_signinlink",
            "accounts_counted",
            "account_emailaddress",
            "account_emailconfirmation",
            "mfa_authenticator",
            "usersessions_usersession",
        ),
    ]
