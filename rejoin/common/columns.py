"""Columns and checks that many tables repeat."""

from typing import Any

from django.db import models
from django.db.models import Q


def paired(who: str, when: str, *, name: str) -> models.CheckConstraint:
    """Both or neither: whoever did it and when, never one without the other."""
    blank = Q(**{who: ""})
    return models.CheckConstraint(
        condition=(blank & Q(**{f"{when}__isnull": True})) | (~blank & Q(**{f"{when}__isnull": False})),
        name=name,
    )


def one_of(field: str, words: Any, *, name: str, blank: bool = False) -> models.CheckConstraint:
    """Only words of the vocabulary."""
    allowed = [str(each) for each in words] + ([""] if blank else [])
    return models.CheckConstraint(condition=Q(**{f"{field}__in": allowed}), name=name)


def actor_column(**options: Any) -> "models.CharField[str, str]":
    """Who did it ("staff:12"); "" while nobody has."""
    return models.CharField(max_length=50, blank=True, default="", **options)
