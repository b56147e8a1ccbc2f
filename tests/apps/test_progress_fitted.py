"""Whose numbers stand behind a curve: her program's own, fitted last night over everybody, or assumed ones, and why."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.kernel import local_day
from rejoin.domain.measures import Instrument
from rejoin.domain.progress import Parameters, fit
from rejoin.insights.models import Due, Ending, ItemAnswer, Sheet
from rejoin.insights.parameters import pools_of, sweep_parameters
from rejoin.insights.parameters_models import ProgressFit
from rejoin.insights.progress import Progress, known_as, progress_of
from rejoin.people.models import Patient
from rejoin.programs.models import Seat
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_progress_pages import PHQ9, bare, words

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"
SAID = {"at": START, "by": "staff:1"}


def tell(scene: Scene, *told: tuple[int, ...], measure: Instrument = PHQ9) -> list[Patient]:
    """Of each patient her points, week by week, in groups that everybody comes to."""
    hers = [scene.admit(f"p{number}", sms=False) for number in range(len(told))]
    for week in range(max(map(len, told))):
        at = START + timedelta(days=7 * week)
        there = {one.pk: each[week] for one, each in zip(hers, told, strict=True) if week < len(each)}
        session = scene.session(*[one for one in hers if one.pk in there], starts_at=at, seats_max=None)
        answered(scene, list(session.seats.all()), there, at, measure)
    return hers


def answered(
    scene: Scene, seats: list[Seat], points: dict[int, int], at: datetime, measure: Instrument
) -> None:
    key, version = measure.name_and_version
    of = {"instrument": key, "version": version, "program": scene.program, **SAID}
    dues = Due.objects.bulk_create(
        Due(
            seat=seat,
            patient_id=seat.patient_id,
            due_on=at.date(),
            recall_days=measure.recall_days,
            until_at=at,
            **of,
        )
        for seat in seats
    )
    said = {**of, "at": at}
    sheets = Sheet.objects.bulk_create(
        Sheet(due=due, patient_id=due.patient_id, language="en", how="portal", answered_at=at, **said)
        for due in dues
    )
    Ending.objects.bulk_create(
        Ending(due=due, patient_id=due.patient_id, how="answered", **SAID) for due in dues
    )
    count = len(measure.items)
    ItemAnswer.objects.bulk_create(
        ItemAnswer(
            sheet=sheet,
            patient_id=sheet.patient_id,
            item=item.id,
            value=points[sheet.patient_id] // count + (number < points[sheet.patient_id] % count),
            **SAID,
        )
        for sheet in sheets
        for number, item in enumerate(measure.items)
    )


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def nightly(at: datetime) -> list[ProgressFit]:
    while sweep_parameters(now=at):
        pass
    return list(ProgressFit.objects.order_by("pk"))


def scores_of(patients: int) -> Iterator[tuple[int, ...]]:
    for number in range(patients):
        yield (8 + number * 7 % 12, 6 + number * 5 % 13, 5 + number * 11 % 9)


def seen(scene: Scene, patient: Patient, at: datetime) -> Progress:
    with seen_by_staff(scene.ben.pk):
        return progress_of(patient, local_day(at, ZoneInfo(ZONE)))[0]


def test_twenty_patients_with_two_scores_are_fitted_and_her_curve_is_drawn_with_that() -> None:
    scene = Scene()
    hers = tell(scene, *scores_of(22))
    (made,) = nightly(after(20))
    assert (made.patients, made.twice, made.scores) == (22, 22, 66)
    (pool,) = pools_of(scene.program.pk, zone=ZONE, until=made.until_on)
    own = fit(pool.series, known_as(pool.scale))
    told = seen(scene, hers[0], after(20))
    assert told.fitted.parameters == own.parameters
    assert isinstance(told.fitted.parameters, Parameters)
    assert told.fitted.how.startswith("fitted on 22 patients on 27 Oct 2026: 66 scores of this program")
    assert told.named == "parameters fitted on 22 patients on 27 Oct 2026"


def test_before_the_first_night_the_reason_is_that_nothing_is_fitted_yet() -> None:
    scene = Scene()
    told = seen(scene, tell(scene, *scores_of(21))[0], after(20))
    assert told.fitted.how == "assumed: no fit over this program is at hand yet"
    assert told.named == "assumed parameters"


def test_of_too_few_with_two_scores_the_reason_is_that_and_how_many_they_were() -> None:
    scene = Scene()
    hers = tell(scene, *scores_of(19), (9,), (12,))
    (made,) = nightly(after(20))
    assert made.parameters is None
    told = seen(scene, hers[0], after(20))
    assert told.fitted.how == (
        "assumed: fewer than 20 patients of this program have two scores (19 on 27 Oct 2026)"
    )


def test_where_all_scores_are_alike_the_reason_is_not_that_they_are_few() -> None:
    scene = Scene()
    hers = tell(scene, *[(9, 9)] * 21)
    nightly(after(20))
    assert "all scores of this program were alike" in seen(scene, hers[0], after(20)).fitted.how


def test_a_night_fits_once_and_the_next_one_again() -> None:
    scene = Scene()
    tell(scene, (9, 8), (12, 10))
    assert sweep_parameters(now=START) == 0
    assert len(nightly(after(20))) == len(nightly(after(20.1))) == 1
    assert [str(each.until_on) for each in nightly(after(21))] == ["2026-10-27", "2026-10-28"]
    assert Event.objects.filter(verb="insights.fit_progress").count() == 2


def test_where_all_was_withdrawn_unanswered_no_night_is_due() -> None:
    scene = Scene()
    seat = scene.session(scene.admit("ada")).seats.get()
    of = {"patient": seat.patient, **SAID}
    key, version = PHQ9.name_and_version
    due = Due.objects.create(
        seat=seat,
        program=scene.program,
        instrument=key,
        version=version,
        due_on=START.date(),
        recall_days=14,
        until_at=START,
        **of,
    )
    assert sweep_parameters(now=START) == 0
    Ending.objects.create(due=due, how="withdrawn", words="Asked elsewhere", **of)
    assert sweep_parameters(now=after(2)) == 0


def test_what_is_answered_in_the_evening_counts_in_the_night_after_it() -> None:
    scene = Scene()
    tell(scene, (9, 8, 7))
    assert [each.scores for each in nightly(after(14.2))] == [2]
    assert [each.scores for each in nightly(after(15.2))] == [2, 3]


def test_the_latest_night_is_the_one_that_is_drawn_with() -> None:
    scene = Scene()
    hers = tell(scene, *scores_of(20))
    nightly(after(8))
    nightly(after(30))
    assert seen(scene, hers[0], after(30)).named == "parameters fitted on 20 patients on 6 Nov 2026"


def test_staff_of_the_program_see_its_parameters_and_nobody_else_does() -> None:
    scene, other = Scene(), Scene(slug="morning")
    hers = tell(scene, (9, 8), (12, 10))
    nightly(after(20))
    with seen_by_staff(scene.ben.pk):
        assert ProgressFit.objects.count() == 1
    with seen_by_staff(other.ben.pk):
        assert ProgressFit.objects.count() == 0
    with seen_by_patient(hers[0].pk):
        assert ProgressFit.objects.count() == 0


def test_page_and_file_say_whose_parameters_a_figure_was_drawn_with() -> None:
    scene = Scene()
    hers = tell(scene, *scores_of(22))
    nightly(after(20))
    clock.simulate(shown_at=after(25), rate=0)
    client = client_of(scene.ben)
    page = client.get(reverse("console:patient_progress", args=[hers[0].ref])).content.decode()
    assert "parameters fitted on 22 patients on 27 Oct 2026" in words(page)
    assert "Her own scores here: 3" in words(page)
    assert "fewer than" not in words(page)
    assert bare(page) == []
    file = client.get(reverse("console:patient_progress_file", args=[hers[0].ref])).content.decode()
    assert {"fitted on 22 patients" in row["source"] for row in csv.DictReader(file.splitlines())} == {True}


def test_a_page_asks_as_often_for_many_patients_and_scores_as_for_few() -> None:
    scene = Scene()
    few = tell(scene, (9, 8))
    clock.simulate(shown_at=after(60), rate=0)
    asked = queries(scene, few[0])
    assert queries(scene, tell_more(scene)) == asked


def tell_more(scene: Scene) -> Patient:
    for number, points in enumerate(scores_of(6)):
        one = scene.admit(f"more{number}", sms=False)
        for week, each in enumerate(points):
            at = START + timedelta(days=7 * week + 1 + number)
            seats = list(scene.session(one, starts_at=at).seats.all())
            answered(scene, seats, {one.pk: each}, at, PHQ9)
    return one


def queries(scene: Scene, patient: Patient) -> list[int]:
    """Of a patient's page, of its file, and of her program's page."""
    counts = []
    for who, address in (
        (scene.ben, reverse("console:patient_progress", args=[patient.ref])),
        (scene.ben, reverse("console:patient_progress_file", args=[patient.ref])),
        (scene.supervisor, reverse("console:progress")),
    ):
        client = client_of(who)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        counts.append(len(asked))
    return counts
