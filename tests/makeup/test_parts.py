"""The pieces that a plan is put together from, each by itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rejoin.domain.makeup import relaxation as relaxing
from rejoin.domain.makeup import rounding, sharing, solving
from rejoin.domain.makeup.relaxation import Relaxation, best
from rejoin.domain.makeup.rounding import near, rounded, settled
from rejoin.domain.makeup.rows import OF_CONFLICT, OF_DAY, OF_OVERLAP, OF_WEEK, Late
from rejoin.domain.makeup.sharing import split
from rejoin.domain.makeup.solving import Work, merged, prepared
from rejoin.planning.crew import plan
from rejoin.planning.reading import read_instance
from tests.makeup.problems import block_for, drawn, rows_for
from tests.planning.folder import PlanningFolder, good_folder


@pytest.mark.parametrize(("exact", "how"), [(10**9, ["relaxed", "exact"]), (0, ["relaxed", "rounded"])])
def test_a_small_part_is_solved_to_the_end_and_a_large_one_nearly(
    tmp_path: Path, exact: int, how: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = drawn(tmp_path, size=300, seed=3, apart=0.5)
    best = plan(instance, seconds=20, workers=2).objective
    monkeypatch.setattr(solving, "EXACT", exact)
    monkeypatch.setattr(solving, "GOOD_ENOUGH", -1.0)
    ready = prepared(instance)
    told = [list(Work(ready, part).steps(lambda: 20.0)) for part in ready.parts]
    assert all([each.how for each in steps] == how for steps in told)
    bound = sum(steps[-1].bound for steps in told)
    assert best <= bound + 1e-6
    assert bound == pytest.approx(best, rel=1e-9 if exact else 5e-3)


def test_whole_numbers_that_break_a_rule_are_looked_for_again(tmp_path: Path) -> None:
    """The first program knows no row of hers: it puts her in two places at once, and is told."""
    block = block_for(drawn(tmp_path, size=200, seed=2, apart=0.5))
    rows = rows_for(block)
    relaxation = Relaxation(rows, best(block, block.value, 5))
    relaxation.run(close=1e-6)
    known = settled(relaxation)
    rows.late = Late()
    everything = np.arange(len(block))
    first = rounded(rows, known, seconds=20, among=everything, gap=0.0)
    assert len(rows.late) > 0
    assert first.bound is not None
    again = rounded(rows, known, seconds=20, among=everything, gap=0.0, start=first)
    assert again.bound is not None
    assert again.bound <= first.bound + 1e-6
    assert block.value[again.pairs].sum() > 0
    assert set(near(rows, known, 1e9).tolist()) == set(everything.tolist())


def test_where_there_is_a_plan_nothing_worse_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = block_for(drawn(tmp_path, size=200, seed=2, apart=0.5))
    rows = rows_for(block)
    relaxation = Relaxation(rows, best(block, block.value, 5))
    relaxation.run(close=1e-6)
    known = settled(relaxation)
    everything = np.arange(len(block))
    whole = rounded(rows, known, seconds=20, among=everything, gap=0.0)
    rows.late = Late()
    monkeypatch.setattr(rounding, "AGAIN", 1)
    broken = rounded(rows, known, seconds=20, among=everything, gap=0.0, start=whole)
    assert broken.pairs.tolist() == whole.pairs.tolist()
    cannot = replace(known, pairs=everything, x=np.ones(len(block)))
    none = rounded(rows, cannot, seconds=20, among=everything, gap=0.0, keep=True)
    assert len(none.pairs) == 0


def test_two_parts_that_want_one_seat_do_not_both_have_it(tmp_path: Path) -> None:
    ready = prepared(read_instance(good_folder(tmp_path).write()))
    found = [each for part in ready.parts for each in Work(ready, part).steps(lambda: 5.0)]
    assert merged(ready, [*found, *found]) == merged(ready, found[-1:])


def test_a_relaxation_ends_after_so_many_rounds_and_when_nothing_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = block_for(drawn(tmp_path, size=200, seed=2))
    done = Relaxation(rows_for(block), best(block, block.value, 5))
    done.run(close=-1.0)
    monkeypatch.setattr(relaxing, "MOST_ROUNDS", 1)
    short = Relaxation(rows_for(block), best(block, -block.value, 5))
    short.run(close=1e-6)
    assert done.objective <= done.bound + 1e-6
    assert done.bound <= short.bound + 1e-6


def crowded(path: Path) -> PlanningFolder:
    """ada and ben are kept apart and both best off in one group; ada has five missed sessions and little time."""
    folder = PlanningFolder(path)
    folder.row("payers", payer="pay", week_start="mon", counts_individual=1, counts_extra=1)
    folder.patient("ada", pod="ada").patient("ben", pod="ben").row(
        "conflicts", patient_a="ada", patient_b="ben"
    )
    for number in range(5):
        folder.missed(f"a{number}", "ada", session_start=900 + 60 * number, known_at=1200)
    folder.missed("b0", "ben")
    for number in range(6):
        folder.slot(f"s{number}", 3600 + 30 * number, kind="extra", seats=4)
    return folder.slot("later", 6600, kind="extra", seats=4).slot("last", 8000, kind="extra", seats=4)


def test_rows_come_in_when_they_are_broken(tmp_path: Path) -> None:
    block = block_for(read_instance(crowded(tmp_path).write()))
    rows = rows_for(block)
    everything = np.arange(len(block))
    assert rows.bring_in(everything, np.full(len(block), 0.9), np.zeros(len(rows.need))) > 0
    assert {name[0] for name in rows.late.known} >= {OF_DAY, OF_WEEK, OF_OVERLAP, OF_CONFLICT}
    assert rows.bring_in(everything, np.full(len(block), 0.9), np.zeros(len(rows.need))) == 0
    assert rows_for(block).bring_in(everything, np.full(len(block), 0.01), np.zeros(len(rows.need))) == 0
    made = plan(read_instance(crowded(tmp_path).write()), seconds=5, workers=1)
    assert made.gap == 0
    assert len(made.slot_of) == 5


def test_ages_that_one_clinician_sees_are_planned_together(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    folder.patient("dora", age_band="adolescent").missed("m6", "dora")
    apart = prepared(read_instance(folder.write()))
    folder.slot("young", 2370, kind="individual", age_band="adolescent")
    together = prepared(read_instance(folder.write()))
    assert (len(apart.parts), len(together.parts)) == (2, 1)
    made = plan(read_instance(folder.write()), seconds=5, workers=2)
    assert made.gap == 0


def test_seats_are_shared_out_whole_and_all_of_them() -> None:
    shares = split(
        np.array([5, 3, 0], np.int32), np.array([[2.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    )
    assert shares.sum(axis=0).tolist() == [5, 3, 0]
    assert shares[:, 0].tolist() == [3, 2, 0]


def test_who_is_seen_alone_is_seen_by_the_track_that_wants_it_most_and_beside_it_nobody_of_another(
    tmp_path: Path,
) -> None:
    folder = good_folder(tmp_path)
    for name, start in (("early", 9000), ("beside", 9015), ("late", 9090)):
        folder.slot(name, start, end=start + 60, kind="individual", block_id="b9")
    instance = read_instance(folder.write())
    alone = np.array([instance.slots.ids.index(each) for each in ("early", "beside", "late")])
    assert instance.slots.block[alone].tolist() == [instance.slots.block[alone[0]]] * 3
    wanted = np.array([[0.9, 0.2, 0.1], [0.0, 0.5, 0.3]])
    assert sharing._given(instance, alone, wanted).tolist() == [0, -1, 1]  # noqa: SLF001
    assert sharing._given(instance, alone, wanted[::-1]).tolist() == [1, -1, 0]  # noqa: SLF001
