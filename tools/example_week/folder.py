"""The folder of the week: which file is made by what, and whether the ones on disk are these."""

from collections.abc import Callable
from pathlib import Path

from tools.example_week import documents, history, logs, spreadsheets, tables

ROOT = Path(__file__).resolve().parents[2]
WEEK = ROOT / "examples" / "week"
POLICY = ROOT / "rejoin" / "policies" / "a-sud-commercial-evening.yaml"
BY_HAND = {"README.md"}

FILES: dict[str, Callable[[], bytes]] = {
    "policy.yaml": POLICY.read_bytes,
    "roster.csv": tables.roster,
    "sessions.csv": tables.sessions,
    "identities.csv": tables.identities,
    "marks.csv": history.marks,
    "notices.csv": tables.notices,
    "checkins.csv": tables.checkins,
    "staff.csv": tables.staff,
    "attempts.csv": history.attempts,
    "consents.csv": tables.consents,
    "rooms/09-21-to-10-02-livekit.jsonl": logs.two_weeks_before,
    "rooms/10-05-daytime-zoom-report.csv": spreadsheets.day_monday,
    "rooms/10-05-evening-livekit.jsonl": logs.eve_monday,
    "rooms/10-06-daytime-teams-1.csv": spreadsheets.day_tuesday_first,
    "rooms/10-06-daytime-teams-2.csv": spreadsheets.day_tuesday_again,
    "rooms/10-06-afternoon-teams-graph.json": documents.aft_tuesday,
    "rooms/10-06-ada-zoom-plain.csv": spreadsheets.ada_tuesday,
    "rooms/10-06-pia-teams-actions.csv": spreadsheets.pia_tuesday,
    "rooms/10-06-noa-meet-sheet.csv": spreadsheets.noa_tuesday,
    "rooms/10-07-hana-zoom-2023.csv": spreadsheets.hana_wednesday,
    "rooms/10-07-ben-zoom-unique-users.csv": spreadsheets.ben_wednesday,
    "rooms/10-07-afternoon-jitsi.jsonl": logs.aft_wednesday,
    "rooms/10-07-evening-zoom-webhooks.jsonl": logs.eve_wednesday,
    "rooms/10-08-huddle-zoom.csv": spreadsheets.staff_meeting,
    "rooms/10-08-daytime-bigbluebutton.json": documents.day_thursday,
    "rooms/10-08-mia-meet-records.json": documents.mia_thursday,
    "rooms/10-08-evening-janus.jsonl": logs.eve_thursday,
    "rooms/10-09-livekit.jsonl": logs.friday_morning,
}


def differences(folder: Path) -> list[str]:
    """Files that are missing, not ours, or not as they would be written now."""
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - BY_HAND
    found = [f"{name}: is not one of the example's files" for name in there - FILES.keys()]
    for name, make in FILES.items():
        if name not in there:
            found.append(f"{name}: is missing")
        elif (folder / name).read_bytes() != make():
            found.append(f"{name}: differs")
    return sorted(found)


def write(folder: Path) -> None:
    for name, make in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
