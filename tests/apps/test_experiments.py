"""A comparison of two wordings: written down before it starts, drawn the same every time, never in a message's way, read once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.attendance.models import SeatStatus
from rejoin.common import clock
from rejoin.common.actors import ENGINE, staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.domain.learning.experiment import Arm, assign, patients_per_arm
from rejoin.followup.experiments import (
    in_their_wording,
    read_its_end,
    start_experiment,
    stop_experiment,
    write_experiment,
)
from rejoin.insights.experiment_models import (
    Experiment,
    ExperimentAllotment,
    ExperimentReading,
    ExperimentStart,
)
from rejoin.insights.figures import bare_figures
from rejoin.outreach.models import Message
from rejoin.outreach.outbox import Letter
from rejoin.people.family_facts import BirthDate
from rejoin.people.models import Patient
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_learning_pages import came

pytestmark = pytest.mark.django_db
BEFORE = START - timedelta(days=1)
ENDS = START + timedelta(days=60)
READ = ENDS + timedelta(days=7 + 2)


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
    assert worded(usual) == letters
    assert worded(usual, elevated={each.about for each in usual}) == usual
    for each in letters:
        born(each.patient_id, "2010-01-01", at=BEFORE)
    assert worded(usual) == usual


def worded(
    letters: Sequence[Letter], *, elevated: Collection[str] = (), at: datetime = START
) -> list[Letter]:
    return in_their_wording(letters, elevated=elevated, by=ENGINE, at=at)


def born(patient: int, on: str | None, *, at: datetime) -> None:
    BirthDate.objects.create(patient_id=patient, born_on=on, at=at, by="staff:1")


def test_whoever_is_known_to_be_young_when_it_is_drawn_is_in_no_arm_and_what_is_learnt_later_takes_nobody_out(
    scene: Scene,
) -> None:
    started(scene)
    young, wrong, later, banded = (scene.admit(each) for each in ("young", "wrong", "later", "banded"))
    born(young.pk, "2008-10-20", at=BEFORE)
    born(wrong.pk, "2010-01-01", at=BEFORE)
    born(wrong.pk, "1990-01-01", at=BEFORE + timedelta(minutes=1))
    banded.age_band = "adolescent"
    banded.save()
    everybody = [young, wrong, later, banded]
    worded([_to(scene, each, "first") for each in everybody])
    drawn = [wrong.pk, later.pk]
    assert allotted() == drawn
    born(later.pk, "2010-01-01", at=START + timedelta(hours=1))
    # She turns 18 while it runs: with her next message she is one of those who are compared.
    worded([_to(scene, each, "second") for each in everybody], at=START + timedelta(days=30))
    assert allotted() == [young.pk, *drawn]
    reading = read_its_end(experiment=Experiment.objects.get(), by=scene.as_ben(), at=READ)
    assert reading.usual_known + reading.new_known == 3


def allotted() -> list[int]:
    return list(ExperimentAllotment.objects.order_by("patient").values_list("patient", flat=True))


def _to(scene: Scene, patient: Patient, key: str) -> Letter:
    return Letter(
        key=f"case:{patient.pk}:{key}",
        about=f"case:{patient.pk}",
        patient_id=patient.pk,
        program_id=scene.program.pk,
        channel="sms",
        template="neutral_nudge",
        language="en",
        not_before=START,
        expires_at=START + timedelta(hours=12),
        quiet=None,
    )


def test_a_patient_is_allotted_once_with_her_first_message_and_nobody_can_change_it(scene: Scene) -> None:
    experiment = started(scene)
    found = nudged(scene)
    rows = {each.patient.ref: each for each in ExperimentAllotment.objects.select_related("patient")}
    assert set(rows) == set(found)
    assert all(each.arm == assign(str(experiment.ref), str(ref)) for ref, each in rows.items())
    assert {each.at for each in rows.values()} == set(Message.objects.values_list("made_at", flat=True))
    again = [_to(scene, each.patient, "again") for each in rows.values()]
    worded(again, at=START + timedelta(days=1))
    assert ExperimentAllotment.objects.count() == len(rows)
    for change in ({"arm": "usual"}, {"at": BEFORE}):
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            ExperimentAllotment.objects.update(**change)


def test_what_is_written_down_cannot_be_changed_before_or_after_the_start(scene: Scene) -> None:
    experiment = written(scene)
    for _ in range(2):
        for change in ({"estimand": "Other"}, {"per_arm": 1}, {"ends_at": START}, {"within_days": 1}):
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
                Experiment.objects.filter(pk=experiment.pk).update(**change)
        if not ExperimentStart.objects.exists():
            start_experiment(experiment=experiment, by=scene.as_ben(), at=BEFORE)


def test_a_message_that_waited_when_it_started_allots_nobody(scene: Scene) -> None:
    nudged(scene)
    letters = [_letter(each) for each in Message.objects.order_by("pk")]
    experiment = written(scene, starts_at=START + timedelta(hours=2), at=START + timedelta(hours=1))
    start_experiment(experiment=experiment, by=scene.as_ben(), at=START + timedelta(hours=2))
    worded(letters, at=START + timedelta(hours=3))
    assert allotted() == []


def test_of_whom_nobody_has_decided_whether_she_came_nothing_is_known(scene: Scene) -> None:
    started(scene)
    nudged(scene)
    ada, bea = Message.objects.order_by("pk")[:2]
    for each, days in ((ada, 2), (bea, 3)):
        scene.session(starts_at=START + timedelta(days=days)).seats.create(patient_id=each.patient_id)
    came(scene, bea.patient_id, START + timedelta(days=4))
    reading = read_its_end(experiment=Experiment.objects.get(), by=scene.as_ben(), at=READ)
    assert (reading.unknown, reading.usual_known + reading.new_known) == (1, 9)
    assert reading.usual_came + reading.new_came == 1


def test_a_session_of_which_nothing_was_recorded_is_not_known_and_no_absence(scene: Scene) -> None:
    started(scene)
    nudged(scene)
    ada = Message.objects.order_by("pk")[0]
    held = START + timedelta(days=2)
    seat = scene.session(starts_at=held).seats.create(patient_id=ada.patient_id)
    scene.run(held + timedelta(days=3), send=False)
    assert SeatStatus.objects.get(seat=seat).status == "unrecorded"
    reading = read_its_end(experiment=Experiment.objects.get(), by=scene.as_ben(), at=READ)
    assert (reading.unknown, reading.usual_known + reading.new_known) == (1, 9)


def _letter(message: Message) -> Any:
    named = {each: getattr(message, each) for each in Letter._fields if each != "quiet"}
    return Letter(**named, quiet=None)


@pytest.mark.parametrize("at", [ENDS - timedelta(days=1), ENDS, READ - timedelta(minutes=1)])
def test_nothing_is_read_while_the_last_patients_have_their_days(scene: Scene, at: datetime) -> None:
    experiment = started(scene)
    nudged(scene)
    with CaptureQueriesContext(connection) as queries, pytest.raises(Refusal, match="whoever looks earlier"):
        read_its_end(experiment=experiment, by=scene.as_ben(), at=at)
    assert not ExperimentReading.objects.exists()
    assert not any("allotment" in each["sql"] for each in queries)


def test_it_is_read_once(scene: Scene) -> None:
    experiment = started(scene)
    found = nudged(scene)
    for message in Message.objects.order_by("pk"):
        if found.pop(message.patient.ref, "") == "neutral_nudge":
            came(scene, message.patient_id, START + timedelta(days=2, hours=message.patient_id % 40 * 4))
    reading = read_its_end(experiment=experiment, by=scene.as_ben(), at=READ)
    assert reading.usual_known + reading.new_known == 10
    assert reading.new_came == 0
    assert reading.usual_came > 0
    assert reading.low <= reading.difference < 0
    assert "fewer than were planned" in reading.because
    for again in (read_its_end, lambda **who: stop_experiment(words="Late", **who)):
        with pytest.raises(Refusal, match="read already"):
            again(experiment=experiment, by=scene.as_ben(), at=READ)


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
    with pytest.raises(Refusal, match="started it already"):
        start_experiment(experiment=experiment, by=scene.as_ben(), at=BEFORE)
    stop_experiment(experiment=experiment, words="Staff asked", by=scene.as_ben(), at=BEFORE)
    with pytest.raises(Refusal, match="stopped it already"):
        stop_experiment(experiment=experiment, words="Staff asked", by=scene.as_ben(), at=BEFORE)


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
    read, said_of = reverse("console:experiment_read", args=[experiment.ref]), "before 16 Nov 2026"
    director.post(reverse("console:experiment_start", args=[experiment.ref]))
    worded([_to(scene, scene.admit("ada"), "first")], at=START + timedelta(days=1))
    for at in (START + timedelta(days=1), START + timedelta(days=39)):
        clock.simulate(shown_at=at, rate=0)
        shown = director.get(page).content.decode()
        assert said_of in shown
        assert read not in shown
        director.post(read)
        assert not ExperimentReading.objects.exists()
    clock.simulate(shown_at=ENDS, rate=0)
    assert read in director.get(page).content.decode()
    director.post(read)
    reading = ExperimentReading.objects.get()
    assert reading.usual_known + reading.new_known == 1
    told = client_of(scene.supervisor).get(page).content.decode()
    assert "fewer than were planned" in told
    assert "95% interval -100 to +100" in told
    assert bare_figures(told) == []
