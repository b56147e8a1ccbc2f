"""Users: how somebody signs in. What they may do is a role in a program."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from rejoin.accounts.vocabulary import Purpose
from rejoin.common.columns import one_of


class User(AbstractBaseUser):
    """An account. Staff and patients each have at most one."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BaseUserManager["User"]()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="account_address_is_in_lower_case")
        ]

    def __str__(self) -> str:
        return f"user {self.pk}"


class SignInLink(models.Model):
    """A link that stands for a password once: an invitation. Or, in a demonstration, for signing in at all.

    The link itself is nowhere: only a digest of it is kept. Its end is told by the machine's clock, whatever the
    clock is that the program runs on: who runs a demonstration at a hundred times the speed means real hours.
    """

    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the link's secret, in hex."""
    purpose = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="links")
    made_at = models.DateTimeField()
    """By the clock the program runs on."""
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    """When an invitation was taken up; then it is worth nothing. By the machine's clock, as `expires_at`."""

    class Meta:
        constraints: ClassVar = [
            one_of("purpose", Purpose, name="link_purpose_is_known"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(used_at__lt=F("expires_at")),
                name="link_is_used_before_it_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
