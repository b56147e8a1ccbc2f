"""params.json: where time begins, how far it is planned, the caps, and what everything is worth."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from rejoin.domain.makeup.problem import Weights
from rejoin.planning.columns import FARTHEST, MANY
from rejoin.planning.tables import Complaints

NAME: Final = "params.json"
TIERS: Final = 4
DEFAULTS: Final[Mapping[str, int | tuple[int, ...]]] = {
    "risk": (100, 160, 260, 420),
    "before_dependent": 40,
    "same_clinician": 25,
    "same_module_group": 15,
    "off_module_extra": -50,
    "individual": -45,
    "closed_group_per_step": -5,
    "preferred": 20,
    "sooner": 14,
    "dose": 60,
    "full_week": (40, 60, 100, 160),
    "over_soft_target": -12,
}
NOT_BELOW_ZERO: Final = ("dose", "full_week")
"""A session held would take points away: whoever means that has mixed up a sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    horizon: int
    max_per_day: int
    max_per_week: int
    weights: Weights


class _Twice(ValueError):
    pass


def read_params(folder: Path, complaints: Complaints) -> Params:
    """What the file says; where something is wrong, a problem is noted and a default stands in."""
    text, document = _document(folder / NAME, complaints)
    reading = _Params(text, document, complaints)
    reading.check_origin()
    return Params(
        horizon=reading.count("horizon_minutes", FARTHEST),
        max_per_day=reading.count("max_per_day", MANY),
        max_per_week=reading.count("max_per_week", MANY),
        weights=reading.weights(),
    )


def _document(path: Path, complaints: Complaints) -> tuple[str, dict[str, Any] | None]:
    """The text, and what it holds; None where it holds nothing that can be read."""
    if not path.is_file():
        complaints.add(NAME, 1, "file", "is missing")
        return "", None
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
        found = json.loads(text, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        complaints.add(NAME, raw.count(b"\n", 0, error.start) + 1, "encoding", "is not UTF-8")
    except json.JSONDecodeError as error:
        complaints.add(NAME, error.lineno, "file", f"is not JSON: {error.msg}")
    except _Twice as twice:
        complaints.add(NAME, _line_of(text, str(twice)), str(twice), "is there twice")
    except (RecursionError, ValueError):
        complaints.add(NAME, 1, "file", "is not JSON that anybody means")
    else:
        if isinstance(found, dict):
            return text, found
        complaints.add(NAME, 1, "file", "must be an object with keys")
    return "", None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found


def _line_of(text: str, key: str) -> int:
    found = re.search(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


class _Params:
    def __init__(self, text: str, document: dict[str, Any] | None, complaints: Complaints) -> None:
        self.text = text
        self.document = document or {}
        self.is_broken = document is None
        self.complaints = complaints

    def complain(self, key: str, message: str) -> None:
        if not self.is_broken:
            line = _line_of(self.text, key.rpartition(".")[2].partition("[")[0])
            self.complaints.add(NAME, line, key, message)

    def check_origin(self) -> None:
        """Nothing is computed from it; but local days and weeks are only right where it is a Monday."""
        origin = self.document.get("origin")
        try:
            at = datetime.fromisoformat(str(origin))
        except ValueError:
            self.complain("origin", "must be a time such as 2026-06-01T00:00:00Z")
            return
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        if at.weekday() or at != at.replace(hour=0, minute=0, second=0, microsecond=0):
            self.complain("origin", f"must be a Monday 00:00 UTC, not {at:%A %H:%M}")

    def count(self, key: str, most: int) -> int:
        if key not in self.document:
            self.complain(key, "is missing")
            return most
        number = _whole(self.document[key])
        if number is None or not 0 <= number <= most:
            self.complain(key, f"must be a whole number from 0 to {most}")
            return most
        return number

    def weights(self) -> Weights:
        given = self.document.get("weights", {})
        if not isinstance(given, dict):
            self.complain("weights", "must be an object with keys")
            given = {}
        absent = [name for name in DEFAULTS if name not in given]
        for name in given:
            meant = get_close_matches(name, absent, n=1, cutoff=0.7) if name not in DEFAULTS else []
            if meant:
                self.complain(f"weights.{name}", f"is not a weight we know; is it {meant[0]!r}?")
        worth: dict[str, Any] = {}
        for name, default in DEFAULTS.items():
            value = given.get(name, default)
            worth[name] = (
                self._tiers(name, value) if isinstance(default, tuple) else self._points(name, value)
            )
        if worth["over_soft_target"] > 0:
            self.complain("weights.over_soft_target", "must not be above 0")
        return Weights(**worth)

    def _tiers(self, name: str, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or len(value) != TIERS:
            self.complain(f"weights.{name}", "must be a list of four whole numbers, of risk 0 to 3")
            return (0,) * TIERS
        return tuple(self._points(f"{name}[{place}]", each) for place, each in enumerate(value))

    def _points(self, name: str, value: Any) -> int:
        number = _whole(value)
        low = 0 if name.startswith(NOT_BELOW_ZERO) else -MANY
        if number is None or not low <= number <= MANY:
            self.complain(f"weights.{name}", f"must be a whole number from {low} to {MANY}")
            return 0
        return number


def _whole(value: Any) -> int | None:
    """A whole number; 40.0 is one, true is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        return None
    return int(value)
