"""The policies in force in a program, by day. Read once a process and again when a version is published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg

from rejoin.domain.kernel import Refusal
from rejoin.domain.policy import Policy, PolicyBook
from rejoin.policies.loading import book_from_texts
from rejoin.programs.models import PolicyVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Every published version of one program's policy."""

    program_id: int
    pages: PolicyBook
    timezone: ZoneInfo
    ids: tuple[int, ...]
    """Of the versions, ascending: what tells whether another was published since."""
    by_number: Mapping[int, int]

    def in_force(self, day: date) -> Policy:
        """What holds on the local `day`: overlays laid over it, the nearest version where none is in force."""
        return self.pages.in_force(day)

    def version_id(self, policy: Policy) -> int:
        """The key of the PolicyVersion that `policy` came from."""
        return self.by_number[policy.version]


_shelf: dict[int, Book] = {}


def books_of(program_ids: Iterable[int]) -> dict[int, Book]:
    """The books of programs that have a policy: one cheap query, two when something was published."""
    published = _published(set(program_ids))
    stale = [each for each, ids in published.items() if each not in _shelf or _shelf[each].ids != ids]
    if stale:
        _shelf.update(_read_books(stale))
    return {each: _shelf[each] for each in published}


def book_of(program_id: int) -> Book:
    """The book of one program; refused where it has no policy yet."""
    book = books_of([program_id]).get(program_id)
    if book is None:
        raise Refusal("no_policy", "This program has no policy yet: publish one first.")
    return book


def _published(program_ids: set[int]) -> dict[int, tuple[int, ...]]:
    found = (
        PolicyVersion.objects.filter(program_id__in=program_ids)
        .values_list("program_id")
        .annotate(ids=ArrayAgg("id", order_by="id"))
    )
    return {program_id: tuple(ids) for program_id, ids in found}


def _read_books(program_ids: Iterable[int]) -> dict[int, Book]:
    versions: dict[int, list[PolicyVersion]] = {}
    for version in PolicyVersion.objects.filter(program_id__in=program_ids).order_by("id"):
        versions.setdefault(version.program_id, []).append(version)
    return {program_id: _bind(program_id, bound) for program_id, bound in versions.items()}


def _bind(program_id: int, versions: list[PolicyVersion]) -> Book:
    pages = book_from_texts((version.text, version.overlays) for version in versions)
    return Book(
        program_id=program_id,
        pages=pages,
        timezone=pages.versions[0][0].timezone,
        ids=tuple(version.pk for version in versions),
        by_number={version.version: version.pk for version in versions},
    )
