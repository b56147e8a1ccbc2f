"""For one missed session: the best ways back in different parts of her day, why these, and why not others."""

from pathlib import Path

import numpy as np
import pytest

from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.eligible import eligible, index_of
from rejoin.domain.makeup.offering import PRICE_SHARE, WORDS, made_of, near_misses, options
from rejoin.domain.makeup.problem import Instance
from rejoin.domain.makeup.solving import book_of_taken
from rejoin.planning.reading import read_instance
from tests.makeup.problems import drawn
from tests.planning.folder import PlanningFolder

ADA_NOON = 1440 + 12 * 60 + 300
"""Her noon on the second day: her clock is five hours behind."""


def folder_for(path: Path) -> PlanningFolder:
    folder = PlanningFolder(path).patient("ada", cohort="hers", preferred_hour=12).missed("m", "ada")
    return folder.row("payers", payer="pay", week_start="mon", counts_individual=1, counts_extra=1)


def asked(folder: PlanningFolder, most: int = 3, price: dict[str, float] | None = None) -> list[str]:
    instance = read_instance(folder.write())
    cost = None
    if price is not None:
        cost = np.array([price.get(each, 0.0) for each in instance.slots.ids])
    found = options(instance, index_of(instance), empty(instance), 0, most=most, price=cost)
    return [instance.slots.ids[each.slot] for each in found]


def empty(instance: Instance) -> Book:
    return book_of_taken(instance, facts_of(instance))


def test_offers_are_in_different_parts_of_her_day_where_there_are_any(tmp_path: Path) -> None:
    folder = folder_for(tmp_path)
    folder.slot("noon", ADA_NOON).slot("one", ADA_NOON + 60).slot("two", ADA_NOON + 120)
    folder.slot("morning", ADA_NOON - 180).slot("evening", ADA_NOON + 360)
    assert asked(folder) == ["noon", "morning", "evening"]
    assert asked(folder, most=4) == ["noon", "one", "morning", "evening"]
    assert asked(folder, most=1) == ["noon"]
    assert len(asked(folder, most=9)) == 5


def test_where_there_is_one_part_alone_it_gives_them_all(tmp_path: Path) -> None:
    folder = folder_for(tmp_path).slot("noon", ADA_NOON).slot("one", ADA_NOON + 60)
    assert asked(folder) == ["noon", "one"]


def test_a_seat_that_others_need_more_counts_less(tmp_path: Path) -> None:
    folder = folder_for(tmp_path).slot("noon", ADA_NOON).slot("one", ADA_NOON + 60)
    assert asked(folder, price={"noon": 1 / PRICE_SHARE}) == ["noon", "one"]
    assert asked(folder, price={"noon": 5 / PRICE_SHARE}) == ["one", "noon"]


def test_what_does_not_go_beside_what_is_taken_is_not_offered(tmp_path: Path) -> None:
    folder = folder_for(tmp_path).missed("other", "ada", session_start=960, known_at=975)
    folder.slot("noon", ADA_NOON).slot("beside", ADA_NOON + 30, clinician_id="k3").slot("one", ADA_NOON + 120)
    folder.row("taken", missed_id="other", slot_id="beside", state="held")
    instance = read_instance(folder.write())
    book = empty(instance)
    offered = options(instance, index_of(instance), book, 0, most=3)
    assert [instance.slots.ids[each.slot] for each in offered] == ["one"]
    assert options(instance, index_of(instance), book, 1, most=3) == []
    not_these = near_misses(instance, index_of(instance), book, 0)
    because = {instance.slots.ids[each.slot]: each.because for each in not_these}
    assert because == {"noon": ("overlap",), "beside": ("overlap",)}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_parts_of_a_value_sum_to_it(tmp_path: Path, seed: int) -> None:
    instance = drawn(tmp_path, size=80, seed=seed)
    rows = np.arange(80, dtype=np.int32)
    pairs = eligible(instance, index_of(instance), rows)
    for row, slot, value in zip(
        pairs.rows[pairs.at].tolist(), pairs.slot.tolist(), pairs.value.tolist(), strict=True
    ):
        assert sum(made_of(instance, row, slot).values()) == value


def test_a_near_miss_breaks_what_it_says_and_an_offer_breaks_nothing(tmp_path: Path) -> None:
    instance = drawn(tmp_path, size=120, seed=3, apart=0.4)
    index, book = index_of(instance), empty(instance)
    everything = len(instance.slots.ids)
    for row in range(len(instance.missed.ids)):
        fits = set(eligible(instance, index, np.array([row], np.int32)).slot.tolist())
        missed = near_misses(instance, index, book, row, most=everything)
        assert {each.slot for each in missed} | fits == set(range(everything))
        assert not {each.slot for each in missed if "seats" not in each.because} & fits
        assert all(set(each.because) <= set(WORDS) for each in missed)


def test_the_nearest_misses_come_first(tmp_path: Path) -> None:
    folder = folder_for(tmp_path)
    folder.slot("far", ADA_NOON, module="skill9", licensed_states="WY", language="fr")
    folder.slot("near", ADA_NOON + 60, language="fr").slot("taken", ADA_NOON + 120, seats=0)
    instance = read_instance(folder.write())
    found = near_misses(instance, index_of(instance), empty(instance), 0, most=2)
    assert [(instance.slots.ids[each.slot], each.because) for each in found] == [
        ("taken", ("seats",)),
        ("near", ("language",)),
    ]
