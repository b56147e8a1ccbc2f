"""A large part is solved track by track. What several tracks want is shared out between them by how much each wants it,
to find a plan; and is given one price for all of them, to find what no plan can exceed."""

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
    """Slots that more than one track wants, or that exclude one that is."""


def shares_of(band: Block, seats: Ints, soft: Ints, wanted: Floats, track: Ints, tracks: int) -> Shares:
    """`track` by pair, of so many; `wanted` by pair is how much of its missed session wants it."""
    instance = band.instance
    count = len(instance.slots.ids)
    demand = np.zeros((tracks, count))
    np.add.at(demand, (track, band.slot), wanted + 1e-6)
    individual = instance.slots.kind == Kind.INDIVIDUAL
    _together(instance, demand, individual)
    several = (demand > 0).sum(axis=0) > 1
    shared = np.flatnonzero(several)
    own_seats, own_soft = np.tile(seats, (tracks, 1)), np.tile(soft, (tracks, 1))
    own_seats[:, shared] = split(seats[shared], demand[:, shared])
    own_soft[:, shared] = np.minimum(
        own_seats[:, shared], split(soft[shared], own_seats[:, shared].astype(float) + 1e-9)
    )
    alone = np.flatnonzero(several & individual)
    most = demand[:, alone].argmax(axis=0)
    own_seats[:, alone] = (np.arange(tracks)[:, None] == most) * seats[alone]
    own_soft[:, alone] = own_seats[:, alone]
    return Shares(seats=own_seats.astype(np.int32), soft=own_soft.astype(np.int32), shared=shared)


def _together(instance: Instance, demand: Floats, individual: np.ndarray) -> None:
    """Slots of one clinician's block go to one track together: all have the demand of their block."""
    own = np.flatnonzero(individual & (instance.slots.block >= 0) & (demand.sum(axis=0) > 0))
    block = instance.slots.block[own]
    for k in range(len(demand)):
        demand[k, own] = np.bincount(block, demand[k, own])[block]


def split(total: Ints, demand: Floats) -> Ints:
    """Whole numbers in proportion to the demand, that sum to the total: largest remainders first. Shape (tracks, n)."""
    part = demand / np.maximum(demand.sum(axis=0), 1e-12) * total
    whole = np.floor(part + 1e-9)
    missing = total - whole.sum(axis=0)
    place = np.argsort(np.argsort(-(part - whole), axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(whole + (place < missing), np.int32)


def one_price(prices: Floats, seats: Floats) -> Floats:
    """The tracks' prices of a seat, weighted by how many seats each has; nan where a track does not want it."""
    weight = np.where(np.isnan(prices), 0.0, seats + 1e-3)
    total = np.where(np.isnan(prices), 0.0, prices * weight).sum(axis=0)
    return np.asarray(total / np.maximum(weight.sum(axis=0), 1e-12), np.float64)
