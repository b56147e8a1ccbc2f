"""A fair comparison of two wordings of the nudge: written down, started, left alone until its end, and read once.

Which wording somebody gets is drawn from the comparison and herself, the same every time: nothing is kept, nobody chooses, and
nothing waits for it. An elevated case and whoever is known to be under 18 get the wording as it is. Who is elevated counts in the
arm that was drawn for her all the same (intention to treat). Quiet hours, consents, channels and times are those of the policy.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.domain.learning.experiment import Arm, Design, Outcome, assign, read_experiment, write_design
from rejoin.insights.experiment_models import Experiment, ExperimentReading, ExperimentStart, ExperimentStop
from rejoin.outreach.outbox import Letter
from rejoin.programs.models import Program

COMPARED: Final[Mapping[str, tuple[str, ...]]] = {"neutral_nudge": ("neutral_nudge_brief",)}
"""Messages that have another wording, as neutral as the first."""
POWER: Final = 0.8
RUNNING: Final = """
SELECT experiment.program_id, experiment.ref::text, experiment.template, experiment.variant
  FROM insights_experiment AS experiment JOIN insights_experimentstart AS start ON start.experiment_id = experiment.id
 WHERE experiment.program_id = ANY(%(programs)s) AND experiment.starts_at <= %(at)s AND experiment.ends_at > %(at)s
   AND NOT EXISTS (SELECT FROM insights_experimentstop WHERE experiment_id = experiment.id)
   AND NOT EXISTS (SELECT FROM insights_experimentreading WHERE experiment_id = experiment.id)
"""
MINOR: Final = """
EXISTS (SELECT FROM people_birthdate AS born WHERE born.patient_id = patient.id AND born.born_on > %(at)s::date - interval '18 years')
"""
GROWN: Final = f"SELECT patient.id, patient.ref::text FROM people_patient AS patient WHERE patient.id = ANY(%(patients)s) AND NOT {MINOR}"  # noqa: S608 - our own pieces
# Everybody's first such message in the time, and whether she came to a session of the program within the days after it.
CAME: Final = f"""
SELECT patient.ref::text, first.made_at + %(within)s <= %(at)s, EXISTS (
       SELECT FROM attendance_seatstatus AS status JOIN programs_session AS session ON session.id = status.session_id
        WHERE status.patient_id = first.patient_id AND session.program_id = %(program)s AND NOT status.provisional
          AND status.status IN ('attended', 'partial') AND session.starts_at >= first.made_at
          AND session.starts_at < first.made_at + %(within)s)
  FROM (SELECT DISTINCT ON (patient_id) patient_id, made_at FROM outreach_message
         WHERE program_id = %(program)s AND template = ANY(%(templates)s) AND made_at >= %(since)s AND made_at < %(until)s
           AND about LIKE 'case:%%'
         ORDER BY patient_id, made_at, id) AS first
  JOIN people_patient AS patient ON patient.id = first.patient_id
 WHERE NOT {MINOR}
"""  # noqa: S608 - as above


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
    if at >= experiment.ends_at:
        raise Refusal("experiment.over", "Its time is over: write down another.")
    others = Experiment.objects.filter(
        program=experiment.program_id,
        template=experiment.template,
        start__isnull=False,
        stop__isnull=True,
        reading__isnull=True,
        ends_at__gt=at,
    )
    if others.exclude(pk=experiment.pk).exists():
        raise Refusal("experiment.another", "Another comparison of this message is under way.")
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
    """What came of it, once. Before its time a Refusal that tells nothing of the arms."""
    refuse_machines(by, what="reads a comparison")
    start = ExperimentStart.objects.filter(experiment=experiment).first()
    if start is None or ExperimentStop.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.not_run", "It was not started, or was stopped: there is nothing to read.")
    if ExperimentReading.objects.filter(experiment=experiment).exists():
        raise Refusal("experiment.read", "It was read already: what stands there is its reading.")
    found = read_experiment(_design(experiment), _outcomes(experiment, start.at, at), now=at)
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


def in_their_wording(letters: Iterable[Letter], *, elevated: Collection[str], at: datetime) -> list[Letter]:
    """The same letters, of each the wording that a comparison drew. `elevated`: abouts that keep theirs.

    One query, and a second where a comparison is under way. Nothing but the template of a letter ever changes.
    """
    given = list(letters)
    if not given:
        return given
    running = {
        (program, template): (ref, variant)
        for program, ref, template, variant in select(
            RUNNING, {"programs": sorted({each.program_id for each in given}), "at": at}
        )
    }
    if not running:
        return given
    refs = dict(select(GROWN, {"patients": sorted({each.patient_id for each in given}), "at": at}))
    return [
        each._replace(template=variant)
        if each.about not in elevated
        and each.patient_id in refs
        and (found := running.get((each.program_id, each.template))) is not None
        and assign(found[0], refs[each.patient_id]) is Arm.NEW
        and (variant := found[1])
        else each
        for each in given
    ]


def _design(experiment: Experiment) -> Design:
    """By its ref: nobody draws the arms anew by giving it another name."""
    return Design(
        name=str(experiment.ref),
        estimand=experiment.estimand,
        usual_share=experiment.usual_share,
        smallest_difference=experiment.smallest_difference,
        power=experiment.power,
        written_at=experiment.at,
        starts_at=experiment.starts_at,
        ends_at=experiment.ends_at,
    )


def _outcomes(experiment: Experiment, started_at: datetime, at: datetime) -> list[Outcome]:
    asked = {
        "program": experiment.program_id,
        "templates": [experiment.template, experiment.variant],
        "since": max(experiment.starts_at, started_at),
        "until": min(experiment.ends_at, at),
        "within": timedelta(days=experiment.within_days),
        "at": at,
    }
    return [
        Outcome(patient=ref, came=came if is_known else None) for ref, is_known, came in select(CAME, asked)
    ]


def _tell(verb: str, experiment: Experiment, by: Actor, at: datetime) -> None:
    record(verb, f"experiment:{experiment.pk}", by=by, at=at, program=experiment.program_id)
