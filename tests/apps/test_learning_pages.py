"""The worklist's order with its reasons, what a program learns, and how it is estimated: no figure without its interval."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import rejoin
from rejoin.attendance.models import SeatStatus
from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.console.present import learning as present
from rejoin.domain.learning.returning import Miss, returns
from rejoin.domain.learning.rungs import Attempt, MakeUp, yields
from rejoin.domain.learning.shares import share, share_of_patients
from rejoin.domain.risk.queue import Standing, queue_key
from rejoin.domain.risk.recalibrating import ENOUGH_PATIENTS
from rejoin.followup.actions import record_attempt
from rejoin.followup.boards import Slice, worklist_rows
from rejoin.followup.boards.learning import learn
from rejoin.followup.models import Attempt as Tried
from rejoin.followup.models import Case, Step
from rejoin.followup.vocabulary import AttemptOutcome
from rejoin.insights.figures import bare_columns, bare_figures
from rejoin.insights.risk_models import RiskEstimate, RiskRun
from rejoin.insights.risk_reading import ENOUGH
from rejoin.programs.models import Enrolment
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
LATER = START + timedelta(days=1)
ROOT = Path(rejoin.__file__).parent


def missed(scene: Scene, *names: str) -> list[Case]:
    patients = [scene.admit(name, phone=f"+1555010{place:04}") for place, name in enumerate(names)]
    scene.watched(scene.session(*patients))
    scene.run(LATER)
    return [scene.case(each) for each in patients]


def estimated(
    scene: Scene, cases: list[Case], *, calibrated: bool = False, chances: Sequence[float] = ()
) -> RiskRun:
    """Streaks 0, 0, 1, 1 and so on, all level otherwise; the first is ranked highest, and has the highest chance."""
    said = {"at": LATER - timedelta(hours=8), "by": "system:engine"}
    run = RiskRun.objects.create(
        program=scene.program,
        model="contact-1",
        until_on=LATER.date(),
        patients=len(cases),
        ranked=len(cases),
        followed=60 if calibrated else 3,
        events=2,
        calibrated=calibrated,
        **said,
    )
    for place, case in enumerate(cases):
        ranked_by = 0.4 - 0.1 * place
        chance = chances[place] if chances else ranked_by
        RiskEstimate.objects.create(
            run=run,
            patient=case.patient,
            week=5,
            week_ends_on=LATER.date() - timedelta(days=2),
            streak=place // 2,
            at_risk=True,
            chance=chance,
            low=chance / 2,
            high=chance + 0.1,
            place=place + 1,
            orders_by=ranked_by,
            because="missed the last week",
            **said,
        )
    return run


def standing(step: Step) -> tuple[object, ...]:
    told = RiskEstimate.objects.filter(patient=step.patient).last()
    return queue_key(
        Standing(
            ref=f"{step.pk:020}",
            is_safety_open=step.case.elevated,
            due_at=step.deadline,
            streak=told.streak if told else 0,
            window_ends_at=None,
            estimate=told.orders_by if told else None,
        ),
        LATER,
    )


def test_the_worklist_is_in_the_order_of_the_queue() -> None:
    scene = Scene()
    cases = missed(scene, "ada", "bea", "cat", "dot", "eve", "fay")
    estimated(scene, cases[:4])
    Case.objects.filter(pk=cases[5].pk).update(elevated=True)
    Step.objects.filter(case=cases[4], ended_at=None).update(deadline=LATER - minutes(5))
    Step.objects.filter(case__in=cases[:4]).update(deadline=LATER + timedelta(days=1))
    for descending in (False, True):
        rows = worklist_rows(
            [scene.program.pk], now=LATER, page=Slice(limit=50, sort="turn", descending=descending)
        ).rows
        steps = Step.objects.select_related("case", "patient").in_bulk([row.step_id for row in rows])
        told = [standing(steps[row.step_id]) for row in rows]
        assert told == sorted(told, reverse=descending)
        assert len(told) >= 6


def test_a_row_says_why_it_stands_there_and_gives_a_rank_until_there_is_a_percentage() -> None:
    scene = Scene()
    cases = missed(scene, "ada", "bea", "cat")
    estimated(scene, cases)
    client = client_of(scene.coordinator)
    page = client.get(reverse("console:worklist")).content.decode()
    assert "No attendance in the last week that was recorded, up to 6 Oct." in page
    assert "Ranked 3 of 3 by risk of losing contact, from her last four recorded weeks." in page
    assert " in 100" not in page
    assert "relapse" not in page.lower()
    estimated_again = RiskRun.objects.latest("pk")
    RiskRun.objects.create(
        **{
            each: getattr(estimated_again, each)
            for each in ("program_id", "patients", "ranked", "followed", "events", "at", "by")
        },
        model="contact-2",
        until_on=LATER.date(),
        calibrated=True,
    )
    assert "Ranked" not in client.get(reverse("console:worklist")).content.decode()


def test_a_percentage_stands_with_its_interval_and_its_source() -> None:
    scene = Scene()
    estimated(scene, missed(scene, "ada", "bea"), calibrated=True)
    page = client_of(scene.coordinator).get(reverse("console:worklist")).content.decode()
    assert "about 40 in 100 that contact is lost in the next four weeks (90% interval 20 to 50)" in page
    assert bare_figures(page) == []
    assert "data-source=" in page


def test_where_a_lower_percentage_stands_further_up_the_row_says_by_what_it_is_ranked() -> None:
    scene = Scene()
    estimated(scene, missed(scene, "ada", "bea"), calibrated=True, chances=(0.1, 0.3))
    page = client_of(scene.coordinator).get(reverse("console:worklist")).content.decode()
    late = [each for each in page.split("<li ") if "is-late" in each]
    first, last = late[0], late[-1]
    for row, place, chance in ((first, 1, 10), (last, 2, 30)):
        assert f"Ranked {place} of 2 by risk of losing contact, from her last four recorded weeks." in row
        assert f"By her whole record, which orders nothing here: about {chance} in 100" in row


def test_where_earlier_percentages_did_not_come_true_there_are_ranks_alone() -> None:
    scene = Scene()
    run = estimated(scene, missed(scene, "ada", "bea"), calibrated=True)
    looked = {"until_on": run.until_on - timedelta(days=3), "fits": "drifted", "fits_because": "9 and 1"}
    again(run, **looked)
    for name, who in (("worklist", scene.coordinator), ("learning", scene.supervisor)):
        page = client_of(who).get(reverse(f"console:{name}")).content.decode()
        assert (name, " in 100 in the next four weeks" in page) == (name, False)
    assert "there are ranks alone until a later look finds them steady" in page
    assert "See to this." in page
    again(run, **looked | {"until_on": run.until_on - timedelta(days=2), "fits": "steady"})
    page = client_of(scene.coordinator).get(reverse("console:worklist")).content.decode()
    assert "about 40 in 100 that contact is lost" in page


def again(run: RiskRun, **columns: Any) -> None:
    """Another night of the same program; the estimates of `run` are told anew for it."""
    same = (
        "program_id",
        "model",
        "until_on",
        "patients",
        "ranked",
        "followed",
        "events",
        "calibrated",
        "at",
        "by",
    )
    given = {each: getattr(run, each) for each in same}
    RiskRun.objects.create(**{**given, **columns})
    latest = RiskRun.objects.create(
        **{**given, "until_on": run.until_on + timedelta(days=RiskRun.objects.count())}
    )
    for told in run.estimates.all():
        told.pk, told.run = None, latest
        told.save(force_insert=True)


def test_what_came_after_misses_and_attempts_is_what_the_domain_makes_of_it() -> None:
    scene = Scene()
    ada, bea = missed(scene, "ada", "bea")
    for case, outcome in ((ada, AttemptOutcome.NO_ANSWER), (bea, AttemptOutcome.CONTACT)):
        record_attempt(case=case, outcome=outcome, channel="phone", by=scene.as_ben(), at=LATER)
    came(scene, ada.patient_id, START + timedelta(days=2))
    came(scene, bea.patient_id, START + timedelta(days=9))
    now = START + timedelta(days=12)
    learnt = learn([scene.program.pk], since=START - timedelta(days=1), until=now, now=now)
    back = {ada.patient_id: START + timedelta(days=2), bea.patient_id: START + timedelta(days=9)}
    assert learnt.returns == returns(
        [Miss(patient=str(whose), missed_at=START, returned_at=each) for whose, each in back.items()], now=now
    )
    made = [
        Attempt(
            patient=str(each.patient_id),
            rung=str(each.step_id),
            at=each.made_at,
            contact_at=each.made_at if each.outcome == AttemptOutcome.CONTACT else None,
            returned_at=back[each.patient_id] if back[each.patient_id] >= each.made_at else None,
        )
        for each in Tried.objects.all()
    ]
    expected = yields(made, now=now)
    assert [(each.contact, each.returned, each.too_recent) for each in learnt.yields] == [
        (each.contact, each.returned, each.too_recent) for each in expected
    ]
    assert sum(each.contact.count for each in expected) == 1
    assert sum(each.returned.count for each in expected) == 1
    assert {end for end, _ in learnt.make_ups.ends} == set(MakeUp) - {MakeUp.OPEN}
    ((debts,),) = select("SELECT count(*) FROM makeups_debt")
    assert learnt.make_ups.open + learnt.make_ups.ends[0][1].of == debts


def came(scene: Scene, patient: int, at: datetime) -> None:
    session = scene.session(starts_at=at)
    seat = session.seats.create(patient_id=patient)
    SeatStatus.objects.create(
        seat=seat,
        patient_id=patient,
        session=session,
        policy=scene.policy,
        number=1,
        status="attended",
        provisional=False,
        digest="",
        acted_on=True,
    )


def test_the_page_and_its_file_hold_no_figure_without_interval_and_source() -> None:
    scene = Scene()
    ada, *_ = missed(scene, "ada", "bea", "cat", "dot", "eve", "fay", "gwen", "hana")
    came(scene, ada.patient_id, START + timedelta(hours=20))
    client = client_of(scene.supervisor)
    for name in ("learning", "estimated"):
        page = client.get(reverse(f"console:{name}"))
        assert page.status_code == 200
        assert bare_figures(page.content.decode()) == []
    told = client.get(reverse("console:learning")).content.decode()
    assert "what followed, not what it did" in told
    assert "Nothing is estimated here yet" in told
    rows = list(
        csv.DictReader(StringIO(client.get(reverse("console:learning"), {"format": "csv"}).content.decode()))
    )
    assert bare_columns(rows[0]) == []
    first = next(each for each in rows if each["what"] == "Within 1 day")
    assert (first["count"], first["of"], first["share"]) == ("1", "8", "0.1250")
    assert 0 < float(first["low95"]) < 0.125 < float(first["high95"]) < 1
    assert all(each["source"] for each in rows)


def missed_often(scene: Scene, *nights: Sequence[str]) -> str:
    """The learning page; on each of `nights` these missed."""
    known: dict[str, Any] = {}
    for day, names in enumerate(nights):
        for name in names:
            if name not in known:
                known[name] = scene.admit(name, phone=f"+1555010{len(known):04}")
        scene.watched(scene.session(*[known[each] for each in names], starts_at=START + timedelta(days=day)))
    scene.run(START + timedelta(days=len(nights) + 1))
    return client_of(scene.supervisor).get(reverse("console:learning")).content.decode()


def test_a_share_says_how_many_patients_stand_behind_it_and_of_too_few_there_is_no_percentage() -> None:
    scene = Scene()
    page = missed_often(scene, ["ada", "bea"], ["ada"], ["ada"])
    assert '<td data-label="Of how many patients">2</td>' in page
    assert "0 of 4 (too few patients for a share with its interval: it takes 8 of like weight)" in page
    assert '<svg class="interval"' not in page
    assert bare_figures(page) == []
    file = client_of(scene.supervisor).get(reverse("console:learning"), {"format": "csv"}).content.decode()
    first = next(each for each in csv.DictReader(StringIO(file)) if each["what"] == "Within 1 day")
    assert (first["of"], first["patients"]) == ("4", "2")
    assert (first["share"], first["low95"], first["high95"]) == ("", "", "")


def test_misses_of_one_patient_make_an_interval_wider_than_misses_of_many() -> None:
    names = [f"p{number}" for number in range(10)]
    page = missed_often(Scene(), names, names[:9], names[:8])
    assert "allows for misses of one patient being alike" in page
    separate = share(0, 27)
    told = share_of_patients([(0, 3)] * 8 + [(0, 2), (0, 1)])
    assert told.bounds is not None
    assert told.bounds[1] > separate.high
    assert f"0 of 27 (0%, 95% interval 0 to {100 * told.bounds[1]:.0f})" in page


def test_of_whom_left_before_no_patient_stands_behind_a_share() -> None:
    scene = Scene()
    _ada, bea = missed(scene, "ada", "bea")
    Enrolment.objects.filter(patient=bea.patient).update(
        ended_at=START + timedelta(hours=8), ended_by="staff:1", ending="discharged"
    )
    now = START + timedelta(days=2)
    learnt = learn([scene.program.pk], since=START - timedelta(days=1), until=now, now=now)
    first, second = learnt.returns[:2]
    assert (first.share.of, first.left_before, first.share.patients) == (1, 1, 1)
    assert second.share.patients == 0


def test_the_period_is_of_days_on_the_programs_wall() -> None:
    scene = Scene()
    clock.simulate(shown_at=datetime(2026, 10, 8, 2, 0, tzinfo=UTC), rate=0)
    told = client_of(scene.supervisor).get(reverse("console:learning"), {"days": "30"}).content.decode()
    assert "sessions from 7 Sep 2026 to 7 Oct 2026" in told


def test_a_long_record_is_counted_once_in_ten_minutes_and_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(present, "MANY", 1)
    scene = Scene()
    missed(scene, "ada", "bea")
    page = reverse("console:learning")
    supervisor = client_of(scene.supervisor)
    at = clock.now()

    def seen(minutes_later: int) -> tuple[bool, int]:
        clock.simulate(shown_at=at + minutes(minutes_later), rate=0)
        with CaptureQueriesContext(connection) as asked:
            text = supervisor.get(page).content.decode()
        counted = sum("WITH told AS" in each["sql"] for each in asked)
        return "once in ten minutes" in text, counted

    assert [seen(0)[0], seen(5)[0], seen(11)[0], seen(12)[0]] == [False, True, False, True]
    assert seen(13)[1] == 0
    assert seen(30)[1] == 1


def test_the_page_asks_as_often_for_much_as_for_little() -> None:
    asked = []
    for number, names in enumerate((["ada"], [f"p{each}" for each in range(8)])):
        scene = Scene(slug=f"program{number}")
        missed(scene, *names)
        client = client_of(scene.supervisor)
        client.get(reverse("console:learning"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("console:learning"))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_the_card_on_the_page_is_the_document() -> None:
    document = (ROOT.parent / "docs" / "model-card.md").read_text()
    assert (ROOT / "estimating" / "shipped" / "model-card.md").read_text() == document
    scene = Scene()
    page = client_of(scene.ben).get(reverse("console:estimated")).content.decode()
    for said in ("Intended use", "Not for", "Limits", "race recorded as Black", "discharge, a contract"):
        assert said in page
    assert "relapse risk" not in page.lower()


def test_so_many_patients_are_enough_on_the_page_as_in_the_model() -> None:
    assert ENOUGH == ENOUGH_PATIENTS
