"""A fair comparison of two wordings of the nudge: written down, started, left alone until its end, and read once.

Which arm somebody is in is drawn from the comparison and herself, and written down with her first such message: nobody
chooses, and nothing waits for it. Whoever is known to be under 18 then is in none, and gets the wording as it is; what is
learnt later takes nobody out. An elevated case gets the wording as it is and counts in the arm that was drawn for it all the
same (intention to treat). Quiet hours, consents, channels and times are those of the policy.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.domain.learning.experiment import (
    Arm,
    Design,
    Outcome,
    assign,
    read_experiment,
    refuse_early,
    write_design,
)
from rejoin.insights.experiment_models import (
    Experiment,
    ExperimentAllotment,
    ExperimentReading,
    ExperimentStart,
    ExperimentStop,
)
from rejoin.outreach.outbox import Letter
from rejoin.programs.models import Program

COMPARED: Final[Mapping[str, tuple[str, ...]]] = {"neutral_nudge": ("neutral_nudge_brief",)}
"""Messages that have another wording, as neutral as the first."""
POWER: Final = 0.8
ONE_BY_ONE: Final = 0x436F6D70 << 32
"""The half of an advisory lock's number that says it is of comparisons; the other half is a program's."""
RUNNING: Final = """
SELECT experiment.program_id, experiment.template, experiment.id, experiment.ref::text, experiment.variant
  FROM insights_experiment AS experiment JOIN insights_experimentstart AS start ON start.experiment_id = experiment.id
 WHERE experiment.program_id = ANY(%(programs)s) AND experiment.starts_at <= %(at)s AND experiment.ends_at > %(at)s
   AND NOT EXISTS (SELECT FROM insights_experimentstop WHERE experiment_id = experiment.id)
"""
# By the last word of her birth there was; without one by the band of age she is in.
GROWN: Final = """
SELECT patient.id, patient.ref::text FROM people_patient AS patient
  LEFT JOIN LATERAL (
       SELECT born.born_on FROM people_birthdate AS born WHERE born.patient_id = patient.id AND born.at <= %(at)s
        ORDER BY born.at DESC, born.id DESC LIMIT 1) AS told ON true
 WHERE patient.id = ANY(%(patients)s)
   AND CASE WHEN told.born_on IS NULL THEN patient.age_band <> 'adolescent'
            ELSE told.born_on <= (%(at)s AT TIME ZONE patient.timezone)::date - interval '18 years' END
"""
QUEUED: Final = "SELECT key FROM outreach_message WHERE key = ANY(%s)"
# Whether she came to a session of the program within the days after it. Where one of them is not decided, or nobody
# recorded what came of it, and she came to no other, nobody knows.
CAME: Final = """
SELECT arm, CASE WHEN bool_or(status IN ('attended', 'partial')) THEN true WHEN bool_or(undecided) THEN NULL ELSE false END
  FROM (SELECT allotted.patient_id, allotted.arm, status.status, seat.id IS NOT NULL AND coalesce(status.status, 'unrecorded') = 'unrecorded'
               AS undecided
          FROM insights_experimentallotment AS allotted
          LEFT JOIN (programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id)
            ON seat.patient_id = allotted.patient_id AND seat.released_at IS NULL AND session.program_id = %(program)s
               AND session.starts_at >= allotted.at AND session.starts_at < allotted.at + %(within)s
          LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
         WHERE allotted.experiment_id = %(experiment)s) AS told
 GROUP BY patient_id, arm ORDER BY patient_id
"""


class Running(NamedTuple):
    """A comparison that is under way."""

    id: int
    ref: str
    variant: str


@action("followup.write_experiment")
def write_experiment(  # noqa: PLR0913 - all that is written down before a start
    *,
    program: Program,
    name: str,
    estimand: str,
    variant: str,
    within_days: int,
    usual_share: float,
    smallest_difference: float,
    starts_at: datetime,
    ends_at: datetime,
    by: Actor,
    at: datetime,
) -> Experiment:
    """Write down what is asked, of how many, and when it is read. Nobody is given another wording by that."""
    refuse_machines(by, what="writes a comparison down")
    template = next((each for each, others in COMPARED.items() if variant in others), None)
    if template is None:
        raise Refusal("experiment.wording", "Choose one of the wordings that there are.")
    design = write_design(
        Design(
            within=timedelta(days=within_days),
            name=name,
            estimand=estimand,
            usual_share=usual_share,
            smallest_difference=smallest_difference,
            power=POWER,
            written_at=at,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )
    with refusing():
        written = Experiment.objects.create(
            program=program,
            name=name.strip(),
            estimand=estimand.strip(),
            template=template,
            variant=variant,
            within_days=within_days,
            usual_share=usual_share,
            smallest_difference=smallest_difference,
            power=POWER,
            per_arm=design.per_arm,
            starts_at=starts_at,
            ends_at=ends_at,
            at=at,
            by=str(by),
        )
    _tell("followup.write_experiment", written, by, at)
    return written


@action("followup.start_experiment")
def start_experiment(*, experiment: Experiment, by: Actor, at: datetime) -> ExperimentStart:
    """A named person starts it as it is written. One at a time for a message of a program."""
    refuse_machines(by, what="starts a comparison")
    _alone(experiment)
    if at >= experiment.ends_at:
        raise Refusal("experiment.over", "Its time is over: write down another.")
    if ExperimentStart.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.started", "Somebody has started it already.")
    others = Experiment.objects.filter(
        program=experiment.program_id,
        template=experiment.template,
        start__isnull=False,
        stop__isnull=True,
        reading__isnull=True,
        ends_at__gt=at,
    )
    if other := others.exclude(pk=experiment.pk).first():
        raise Refusal("experiment.another", f"Another comparison of this message is under way: {other.name}.")
    if ExperimentStop.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.stopped", "It was stopped: write down another.")
    with refusing():
        started = ExperimentStart.objects.create(experiment=experiment, at=at, by=str(by))
    _tell("followup.start_experiment", experiment, by, at)
    return started


@action("followup.stop_experiment")
def stop_experiment(*, experiment: Experiment, words: str, by: Actor, at: datetime) -> ExperimentStop:
    """End it before its time, with the reason. From then on everybody gets the message as it is; nothing is read."""
    refuse_machines(by, what="stops a comparison")
    _alone(experiment)
    if ExperimentStop.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.stopped", "Somebody has stopped it already.")
    if ExperimentReading.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.read", "It was read already.")
    if not words.strip():
        raise Refusal("experiment.words", "Say in a sentence why.")
    with refusing():
        stopped = ExperimentStop.objects.create(experiment=experiment, words=words.strip(), at=at, by=str(by))
    _tell("followup.stop_experiment", experiment, by, at)
    return stopped


@action("followup.read_experiment")
def read_its_end(*, experiment: Experiment, by: Actor, at: datetime) -> ExperimentReading:
    """What came of it, once, when the last patients have had their days. Before that a Refusal, and nothing is counted."""
    refuse_machines(by, what="reads a comparison")
    _alone(experiment)
    started = ExperimentStart.objects.filter(experiment=experiment).exists()
    if not started or ExperimentStop.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.not_run", "It was not started, or was stopped: there is nothing to read.")
    if ExperimentReading.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.read", "It was read already: what stands there is its reading.")
    design = _design(experiment)
    refuse_early(design, at)
    found = read_experiment(design, _outcomes(experiment), planned=experiment.per_arm, now=at)
    with refusing():
        reading = ExperimentReading.objects.create(
            experiment=experiment,
            usual_came=found.usual.count,
            usual_known=found.usual.of,
            new_came=found.new.count,
            new_known=found.new.of,
            unknown=found.unknown,
            difference=found.difference,
            low=found.low,
            high=found.high,
            because=found.because,
            at=at,
            by=str(by),
        )
    _tell("followup.read_experiment", experiment, by, at)
    return reading


def in_their_wording(
    letters: Iterable[Letter], *, elevated: Collection[str], by: Actor, at: datetime
) -> list[Letter]:
    """The same letters, of each the wording of her arm. `elevated`: abouts that keep theirs.

    One query, and three more where a comparison is under way. Nothing but the template of a letter ever changes.
    """
    given = list(letters)
    running = _running(given, at) if given else {}
    compared = [each for each in given if (each.program_id, each.template) in running]
    if not compared:
        return given
    grown = dict(select(GROWN, {"patients": sorted({each.patient_id for each in compared}), "at": at}))
    drawn = {
        each: (found, assign(found.ref, grown[each.patient_id]))
        for each in compared
        if each.patient_id in grown and (found := running[each.program_id, each.template])
    }
    _allot(drawn, by=by, at=at)
    changed = {
        each: found.variant
        for each, (found, arm) in drawn.items()
        if arm is Arm.NEW and each.about not in elevated
    }
    return [each._replace(template=changed.get(each, each.template)) for each in given]


def _running(letters: Sequence[Letter], at: datetime) -> dict[tuple[int, str], Running]:
    asked = {"programs": sorted({each.program_id for each in letters}), "at": at}
    return {(program, template): Running(*row) for program, template, *row in select(RUNNING, asked)}


def _allot(drawn: Mapping[Letter, tuple[Running, Arm]], *, by: Actor, at: datetime) -> None:
    """With her first such message; one that waits already from before it started is none of it. In one order for everybody."""
    waiting = {key for (key,) in select(QUEUED, [[each.key for each in drawn]])}
    rows = {
        (found.id, each.patient_id, arm.value)
        for each, (found, arm) in drawn.items()
        if each.key not in waiting
    }
    insert_rows(
        ExperimentAllotment,
        ("at", "by", "experiment", "patient", "arm"),
        [(at, str(by), *row) for row in sorted(rows)],
        then="ON CONFLICT (experiment_id, patient_id) DO NOTHING",
    )


def _alone(experiment: Experiment) -> None:
    """Nobody else starts, stops or reads a comparison of the program before this transaction ends."""
    select("SELECT pg_advisory_xact_lock(%s)", [ONE_BY_ONE + experiment.program_id])


def _design(experiment: Experiment) -> Design:
    return Design(
        name=experiment.name,
        within=timedelta(days=experiment.within_days),
        estimand=experiment.estimand,
        usual_share=experiment.usual_share,
        smallest_difference=experiment.smallest_difference,
        power=experiment.power,
        written_at=experiment.at,
        starts_at=experiment.starts_at,
        ends_at=experiment.ends_at,
    )


def _outcomes(experiment: Experiment) -> list[Outcome]:
    asked = {
        "experiment": experiment.pk,
        "program": experiment.program_id,
        "within": timedelta(days=experiment.within_days),
    }
    return [Outcome(arm=Arm(arm), came=came) for arm, came in select(CAME, asked)]


def _tell(verb: str, experiment: Experiment, by: Actor, at: datetime) -> None:
    record(verb, f"experiment:{experiment.pk}", by=by, at=at, program=experiment.program_id)
