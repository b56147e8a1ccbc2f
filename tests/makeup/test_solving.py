"""A plan is as good as any there is, or says how much better one could be; whatever happens there is one."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ortools.sat.python import cp_model

from rejoin.domain.makeup import solving
from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.joining import Ended, ended
from rejoin.domain.makeup.problem import Instance, Kind
from rejoin.domain.makeup.relaxation import Relaxation, best
from rejoin.domain.makeup.rounding import rounded, settled
from rejoin.domain.makeup.solving import Again, Found, Prepared, Whole, Work, again, merged, prepared
from rejoin.domain.makeup.standing import left_by, weeks_of
from rejoin.domain.makeup.worth import worth_of
from rejoin.planning import crew
from rejoin.planning.checking import check_plan
from rejoin.planning.crew import Plan, plan
from rejoin.planning.plan_file import plan_file
from rejoin.planning.reading import read_instance
from tests.builders.planning import write_instance
from tests.makeup.problems import block_for, drawn, pairs_of, rows_for, taking
from tests.planning.folder import good_folder


def worth(instance: Instance, slot_of: dict[int, int]) -> int:
    """Of a whole plan, what is taken among it."""
    pairs = np.array(list(slot_of.items()), np.int32).reshape(-1, 2)
    left = left_by(replace(instance, taken_missed=pairs[:0, 0], taken_slot=pairs[:0, 1]))
    return worth_of(instance, left, pairs[:, 0], pairs[:, 1])


def best_by_looking_at_all(instance: Instance) -> int:
    """What the best plan is worth: every plan there is, one after another."""
    pairs, facts = pairs_of(instance), facts_of(instance)
    slots = [pairs.slot[pairs.first[k] : pairs.first[k + 1]].tolist() for k in range(len(pairs.rows))]

    def plans(k: int, chosen: tuple[tuple[int, int], ...]) -> Iterator[tuple[tuple[int, int], ...]]:
        if k == len(slots):
            yield chosen
            return
        yield from plans(k + 1, chosen)
        book = Book(instance=instance, facts=facts)
        for pair in chosen:
            book.put(*pair)
        row = int(pairs.rows[k])
        for slot in slots[k]:
            if not book.why_not(row, slot):
                yield from plans(k + 1, (*chosen, (row, slot)))

    return max(worth(instance, dict(chosen)) for chosen in plans(0, ()))


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_small_plan_is_the_best_there_is(tmp_path: Path, seed: int) -> None:
    instance = drawn(tmp_path, size=14, seed=seed, apart=0.5)
    found = plan(instance, seconds=20, workers=2)
    assert found.objective == best_by_looking_at_all(instance) == found.bound


class SecondOpinion:
    """CP-SAT on the same problem: its own model, rule by rule."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        pairs, patients = pairs_of(instance), instance.patients
        self.row: list[object] = pairs.rows[pairs.at].tolist()
        self.slot: list[int] = pairs.slot.tolist()
        self.patient: list[int] = instance.missed.patient[pairs.rows[pairs.at]].tolist()
        start = instance.slots.start[pairs.slot] + patients.offset[self.patient]
        self.day: list[int] = (start // 1440).tolist()
        self.week: list[int] = ((start // 1440 + instance.sunday[patients.payer[self.patient]]) // 7).tolist()
        self.model = cp_model.CpModel()
        self.x = [self.model.new_bool_var("") for _ in self.slot]
        self.gains = [int(value) * each for value, each in zip(pairs.value.tolist(), self.x, strict=True)]

    def solve(self) -> tuple[int, float]:
        """What it finds, and what it says cannot be exceeded."""
        self._at_most(1, self.row)
        self._at_most(self.instance.max_per_day, self.patient, self.day)
        self._at_most(self.instance.max_per_week, self.patient, self.week)
        self._add_seats()
        self._add_exclusions()
        self._add_weeks()
        self.model.maximize(sum(self.gains))
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds, solver.parameters.num_workers = 20, 2
        assert solver.solve(self.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        return round(solver.objective_value), solver.best_objective_bound

    def _by(self, *labels: Sequence[object]) -> list[list[int]]:
        out: dict[object, list[int]] = {}
        for k, label in enumerate(zip(*labels, strict=True)):
            out.setdefault(label, []).append(k)
        return list(out.values())

    def _at_most(self, most: int, *labels: Sequence[object]) -> None:
        for listed in self._by(*labels):
            self.model.add(sum(self.x[k] for k in listed) <= most)

    def _add_seats(self) -> None:
        slots = self.instance.slots
        for listed in self._by(self.slot):
            number = self.slot[listed[0]]
            self.model.add(sum(self.x[k] for k in listed) <= int(slots.seats[number]))
            if slots.kind[number] != Kind.INDIVIDUAL:
                over = self.model.new_int_var(0, 1000, "")
                self.model.add(over >= sum(self.x[k] for k in listed) - int(slots.soft[number]))
                self.gains.append(self.instance.weights.over_soft_target * over)

    def _add_exclusions(self) -> None:
        for a in range(len(self.x)):
            for b in range(a):
                if self._exclude(a, b):
                    self.model.add(self.x[a] + self.x[b] <= 1)

    def _exclude(self, a: int, b: int) -> bool:
        slots, one, other = self.instance.slots, self.slot[a], self.slot[b]
        individual = slots.kind[one] == slots.kind[other] == Kind.INDIVIDUAL
        if one == other and not individual:
            apart = (self.instance.conflicts == [self.patient[a], self.patient[b]]).all(axis=1)
            return bool(apart.any()) or self.patient[a] == self.patient[b]
        together = slots.start[one] < slots.end[other] and slots.start[other] < slots.end[one]
        block = individual and slots.block[one] == slots.block[other] >= 0
        return bool(together and (block or self.patient[a] == self.patient[b]))

    def _add_weeks(self) -> None:
        weeks, slots = weeks_of(self.instance), self.instance.slots
        for key, need, bonus in zip(
            weeks.key.tolist(), weeks.need.tolist(), weeks.bonus.tolist(), strict=True
        ):
            who, which = key >> 20, (key & ((1 << 20) - 1)) - (1 << 10)
            payer = self.instance.patients.payer[who]
            counts = [
                True,
                bool(self.instance.counts_extra[payer]),
                bool(self.instance.counts_individual[payer]),
            ]
            own = [k for k in range(len(self.x)) if (self.patient[k], self.week[k]) == (who, which)]
            ways = [self.x[k] for k in own if counts[int(slots.kind[self.slot[k]])]]
            if need > 0:
                dose, whole = self.model.new_int_var(0, need, ""), self.model.new_bool_var("")
                self.model.add(dose <= sum(ways))
                self.model.add(need * whole <= dose)
                self.gains += [self.instance.weights.dose * dose, int(bonus) * whole]


@pytest.mark.parametrize(("size", "seed"), [(60, 1), (120, 2), (300, 3)])
def test_another_solver_finds_nothing_better(tmp_path: Path, size: int, seed: int) -> None:
    instance = drawn(tmp_path, size=size, seed=seed, apart=0.3)
    found = plan(instance, seconds=30, workers=2)
    theirs, bound = SecondOpinion(instance).solve()
    assert theirs <= found.objective <= found.bound
    assert found.objective <= bound + 1e-6
    assert found.gap == 0


def judged(folder: Path, instance: Instance, made: Plan) -> None:
    """The checker, which shares no code with any of this, finds every rule kept and the same worth."""
    with plan_file(folder / "PLAN.csv") as file:
        file.write(instance, made)
    verdict = check_plan(folder, folder / "PLAN.csv")
    assert verdict.ok, verdict.violations[:3]
    assert verdict.objective == made.objective <= made.bound
    assert made.priced_pairs == made.eligible_pairs == len(pairs_of(instance))


@pytest.mark.parametrize("seed", [1, 2])
def test_parts_that_share_what_there_is_come_to_one_plan_and_one_bound(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_instance(tmp_path, size=900, seed=seed, apart=0.3)
    instance = read_instance(folder)
    whole = plan(instance, seconds=30, workers=2)
    judged(folder, instance, whole)
    monkeypatch.setattr(solving, "LARGEST", 60)
    ready = prepared(instance)
    assert ready.bands
    in_parts = plan(instance, seconds=30, workers=2)
    judged(folder, instance, in_parts)
    assert in_parts.objective <= whole.objective <= in_parts.bound
    assert in_parts.gap < 1.5e-2  # so small parts have hardly a seat to share
    assert crew.AGAIN in in_parts.method
    assert (in_parts.price > 0).any()


def parts_and_whole(
    ready: Prepared, left: Callable[[], float]
) -> tuple[list[Ended], list[list[Found]], list[list[Found | Again]]]:
    """What each part and each band tells, one after the other in this process, and where the parts ended."""
    works = [Work(ready, part) for part in ready.parts]
    parts = [list(work.steps(left)) for work in works]
    ends = [ended(work.relaxation) for work in works]
    wholes = [
        list(Whole(ready, number, [ends[each] for each in band.parts]).steps())
        for number, band in enumerate(ready.bands)
    ]
    return ends, parts, wholes


@pytest.mark.parametrize("seed", [5, 6])
def test_parts_that_are_shared_out_as_the_whole_would_have_it_are_as_good_as_the_whole(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = drawn(tmp_path, size=500, seed=seed, apart=0.3)
    whole = plan(instance, seconds=30, workers=1)
    monkeypatch.setattr(solving, "LARGEST", 60)
    ready = prepared(instance)
    ends, parts, wholes = parts_and_whole(ready, lambda: 20.0)
    last = {told[-1].part: told[-1] for told in parts}
    alone = sum(last[part.number].bound for part in ready.parts if part.band < 0)
    bounds = [[each.bound for each in told if isinstance(each, Found)] for told in wholes]
    assert len(bounds) > 1
    asked = [each for told in wholes for each in told if isinstance(each, Again)]
    assert [each.part for each in asked] == [each for band in ready.bands for each in band.parts]
    found = {
        each.part: list(
            Work(ready, again(ready.parts[each.part], each, ends[each.part])).steps(lambda: 20.0)
        )[-1]
        for each in asked
    }
    together = merged(ready, {**last, **found}.values())
    closer = [
        Whole(ready, number, [ends[each] for each in band.parts]).closer().bound
        for number, band in enumerate(ready.bands)
    ]
    best_bound = sum(min(each, *told) for each, told in zip(closer, bounds, strict=True)) + alone
    assert worth(instance, together) <= whole.objective <= best_bound + 1e-6
    assert best_bound == pytest.approx(whole.bound, rel=1e-2)
    assert worth(instance, together) == pytest.approx(whole.objective, rel=1e-2)
    assert whole.objective <= sum(band.bound for band in ready.bands) + alone + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_bound_holds_at_any_prices(tmp_path: Path, seed: int) -> None:
    instance = drawn(tmp_path, size=60, seed=7, apart=0.5)
    highest = plan(instance, seconds=20, workers=1).objective
    block = block_for(instance)
    rows = rows_for(block)
    relaxation = Relaxation(rows, best(block, block.value, 5))
    relaxation.run(close=1e-6)
    assert highest <= relaxation.bound + 1e-6
    rng = np.random.default_rng(seed)
    noisy = np.maximum(0, relaxation.dual + rng.normal(0, 20, len(relaxation.dual)))
    assert highest <= rows.bound(noisy, rows.reduced(noisy)) + 1e-6


def test_whole_numbers_are_looked_for_no_longer_than_there_is_time(tmp_path: Path) -> None:
    block = block_for(drawn(tmp_path, size=100, seed=3))
    rows = rows_for(block)
    relaxation = Relaxation(rows, best(block, block.value, 5))
    relaxation.run(close=1e-6)
    found = rounded(rows, settled(relaxation), seconds=0, among=np.arange(len(block)), gap=0.0)
    assert len(found.pairs) == 0
    assert found.bound is None


def test_a_part_that_is_near_enough_is_not_looked_at_any_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = prepared(drawn(tmp_path, size=300, seed=3))
    monkeypatch.setattr(solving, "EXACT", 0)
    monkeypatch.setattr(solving, "GOOD_ENOUGH", 1.0)
    assert [each.how for part in ready.parts for each in Work(ready, part).steps(lambda: 20.0)] == [
        "relaxed"
    ] * len(ready.parts)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_taken_stands_and_the_rest_goes_beside_it(tmp_path: Path, seed: int) -> None:
    folder = write_instance(tmp_path, size=300, seed=seed, apart=0.3)
    instance = read_instance(folder)
    first = plan(instance, seconds=20, workers=2)
    kept = sorted(first.slot_of.items())[::2]
    lines = [f"{instance.missed.ids[row]},{instance.slots.ids[slot]},accepted," for row, slot in kept]
    (folder / "taken.csv").write_text("\n".join(["missed_id,slot_id,state,until", *lines, ""]))
    again = read_instance(folder)
    made = plan(again, seconds=20, workers=2)
    assert dict(kept).items() <= made.slot_of.items()
    assert made.objective == first.objective
    judged(folder, again, made)
    rest = taking(instance, kept)
    assert worth(rest, made.slot_of) == made.objective


def test_who_is_killed_or_too_slow_leaves_what_it_had_and_an_honest_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_instance(tmp_path, size=400, seed=6)
    instance = read_instance(folder)
    full = plan(instance, seconds=30, workers=2)

    def for_ever(work: Work, left: object) -> Iterator[object]:
        time.sleep(60)
        yield from ()

    def dies(work: Work, left: object) -> Iterator[object]:
        os.kill(os.getpid(), 9)
        yield from ()

    for steps in (for_ever, dies):
        monkeypatch.setattr(Work, "steps", steps)
        began = time.monotonic()
        made = plan(instance, seconds=1, workers=2)
        assert time.monotonic() - began < 20
        judged(folder, instance, made)
        assert made.method == "greedy"
        assert 0.7 * full.objective < made.objective <= full.objective <= made.bound
    monkeypatch.setattr(solving, "LARGEST", 60)
    judged(folder, instance, plan(instance, seconds=1, workers=2))


def test_whoever_has_no_slot_yet_is_placed_unless_nothing_is_gained(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    instance = read_instance(folder.write())
    ready = prepared(instance)
    assert len(merged(ready, [])) == 5
    folder.params["weights"] = {
        "risk": [0, 0, 0, 0],
        "same_module_group": -500,
        "individual": -500,
        "off_module_extra": -500,
        "preferred": 0,
        "sooner": 0,
        "before_dependent": -500,
    }
    assert merged(prepared(read_instance(folder.write())), []) == {}


def test_the_same_folder_gives_the_same_plan(tmp_path: Path) -> None:
    instance = drawn(tmp_path, size=500, seed=8)
    assert plan(instance, seconds=30, workers=2).slot_of == plan(instance, seconds=30, workers=1).slot_of


def test_nothing_missed_is_nothing_planned(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    folder.tables["missed"] = []
    made = plan(read_instance(folder.write()), seconds=5, workers=2)
    assert (made.slot_of, made.objective, made.bound, made.gap) == ({}, 0, 0, 0)


def test_memory_of_a_process_that_is_gone_is_nothing() -> None:
    assert crew._own_kib(os.getpid()) > 0  # noqa: SLF001
    assert crew._own_kib(2**22 + 1) == 0  # noqa: SLF001
