"""Policies as pages show them: the versions there are, one version's rules in words, and a draft with what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.urls import reverse
from django.utils.html import format_html

from rejoin.common.rows import select
from rejoin.console.present.policy_words import Rule, Section, sections_of
from rejoin.console.tables import Chip, Choice, Column, Kind, Link, Select, Table
from rejoin.domain.kernel import Problem, local_day
from rejoin.domain.policy import Policy
from rejoin.followup.firing import Fired, fired_under
from rejoin.people.naming import names_of
from rejoin.policies.loading import line_of, read_documents
from rejoin.programs.actions.policies import findings_of
from rejoin.programs.books import Book, book_of
from rejoin.programs.drafts import NAME, Draft, Found
from rejoin.programs.models import PolicyVersion, Program

SCHEDULE_AHEAD: Final = timedelta(days=7)
"""Sessions of so many days are looked at when a version's page is shown."""
IN_FORCE: Final = """
(SELECT other.id FROM programs_policyversion AS other WHERE other.program_id = policy.program_id
    AND other.effective @> (%(now)s AT TIME ZONE program.timezone)::date
  ORDER BY lower(other.effective) DESC, other.version DESC LIMIT 1)
"""
STANDING: Final = f"""
CASE WHEN policy.id = {IN_FORCE} THEN 'in_force'
     WHEN lower(policy.effective) > (%(now)s AT TIME ZONE program.timezone)::date THEN 'to_come' ELSE 'past' END
"""
ACCEPTED: Final = """
SELECT DISTINCT reason FROM audit_event WHERE subject = %s AND verb = 'programs.accept_finding' ORDER BY 1
"""
BY_SYSTEM: Final = "the system"
NOTED: Final = '{}\n    <span class="tag is-rose is-cross">{}</span>'
"""A line of a draft, and below it, still in its number, what is said of it."""
CHIPS: Final = {
    "in_force": Chip("In force", "is-sage is-check"),
    "to_come": Chip("To come", "is-sky is-arrow"),
    "past": Chip("Past", "is-bar"),
}


class VersionLine(NamedTuple):
    slug: str
    program: str
    version: int
    from_on: date
    until_on: date | None
    standing: str
    by: str
    at: datetime


def _program_choices(asking: Any) -> Sequence[tuple[str, str]]:
    return [(each.slug, each.name) for each in asking.programs]


VERSIONS: Final = Table(
    name="policies",
    title="Versions",
    counted=("version", "versions"),
    source=Select(
        row=VersionLine,
        columns="program.slug, program.name, policy.version, lower(policy.effective), upper(policy.effective) - 1, "
        f"{STANDING}, coalesce(staff.name, ''), policy.at",
        tables="programs_policyversion AS policy JOIN programs_program AS program ON program.id = policy.program_id "
        "LEFT JOIN people_staff AS staff ON policy.by = 'staff:' || staff.id",
        where="policy.program_id = ANY(%(programs)s)",
        key="policy.id",
    ),
    columns=(
        Column(
            "version",
            "Version",
            lambda row: Link(
                f"{row.program}, version {row.version}",
                reverse("console:policy_version", args=[row.slug, row.version]),
            ),
            kind=Kind.LINK,
            sort="program.name, policy.version",
        ),
        Column("standing", "Stands", lambda row: CHIPS[row.standing], kind=Kind.STATUS, sort=STANDING),
        Column("from", "From", lambda row: row.from_on, kind=Kind.TIME, sort="lower(policy.effective)"),
        Column("until", "Last day", lambda row: row.until_on, kind=Kind.TIME),
        Column("by", "Published by", lambda row: row.by or BY_SYSTEM),
        Column("at", "Published", lambda row: row.at, kind=Kind.TIME, sort="policy.at"),
    ),
    filters=(
        Choice(
            "program",
            "Program",
            choices=_program_choices,
            anything="All of mine",
            where="program.slug = %(program)s",
        ),
        Choice(
            "standing",
            "Stands",
            choices=(("in_force", "In force"), ("to_come", "To come"), ("past", "Past")),
            where=f"{STANDING} = %(standing)s",
        ),
    ),
    order="-from",
    nothing="No policy is published yet.",
    file="policies",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleShown:
    """A rule in words, with what it brought about."""

    words: str
    cite: str
    line: int
    """In the document; 0: it is not written there. It comes from an overlay, or holds where nothing is said."""
    counts: bool
    """Whether it is a rule that brings something about."""
    fired: Fired | None
    latest: Sequence[str]
    """Where the latest of it is shown."""

    @property
    def lately(self) -> str:
        return f"{self.fired.lately:,}" if self.fired else "0"

    @property
    def longest(self) -> str:
        return f"{self.fired.longest:,}" if self.fired else "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionShown:
    title: str
    rules: Sequence[RuleShown]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingShown:
    """What the linter says: once for all sessions of which it says the same."""

    code: str
    line: int
    field: str
    text: str
    more: int
    """So many more of the same."""
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionShown:
    """One published version."""

    program: Program
    version: int
    id: str
    from_on: date
    until_on: date | None
    """The last day it names, or the last before the next version."""
    stands: Chip
    by: str
    at: datetime
    part2: bool
    sections: Sequence[SectionShown]
    findings: Sequence[FindingShown]
    capped: bool
    """Counts are of the latest cases alone."""
    lines: Sequence[str]
    overlays: Sequence[tuple[str, Sequence[str]]]


def present_version(published: PolicyVersion, *, now: datetime) -> VersionShown:
    """A version with its rules in words, what the linter finds, and what each rule brought about."""
    program = published.program
    book = book_of(program.pk)
    today = local_day(now, book.timezone)
    policy, from_on, until_on = _laid(book, published, today)
    document = _document(published.text)
    fired = fired_under(published.pk, now=now)
    standing = _standing(book, published, today)
    return VersionShown(
        program=program,
        version=published.version,
        id=policy.id,
        from_on=from_on,
        until_on=until_on,
        stands=CHIPS[standing],
        by=names_of([published.by])[published.by],
        at=published.at,
        part2=policy.part2,
        sections=[_section(each, document, fired) for each in sections_of(policy)],
        findings=_findings_of(published, book, document, now=now, governs=standing == "in_force"),
        capped=any(each.capped for each in fired.values()),
        lines=published.text.splitlines(),
        overlays=[(name, text.splitlines()) for name, text in published.overlays.items()],
    )


def _laid(book: Book, published: PolicyVersion, today: date) -> tuple[Policy, date, date | None]:
    """The version with its overlays laid over it as on its last day, or today; its first day and its last."""
    versions = book.pages.versions
    place = next(place for place, (policy, _) in enumerate(versions) if policy.version == published.version)
    policy = versions[place][0]
    named = policy.effective.until_on
    later = [each.effective.from_on for each, _ in versions[place + 1 :]]
    ends = [each for each in (named, *(day - timedelta(days=1) for day in later)) if each is not None]
    until_on = min(ends, default=None)
    first = policy.effective.from_on
    shown = max(first, min(today, until_on or today))
    laid = book.in_force(shown)
    return (laid if laid.version == policy.version else policy), first, until_on


def _standing(book: Book, published: PolicyVersion, today: date) -> str:
    if book.pages.covers(today) and book.in_force(today).version == published.version:
        return "in_force"
    begins = next(each for each, _ in book.pages.versions if each.version == published.version)
    return "to_come" if begins.effective.from_on > today else "past"


@lru_cache(maxsize=64)
def _document(text: str) -> Any:
    """A published text never changes: its lines are found once."""
    return read_documents(text.encode(), name=NAME)[0]


def _section(section: Section, document: Any, fired: Mapping[tuple[str, str], Fired]) -> SectionShown:
    return SectionShown(title=section.title, rules=[_rule(each, document, fired) for each in section.rules])


def _rule(rule: Rule, document: Any, fired: Mapping[tuple[str, str], Fired]) -> RuleShown:
    found = fired.get((rule.fires, rule.id))
    page = "console:review" if rule.fires == "review" else "console:case"
    return RuleShown(
        words=rule.words,
        cite=rule.cite,
        line=_line(document, rule.path),
        counts=bool(rule.fires),
        fired=found,
        latest=[reverse(page, args=[key]) for key in found.latest] if found else [],
    )


def _line(document: Any, path: tuple[str, ...]) -> int:
    """Where the rule stands; 0 where it is not in this document."""
    return line_of(document, path) if _is_there(document, path) else 0


def _is_there(document: Any, path: tuple[str, ...]) -> bool:
    for part in path:
        if isinstance(document, list):
            document = next((each for each in document if each.get("id") == part), None)
        else:
            document = document.get(part)
        if document is None:
            return False
    return True


def _findings_of(
    published: PolicyVersion, book: Book, document: Any, *, now: datetime, governs: bool
) -> Sequence[FindingShown]:
    """What the linter finds in it; of the schedule only where it governs it."""
    ((policy, overlays),) = [each for each in book.pages.versions if each[0].version == published.version]
    until = now + SCHEDULE_AHEAD if governs else now
    found = [
        Found(line=line_of(document, tuple(each.field.split("."))), finding=each)
        for each in findings_of(published.program, policy, overlays, now, until=until)
    ]
    accepted = {row[0] for row in select(ACCEPTED, [f"policy:{published.pk}"])}
    return gather_findings(found, accepted)


def gather_findings(found: Sequence[Found], accepted: Collection[str]) -> list[FindingShown]:
    """One line for each thing that is found, however many sessions it is found in."""
    counted = Counter((each.finding.code, each.finding.field) for each in found)
    first: dict[tuple[str, str], Found] = {}
    for each in found:
        first.setdefault((each.finding.code, each.finding.field), each)
    return [
        FindingShown(
            code=each.finding.code,
            line=each.line,
            field=each.finding.field,
            text=each.finding.text,
            more=counted[key] - 1,
            accepted=each.finding.code in accepted,
        )
        for key, each in first.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftShown:
    """A text that is being written, with what is wrong in it beside its lines."""

    problems: Sequence[Problem]
    findings: Sequence[FindingShown]
    lines: Sequence[str]
    marked: Sequence[int]
    """Lines about which something is said."""

    @property
    def unanswered(self) -> list[FindingShown]:
        return [each for each in self.findings if not each.accepted]


def present_draft(draft: Draft, accepted: Collection[str]) -> DraftShown:
    findings = gather_findings(draft.findings, accepted)
    marked = {each.line for each in draft.problems} | {each.line for each in findings}
    return DraftShown(
        problems=draft.problems,
        findings=findings,
        lines=_noted(draft.text.splitlines(), draft.problems, findings),
        marked=sorted(marked),
    )


def _noted(lines: Sequence[str], problems: Sequence[Problem], findings: Sequence[FindingShown]) -> list[str]:
    """Each line with what is said of it after it."""
    said: dict[int, list[str]] = defaultdict(list)
    for problem in problems:
        said[problem.line].append(f"{problem.field}: {problem.message}")
    for found in findings:
        said[found.line].append(f"{found.field}: {found.text}")
    return [
        format_html(NOTED, line, "; ".join(said[number])) if number in said else line
        for number, line in enumerate(lines, 1)
    ]
