"""The same answer in a terminal, or in a file it was sent to: tables first, by the clock.

Nothing is said by colour alone, nothing needs more than eighty columns, and every text from a file
is printed as text: a display name must not be able to style, move or erase a line.
"""

from collections.abc import Iterable
from datetime import date

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rejoin.sidecar.present import words
from rejoin.sidecar.present.attention import AlertGroup, Attention, Decision, present_attention
from rejoin.sidecar.present.frame import Frame, SessionName
from rejoin.sidecar.present.patients import week_numbers, week_verdict
from rejoin.sidecar.present.scope import Scope, choose_scope
from rejoin.sidecar.present.sessions import Day, SessionView, present_days
from rejoin.sidecar.present.worklist import StepLine, WorkLine, present_worklist
from rejoin.sidecar.report import Directory, Report, Week

MOST_SESSIONS_LISTED = 20
MOST_LINES_LISTED = 40
MOST_OF_A_KIND_LISTED = 5


def print_report(report: Report, directory: Directory, console: Console) -> None:
    """The report, most urgent first."""
    frame = Frame.of(report, directory)
    work, attention = present_worklist(report, frame), present_attention(report, frame)
    scope = choose_scope(report, frame)
    _print_head(report, frame, console)
    _print_work("Overdue", (*work.overdue, *work.stale), "Nothing is overdue.", console)
    _print_work("Due now", work.due, "Nothing is due at this moment.", console)
    _print_work("Coming up today", work.today, "No further step is planned for today.", console)
    _print_decisions(attention.decisions, console)
    _print_unmatched(attention, console)
    _print_alerts(attention.alerts, console)
    _print_sessions(present_days(report, frame, scope.sessions), scope, console)
    _print_weeks(report["week"], frame, console)
    _print_foot(frame, console)


def _print_head(report: Report, frame: Frame, console: Console) -> None:
    policy = report["policy"]
    console.print(Text(f"{words.plain(policy['id'])}, version {policy['version']}", style="bold"))
    zone = words.plain(frame.directory["timezone"])
    console.print(Text(f"As of {frame.day(frame.today)} {frame.clock(frame.as_of)}, times in {zone}"))


def _print_foot(frame: Frame, console: Console) -> None:
    console.print()
    console.print(
        Text(
            'This holds patient information. "not known" is not nought, and "not recorded" is not '
            f"missed. Read from {words.plain(frame.directory['folder'])}.",
            style="dim",
        )
    )


def _heading(title: str, number: int | None, console: Console) -> None:
    console.print()
    shown = title if number is None else f"{title} ({number})"
    console.print(Text(shown, style="bold"))


def _table(*columns: tuple[str, int]) -> Table:
    """Lines between rows are spaces and dashes where the terminal knows nothing better. Each column:
    its head, and its share of the width."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True, show_edge=False)
    for head, share in columns:
        table.add_column(head, ratio=share, overflow="fold")
    return table


def _print_table(table: Table, left_out: int, console: Console) -> None:
    console.print(table)
    if left_out > 0:
        console.print(Text(f"{left_out} more are left out here. --json has everything."))


def _print_work(title: str, lines: Iterable[WorkLine], calm: str, console: Console) -> None:
    rows = tuple(lines)
    _heading(title, len(rows), console)
    if not rows:
        console.print(Text(calm))
        return
    table = _table(("Clock", 14), ("Patient", 20), ("What to do", 24), ("Session, and tried so far", 32))
    for line in rows:
        table.add_row(*(Text(cell) for cell in _work_cells(line)))
        table.add_section()
    _print_table(table, 0, console)


def _work_cells(line: WorkLine) -> tuple[str, str, str, str]:
    there = ", ".join(part for part in (line.clock_there, line.odd_hour_there) if part)
    phones = [phone.shown for phone in line.phones]
    who = [f"{line.person.name} {line.person.patient_id}", *phones, line.phone_note, there]
    elevated = f"ELEVATED: {', '.join(line.elevated)}" if line.elevated else ""
    steps = [_step_words(step) for step in line.steps] or ["First attempt to reach the patient"]
    session = f"{line.outcome}: {line.session.when} {line.session.title} {line.session.session_id}"
    return (
        _lines(line.head, line.detail),
        _lines(*who),
        _lines(elevated, *steps),
        _lines(session, *_history(line)),
    )


def _history(line: WorkLine) -> list[str]:
    """The first attempt's clock and what was tried; left out of what is still to come."""
    first = line.first_attempt
    to_come = all(step.state == "upcoming" for step in line.steps) and line.steps
    clock = [f"First attempt {first.state}: {first.text}"] if first else []
    return [] if to_come else [*clock, *(f"- {text}" for text in line.tried)]


def _step_words(step: StepLine) -> str:
    to = f" to the {step.to}" if step.to else ""
    state = f" [{step.state}]" if step.state == "overdue" else ""
    return f"{step.name}{state}{to}, {', '.join(part for part in (step.actor, step.channels) if part)}"


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _print_decisions(decisions: tuple[Decision, ...], console: Console) -> None:
    _heading("To decide", len(decisions), console)
    if not decisions:
        console.print(Text("No decision is waiting."))
        return
    table = _table(("Patient", 16), ("Decision", 24), ("A person decides", 18), ("Reached", 32))
    for one in decisions[:MOST_LINES_LISTED]:
        sessions = ", ".join(session.session_id for session in one.sessions)
        table.add_row(
            Text(f"{one.person.name} {one.person.patient_id}"),
            Text(f"{one.then}?"),
            Text(one.decided_by),
            Text(f"{one.rule}, {one.fired}: {sessions}"),
        )
    _print_table(table, len(decisions) - MOST_LINES_LISTED, console)


def _print_unmatched(attention: Attention, console: Console) -> None:
    count = len(attention.unmatched) + attention.unmatched_left_out
    _heading("People in the room we cannot place", count, console)
    if not count:
        console.print(Text("Everybody in the rooms is placed."))
        return
    table = _table(("Shown as", 18), ("Seen", 28), ("Plausible", 20), ("File", 24))
    for one in attention.unmatched[:MOST_LINES_LISTED]:
        place = f"{one.file}, line {one.line}"
        table.add_row(Text(one.display), Text(one.times), Text(one.plausible), Text(place))
    _print_table(table, count - MOST_LINES_LISTED, console)


def _print_alerts(alerts: tuple[AlertGroup, ...], console: Console) -> None:
    _heading("Alerts", len(alerts), console)
    if not alerts:
        console.print(Text("Nothing looks wrong with the sources."))
    for group in alerts:
        number = f" ({group.count})" if group.count > 1 else ""
        console.print(Text(f"{group.label}{number}: {_joined(group.common, group.advice)}"))
        for line in group.lines[:MOST_OF_A_KIND_LISTED]:
            console.print(Text(f"  - {_joined(_session(line.session), line.file, line.text)}"))
        if group.count > MOST_OF_A_KIND_LISTED:
            console.print(Text(f"  - and {group.count - MOST_OF_A_KIND_LISTED} more"))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _session(name: SessionName) -> str:
    return _joined(name.when, name.title, name.session_id)


def _print_sessions(days: tuple[Day, ...], scope: Scope, console: Console) -> None:
    sessions = [session for day in days for session in day.sessions]
    _heading("Sessions, newest first", len(scope.sessions), console)
    if not sessions:
        console.print(Text("No session has begun yet."))
        return
    table = _table(("When", 20), ("Session", 26), ("What happened", 44))
    for session in sessions[:MOST_SESSIONS_LISTED]:
        table.add_row(*(Text(cell) for cell in _session_cells(session)))
    _print_table(table, len(sessions) - MOST_SESSIONS_LISTED, console)
    if scope.sessions_note:
        console.print(Text(scope.sessions_note))


def _session_cells(session: SessionView) -> tuple[str, str, str]:
    away = [
        f"{row.person.name}: {row.status.label.lower()}{', ' + row.flags if row.flags else ''}"
        for row in session.rows
        if row.status.code not in ("attended", "cancelled", "unrecorded")
    ]
    what = _lines(_joined(session.state, session.summary), *away)
    return session.name.when, _joined(session.name.title, session.name.session_id), what


def _print_weeks(weeks: Iterable[Week], frame: Frame, console: Console) -> None:
    """Complete weeks below the minimum, and weeks of which nobody can tell."""
    told = [week for week in weeks if week["below_minimum"] or week["unknown_sessions"]]
    told.sort(key=lambda week: (week["week_of"], week["patient_id"]), reverse=True)
    _heading("Weeks below the minimum, or not known", len(told), console)
    if not told:
        console.print(Text("No week is below its minimum."))
        return
    table = _table(("Week of", 14), ("Patient", 20), ("Minutes", 26), ("", 30))
    for week in told[:MOST_LINES_LISTED]:
        person = frame.person(week["patient_id"])
        table.add_row(
            Text(frame.day(date.fromisoformat(week["week_of"]))),
            Text(f"{person.name} {person.patient_id}"),
            Text(week_numbers(week)),
            Text(week_verdict(week)),
        )
    _print_table(table, len(told) - MOST_LINES_LISTED, console)
