"""`rejoin risk contact`: what it writes, what it says, and what it refuses with file, line and field."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result

from rejoin.cli import main
from rejoin.estimating.models_file import as_document, shipped, shipped_models
from tests.domain.risk.weeks_of import a_site
from tools.validation.attending import WEEKS

Row = dict[str, str]
CONTRACT = json.loads((Path(__file__).parents[2] / "docs/contracts/risk.schema.json").read_text())
HEADING = [
    "who", "week", "at_risk", "p_lose_contact_4w", "low90", "high90", "rank_percentile", "calibrated", "because",
    "p_lapse_4w",
    "lapse_low90",
    "lapse_high90",
    "lapse_calibrated",
]  # fmt: skip


def rows_of_a_site(**how: int) -> list[Row]:
    weeks = a_site(**{"patients": 70, **how})
    return [
        {
            "who": str(900 - weeks.patient[row]),
            "week": str(weeks.week[row]),
            "attended": str(int(weeks.attended[row])),
            "contact_days": str(weeks.contact_days[row]),
            "uds_obs": str(int(weeks.tested[row])),
            "uds_pos": str(int(weeks.positive[row])) if weeks.tested[row] else "",
            "weeks_left": str(weeks.weeks_left[row]),
        }
        for row in range(weeks.count)
    ]


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)
    return path


def run(weeks: Path, *more: object) -> Result:
    out = weeks.parent / "out.csv"
    return CliRunner().invoke(
        main, ["risk", "contact", "--weeks", str(weeks), "--out", str(out), *map(str, more)]
    )


def estimates(weeks: Path, *more: object) -> list[Row]:
    ended = run(weeks, *more)
    assert ended.exit_code == 0, ended.output
    with (weeks.parent / "out.csv").open() as file:
        return list(csv.DictReader(file))


def test_there_is_one_row_a_landmark_by_ascending_patient_with_an_interval_and_reasons(
    tmp_path: Path,
) -> None:
    rows = rows_of_a_site()
    made = estimates(write(tmp_path / "w.csv", rows))
    assert list(made[0]) == HEADING
    wanted = sorted((int(each["who"]), int(each["week"])) for each in rows if each["week"] != "1")
    assert [(int(each["who"]), int(each["week"])) for each in made] == wanted
    for each in made:
        assert 0 <= float(each["low90"]) <= float(each["p_lose_contact_4w"]) <= float(each["high90"]) <= 1
        assert 0 < float(each["rank_percentile"]) < 100
        assert each["because"]
        assert "relapse" not in each["because"]


def test_who_is_judged_by_what_was_learnt_of_her_is_told_so(tmp_path: Path) -> None:
    weeks = write(tmp_path / "w.csv", rows_of_a_site())
    told = json.loads(run(weeks, "--train", weeks, "--json").stdout)
    assert "--train is the file itself" in told["notes"][-1]


def test_the_order_of_rows_and_columns_changes_nothing(tmp_path: Path) -> None:
    rows = rows_of_a_site()
    made = estimates(write(tmp_path / "w.csv", rows))
    turned = [dict(reversed(each.items())) for each in reversed(rows)]
    assert estimates(write(tmp_path / "v.csv", turned)) == made


def test_without_columns_of_tests_attendance_answers_and_no_lapse_is_told(tmp_path: Path) -> None:
    rows = [
        {name: each[name] for name in ("who", "week", "attended", "contact_days")}
        for each in rows_of_a_site()
    ]
    made = estimates(write(tmp_path / "w.csv", rows))
    assert {each["p_lapse_4w"] for each in made} == {""}
    told = json.loads(run(tmp_path / "w.csv", "--json").stdout)
    assert told["with_lapse"] == 0
    assert "attendance alone" in told["notes"][0]


def test_weeks_left_may_be_absent_or_partly_empty(tmp_path: Path) -> None:
    rows = rows_of_a_site()
    whole = estimates(write(tmp_path / "w.csv", rows), "--local", 60)
    for each in rows[::2]:
        each["weeks_left"] = ""
    assert estimates(write(tmp_path / "w.csv", rows), "--local", 60) == whole
    without = [{name: cell for name, cell in each.items() if name != "weeks_left"} for each in rows]
    assert estimates(write(tmp_path / "w.csv", without), "--local", 60) == whole


def test_other_programs_ways_to_write_yes_no_and_nothing_are_read(tmp_path: Path) -> None:
    rows = rows_of_a_site()
    whole = estimates(write(tmp_path / "w.csv", rows))
    for each in rows:
        each["attended"] = {"1": "True", "0": "False"}[each["attended"]]
        each["uds_obs"] = {"1": "TRUE", "0": "FALSE"}[each["uds_obs"]]
        each["uds_pos"] = {"1": "1.0", "0": "0.0", "": "NA"}[each["uds_pos"]]
        each["contact_days"] += ".0"
    assert estimates(write(tmp_path / "w.csv", rows)) == whole


@pytest.mark.parametrize(
    "columns",
    [
        "*",
        "* REPLACE (who::DOUBLE AS who, week::DOUBLE AS week, attended::BIGINT AS attended, uds_obs::DOUBLE AS uds_obs)",
        "* REPLACE (who::VARCHAR AS who, week::SMALLINT AS week, attended::FLOAT AS attended, contact_days::DOUBLE AS contact_days)",
        "* REPLACE (CASE WHEN uds_pos IS NULL THEN 'nan'::DOUBLE ELSE uds_pos END AS uds_pos)",
        "*, 'a note' AS reason, week * 7 AS day",
        "who, project, uds_pos, week, contact_days, attended, uds_obs",
    ],
)
def test_parquet_holds_numbers_in_many_ways_and_they_mean_the_same(tmp_path: Path, columns: str) -> None:
    wanted = estimates(_parquet(tmp_path / "plain.parquet", "*"))
    assert estimates(_parquet(tmp_path / "w.parquet", columns)) == wanted


def _parquet(path: Path, columns: str) -> Path:
    duckdb.connect().execute(
        f"COPY (SELECT {columns} FROM read_parquet('{WEEKS}') WHERE who < 500) TO '{path}' (FORMAT parquet)"
    )
    return path


def test_fifty_local_patients_make_it_calibrated_and_fewer_do_not(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", rows_of_a_site())
    assert {each["calibrated"] for each in estimates(path)} == {"0"}
    assert {each["calibrated"] for each in estimates(path, "--local", 49)} == {"0"}
    assert {each["calibrated"] for each in estimates(path, "--local", 50)} == {"1"}
    told = json.loads(run(path, "--local", "50", "--json").stdout)
    assert told["local"]["patients"] == 50
    assert told["may_be_shown"] == "percentages with their interval"
    assert json.loads(run(path, "--json").stdout)["may_be_shown"] == "ranks only"


def test_local_patients_are_the_first_by_ascending_number(tmp_path: Path) -> None:
    rows = rows_of_a_site()
    first = sorted({int(each["who"]) for each in rows})[:50]
    for each in rows:
        if int(each["who"]) in first:
            each.update(attended="1", contact_days="1")
    told = json.loads(run(write(tmp_path / "w.csv", rows), "--local", "50", "--json").stdout)
    assert told["local"]["events"] == 0


def test_a_model_is_fitted_on_other_weeks_where_they_are_given(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", rows_of_a_site())
    train = write(tmp_path / "t.csv", rows_of_a_site(patients=200, seed=5))
    told = json.loads(run(path, "--train", train, "--json").stdout)
    assert told["model"] == {"source": "t.csv", "patients": 200, "patient_weeks": 3200}
    assert estimates(path, "--train", train) != estimates(path)


def test_what_is_printed_as_json_keeps_to_its_contract(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", rows_of_a_site())
    short = write(tmp_path / "s.csv", [each for each in rows_of_a_site() if int(each["week"]) < 4])
    told = [
        json.loads(run(path, *more, "--json").stdout) for more in ((), ("--local", 60), ("--train", path))
    ]
    told.append(json.loads(run(short, "--json").stdout))
    alone = write(tmp_path / "a.csv", rows_of_a_site(patients=1))
    told.insert(0, json.loads(run(alone, "--json").stdout))
    for each in told:
        jsonschema.validate(each, CONTRACT)
    assert told[-1]["so_far"] is None
    assert told[2]["so_far"]["patients"] <= 10


def test_what_is_printed_without_json_says_what_may_be_shown(tmp_path: Path) -> None:
    said = run(write(tmp_path / "w.csv", rows_of_a_site())).output
    assert "may be shown: ranks only" in said


def test_days_of_contact_in_a_week_not_attended_are_noted(tmp_path: Path) -> None:
    rows = rows_of_a_site()
    next(each for each in rows if each["attended"] == "0")["contact_days"] = "2"
    path = write(tmp_path / "w.csv", rows)
    assert (
        "1 weeks were not attended and have contact days"
        in json.loads(run(path, "--json").stdout)["notes"][0]
    )
    assert "taken as written" in run(path).output


def cell(row: int, column: str, value: str) -> Callable[[list[Row]], object]:
    return lambda rows: rows[row].update({column: value})


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cell(1, "attended", "2"), "w.csv:3: attended: must be 0 or 1: '2'"),
        (cell(1, "attended", "yes"), "w.csv:3: attended: must be a whole number, not 'yes'"),
        (cell(1, "attended", ""), "w.csv:3: attended: is empty"),
        (cell(1, "who", ""), "w.csv:3: who: is empty"),
        (cell(1, "week", "0"), "w.csv:3: week: must be a week from 1 up: '0'"),
        (cell(1, "week", "1"), "w.csv:3: week: repeats week 1 of this patient, of line 2"),
        (cell(0, "contact_days", "-1"), "w.csv:2: contact_days: must be from 0 to 1000000: '-1'"),
        (cell(0, "weeks_left", "-3"), "w.csv:2: weeks_left: must be from 0 to 1000000: '-3'"),
        (cell(0, "uds_pos", "2"), "w.csv:2: uds_pos: must be 0 or 1: '2'"),
        (
            lambda rows: rows[0].update(uds_obs="0", uds_pos="1"),
            "w.csv:2: uds_pos: is the result of a test, and uds_obs says there was none",
        ),
        (
            lambda rows: rows.pop(2),
            "w.csv:4: week: follows week 2 of this patient: a week that she missed is a row with attended 0",
        ),
        (
            lambda rows: rows.pop(0),
            "w.csv:2: week: begins with week 2: weeks count from 1, those she missed among them",
        ),
        (
            lambda rows: rows[0].update(attended="1", contact_days=""),
            "w.csv:2: contact_days: is empty in a week that she attended",
        ),
        (
            lambda rows: rows.__setitem__(slice(None), [each for each in rows if each["week"] == "1"]),
            "w.csv:2: week: is everybody's only one: nothing is estimated before the second",
        ),
        (
            lambda rows: [each.__setitem__("contact_day", each.pop("contact_days")) for each in rows],
            "w.csv:1: contact_day: is not a column we know; is it 'contact_days'?",
        ),
        (lambda rows: [each.pop("attended") for each in rows], "w.csv:1: attended: column is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_written(
    tmp_path: Path, spoil: Callable[[list[Row]], object], told: str
) -> None:
    rows = rows_of_a_site()
    spoil(rows)
    ended = run(write(tmp_path / "w.csv", rows))
    assert ended.exit_code == 2
    assert told in ended.output
    assert "Traceback" not in ended.output
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("w.csv", b"", "w.csv:1: header: is missing"),
        ("w.csv", b"who,week,attended,contact_days\n", "w.csv:1: file: holds no patient-week"),
        ("w.csv", b"who;week;attended\n1;1;1\n", "is not separated by commas"),
        ("w.csv", b"who,week,attended,contact_days\n\xff\xfe,1,1,1\n", "w.csv:2: encoding: is not UTF-8"),
        ("w.parquet", b"PAR1 and no more", "w.parquet:1: file: is not readable Parquet"),
        ("w.parquet", b"", "w.parquet:1: file: is not readable Parquet"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    ended = run(tmp_path / name)
    assert ended.exit_code == 2
    assert told in ended.output


def test_files_and_patients_that_are_not_there_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "w.csv", rows_of_a_site())
    assert "file: is missing" in run(tmp_path / "no.csv").output
    assert "file: is missing" in run(path, "--train", tmp_path / "no.csv").output
    assert "asks for 99 patients, and the file has 70" in run(path, "--local", 99).output
    short = write(tmp_path / "s.csv", [each for each in rows_of_a_site() if int(each["week"]) < 4])
    assert "nobody with four further weeks" in run(short, "--local", 60).output
    few = write(tmp_path / "f.csv", rows_of_a_site(patients=3))
    assert "needs at least 10 weeks after which contact was lost" in run(path, "--train", few).output


def test_of_very_many_problems_the_rest_are_counted_of_the_file(tmp_path: Path) -> None:
    rows = [{**each, "attended": "x"} for each in rows_of_a_site()][:250]
    said = run(write(tmp_path / "w.csv", rows)).output
    assert said.splitlines()[-1] == "w.csv:1: problems: 50 more are not listed"


def test_neither_the_weeks_nor_what_is_learnt_from_is_written_over(tmp_path: Path) -> None:
    train, weeks = (write(tmp_path / name, rows_of_a_site(patients=3)) for name in ("out.csv", "w.csv"))
    for read in ([train], [weeks, "--train", train]):
        before = train.read_bytes()
        ended = run(*read)
        assert ended.exit_code == 2, ended.output
        assert "is a file that is read here" in ended.output
        assert train.read_bytes() == before


def test_the_model_that_ships_says_where_it_comes_from_and_survives_being_written() -> None:
    told = shipped()
    assert "CTN-0027 and CTN-0030" in told.provenance["fitted_on"]
    assert "MIT" in told.provenance["licence"]
    again = as_document(shipped_models())
    assert np.allclose(again["tested"]["covariance"], told.fits["tested"]["covariance"])
    assert again["tested"]["names"] == told.fits["tested"]["names"]


def test_a_table_with_zeros_or_nothing_where_nothing_was_is_read_as_the_same(tmp_path: Path) -> None:
    rows = rows_of_a_site(patients=20)
    plain = estimates(write(tmp_path / "w.csv", rows))
    for row in rows:
        if row["attended"] == "0":
            row["contact_days"] = ""
        if row["uds_obs"] == "0":
            row["uds_pos"] = "0"
    assert estimates(write(tmp_path / "w.csv", rows)) == plain


def test_one_patient_alone_is_estimated(tmp_path: Path) -> None:
    rows = rows_of_a_site(patients=20)
    rows = [each for each in rows if each["who"] == rows[0]["who"]]
    found = estimates(write(tmp_path / "w.csv", rows))
    assert len(found) == len(rows) - 1
    assert {each["calibrated"] for each in found} == {"0"}
    assert all(0 < float(each["p_lose_contact_4w"]) < 1 for each in found)
