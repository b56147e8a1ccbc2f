"""Publishing a policy: nothing takes effect that cannot do what its author meant."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from rejoin.audit.trail import action, record, record_all
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.common.rows import select
from rejoin.domain.attendance import Session as Meeting
from rejoin.domain.kernel import Refusal
from rejoin.domain.policy import Finding, Overlay, Policy, PolicyBook
from rejoin.domain.policy.lint import lint_policy, lint_schedule
from rejoin.people.intake import span
from rejoin.policies.loading import PolicyFileError, book_from_texts, overlay_texts, read_versions
from rejoin.programs.models import PolicyVersion, Program
from rejoin.programs.sessions import COLUMNS, as_session

COMING = f"""
SELECT {COLUMNS}, session.external_id FROM programs_session AS session
 WHERE session.program_id = %s AND session.starts_at >= %s AND session.starts_at < coalesce(%s, 'infinity'::timestamptz)
 ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own columns


class Findings(Refusal):
    """A policy that the linter does not let through, with all that it found and nobody answers for."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        listed = "\n".join(f"{each.field}: {each.text} [{each.code}]" for each in self.findings)
        super().__init__("policy.findings", f"The policy cannot do what it says:\n{listed}")


@action("programs.publish_policy")
def publish_policy(
    *,
    program: Program,
    text: str,
    overlays: Mapping[str, str] | None = None,
    accept: Collection[str] = (),
    by: Actor,
    at: datetime,
) -> PolicyVersion:
    """Put a version of the program's policy in force, from the day it names.

    `overlays` are the texts of those it names that do not ship with us. Whatever the linter finds refuses
    it, unless the finding's code is in `accept`: then whoever publishes answers for it, by name.
    """
    given = dict(overlays or {})
    policy, laid, texts = _read(program, text, given)
    check_fits(program, policy, text, texts)
    accepted = _check_findings(findings_of(program, policy, laid, at), accept, by)
    version = _store(program, policy, laid, text, texts, by, at)
    subject = f"policy:{version.pk}"
    record_all(
        [("programs.accept_finding", subject, None, program.pk, code) for code in accepted], by=by, at=at
    )
    record("programs.publish_policy", subject, by=by, at=at, program=program.pk)
    return version


def _read(
    program: Program, text: str, given: Mapping[str, str]
) -> tuple[Policy, tuple[Overlay, ...], dict[str, str]]:
    """The policy with its overlays, and the texts of those."""
    try:
        versions = read_versions(text, given)
        if len(versions) != 1:
            raise Refusal("policy.several", "Publish one version of a policy at a time.")
        (policy, overlays) = versions[0]
        texts = overlay_texts(policy.overlays, given=given)
    except PolicyFileError as error:
        raise unreadable(error) from None
    if policy.timezone.key != program.timezone:
        raise Refusal(
            "policy.timezone",
            f"The policy is for {policy.timezone.key}, and the program is in {program.timezone}.",
        )
    return policy, overlays, texts


def unreadable(error: PolicyFileError) -> Refusal:
    return Refusal("policy.unreadable", "\n".join(str(problem) for problem in error.problems))


def check_fits(program: Program, policy: Policy, text: str, overlays: Mapping[str, str]) -> None:
    """It is the same policy as before, and another version of it."""
    published = list(PolicyVersion.objects.of_program(program.pk))
    if policy.version in {each.version for each in published}:
        raise Refusal(
            "one_policy_of_a_version",
            f"Version {policy.version} is already published: give the new one its own number.",
        )
    try:
        book_from_texts([*((each.text, each.overlays) for each in published), (text, overlays)])
    except PolicyFileError as error:
        raise unreadable(error) from None


def findings_of(
    program: Program,
    policy: Policy,
    overlays: tuple[Overlay, ...],
    at: datetime,
    *,
    until: datetime | None = None,
) -> list[Finding]:
    """What the linter says of the policy as it will stand, and of the sessions it will govern up to `until`."""
    book = PolicyBook(versions=((policy, overlays),))
    found = [each for laid in _as_laid(book) for each in lint_policy(laid)]
    meetings: dict[int, tuple[Policy, list[Meeting]]] = {}
    for row in select(COMING, [program.pk, at, until]):
        meeting = replace(as_session(row), id=row[-1])
        day = policy.local_day(meeting.starts_at)
        if policy.effective.covers(day):
            in_force = book.in_force(day)
            meetings.setdefault(id(in_force), (in_force, []))[1].append(meeting)
    for in_force, together in meetings.values():
        found += lint_schedule(in_force, sessions=together)
    return list(dict.fromkeys(found))


def _as_laid(book: PolicyBook) -> list[Policy]:
    """Each way the policy stands while it is in force: overlays begin and end on days of their own."""
    ((policy, overlays),) = book.versions
    turns = {policy.effective.from_on}
    for overlay in overlays:
        turns.add(overlay.effective.from_on)
        if overlay.effective.until_on is not None:
            turns.add(overlay.effective.until_on + timedelta(days=1))
    in_force = [book.in_force(day) for day in sorted(turns) if policy.effective.covers(day)]
    return list({id(each): each for each in in_force}.values())


def _check_findings(findings: Iterable[Finding], accept: Collection[str], by: Actor) -> list[str]:
    """The codes that somebody answers for; a refusal with all that nobody does."""
    findings = list(findings)
    open_ = [each for each in findings if each.code not in accept]
    if open_:
        raise Findings(open_)
    accepted = sorted({each.code for each in findings})
    if accepted:
        refuse_machines(by, what="accepts what the linter finds")
    return accepted


def _store(
    program: Program,
    policy: Policy,
    overlays: tuple[Overlay, ...],
    text: str,
    texts: Mapping[str, str],
    by: Actor,
    at: datetime,
) -> PolicyVersion:
    laid = _as_laid(PolicyBook(versions=((policy, overlays),)))
    with refusing():
        return PolicyVersion.objects.create(
            program=program,
            version=policy.version,
            effective=span(policy.effective.from_on, policy.effective.until_on),
            text=text,
            overlays=dict(texts),
            opens_on=sorted({status.value for each in laid for status in each.outreach.open_on}),
            at=at,
            by=str(by),
        )
