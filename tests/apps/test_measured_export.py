"""What was measured and estimated goes out as tables: with versions, gaps, uncertainty and source, and with no more than that."""

import csv
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from rejoin.cli import main
from rejoin.common import clock
from rejoin.common.actors import COMMAND, staff_actor
from rejoin.common.rows import select, stream
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.measures import Instrument, instrument_called
from rejoin.domain.progress import Parameters
from rejoin.insights.actions import answer_measure, ask_now, decline_measure, withdraw_measure
from rejoin.insights.figures import bare_columns
from rejoin.insights.models import Due, Ending, ItemAnswer, Reopening, Sheet
from rejoin.insights.risk_models import RiskEstimate, RiskRun
from rejoin.insights.vocabulary import How
from rejoin.operations import exporting
from rejoin.operations.exporting import export_folder
from rejoin.operations.importing import import_folder
from rejoin.people.models import Patient
from rejoin.programs.models import Seat
from tests.apps.scene import START, Scene
from tests.apps.test_import_folder import ANSWERED
from tests.apps.test_import_round_trip import forget_everything
from tests.apps.test_progress_fitted import answered, nightly, scores_of, tell
from tests.apps.test_risk_estimates import nightly as estimated_nightly
from tests.apps.test_risk_estimates import weeks_of
from tests.apps.town import a_program

pytestmark = pytest.mark.django_db
PHQ9, GAD7 = instrument_called("phq9", "9"), instrument_called("gad7", "7")
BAM, BAM_IOP = instrument_called("bam", "categorical-30"), instrument_called("bam", "iop-7")
SCREENER = instrument_called("cssrs", "screener-recent")
OUT = ("measures", "scores", "progress", "estimates")
ROSTER = {"measures.csv", "scores.csv", "estimates.csv"}
Rows = list[dict[str, str]]


def after(days: float) -> datetime:
    return START + timedelta(days=days)


def written(scene: Scene, path: Path, at: datetime, *, only: Sequence[str] | None = OUT) -> dict[str, Rows]:
    export_folder(path=path, program=scene.program, only=only, by=COMMAND, at=at)
    return read(path)


def read(path: Path) -> dict[str, Rows]:
    return {
        each.relative_to(path).as_posix(): list(csv.DictReader(each.read_text().splitlines()))
        for each in path.rglob("*.csv")
    }


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_the_scores_that_go_out_are_estimated_elsewhere_with_the_parameters_they_have_here(
    tmp_path: Path,
) -> None:
    scene = Scene()
    tell(scene, *scores_of(22))
    (here,) = nightly(after(20))
    written(scene, tmp_path, after(20))
    series, out = tmp_path / "progress" / "phq9-9.csv", tmp_path / "out.csv"
    told = run("progress", "estimate", str(series), "--out", str(out), "--json")
    assert told.exit_code == 0, told.output
    (there,) = json.loads(told.stdout)["instruments"]
    assert (there["instrument"], there["instrument_version"], there["observed"]) == ("phq9", "9", 66)
    assert here.parameters is not None
    for name, value in here.parameters.items():
        assert np.allclose(there["parameters"][name], value, rtol=1e-3), name
    assert set(there["parameters"]) == set(Parameters.__dataclass_fields__)
    assert len(list(csv.DictReader(out.read_text().splitlines()))) == 66


def seats(scene: Scene, patient: Patient, count: int, *, since: float = 0) -> list[Seat]:
    """A session of hers each day."""
    return [scene.session(patient, starts_at=after(since + day)).seats.get() for day in range(count)]


def test_every_measure_that_was_due_goes_out_with_its_state_and_the_reason_of_a_gap(tmp_path: Path) -> None:
    scene = Scene()
    ada = scene.admit("ada", sms=False)
    by, at = scene.as_ben(), after(10)
    told, declined, taken_back, missed, late, waits = seats(scene, ada, 6)
    dues = {
        seat.pk: ask_now(seat=seat, instrument=GAD7, by=by, at=at)
        for seat in (told, declined, taken_back, missed, late, waits)
    }
    answers = {each.id: 1 for each in GAD7.items}
    for seat in (told, late):
        if seat is late:
            gap(dues[late.pk], "not_answered")
        answer_measure(due=dues[seat.pk], answers=answers, language="en", how=How.PHONE, by=by, at=at)
    decline_measure(due=dues[declined.pk], by=by, at=at)
    withdraw_measure(due=dues[taken_back.pk], words="Asked elsewhere", by=by, at=at)
    gap(dues[missed.pk], "missed_session")
    out = written(scene, tmp_path, at)
    rows = out["measures.csv"]
    assert [(row["due_on"], row["state"], row["reason"], row["how"]) for row in rows] == [
        ("2026-10-07", "answered", "", "phone"),
        ("2026-10-08", "gap", "declined", ""),
        ("2026-10-09", "gap", "withdrawn", ""),
        ("2026-10-10", "gap", "missed_session", ""),
        ("2026-10-11", "answered", "not_answered", "phone"),
        ("2026-10-12", "open", "", ""),
    ]
    first = rows[0]
    assert (first["patient_id"], first["instrument"], first["instrument_version"]) == (
        "evening-ada",
        "gad7",
        "7",
    )
    assert first["session_id"] == told.session.external_id
    assert first["answered_at"] == "2026-10-17T18:00:00-04:00"
    assert "Asked elsewhere" not in str(out)
    # A file of scores says of each day that she told of herself whether it was collected, and of no other.
    assert [(row["day"], row["score"]) for row in out["progress/gad7-7.csv"]] == [
        ("1", ""),
        ("3", ""),
        ("10", "7"),
    ]
    assert [
        (row["answered_on"], row["scale"], row["score"], row["highest"]) for row in out["scores.csv"]
    ] == [("2026-10-17", "gad7", "7", "21")] * 2


def gap(due: Due, how: str) -> None:
    Ending.objects.create(due=due, patient_id=due.patient_id, how=how, at=after(9), by="system:engine")


def test_two_versions_of_a_measure_are_never_in_one_file(tmp_path: Path) -> None:
    scene = Scene()
    ada = scene.admit("ada", sms=False)
    for seat, measure in zip(seats(scene, ada, 2), (BAM, BAM_IOP), strict=True):
        due = due_with(scene, seat, measure)
        sheet(due, {each.id: each.options[0].value for each in measure.items}, is_concern=False)
    out = written(scene, tmp_path, after(5))
    files = {name: rows for name, rows in out.items() if name.startswith("progress/")}
    assert set(files) == {
        f"progress/bam_{scale}-{version}.csv"
        for scale in ("use", "risk", "protective")
        for version in ("categorical-30", "iop-7")
    }
    for name, rows in files.items():
        assert {(f"progress/{row['instrument']}-{row['instrument_version']}.csv") for row in rows} == {name}
    both = tmp_path / "both.csv"
    one, other = (tmp_path / "progress" / f"bam_use-{each.version}.csv" for each in (BAM, BAM_IOP))
    both.write_text(one.read_text() + "\n".join(other.read_text().splitlines()[1:]) + "\n")
    refused = run("progress", "estimate", str(both), "--out", str(tmp_path / "x.csv"))
    assert (refused.exit_code, "versions are never put on one line" in refused.stderr) == (2, True)


def test_no_answer_to_an_item_goes_out_and_nothing_of_an_answer_that_asked_for_somebody(
    tmp_path: Path,
) -> None:
    scene = Scene()
    said: list[dict[str, Rows]] = []
    for name, last, since in (("ada", 0, 0), ("bea", 3, 0.5)):
        patient = scene.admit(name, sms=False)
        seat, other = seats(scene, patient, 2, since=since)
        items = {"1": 3 - last, "9": last} | {str(each): 0 for each in range(2, 9)}
        sheet(due_with(scene, seat, PHQ9), items, is_concern=bool(last))
        sheet(due_with(scene, other, SCREENER), {"6": 1} if last else {}, is_concern=bool(last))
        out = written(scene, tmp_path, after(2))
        said.append(
            {
                table: [row for row in rows if row["patient_id"] == patient.external_id]
                for table, rows in out.items()
            }
        )
    differs = {"patient_id", "measure_id", "session_id", "due_on"}
    calm, alarmed = (
        {
            table: [{k: v for k, v in row.items() if k not in differs} for row in rows]
            for table, rows in each.items()
        }
        for each in said
    )
    assert alarmed == calm
    assert [row["instrument"] for row in calm["scores.csv"]] == ["phq9"]
    assert [row["instrument"] for row in calm["measures.csv"]] == ["phq9", SCREENER.key]


def test_answers_that_were_taken_only_since_they_ask_for_somebody_are_in_no_table(tmp_path: Path) -> None:
    scene = Scene()
    item, whole = {"9": 2}, {str(each): 1 for each in range(1, 10)}
    said: list[dict[str, Rows]] = []
    for name, is_alarmed in (("ada", False), ("bea", True)):
        patient = scene.admit(name, sms=False)
        still_open, over, declined, late, by_phone = seats(scene, patient, 5, since=0.5 * is_alarmed)
        waits = due_with(scene, still_open, PHQ9, until=40)
        dues = [due_with(scene, each, PHQ9, until=2) for each in (over, declined, late, by_phone)]
        for due, how in zip(dues[1:], ("declined", "missed_session", "not_known"), strict=True):
            gap(due, how)
        if is_alarmed:
            sheet(waits, item, is_concern=True, at=after(6))
            sheet(dues[0], item, is_concern=True, at=after(1))
            sheet(dues[1], whole, is_concern=True, at=after(1.5), ends=False)
            sheet(dues[2], whole, is_concern=True, at=after(20), how="portal", ends=False)
            sheet(dues[3], whole, is_concern=True, at=after(20), how="phone", ends=False)
        else:
            gap(dues[0], "not_known")
        out = written(scene, tmp_path, after(30))
        hers = {
            t: [row for row in rows if row["patient_id"] == patient.external_id] for t, rows in out.items()
        }
        differs = ("patient_id", "measure_id", "session_id", "due_on")
        said.append(
            {
                t: [{k: v for k, v in row.items() if k not in differs} for row in rows]
                for t, rows in hers.items()
            }
        )
    calm, alarmed = said
    assert alarmed == calm
    assert [(row["state"], row["reason"]) for row in calm["measures.csv"]] == [
        ("open", ""),
        ("gap", "not_known"),
        ("gap", "declined"),
        ("gap", "missed_session"),
        ("gap", "not_known"),
    ]
    assert calm["scores.csv"] == []


def test_answers_on_paper_that_were_given_in_time_go_out_whatever_they_ask_for(tmp_path: Path) -> None:
    scene = Scene()
    (seat,) = seats(scene, scene.admit("ada", sms=False), 1)
    due = due_with(scene, seat, PHQ9)
    gap(due, "not_known")
    whole = {str(each): 1 for each in range(1, 10)}
    sheet(due, whole, is_concern=True, at=after(1.5), how="phone", ends=False)
    out = written(scene, tmp_path, after(30))
    assert [(row["state"], row["reason"]) for row in out["measures.csv"]] == [("answered", "not_known")]
    assert [row["score"] for row in out["scores.csv"]] == ["9"]


def due_with(scene: Scene, seat: Seat, measure: Instrument, *, until: float = 2) -> Due:
    key, version = measure.name_and_version
    return Due.objects.create(
        seat=seat,
        patient_id=seat.patient_id,
        program=scene.program,
        instrument=key,
        version=version,
        due_on=seat.session.starts_at.date(),
        recall_days=measure.recall_days,
        until_at=after(until),
        at=START,
        by="staff:1",
    )


def sheet(
    due: Due,
    answers: dict[str, int],
    *,
    is_concern: bool,
    at: datetime = START,
    how: str = "session",
    ends: bool = True,
) -> None:
    who = {"patient_id": due.patient_id, "at": at, "by": "staff:1"}
    made = Sheet.objects.create(
        due=due, program=due.program, instrument=due.instrument, version=due.version, language="en", how=how,
        answered_at=at, is_concern=is_concern, **who,
    )  # fmt: skip
    ItemAnswer.objects.bulk_create(
        ItemAnswer(sheet=made, item=item, value=value, **who) for item, value in answers.items()
    )
    if ends:
        Ending.objects.create(due=due, how="answered", **who)


def test_estimates_go_out_by_week_with_how_sure_they_are_their_level_model_and_source(tmp_path: Path) -> None:
    scene = Scene()
    steady, missing, gone = weeks_of(scene, ["1111", "1110", "1000"])
    for week in (3.1, 4.1, 4.3):
        run_ = estimated_nightly(START + timedelta(days=7 * week))
    rows = written(scene, tmp_path, after(40))["estimates.csv"]
    assert bare_columns(rows[0]) == []
    assert len(rows) == len({(row["patient_id"], row["week_ends_on"]) for row in rows}) == 6
    last = {row["patient_id"]: row for row in rows if row["estimated_on"] == str(run_.until_on)}
    assert set(last) == {each.external_id for each in (steady, missing, gone)}
    hers = last[missing.external_id]
    assert (hers["rank"], hers["rank_of"], hers["at_risk"], hers["calibrated"], hers["fits"]) == (
        "1",
        "2",
        "1",
        "0",
        "",
    )
    told = RiskEstimate.objects.get(run=run_, patient=missing)
    assert float(hers["p_lose_contact_4w"]) == pytest.approx(told.chance, abs=1e-6)
    assert float(hers["low90"]) < float(hers["p_lose_contact_4w"]) < float(hers["high90"])
    assert (hers["model"], hers["because"]) == (run_.model, told.because)
    assert "attendance" in hers["source"]
    assert (last[gone.external_id]["at_risk"], last[gone.external_id]["rank"]) == ("0", "")


def test_an_estimate_goes_out_with_what_a_look_had_come_to_by_then(tmp_path: Path) -> None:
    scene = Scene()
    weeks_of(scene, ["1111"])
    first = estimated_nightly(START + timedelta(days=7 * 3.1))
    columns = {
        each: getattr(first, each)
        for each in ("program", "model", "patients", "ranked", "followed", "events")
    }
    RiskRun.objects.create(
        **columns, until_on=first.until_on + timedelta(days=1), calibrated=True, fits="drifted", fits_because="9 and 1",
        at=START, by="system:engine",
    )  # fmt: skip
    estimated_nightly(START + timedelta(days=7 * 4.1))
    rows = written(scene, tmp_path, after(40))["estimates.csv"]
    assert [row["fits"] for row in rows] == ["", "drifted"]


def test_a_program_without_measures_has_their_tables_with_a_heading_and_no_folder_of_scores(
    tmp_path: Path,
) -> None:
    assert written(Scene(), tmp_path, START) == {name: [] for name in ROSTER}
    assert not (tmp_path / "progress").exists()


def test_the_folder_of_scores_is_its_owners_alone_and_follows_no_link(tmp_path: Path) -> None:
    scene, out, elsewhere = Scene(), tmp_path / "out", tmp_path / "elsewhere"
    tell(scene, (9, 8))
    out.mkdir()
    elsewhere.mkdir()
    (out / "progress").symlink_to(elsewhere)
    written(scene, out, after(20))
    assert list(elsewhere.iterdir()) == []
    assert (out / "progress").stat().st_mode & 0o777 == 0o700
    assert (out / "progress" / "phq9-9.csv").stat().st_mode & 0o777 == 0o600


def test_no_import_takes_in_what_was_measured_and_what_was_estimated(tmp_path: Path) -> None:
    scene = Scene()
    tell(scene, (9, 8))
    weeks_of_estimates = estimated_nightly(after(20))
    first = written(scene, tmp_path / "first", after(20), only=None)
    assert first["measures.csv"]
    assert weeks_of_estimates
    forget_everything()
    clock.simulate(shown_at=after(20), rate=0)
    program = a_program()
    import_folder(path=tmp_path / "first", program=program, accept=ANSWERED, by=COMMAND, at=after(20))
    assert Patient.objects.count() == 1
    for table in (Due, Sheet, Ending, RiskRun, RiskEstimate):
        assert not table.objects.exists(), table


# Whose rows they are


OF_PATIENTS = (Due, Reopening, Sheet, ItemAnswer, Ending, RiskEstimate)


def measured(scene: Scene) -> Patient:
    """A row of hers in each table."""
    (ada,) = weeks_of(scene, ["111"])
    seat = Seat.objects.filter(patient=ada).earliest("pk")
    answered(scene, [seat], {ada.pk: 9}, START, PHQ9)
    Reopening.objects.create(
        due=Due.objects.get(seat=seat), patient=ada, until_at=START, at=START, by="staff:1"
    )
    estimated_nightly(after(22))
    return ada


@pytest.mark.django_db(transaction=True)
def test_staff_of_the_same_program_who_may_not_see_her_see_no_row_of_hers_and_take_none_out(
    tmp_path: Path,
) -> None:
    scene = Scene()
    ada = measured(scene)
    near, dora = scene.ben, scene.hire("dora", "director")
    far = scene.hire("fay", "facilitator")
    elsewhere = Scene(slug="morning").hire("gil", "director")
    for who, sees in ((near, True), (dora, True), (far, False), (elsewhere, False)):
        with seen_by_staff(who.pk):
            assert {table: table.objects.exists() for table in OF_PATIENTS} == dict.fromkeys(
                OF_PATIENTS, sees
            )
        with seen_by_staff(who.pk):
            out = tmp_path / str(who.pk)
            export_folder(path=out, program=scene.program, only=OUT, by=staff_actor(who.pk), at=after(22))
        assert any(read(out).values()) == sees
    with seen_by_patient(ada.pk):
        assert not RiskEstimate.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_another_program_measured_of_her_does_not_go_out_with_this_one(tmp_path: Path) -> None:
    scene, other = Scene(), Scene(slug="morning")
    ada = measured(scene)
    shared = other.session(ada, starts_at=after(1))
    answered(other, list(shared.seats.all()), {ada.pk: 20}, after(1), PHQ9)
    assert [row["score"] for row in written(other, tmp_path / "other", after(22))["scores.csv"]] == ["20"]
    assert [row["score"] for row in written(scene, tmp_path / "here", after(22))["scores.csv"]] == ["9"]


@pytest.mark.django_db(transaction=True)
def test_the_command_writes_all_tables_as_of_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Scene()
    seen: list[Any] = []
    asks = {"roster": lambda *_: seen.extend(select("SHOW transaction_isolation"))}
    monkeypatch.setattr(exporting, "TABLES", asks)
    told = run("export", str(tmp_path / "out"), "--program", "evening")
    assert (told.exit_code, seen) == (0, [("repeatable read",)])


def test_rows_of_a_large_table_stay_with_the_server_until_they_are_written() -> None:
    rows = stream("SELECT number FROM generate_series(1, 5000) AS number", chunk=10)
    assert next(rows) == (1,)
    ((held,),) = select("SELECT count(*) FROM pg_cursors")
    assert held == 1
    assert sum(1 for _ in rows) == 4999
