"""Logs as lines of JSON: an event's name and opaque ids. No names, no free text, no values of a row.

What is written is chosen here and not where it is logged, because the libraries below us put arguments,
addresses and rows into their messages, and a traceback's last line may quote a patient.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from uuid import UUID

EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
WORD = re.compile(r"[a-z][a-z0-9_.:-]{0,63}")
MADE_HERE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Beside these only ids, counts and durations pass, by the ending of their name. A program's own identifier of
# a patient is a text: of those only what was made at random passes.
NAMES = frozenset({"action", "attempt", "code", "queue", "status", "status_code", "task_name"})
ENDINGS = ("_id", "_count", "_seconds")


class JsonLine(logging.Formatter):
    """One record, one line, nothing in it that names a person."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _event(record),
            **_opaque_fields(vars(record)),
            **_job(record),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        return json.dumps(line, separators=(",", ":"))


def _event(record: logging.LogRecord) -> str:
    """Ours is the message itself; of others only who spoke and, where they name it, what they did."""
    message = record.msg
    if record.name.startswith("rejoin") and isinstance(message, str) and EVENT.fullmatch(message):
        return message
    action = getattr(record, "action", None)
    named = isinstance(action, str) and EVENT.fullmatch(action)
    return f"{record.name}.{action}" if named else record.name


def _opaque_fields(fields: dict[str, object]) -> dict[str, object]:
    return {
        name: str(value) if isinstance(value, UUID) else value
        for name, value in fields.items()
        if (name in NAMES and _is_word(value)) or (name.endswith(ENDINGS) and _is_opaque(value))
    }


def _is_word(value: object) -> bool:
    """One of ours: small letters, no spaces, not long."""
    return isinstance(value, int) or (isinstance(value, str) and WORD.fullmatch(value) is not None)


def _is_opaque(value: object) -> bool:
    """A number of ours, or an id that was made at random."""
    if isinstance(value, str):
        return MADE_HERE.fullmatch(value) is not None
    return isinstance(value, int | float | UUID)


def _job(record: logging.LogRecord) -> dict[str, object]:
    """Which job it was, without the arguments that the queue's own records carry."""
    job = getattr(record, "job", None)
    if not isinstance(job, dict):
        return {}
    return _opaque_fields(
        {"job_id": job.get("id"), "task_name": job.get("task_name"), "attempt": job.get("attempts")}
    )
