"""Estimates of losing contact from a program's own record: weeks, nights, ranks, its level, and whether they still fit."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from rejoin.attendance.models import SeatStatus
from rejoin.audit.models import Event
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.insights.risk import read_weeks, sweep_risk
from rejoin.insights.risk_models import RiskEstimate, RiskRun
from rejoin.people.models import Patient
from rejoin.programs.models import Enrolment, Session
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_learning_pages import estimated, missed

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"


@pytest.fixture
def scene() -> Scene:
    return Scene()


def weeks_of(scene: Scene, records: Sequence[str]) -> list[Patient]:
    """One session a week, of all together: as `SAID` reads it; - she had no seat."""
    patients = [scene.admit(f"p{number}", sms=False) for number in range(len(records))]
    for week in range(max(map(len, records))):
        there = [
            (patient, told[week])
            for patient, told in zip(patients, records, strict=True)
            if told[week : week + 1] not in ("", "-")
        ]
        session = scene.session(
            *[patient for patient, _ in there], starts_at=START + timedelta(days=7 * week), seats_max=None
        )
        decided(scene, session, {patient.pk: SAID[came] for patient, came in there})
    return patients


SAID = {"1": "attended", "0": "missed", "?": "unrecorded", "c": "cancelled", "e": "excused"}


def decided(scene: Scene, session: Session, said: dict[int, str]) -> None:
    SeatStatus.objects.bulk_create(
        SeatStatus(
            seat=seat,
            patient_id=seat.patient_id,
            session=session,
            policy=scene.policy,
            number=1,
            status=said[seat.patient_id],
            provisional=False,
            digest="",
            acted_on=True,
        )
        for seat in session.seats.all()
    )


def after(weeks: float) -> datetime:
    return START + timedelta(days=7 * weeks)


def nightly(at: datetime) -> RiskRun:
    while sweep_risk(now=at):
        pass
    return RiskRun.objects.latest("pk")


def test_weeks_count_from_her_first_session_and_hold_whole_ones_only(scene: Scene) -> None:
    late, ada = weeks_of(scene, ["-11", "1011"])
    found = read_weeks(scene.program.pk, zone=ZONE, until=after(3.5).date())
    assert found.who == [ada.pk, late.pk]
    assert found.weeks.week.tolist() == [1, 2, 3, 1, 2]
    assert found.weeks.attended.tolist() == [True, False, True, True, True]
    assert found.weeks.weeks_left.tolist() == [2, 1, 0, 1, 0]
    assert not found.weeks.has_tests


@pytest.mark.parametrize("unknown", ["?", "c", "e"])
def test_a_week_of_which_nothing_is_decided_is_no_missed_one(scene: Scene, unknown: str) -> None:
    outage, between = weeks_of(scene, [f"1111{unknown}", f"110{unknown}0"])
    run = nightly(after(5.1))
    told = {each.patient_id: each for each in RiskEstimate.objects.filter(run=run)}
    assert (told[outage.pk].streak, told[outage.pk].at_risk) == (0, True)
    assert told[outage.pk].week_ends_on == after(4).date() - timedelta(days=1)
    assert told[between.pk].streak == 2
    assert told[between.pk].because == "already out of contact for the last two recorded weeks"
    assert told[between.pk].week_ends_on == after(5).date() - timedelta(days=1)


def test_of_whom_nothing_is_recorded_any_more_nothing_is_estimated(scene: Scene) -> None:
    silent, seen = weeks_of(scene, ["111??????", "111111111"])
    run = nightly(after(9.1))
    assert [each.patient_id for each in RiskEstimate.objects.filter(run=run)] == [seen.pk]
    assert silent.pk in read_weeks(scene.program.pk, zone=ZONE, until=after(9).date()).who


def test_who_withdrew_is_followed_for_four_weeks_more_and_who_completed_is_not(scene: Scene) -> None:
    withdrew, completed = weeks_of(scene, ["11", "11"])
    for patient, ending in ((withdrew, "withdrew"), (completed, "completed")):
        Enrolment.objects.filter(patient=patient).update(
            ended_at=after(2), ended_by="staff:1", ending=ending, until_on=after(2).date()
        )
    found = read_weeks(scene.program.pk, zone=ZONE, until=after(20).date())
    counts = {who: (found.weeks.patient == place).sum() for place, who in enumerate(found.who)}
    assert counts == {withdrew.pk: 6, completed.pk: 2}
    assert found.here == [False, False]


def test_every_night_has_its_estimates_once_with_interval_rank_model_and_reasons(scene: Scene) -> None:
    steady, missing, gone = weeks_of(scene, ["1111", "1110", "1000"])
    run = nightly(after(4.1))
    assert (run.patients, run.ranked, run.calibrated, run.until_on) == (3, 2, False, after(4.1).date())
    assert run.model.startswith("contact-")
    told = {each.patient_id: each for each in RiskEstimate.objects.filter(run=run)}
    assert [told[each.pk].place for each in (missing, steady, gone)] == [1, 2, None]
    assert [told[each.pk].level for each in (missing, steady, gone)] == [0, 0, None]
    assert told[missing.pk].streak == 1
    assert told[gone.pk].streak == 3
    assert told[gone.pk].because == "already out of contact for the last three recorded weeks"
    assert 0 < told[missing.pk].low < told[missing.pk].chance < told[missing.pk].high < 1
    assert told[steady.pk].week_ends_on == after(4).date() - timedelta(days=1)
    assert sweep_risk(now=after(4.1)) == 0
    assert sweep_risk(now=after(4.1) + timedelta(days=1)) == 1
    assert Event.objects.filter(verb="insights.estimate_risk").count() == 2


@pytest.mark.parametrize("lately", ["1110", "1011", "0101", "1111"])
def test_who_always_missed_a_lot_is_ranked_as_who_never_did_after_the_same_four_weeks(
    scene: Scene, lately: str
) -> None:
    patients = weeks_of(scene, [before + lately for before in ("111111", "101010", "100001")])
    run = nightly(after(10.1))
    told = {each.patient_id: each for each in RiskEstimate.objects.filter(run=run)}
    assert {(told[each.pk].place, told[each.pk].level) for each in patients} == {(1, 2)}
    assert len({told[each.pk].chance for each in patients}) == 3


@pytest.mark.parametrize(
    ("level", "said"),
    [
        (None, "Ranked 1 of 2 by risk of losing contact"),
        (0, "Ranked 1 of 2 by risk of losing contact"),
        (1, "Ranked 1 of 2, level with one other, by risk of losing contact"),
        (12, "Ranked 1 of 2, level with 12 others, by risk of losing contact"),
    ],
)
def test_whoever_is_level_with_others_reads_so_on_the_worklist(
    scene: Scene, level: int | None, said: str
) -> None:
    run = estimated(scene, missed(scene, "ada", "bea"))
    run.pk, run.until_on = None, run.until_on + timedelta(days=1)
    run.save(force_insert=True)
    for told in RiskEstimate.objects.order_by("pk"):
        told.pk, told.run, told.level = None, run, level
        told.save(force_insert=True)
    assert said in client_of(scene.coordinator).get(reverse("console:worklist")).content.decode()


def test_a_program_without_anybody_has_its_night_too(scene: Scene) -> None:
    assert nightly(after(1)).patients == 0
    assert scene.program.risk_runs.count() == 1


def test_fifty_followed_patients_set_the_programs_own_level_and_fewer_do_not(scene: Scene) -> None:
    lost, kept = "110000000", "111111111"
    weeks_of(scene, [lost if number % 3 == 0 else kept for number in range(49)])
    run = nightly(after(9.1))
    assert (run.followed, run.calibrated, run.fits) == (49, False, "")
    assert run.events
    later = scene.admit("later", sms=False)
    for week in range(9):
        decided(
            scene, scene.session(later, starts_at=after(week) + timedelta(hours=5)), {later.pk: "attended"}
        )
    again = nightly(after(9.1) + timedelta(days=1))
    assert (again.followed, again.calibrated) == (50, True)
    assert again.shift is not None
    assert again.shift_error is not None
    assert again.fits == "cannot tell"


def test_estimates_that_no_longer_come_true_are_told_a_week_later(scene: Scene) -> None:
    patients = weeks_of(scene, ["1" * 16] * 55)
    nightly(after(8.1))
    for at in (9.1, 10.1, 11.1):
        nightly(after(at))
    run = RiskRun.objects.latest("pk")
    assert run.calibrated
    for each in RiskEstimate.objects.filter(run__until_on__gte=after(8).date()):
        assert each.chance < 0.1
    SeatStatus.objects.filter(patient__in=patients[:40], session__starts_at__gte=after(9)).update(
        status="missed"
    )
    told = nightly(after(15.2))
    assert told.fits == "drifted"
    assert "recalibrate" in told.fits_because


@pytest.mark.django_db(transaction=True)
def test_the_staff_of_a_program_see_estimates_of_their_patients_and_she_sees_none(scene: Scene) -> None:
    ada, _other = weeks_of(scene, ["111", "101"])
    nightly(after(3.1))
    other = Scene(slug="morning")
    with seen_by_staff(scene.supervisor.pk):
        assert RiskEstimate.objects.count() == 2
        assert RiskRun.objects.count() == 1
    with seen_by_staff(other.supervisor.pk):
        assert RiskEstimate.objects.count() == RiskRun.objects.count() == 0
    with seen_by_patient(ada.pk):
        assert RiskEstimate.objects.count() == 0


def test_a_night_is_three_hours_after_the_programs_own_midnight(scene: Scene) -> None:
    weeks_of(scene, ["111"])
    midnight = datetime.fromisoformat("2026-11-10T05:00:00+00:00")
    assert nightly(midnight + timedelta(hours=2)).until_on == date(2026, 11, 9)
    assert nightly(midnight + timedelta(hours=3, minutes=1)).until_on == date(2026, 11, 10)
