"""A plan from a process of its own."""

import threading
from pathlib import Path

import pytest

from rejoin.planning import apart
from rejoin.planning.reading import read_instance
from tests.planning.folder import good_folder


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
    monkeypatch.setattr(apart, "_find", vanish)
    assert apart.plan_apart(instance, seconds=5, workers=1) is None


def test_a_planner_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = read_instance(good_folder(tmp_path).write())
    monkeypatch.setattr(apart, "_find", linger)
    assert apart.plan_apart(instance, seconds=0.1, workers=1, grace=0) is None


def test_whoever_waits_may_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = read_instance(good_folder(tmp_path).write())
    monkeypatch.setattr(apart, "_find", linger)
    monkeypatch.setattr(apart, "LOOKS_SECONDS", 0.01)

    def stop() -> None:
        raise KeyError("stopped")

    with pytest.raises(KeyError, match="stopped"):
        apart.plan_apart(instance, seconds=60, workers=1, meanwhile=stop)


def vanish(*_: object) -> None:
    """A planner's process that ends."""


def linger(*_: object) -> None:
    """A planner's process that waits for something that never comes."""
    threading.Event().wait()
