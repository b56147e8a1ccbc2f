"""A comparison of two wordings: written down before it starts, drawn the same every time, never in a message's way, read once."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from rejoin.common import clock
from rejoin.common.actors import staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.domain.learning.experiment import Arm, assign, patients_per_arm
from rejoin.followup.experiments import (
    in_their_wording,
    read_its_end,
    start_experiment,
    stop_experiment,
    write_experiment,
)
from rejoin.insights.experiment_models import Experiment, ExperimentReading
from rejoin.insights.figures import bare_figures
from rejoin.outreach.models import Message
from rejoin.outreach.outbox import Letter
from rejoin.people.family_facts import BirthDate
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_learning_pages import came

pytestmark = pytest.mark.django_db
BEFORE = START - timedelta(days=1)
ENDS = START + timedelta(days=60)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def written(scene: Scene, **columns: Any) -> Experiment:
    given = {
        "name": "Shorter nudge",
        "estimand": "Share of patients who come to a session within 7 days of their first nudge, by wording",
        "variant": "neutral_nudge_brief",
        "within_days": 7,
        "usual_share": 0.4,
        "smallest_difference": 0.15,
        "starts_at": BEFORE + timedelta(hours=1),
        "ends_at": ENDS,
        "by": staff_actor(scene.supervisor.pk),
        "at": BEFORE,
        **columns,
    }
    return write_experiment(program=scene.program, **given)


def started(scene: Scene) -> Experiment:
    experiment = written(scene)
    start_experiment(experiment=experiment, by=scene.as_ben(), at=BEFORE + timedelta(minutes=30))
    return experiment


def nudged(scene: Scene, count: int = 10) -> dict[Any, str]:
    """By patient, the template of her nudge."""
    patients = [scene.admit(f"p{each}", phone=f"+1555030{each:04}") for each in range(count)]
    scene.watched(scene.session(*patients))
    for minute in (11, 20, 40):
        scene.run(START + timedelta(minutes=minute), send=False)
    return dict(Message.objects.order_by("-pk").values_list("patient__ref", "template"))


def test_each_gets_the_wording_that_was_drawn_and_nobody_gets_less_for_it(scene: Scene) -> None:
    experiment = started(scene)
    found = nudged(scene)
    assert len(found) == 10
    for ref, template in found.items():
        drawn = assign(str(experiment.ref), str(ref))
        assert template == ("neutral_nudge_brief" if drawn is Arm.NEW else "neutral_nudge")
    assert set(found.values()) == {"neutral_nudge", "neutral_nudge_brief"}


@pytest.mark.parametrize("state", ["written", "stopped"])
def test_what_is_not_under_way_changes_no_word(scene: Scene, state: str) -> None:
    experiment = written(scene) if state == "written" else started(scene)
    if state == "stopped":
        stop_experiment(experiment=experiment, words="Staff asked", by=scene.as_ben(), at=BEFORE)
    assert set(nudged(scene).values()) == {"neutral_nudge"}


def test_an_elevated_case_and_somebody_under_eighteen_keep_the_wording_as_it_is(scene: Scene) -> None:
    started(scene)
    nudged(scene)
    letters = [_letter(each) for each in Message.objects.filter(template="neutral_nudge_brief")]
    usual = [each._replace(template="neutral_nudge") for each in letters]
    assert in_their_wording(usual, elevated=set(), at=START) == letters
    assert in_their_wording(usual, elevated={each.about for each in usual}, at=START) == usual
    for each in letters:
        BirthDate.objects.create(patient_id=each.patient_id, born_on="2010-01-01", at=BEFORE, by="staff:1")
    assert in_their_wording(usual, elevated=set(), at=START) == usual


def _letter(message: Message) -> Any:

    named = {each: getattr(message, each) for each in Letter._fields if each != "quiet"}
    return Letter(**named, quiet=None)


def test_nothing_is_read_before_its_end_and_then_once(scene: Scene) -> None:
    experiment = started(scene)
    found = nudged(scene)
    for message in Message.objects.order_by("pk"):
        if found.pop(message.patient.ref, "") == "neutral_nudge":
            came(scene, message.patient_id, START + timedelta(days=2, hours=message.patient_id % 40 * 4))
    with pytest.raises(Refusal, match="whoever looks earlier"):
        read_its_end(experiment=experiment, by=scene.as_ben(), at=ENDS - timedelta(days=1))
    assert not ExperimentReading.objects.exists()
    reading = read_its_end(experiment=experiment, by=scene.as_ben(), at=ENDS)
    assert reading.usual_known + reading.new_known == 10
    assert reading.new_came == 0
    assert reading.usual_came > 0
    assert reading.low <= reading.difference < 0
    assert "fewer than were planned" in reading.because
    for again in (read_its_end, lambda **who: stop_experiment(words="Late", **who)):
        with pytest.raises(Refusal, match="read already"):
            again(experiment=experiment, by=scene.as_ben(), at=ENDS)


def test_how_many_are_needed_is_worked_out_and_a_second_one_waits(scene: Scene) -> None:
    experiment = started(scene)
    assert experiment.per_arm == patients_per_arm(0.4, 0.55, 0.8)
    other = written(scene, name="Another")
    with pytest.raises(Refusal, match="under way"):
        start_experiment(experiment=other, by=scene.as_ben(), at=BEFORE)
    with pytest.raises(Refusal, match="not started"):
        read_its_end(experiment=other, by=scene.as_ben(), at=ENDS)
    with pytest.raises(Refusal, match="Its time is over"):
        start_experiment(experiment=other, by=scene.as_ben(), at=ENDS)
    with pytest.raises(Refusal, match="wordings"):
        written(scene, variant="a_longer_one")
    with pytest.raises(Refusal, match="before it starts"):
        written(scene, starts_at=BEFORE - timedelta(days=1))
    with pytest.raises(Refusal, match="why"):
        stop_experiment(experiment=experiment, words=" ", by=scene.as_ben(), at=BEFORE)


def test_a_director_writes_starts_and_reads_it_on_the_page_and_a_supervisor_looks(scene: Scene) -> None:
    director, page = client_of(scene.hire("dora", "director")), reverse("console:experiments")
    clock.simulate(shown_at=BEFORE, rate=0)
    said = {"name": "Shorter", "estimand": "Who comes", "variant": "neutral_nudge_brief", "within_days": "7"}
    said |= {"usual": "40", "hoped": "60", "starts_on": "2026-10-07", "ends_on": "2026-11-07"}
    write = reverse("console:experiment_write", args=[scene.program.slug])
    assert director.post(write, said | {"hoped": ""}).status_code == 302
    assert not Experiment.objects.exists()
    director.post(write, said)
    experiment = Experiment.objects.get()
    shown = director.get(page).content.decode()
    assert f"{experiment.per_arm} patients in each arm" in shown
    assert "Written down, not started" in shown
    for act, at in (("start", BEFORE), ("read", START + timedelta(days=1)), ("read", ENDS)):
        clock.simulate(shown_at=at, rate=0)
        director.post(reverse(f"console:experiment_{act}", args=[experiment.ref]))
        assert ExperimentReading.objects.exists() is (at == ENDS)
    told = client_of(scene.supervisor).get(page).content.decode()
    assert "fewer than were planned" in told
    assert "95% interval -100 to +100" in told
    assert bare_figures(told) == []
