"""`make validate`: what can be measured with what is in the repository, and what is said where data is not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools import validate
from tools.validation import progress_missing, progress_one_step, trials
from tools.validation.marks import Mark, absent, between, write_table


def test_the_next_score_of_the_trial_that_ships_is_foretold_within_its_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [each for each in progress_one_step.SETS if each[1] == trials.HAMD]
    lost = [("BDI-II", tmp_path / "bdi_wide.csv", trials.bdi_series, 4.036)]
    monkeypatch.setattr(progress_one_step, "SETS", (*ours, *lost))
    marks = progress_one_step.validate(tmp_path, quick=True)
    assert [mark.is_met for mark in marks] == [True, True, None]
    assert marks[-1].told().startswith("not measured BDI-II")
    assert list(tmp_path.iterdir()) == []


def test_the_mixed_model_stands_at_its_published_figures_without_the_data_that_may_not_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "PANSS", tmp_path / "panss_change_wide.csv")
    marks = progress_missing.validate(tmp_path, quick=True)
    assert [mark.is_met for mark in marks] == [True] * 4 + [None]


def test_a_missed_mark_is_an_exit_code_and_an_unknown_part_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for found, code in ((between("x", 0.5, 0, 1), 0), (between("x", 2, 0, 1), 1), (absent("x", tmp_path), 0)):
        marks: list[Mark] = [found]
        monkeypatch.setattr(progress_one_step, "validate", lambda out, quick, marks=marks: marks)
        assert validate.main(["progress_one_step"]) == code
    assert "MISSED" in capsys.readouterr().out
    assert validate.main(["nothing"]) == 2


def test_a_miss_that_the_model_card_owns_to_is_told_and_is_news_only_once_it_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for value, code, told in ((2, 0, "MISSED"), (0.5, 1, "the model card says that it is missed")):
        marks: list[Mark] = [replace(between("x", value, 0, 1), known="it was learnt from more")]
        monkeypatch.setattr(progress_one_step, "validate", lambda out, quick, marks=marks: marks)
        assert validate.main(["progress_one_step"]) == code
        assert told in capsys.readouterr().out


def test_a_table_has_its_title_its_notes_and_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "table.md"
    write_table(file, "Title", "Notes.", ["a", "b"], [["1", "2"]])
    assert file.read_text(encoding="utf-8") == "# Title\n\nNotes.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n"
