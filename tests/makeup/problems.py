"""Problems to plan: drawn ones, small enough to be looked through, and a maker of plans from pairs."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from rejoin.domain.makeup.block import Block, block_of
from rejoin.domain.makeup.eligible import Pairs, eligible, index_of
from rejoin.domain.makeup.problem import Instance, Ints
from rejoin.domain.makeup.rows import Rows
from rejoin.domain.makeup.standing import left_by
from rejoin.planning.reading import read_instance
from tests.builders.planning import write_instance


def drawn(folder: Path, *, size: int, seed: int, apart: float = 0.04) -> Instance:
    return read_instance(write_instance(folder, size=size, seed=seed, apart=apart))


def pairs_of(instance: Instance) -> Pairs:
    """All of them, patient by patient."""
    order = np.argsort(instance.missed.patient, kind="stable").astype(np.int32)
    return eligible(instance, index_of(instance), order)


def block_for(instance: Instance) -> Block:
    return block_of(instance, left_by(instance), pairs_of(instance))


def rows_for(block: Block) -> Rows:
    return Rows(block, block.left.seats[block.slots], block.left.soft[block.slots])


def taking(instance: Instance, pairs: Iterable[tuple[int, int]]) -> Instance:
    """The instance with these pairs (missed session, slot) accepted before."""
    listed: Ints = np.array(list(pairs), np.int32).reshape(-1, 2)
    return replace(instance, taken_missed=listed[:, 0], taken_slot=listed[:, 1])
