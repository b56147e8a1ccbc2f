"""A plan from a process of its own, of which nothing is left when it is ended."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from rejoin.planning import apart
from rejoin.planning.reading import read_instance
from tests.builders.planning import write_instance
from tests.planning.folder import good_folder
from tests.planning.lingering import SIGN, Lives, find_busily, find_idly


def test_a_plan_comes_from_a_process_of_its_own(tmp_path: Path) -> None:
    instance = read_instance(good_folder(tmp_path).write())
    plan = apart.plan_apart(instance, seconds=5, workers=1)
    assert plan is not None
    assert plan.slot_of
    assert plan.objective <= plan.bound


def test_a_planner_that_ends_without_a_word_has_answered_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = read_instance(good_folder(tmp_path).write())
    monkeypatch.setattr(apart, "find", vanish)
    assert apart.plan_apart(instance, seconds=5, workers=1) is None


def test_a_planner_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = read_instance(good_folder(tmp_path).write())
    monkeypatch.setattr(apart, "find", linger)
    assert apart.plan_apart(instance, seconds=0.1, workers=1, grace=0) is None


def test_whoever_waits_may_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = read_instance(good_folder(tmp_path).write())
    monkeypatch.setattr(apart, "find", linger)
    monkeypatch.setattr(apart, "LOOKS_SECONDS", 0.01)

    def stop() -> None:
        raise KeyError("stopped")

    with pytest.raises(KeyError, match="stopped"):
        apart.plan_apart(instance, seconds=60, workers=1, meanwhile=stop)


@pytest.mark.parametrize("find", [find_busily, find_idly])
def test_what_a_planner_has_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, find: Callable[..., None]
) -> None:
    lives = Lives(tmp_path / "sign")
    monkeypatch.setenv(SIGN, str(tmp_path / "sign"))
    monkeypatch.setattr(apart, "find", find)
    monkeypatch.setattr(apart, "LOOKS_SECONDS", 0.01)

    def stop() -> None:
        if lives.look(2):
            raise KeyError("stopped by a person")

    with pytest.raises(KeyError, match="stopped by a person"):
        apart.plan_apart(read_instance(write_two_parts(tmp_path)), seconds=600, workers=2, meanwhile=stop)
    assert lives.are_over()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nobody_is_left_of_a_command_that_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    lives = Lives(tmp_path / "sign")
    monkeypatch.setenv(SIGN, str(tmp_path / "sign"))
    folder = write_two_parts(tmp_path)
    code = "from tests.planning.lingering import keep_busy; keep_busy(); from rejoin.cli import run; run()"
    asked = ["makeup", "solve", str(folder), "--out", str(tmp_path / "PLAN.csv"), "--workers", "2"]
    with subprocess.Popen([sys.executable, "-c", code, *asked]) as command:
        lives.wait_for(2)
        command.send_signal(how)
    assert lives.are_over()
    assert {each.name for each in tmp_path.iterdir()} == {"folder", "sign"}


def write_two_parts(path: Path) -> Path:
    """A folder that two processes share out between them."""
    return write_instance(path / "folder", size=60, seed=1)


def vanish(*_: object) -> None:
    """A planner's process that ends."""


def linger(*_: object) -> None:
    """A planner's process that waits for something that never comes."""
    threading.Event().wait()
