"""First prices of seats, before anything is solved: demand spread softly over what each could take, prices raised where
it is more than there is (a matrix scaling with cooling). Good enough to choose columns and to share seats out."""

import numpy as np

from rejoin.domain.makeup.block import Block, Floats
from rejoin.domain.makeup.problem import Ints, Kind

ROUNDS = 40
HOT, COLD = 40.0, 3.0
FAST, SLOW = 0.8, 0.5


def first_prices(block: Block, seats: Ints) -> tuple[Floats, Floats]:
    """By pair: what it is worth less what its seat costs; and how much of its missed session wants it, 0 to 1."""
    some = np.diff(block.first) > 0
    starts, counts = block.first[:-1][some], np.diff(block.first)[some]
    weights, weeks = block.instance.weights, block.weeks
    worth = block.value.copy()
    fills = block.counts >= 0
    week = block.counts[fills]
    whole = np.where(block.most >= weeks.need, weeks.bonus / np.maximum(1, weeks.need), 0.0)
    worth[fills] += weights.dose + whole[week]
    individual = block.instance.slots.kind[block.slots] == Kind.INDIVIDUAL
    room = np.maximum(seats, 1e-9)
    price, shut = np.zeros(len(block.slots)), np.zeros(block.cliques)
    for k in range(ROUNDS):
        heat = HOT * (COLD / HOT) ** (k / (ROUNDS - 1))
        gain = (worth - _total(block, price, shut)[block.local]) / heat
        best = np.maximum(np.maximum.reduceat(gain, starts), 0) if len(starts) else np.empty(0)
        share = np.exp(gain - np.repeat(best, counts))
        share /= np.repeat(np.add.reduceat(share, starts) + np.exp(-best), counts) if len(starts) else 1
        demand = np.bincount(block.local, share, minlength=len(block.slots))
        wanted = np.maximum(0, price + heat * np.log(np.maximum(demand, 1e-9) / room))
        price += FAST * (np.where(individual, 0, wanted) - price)
        in_clique = np.bincount(block.clique, demand[block.clique_slot], minlength=block.cliques)
        shut += SLOW * (np.maximum(0, shut + heat * np.log(np.maximum(in_clique, 1e-9))) - shut)
    return worth - _total(block, price, shut)[block.local], share if len(block) else np.empty(0)


def _total(block: Block, price: Floats, shut: Floats) -> Floats:
    return price + np.bincount(block.clique_slot, shut[block.clique], minlength=len(block.slots))
