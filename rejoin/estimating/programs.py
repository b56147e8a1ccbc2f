"""`rejoin progress program`: what a program's patients come to on average."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rejoin.domain.kernel import Problem, Refusal
from rejoin.domain.progress import Pooled, ProgramChange, Series, lay_out, program_change
from rejoin.domain.progress.level import Floats, Ints, Truths
from rejoin.domain.progress.program import FARTHEST
from rejoin.domain.progress.unseen import DELTA_MEAN, DELTA_SD
from rejoin.estimating.scores import NUMBER, Complaints, Scores, in_order, read_scores
from rejoin.sheets.refused import BadInput

CONTROLS: Final = ("placebo", "control", "tau", "usual", "usual care", "treatment as usual", "reference", "0")
"""Names of an arm that the other is compared with, where nobody says which."""
MOST_VISITS: Final = 26
SHARE_OF_A_VISIT: Final = 0.1
"""A day on which fewer of the patients were due belongs to a visit beside it."""
NEAR: Final = 3.0
"""Days: within so many of a visit's day is no other visit."""
SEED: Final = 20_261_123


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the columns of the file are called."""

    baseline: str | None
    arm: str | None
    reference: str | None
    visit: str | None


def program_file(path: Path, columns: Columns, *, only: str | None = None) -> dict[str, Any]:
    """`BadInput` where the file cannot be taken. The same file gives the same answer."""
    try:
        return _program(path, columns, only)
    except Refusal as refusal:  # of the whole file: no line of it is to blame
        raise BadInput([Problem(file=path.name, line=1, field="file", message=refusal.message)]) from None


def _require_sense(path: Path, columns: Columns) -> None:
    """What is asked of columns that nobody named is told, not left out."""
    asked = (
        ("--baseline-col", columns.baseline),
        ("--arm-col", columns.arm),
        ("--reference-arm", columns.reference),
        ("--visit-col", columns.visit),
    )
    wrong = [(option, "is empty: name one, or leave it out") for option, said in asked if said == ""]
    if columns.reference and columns.arm is None:
        wrong.append(
            ("--reference-arm", "says with which arm to compare: say with --arm-col where arms stand")
        )
    if wrong:
        raise BadInput(
            [Problem(file=path.name, line=1, field=option, message=told) for option, told in wrong]
        )


def _program(path: Path, columns: Columns, only: str | None) -> dict[str, Any]:
    _require_sense(path, columns)
    further = [each for each in (columns.baseline, columns.arm, columns.visit) if each]
    sheet = read_scores(path, only=only, further=further, where_there=("visit",))
    if len(sheet.scores) != 1:
        raise Refusal("progress.several", "holds several instruments: say which with --instrument")
    scores, complaints = sheet.scores[0], Complaints(path.name)
    series, whose, order = in_order(scores)
    asked = _Asked(scores, order, series.patient, complaints)
    baseline = asked.numbers(columns.baseline) if columns.baseline else None
    arm, arms = asked.arms(columns.arm, columns.reference) if columns.arm else (None, ())
    complaints.raise_if_any()
    visit = columns.visit or ("visit" if "visit" in scores.more else None)
    table, days, left_out = asked.table(series, visit, since_start=baseline is not None)
    attended = None if series.attended is None else _shares(series.patient, series.attended)
    visits = lay_out(table, arm=arm, baseline=baseline, attended=attended, worse=scores.instrument.worse)
    found = program_change(visits, chance=np.random.default_rng(SEED))
    since = "the baseline" if baseline is not None else f"day {days[0]:g}"
    compared = f"difference {arms[0]} - {arms[1]}" if arms else f"mean change from {since}"
    return {
        "question": f"{compared} on day {days[-1]:g}" if arms else f"{compared} to day {days[-1]:g}",
        "instrument": scores.instrument.key or None,
        "instrument_version": scores.version or None,
        "worse_is": "higher" if scores.instrument.higher_is_worse else "lower",
        "patients": len(whose),
        "visit_days": days.tolist(),
        "left_out": left_out,
        "arms": list(arms),
        "attendance_helped": attended is not None,
        **_told(found, arms, scores.instrument.worse),
    }


class _Asked:
    """Further columns of the file, one value a patient."""

    def __init__(self, scores: Scores, order: Ints, patient: Ints, complaints: Complaints) -> None:
        self.scores, self.order, self.patient, self.complaints = scores, order, patient, complaints
        self.patients = int(patient[-1]) + 1

    def _cells(self, column: str) -> list[str]:
        cells = self.scores.more[column.strip().lower()]
        return [cells[row] for row in self.order]

    def _line(self, place: int) -> int:
        return int(self.scores.line[int(self.order[place])])

    def words(self, column: str) -> list[str]:
        """The same on every row of a patient that says anything."""
        found = [""] * self.patients
        for place, cell in enumerate(self._cells(column)):
            whose = int(self.patient[place])
            if cell and found[whose] and cell != found[whose]:
                told = f"{cell[:40]!r} where another row of the same patient has {found[whose][:40]!r}"
                self.complaints.add(self._line(place), column, told)
            found[whose] = found[whose] or cell
        for nobody in np.flatnonzero([not each for each in found]):
            row = int(np.searchsorted(self.patient, nobody))
            self.complaints.add(self._line(row), column, "is empty for this patient")
        return found

    def numbers(self, column: str) -> Floats:
        found = self.words(column)
        values = np.zeros(self.patients)
        lowest, highest = self.scores.instrument.lowest, self.scores.instrument.highest
        for whose, cell in enumerate(found):
            if not cell:
                continue
            line = self._line(int(np.searchsorted(self.patient, whose)))
            if not NUMBER.fullmatch(cell):
                self.complaints.add(line, column, f"{cell[:40]!r} is not a number")
            elif not lowest <= float(cell) <= highest:
                self.complaints.add(line, column, f"{cell[:40]} is not from {lowest:g} to {highest:g}")
            else:
                values[whose] = float(cell)
        return values

    def arms(self, column: str, reference: str | None) -> tuple[Truths | None, tuple[str, ...]]:
        """Who is in the arm that is compared, and (it, the reference)."""
        found = self.words(column)
        names = sorted({each for each in found if each})
        if len(names) != 2:
            more = ": keep the rows of two of them in the file" if len(names) > 2 else ""
            self.complaints.add(1, column, f"has {len(names)} arms; a comparison is of two{more}")
            return None, ()
        if reference is not None and reference not in names:
            self.complaints.add(
                1, column, f"has no arm {reference!r}; there are {names[0]!r} and {names[1]!r}"
            )
            return None, ()
        against = reference or next((each for each in names if each.lower() in CONTROLS), names[0])
        compared = names[1] if against == names[0] else names[0]
        return np.array([each == compared for each in found]), (compared, against)

    def table(self, series: Series, column: str | None, *, since_start: bool) -> tuple[Floats, Floats, int]:
        """(patients, visits), the score nearest to each visit's day; those days; and how many scores were left out.

        Where the baseline stands in a column of its own, what was measured on day 0 or before is that baseline.
        """
        kept = series.day > 0 if since_start else np.ones(len(series.day), bool)
        if not kept.any():
            raise Refusal("progress.visits", "holds no day after 0")
        rows = np.flatnonzero(kept)
        patient, day, score = series.patient[rows], series.day[rows], series.score[rows]
        visit, days = self.visits(column, day, rows)
        if column is None:
            visit = _told_apart(patient, day, visit, days, np.flatnonzero(~np.isnan(score)))
        seen = np.flatnonzero(~np.isnan(score))
        far = np.abs(day - days[visit])[seen]
        table = np.full((self.patients, len(days)), np.nan)
        order = seen[np.argsort(-far, kind="stable")]  # the nearest is written last
        table[patient[order], visit[order]] = score[order]
        return table, days, len(seen) - int((~np.isnan(table)).sum())

    def visits(self, column: str | None, day: Floats, rows: Ints) -> tuple[Ints, Floats]:
        """The number of each row's visit, from 0, and the usual day of each visit."""
        if column is None:
            days = _visit_days(day, self.patients)
            return np.abs(day[:, None] - days).argmin(axis=1), days
        every = self._cells(column)
        cells = [every[row] for row in rows]
        for row, cell in zip(rows, cells, strict=True):
            if not cell:
                self.complaints.add(self._line(int(row)), column, "is empty")
        self.complaints.raise_if_any()
        names, visit = np.unique(np.array(cells), return_inverse=True)
        days = np.array([np.median(day[visit == each]) for each in range(len(names))])
        order = np.argsort(days, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        _require_visits(len(names))
        return place[visit], days[order]


def _visit_days(day: Floats, patients: int) -> Floats:
    """Days on which many were due, the commonest first, and none near another."""
    distinct, count = np.unique(day, return_counts=True)
    taken: list[float] = []
    for place in np.argsort(-count, kind="stable"):
        if all(abs(float(distinct[place]) - each) > NEAR for each in taken) and (
            count[place] >= SHARE_OF_A_VISIT * patients
        ):
            taken.append(float(distinct[place]))
    _require_visits(len(taken))
    return np.array(sorted(taken))


def _told_apart(patient: Ints, day: Floats, visit: Ints, days: Floats, seen: Ints) -> Ints:
    """Visits in which no two scores of a patient meet, where hers are few enough: in order, and the nearest in sum."""
    told = visit.copy()
    met = seen[1:][(np.diff(patient[seen]) == 0) & (np.diff(visit[seen]) == 0)]
    for whose in np.unique(patient[met]):
        hers = seen[patient[seen] == whose]
        if len(hers) <= len(days):
            told[hers] = _nearest_in_order(np.abs(day[hers][:, None] - days))
    return told


def _nearest_in_order(far: Floats) -> list[int]:
    """One column for each row, each further right than the last, of the least sum: (rows, columns), rows <= columns."""
    rows, columns = far.shape
    least = np.zeros(columns + 1)
    from_left = np.empty((rows, columns), bool)
    for row in range(rows):
        taken = least[:-1] + far[row]
        least = np.concatenate([[np.inf], np.minimum.accumulate(taken)])
        from_left[row] = taken > least[1:]
    found, column = [0] * rows, columns - 1
    for row in reversed(range(rows)):
        while from_left[row, column]:
            column -= 1
        found[row] = column
        column -= 1
    return found


def _require_visits(count: int) -> None:
    if not 1 <= count <= MOST_VISITS:
        raise Refusal(
            "progress.visits",
            f"{count} visits were found; the days must gather into 1 to {MOST_VISITS}. Say which visit with --visit-col.",
        )


def _shares(patient: Ints, attended: Floats) -> Floats:
    """The last share that is known of each patient; the mean of the others where none is."""
    known = np.flatnonzero(~np.isnan(attended))
    shares = np.full(int(patient[-1]) + 1, np.nan)
    shares[patient[known]] = attended[known]
    return np.where(np.isnan(shares), np.nanmean(shares), shares)


def _told(found: ProgramChange, arms: Sequence[str], worse: int) -> dict[str, Any]:
    return {
        "unseen": found.unseen,
        "estimate": _pooled(
            found.at_random, "multiple imputation, unseen scores at random given what was seen"
        ),
        "with_delta": _pooled(
            found.with_delta, f"unseen scores worse by N({DELTA_MEAN:g}, {DELTA_SD:g}) standard deviations"
        ),
        "mixed_model": _pooled(found.mixed_model, "mixed model for repeated measures, restricted likelihood"),
        "delta_unit": found.delta_unit,
        "tipping_delta": found.tipping_delta,
        "tipping": _tipping(found, arms, worse),
        "comparisons": {
            "completers_only": _pooled(
                found.completers_only, "comparison only: leaves out whoever was not seen"
            ),
            "carried_forward": _pooled(
                found.carried_forward, "comparison only: takes the last score for today's"
            ),
        },
    }


def _pooled(found: Pooled | None, label: str) -> dict[str, Any]:
    if found is None:
        return {"label": label, "estimate": None}
    return {"label": label, **asdict(found)}


def _tipping(found: ProgramChange, arms: Sequence[str], worse: int) -> str:
    whose = f" of {arms[0]}" if arms else ""
    if found.tipping_delta is None:
        if found.at_random.low95 <= 0 <= found.at_random.high95:
            return "The interval holds no change as it is; unseen scores that are worse could still make it a worsening."
        if found.at_random.estimate * worse > 0:
            return "It is a worsening as it is, and unseen scores that are worse make it more of one."
        return f"No tipping point: unseen scores{whose} up to {FARTHEST:g} standard deviations worse leave it an improvement."
    return (
        f"Unseen scores{whose} would have to be {found.tipping_delta:.1f} points worse than expected before the "
        "interval holds no change."
    )
