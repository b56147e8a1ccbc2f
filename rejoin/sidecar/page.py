"""The page a coordinator keeps open all morning: one file, nothing fetched, everything escaped.

Rendered by the template engine that the web application will use, on its own. Styles and script
are inline and allowed by their hash, so that a name that smuggles markup past us would still be inert.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from django.conf import settings
from django.template import Context, Engine

from rejoin.sidecar.present import words
from rejoin.sidecar.present.attention import Attention, present_attention
from rejoin.sidecar.present.frame import Frame, session_title
from rejoin.sidecar.present.patients import PatientView, present_patients
from rejoin.sidecar.present.scope import Scope, choose_scope
from rejoin.sidecar.present.sessions import Day, present_days
from rejoin.sidecar.present.worklist import Worklist, present_worklist
from rejoin.sidecar.report import Directory, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the template lays out."""

    program: str
    version: int
    as_of: str
    zone: str
    folder: str
    title: str
    counts: tuple["Count", ...]
    work: Worklist
    attention: Attention
    days: tuple[Day, ...]
    later_today: tuple[str, ...]
    patients: tuple[PatientView, ...]
    scope: Scope
    legend: tuple[words.StatusWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One number of the head, and the section that it counts."""

    anchor: str
    label: str
    number: str
    urgent: bool = False


def render_page(report: Report, directory: Directory) -> str:
    """The whole page as one HTML document."""
    css, script = _asset("page.css"), _asset("page.js")
    context = {
        "page": present_page(report, directory),
        "css": css,
        "script": script,
        "policy": _content_security_policy(css, script),
    }
    return _engine().get_template("page.html").render(Context(context))


def present_page(report: Report, directory: Directory) -> Page:
    """The report as the page says it."""
    frame = Frame.of(report, directory)
    scope = choose_scope(report, frame)
    frame = replace(
        frame,
        patient_anchors=_anchors("patient", scope.patients),
        session_anchors=_anchors("session", scope.sessions),
    )
    work, attention = present_worklist(report, frame), present_attention(report, frame)
    overdue = frozenset(line.person.patient_id for line in (*work.overdue, *work.stale))
    return Page(
        program=words.plain(report["policy"]["id"]),
        version=report["policy"]["version"],
        as_of=f"{frame.day(frame.today)} {frame.today.year}, {frame.clock(frame.as_of)}",
        zone=words.plain(directory["timezone"]),
        folder=words.plain(directory["folder"]),
        title=_title(work, frame),
        counts=_counts(work, attention, report),
        work=work,
        attention=attention,
        days=present_days(report, frame, scope.sessions),
        later_today=tuple(
            f"{frame.clock(card['starts_at'])} {session_title(card)}" for card in scope.later_today
        ),
        patients=present_patients(report, frame, scope.patients, overdue),
        scope=scope,
        legend=tuple(words.STATUSES.values()),
    )


def _anchors(kind: str, ids: tuple[str, ...]) -> dict[str, str]:
    """Anchors by number: an id from a file is no name for a place in a page."""
    return {name: f"{kind}-{number}" for number, name in enumerate(ids, start=1)}


def _title(work: Worklist, frame: Frame) -> str:
    """Says no program and no patient: a tab's title is seen by whoever walks past."""
    overdue = len(work.overdue) + len(work.stale)
    return f"{overdue} overdue, {len(work.due)} due now, {frame.when(frame.as_of)} · Rejoin"


def _counts(work: Worklist, attention: Attention, report: Report) -> tuple[Count, ...]:
    overdue = len(work.overdue) + len(work.stale)
    sessions = {seat["session_id"] for seat in report["seats"]}
    patients = {seat["patient_id"] for seat in report["seats"]}
    return (
        Count(anchor="overdue", label="Overdue", number=f"{overdue:,}", urgent=overdue > 0),
        Count(anchor="due", label="Due now", number=f"{len(work.due):,}"),
        Count(anchor="today", label="Later today", number=f"{len(work.today):,}"),
        Count(anchor="attention", label="Needs a person", number=f"{attention.count:,}"),
        Count(anchor="sessions", label="Sessions", number=f"{len(sessions):,}"),
        Count(anchor="patients", label="Patients", number=f"{len(patients):,}"),
    )


def _content_security_policy(css: str, script: str) -> str:
    """Nothing may load, run or be sent but the style and the script below."""
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text("utf-8")


@cache
def _engine() -> Engine:
    """Django's engine by itself; it wants settings to exist, and the web application brings its own."""
    if not settings.configured:
        settings.configure(USE_I18N=False, USE_TZ=True, TIME_ZONE="UTC")
    folder = resources.files(__package__) / "templates"
    return Engine(dirs=[str(folder)], autoescape=True)
