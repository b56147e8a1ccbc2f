"""`rejoin progress estimate` and `program`: what they write, what they say, and what they refuse with file, line and field."""

import csv
import json
import os
import stat
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result

from rejoin.cli import main
from rejoin.domain.progress import Parameters
from tests.domain.progress.making import by_gaussian_process, drawn
from tools.validation import trials

SCHEMA = json.loads(Path("docs/contracts/progress.schema.json").read_text(encoding="utf-8"))
CONTRACT = [
    "patient_id",
    "day",
    "mean",
    "sd",
    "low90",
    "high90",
    "low95",
    "high95",
    "observed",
    "unmeasured_days",
    "low95_delta",
    "high95_delta",
    "verdict",
    "tipping_delta",
]
SERIES = """patient_id,day,score
ada,0,19
ada,7,18
ada,14,
ben,0,9
ben,7,
cleo,0,
"""


def write(path: Path, text: str) -> Path:
    file = path / "series.csv"
    file.write_text(text, encoding="utf-8")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["progress", *map(str, arguments)])


def estimated(folder: Path, text: str, *more: object) -> tuple[list[dict[str, str]], dict[str, object]]:
    out = folder / "out.csv"
    ended = run("estimate", write(folder, text), "--out", out, "--json", *more)
    assert ended.exit_code == 0, ended.output
    answer = json.loads(ended.stdout)
    jsonschema.validate(answer, {**SCHEMA, "$ref": "#/$defs/Estimates"})
    with out.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file)), answer


def refused(folder: Path, text: str, *more: object) -> list[str]:
    out = folder / "out.csv"
    ended = run("estimate", write(folder, text), "--out", out, *more)
    assert ended.exit_code == 2, ended.output
    assert not out.exists()
    assert list(folder.glob(".estimates-*")) == []
    return ended.stderr.splitlines()


def as_file(rows: object) -> str:
    lines = ["patient_id,day,score"]
    for who, day, score in zip(rows.patient, rows.day, rows.score, strict=True):  # type: ignore[attr-defined]
        lines.append(f"p{who:04},{day:g},{'' if np.isnan(score) else repr(float(score))}")
    return "\n".join(lines) + "\n"


def test_there_is_a_row_for_every_day_due_and_for_the_day_asked_about(tmp_path: Path) -> None:
    rows, _ = estimated(tmp_path, SERIES, "--instrument", "phq9", "--at", "21")
    assert list(rows[0])[: len(CONTRACT)] == CONTRACT
    assert [(row["patient_id"], row["day"], row["observed"], row["unmeasured_days"]) for row in rows] == [
        ("ada", "0", "1", "0"),
        ("ada", "7", "1", "0"),
        ("ada", "14", "0", "7"),
        ("ada", "21", "0", "14"),
        ("ben", "0", "1", "0"),
        ("ben", "7", "0", "7"),
        ("ben", "21", "0", "21"),
        ("cleo", "0", "0", "0"),
        ("cleo", "21", "0", "21"),
    ]
    assert {row["verdict"] for row in rows if row["patient_id"] == "cleo"} == {"cannot_tell"}
    assert all(row["tipping_delta"] == "" for row in rows if row["observed"] == "1")


def test_bands_and_means_are_those_of_a_dense_gaussian_process_with_the_parameters_told(
    tmp_path: Path,
) -> None:
    some = drawn(60, seed=3)
    rows, answer = estimated(tmp_path, as_file(some))
    told: dict[str, Any] = answer["instruments"][0]["parameters"]  # type: ignore[index]
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in told.items()
    }
    parameters = Parameters(**given)
    place = 0
    for who in range(some.patients):
        mean, covariance = by_gaussian_process(parameters, some.only(some.patient == who))
        for expected, spread in zip(mean, np.sqrt(np.diag(covariance)), strict=True):
            row = {
                name: float(rows[place][name])
                for name in ("mean", "sd", "low90", "high90", "low95", "high95")
            }
            assert row["mean"] == pytest.approx(expected, abs=1e-8)
            assert row["sd"] == pytest.approx(spread, abs=1e-8)
            assert row["high90"] - row["low90"] == pytest.approx(2 * 1.6448536269514722 * spread, abs=1e-8)
            assert row["high95"] - row["low95"] == pytest.approx(2 * 1.959963984540054 * spread, abs=1e-8)
            place += 1
    assert place == len(rows)


def test_the_order_of_rows_changes_nothing_but_the_order_of_patients(tmp_path: Path) -> None:
    heading, *lines = as_file(drawn(30, seed=4)).splitlines()
    shuffled = [lines[place] for place in np.random.default_rng(1).permutation(len(lines))]
    key = lambda row: (row["patient_id"], float(row["day"]))  # noqa: E731
    one = sorted(estimated(tmp_path, "\n".join([heading, *lines]))[0], key=key)
    other = sorted(estimated(tmp_path, "\n".join([heading, *shuffled]))[0], key=key)
    for here, there in zip(one, other, strict=True):
        assert here["verdict"] == there["verdict"]
        assert float(here["mean"]) == pytest.approx(float(there["mean"]), abs=1e-4)


def test_of_very_many_patients_the_same_are_fitted_on_in_any_order_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rejoin.domain.progress.fitting.FITTED_ON", 30)
    chance = np.random.default_rng(3)
    rows = [f"p{who},{day},{chance.normal(10, 3):.3f}" for who in range(80) for day in (0, 7, 14)]
    as_written = parameters_of(tmp_path, rows)
    shuffled = [rows[place] for place in chance.permutation(len(rows))]
    assert as_written["curve"] == pytest.approx(parameters_of(tmp_path, shuffled)["curve"], abs=1e-3)


def parameters_of(folder: Path, rows: list[str]) -> dict[str, Any]:
    text = "\n".join(["patient_id,day,score", *rows, ""])
    ended = run("estimate", write(folder, text), "--out", folder / "out.csv", "--json")
    parameters: dict[str, Any] = json.loads(ended.stdout)["instruments"][0]["parameters"]
    return parameters


def test_it_is_said_that_bands_fitted_on_few_patients_are_too_narrow(tmp_path: Path) -> None:
    for patients, noted in ((30, True), (300, False)):
        _, answer = estimated(tmp_path, as_file(drawn(patients, seed=4)))
        notes = answer["instruments"][0]["notes"]  # type: ignore[index]
        assert [f"fitted on {patients} patients: bands" in each for each in notes] == [True] * noted
        said = run("estimate", tmp_path / "series.csv", "--out", tmp_path / "out.csv").output
        assert ("somewhat too narrow" in said) is noted
    assert estimated(tmp_path, SERIES)[1]["instruments"][0]["notes"] == []  # type: ignore[index]


def test_a_single_patient_without_any_score_gets_a_wide_band_and_no_verdict(tmp_path: Path) -> None:
    rows, answer = estimated(tmp_path, "patient_id,day,score\nada,3,\n", "--instrument", "PHQ-9")
    assert float(rows[0]["high95"]) - float(rows[0]["low95"]) > 15
    assert rows[0]["verdict"] == "cannot_tell"
    told = answer["instruments"][0]  # type: ignore[index]
    assert told["fitted"]["how"].startswith("assumed")
    assert told["patients_without_score"] == 1


def test_several_instruments_are_each_estimated_by_themselves(tmp_path: Path) -> None:
    text = (
        "patient_id,day,score,instrument,instrument_version\n"
        "ada,0,19,phq9,1\nada,0,14,GAD-7,2\nada,7,3,gad7,2\nada,7,20,phq9,1\n"
    )
    rows, answer = estimated(tmp_path, text)
    assert [(row["instrument"], row["instrument_version"]) for row in rows] == [
        ("phq9", "1"), ("phq9", "1"), ("gad7", "2"), ("gad7", "2"),
    ]  # fmt: skip
    assert [each["reliable_change"]["points"] for each in answer["instruments"]] == [6, 4]  # type: ignore[attr-defined]
    only, _ = estimated(tmp_path, text, "--instrument", "gad7")
    assert {row["instrument"] for row in only} == {"gad7"}


def test_fewer_points_are_worse_where_they_protect(tmp_path: Path) -> None:
    text = "patient_id,day,score,instrument\n" + "".join(
        f"p{who},{day},{score},bam_protective\n"
        for who in range(30)
        for day, score in ((0, 20), (7, 3 + who % 3))
    )
    rows, answer = estimated(tmp_path, text, "--at", 60)
    told = answer["instruments"][0]  # type: ignore[index]
    assert told["worse_is"] == "lower"
    ahead = [row for row in rows if row["day"] == "60"]
    for row in ahead:
        shifted = (float(row["low95_delta"]) + float(row["high95_delta"])) / 2
        assert shifted < float(row["mean"])


def test_an_answer_that_would_settle_something_is_named_with_its_chance(tmp_path: Path) -> None:
    _, answer = estimated(tmp_path, as_file(drawn(80, seed=5, noise=4.0)), "--at", 90)
    asked = answer["instruments"][0]["ask_next"]  # type: ignore[index]
    assert asked
    assert all(0 <= each["settles"] <= 1 for each in asked)
    assert [each["settles"] for each in asked] == sorted((each["settles"] for each in asked), reverse=True)


def test_spellings_of_nothing_a_byte_order_mark_and_blank_lines_are_taken(tmp_path: Path) -> None:
    text = "\ufeffday, Patient_ID ,score,note\n0,ada,19,x\n\n7,ada,NA,\n14,ada, ,y\n"
    rows, _ = estimated(tmp_path, text)
    assert [row["observed"] for row in rows] == ["1", "0", "0"]
    heading = "patient_id,day,score,attended_share,instrument,instrument_version\n"
    for nothing in ("NA", "NaN", ""):
        rows, _ = estimated(tmp_path, f"{heading}NA,0,9,{nothing},phq9,{nothing}\nNA,7,NA,.5,{nothing},NA\n")
        assert [row["instrument_version"] for row in rows] == ["", ""]


def test_a_day_before_any_was_due_changes_no_other_row(tmp_path: Path) -> None:
    text = "patient_id,day,score\nada,7,\nada,14,12\nada,21,11\n"
    without = estimated(tmp_path, text, "--instrument", "phq9")[0]
    asked, *rows = estimated(tmp_path, text, "--instrument", "phq9", "--at", 0)[0]
    assert rows == without
    assert (asked["day"], asked["unmeasured_days"]) == ("0", "0")


def test_nothing_is_made_out_of_no_score_of_no_instrument(tmp_path: Path) -> None:
    told = refused(tmp_path, "patient_id,day,score\nada,0,\nada,7,\n")
    assert told == [
        "series.csv:1: file: holds no score and names no instrument: say what was due with --instrument"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "series.csv:1: file: is empty"),
        ("patient_id,day,score\n", "series.csv:1: file: holds no rows"),
        ("patient_id,day\nada,0\n", "series.csv:1: score: column is missing"),
        ("patient_id;day;score\nada;0;1\n", "series.csv:1: header: is not separated by commas"),
        ("patient_id,day,score\nada,0,nineteen\n", "series.csv:2: score: 'nineteen' is not a number"),
        ("patient_id,day,score\nada,0,1e999\n", "series.csv:2: score: 1e999 is not from"),
        ("patient_id,day,score\nada,soon,1\n", "series.csv:2: day: 'soon' is not a number"),
        ("patient_id,day,score\nada,,1\n", "series.csv:2: day: is empty"),
        ("patient_id,day,score\nada,NA,1\n", "series.csv:2: day: is empty"),
        ("patient_id,day,score\nada,2026000000,1\n", "series.csv:2: day: 2026000000 is not from"),
        ("patient_id,day,score\n,0,1\n", "series.csv:2: patient_id: is empty"),
        ("patient_id,day,score\nada,0\n", "series.csv:2: row: has 2 cells where the heading has 3"),
        (
            "patient_id,day,score\nada,0,1\nada,0.0,2\n",
            "series.csv:3: day: 'ada' has day 0 on line 2 already",
        ),
        ('patient_id,day,score\n"ada,0,1\n', "series.csv:2: row: is not readable CSV"),
        (
            "patient_id,day,score,attended_share\nada,0,1,75\n",
            "series.csv:2: attended_share: 75 is not from 0 to 1",
        ),
        ("patient_id,day,score,instrument\nada,0,28,phq9\n", "series.csv:2: score: 28 is not from 0 to 27"),
        (
            "patient_id,day,score,instrument\nada,0,1,mood\n",
            "series.csv:2: instrument: 'mood' is not an instrument",
        ),
        ("patient_id,day,score,instrument\nada,0,1,BAM\n", "series.csv:2: instrument: has no valid total"),
        (
            "patient_id,day,score,instrument\nada,0,1,phq9\nada,1,1,\n",
            "series.csv:3: instrument: is empty where other rows name one",
        ),
        (
            "patient_id,day,score,instrument\nada,0,1,\nada,1,1,phq9\n",
            "series.csv:3: instrument: is PHQ-9 where rows before it name none",
        ),
        (
            "patient_id,day,score,instrument,instrument_version\nada,0,1,phq9,1\nben,0,1,phq9,2\n",
            "series.csv:3: instrument_version: '2' after '1': versions are never put on one line",
        ),
        (
            "patient_id,day,score,instrument,instrument_version\nada,0,1,phq9,1\nben,0,1,phq9,\n",
            "series.csv:3: instrument_version: 'none' after '1'",
        ),
        ("patient_id,day,scores\nada,0,1\n", "is it 'score'?"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_field(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in line for line in refused(tmp_path, text))


def test_a_cell_over_two_lines_does_not_move_the_numbers_of_lines(tmp_path: Path) -> None:
    text = 'patient_id,day,score,note\nada,0,1,"two\nlines"\nben,0,x,\n'
    assert refused(tmp_path, text) == ["series.csv:4: score: 'x' is not a number"]


def test_of_very_many_problems_the_first_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    lines = refused(tmp_path, "patient_id,day,score\n" + "ada,0,x\n" * 500)
    assert len(lines) == 201
    assert lines[-1] == "series.csv:1: problems: 300 more are not listed"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    (tmp_path / "latin.csv").write_bytes("patient_id,day,score\nzoë,0,1\n".encode("latin-1"))
    for name, told in (
        ("nowhere.csv", "nowhere.csv:1: file: cannot be read"),
        ("latin.csv", "latin.csv:2: encoding: is not UTF-8"),
        (".", "file: cannot be read"),
    ):
        ended = run("estimate", tmp_path / name, "--out", out)
        assert ended.exit_code == 2
        assert told in ended.stderr
    assert not out.exists()


def test_an_instrument_nobody_knows_or_that_no_row_is_of_is_refused(tmp_path: Path) -> None:
    assert "not an instrument we know" in refused(tmp_path, SERIES, "--instrument", "mood")[0]
    text = "patient_id,day,score,instrument\nada,0,1,gad7\n"
    assert "no row is of PHQ-9" in refused(tmp_path, text, "--instrument", "phq9")[0]
    ended = run("estimate", write(tmp_path, SERIES), "--out", tmp_path / "out.csv", "--at", "nan")
    assert ended.exit_code == 2


def test_where_nothing_can_be_written_it_is_told_and_what_was_there_stays(tmp_path: Path) -> None:
    file = write(tmp_path, SERIES)
    for out, told in (
        (tmp_path, "is a folder"),
        (tmp_path / "no" / "out.csv", "its folder does not exist"),
        ("o\0ut.csv", "cannot be written"),
        (file / "out.csv", "cannot be written"),
    ):
        ended = run("estimate", file, "--out", out)
        assert ended.exit_code == 2
        assert told in ended.stderr or "does not exist" in ended.stderr
    kept = tmp_path / "kept.csv"
    kept.write_text("before", encoding="utf-8")
    broken = tmp_path / "broken.csv"
    broken.write_text("patient_id,day,score\nada,0,x\n", encoding="utf-8")
    assert run("estimate", broken, "--out", kept).exit_code == 2
    assert kept.read_text(encoding="utf-8") == "before"


def test_a_device_takes_estimates_as_they_come_and_a_full_one_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, SERIES)
    assert run("estimate", file, "--out", os.devnull).exit_code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    ended = run("estimate", file, "--out", "/dev/full")
    assert ended.exit_code == 2
    assert "/dev/full:1: --out: cannot be written" in ended.stderr


def test_more_than_a_full_device_takes_at_once_is_told_in_a_line(tmp_path: Path) -> None:
    many = "patient_id,day,score\n" + "".join(
        f"p{who},{day},{who % 20}\n" for who in range(60) for day in (0, 7)
    )
    ended = run("estimate", write(tmp_path, many), "--out", "/dev/full")
    assert ended.exit_code == 2, ended.output
    assert ended.stderr == "/dev/full:1: --out: cannot be written: No space left on device\n"


def test_a_pipe_takes_estimates_as_they_come(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as file:
        ended = run("estimate", write(tmp_path, SERIES), "--out", f"/dev/fd/{writing}")
        os.close(writing)
        assert ended.exit_code == 0, ended.output
        assert file.readline().startswith("patient_id,day,mean")
    assert ended.stdout == ""
    assert "Written to /dev/fd/" in ended.stderr


def test_what_is_read_is_never_written_over(tmp_path: Path) -> None:
    file = write(tmp_path, SERIES)
    link, twin = tmp_path / "link.csv", tmp_path / "twin.csv"
    link.symlink_to(file)
    os.link(file, twin)
    for out in (file, link, twin):
        ended = run("estimate", file, "--out", out)
        assert ended.exit_code == 2, ended.output
        assert "is a file that is read here" in ended.stderr
    assert file.read_text(encoding="utf-8") == SERIES


def test_a_file_that_is_replaced_keeps_who_may_read_it(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.touch()
    out.chmod(0o640)
    assert run("estimate", write(tmp_path, SERIES), "--out", out).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_without_json_it_says_in_words_what_nobody_can_tell(tmp_path: Path) -> None:
    ended = run("estimate", write(tmp_path, SERIES), "--out", tmp_path / "out.csv", "--instrument", "phq9")
    assert "3 patients, 3 scores" in ended.output
    assert "cannot tell" in ended.output
    assert "1 patients without any score" in ended.output


HEADING = "patient_id,day,score,base,arm,attended_share"


def a_trial(*, patients: int = 60, column: str = HEADING) -> str:
    chance = np.random.default_rng(6)
    lines = [column]
    for who in range(patients):
        arm, base, share = who % 2, chance.normal(20, 4), chance.random()
        level = base + chance.normal(0, 3)
        for visit, day in enumerate((7, 14, 28)):
            score = level - 3 * arm * (visit + 1) + chance.normal(0, 2)
            gone = visit > 0 and chance.random() < 0.2
            told = "" if gone else f"{score:.2f}"
            lines.append(
                f"p{who},{day + int(chance.random() < 0.3)},{told},{base:.2f},{('TAU', 'new')[arm]},{share:.2f}"
            )
    return "\n".join(lines) + "\n"


def answered(folder: Path, text: str, *more: object) -> dict[str, object]:
    ended = run("program", write(folder, text), "--json", *more)
    assert ended.exit_code == 0, ended.output
    answer: dict[str, object] = json.loads(ended.stdout)
    jsonschema.validate(answer, {**SCHEMA, "$ref": "#/$defs/Program"})
    return answer


def test_two_arms_are_compared_with_everybody_who_began_counted(tmp_path: Path) -> None:
    answer = answered(tmp_path, a_trial(), "--baseline-col", "base", "--arm-col", "arm")
    assert answer["question"] == "difference new - TAU on day 28"
    assert answer["arms"] == ["new", "TAU"]
    assert answer["attendance_helped"] is True
    assert answer["estimate"]["low95"] < -9 < answer["estimate"]["high95"]  # type: ignore[index]
    assert answer["estimate"]["patients"] == 60  # type: ignore[index]
    assert answer["comparisons"]["completers_only"]["label"].startswith("comparison only")  # type: ignore[index]
    assert answered(tmp_path, a_trial(), "--baseline-col", "base", "--arm-col", "arm") == answer
    other = answered(
        tmp_path, a_trial(), "--baseline-col", "base", "--arm-col", "arm", "--reference-arm", "new"
    )
    assert other["question"] == "difference TAU - new on day 28"


def test_the_antidepressant_trial_gives_the_published_difference(tmp_path: Path) -> None:
    """-2.801834, SE 1.114027 by R's nlme::gls (REML)."""
    table, drug, base = trials.hamd_table()
    lines = ["patient_id,day,score,basval,therapy"]
    for who, scores in enumerate(table):
        arm = "DRUG" if drug[who] else "PLACEBO"
        lines += [
            f"{who},{day},{'' if np.isnan(score) else score},{base[who]},{arm}"
            for day, score in zip((7, 14, 28, 42), scores, strict=True)
        ]
    answer = answered(tmp_path, "\n".join(lines) + "\n", "--baseline-col", "basval", "--arm-col", "therapy")
    assert answer["mixed_model"]["estimate"] == pytest.approx(-2.801834, abs=2e-6)  # type: ignore[index]
    assert answer["mixed_model"]["se"] == pytest.approx(1.114027, abs=1e-5)  # type: ignore[index]
    assert answer["estimate"]["estimate"] == pytest.approx(-2.80, abs=0.06)  # type: ignore[index]
    assert answer["estimate"]["se"] == pytest.approx(1.11, abs=0.02)  # type: ignore[index]


def test_days_that_wander_from_a_visits_day_still_meet_it_once_each(tmp_path: Path) -> None:
    """The trial's own days. Two of 608 scores lie nearer another visit, and nothing tells so: the difference moves by 0.013."""
    lines = ["patient_id,day,score,basval,therapy"]
    columns = ("PATIENT", "RELDAYS", "HAMDTL17", "BASVAL", "THERAPY")
    with trials.HAMD.open() as file:
        lines += [",".join(each[name] for name in columns) for each in csv.DictReader(file)]
    answer = answered(tmp_path, "\n".join(lines) + "\n", "--baseline-col", "basval", "--arm-col", "therapy")
    assert answer["visit_days"] == [7, 14, 28, 42]
    assert answer["left_out"] == 0
    assert answer["mixed_model"]["estimate"] == pytest.approx(-2.80, abs=0.02)  # type: ignore[index]


def test_with_one_score_nobody_can_tell_whatever_was_asked_since(tmp_path: Path) -> None:
    rows, _ = estimated(
        tmp_path,
        "patient_id,day,score\nada,0,20\nada,14,\nben,0,20\nben,7,3\nben,14,2\nben,21,3\n",
        "--instrument",
        "phq9",
        "--at",
        "28",
    )
    told = {(row["patient_id"], row["day"]): row for row in rows}
    assert {told[key]["verdict"] for key in told if key[0] == "ada" or key[1] == "0"} == {"cannot_tell"}
    assert told["ada", "28"]["tipping_delta"] == ""
    assert told["ben", "21"]["verdict"] == "improved"


@pytest.mark.parametrize(
    "due", ["ada,7,,phq9,", "ada,7,,,1", "ada,7,,,", "ada,7,,phq9,1.0", "ada,7,,PHQ-9,1"]
)
def test_a_row_without_a_score_need_not_say_of_what_it_was(tmp_path: Path, due: str) -> None:
    heading = "patient_id,day,score,instrument,instrument_version"
    for lines in (
        [due, "ada,0,20,phq9,1", "ada,14,12,phq9,1"],
        ["ada,0,20,phq9,1", due, "ada,14,12,phq9,1.0"],
    ):
        rows, _ = estimated(tmp_path, "\n".join([heading, *lines]) + "\n")
        assert [(row["day"], row["observed"], row["instrument_version"]) for row in rows] == [
            ("0", "1", "1"),
            ("7", "0", "1"),
            ("14", "1", "1"),
        ]


def test_a_row_without_a_score_of_another_version_or_of_any_of_several_is_refused(tmp_path: Path) -> None:
    heading = "patient_id,day,score,instrument,instrument_version\n"
    (other,) = refused(tmp_path, heading + "ada,0,20,phq9,1\nada,7,,phq9,2\n")
    assert "versions are never put on one line" in other
    (any_of,) = refused(tmp_path, heading + "ada,0,20,phq9,1\nada,0,9,gad7,1\nada,7,,,\n")
    assert "4: instrument: is empty, and the other rows name several" in any_of


def test_where_there_is_no_tipping_point_it_is_said_why(tmp_path: Path) -> None:
    def told(*last: int) -> str:
        rows = "".join(
            f"p{who},7,{15 + who % 3}\np{who},28,{last[who % 2] + who % 3 if who % 5 else ''}\n"
            for who in range(60)
        )
        return str(answered(tmp_path, "patient_id,day,score\n" + rows)["tipping"])

    assert "holds no change as it is" in told(10, 20)
    assert "It is a worsening as it is" in told(25, 26)
    assert "before the interval holds no change" in told(14, 15)


def test_without_arms_the_mean_change_is_told_in_words_with_its_tipping_point(tmp_path: Path) -> None:
    ended = run("program", write(tmp_path, a_trial()), "--baseline-col", "base")
    assert ended.exit_code == 0, ended.output
    assert "mean change from the baseline to day 28 (60 patients" in ended.output
    assert "Not estimates, only to compare with:" in ended.output
    assert "points worse than expected" in ended.output
    assert answered(tmp_path, a_trial())["question"] == "mean change from day 7 to day 28"


def test_a_column_says_which_visit_it_was(tmp_path: Path) -> None:
    heading, *lines = a_trial().splitlines()
    week = {7: "w1", 8: "w1", 14: "w2", 15: "w2", 28: "w4", 29: "w4"}
    numbered = "\n".join([heading + ",seen", *(f"{line},{week[int(line.split(',')[1])]}" for line in lines)])
    answer = answered(tmp_path, numbered, "--visit-col", "seen", "--arm-col", "arm")
    assert len(answer["visit_days"]) == 3  # type: ignore[arg-type]
    named = numbered.replace("seen", "visit", 1)
    assert answered(tmp_path, named, "--arm-col", "arm") == answer
    gap = numbered.replace(",w2", ",", 1)
    ended = run("program", write(tmp_path, gap), "--visit-col", "seen")
    assert "seen: is empty" in ended.stderr


def test_the_first_day_is_the_baseline_where_that_has_a_column_of_its_own(tmp_path: Path) -> None:
    text = a_trial()
    doubled = text + "".join(
        f"p{who},0,{line.split(',')[3]},{','.join(line.split(',')[3:])}\n"
        for who, line in enumerate(text.splitlines()[1::3])
    )
    plain = answered(tmp_path, text, "--baseline-col", "base", "--arm-col", "arm")
    assert answered(tmp_path, doubled, "--baseline-col", "base", "--arm-col", "arm") == plain


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (a_trial().replace("TAU", "old", 1), ("--arm-col", "arm"), "arm: 'TAU' where another row"),
        (a_trial(patients=1), ("--arm-col", "arm"), "arm: has 1 arms"),
        (a_trial(), ("--arm-col", "arm", "--reference-arm", "x"), "arm: has no arm 'x'"),
        (a_trial(), ("--arm-col", "patient_id"), "keep the rows of two of them in the file"),
        (a_trial(), ("--reference-arm", "TAU"), "series.csv:1: --reference-arm: says with which arm"),
        (a_trial(), ("--arm-col", ""), "series.csv:1: --arm-col: is empty"),
        (a_trial(), ("--arm-col", "side"), "side: column is missing"),
        (
            f"{HEADING}\nada,1,1,x,a,1\nben,1,1,,b,1\n",
            ("--baseline-col", "base"),
            "base: 'x' is not a number",
        ),
        (
            f"{HEADING}\nada,1,1,x,a,1\nben,1,1,,b,1\n",
            ("--baseline-col", "base"),
            "base: is empty for this patient",
        ),
        (
            f"{HEADING},instrument\nada,1,1,99,a,1,phq9\n",
            ("--baseline-col", "base"),
            "base: 99 is not from 0 to 27",
        ),
        (f"{HEADING}\nada,0,1,1,a,1\n", ("--baseline-col", "base"), "file: holds no day after 0"),
        (a_trial(patients=4), (), "file: There are too few patients"),
        (
            "patient_id,day,score\n" + "".join(f"p{who},{day},5\n" for who in range(20) for day in (7, 14)),
            (),
            "too alike",
        ),
        (
            "patient_id,day,score\n"
            + "".join(f"p{who},{4 * day},5\n" for who in range(20) for day in range(40)),
            (),
            "40 visits were found",
        ),
        (
            "patient_id,day,score,instrument\nada,0,1,phq9\nada,0,1,gad7\n",
            (),
            "holds several instruments",
        ),
    ],
)
def test_a_program_that_cannot_be_told_is_refused(
    tmp_path: Path, text: str, options: tuple[str, ...], told: str
) -> None:
    ended = run("program", write(tmp_path, text), *options)
    assert ended.exit_code == 2, ended.output
    assert told in ended.stderr
    assert all(line.startswith("series.csv:") for line in ended.stderr.splitlines())
