"""Runs the policy test vectors: each is a folder, triaged as an integrator would have it triaged."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from rejoin.domain.policy.hours import over_ceiling
from rejoin.policies.loading import SHIPPED, load_policy
from rejoin.sidecar.report import Report
from tests.builders.folder import FolderBuilder, case, seat, step

FILE = Path(__file__).with_name("vectors.yaml")


def load_vectors() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(FILE.read_text())
    return loaded


def observe(vector: Mapping[str, Any], path: Path) -> Any:
    """What the product says of everything the vector expects, in the vector's own shape."""
    if "ceiling" in vector:
        shipped = next(SHIPPED.glob(f"{vector['policy']}-*.yaml"))
        policy = load_policy(shipped, name=shipped.name)
        minutes = vector["ceiling"]["minutes"]
        return {"minutes": minutes, "refused": over_ceiling(minutes, policy=policy) is not None}
    builder = build(vector, path)
    report = builder.triage(_text(vector["at"]))
    return {what: _OBSERVE[what](report, wanted, builder) for what, wanted in vector["expect"].items()}


def expected(vector: Mapping[str, Any]) -> Any:
    return vector["ceiling"] if "ceiling" in vector else vector["expect"]


def build(vector: Mapping[str, Any], path: Path) -> FolderBuilder:
    builder = FolderBuilder(path, policy=f"{vector['policy']}-")
    if "overlays" in vector:
        builder.policy += f"\noverlays: {vector['overlays']}\n"
    for patient_id in vector.get("patients", ["P1"]):
        email = f"{patient_id.lower()}@example.org"
        builder.patient(patient_id, email=email, phone="+12025550143", timezone=vector.get("timezone", ""))
    spans = _add_sessions(builder, vector["sessions"])
    _add_presence(builder, vector, spans)
    tables = {
        "marks": ("session_id", "patient_id", "status", "reason", "at"),
        "consents": ("patient_id", "channel", "granted", "at", "contact"),
        "attempts": ("patient_id", "session_id", "step_id", "at", "actor", "channel", "outcome"),
        "checkins": ("session_id", "patient_id", "state", "at"),
        "staff": ("name", "licensed_states"),
        "identities": ("provider", "ref", "patient_id"),
    }
    for table, columns in tables.items():
        for row in vector.get(table, []):
            builder.row(
                f"{table}.csv", **{key: _text(value) for key, value in zip(columns, row, strict=True)}
            )
    for name, content in vector.get("rooms", {}).items():
        builder.room_file(name, content)
    return builder


def _add_sessions(builder: FolderBuilder, sessions: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    spans: dict[str, tuple[str, str]] = {}
    for name, told in sessions.items():
        cells = {key: _text(value) for key, value in told.items() if key not in ("from", "to", "days")}
        if "days" in told:
            for number, day in enumerate(told["days"], start=1):
                spans[f"S{number}"] = (f"{_text(day)}T{told['from']}", f"{_text(day)}T{told['to']}")
        else:
            spans[name] = (_text(told["from"]), _text(told["to"]))
        for session_id in list(spans) if "days" in told else [name]:
            own = {"patient_id": "P1"} if cells.get("kind") == "individual" else {}
            builder.session(session_id, *spans[session_id], **{**cells, **own})
    return spans


def _add_presence(
    builder: FolderBuilder, vector: Mapping[str, Any], spans: Mapping[str, tuple[str, str]]
) -> None:
    if vector.get("watched") == "all":
        for session_id, span in spans.items():
            builder.held(session_id, *span)
    for key, told in vector.get("present", {}).items():
        session_id, patient_id = key.split()
        start, end = spans[session_id]
        if told == "all":
            builder.present(session_id, patient_id, start, end)
            continue
        for number, connection in enumerate(told):
            joined, left = connection.split("-")
            day = start[:10]
            left_at = f"{day}T{left}" if left else None
            builder.present(session_id, patient_id, f"{day}T{joined}", left_at, device=str(number))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _pick(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The values at the wanted dotted keys."""
    picked = {}
    for key in wanted:
        value: Any = found
        for part in key.split("."):
            value = value[part]
        picked[key] = value
    return picked


def _seats(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    return {key: _pick(seat(report, *key.split()), told) for key, told in wanted.items()}


def _cases(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    return {key: (case(report, *key.split()) or {"state": "none"})["state"] for key in wanted}


def _steps(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    return {key: step(report, *key.split())["state"] for key in wanted}


def _due(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    found = {}
    for key in wanted:
        local = step(report, *key.split())["due_at"].astimezone(builder.zone)
        found[key] = local.strftime("%Y-%m-%dT%H:%M")
    return found


def _first(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    return {key: case(report, *key.split())["first_attempt"]["state"] for key in wanted}


def _triggers(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    """Fired triggers in order of id; "..." in the table stands for any sessions and state."""
    found = {}
    for patient_id, told in wanted.items():
        fired = [each for each in report["triggers"] if each["patient_id"] == patient_id]
        lines = [" ".join([each["id"], *each["sessions"], each["state"]]) for each in fired]
        loose = {line.split()[0] for line in told if line.endswith("...")}
        shown = [f"{line.split()[0]} ..." if line.split()[0] in loose else line for line in lines]
        found[patient_id] = _like(list(dict.fromkeys(shown)), told)
    return found


def _like(found: list[str], told: list[str]) -> list[str]:
    """`found` in the order the table lists it, where both hold the same."""
    return list(told) if sorted(found) == sorted(told) else found


def _weeks(report: Report, wanted: Mapping[str, Any], builder: FolderBuilder) -> Any:
    found = {}
    for key, told in wanted.items():
        patient_id, week_of = key.split()
        week = next(
            each for each in report["week"] if (each["patient_id"], each["week_of"]) == (patient_id, week_of)
        )
        found[key] = _pick(week, told)
    return found


def _alerts(report: Report, wanted: list[str], builder: FolderBuilder) -> Any:
    """Which of the wanted alerts there are; others do not matter to a vector."""
    there = {f"{each['kind']} {each['session_id']}" for each in report["alerts"]}
    return [each for each in wanted if each in there]


def _unmatched(report: Report, wanted: list[str], builder: FolderBuilder) -> Any:
    return [f"{each['display']} {each['plausible']}" for each in report["unmatched"]]


_OBSERVE: dict[str, Callable[[Report, Any, FolderBuilder], Any]] = {
    "seats": _seats,
    "cases": _cases,
    "steps": _steps,
    "due": _due,
    "first_attempt": _first,
    "triggers": _triggers,
    "weeks": _weeks,
    "alerts": _alerts,
    "unmatched": _unmatched,
}
