"""Synthetic planning folders of any size, from a seed. The numbers are chosen, not fitted to any program: how many are
free when (45 to 70% of their waking hours), that one clinician in eight is licensed everywhere, how many seats are left.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from rejoin.planning.reading import COLUMNS

DAYS: Final = 14
DAY: Final = 1440
STEP: Final = 15
STATES: Final = (
    "AL",
    "AK",
    "AZ",
    "AR",
    "CA",
    "CO",
    "CT",
    "DE",
    "DC",
    "FL",
    "GA",
    "HI",
    "ID",
    "IL",
    "IN",
    "IA",
    "KS",
    "KY",
    "LA",
    "ME",
    "MD",
    "MA",
    "MI",
    "MN",
    "MS",
    "MO",
    "MT",
    "NE",
    "NV",
    "NH",
    "NJ",
    "NM",
    "NY",
    "NC",
    "ND",
    "OH",
    "OK",
    "OR",
    "PA",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VT",
    "VA",
    "WA",
    "WV",
    "WI",
    "WY",
)
ZONES: Final = (-300, -300, -360, -360, -420, -480)
TRACKS: Final = ("mh", "sud", "dual", "trauma", "dbt", "older")
AGES: Final = ("adolescent", "young_adult", "adult")
SKILLS: Final = tuple(f"skill{number:02}" for number in range(16))
TOPICS: Final = tuple(f"topic{number:02}" for number in range(8))
PER_PATIENT: Final = 0.4
PER_GROUP: Final = 10
SLOTS: Final = 1.12
Held = tuple[int, str, str]
"""When a group's session begins, on what service and module."""


@dataclass(kw_only=True)
class _Program:
    """What is drawn once: groups, their clinicians, and who is where."""

    rng: np.random.Generator
    patients: int
    rows: dict[str, list[Sequence[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng = self.rng
        self.groups = max(2, self.patients // PER_GROUP)
        self.pods = max(1, self.groups // 4)
        self.clinicians = max(2, self.pods * 2)
        self.track = rng.choice(TRACKS, self.groups, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
        self.age = rng.choice(AGES, self.groups, p=[0.2, 0.2, 0.6])
        self.language = np.where(rng.random(self.groups) < 0.88, "en", "es")
        self.gender = np.where(rng.random(self.groups) < 0.1, rng.choice(["f", "m"], self.groups), "")
        self.pod = rng.integers(0, self.pods, self.groups)
        self.clinician = self.pod * 2 + rng.integers(0, 2, self.groups)
        self.hour = rng.choice([9, 10, 13, 16, 17, 18, 19], self.groups)
        self.zone = rng.choice(ZONES, self.groups)
        weight = rng.dirichlet(np.full(len(STATES), 0.6))
        everywhere = rng.random(self.clinicians) < 0.12
        self.licences = [
            STATES
            if everywhere[k]
            else sorted(set(rng.choice(STATES, rng.integers(2, 6), p=weight).tolist()))
            for k in range(self.clinicians)
        ]
        self.group_of = np.arange(self.patients) % self.groups
        self.offset = np.where(
            rng.random(self.patients) < 0.8, self.zone[self.group_of], rng.choice(ZONES, self.patients)
        )
        self.held = [self._timetable(group) for group in range(self.groups)]

    def _timetable(self, group: int) -> list[Held]:
        days = [(0, 2, 4), (0, 1, 3), (1, 3, 4)][int(self.rng.integers(0, 3))]
        skill, topic = int(self.rng.integers(0, len(SKILLS))), int(self.rng.integers(0, len(TOPICS)))
        found: list[Held] = []
        for week in range(-1, 2):
            for place, day in enumerate(days):
                at = (week * 7 + day) * DAY + int(self.hour[group]) * 60 - int(self.zone[group])
                found += [(at, "skills", SKILLS[(skill + week) % len(SKILLS)]), (at + 60, "process", "")]
                if place == 1:
                    found.append((at + 120, "psychoed", TOPICS[(topic + week) % len(TOPICS)]))
        return found

    def patient_rows(self) -> Iterator[Sequence[Any]]:
        rng = self.rng
        risk = rng.choice(4, self.patients, p=[0.45, 0.3, 0.18, 0.07])
        gender = rng.choice(["f", "m", "x"], self.patients, p=[0.52, 0.45, 0.03])
        for p, group in enumerate(self.group_of.tolist()):
            licensed = self.licences[self.clinician[group]]
            state = rng.choice(licensed if rng.random() < 0.9 else STATES)
            spoken = {str(self.language[group])} | ({"en"} if rng.random() < 0.6 else set())
            yield (
                *(f"p{p}", state, int(self.offset[p]), self.track[group], self.age[group]),
                *(
                    self.gender[group] or gender[p],
                    ";".join(sorted(spoken)),
                    int(risk[p]),
                    f"pay{rng.integers(0, 8)}",
                ),
                *(f"c{group}", f"pod{self.pod[group]}", f"k{self.clinician[group]}"),
                *(int(rng.integers(8, 21)), int(rng.integers(0, 2))),
            )

    def free_rows(self) -> Iterator[Sequence[Any]]:
        """Three-hour pieces of waking hours, free or not; never while the own group meets."""
        steps = DAYS * DAY // STEP
        for p, group in enumerate(self.group_of.tolist()):
            share, offset = self.rng.uniform(0.45, 0.70), int(self.offset[p])
            minute = (np.arange(steps) * STEP + offset) % DAY
            busy = (minute < 7 * 60) | (minute >= 22 * 60)
            for piece in np.flatnonzero(self.rng.random(5 * (DAYS + 1)) >= share).tolist():
                at = (piece // 5 - 1) * DAY + (7 + piece % 5 * 3) * 60 - offset
                busy[max(0, at) // STEP : max(0, at + 180) // STEP] = True
            for at, _, _ in self.held[group]:
                if at >= 0:
                    busy[at // STEP : (at + 60) // STEP] = True
            edge = np.flatnonzero(np.diff(np.concatenate(([True], busy, [True])).astype(np.int8))).tolist()
            for begin, end in zip(edge[::2], edge[1::2], strict=True):
                yield f"p{p}", begin * STEP, end * STEP

    def missed_rows(self, size: int) -> Iterator[Sequence[Any]]:
        """Some patients miss much more than others."""
        rng, seen = self.rng, set[tuple[int, int]]()
        for p in rng.choice(self.patients, size * 8, p=rng.dirichlet(np.full(self.patients, 1.2))).tolist():
            held = self.held[self.group_of[p]]
            which = int(rng.integers(0, len(held) * 2 // 3))
            if len(seen) == size or (p, which) in seen:
                continue
            at, service, module = held[which]
            known = at - int(rng.integers(1, 48)) * 60 if rng.random() < 0.25 else at + 15
            deadline = at + (7 if rng.random() < 0.9 else 10) * DAY
            depends = at + int(rng.integers(2, 8)) * DAY if service == "skills" and rng.random() < 0.7 else ""
            yield (
                *(f"m{len(seen)}", f"p{p}", at, 60, service, module),
                *(max(0, known), min(DAYS * DAY, deadline), depends),
            )
            seen.add((p, which))

    def slot_rows(self, size: int) -> Iterator[Sequence[Any]]:
        number = 0
        for row in (*self._group_slots(), *self._extra_slots(size)):
            yield f"s{number}", *row
            number += 1
        block = 0
        while number < size * SLOTS:
            block += 1
            for row in self._individual_slots(block):
                yield f"s{number}", *row
                number += 1

    def _group_slots(self) -> Iterator[Sequence[Any]]:
        rng = self.rng
        for group in range(self.groups):
            for at, service, module in self.held[group]:
                seats = int(rng.integers(0, 4))
                if at >= 0 and at + 60 <= DAYS * DAY and seats:
                    soft, steps = max(0, seats - int(rng.integers(0, 2))), int(rng.integers(0, 3))
                    clinician = int(self.clinician[group])
                    yield (
                        *(at, at + 60, "cohort", service, module, self.track[group], self.age[group]),
                        *(self.language[group], self.gender[group], ";".join(self.licences[clinician])),
                        *(f"k{clinician}", "", f"c{group}", f"pod{self.pod[group]}", seats, soft, steps),
                    )

    def _extra_slots(self, size: int) -> Iterator[Sequence[Any]]:
        rng = self.rng
        for _ in range(max(2, size // 12)):
            clinician, group = int(rng.integers(0, self.clinicians)), int(rng.integers(0, self.groups))
            at = int(rng.integers(0, DAYS * DAY // STEP - 4)) * STEP
            draw, seats = rng.random(), int(rng.integers(3, 9))
            service = "skills" if draw < 0.6 else "psychoed" if draw < 0.8 else "process"
            module = {"skills": rng.choice(SKILLS), "psychoed": rng.choice(TOPICS), "process": ""}[service]
            yield (
                *(
                    at,
                    at + 60,
                    "extra",
                    service,
                    module,
                    self.track[group],
                    self.age[group],
                    self.language[group],
                ),
                *("", ";".join(self.licences[clinician]), f"k{clinician}", "", "", f"pod{clinician // 2}"),
                *(seats, seats - int(rng.integers(0, 3)), 0),
            )

    def _individual_slots(self, block: int) -> Iterator[Sequence[Any]]:
        """Starts every half hour in a clinician's open block; each takes fifty minutes."""
        rng = self.rng
        clinician = int(rng.integers(0, self.clinicians))
        at = int(rng.integers(0, DAYS)) * DAY + int(rng.integers(13, 23)) * 60
        own = np.flatnonzero(self.pod == clinician // 2)
        group = int(rng.choice(own)) if len(own) else 0
        for start in range(at, at + 30 * int(rng.integers(2, 6)), 30):
            if start + 50 <= DAYS * DAY:
                yield (
                    *(start, start + 50, "individual", "individual", "", self.track[group], self.age[group]),
                    *(
                        self.language[group],
                        "",
                        ";".join(self.licences[clinician]),
                        f"k{clinician}",
                        f"b{block}",
                    ),
                    *("", f"pod{clinician // 2}", 1, 1, 0),
                )


def write_instance(folder: Path, *, size: int, seed: int, apart: float = 0.04) -> Path:
    """A folder of the contract with `size` missed sessions; `apart` is how many conflicts there are for each patient."""
    rng = np.random.Generator(np.random.PCG64([seed, size]))
    program = _Program(rng=rng, patients=max(4, int(size * PER_PATIENT)))
    tables: dict[str, list[Sequence[Any]]] = {
        "payers": [
            (f"pay{k}", "sun" if k % 3 == 0 else "mon", int(k % 2 == 0), int(k % 4 != 3)) for k in range(8)
        ],
        "patients": list(program.patient_rows()),
        "availability": list(program.free_rows()),
        "missed": list(program.missed_rows(size)),
        "slots": list(program.slot_rows(size)),
        "members": [(f"c{group}", f"p{p}") for p, group in enumerate(program.group_of.tolist())],
    }
    pairs = {
        tuple(sorted(rng.choice(program.patients, 2, replace=False).tolist()))
        for _ in range(int(program.patients * apart))
    }
    tables["conflicts"] = [(f"p{a}", f"p{b}") for a, b in sorted(pairs)]
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([COLUMNS[name].split(), *rows])
    params = {
        "origin": "2026-06-01T00:00:00Z",
        "horizon_minutes": DAYS * DAY,
        "max_per_day": 2,
        "max_per_week": 4,
    }
    (folder / "params.json").write_text(json.dumps(params))
    return folder
