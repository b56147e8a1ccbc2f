"""What a policy's text would come to if it were published, without publishing it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rejoin.domain.kernel import Problem, Refusal
from rejoin.domain.policy import Finding, Overlay, Policy
from rejoin.policies.loading import PolicyFileError, line_of, read_documents, read_versions
from rejoin.programs.actions.policies import check_fits, findings_of
from rejoin.programs.models import PolicyVersion, Program

NAME = "policy.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that the linter has to say, and the line it is about."""

    line: int
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text looked at. Where there are problems it is no policy of the program yet, and nothing else is known."""

    text: str
    overlays: Mapping[str, str]
    """Texts of overlays that do not ship with us, as the latest version brought them."""
    problems: tuple[Problem, ...] = ()
    findings: tuple[Found, ...] = ()
    policy: Policy | None = None

    def unanswered(self, accepted: Collection[str]) -> list[Found]:
        """What nobody has said she answers for."""
        return [each for each in self.findings if each.finding.code not in accepted]


def look_at_draft(*, program: Program, text: str, at: datetime, to_publish: bool = True) -> Draft:
    """Read the text. `to_publish`: ask the linter too, and whether it fits what is published; else it is only tried."""
    given = known_overlays(program)
    try:
        versions = read_versions(text, given)
        (document, *_) = read_documents(text.encode(), name=NAME)
    except PolicyFileError as error:
        return Draft(text=text, overlays=given, problems=error.problems)
    if len(versions) != 1:
        return _wrong(text, given, document, "document", "holds more than one version: publish one at a time")
    ((policy, overlays),) = versions
    if policy.timezone.key != program.timezone:
        message = f"is {policy.timezone.key}, and the program is in {program.timezone}"
        return _wrong(text, given, document, "timezone", message)
    used = {name: given[name] for name in policy.overlays if name in given}
    if not to_publish:
        return Draft(text=text, overlays=used, policy=policy)
    try:
        check_fits(program, policy, text, used)
    except Refusal as refusal:
        return _wrong(text, given, document, "version", refusal.message)
    return Draft(
        text=text,
        overlays=used,
        findings=_located(program, policy, overlays, document, at),
        policy=policy,
    )


def known_overlays(program: Program) -> dict[str, str]:
    """The texts of overlays that any version of the program's policy brought along; the latest holds."""
    found: dict[str, str] = {}
    for each in PolicyVersion.objects.of_program(program.pk):
        found |= each.overlays
    return found


def _located(
    program: Program, policy: Policy, overlays: tuple[Overlay, ...], document: Any, at: datetime
) -> tuple[Found, ...]:
    return tuple(
        Found(line=line_of(document, tuple(each.field.split("."))), finding=each)
        for each in findings_of(program, policy, overlays, at)
    )


def _wrong(text: str, overlays: Mapping[str, str], document: Any, field: str, message: str) -> Draft:
    problem = Problem(file=NAME, line=line_of(document, (field,)), field=field, message=message)
    return Draft(text=text, overlays=overlays, problems=(problem,))


def latest_version(program: Program) -> PolicyVersion | None:
    """The version that was published last."""
    latest: PolicyVersion | None = PolicyVersion.objects.filter(program=program).order_by("-pk").first()
    return latest


def version_text(program: Program, version: str) -> str:
    """The text of a version by its number; of the latest where there is no such one; "" where there is none."""
    numbered = PolicyVersion.objects.filter(program=program)
    found = (
        numbered.filter(version=int(version)).first() if version.isdecimal() and len(version) < 9 else None
    )
    found = found or latest_version(program)
    return found.text if found else ""
