"""Questions about people."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import BooleanField, OuterRef, Q, Subquery, Value


def in_relation_to(staff: models.Model, now: datetime, *, patient: str = "patient_id") -> Q:
    """The patient in the column `patient` is one whose chart `staff` may see at `now` (ADR 13).

    Those she is near to, and all who have or had a place in a program whose patients she answers for: what the
    database lets through when she asks, by the same functions, and asked for all the same. Of no patient: no.
    """
    of_hers = _OneOf("program_id", staff.pk, now, function="rejoin_wide_of")
    places = apps.get_model("programs", "Enrolment").objects.filter(of_hers, patient=OuterRef(patient))
    # Scalar, and so asked of each row: EXISTS would be made a set of all patients, whatever a page shows.
    answered_for = Subquery(places.values(hers=Value(value=True))[:1], output_field=BooleanField())
    near = _OneOf(patient, staff.pk, now, function="rejoin_near_of")
    everybody = Q(_Everywhere(staff.pk, now)) & Q(**{f"{patient}__isnull": False})
    # Whom she is near to takes longest to work out, and is not where she answers for the patient anyway.
    return everybody | Q(answered_for) | Q(near)


class PatientQuerySet(models.QuerySet[Any]):
    """Patients."""

    def flagged(self, code: str) -> "PatientQuerySet":
        return self.filter(flags__code=code, flags__ended_at__isnull=True)

    def visible_to(self, staff: models.Model, now: datetime) -> "PatientQuerySet":
        """Whose charts `staff` may see at `now`."""
        return self.filter(in_relation_to(staff, now, patient="pk"))


class _Hers(models.Func):
    """What the database works out of somebody at an instant, once for a query."""

    template = "ANY((SELECT %(function)s(%(expressions)s))::bigint[])"

    def __init__(self, staff: int, now: datetime, **extra: Any) -> None:
        super().__init__(Value(staff), Value(now), output_field=BooleanField(), **extra)


class _OneOf(models.Func):
    """Whether a column holds one of these."""

    template = "%(expressions)s"
    arg_joiner = " = "

    def __init__(self, column: str, staff: int, now: datetime, *, function: str) -> None:
        hers = _Hers(staff, now, function=function)
        super().__init__(models.F(column), hers, output_field=BooleanField())


class _Everywhere(_Hers):
    """Whether she answers for the patients of all programs there are."""

    template = "(SELECT rejoin_is_everywhere(rejoin_wide_of(%(expressions)s)))"


class ConsentQuerySet(models.QuerySet[Any]):
    """What was said about consent."""

    def said_by(self, now: datetime) -> "ConsentQuerySet":
        """Known at `now`, oldest first."""
        return self.filter(at__lte=now).order_by("at", "id")

    def live_at(self, now: datetime) -> "ConsentQuerySet":
        """Granted and not expired at `now`; a later word may still have revoked it."""
        return self.said_by(now).filter(Q(until_at__isnull=True) | Q(until_at__gt=now), granted=True)
