"""Builds folders for triage: the tables and a room log, as an integrator would write them."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rejoin.policies.loading import SHIPPED
from rejoin.sidecar.report import Report
from rejoin.sidecar.triage import open_world, triage

NEW_YORK = ZoneInfo("America/New_York")
TABLES = {
    "roster.csv": "patient_id,name,email,phone,timezone,state,group,from,until,flags",
    "sessions.csv": "session_id,group,kind,service,module,starts_at,ends_at,breaks,facilitator,status,meeting_id,patient_id,mode",
    "identities.csv": "provider,ref,patient_id",
    "marks.csv": "session_id,patient_id,status,reason,by,at",
    "notices.csv": "patient_id,session_id,received_at,reason",
    "checkins.csv": "session_id,patient_id,state,at",
    "staff.csv": "name,licensed_states",
    "attempts.csv": "patient_id,session_id,step_id,at,actor,channel,outcome",
    "consents.csv": "patient_id,channel,granted,at,contact",
}


class FolderBuilder:
    """One folder under construction. Times are local to `zone` unless they carry an offset."""

    def __init__(self, path: Path, *, policy: str | None = None, zone: ZoneInfo = NEW_YORK) -> None:
        self.path = path
        self.zone = zone
        self.tables: dict[str, list[dict[str, str]]] = {name: [] for name in TABLES}
        self.events: list[dict[str, Any]] = []
        self.rooms: dict[str, bytes] = {}
        if policy is not None:
            shipped = next(SHIPPED.glob(f"{policy}*.yaml"))
            self.policy = shipped.read_text()
        else:
            self.policy = ""

    def patient(self, patient_id: str, *, group: str = "G", **cells: str) -> "FolderBuilder":
        self.tables["roster.csv"].append({"patient_id": patient_id, "group": group, **cells})
        if not any(row["patient_id"] == patient_id for row in self.tables["identities.csv"]):
            self.row("identities.csv", provider="livekit", ref=f"pt-{patient_id}", patient_id=patient_id)
        return self

    def session(self, session_id: str, starts_at: str, ends_at: str, **cells: str) -> "FolderBuilder":
        row = {
            "session_id": session_id,
            "group": "G",
            "kind": "group",
            "status": "scheduled",
            "meeting_id": f"room-{session_id}",
            "starts_at": starts_at,
            "ends_at": ends_at,
        }
        self.tables["sessions.csv"].append({**row, **cells})
        return self

    def row(self, table: str, **cells: str) -> "FolderBuilder":
        self.tables[table].append(cells)
        return self

    def held(self, session_id: str, start: str, end: str) -> "FolderBuilder":
        """Room events that show the session was watched, with nobody in it."""
        room = {"sid": f"RM_{session_id}_{start}", "name": f"room-{session_id}"}
        self.events.append(
            {
                "event": "room_started",
                "id": f"EV_rs_{session_id}_{start}",
                "createdAt": str(self._epoch(start)),
                "room": room,
            }
        )
        self.events.append(
            {
                "event": "room_finished",
                "id": f"EV_rf_{session_id}_{start}",
                "createdAt": str(self._epoch(end)),
                "room": room,
            }
        )
        return self

    def present(
        self, session_id: str, patient_id: str, joined: str, left: str | None, *, device: str = "a"
    ) -> "FolderBuilder":
        """LiveKit webhooks of one connection."""
        sid = f"PA_{session_id}_{patient_id}_{device}_{joined}"
        room = {"sid": f"RM_{session_id}", "name": f"room-{session_id}"}
        at = self._epoch(joined)
        who = {"sid": sid, "identity": f"pt-{patient_id}", "name": "", "joinedAt": str(at)}
        self.events.append(
            {
                "event": "participant_joined",
                "id": f"EV_j_{sid}",
                "createdAt": str(at),
                "room": room,
                "participant": {**who, "state": "ACTIVE"},
            }
        )
        if left is not None:
            self.events.append(
                {
                    "event": "participant_left",
                    "id": f"EV_l_{sid}",
                    "createdAt": str(self._epoch(left)),
                    "room": room,
                    "participant": {**who, "state": "DISCONNECTED"},
                }
            )
        return self

    def room_file(self, name: str, content: bytes | str) -> "FolderBuilder":
        self.rooms[name] = content.encode() if isinstance(content, str) else content
        return self

    def write(self) -> Path:
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "policy.yaml").write_text(self.policy)
        for name, rows in self.tables.items():
            if rows or name in ("roster.csv", "sessions.csv"):
                write_table(self.path / name, TABLES[name].split(","), rows)
        (self.path / "rooms").mkdir(exist_ok=True)
        if self.events:
            lines = "\n".join(json.dumps(event) for event in self.events)
            (self.path / "rooms" / "livekit.jsonl").write_text(lines + "\n")
        for name, content in self.rooms.items():
            (self.path / "rooms" / name).write_bytes(content)
        return self.path

    def triage(self, at: str, *, skip_unreadable: bool = False) -> Report:
        """Write the folder and triage it as known at the local instant `at`."""
        world, unreadable = open_world(self.write(), now=self.instant(at), skip_unreadable=skip_unreadable)
        return triage(world, unreadable)

    def instant(self, text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).astimezone(UTC)

    def _epoch(self, text: str) -> int:
        return int(self.instant(text).timestamp())


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        extra = sorted({key for row in rows for key in row} - set(columns))
        writer = csv.DictWriter(file, [*columns, *extra], restval="")
        writer.writeheader()
        writer.writerows(rows)


def seat(report: Report, session_id: str, patient_id: str) -> Any:
    return next(
        each
        for each in report["seats"]
        if (each["session_id"], each["patient_id"]) == (session_id, patient_id)
    )


def case(report: Report, session_id: str, patient_id: str) -> Any:
    return next(
        (
            each
            for each in report["cases"]
            if (each["session_id"], each["patient_id"]) == (session_id, patient_id)
        ),
        None,
    )


def step(report: Report, session_id: str, patient_id: str, step_id: str) -> Any:
    return next(each for each in case(report, session_id, patient_id)["steps"] if each["id"] == step_id)


def day_after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
