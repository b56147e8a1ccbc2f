"""The end: how each case went and stands, what the vendors took, what waits for whom, and whether all held."""

import json
import os
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from rejoin.common.rows import select
from rejoin.demo.checks import Finding
from rejoin.demo.days import ZONE, shown, shown_with_day
from rejoin.demo.homes import Home
from rejoin.demo.screen import WIDEST
from rejoin.demo.telling import Told
from rejoin.domain.measures import instrument_called
from rejoin.fakes.ledger import Ledger, taken, taken_twice

REJOIN: Final = str(Path(sys.argv[0])) if Path(sys.argv[0]).name == "rejoin" else "rejoin"
"""As it was called."""
CASES: Final = """
SELECT patient.name, coalesce(circle.name, '1:1'), session.starts_at, session.ends_at, it.state,
       it.final_outcome, status.status, it.elevated
  FROM followup_case AS it JOIN people_patient AS patient ON patient.id = it.patient_id
  JOIN programs_session AS session ON session.id = it.session_id
  JOIN attendance_seatstatus AS status ON status.seat_id = it.seat_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE it.opened_at >= %s ORDER BY session.starts_at, session.id, it.noticed_at, patient.id
"""
SESSIONS: Final = """
SELECT circle.name, session.starts_at, session.held, it.status, count(*)
  FROM programs_session AS session JOIN programs_seat AS seat ON seat.session_id = session.id AND seat.released_at IS NULL
  LEFT JOIN attendance_seatstatus AS it ON it.seat_id = seat.id
  JOIN programs_group AS circle ON circle.id = session.group_id
 WHERE session.starts_at BETWEEN %s AND %s
 GROUP BY session.id, circle.name, it.status ORDER BY session.starts_at, session.id, count(*) DESC
"""
WAITING: Final = """
SELECT coalesce(owner.name, ''), it.actor, patient.name, it.rule, it.origin, it.due_at, it.deadline < %s,
       array_to_string(it.channels, ' or ')
  FROM followup_step AS it JOIN followup_case AS "case" ON "case".id = it.case_id
  JOIN people_patient AS patient ON patient.id = it.patient_id
  LEFT JOIN people_staff AS owner ON owner.id = it.owner_id
 WHERE it.ended_at IS NULL AND it.actor <> 'system' ORDER BY it.deadline, it.id
"""
TO_ATTEST: Final = """
SELECT coalesce(staff.name, 'nobody'), coalesce(circle.name, '1:1'), session.starts_at, count(*),
       bool_or(it.status = 'unrecorded')
  FROM attendance_seatstatus AS it JOIN programs_session AS session ON session.id = it.session_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
  LEFT JOIN programs_sessionstaff AS leader ON leader.session_id = session.id AND leader.role = 'facilitator'
       AND leader.released_at IS NULL
  LEFT JOIN people_staff AS staff ON staff.id = leader.staff_id
 WHERE NOT it.attested AND NOT it.provisional AND it.status <> 'cancelled' AND session.starts_at >= %s
 GROUP BY 1, 2, 3 ORDER BY 3
"""
MEASURES: Final = """
SELECT instrument, version, count(*), count(*) FILTER (WHERE answered), count(*) FILTER (WHERE missed),
       count(*) FILTER (WHERE answered AND missed)
  FROM (SELECT due.instrument, due.version, sheet.id IS NOT NULL AS answered,
               EXISTS (SELECT FROM attendance_seatstatus AS status JOIN programs_policyversion AS policy ON policy.id = status.policy_id
                           WHERE status.seat_id = due.seat_id AND status.status = ANY(policy.opens_on)) AS missed
          FROM insights_due AS due LEFT JOIN insights_sheet AS sheet ON sheet.due_id = due.id
         WHERE due.at >= %s) AS told
 GROUP BY 1, 2 ORDER BY 1, 2
"""
GAPS: Final = (
    "SELECT how, count(*) FROM insights_ending WHERE how <> 'answered' GROUP BY 1 ORDER BY 2 DESC, 1"
)
REVIEWS: Final = """
SELECT patient.name, it."then", it.decided_by_role, it.due_at, it.because #>> '{0,text}'
  FROM followup_review AS it JOIN people_patient AS patient ON patient.id = it.patient_id
 WHERE NOT EXISTS (SELECT FROM followup_reviewevent AS event WHERE event.review_id = it.id AND event.turn = 'decided')
 ORDER BY it.due_at, it.id
"""
STRANGERS: Final = """
SELECT coalesce(nullif(it.display, ''), 'somebody'), coalesce(circle.name, '1:1') FROM rooms_stranger AS it
  JOIN programs_session AS session ON session.id = it.session_id
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id WHERE NOT it.gone AND it.settled_at IS NULL
"""
STANDS: Final = {
    ("open", ""): ("open, the ladder runs", "yellow"),
    ("stopped", ""): ("reached, her return is awaited", "cyan"),
    ("closed", "back"): ("back", "green"),
    ("closed", "left_program"): ("has left the program", "green"),
}
WORK: Final = {
    "escalation": "step not done in time",
    "unknown_send": "was it sent?",
    "send_failed": "could not be sent",
    "reply": "a text to read",
    "disposition": "how is she? (clinician)",
    "promise": "did not come as promised",
    "apology": "say sorry",
}


class Summary:
    """Prints the end, a section at a time."""

    def __init__(self, console: Console, *, since: datetime, now: datetime) -> None:
        self.console = console
        self.width = min(console.width, WIDEST)
        self.since = since
        self.now = now

    def heading(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def line(self, text: str, *, indent: int = 2, style: str = "", head: str = "") -> None:
        """A line, wrapped under itself; `head` stands before it in the indent."""
        for place, part in enumerate(textwrap.wrap(text, self.width - indent - 2) or [""]):
            before = " " * (indent + 2) if place else f"{head:<{indent}}"
            self.console.print(Text(before).append(part, style=style), soft_wrap=True)

    def cases(self, told: Sequence[Told]) -> None:
        """Each case in its own words; those of one session that went alike together."""
        rows = select(CASES, [self.since])
        self.heading(f"How each of the {len(rows)} cases went")
        alike: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for name, *rest in rows:
            story = _story(told, name, rest[0], begins=rest[1], all_rows=rows)
            alike[(*rest, story)].append(name)
        for (group, starts_at, _, state, outcome, status, elevated, story), names in alike.items():
            stands, style = _stands(state, outcome, status)
            self.line(f"{_listed(names)}, {group} {shown_with_day(starts_at)}", style="bold")
            self.line(("ELEVATED: " if elevated else "") + stands, indent=4, style=style)
            self.line(story, indent=4)

    def sessions(self) -> None:
        self.heading("How the sessions were recorded")
        counts: dict[tuple[str, datetime, str], list[str]] = defaultdict(list)
        for name, starts_at, held, status, count in select(SESSIONS, [self.since, self.now]):
            counts[name, starts_at, held].append(f"{count} {(status or 'so far here').replace('_', ' ')}")
        for (name, starts_at, held), found in counts.items():
            why = {"outage": "platform outage: ", "cancelled": "cancelled by the program: "}.get(held, "")
            self.line(f"{name:<7} {shown_with_day(starts_at)}  {why}{', '.join(found)}")

    def vendors(self, home: Home, answers: dict[int, int]) -> None:
        """From their own ledgers, not from our tables."""
        self.heading("What the vendors' own ledgers say")
        ledgers = (
            ("texts", home.sms_ledger),
            ("e-mails", home.mail_ledger),
            ("push notices", home.push_ledger),
        )
        for what, ledger in ledgers:
            twice = taken_twice(ledger)
            often = "none twice" if not twice else f"{len(twice)} MORE THAN ONCE"
            self.line(f"{len(taken(ledger)):>3} {what} taken, {often}")
        vendor = Ledger(home.sms_ledger)
        spanish = sum("Responda STOP" in each.body for each in taken(home.sms_ledger))
        self.line(
            f"{spanish:>3} of the texts in Spanish; {len(vendor.entries('opted_out'))} STOP, "
            f"{len(vendor.entries('webhook'))} signed reports to our web"
        )
        self.line(
            f"{sum(answers.values()):>3} room webhooks, {answers.get(401, 0)} of them forged and turned away at the door"
        )

    def measures(self) -> None:
        """What is known of how patients are, what went by with a session, and what came of it."""
        self.heading("What was measured, and what went by")
        for key, version, due, answered, missed, later in select(MEASURES, [self.since]):
            name = instrument_called(key, version).name
            self.line(
                f"{name}: due {due} times, {answered} answered; {missed} went by with a missed session, "
                f"and {later} of those were answered after it"
            )
        for how, count in select(GAPS):
            self.line(f"{count:>3} not measured: {how.replace('_', ' ')}")

    def worklist(self) -> None:
        self.heading("What waits for whom")
        lists: dict[str, list[str]] = defaultdict(list)
        for owner, actor, patient, rule, origin, due_at, overdue, channels in select(WAITING, [self.now]):
            what = WORK.get(origin, f"{rule}, by {channels.replace('_', ' ')}")
            late = " OVERDUE" if overdue else ""
            lists[owner or f"{actor.replace('_', ' ')} (shared)"].append(
                f"{patient}: {what}, since {shown_with_day(due_at)}{late}"
            )
        for leader, group, starts_at, count, unrecorded in select(TO_ATTEST, [self.since]):
            what = "nobody watched: mark" if unrecorded else "attest"
            lists[leader].append(
                f"{group} {shown_with_day(starts_at)}: {what} {count} seat{'s' * (count != 1)}"
            )
        for patient, then, role, due_at, why in select(REVIEWS):
            what = f"{patient}: {then.replace('_', ' ')}? by {due_at.astimezone(ZONE):%a %d %b}"
            lists[f"{role.replace('_', ' ')} (review)"].append(f"{what}; {why}" if why else what)
        for display, group in select(STRANGERS):
            lists["coordinator (shared)"].append(f'who was "{display}" in {group}?')
        for owner, work in lists.items():
            for place, each in enumerate(work):
                self.line(each, indent=24, head="" if place else f"  {owner}")

    def doctor(self, told: str) -> None:
        self.heading("rejoin doctor")
        try:
            checks = json.loads(told)["checks"]
        except (ValueError, KeyError):
            self.line("gave no answer", style="bold red")
            return
        bad = [each for each in checks if not each["ok"]]
        if not bad:
            self.line(f"All is well: {len(checks)} questions asked while it ran.", style="green")
        for each in bad:
            self.line(f"{each['name']}: {each['said']}", style="bold red")

    def findings(self, findings: Sequence[Finding]) -> bool:
        """Everything the story was held to; returns whether all of it holds."""
        self.heading("What this was held to")
        for each in findings:
            mark = "holds " if each.holds else "FAILS "
            self.line(f"{mark} {each.said}", style="" if each.holds else "bold red")
        return all(each.holds for each in findings)

    def going_on(self, home: Home) -> None:
        """What somebody may do next."""
        self.heading("To go on")
        folder = os.path.relpath(home.folder)
        folder = str(home.folder) if folder.startswith("..") else folder
        for what, command in (
            ("What it says of itself now that nobody works:", f"REJOIN_HOME={folder} {REJOIN} doctor"),
            ("A program as tables:", f"REJOIN_HOME={folder} {REJOIN} export OUT --program harbor"),
            ("The running application, in a browser:", f"{REJOIN} demo"),
        ):
            self.line(what)
            self.console.print(Text(f"    {command}", style="cyan"), soft_wrap=True)
        self.line(f"The database and the vendors' ledgers are kept in {folder}. All of it is synthetic.")


def _story(
    told: Iterable[Told], name: str, group: str, *, begins: datetime, all_rows: Sequence[Sequence[Any]]
) -> str:
    """One case's story from its lines: by the clock, in a word or two each."""
    later = [row[2] for row in all_rows if row[0] == name and row[2] > begins]
    own = [each for each in told if each.about == name and each.short]
    if later:  # what belongs to her next case is told there
        own = [each for each in own if each.group == group or each.at < min(later)]
    elif any(row[0] == name and row[2] < begins for row in all_rows):
        own = [each for each in own if each.at >= begins and (each.group == group or not each.group)]
    parts: list[str] = []
    day, clock = "", ""
    for each in own:
        today, now = f"{each.at.astimezone(ZONE):%a}", shown(each.at)
        if (today, now) == (day, clock):
            parts[-1] += f", {each.short}"
        else:
            parts.append(f"{today + ' ' if today != day else ''}{now} {each.short}")
        day, clock = today, now
    return "; ".join(parts)


def _stands(state: str, outcome: str, status: str) -> tuple[str, str]:
    if (state, outcome) in STANDS:
        return STANDS[state, outcome]
    if outcome == "reversed":
        why = {"cancelled": "no miss, the platform was down", "attended": "no miss, she had been there"}
        return why.get(status, "no miss, she came late"), "green"
    return f"{state} {outcome}".strip(), ""


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
