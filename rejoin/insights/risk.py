"""Who may be lost to contact, from a program's own record: weeks, estimates of them, and whether these still fit.

Once a night for each program, by its own wall clock. What is not known is said by the model card (docs/model-card.md). A week
counts as missed where she came to nothing of what was decided in it. A week of which nothing is decided (nothing held, nothing
recorded, or she was excused) is no week of hers: it breaks no streak and adds to none. Who withdrew is followed for four weeks
more: that she does not come is known. Every other ending ends her weeks, and what would have come after it is not known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Final

import numpy as np

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import select
from rejoin.domain.risk.because import because
from rejoin.domain.risk.drift import Drift, look_for_drift
from rejoin.domain.risk.estimating import Estimates, estimate
from rejoin.domain.risk.features import attendance
from rejoin.domain.risk.queue import queue_estimate
from rejoin.domain.risk.targets import losing_contact
from rejoin.domain.risk.weeks import Ints, Weeks, followed
from rejoin.estimating.models_file import shipped_models
from rejoin.insights.nights import CLAIMABLE, TONIGHT, night_of, sweep_night
from rejoin.insights.risk_models import RiskEstimate, RiskRun
from rejoin.insights.vocabulary import Nightly

WEEK: Final = 7
LOOKS_EVERY: Final = timedelta(days=7)
SILENT: Final = timedelta(days=14)
"""After so long without a week of which anything is decided, her last estimate is of somebody whom nobody has looked for. Ours."""
PERIOD: Final = 91
"""Days: a quarter of estimates is looked at together."""
QUARTERS_FROM: Final = date(2020, 1, 6)
"""A Monday: any would do."""
# One program whose night has come and whose estimates have not. Another worker has it, or nobody.
DUE: Final = f"""
SELECT program.id FROM programs_program AS program
 WHERE EXISTS (SELECT FROM programs_policyversion WHERE program_id = program.id)
   AND NOT EXISTS (SELECT FROM insights_riskrun AS run
                    WHERE run.program_id = program.id AND run.until_on >= {TONIGHT} AND run.model = %(model)s)
   AND {CLAIMABLE}
 ORDER BY program.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608 - our own conditions
# Each patient with her first day, how many whole weeks she has, whether she has a place, the days of what was decided, those on
# which she came, and when she withdrew.
WEEKS: Final = """
WITH told AS MATERIALIZED (
    SELECT seat.patient_id, (session.starts_at AT TIME ZONE %(zone)s)::date AS day, status.status IN ('attended', 'partial') AS came,
           status.status <> 'excused' AS told_of_her
      FROM programs_session AS session
      JOIN programs_seat AS seat ON seat.session_id = session.id AND seat.released_at IS NULL
      JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
     WHERE session.program_id = %(program)s AND NOT status.provisional AND status.status NOT IN ('cancelled', 'unrecorded')
       AND session.starts_at < (%(until)s::date::timestamp AT TIME ZONE %(zone)s)),
first AS (SELECT patient_id, min(day) AS day FROM told GROUP BY 1),
place AS (
    SELECT patient_id, bool_or(ended_at IS NULL AND coalesce(until_on, 'infinity') >= %(until)s) AS here,
           max(least(coalesce((ended_at AT TIME ZONE %(zone)s)::date, until_on + 1, 'infinity'::date), %(until)s)
               + CASE WHEN ending = 'withdrew' THEN 28 ELSE 0 END) AS until_on,
           max((ended_at AT TIME ZONE %(zone)s)::date) FILTER (WHERE ending = 'withdrew') AS withdrew_on
      FROM programs_enrolment WHERE program_id = %(program)s GROUP BY 1)
SELECT first.patient_id, first.day, (least(place.until_on, %(until)s) - first.day) / 7, place.here,
       coalesce(array_agg(DISTINCT told.day - first.day) FILTER (WHERE told.told_of_her), '{}'),
       coalesce(array_agg(DISTINCT told.day - first.day) FILTER (WHERE told.came), '{}'),
       place.withdrew_on - first.day
  FROM first JOIN place USING (patient_id) JOIN told USING (patient_id)
 WHERE least(place.until_on, %(until)s) - first.day >= 7
 GROUP BY first.patient_id, first.day, place.until_on, place.here, place.withdrew_on ORDER BY first.day, first.patient_id
"""
# The first word of each patient-week that was said with the program's own level.
SAID: Final = """
SELECT DISTINCT ON (told.patient_id, told.week_ends_on) told.patient_id, told.chance, told.week_ends_on
  FROM insights_riskestimate AS told JOIN insights_riskrun AS run ON run.id = told.run_id
 WHERE run.program_id = %s AND run.calibrated AND told.at_risk AND told.at <= %s
 ORDER BY told.patient_id, told.week_ends_on, told.id
"""
LOOKED: Final = "SELECT max(at) FROM insights_riskrun WHERE program_id = %s AND fits <> ''"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Record:
    """A program's weeks, and by patient (in their order) who she is, and whether she has a place."""

    weeks: Weeks
    ends_on: list[date]
    """Of each row, the last day of its week: weeks of which nothing is decided lie between them."""
    who: list[int]
    here: list[bool]

    @property
    def last_rows(self) -> Ints:
        """Of each patient, the row of her last week."""
        return np.flatnonzero(followed(self.weeks) == 0)


@cache
def model_version() -> str:
    """Of the coefficients that ship."""
    lying = resources.files("rejoin.estimating") / "shipped" / "contact.json"
    return f"contact-{sha256(lying.read_bytes()).hexdigest()[:12]}"


def sweep_risk(*, now: datetime) -> int:
    """The estimates of one program whose night has come. Returns how many programs there were: one or none."""
    return sweep_night(Nightly.RISK, DUE, estimate_program, model=model_version(), now=now)


@action("insights.estimate_risk")
def estimate_program(*, program: int, by: Actor, at: datetime) -> None:
    """One program's night: its weeks read once, its level set by those who were followed, everybody's estimate appended."""
    zone, until = night_of(program, at)
    found = read_weeks(program, zone=zone, until=until)
    made = (
        estimate(found.weeks, shipped_models(), local=found.weeks.patients) if found.weeks.count > 1 else None
    )
    rows = list(_rows(found, made, until)) if made is not None else []
    drift = _drift(program, found, at) if made is not None and made.is_calibrated else None
    shift = made.shift if made is not None else None
    run = RiskRun.objects.create(
        program_id=program,
        model=model_version(),
        until_on=until,
        patients=len(rows),
        ranked=sum(bool(row[4]) for row in rows),
        followed=shift.patients if shift else 0,
        events=shift.events if shift else 0,
        calibrated=made is not None and made.is_calibrated,
        shift=shift.by if shift else None,
        shift_error=shift.error if shift else None,
        fits=drift.verdict.value if drift else "",
        fits_because=drift.because if drift else "",
        at=at,
        by=str(by),
    )
    insert_rows(RiskEstimate, COLUMNS, [(at, str(by), run.pk, *row) for row in rows])
    record("insights.estimate_risk", f"program:{program}", by=by, at=at, program=program)


COLUMNS: Final = (
    *(
        "at",
        "by",
        "run",
        "patient",
        "week",
        "week_ends_on",
        "streak",
        "at_risk",
        "chance",
        "low",
        "high",
        "place",
        "level",
    ),
    *("orders_by", "because"),
)


def read_weeks(program: int, *, zone: str, until: date) -> Record:
    """Whole weeks of everybody who was ever expected there, up to a day that is not counted. One query."""
    rows = [
        each
        for each in map(_of_patient, select(WEEKS, {"program": program, "zone": zone, "until": until}))
        if each.known
    ]
    counts = np.array([len(each.known) for each in rows], np.int64)
    patient = np.repeat(np.arange(len(rows)), counts)
    week = np.arange(len(patient)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    days = np.array([each.days_in[number] for each in rows for number in each.known], np.int64)
    never = np.zeros(len(patient), bool)
    weeks = Weeks(
        patient=patient,
        week=week,
        attended=days > 0,
        contact_days=days,
        tested=never,
        positive=never,
        weeks_left=np.repeat(counts, counts) - week,
    )
    return Record(
        weeks=weeks,
        ends_on=[
            each.first_day + timedelta(days=(number + 1) * WEEK - 1) for each in rows for number in each.known
        ],
        who=[each.who for each in rows],
        here=[each.here for each in rows],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Of one patient: her weeks of which something is known, from 0, and on how many days of each she came."""

    who: int
    first_day: date
    here: bool
    known: list[int]
    days_in: Counter[int]


def _of_patient(row: tuple[int, date, int, bool, list[int], list[int], int | None]) -> _Told:
    who, first_day, weeks, here, decided, came, withdrew = row
    known = {day // WEEK for day in decided}
    if withdrew is not None:
        known |= set(range(withdrew // WEEK, weeks))
    return _Told(
        who=who,
        first_day=first_day,
        here=here,
        known=sorted(each for each in known if 0 <= each < weeks),
        days_in=Counter(day // WEEK for day in came),
    )


def _rows(found: Record, made: Estimates, until: date) -> Iterator[tuple[Any, ...]]:
    """In the order of `COLUMNS`, from the patient on: of everybody who has a place and two weeks behind her."""
    weeks, last = found.weeks, found.last_rows
    heard = np.array([found.ends_on[row] >= until - SILENT for row in last.tolist()], bool)
    now = last[np.array(found.here, bool) & heard & made.is_landmark[last]]
    if not len(now):
        return
    at_risk = now[made.at_risk[now]]
    words, orders = because(weeks, shipped_models()), queue_estimate(weeks, shipped_models())
    places = dict(zip(at_risk.tolist(), _places(orders[at_risk]), strict=True))
    sharing = Counter(places.values())
    streak = attendance(weeks)["streak"]
    for row in now.tolist():
        whose, week = int(weeks.patient[row]), int(weeks.week[row])
        p, low, high = (min(max(float(each[row]), 0.0), 1.0) for each in (made.p, made.low, made.high))
        yield (
            *(found.who[whose], week, found.ends_on[row], int(streak[row]), bool(made.at_risk[row])),
            *(p, min(low, p), max(high, p)),
            *((place := places.get(row)), sharing[place] - 1 if place else None),
            *(float(orders[row]), words[row]),
        )


def _places(p: Any) -> Sequence[int]:
    """1 for the highest; those who are level share theirs, and the last digit of a float sets nobody apart."""
    falling = -np.round(p, 12)
    return [int(each) + 1 for each in np.searchsorted(np.sort(falling), falling, side="left")]


def _drift(program: int, found: Record, at: datetime) -> Drift | None:
    """What was said in earlier weeks against what came of it; None where somebody looked less than a week ago."""
    ((looked,),) = select(LOOKED, [program])
    if looked is not None and at - looked < LOOKS_EVERY:
        return None
    target = losing_contact(found.weeks)
    row_of = {
        (found.who[whose], ends_on): row
        for row, (whose, ends_on) in enumerate(zip(found.weeks.patient.tolist(), found.ends_on, strict=True))
    }
    told = [
        (row_of[who, ends_on], chance, (ends_on - QUARTERS_FROM).days // PERIOD)
        for who, chance, ends_on in select(SAID, [program, at])
        if (who, ends_on) in row_of  # what was recorded late may have moved her weeks
    ]
    kept = [each for each in told if target.usable[each[0]]]
    rows = np.array([each[0] for each in kept], np.int64)
    return look_for_drift(
        np.array([each[1] for each in kept], np.float64),
        target.happened[rows],
        found.weeks.patient[rows],
        np.array([each[2] for each in kept], np.int64),
    )
