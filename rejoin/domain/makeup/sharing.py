"""A large part is solved track by track. What several tracks want is shared out between them by how much each wants it:
first by prices, and again by what the relaxation of the whole would give to each."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from rejoin.domain.makeup.block import Block, Floats
from rejoin.domain.makeup.problem import Instance, Ints, Kind, Longs


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """By track (first axis) and slot: how many seats it has, and how many before another costs more."""

    seats: Ints
    soft: Ints
    shared: Longs
    """Slots that more than one track wants, or that exclude one that another wants."""


def shares_of(band: Block, seats: Ints, soft: Ints, wanted: Floats, track: Ints, tracks: int) -> Shares:
    """`track` by pair, of so many; `wanted` by pair is how much of its missed session wants it."""
    instance = band.instance
    demand = np.zeros((tracks, len(instance.slots.ids)))
    np.add.at(demand, (track, band.slot), wanted)
    asks = np.zeros(demand.shape, bool)
    asks[track, band.slot] = True
    _together(instance, asks)
    several = asks.sum(axis=0) > 1
    shared = np.flatnonzero(several)
    own_seats, own_soft = np.tile(seats, (tracks, 1)), np.tile(soft, (tracks, 1))
    own_seats[:, shared] = split(seats[shared], demand[:, shared] + asks[:, shared] * 1e-6)
    own_soft[:, shared] = np.minimum(
        own_seats[:, shared], split(soft[shared], own_seats[:, shared].astype(float) + 1e-9)
    )
    alone = np.flatnonzero(several & (instance.slots.kind == Kind.INDIVIDUAL))
    own = _given(instance, alone, demand[:, alone])
    own_seats[:, alone] = (np.arange(tracks)[:, None] == own) * seats[alone]
    own_soft[:, alone] = own_seats[:, alone]
    return Shares(seats=own_seats.astype(np.int32), soft=own_soft.astype(np.int32), shared=shared)


def _together(instance: Instance, asks: np.ndarray) -> None:
    """Who asks for a slot of a clinician's block asks for what it excludes: for all of the block."""
    slots = instance.slots
    own = np.flatnonzero((slots.kind == Kind.INDIVIDUAL) & (slots.block >= 0) & asks.any(axis=0))
    block = slots.block[own]
    for k in range(len(asks)):
        asks[k, own] = np.bincount(block, asks[k, own])[block] > 0


def _given(instance: Instance, alone: Longs, demand: Floats) -> Longs:
    """By slot the track that has it: whoever wants it most; nobody's (-1) where it runs beside one of another track that
    is wanted more."""
    slots, own = instance.slots, demand.argmax(axis=0)
    taken: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for k in np.argsort(-demand.max(axis=0), kind="stable").tolist():
        start, end, block = (int(each[alone[k]]) for each in (slots.start, slots.end, slots.block))
        beside = taken[block if block >= 0 else ~k]
        if any(of != own[k] and begins < end and start < ends for of, begins, ends in beside):
            own[k] = -1
        else:
            beside.append((int(own[k]), start, end))
    return np.asarray(own, np.int64)


def split(total: Ints, demand: Floats) -> Ints:
    """Whole numbers in proportion to the demand, that sum to the total: largest remainders first. Shape (tracks, n)."""
    part = demand / np.maximum(demand.sum(axis=0), 1e-12) * total
    whole = np.floor(part + 1e-9)
    missing = total - whole.sum(axis=0)
    place = np.argsort(np.argsort(-(part - whole), axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(whole + (place < missing), np.int32)
