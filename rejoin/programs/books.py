"""The policies in force in a program, by day. Read once a process and again when a version is published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
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
    edition: tuple[str, ...]
    """What is stored of each version, told short: another one tells that this was read from something else."""
    by_number: Mapping[int, int]

    def in_force(self, day: date) -> Policy:
        """What holds on the local `day`: overlays laid over it, the nearest version where none is in force."""
        return self.pages.in_force(day)

    def version_id(self, policy: Policy) -> int:
        """The key of the PolicyVersion that `policy` came from."""
        return self.by_number[policy.version]


EDITIONS: Final = """
SELECT program_id, concat(id, ' ', md5(concat(text, overlays)))
  FROM programs_policyversion WHERE program_id = ANY(%s) ORDER BY program_id, id
"""

_shelf: dict[int, Book] = {}


def books_of(program_ids: Iterable[int]) -> dict[int, Book]:
    """The books of programs that have a policy: one cheap query, two when something was published."""
    published = _published(set(program_ids))
    stale = {
        each: edition
        for each, edition in published.items()
        if each not in _shelf or _shelf[each].edition != edition
    }
    if stale:
        _shelf.update(_read_books(stale))
    return {each: _shelf[each] for each in published}


def book_of(program_id: int) -> Book:
    """The book of one program; refused where it has no policy yet."""
    book = books_of([program_id]).get(program_id)
    if book is None:
        raise Refusal("no_policy", "This program has no policy yet: publish one first.")
    return book


def _published(program_ids: set[int]) -> dict[int, tuple[str, ...]]:
    """The edition of each. The keys alone would not do: a database put back from a copy gives them out once more."""
    editions: dict[int, list[str]] = {}
    for program_id, edition in select(EDITIONS, [list(program_ids)]):
        editions.setdefault(program_id, []).append(edition)
    return {program_id: tuple(each) for program_id, each in editions.items()}


def _read_books(published: Mapping[int, tuple[str, ...]]) -> dict[int, Book]:
    versions: dict[int, list[PolicyVersion]] = {}
    for version in PolicyVersion.objects.filter(program_id__in=published).order_by("id"):
        versions.setdefault(version.program_id, []).append(version)
    return {
        program_id: _bind(program_id, bound, published[program_id]) for program_id, bound in versions.items()
    }


def _bind(program_id: int, versions: list[PolicyVersion], edition: tuple[str, ...]) -> Book:
    pages = book_from_texts((version.text, version.overlays) for version in versions)
    return Book(
        program_id=program_id,
        pages=pages,
        timezone=pages.versions[0][0].timezone,
        edition=edition,
        by_number={version.version: version.pk for version in versions},
    )
