"""One function says what may stand for what: for a hundred thousand at once, and for one patient on the phone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rejoin.domain.makeup import eligible as looked
from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.eligible import Pairs, eligible, index_of, stopped_at
from rejoin.domain.makeup.offering import near_misses
from rejoin.planning.checking import _Checking, _Files
from rejoin.planning.reading import read_instance
from tests.builders.planning import write_instance
from tests.makeup.problems import drawn, pairs_of
from tests.planning.folder import PlanningFolder, good_folder


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_says_what_the_checker_says_of_every_pair_and_its_value(tmp_path: Path, seed: int) -> None:
    folder = write_instance(tmp_path, size=120, seed=seed, apart=0.4)
    instance = read_instance(folder)
    pairs = pairs_of(instance)
    found = {
        (instance.missed.ids[row], instance.slots.ids[slot]): value
        for row, slot, value in zip(
            pairs.rows[pairs.at].tolist(), pairs.slot.tolist(), pairs.value.tolist(), strict=True
        )
    }
    checker = _Checking(_Files(folder), [])
    expected = {
        (missed, slot): checker._value(missed, slot)  # noqa: SLF001
        for missed in checker.files.missed
        for slot in checker.files.slots
        if checker._seats(slot) and not list(checker._breaches(missed, slot))  # noqa: SLF001
    }
    assert found == expected
    assert len(found) > 100


def test_one_missed_session_has_by_itself_what_it_has_among_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = drawn(tmp_path, size=200, seed=4)
    monkeypatch.setattr(looked, "RAW_AT_ONCE", 500)
    pairs, index = pairs_of(instance), index_of(instance)
    for k, row in enumerate(pairs.rows.tolist()):
        alone = eligible(instance, index, np.array([row], np.int32))
        own = slice(int(pairs.first[k]), int(pairs.first[k + 1]))
        assert alone.slot.tolist() == pairs.slot[own].tolist()
        assert alone.value.tolist() == pairs.value[own].tolist()


def test_nothing_is_eligible_for_nobody(tmp_path: Path) -> None:
    instance = drawn(tmp_path, size=20, seed=1)
    assert len(eligible(instance, index_of(instance), np.empty(0, np.int32))) == 0
    nobody = replace(
        instance,
        free_patient=np.empty(0, np.int32),
        free_start=np.empty(0, np.int32),
        free_end=np.empty(0, np.int32),
    )
    assert len(pairs_of(nobody)) == 0


def test_more_languages_and_states_than_a_machine_word_holds(tmp_path: Path) -> None:
    folder = good_folder(tmp_path)
    many = ";".join(f"x{number}" for number in range(70))
    for k in range(len(folder.tables["patients"])):
        folder.change("patients", k, languages=f"{many};en;es")
    for k in range(len(folder.tables["slots"])):
        cell = folder.tables["slots"][k]["licensed_states"]
        folder.change("slots", k, licensed_states=f"{many};{cell}")
    plain = read_instance(good_folder(tmp_path / "plain").write())
    assert pairs_of(read_instance(folder.write())).slot.tolist() == pairs_of(plain).slot.tolist()


WHY: dict[str, dict[str, object]] = {
    "content": {"module": "skill9"},
    "licence": {"licensed_states": "WY"},
    "late": {"start": 10950, "end": 11010},
    "language": {"language": "fr"},
    "gender": {"gender_only": "m"},
    "own group": {"cohort": "hers"},
}


@pytest.mark.parametrize("rule", [*WHY, "busy", "kept apart", "declined"])
def test_why_nothing_fits_is_the_rule_after_which_nothing_was_left(tmp_path: Path, rule: str) -> None:
    folder = PlanningFolder(tmp_path).patient("ada").patient("ben", cohort="theirs").missed("m", "ada")
    folder.slot("s", 4000, cohort="theirs")
    folder.row("payers", payer="pay", week_start="mon", counts_individual=1, counts_extra=1)
    folder.row("members", cohort="theirs", patient_id="ben").row("members", cohort="hers", patient_id="ada")
    if rule in WHY:
        folder.change("slots", 0, **WHY[rule])
    elif rule == "busy":
        folder.change("availability", 0, end=4030)
    elif rule == "kept apart":
        folder.row("conflicts", patient_a="ada", patient_b="ben")
    else:
        folder.row("taken", missed_id="m", slot_id="s", state="declined")
    instance = read_instance(folder.write())
    assert stopped_at(instance, index_of(instance), np.array([0], np.int32)) == [rule]


def test_a_slot_for_one_age_is_for_whoever_is_known_to_be_of_it_and_one_for_all_is_for_all(
    tmp_path: Path,
) -> None:
    instance = drawn(tmp_path, size=120, seed=3, apart=0.0)
    before = pairs_of(instance)
    people, slots = len(instance.patients.ids), len(instance.slots.ids)
    bands = np.full((people, 1), 1 << 63 | 1, np.uint64)
    bands[::2] = 1 << 63  # of every other nothing is known
    band = np.where(np.arange(slots) % 2, 0, 63).astype(np.int32)
    told = replace(
        instance,
        patients=replace(instance.patients, bands=bands),
        slots=replace(instance.slots, band=band),
    )
    after = pairs_of(told)

    def named(pairs: Pairs) -> set[tuple[int, int]]:
        return set(zip(pairs.rows[pairs.at].tolist(), pairs.slot.tolist(), strict=True))

    patient = instance.missed.patient
    wanted = {(m, s) for m, s in named(before) if band[s] == 63 or patient[m] % 2}
    assert named(after) == wanted
    assert wanted < named(before)
    left_out = named(before) - wanted
    book = Book(instance=told, facts=facts_of(told))
    misses = {
        (m, each.slot)
        for m, _ in left_out
        for each in near_misses(told, index_of(told), book, m, most=slots)
        if each.because == ("age",)
    }
    assert left_out <= misses
