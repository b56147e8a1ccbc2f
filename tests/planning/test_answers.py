"""What `solve` and `offers` say of a folder, and what they refuse."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rejoin.cli import main
from tests.builders.planning import write_instance
from tests.planning.folder import GOOD_PLAN, good_folder, write_plan


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["makeup", *map(str, arguments)])


def told(*arguments: object) -> dict[str, object]:
    ended = run(*arguments, "--json")
    assert ended.exit_code == 0, ended.output
    answer: dict[str, object] = json.loads(ended.stdout)
    return answer


def test_a_folder_is_solved_and_the_plan_is_checked(tmp_path: Path) -> None:
    folder = good_folder(tmp_path).write()
    plan = tmp_path / "PLAN.csv"
    answer = told("solve", folder, "--out", plan)
    with plan.open(newline="") as file:
        assert [row[0] for row in list(csv.reader(file))[1:]] == [missed for missed, _ in GOOD_PLAN]
    assert {
        name: answer[name] for name in ("recovered", "recovered_high_risk", "full_weeks", "unplaced", "gap")
    } == {
        "recovered": 5,
        "recovered_high_risk": 3,
        "full_weeks": 3,
        "unplaced": [],
        "gap": 0.0,
    }
    verdict = told("check", folder, plan)
    same = ("objective", "recovered", "recovered_high_risk", "full_weeks", "by_kind")
    assert {name: verdict[name] for name in same} == {name: answer[name] for name in same}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_said_of_a_plan_is_what_the_checker_says_of_it(tmp_path: Path, seed: int) -> None:
    folder = write_instance(tmp_path, size=250, seed=seed, apart=0.4)
    answer = told("solve", folder, "--out", tmp_path / "PLAN.csv", "--workers", 2)
    verdict = told("check", folder, tmp_path / "PLAN.csv")
    for name in ("objective", "recovered", "recovered_high_risk", "full_weeks", "by_kind"):
        assert verdict[name] == answer[name]
    unplaced = answer["unplaced"]
    assert isinstance(unplaced, list)
    assert len(unplaced) == 250 - int(str(answer["recovered"]))
    assert all(each["because"] for each in unplaced)


def test_why_a_missed_session_has_no_slot_is_said(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    folder.patient("dora", pod="dora").missed("m6", "dora", module="skill9")
    folder.patient("eve", pod="eve").missed("m7", "eve")
    for slot in folder.tables["slots"]:
        slot["seats"] = "1"
    answer = told("solve", folder.write(), "--out", tmp_path / "PLAN.csv")
    because = {each["missed_id"]: each["because"] for each in answer["unplaced"]}  # type: ignore[attr-defined]
    assert "no seat is left in what fits" in because.values()


def test_people_are_told_in_words(tmp_path: Path) -> None:
    folder = good_folder(tmp_path).write()
    ended = run("solve", folder, "--out", tmp_path / "PLAN.csv")
    assert ended.exit_code == 0
    assert "5 missed sessions have a make-up" in ended.output
    assert "gap 0.000%" in ended.output
    ended = run("offers", folder, "--missed", "m1")
    assert ended.output.startswith("1. s1 (cohort, morning)")
    nothing = good_folder(tmp_path / "none")
    nothing.tables["slots"] = nothing.tables["slots"][:1]
    nothing.change("slots", 0, module="skill9")
    ended = run("offers", nothing.write(), "--missed", "m1")
    assert "Nothing that is planned can stand for it." in ended.output
    assert "not s1: stands for another session" in ended.output


def test_offers_say_why_these_and_why_not_others(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    folder.slot("french", 5220, language="fr")
    answer = told("offers", folder.write(), "--missed", "m1", "-n", 2)
    offers, near = answer["offers"], answer["near_misses"]
    assert isinstance(offers, list)
    assert isinstance(near, list)
    assert [each["rank"] for each in offers] == [1, 2]
    assert all(each["value"] == sum(part["points"] for part in each["because"]) for each in offers)
    assert {"slot_id": "french", "start": 5220, "because": ["is not in a language of the patient's"]} in near


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("offers", "FOLDER", "--missed", "m99"), "names no missed session"),
        (("solve", "FOLDER", "--out", "/nowhere/PLAN.csv"), "its folder does not exist"),
        (("solve", "/nowhere", "--out", "PLAN.csv"), "is not a folder"),
    ],
)
def test_what_cannot_be_answered_is_refused(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    folder = good_folder(tmp_path).write()
    ended = run(*(str(folder) if each == "FOLDER" else each for each in arguments))
    assert ended.exit_code == 2
    assert words in ended.output


def linked(path: Path) -> Path:
    """To each other, and nowhere."""
    (path / "one").symlink_to(path / "two")
    (path / "two").symlink_to(path / "one")
    return path / "one"


OUT: dict[str, Callable[[Path], object]] = {
    "no name": lambda _: "",
    "a folder": lambda path: path,
    "in a file": lambda path: write_plan(path / "file", []) / "PLAN.csv",
    "where nobody writes": lambda _: "/proc/PLAN.csv",
    "too long a name": lambda path: path / ("x" * 300),
    "no path": lambda path: path / "a\0b",
    "links in a ring": linked,
}


@pytest.mark.parametrize("out", OUT.values(), ids=OUT)
def test_where_no_plan_can_be_written_is_said_before_any_work(
    tmp_path: Path, out: Callable[[Path], object]
) -> None:
    ended = run("solve", "/nowhere", "--out", out(tmp_path))
    assert ended.exit_code == 2
    (line,) = ended.output.splitlines()
    assert ":1: --out: " in line
    assert not list(tmp_path.rglob("*.part"))


def test_a_disk_that_is_full_is_said_of_the_file(tmp_path: Path) -> None:
    ended = run("solve", good_folder(tmp_path).write(), "--out", "/dev/full")
    assert ended.exit_code == 2
    assert ended.output.splitlines()[-1].startswith("/dev/full:1: --out: cannot be written: ")


def test_a_plan_goes_through_a_pipe_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    told("solve", good_folder(tmp_path / "folder").write(), "--out", pipe)
    assert os.read(reading, 1000).startswith(b"missed_id,slot_id\nm1,")
    os.close(reading)
    assert pipe.is_fifo()


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    link, plan = tmp_path / "link.csv", tmp_path / "PLAN.csv"
    link.symlink_to(plan)
    told("solve", good_folder(tmp_path / "folder").write(), "--out", link)
    assert link.is_symlink()
    assert plan.read_text().startswith("missed_id,slot_id\nm1,")
    assert {each.name for each in tmp_path.iterdir()} == {"folder", "link.csv", "PLAN.csv"}


def test_a_folder_that_is_refused_leaves_the_plan_of_before(tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "PLAN.csv", GOOD_PLAN)
    before = plan.read_bytes()
    assert run("solve", "/nowhere", "--out", plan).exit_code == 2
    assert plan.read_bytes() == before
    assert list(tmp_path.iterdir()) == [plan]


@pytest.mark.parametrize("limit", ["nan", "inf", "-inf", "-5", "0", "soon"])
def test_what_is_no_number_of_seconds_is_refused_in_a_line_before_anything_is_written(
    tmp_path: Path, limit: str
) -> None:
    plan = tmp_path / "PLAN.csv"
    ended = run("solve", good_folder(tmp_path).write(), "--out", plan, f"--time-limit={limit}")
    assert ended.exit_code == 2
    assert "Invalid value for '--time-limit'" in ended.output
    assert not plan.exists()
